// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/weather.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "phreatic/basin/distributions.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/series/evapotranspiration.hpp"

namespace phreatic::basin {

using data::DayWeather;
using data::extraterrestrial_radiation;
using data::hargreaves_mm;
using data::makkink_mm;
using data::penman_monteith_mm;

namespace {

double season(double day, double peak) {
  return 0.5 * (1.0 + std::cos(2.0 * std::numbers::pi * (day - peak) / 365.25));
}

double between(double low, double high, double share) { return low + (high - low) * share; }

double warmth(const WeatherParams& p, int day) { return season(day, p.temperature_peak_day); }

// One standard normal random field: every site and day, correlated over sites, AR(1) in time.
struct FieldSpec {
  std::string_view purpose;
  double range_km;
  double persistence;
};

// x_t = a x_{t-1} + sqrt(1 - a^2) e_t with e_t = L z_t, L L' the spatial correlation; values [site][day].
std::vector<double> random_field(const FieldSpec& spec, std::span<const Site> sites, int first_year,
                                 int years, std::uint64_t seed) {
  const auto n = static_cast<Eigen::Index>(sites.size());
  Eigen::MatrixXd correlation(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      const Site& a = sites[static_cast<std::size_t>(i)];
      const Site& b = sites[static_cast<std::size_t>(j)];
      correlation(i, j) = std::exp(-std::hypot(a.x_km - b.x_km, a.y_km - b.y_km) / spec.range_km);
    }
  }
  correlation.diagonal().array() += 1e-9;  // two sites may share a place
  const Eigen::MatrixXd lower = correlation.llt().matrixL();
  const std::int64_t start = core::days_from_civil({first_year, 1, 1});
  const auto days = core::days_from_civil({first_year + years, 1, 1}) - start;
  std::vector<double> out(sites.size() * static_cast<std::size_t>(days));
  const double keep = spec.persistence;
  const double renew = std::sqrt(1.0 - keep * keep);
  Eigen::VectorXd state(n);
  std::int64_t day = 0;
  for (int year = 0; year < years; ++year) {
    std::vector<core::RandomStream> streams;
    for (std::size_t site = 0; site < sites.size(); ++site) {
      streams.emplace_back(seed, spec.purpose, site, static_cast<std::uint64_t>(first_year + year));
    }
    const std::int64_t end = core::days_from_civil({first_year + year + 1, 1, 1}) - start;
    for (; day < end; ++day) {
      Eigen::VectorXd fresh(n);
      for (Eigen::Index i = 0; i < n; ++i) fresh(i) = streams[static_cast<std::size_t>(i)].normal();
      const Eigen::VectorXd innovation = lower.triangularView<Eigen::Lower>() * fresh;
      state = day == 0 ? innovation : Eigen::VectorXd(keep * state + renew * innovation);
      for (Eigen::Index i = 0; i < n; ++i) out[static_cast<std::size_t>(i * days + day)] = state(i);
    }
  }
  return out;
}

struct Fields {
  std::vector<double> occurrence, amount, temperature, temperature_slow, clearness, clearness_slow, wind,
      humidity;
};

Fields draw_fields(const WeatherParams& p, std::span<const Site> sites, int first_year, int years,
                   std::uint64_t seed) {
  const auto field = [&](std::string_view purpose, double range, double persistence) {
    return random_field({purpose, range, persistence}, sites, first_year, years, seed);
  };
  Fields f;
  f.occurrence = field("weather.occurrence", p.rain_range_km, 0);
  f.amount = field("weather.amount", p.rain_range_km, 0);
  f.temperature = field("weather.temperature", p.temperature_range_km, p.temperature_persistence);
  f.temperature_slow = field("weather.temperature_slow", p.temperature_range_km, p.slow_persistence);
  f.clearness = field("weather.clearness", p.clearness_range_km, 0.4);
  f.clearness_slow = field("weather.clearness_slow", p.clearness_range_km, p.slow_persistence);
  f.wind = field("weather.wind", p.temperature_range_km, 0.85);
  f.humidity = field("weather.humidity", p.clearness_range_km, 0.92);
  return f;
}

double reference_et(PetMethod method, const DayWeather& day, double top) {
  switch (method) {
    case PetMethod::makkink:
      return makkink_mm(day);
    case PetMethod::hargreaves:
      return hargreaves_mm(day, top);
    case PetMethod::penman_monteith:
      break;
  }
  return penman_monteith_mm(day, top);
}

// Fills day `t` of site `site`; `at` is its place in every array.
void fill_day(const WeatherParams& p, const Fields& f, const Site& site, std::size_t at, int day, bool wet,
              double top, Weather& w) {
  const double warm = warmth(p, day);
  DayWeather d;
  d.temperature_degC =
      mean_temperature_degC(p, day) + site.temperature_offset_degC +
      between(p.temperature_sd_winter_degC, p.temperature_sd_summer_degC, warm) * f.temperature[at] +
      p.temperature_slow_sd_degC * f.temperature_slow[at] +
      (wet ? between(p.wet_offset_winter_degC, p.wet_offset_summer_degC, warm) : 0.0);
  const double clearness =
      std::clamp(p.clearness_mean - (wet ? p.clearness_wet_drop : 0.0) + p.clearness_sd * f.clearness[at] +
                     p.clearness_slow_sd * f.clearness_slow[at],
                 0.12, 0.80);
  d.radiation_mj_m2 = clearness * top;
  d.range_degC = std::max(3.0, 12.0 + 22.0 * (clearness - 0.55));
  d.wind_m_s = p.wind_mean *
               (1.0 + p.wind_spring_rise * std::cos(2.0 * std::numbers::pi * (day - 110) / 365.25)) *
               std::exp(p.wind_log_sd * f.wind[at] - 0.5 * p.wind_log_sd * p.wind_log_sd);
  d.humidity_percent =
      std::clamp(p.humidity_mean + 10.0 * std::cos(4.0 * std::numbers::pi * (day - 205) / 365.25) +
                     p.humidity_sd * f.humidity[at] + (wet ? p.humidity_wet_rise : 0.0),
                 15.0, 99.0);
  w.temperature_degC[at] = d.temperature_degC;
  w.temperature_range_degC[at] = d.range_degC;
  w.radiation_mj_m2[at] = d.radiation_mj_m2;
  w.wind_m_s[at] = d.wind_m_s;
  w.humidity_percent[at] = d.humidity_percent;
  w.pet_mm[at] = reference_et(p.pet, d, top);
}

}  // namespace

