// SPDX-License-Identifier: BSD-3-Clause
// Periods over which attributions are summed up (METHODS: docs/methods/explanation.md).
//   freezing     from the maximum to the minimum of the cumulative curve of daily mean temperature in each
//                winter
//   thawing      from there until the Stefan frost depth is zero
//   frost depth  (Stefan; key jumikis1977)  Z = sqrt(2 k_f F / (L theta)),
//     k_f thermal conductivity of frozen soil [W/m/K], F frost index [K s] = sum of max(0, -T) * 86400 s,
//     L latent heat per volume of ice [J/m3], theta volumetric water content [-].
//   Thaw eats the frozen column from above with k_t and the sum of positive temperatures in the same way; the
//   frost is gone when the thawed depth reaches the frozen one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::explain {

struct FrostParams {
  double frozen_conductivity = 1.8;  // W/m/K
  double thawed_conductivity = 1.2;  // W/m/K
  double water_content = 0.3;        // m3/m3
  int winter_starts_month = 8;       // the winter year runs from the first of this month
  double least_frost_index = 20;     // K d; a winter with less has no freezing period
};
void describe(core::Describer& d, FrostParams& p);

// A named stretch of time [start, end). `year` is the calendar year in which it ends.
struct Period {
  std::string name;
  core::Seconds start = 0;
  core::Seconds end = 0;
  int year = 0;
};

// Frost depth in m for each step of `axis` (its steps at most 10 days) from mean temperatures in degC. NaN
// temperatures give NaN from there to the end of that winter.
std::vector<double> frost_depth_m(const core::TimeAxis& axis, std::span<const double> temperature_c,
                                  const FrostParams& params);

// "freezing" and "thawing" of every winter of the axis, in order of time. Maximum and minimum are the ends of
// the largest fall of the curve within the winter year. Winters that the axis cuts, with gaps in temperature
// or too little frost are left out; a thawing period is left out when no frost is left at its start.
std::vector<Period> freeze_thaw_periods(const core::TimeAxis& axis, std::span<const double> temperature_c,
                                        const FrostParams& params);

// true for the steps of mild winters: of the winter years that lie whole within steps [first, last) and have all their
// temperatures, the half (rounded down) with the smallest frost index (K d below zero), and those as mild as the last of
// them. Empty where there are fewer than two such years.
std::vector<bool> in_mild_winters(const core::TimeAxis& axis, std::span<const double> temperature_c,
                                  const FrostParams& params, std::size_t first, std::size_t last);

// "wet" and "dry" seasons of every year that the axis covers whole: the wet season is the run of months
// (wrapping over the new year) with more than the mean precipitation that has the largest total; the rest of
// the year is dry.
std::vector<Period> wet_dry_periods(const core::TimeAxis& axis, std::span<const double> precipitation);

// Months `first`..`last` (1..12, may wrap over the new year) of every year, where the axis covers them whole,
// e.g. "pumping".
std::vector<Period> monthly_periods(const core::TimeAxis& axis, const std::string& name, int first_month,
                                    int last_month);

// For each time the index of the period that holds it, or -1. Where periods overlap the first one wins.
std::vector<int> period_of(std::span<const core::Seconds> times, std::span<const Period> periods);

}  // namespace phreatic::explain
