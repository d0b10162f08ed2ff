// SPDX-License-Identifier: BSD-3-Clause
// Saturated fraction S of a cell from its head, and its derivative (langevin2017;
// hughes2017 for the smoothing).
//   Picard         S = 1 above the top, else (h - bot) / b   (not cut off below: dry cells leave)
//   cut            the same cut to [0, 1]; storage uses it
//   smooth, e      x = (h - bot) / b cut to [0, 1], a = 1 / (1 - e):
//                  x < e: a x^2 / (2 e);  x < 1-e: a x + (1-a)/2;  x < 1: 1 - a (1-x)^2 / (2 e);  else 1
//   cubic          3 x^2 - 2 x^3, for wells that fade out
//   drain          2 x^2 - x^3, for drains over their depth, whose flow x (2 x^2 - x^3) then ends with slope 2
#pragma once

#include <algorithm>

namespace phreatic::flow {

inline constexpr double kSmoothing = 1e-6;

inline double wet_fraction(double top, double bottom, double head) {
  return head >= top ? 1.0 : (head - bottom) / (top - bottom);
}

inline double cut_fraction(double top, double bottom, double head) {
  if (!(top > bottom)) return head < top ? 0.0 : 1.0;
  return std::clamp((head - bottom) / (top - bottom), 0.0, 1.0);
}

inline double smooth_fraction(double top, double bottom, double head) {
  if (!(top > bottom)) return head < top ? 0.0 : 1.0;
  constexpr double a = 1 / (1 - kSmoothing);
  const double x = std::clamp((head - bottom) / (top - bottom), 0.0, 1.0);
  if (x < kSmoothing) return a * 0.5 * x * x / kSmoothing;
  if (x < 1 - kSmoothing) return a * x + 0.5 * (1 - a);
  if (x < 1) return 1 - a * 0.5 * (1 - x) * (1 - x) / kSmoothing;
  return 1;
}

inline double smooth_fraction_slope(double top, double bottom, double head) {
  if (!(top > bottom)) return 0;
  constexpr double a = 1 / (1 - kSmoothing);
  const double b = top - bottom;
  const double x = (head - bottom) / b;
  if (x <= 0 || x >= 1) return 0;
  if (x < kSmoothing) return a * x / kSmoothing / b;
  if (x < 1 - kSmoothing) return a / b;
  return a * (1 - x) / kSmoothing / b;
}

inline double cubic_fraction(double top, double bottom, double head) {
  const double x = cut_fraction(top, bottom, head);
  return x * x * (3 - 2 * x);
}

inline double cubic_fraction_slope(double top, double bottom, double head) {
  if (!(top > bottom)) return 0;
  const double b = top - bottom;
  const double x = (head - bottom) / b;
  if (x <= 0 || x >= 1) return 0;
  return 6 * x * (1 - x) / b;
}

inline double drain_fraction(double top, double bottom, double head) {
  const double x = cut_fraction(top, bottom, head);
  return x * x * (2 - x);
}

inline double drain_fraction_slope(double top, double bottom, double head) {
  if (!(top > bottom)) return 0;
  const double b = top - bottom;
  const double x = (head - bottom) / b;
  if (x <= 0 || x >= 1) return 0;
  return x * (4 - 3 * x) / b;
}

}  // namespace phreatic::flow
