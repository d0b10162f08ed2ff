// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/pumping.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace phreatic::basin {
namespace {

constexpr int kYears = 200;

core::TimeAxis axis() {
  const std::int64_t start = core::days_from_civil({1900, 1, 1});
  const auto days = static_cast<std::size_t>(core::days_from_civil({1900 + kYears, 1, 1}) - start);
  return {start * core::kSecondsPerDay, core::Step{core::StepUnit::day, 1}, days};
}

TEST(Pumping, SeasonsHaveTheirDepthAndDates) {
  PumpingParams p;
  p.well_date_sd_days = 0;
  const core::TimeAxis a = axis();
  const std::vector<double> dry(a.size(), 0.0);
  const std::vector<double> pump = irrigation_pumping(p, 0.5, a, dry, 3, 0);
  // Mean of 200 seasons with a spread of 30 % and random spells: standard error about 3 %.
  const double mean = std::accumulate(pump.begin(), pump.end(), 0.0) / kYears;
  EXPECT_NEAR(mean, 0.5 * p.season_depth_mm, 0.1 * 0.5 * p.season_depth_mm);
  for (std::size_t t = 0; t < pump.size(); ++t) {
    const int day = core::day_of_year(a.start(t));
    if (day < p.start_day - 4 * p.date_sd_days || day > p.end_day + 4 * p.date_sd_days) {
      ASSERT_EQ(pump[t], 0) << day;
    }
  }
}

TEST(Pumping, PausesOnRainyDaysAndWithoutIrrigatedLand) {
  const PumpingParams p;
  const core::TimeAxis a = axis();
  std::vector<double> rain(a.size(), 0.0);
  for (std::size_t t = 0; t < rain.size(); t += 3) rain[t] = p.pause_rain_mm + 0.1;
  const std::vector<double> pump = irrigation_pumping(p, 0.8, a, rain, 3, 0);
  for (std::size_t t = 0; t < rain.size(); t += 3) ASSERT_EQ(pump[t], 0);
  const std::vector<double> none = irrigation_pumping(p, 0.0, a, rain, 3, 0);
  EXPECT_EQ(std::accumulate(none.begin(), none.end(), 0.0), 0.0);
}

TEST(Pumping, YearsDifferAsAsked) {
  PumpingParams p;
  p.spell_off_days = 1;
  p.spell_on_days = 365;  // hardly any pauses: what is left is the year's own factor
  p.date_sd_days = 0;
  const core::TimeAxis a = axis();
  const std::vector<double> dry(a.size(), 0.0);
  const std::vector<double> pump = irrigation_pumping(p, 1.0, a, dry, 9, 0);
  std::vector<double> rates(kYears, 0.0);
  for (std::size_t t = 0; t < pump.size(); ++t) {
    double& rate = rates[static_cast<std::size_t>(core::year_of(a.start(t)) - 1900)];
    rate = std::max(rate, std::log(std::max(pump[t], 1e-12)));
    if (rate == 0) rate = std::log(pump[t]);
  }
  double mean = 0, square = 0;
  for (const double rate : rates) mean += rate / kYears;
  for (const double rate : rates) square += (rate - mean) * (rate - mean) / (kYears - 1);
  EXPECT_NEAR(std::sqrt(square), p.yearly_sd, 0.05);
}

}  // namespace
}  // namespace phreatic::basin
