// SPDX-License-Identifier: BSD-3-Clause
// Flow over one link, Q = C (h_m - h_n) into its first cell n, with its derivatives by the heads and the
// properties of both cells. Forms as in grid/conductance.hpp; key langevin2017.
#pragma once

#include <cmath>
#include <vector>

#include "phreatic/flow/grid/conductance.hpp"

namespace phreatic::flow {

// A conductance with its derivatives by conductivity and saturated thickness of both sides.
struct ConductanceTerm {
  double c = 0;             // (L2/T)
  double k_a = 0, k_b = 0;  // by conductivity (L)
  double b_a = 0, b_b = 0;  // by thickness (L/T)
};

// Derivatives of logarithmic_mean() by a and by b.
struct MeanTerm {
  double mean = 0, by_a = 0, by_b = 0;
};
inline MeanTerm logarithmic_term(double a, double b) {
  const double ratio = b / a;
  if (ratio > 0.995 && ratio < 1.005) return {0.5 * (a + b), 0.5, 0.5};
  const double l = std::log(ratio);
  return {(b - a) / l, ((b - a) / a - l) / (l * l), (l - (b - a) / b) / (l * l)};
}

inline ConductanceTerm horizontal_term(CellAveraging averaging, double width, const LinkSide& a,
                                       const LinkSide& b) {
  ConductanceTerm t;
  const double length = a.distance + b.distance;
  switch (averaging) {
    case CellAveraging::harmonic: {
      const double t1 = a.k * a.thickness;
      const double t2 = b.k * b.thickness;
      if (!(t1 * t2 > 0)) return t;
      const double inverse = 1 / (t1 * b.distance + t2 * a.distance);
      t.c = width * t1 * t2 * inverse;
      const double by_t1 = width * t2 * t2 * a.distance * inverse * inverse;
      const double by_t2 = width * t1 * t1 * b.distance * inverse * inverse;
      t.k_a = by_t1 * a.thickness;
      t.b_a = by_t1 * a.k;
      t.k_b = by_t2 * b.thickness;
      t.b_b = by_t2 * b.k;
      return t;
    }
    case CellAveraging::logarithmic: {
      const double t1 = a.k * a.thickness;
      const double t2 = b.k * b.thickness;
      if (!(t1 * t2 > 0)) return t;
      const MeanTerm mean = logarithmic_term(t1, t2);
      const double scale = width / length;
      return {mean.mean * scale, mean.by_a * a.thickness * scale, mean.by_b * b.thickness * scale,
              mean.by_a * a.k * scale, mean.by_b * b.k * scale};
    }
    case CellAveraging::amt_lmk: {
      if (!(a.k * b.k > 0)) return t;
      const MeanTerm mean = logarithmic_term(a.k, b.k);
      const double scale = width / length;
      const double height = 0.5 * (a.thickness + b.thickness);
      return {mean.mean * height * scale, mean.by_a * height * scale, mean.by_b * height * scale,
              0.5 * mean.mean * scale, 0.5 * mean.mean * scale};
    }
    case CellAveraging::amt_hmk: {
      const double denominator = a.k * b.distance + b.k * a.distance;
      if (!(denominator > 0)) return t;
      const double mean = a.k * b.k / denominator;
      const double height = 0.5 * (a.thickness + b.thickness);
      const double inverse = width / (denominator * denominator);
      return {mean * height * width, b.k * b.k * a.distance * inverse * height,
              a.k * a.k * b.distance * inverse * height, 0.5 * mean * width, 0.5 * mean * width};
    }
  }
  return t;
}

inline ConductanceTerm vertical_term(double area, double b1, double k1, double b2, double k2) {
  const double resistance = 0.5 * b1 / k1 + 0.5 * b2 / k2;
  if (!(resistance > 0)) return {};
  const double c = area / resistance;
  const double f = 0.5 * c / resistance;
  return {c, f * b1 / (k1 * k1), f * b2 / (k2 * k2), -f / k1, -f / k2};
}

// A barrier across a link: with_barrier() with its derivatives.
struct BarrierTerm {
  double c = 0;          // of link and barrier (L2/T)
  double by_link = 0;    // by the link's own conductance
  double by_height = 0;  // by the wetted height of the face (L/T)
  double by_hydchr = 0;  // (L2)
};
inline BarrierTerm barrier_term(double link, double hydchr, double width, double height) {
  if (hydchr <= 0) return {-link * hydchr, -hydchr, 0, -link};
  const double barrier = hydchr * width * height;
  const double sum = link + barrier;
  if (!(sum > 0)) return {};
  const double by_barrier = link * link / (sum * sum);
  return {link * barrier / sum, barrier * barrier / (sum * sum), by_barrier * hydchr * width,
          by_barrier * width * height};
}

// Flow over a link with all its derivatives.
struct LinkTerm {
  double flow = 0;          // Q into n from m (L3/T)
  double h_n = 0, h_m = 0;  // by head (L2/T)
  double k_n = 0, k_m = 0;  // by conductivity along the link (L2)
};

}  // namespace phreatic::flow
