// SPDX-License-Identifier: BSD-3-Clause
// Conductance between two cells (L2/T) from conductivity K, saturated thickness B = S b and distances l from
// centre to face; forms and limits as in MODFLOW 6 (langevin2017, chapter 4).
//   harmonic     C = w T1 T2 / (T1 l2 + T2 l1),  T = K B        (0 when either T is 0)
//   logarithmic  C = w / (l1 + l2) logmean(T1, T2)
//   AMT-LMK      C = w / (l1 + l2) (B1 + B2)/2 logmean(K1, K2)
//   AMT-HMK      C = w (B1 + B2)/2 K1 K2 / (K1 l2 + K2 l1)
//   vertical     C = A / (B1 / (2 K33_1) + B2 / (2 K33_2))
#pragma once

#include <cmath>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

inline double logarithmic_mean(double a, double b) {
  const double ratio = b / a;
  if (ratio <= 0.995 || ratio >= 1.005) return (b - a) / std::log(ratio);
  return 0.5 * (a + b);
}

// One side of a horizontal link.
struct LinkSide {
  double k = 0;          // conductivity in the direction of the link (L/T)
  double thickness = 0;  // saturated (L)
  double distance = 0;   // centre to face (L)
};

inline double harmonic_conductance(double width, double t1, double l1, double t2, double l2) {
  const double product = t1 * t2;
  return product > 0 ? width * product / (t1 * l2 + t2 * l1) : 0.0;
}

inline double horizontal_conductance(CellAveraging averaging, double width, const LinkSide& a,
                                     const LinkSide& b) {
  const double t1 = a.k * a.thickness;
  const double t2 = b.k * b.thickness;
  switch (averaging) {
    case CellAveraging::harmonic:
      return harmonic_conductance(width, t1, a.distance, t2, b.distance);
    case CellAveraging::logarithmic:
      return t1 * t2 > 0 ? logarithmic_mean(t1, t2) * width / (a.distance + b.distance) : 0.0;
    case CellAveraging::amt_lmk: {
      const double mean = a.k * b.k > 0 ? logarithmic_mean(a.k, b.k) : 0.0;
      return mean * 0.5 * (a.thickness + b.thickness) * width / (a.distance + b.distance);
    }
    case CellAveraging::amt_hmk: {
      const double denominator = a.k * b.distance + b.k * a.distance;
      return denominator > 0 ? a.k * b.k / denominator * 0.5 * (a.thickness + b.thickness) * width : 0.0;
    }
  }
  return 0.0;
}

inline double vertical_conductance(double area, double thickness1, double k1, double thickness2, double k2) {
  const double resistance = 0.5 * thickness1 / k1 + 0.5 * thickness2 / k2;
  return resistance > 0 ? area / resistance : 0.0;
}

// Conductance of a link with a barrier across: in series with hydchr times the wetted face, or scaled by
// -hydchr.
inline double with_barrier(double conductance, double hydchr, double face_area) {
  if (hydchr <= 0) return -conductance * hydchr;
  const double barrier = hydchr * face_area;
  return conductance + barrier > 0 ? conductance * barrier / (conductance + barrier) : 0.0;
}

}  // namespace phreatic::flow
