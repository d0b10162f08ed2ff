// SPDX-License-Identifier: BSD-3-Clause
// Series as text inside the page: packed bytes, deflate (zlib container, RFC 1950), base64 (RFC 4648).
//
// Two packings, decoded by web/src/decode.ts:
//   "f4"  float32, little endian; NaN = missing
//   "q4"  rounded to a resolution r: k_i = round(v_i / r); differences d_i = k_i - k_(last present)
//         (the first to zero), zigzag z_i = 2 d_i or -2 d_i - 1, stored as u_i = z_i + 1 with 0 = missing; the four bytes
//         of u in four planes, lowest first.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace phreatic::report {

using Json = nlohmann::ordered_json;

std::string base64(std::string_view bytes);
std::string base64_decode(std::string_view text);  // throws InputError on anything but RFC 4648

std::string deflate_bytes(std::string_view bytes);
std::string inflate_bytes(std::string_view bytes);  // throws InputError when damaged

// A series for the model: a plain array with null for missing when short, else {"n", "enc", "scale", "data"}.
// resolution 0 = float32. Falls back to float32 when a value does not fit the resolution.
Json packed(std::span<const double> values, double resolution);

// The inverse, for tests; also takes plain arrays.
std::vector<double> unpacked(const Json& series);

// JSON text that may stand inside <script>: "<" is written \u003c, invalid UTF-8 becomes U+FFFD.
std::string script_json(const Json& json);

}  // namespace phreatic::report
