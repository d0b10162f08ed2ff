// SPDX-License-Identifier: BSD-3-Clause
// Universal Binary JSON (draft 12), as far as XGBoost writes it: values, objects, arrays, and arrays of one
// type with a count. A count that the rest of the bytes cannot hold is refused before anything is allocated.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace phreatic::trees {

// Throws core::InputError naming the file and the byte.
nlohmann::json parse_ubjson(std::string_view bytes, const std::string& file);

// Arrays with a count, value by value: XGBoost takes arrays of one type only where it writes them itself.
std::string to_ubjson(const nlohmann::json& value);

}  // namespace phreatic::trees
