// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/fill_values.hpp"

#include <array>
#include <cmath>

namespace phreatic::data {
namespace {

constexpr std::size_t kEnough = 100;  // values; of fewer an unusual one says nothing

bool usual_code(double v) {
  static constexpr std::array<double, 10> kCodes = {-99,    -999, -9999, -99999, -32768,
                                                    -32767, 9999, 99999, 32767,  65535};
  for (const double code : kCodes) {
    if (v == code) return true;
  }
  return std::abs(v) >= 1e20;  // 1e20, 9.96921e36, 3.4e38, 1.8e308
}

bool stands_out(double v, double next, double far_end, std::size_t seen) {
  const double gap = std::abs(v - next);
  const double range = std::abs(next - far_end);
  if (usual_code(v)) return gap > range;
  return v != 0 && seen >= kEnough && range > 0 && gap > 10 * range;
}

}  // namespace

void FillWatch::Extreme::add(double v, bool least) {
  if (any && v == value) {
    ++count;
  } else if (!any || (least ? v < value : v > value)) {
    next = value;
    has_next = any;
    value = v;
    count = 1;
    any = true;
  } else if (!has_next || (least ? v < next : v > next)) {
    next = v;
    has_next = true;
  }
}

void FillWatch::add(std::span<const double> values) {
  for (const double v : values) {
    if (std::isnan(v)) continue;
    ++seen_;
    // Most values lie between the extremes.
    if (least_.has_next && greatest_.has_next && v > least_.next && v < greatest_.next) continue;
    least_.add(v, true);
    greatest_.add(v, false);
  }
}

std::optional<double> FillWatch::suspect() const {
  if (!least_.has_next || !greatest_.has_next) return std::nullopt;
  // A fill value on both ends (-9999 and 1e20) is found one after the other.
  if (least_.count > 1 && stands_out(least_.value, least_.next, greatest_.value, seen_)) return least_.value;
  if (greatest_.count > 1 && stands_out(greatest_.value, greatest_.next, least_.value, seen_))
    return greatest_.value;
  return std::nullopt;
}

}  // namespace phreatic::data
