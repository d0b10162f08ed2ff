// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/weather.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "phreatic/basin/distributions.hpp"
#include "phreatic/core/parallel.hpp"
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

// Lower factor L of the correlation exp(-d / range) between sites, L L' = C.
Eigen::MatrixXd correlation_factor(std::span<const Site> sites, double range_km) {
  const auto n = static_cast<Eigen::Index>(sites.size());
  Eigen::MatrixXd factor(n, n);
  core::parallel_for(sites.size(), [&](std::size_t column) {
    const Site& a = sites[column];
    const auto j = static_cast<Eigen::Index>(column);
    for (Eigen::Index i = j; i < n; ++i) {
      const Site& b = sites[static_cast<std::size_t>(i)];
      factor(i, j) = std::exp(-std::hypot(a.x_km - b.x_km, a.y_km - b.y_km) / range_km);
    }
  });
  factor.diagonal().array() += 1e-9;  // two sites may share a place
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> in_place(factor);
  return factor;
}

// One standard normal random field: every site and day, correlated over sites, AR(1) in time:
// x_t = a x_{t-1} + sqrt(1 - a^2) L z_t.
class RandomField {
 public:
  RandomField(std::string_view purpose, const Eigen::MatrixXd& factor, double persistence, std::uint64_t seed)
      : purpose_(purpose), factor_(factor), persistence_(persistence), seed_(seed) {}

  // The days of the next calendar year, [day of the year][site].
  void draw(int year, Eigen::Index days, Eigen::MatrixXd& out) {
    const Eigen::Index n = factor_.rows();
    out.resize(n, days);
    core::parallel_for(static_cast<std::size_t>(n), [&](std::size_t site) {
      core::RandomStream stream(seed_, purpose_, site, static_cast<std::uint64_t>(year));
      for (Eigen::Index t = 0; t < days; ++t) out(static_cast<Eigen::Index>(site), t) = stream.normal();
    });
    constexpr Eigen::Index kBlock = 64;  // days whose products are taken at once
    core::parallel_for(static_cast<std::size_t>((days + kBlock - 1) / kBlock), [&](std::size_t block) {
      const Eigen::Index first = static_cast<Eigen::Index>(block) * kBlock;
      const Eigen::Index count = std::min(kBlock, days - first);
      const Eigen::MatrixXd fresh = out.middleCols(first, count);
      out.middleCols(first, count).noalias() = factor_.triangularView<Eigen::Lower>() * fresh;
    });
    const double renew = std::sqrt(1.0 - persistence_ * persistence_);
    for (Eigen::Index t = 0; t < days; ++t) {
      if (t > 0) {
        out.col(t) = persistence_ * out.col(t - 1) + renew * out.col(t);
      } else if (last_.size() > 0) {
        out.col(t) = persistence_ * last_ + renew * out.col(t);
      }
    }
    last_ = out.col(days - 1);
  }

 private:
  std::string_view purpose_;
  const Eigen::MatrixXd& factor_;
  double persistence_;
  std::uint64_t seed_;
  Eigen::VectorXd last_;  // of the year before
};

// What a year's weather is made of, each [site][day of the year].
struct Fields {
  Eigen::MatrixXd occurrence, amount, temperature, temperature_slow, clearness, clearness_slow, wind,
      humidity;
};

// Draws the fields year by year.
class FieldSource {
 public:
  FieldSource(const WeatherParams& p, std::span<const Site> sites, std::uint64_t seed)
      : rain_(correlation_factor(sites, p.rain_range_km)),
        warm_(correlation_factor(sites, p.temperature_range_km)),
        clear_(correlation_factor(sites, p.clearness_range_km)),
        occurrence_("weather.occurrence", rain_, 0, seed),
        amount_("weather.amount", rain_, 0, seed),
        temperature_("weather.temperature", warm_, p.temperature_persistence, seed),
        temperature_slow_("weather.temperature_slow", warm_, p.slow_persistence, seed),
        clearness_("weather.clearness", clear_, 0.4, seed),
        clearness_slow_("weather.clearness_slow", clear_, p.slow_persistence, seed),
        wind_("weather.wind", warm_, 0.85, seed),
        humidity_("weather.humidity", clear_, 0.92, seed) {}

  void draw(int year, Eigen::Index days, Fields& out) {
    occurrence_.draw(year, days, out.occurrence);
    amount_.draw(year, days, out.amount);
    temperature_.draw(year, days, out.temperature);
    temperature_slow_.draw(year, days, out.temperature_slow);
    clearness_.draw(year, days, out.clearness);
    clearness_slow_.draw(year, days, out.clearness_slow);
    wind_.draw(year, days, out.wind);
    humidity_.draw(year, days, out.humidity);
  }

 private:
  Eigen::MatrixXd rain_, warm_, clear_;
  RandomField occurrence_, amount_, temperature_, temperature_slow_, clearness_, clearness_slow_, wind_,
      humidity_;
};

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

// Where a day stands: site and day of the year in the fields, index in every array of the weather.
struct Place {
  Eigen::Index site, day;
  std::size_t at;
};

