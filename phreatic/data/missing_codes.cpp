// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/missing_codes.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>

namespace phreatic::data {

bool looks_like_code(double value) {
  const double size = std::abs(value);
  if (size >= 1e15) return true;
  for (const double known : {32767.0, 32768.0, 65535.0, 2147483647.0, 2147483648.0, 6999.0, 7999.0}) {
    if (size == known) return true;
  }
  std::string digits;
  for (const char ch : fmt::format("{}", size)) {
    if (ch >= '0' && ch <= '9') digits += ch;
  }
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();  // -9990 is none, -999.0 is
  if (size != std::floor(size) && size < 10) return false;
  const bool same = digits.find_first_not_of(digits.front()) == std::string::npos;
  return same && size >= 99 - 1e-9 &&
         (digits.front() == '9' || ((digits.front() == '8' || digits.front() == '7') && digits.size() >= 3) ||
          (value < 0 && digits == "1" && size >= 999));
}

std::optional<MissingCode> code_among(std::span<const double> values) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  double least = kInfinite;
  double largest = -kInfinite;
  for (const double v : values) {
    if (v < least) least = v;
    if (v > largest) largest = v;
  }
  for (const double end : {least, largest}) {
    if (!std::isfinite(end) || !looks_like_code(end)) continue;
    MissingCode code{end, 0, kInfinite, -kInfinite};
    std::size_t others = 0;
    for (const double v : values) {
      if (std::isnan(v)) continue;
      if (v == end) {
        ++code.count;
        continue;
      }
      ++others;
      code.least = std::fmin(code.least, v);
      code.largest = std::fmax(code.largest, v);
    }
    if (others < 3) continue;
    const double apart = end < code.least ? code.least - end : end - code.largest;
    if (apart > code.largest - code.least) return code;
  }
  return std::nullopt;
}

}  // namespace phreatic::data
