// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace phreatic::flow {

// Root of a function that is positive at `low` and negative at `high`: secants held inside the bracket, halved where they creep.
template <class Function>
double bracketed_root(Function&& f, double low, double high) {
  double f_low = f(low);
  double f_high = f(high);
  double width = high - low;
  for (int i = 0; i < 200 && f_low > 0 && f_high < 0 && high - low > 2e-15 * high; ++i) {
    double x = low + (high - low) * f_low / (f_low - f_high);
    if (i % 3 == 2 || !(x > low && x < high)) {
      if (high - low > 0.25 * width) x = 0.5 * (low + high);
      width = high - low;
    }
    if (!(x > low && x < high)) break;
    const double value = f(x);
    if (value == 0) return x;
    if (value > 0) {
      if (value > 0.5 * f_low) f_high *= 0.5;
      low = x;
      f_low = value;
    } else {
      if (value < 0.5 * f_high) f_low *= 0.5;
      high = x;
      f_high = value;
    }
  }
  return 0.5 * (low + high);
}

}  // namespace phreatic::flow
