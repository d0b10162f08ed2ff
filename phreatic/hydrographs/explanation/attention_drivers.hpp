// SPDX-License-Identifier: BSD-3-Clause
// Does attention follow a driver? Pearson's correlation over time of the attention that a step got with the driver at
// that step, with an interval from resampled blocks; and the same after the seasonal cycle of both is taken out, for
// two series of the same seasons go together whatever they have to do with each other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "phreatic/hydrographs/targets/prepared.hpp"

namespace phreatic::hydrographs {

struct CorrelationInterval {
  double r = 0, low = 0, high = 0;  // NaN where there is too little or one of them is constant
};

struct AttentionDriver {
  std::string well, driver;
  std::size_t steps = 0;  // that both have
  CorrelationInterval as_is, without_season;
};

// Pairs with both numbers. The interval holds 95 % of `resamples` correlations of circular blocks of `block` pairs
// (kunsch1989), drawn from a stream of their own.
CorrelationInterval block_correlation(std::span<const double> a, std::span<const double> b, std::size_t block,
                                      std::size_t resamples, std::uint64_t stream);

// What a mean, a year's and half a year's wave leave of the numbers, by least squares; all NaN for less than two years.
std::vector<double> without_season(const core::TimeAxis& axis, std::span<const double> values);

// attended [well][time]: mean attention over the windows that hold the step, 1 an even share; NaN where none does.
std::vector<AttentionDriver> attention_against_drivers(const Prepared& prepared,
                                                       std::span<const double> attended);

// Attention beside the drivers, date by date: means over the wells that have attention at a step, then over spans of
// about ten days. Spans without attention are left out.
struct AttentionOverTime {
  std::vector<core::Seconds> starts;        // [span] its first step
  std::vector<double> attention;            // [span] 1: an even share
  std::vector<std::string> drivers, units;  // [driver]
  std::vector<std::vector<double>> values;  // [driver][span]; NaN where the driver is missing
};
AttentionOverTime attention_over_time(const Prepared& prepared, std::span<const double> attended);

}  // namespace phreatic::hydrographs
