// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/report/encode.hpp"

#include <zlib.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "phreatic/core/errors.hpp"

namespace phreatic::report {
namespace {

static_assert(std::endian::native == std::endian::little, "packed series are little endian");
constexpr std::size_t kPlainLimit = 48;  // shorter series stay readable
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[noreturn]] void damaged(const std::string& what) {
  throw core::InputError(core::Problem{.where = "packed series", .what = what});
}

std::string float_bytes(std::span<const double> values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value =
        std::isfinite(values[i]) ? static_cast<float>(values[i]) : std::numeric_limits<float>::quiet_NaN();
    std::memcpy(bytes.data() + i * sizeof(float), &value, sizeof(float));
  }
  return bytes;
}

// Byte planes of the differences, or nothing when a value does not fit.
std::optional<std::string> difference_bytes(std::span<const double> values, double resolution) {
  const std::size_t n = values.size();
  constexpr double kLimit = 1 << 29;
  std::string bytes(n * 4, '\0');
  std::int64_t last = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t code = 0;
    if (std::isfinite(values[i])) {
      const double scaled = std::round(values[i] / resolution);
      if (!(std::abs(scaled) < kLimit)) return std::nullopt;
      const auto step = static_cast<std::int64_t>(scaled) - last;
      last = static_cast<std::int64_t>(scaled);
      code = static_cast<std::uint32_t>(step >= 0 ? 2 * step : -2 * step - 1) + 1;
    }
    for (std::size_t plane = 0; plane < 4; ++plane) {
      bytes[plane * n + i] = static_cast<char>((code >> (8 * plane)) & 0xffU);
    }
  }
  return bytes;
}

std::vector<double> from_differences(const std::string& bytes, std::size_t n, double resolution) {
  std::vector<double> values(n, std::numeric_limits<double>::quiet_NaN());
  std::int64_t last = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t code = 0;
    for (std::size_t plane = 0; plane < 4; ++plane) {
      code |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[plane * n + i])) << (8 * plane);
    }
    if (code == 0) continue;
    const std::int64_t zigzag = static_cast<std::int64_t>(code) - 1;
    last += zigzag % 2 == 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    values[i] = static_cast<double>(last) * resolution;
  }
  return values;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? kAlphabet[(group >> (18 - 6 * j)) & 63U] : '=';
    }
  }
  return text;
}

std::string base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) damaged("base64 text whose length is not a multiple of four");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t pad = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const char c = text[i + j];
      const std::size_t index = kAlphabet.find(c);
      if (c == '=' && i + 4 == text.size() && j >= 2) {
        ++pad;
      } else if (index == std::string_view::npos || pad > 0) {
        damaged("a character that is not base64");
      }
      group = (group << 6) | (c == '=' ? 0U : static_cast<std::uint32_t>(index));
    }
    for (std::size_t j = 0; j + pad < 3; ++j) bytes += static_cast<char>((group >> (16 - 8 * j)) & 0xffU);
  }
  return bytes;
}

std::string deflate_bytes(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string packed_bytes(size, '\0');
  const int status =
      compress2(reinterpret_cast<Bytef*>(packed_bytes.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), Z_BEST_COMPRESSION);
  PHREATIC_ASSERT(status == Z_OK);
  packed_bytes.resize(size);
  return packed_bytes;
}

std::string inflate_bytes(std::string_view bytes) {
  z_stream stream{};
  PHREATIC_ASSERT(inflateInit(&stream) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 1 << 15> block{};
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = block.size();
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(block.data(), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) damaged("damaged or truncated deflate stream");
  return out;
}

Json packed(std::span<const double> values, double resolution) {
  if (values.size() <= kPlainLimit) {
    Json plain = Json::array();
    for (const double v : values) plain.push_back(std::isfinite(v) ? Json(v) : Json(nullptr));
    return plain;
  }
  Json series;
  series["n"] = values.size();
  const auto differences = resolution > 0 ? difference_bytes(values, resolution) : std::nullopt;
  series["enc"] = differences ? "q4" : "f4";
  if (differences) series["scale"] = resolution;
  series["data"] = base64(deflate_bytes(differences ? *differences : float_bytes(values)));
  return series;
}

std::vector<double> unpacked(const Json& series) {
  if (series.is_array()) {
    std::vector<double> values;
    for (const auto& v : series) {
      values.push_back(v.is_null() ? std::numeric_limits<double>::quiet_NaN() : v.get<double>());
    }
    return values;
  }
  const auto n = series.at("n").get<std::size_t>();
  const std::string bytes = inflate_bytes(base64_decode(series.at("data").get<std::string>()));
  if (bytes.size() != n * 4) damaged("a series of the wrong length");
  if (series.at("enc") == "q4") return from_differences(bytes, n, series.at("scale").get<double>());
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    float value = 0;
    std::memcpy(&value, bytes.data() + i * sizeof(float), sizeof(float));
    values[i] = value;
  }
  return values;
}

std::string script_json(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace phreatic::report
