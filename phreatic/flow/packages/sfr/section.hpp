// SPDX-License-Identifier: BSD-3-Clause
// A channel's cross section and Manning's equation in it (langevin2017):
//   Q = c sqrt(i) / n * sum over pieces of A (A / P)^(2/3) / m
// Q flow (L3/T), c unit conversion, i gradient, n Manning's roughness and m its factor, A wetted area (L2), P wetted perimeter (L).
// A reach without points is a wide rectangle: P is the width whatever the depth, so Q = c sqrt(i) / n w d^(5/3).
#pragma once

#include "phreatic/flow/packages/sfr/network.hpp"

namespace phreatic::flow {

// Smoothing of flow in a nearly dry reach: 0 at depth 0, 1 from 1e-5 on.
double shallow_factor(double depth);

// A cross section (null: rectangle) of a reach of some width.
class Section {
 public:
  Section(const CrossSection* points, double width) : points_(points), width_(width) {}
  bool rectangular() const { return points_ == nullptr; }
  double full_width() const;                 // (L)
  double wet_width(double depth) const;      // of the water's surface (L)
  double wet_perimeter(double depth) const;  // (L)
  double wet_area(double depth) const;       // (L2)
  // Q n / (c sqrt(i)), without smoothing.
  double conveyance(double depth) const;
  // The depth with this conveyance.
  double depth(double conveyance) const;

 private:
  const CrossSection* points_;
  double width_;
};

}  // namespace phreatic::flow
