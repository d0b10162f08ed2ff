// SPDX-License-Identifier: BSD-3-Clause
// Values that look like a fill value that nobody declared: an extreme value that is met again and again, far outside
// all others (-9999 in rainfall, 1e20 in storage).
#pragma once

#include <optional>
#include <span>

namespace phreatic::data {

// Watches values as they stream by; NaN is passed over.
class FillWatch {
 public:
  void add(std::span<const double> values);
  // The suspect, if any: the least or the greatest value, met at least twice, and farther from the next one than the
  // range of all others; where it is none of the usual codes, ten times as far, among at least 100 values, and not 0.
  std::optional<double> suspect() const;

 private:
  struct Extreme {
    double value = 0, next = 0;
    std::size_t count = 0;
    bool any = false, has_next = false;
    void add(double v, bool least);
  };
  Extreme least_, greatest_;
  std::size_t seen_ = 0;
};

}  // namespace phreatic::data