void fill_day(const WeatherParams& p, const Fields& f, const Site& site, const Place& place, int day,
              bool wet, double top, Weather& w) {
  const auto of = [&](const Eigen::MatrixXd& field) { return field(place.site, place.day); };
  const std::size_t at = place.at;
  const double warm = warmth(p, day);
  DayWeather d;
  d.temperature_degC =
      mean_temperature_degC(p, day) + site.temperature_offset_degC +
      between(p.temperature_sd_winter_degC, p.temperature_sd_summer_degC, warm) * of(f.temperature) +
      p.temperature_slow_sd_degC * of(f.temperature_slow) +
      (wet ? between(p.wet_offset_winter_degC, p.wet_offset_summer_degC, warm) : 0.0);
  const double clearness =
      std::clamp(p.clearness_mean - (wet ? p.clearness_wet_drop : 0.0) + p.clearness_sd * of(f.clearness) +
                     p.clearness_slow_sd * of(f.clearness_slow),
                 0.12, 0.80);
  d.radiation_mj_m2 = clearness * top;
  d.range_degC = std::max(3.0, 12.0 + 22.0 * (clearness - 0.55));
  d.wind_m_s = p.wind_mean *
               (1.0 + p.wind_spring_rise * std::cos(2.0 * std::numbers::pi * (day - 110) / 365.25)) *
               std::exp(p.wind_log_sd * of(f.wind) - 0.5 * p.wind_log_sd * p.wind_log_sd);
  d.humidity_percent =
      std::clamp(p.humidity_mean + 10.0 * std::cos(4.0 * std::numbers::pi * (day - 205) / 365.25) +
                     p.humidity_sd * of(f.humidity) + (wet ? p.humidity_wet_rise : 0.0),
                 15.0, 99.0);
  w.temperature_degC[at] = d.temperature_degC;
  w.temperature_range_degC[at] = d.range_degC;
  w.radiation_mj_m2[at] = d.radiation_mj_m2;
  w.wind_m_s[at] = d.wind_m_s;
  w.humidity_percent[at] = d.humidity_percent;
  w.pet_mm[at] = reference_et(p.pet, d, top);
}

// Copies a field of `part` into rows, [site][days], from day `first` on.
void append_days(const Weather& part, WeatherField field, std::size_t first, std::size_t days,
                 std::vector<double>& rows) {
  for (std::size_t s = 0; s < part.sites; ++s) {
    const auto row = part.row(part.*field, s);
    std::copy(row.begin(), row.end(), rows.begin() + static_cast<std::ptrdiff_t>(s * days + first));
  }
}

// One site's days of a year into w; `wet` is the day before, returned that of the last day.
bool fill_year(const WeatherParams& p, const Fields& f, const Site& site, std::size_t s, double rain_factor,
               bool wet, Weather& w) {
  const std::size_t days = w.axis.size();
  for (std::size_t t = 0; t < days; ++t) {
    const int day = core::day_of_year(w.axis.start(t));
    const Place place{static_cast<Eigen::Index>(s), static_cast<Eigen::Index>(t), s * days + t};
    const double share = wet_share(p, day);
    const double chance = wet ? share + p.wet_persistence * (1.0 - share) : share * (1.0 - p.wet_persistence);
    wet = normal_cdf(f.occurrence(place.site, place.day)) < chance;
    if (wet) {
      w.precipitation_mm[place.at] =
          gamma_quantile(p.amount_shape, normal_cdf(f.amount(place.site, place.day))) *
          mean_amount_mm(p, day) / p.amount_shape * rain_factor;
    }
    fill_day(p, f, site, place, day, wet, extraterrestrial_radiation(p.latitude, day), w);
  }
  return wet;
}

// Hands the weather over one calendar year after the other: memory is that of a year and of three matrices of sites x
// sites, however many years there are.
void generate_weather_by_year(const WeatherParams& p, std::span<const Site> sites, int first_year, int years,
                              std::uint64_t seed, const std::function<void(const Weather&)>& take) {
  FieldSource source(p, sites, seed);
  Fields fields;
  Weather w;
  w.sites = sites.size();
  std::vector<char> wet(sites.size(), 0);  // on the last day of the year before
  for (int year = first_year; year < first_year + years; ++year) {
    const std::int64_t start = core::days_from_civil({year, 1, 1});
    const auto days = static_cast<std::size_t>(core::days_from_civil({year + 1, 1, 1}) - start);
    w.axis = core::TimeAxis(start * core::kSecondsPerDay, core::Step{core::StepUnit::day, 1}, days);
    for (const WeatherField field : kWeatherFields) (w.*field).assign(sites.size() * days, 0.0);
    source.draw(year, static_cast<Eigen::Index>(days), fields);
    core::RandomStream stream(seed, "weather.year", 0, static_cast<std::uint64_t>(year));
    const double factor =
        std::exp(p.yearly_rain_sd * stream.normal() - 0.5 * p.yearly_rain_sd * p.yearly_rain_sd);
    core::parallel_for(sites.size(), [&](std::size_t s) {
      wet[s] = static_cast<char>(fill_year(p, fields, sites[s], s, factor, wet[s] != 0, w));
    });
    take(w);
  }
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
                         std::uint64_t seed, std::span<const WeatherField> wanted) {
  const std::int64_t start = core::days_from_civil({first_year, 1, 1});
  const auto days = static_cast<std::size_t>(core::days_from_civil({first_year + years, 1, 1}) - start);
  Weather w;
  w.axis = core::TimeAxis(start * core::kSecondsPerDay, core::Step{core::StepUnit::day, 1}, days);
  w.sites = sites.size();
  for (const WeatherField field : wanted) (w.*field).resize(sites.size() * days);
  std::size_t done = 0;
  generate_weather_by_year(p, sites, first_year, years, seed, [&](const Weather& year) {
    for (const WeatherField field : wanted) append_days(year, field, done, days, w.*field);
    done += year.axis.size();
  });
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
