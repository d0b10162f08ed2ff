// SPDX-License-Identifier: BSD-3-Clause
// Numbers that programs write for "no value".
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace phreatic::data {

// -9999, -999.9, -99, 9999, -8888, -32768, 1e20, -1e30.
bool looks_like_code(double value);

// The least or the largest value, where it looks like such a number and lies farther from all others (at least
// three) than these from each other.
struct MissingCode {
  double value = 0;
  std::size_t count = 0;
  double least = 0;    // of the others
  double largest = 0;  // of the others
};
std::optional<MissingCode> code_among(std::span<const double> values);

}  // namespace phreatic::data