double wet_share(const WeatherParams& p, int day_of_year) {
  return between(p.wet_share_low, p.wet_share_high,
                 std::pow(season(day_of_year, p.rain_peak_day), p.rain_sharpness));
}

double mean_amount_mm(const WeatherParams& p, int day_of_year) {
  return between(p.amount_low_mm, p.amount_high_mm,
                 std::pow(season(day_of_year, p.rain_peak_day), p.rain_sharpness));
}

double mean_temperature_degC(const WeatherParams& p, int day_of_year) {
  return p.temperature_mean_degC + p.temperature_amplitude_degC * (2.0 * warmth(p, day_of_year) - 1.0);
}

Weather generate_weather(const WeatherParams& p, std::span<const Site> sites, int first_year, int years,
                         std::uint64_t seed) {
  const std::int64_t start = core::days_from_civil({first_year, 1, 1});
  const auto days = static_cast<std::size_t>(core::days_from_civil({first_year + years, 1, 1}) - start);
  Weather w;
  w.axis = core::TimeAxis(start * core::kSecondsPerDay, core::Step{core::StepUnit::day, 1}, days);
  w.sites = sites.size();
  for (std::vector<double>* field : {&w.precipitation_mm, &w.temperature_degC, &w.temperature_range_degC,
                                     &w.radiation_mj_m2, &w.wind_m_s, &w.humidity_percent, &w.pet_mm}) {
    field->assign(sites.size() * days, 0.0);
  }
  const Fields f = draw_fields(p, sites, first_year, years, seed);
  std::vector<double> year_factor;
  for (int y = 0; y < years; ++y) {
    core::RandomStream stream(seed, "weather.year", 0, static_cast<std::uint64_t>(first_year + y));
    year_factor.push_back(
        std::exp(p.yearly_rain_sd * stream.normal() - 0.5 * p.yearly_rain_sd * p.yearly_rain_sd));
  }
  for (std::size_t s = 0; s < sites.size(); ++s) {
    bool wet = false;
    for (std::size_t t = 0; t < days; ++t) {
      const core::Seconds time = w.axis.start(t);
      const int day = core::day_of_year(time);
      const std::size_t at = s * days + t;
      const double share = wet_share(p, day);
      const double chance =
          wet ? share + p.wet_persistence * (1.0 - share) : share * (1.0 - p.wet_persistence);
      wet = normal_cdf(f.occurrence[at]) < chance;
      if (wet) {
        const double factor = year_factor[static_cast<std::size_t>(core::year_of(time) - first_year)];
        w.precipitation_mm[at] = gamma_quantile(p.amount_shape, normal_cdf(f.amount[at])) *
                                 mean_amount_mm(p, day) / p.amount_shape * factor;
      }
      fill_day(p, f, sites[s], at, day, wet, extraterrestrial_radiation(p.latitude, day), w);
    }
  }
  return w;
}

