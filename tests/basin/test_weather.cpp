// SPDX-License-Identifier: BSD-3-Clause
// The generator's output against its parameters: 300 years, so that sampling errors are small against the
// tolerances, which are a few standard errors.
#include "phreatic/basin/weather.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "phreatic/data/series/evapotranspiration.hpp"

namespace phreatic::basin {

using data::extraterrestrial_radiation;
namespace {

constexpr int kFirstYear = 1800;
constexpr int kYears = 300;

// No interannual factors and a season that can be tested in its extremes.
WeatherParams plain() {
  WeatherParams p;
  p.yearly_rain_sd = 0;
  p.temperature_slow_sd_degC = 0;
  p.clearness_slow_sd = 0;
  return p;
}

struct Sample {
  WeatherParams params = plain();
  std::vector<Site> sites = {{0, 0, 0}, {30, 40, 0}, {0, 5, 1.5}};  // 50 km and 5 km from the first
  Weather weather = generate_weather(params, sites, kFirstYear, kYears, 11);
};

const Sample& sample() {
  static const Sample s;
  return s;
}

double correlation(std::span<const double> a, std::span<const double> b) {
  double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  const auto n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ma += a[i] / n, mb += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
    ab += (a[i] - ma) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

TEST(Weather, WetDaysAndAmountsFollowTheSeason) {
  const Weather& w = sample().weather;
  const WeatherParams& p = sample().params;
  for (const int middle : {20, 205}) {
    double days = 0, wet = 0, amount = 0, square = 0, after_wet = 0, wet_after_wet = 0;
    double share = 0, mean = 0, mean_square = 0;
    for (std::size_t t = 1; t < w.axis.size(); ++t) {
      const int day = core::day_of_year(w.axis.start(t));
      if (std::abs(day - middle) > 15) continue;
      const double rain = w.precipitation_mm[t];
      ++days;
      share += wet_share(p, day);
      if (w.precipitation_mm[t - 1] > 0) ++after_wet, wet_after_wet += rain > 0 ? 1 : 0;
      if (rain <= 0) continue;
      const double scaled = rain / mean_amount_mm(p, day);
      ++wet;
      amount += scaled;
      square += scaled * scaled;
    }
    share /= days;
    mean = amount / wet;
    mean_square = square / wet;
    EXPECT_NEAR(wet / days, share, 0.015) << middle;
    // Gamma of mean 1: variance 1 / shape.
    EXPECT_NEAR(mean, 1.0, 0.06) << middle;
    EXPECT_NEAR(mean_square - mean * mean, 1.0 / p.amount_shape, 0.25) << middle;
    EXPECT_NEAR(wet_after_wet / after_wet, share + p.wet_persistence * (1 - share), 0.035) << middle;
  }
}

TEST(Weather, TemperatureHasItsMeanSpreadAndPersistence) {
  const Weather& w = sample().weather;
  const WeatherParams& p = sample().params;
  std::vector<double> now, before;
  double sum = 0, square = 0, n = 0;
  for (std::size_t t = 1; t < w.axis.size(); ++t) {
    const int day = core::day_of_year(w.axis.start(t));
    if (std::abs(day - 18) > 12) continue;
    const auto anomaly = [&](std::size_t k) {
      const int d = core::day_of_year(w.axis.start(k));
      const bool wet = w.precipitation_mm[k] > 0;
      return w.temperature_degC[k] - mean_temperature_degC(p, d) - (wet ? p.wet_offset_winter_degC : 0.0);
    };
    now.push_back(anomaly(t));
    before.push_back(anomaly(t - 1));
    sum += now.back();
    square += now.back() * now.back();
    ++n;
  }
  EXPECT_NEAR(sum / n, 0.0, 0.35);
  EXPECT_NEAR(std::sqrt(square / n), p.temperature_sd_winter_degC, 0.15);
  EXPECT_NEAR(correlation(now, before), p.temperature_persistence, 0.03);
}

TEST(Weather, PresetIsColdWithSummerRain) {
  const Weather& w = sample().weather;
  double total = 0, summer = 0, january = 0, july = 0;
  for (std::size_t t = 0; t < w.axis.size(); ++t) {
    const int month = core::month_of(w.axis.start(t));
    total += w.precipitation_mm[t] / kYears;
    if (month >= 6 && month <= 9) summer += w.precipitation_mm[t] / kYears;
    if (month == 1) january += w.temperature_degC[t] / (31.0 * kYears);
    if (month == 7) july += w.temperature_degC[t] / (31.0 * kYears);
  }
  EXPECT_GT(total, 440);
  EXPECT_LT(total, 560);
  EXPECT_GT(summer / total, 0.65);
  EXPECT_NEAR(january, -18, 2);
  EXPECT_NEAR(july, 24, 2);
}

TEST(Weather, CorrelatesOverDistance) {
  const Weather& w = sample().weather;
  const WeatherParams& p = sample().params;
  // Winter anomalies of dry places: correlation exp(-d / range) of the latent field.
  std::vector<double> here, far, near, rain_here, rain_far, rain_near;
  for (std::size_t t = 0; t < w.axis.size(); ++t) {
    const int day = core::day_of_year(w.axis.start(t));
    const auto wet = [&](std::size_t s) { return w.row(w.precipitation_mm, s)[t] > 0; };
    if (day <= 31 && !wet(0) && !wet(1) && !wet(2)) {
      const double mean = mean_temperature_degC(p, day);
      here.push_back(w.row(w.temperature_degC, 0)[t] - mean);
      far.push_back(w.row(w.temperature_degC, 1)[t] - mean);
      near.push_back(w.row(w.temperature_degC, 2)[t] - mean - 1.5);
    }
    rain_here.push_back(w.row(w.precipitation_mm, 0)[t]);
    rain_far.push_back(w.row(w.precipitation_mm, 1)[t]);
    rain_near.push_back(w.row(w.precipitation_mm, 2)[t]);
  }
  EXPECT_NEAR(correlation(here, far), std::exp(-50 / p.temperature_range_km), 0.03);
  EXPECT_NEAR(correlation(here, near), std::exp(-5 / p.temperature_range_km), 0.01);
  const double close = correlation(rain_here, rain_near);
  EXPECT_GT(close, 0.4);
  EXPECT_LT(correlation(rain_here, rain_far), close - 0.3);
}

TEST(Weather, RadiationStaysBelowTheSun) {
  const Weather& w = sample().weather;
  for (std::size_t t = 0; t < 3000; ++t) {
    const double top =
        extraterrestrial_radiation(sample().params.latitude, core::day_of_year(w.axis.start(t)));
    ASSERT_GT(w.radiation_mj_m2[t], 0.1 * top);
    ASSERT_LT(w.radiation_mj_m2[t], 0.81 * top);
    ASSERT_GT(w.wind_m_s[t], 0);
    ASSERT_GE(w.humidity_percent[t], 15);
    ASSERT_LE(w.humidity_percent[t], 99);
    ASSERT_GE(w.pet_mm[t], 0);
  }
}

TEST(Weather, MoreSitesLeaveTheFirstAsTheyWere) {
  const WeatherParams p;
  const std::vector<Site> two = {{1, 2, 0}, {20, 5, 0}};
  const std::vector<Site> three = {{1, 2, 0}, {20, 5, 0}, {7, 9, 0}};
  const Weather a = generate_weather(p, two, 2001, 2, 5);
  const Weather b = generate_weather(p, three, 2001, 2, 5);
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t t = 0; t < a.axis.size(); ++t) {
      ASSERT_DOUBLE_EQ(a.row(a.precipitation_mm, s)[t], b.row(b.precipitation_mm, s)[t]);
      ASSERT_DOUBLE_EQ(a.row(a.temperature_degC, s)[t], b.row(b.temperature_degC, s)[t]);
    }
  }
}

}  // namespace
}  // namespace phreatic::basin
