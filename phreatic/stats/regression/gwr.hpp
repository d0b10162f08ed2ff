// SPDX-License-Identifier: BSD-3-Clause
// Geographically weighted regression (brunsdon1996) with an adaptive bandwidth, and GTWR (huang2010) in space
// and time: at a place, least squares with weights of the distances d to the rows,
//   bisquare (1 - (d/b)^2)^2 for d < b, else 0;   gaussian exp(-(d/b)^2 / 2);   b: distance to the N-th nearest row
//   GTWR: d^2 = (space / range of space)^2 + ratio (time / range of time)^2
// N minimises AICc = n ln(2 pi RSS/n) + n (n + tr S)/(n - 2 - tr S), by golden section over whole numbers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::stats {

enum class GwrKernel { bisquare, gaussian };

struct GwrParams {
  GwrKernel kernel = GwrKernel::bisquare;
  int neighbours = 0;                                      // N; 0 = by AICc
  std::vector<double> time_ratios = {0.1, 0.3, 1, 3, 10};  // GTWR: the best by AICc is taken
};
void describe(core::Describer& d, GwrParams& p);

struct GwrData {
  std::span<const double> x, y;        // [rows] coordinates, planar distances
  std::span<const double> t;           // [rows]; empty = GWR
  std::span<const double> covariates;  // [rows][columns]
  std::span<const double> target;      // [rows]
  std::size_t columns = 0;
};

struct GwrFit {
  bool solved = false;  // false: too few rows, or X'X is singular at some place for every bandwidth tried
  std::vector<double> x, y, t, covariates, target;
  std::size_t columns = 0;
  GwrKernel kernel = GwrKernel::bisquare;
  std::size_t neighbours = 0;
  double time_ratio = 0;
  double space_range = 1;
  double time_range = 1;
  double aicc = 0;
  double trace = 0;
  double rss = 0;
  std::vector<double> coefficients;     // [rows][columns + 1], intercept last
  std::vector<double> standard_errors;  // [rows][columns + 1]
  std::vector<double> fitted;           // [rows]
};

GwrFit gwr(const GwrData& data, const GwrParams& params);

// Local coefficients [columns + 1] at a place; NaN where X'X is singular there.
std::vector<double> gwr_coefficients(const GwrFit& fit, double x, double y, double t);

}  // namespace phreatic::stats
