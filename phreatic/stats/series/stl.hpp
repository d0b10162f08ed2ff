// SPDX-License-Identifier: BSD-3-Clause
// Seasonal and trend decomposition by LOESS (cleveland1990): y = T + S + R.
//   inner loop: the subseries of each phase of the period, less T, are smoothed (span n_s) and carried on by one
//   period at both ends; moving averages of n_p, n_p and 3 and a LOESS (n_l) of them are taken off, which gives
//   S; T is the LOESS (n_t) of y - S
//   outer loop: bisquare weights (1 - (|R|/h)^2)^2, h = 6 median |R|, in the first and last LOESS
// Neighbours are counted in steps; LOESS weights are tricube. Missing values (NaN) have no weight: T and S are there
// at every step, R where y is. A neighbourhood without a value is widened until it has one.
#pragma once

#include <span>
#include <vector>

#include "phreatic/core/isa.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

struct StlParams {
  int period = 12;
  int seasonal = 7;       // n_s, odd, >= 3; unread when periodic
  bool periodic = false;  // the same season in every period
  int trend = 0;          // n_t, odd; 0: smallest odd >= 1.5 n_p / (1 - 1.5 / n_s)
  int low_pass = 0;       // n_l, odd; 0: smallest odd > n_p
  int seasonal_degree = 1;
  int trend_degree = 1;
  int low_pass_degree = 1;
  int inner = 5;  // 2 with outer loops
  int outer = 0;  // 15 for a robust decomposition
};
void describe(core::Describer& d, StlParams& p);

// The settings of statsmodels' STL: plain 5 and 0 loops, robust 2 and 15.
StlParams stl_params(int period, int seasonal, bool robust);
// Those of cleveland1990 as R's stl() has them: plain 2 and 0 loops, robust 1 and 15, a season of degree 0. Every point
// is fitted (R's jumps are 1).
StlParams original_stl_params(int period, int seasonal, bool robust);

struct StlResult {
  bool ok = false;  // false: fewer than two periods of steps, or a phase of the period without any value
  std::vector<double> trend;
  std::vector<double> seasonal;
  std::vector<double> remainder;  // NaN where y is missing
  std::vector<double> weights;    // of the last outer loop, 0..1
};

// Work arrays that are kept between series of one length, so that a loop over many allocates only once.
struct StlScratch {
  std::vector<double> values;
  std::vector<double> present;
  std::vector<double> weight;
  std::vector<double> smooth;
  std::vector<double> cycle;
  std::vector<double> pass_a;
  std::vector<double> pass_b;
  std::vector<double> part;
  std::vector<double> part_weight;
  std::vector<double> part_smooth;
  std::vector<double> tricube;
};

void stl(Series y, const StlParams& params, StlScratch& scratch, StlResult& result);
StlResult stl(Series y, const StlParams& params);

// Of many series of one length, several side by side in the vectors of the processor (core/isa.hpp): the same numbers
// up to rounding, which depends on the instruction set but not on the number of threads or on the neighbours.
// values: [series][step]. Series that are not ok have NaN in all parts.
struct StlMany {
  std::vector<char> ok;
  std::vector<double> trend;  // [series][step], as the others
  std::vector<double> seasonal;
  std::vector<double> remainder;
  std::vector<double> weights;
};
StlMany stl_many(std::span<const double> values, std::size_t series, const StlParams& params,
                 core::Isa isa = core::Isa::automatic);

}  // namespace phreatic::stats