void describe(core::Describer& d, WeatherParams& p) {
  d.field("latitude", p.latitude,
          {.help = "Latitude for the sun's path", .unit = "degrees north", .min = -66, .max = 66});
  d.field("wet_share_low", p.wet_share_low,
          {.help = "Share of wet days in the driest season", .min = 0.001, .max = 0.95});
  d.field("wet_share_high", p.wet_share_high,
          {.help = "Share of wet days at the rain's peak", .min = 0.001, .max = 0.95});
  d.field("wet_persistence", p.wet_persistence,
          {.help = "Day-to-day correlation of wet and dry", .min = 0, .max = 0.9});
  d.field("amount_low", p.amount_low_mm,
          {.help = "Mean rain of a wet day in the driest season", .unit = "mm", .min = 0.01});
  d.field("amount_high", p.amount_high_mm,
          {.help = "Mean rain of a wet day at the rain's peak", .unit = "mm", .min = 0.01});
  d.field("amount_shape", p.amount_shape,
          {.help = "Shape of the gamma distribution of amounts", .min = 0.1, .max = 20});
  d.field("rain_peak_day", p.rain_peak_day,
          {.help = "Day of the year of the rain's peak", .unit = "d", .min = 1, .max = 366});
  d.field("rain_sharpness", p.rain_sharpness,
          {.help = "Exponent of the rain's season; 1 is a cosine", .min = 0.25, .max = 10});
  d.field("yearly_rain_sd", p.yearly_rain_sd,
          {.help = "Standard deviation of the logarithm of a year's rain factor", .min = 0, .max = 1});
  d.field("temperature_mean", p.temperature_mean_degC,
          {.help = "Yearly mean temperature of dry days", .unit = "degC", .min = -20, .max = 35});
  d.field("temperature_amplitude", p.temperature_amplitude_degC,
          {.help = "Half the difference of summer and winter", .unit = "degC", .min = 0, .max = 40});
  d.field("temperature_peak_day", p.temperature_peak_day,
          {.help = "Warmest day of the year", .unit = "d", .min = 1, .max = 366});
  d.field("temperature_sd_winter", p.temperature_sd_winter_degC,
          {.help = "Day-to-day standard deviation in winter", .unit = "degC", .min = 0, .max = 15});
  d.field("temperature_sd_summer", p.temperature_sd_summer_degC,
          {.help = "Day-to-day standard deviation in summer", .unit = "degC", .min = 0, .max = 15});
  d.field("temperature_persistence", p.temperature_persistence,
          {.help = "Day-to-day correlation of temperature", .min = 0, .max = 0.99});
  d.field("temperature_slow_sd", p.temperature_slow_sd_degC,
          {.help = "Standard deviation of spells of weeks", .unit = "degC", .min = 0, .max = 10});
  d.field("wet_offset_winter", p.wet_offset_winter_degC,
          {.help = "Temperature of wet days above dry ones, winter", .unit = "degC", .min = -10, .max = 10});
  d.field("wet_offset_summer", p.wet_offset_summer_degC,
          {.help = "Temperature of wet days above dry ones, summer", .unit = "degC", .min = -10, .max = 10});
  d.field(
      "clearness_mean", p.clearness_mean,
      {.help = "Share of the sun's radiation that reaches the ground on dry days", .min = 0.2, .max = 0.8});
  d.field("clearness_wet_drop", p.clearness_wet_drop,
          {.help = "How much lower it is on wet days", .min = 0, .max = 0.5});
  d.field("clearness_sd", p.clearness_sd,
          {.help = "Its day-to-day standard deviation", .min = 0, .max = 0.3});
  d.field("clearness_slow_sd", p.clearness_slow_sd,
          {.help = "Its standard deviation over spells of weeks", .min = 0, .max = 0.3});
  d.field("humidity_mean", p.humidity_mean,
          {.help = "Mean relative humidity of dry days", .unit = "%", .min = 15, .max = 99});
  d.field("humidity_sd", p.humidity_sd, {.help = "Its standard deviation", .unit = "%", .min = 0, .max = 30});
  d.field("humidity_wet_rise", p.humidity_wet_rise,
          {.help = "How much higher it is on wet days", .unit = "%", .min = 0, .max = 50});
  d.field("wind_mean", p.wind_mean, {.help = "Mean wind at 2 m", .unit = "m/s", .min = 0.1, .max = 15});
  d.field("wind_spring_rise", p.wind_spring_rise,
          {.help = "Relative amplitude of the wind's season, peak in April", .min = 0, .max = 0.9});
  d.field("wind_log_sd", p.wind_log_sd,
          {.help = "Standard deviation of the wind's logarithm", .min = 0, .max = 1.5});
  d.field("slow_persistence", p.slow_persistence,
          {.help = "Day-to-day correlation of the spells of weeks", .min = 0, .max = 0.999});
  d.field("rain_range", p.rain_range_km,
          {.help = "Distance over which rain decorrelates", .unit = "km", .min = 0.1});
  d.field("temperature_range", p.temperature_range_km,
          {.help = "The same for temperature and wind", .unit = "km", .min = 0.1});
  d.field("clearness_range", p.clearness_range_km,
          {.help = "The same for clearness and humidity", .unit = "km", .min = 0.1});
  d.choice("pet", p.pet,
           {{"penman_monteith", PetMethod::penman_monteith},
            {"makkink", PetMethod::makkink},
            {"hargreaves", PetMethod::hargreaves}},
           {.help = "Formula of reference evapotranspiration"});
}

}  // namespace phreatic::basin
