// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/pumping.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/random.hpp"

namespace phreatic::basin {

namespace {

struct Season {
  int start = 0;  // day of the year
  int end = 0;
  double rate_mm = 0;  // while pumping
};

Season draw_season(const PumpingParams& p, double irrigated_share, int year, std::uint64_t seed,
                   core::RandomStream& own) {
  core::RandomStream common(seed, "pumping.year", 0, static_cast<std::uint64_t>(year));
  const double anomaly = std::sqrt(p.shared) * common.normal() + std::sqrt(1.0 - p.shared) * own.normal();
  const double depth =
      p.season_depth_mm * irrigated_share * std::exp(p.yearly_sd * anomaly - 0.5 * p.yearly_sd * p.yearly_sd);
  Season s;
  s.start = std::max(1, static_cast<int>(std::lround(p.start_day + p.date_sd_days * own.normal())));
  s.end =
      std::clamp(static_cast<int>(std::lround(p.end_day + p.date_sd_days * own.normal())), s.start + 1, 365);
  const double share_on = p.spell_on_days / (p.spell_on_days + p.spell_off_days);
  s.rate_mm = depth / (share_on * (s.end - s.start));
  return s;
}

}  // namespace

std::vector<double> irrigation_pumping(const PumpingParams& p, double irrigated_share,
                                       const core::TimeAxis& axis, std::span<const double> precipitation_mm,
                                       std::uint64_t seed, std::uint64_t well) {
  std::vector<double> out(axis.size(), 0.0);
  std::size_t t = 0;
  while (t < axis.size()) {
    const int year = core::year_of(axis.start(t));
    core::RandomStream own(seed, "pumping.well", well, static_cast<std::uint64_t>(year));
    const Season season = draw_season(p, irrigated_share, year, seed, own);
    bool on = own.uniform() < 0.5;
    for (; t < axis.size() && core::year_of(axis.start(t)) == year; ++t) {
      if (own.uniform() < 1.0 / (on ? p.spell_on_days : p.spell_off_days)) on = !on;
      const int day = core::day_of_year(axis.start(t));
      if (on && day >= season.start && day < season.end && precipitation_mm[t] <= p.pause_rain_mm) {
        out[t] = season.rate_mm;
      }
    }
  }
  return out;
}

void describe(core::Describer& d, PumpingParams& p) {
  d.field("season_depth", p.season_depth_mm,
          {.help = "Water on irrigated land in a usual season", .unit = "mm", .min = 0, .max = 3000});
  d.field("start_day", p.start_day,
          {.help = "Usual first day of irrigation, day of the year", .unit = "d", .min = 1, .max = 364});
  d.field("end_day", p.end_day,
          {.help = "Usual last day of irrigation, day of the year", .unit = "d", .min = 2, .max = 365});
  d.field("date_sd", p.date_sd_days,
          {.help = "Standard deviation of both dates", .unit = "d", .min = 0, .max = 60});
  d.field("yearly_sd", p.yearly_sd,
          {.help = "Standard deviation of the logarithm of a season's depth", .min = 0, .max = 2});
  d.field("shared", p.shared,
          {.help = "Share of that variance that all wells have in common", .min = 0, .max = 1});
  d.field("spell_on", p.spell_on_days,
          {.help = "Mean length of pumping spells", .unit = "d", .min = 1, .max = 365});
  d.field("spell_off", p.spell_off_days,
          {.help = "Mean length of pauses", .unit = "d", .min = 1, .max = 365});
  d.field("pause_rain", p.pause_rain_mm,
          {.help = "Rain above which pumping pauses for the day", .unit = "mm", .min = 0});
}

}  // namespace phreatic::basin
