// SPDX-License-Identifier: BSD-3-Clause
// Irrigation pumping: a season of on and off spells, paused on rainy days, whose depth and dates vary from
// year to year (in part with the whole basin) independently of the weather's own anomalies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

struct PumpingParams {
  double season_depth_mm = 420;  // water on irrigated land in a usual season
  double start_day = 122, end_day = 243;
  double well_date_sd_days = 15;  // of a well's own habit
  double date_sd_days = 9;        // from year to year
  double yearly_sd = 0.30;        // of the logarithm of a season's depth
  double shared = 0.3;            // share of that variance that all wells have in common
  double spell_on_days = 9, spell_off_days = 5;
  double pause_rain_mm = 12;  // no pumping on days with more rain
};
void describe(core::Describer& d, PumpingParams& p);

// Pumping (mm/d over the well's surroundings) on each day of `axis`, whose first day is a 1 January.
std::vector<double> irrigation_pumping(const PumpingParams& p, double irrigated_share,
                                       const core::TimeAxis& axis, std::span<const double> precipitation_mm,
                                       std::uint64_t seed, std::uint64_t well);

}  // namespace phreatic::basin
