// SPDX-License-Identifier: BSD-3-Clause
// Daily weather at places of a basin (docs/methods/basin.md, section 1).
//   occurrence     two-state Markov chain: P(wet | dry) = w (1 - r), P(wet | wet) = w + r (1 - w), with w the
//                  seasonal share of wet days and r the day-to-day persistence (richardson1981)
//   amount         gamma distributed with constant shape and seasonal mean
//   temperature    seasonal cosine + AR(1) + slow AR(1) + a seasonal offset on wet days
//   radiation      clearness index (lower on wet days, AR(1)) times the radiation above the atmosphere
//                  (allen1998)
//   wind, humidity seasonal mean + AR(1); humidity is raised on wet days
// Each random field is standard normal at every place, correlated over distance d by exp(-d / range), so that
// occurrence and amount keep their distribution at each place while storms are shared (wilks1998).
// A seasonal quantity is low + (high - low) ((1 + cos(2 pi (day - peak) / 365.25)) / 2)^sharpness.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/settings/params.hpp"

namespace phreatic::basin {

enum class PetMethod { penman_monteith, makkink, hargreaves };

// Defaults: the cold-region preset, near the Songnen plain: -19 degC in January, monsoon-like summer rain.
struct WeatherParams {
  double latitude = 45.5;
  double wet_share_low = 0.13, wet_share_high = 0.46;  // share of wet days, winter and summer
  double wet_persistence = 0.22;
  double amount_low_mm = 0.9, amount_high_mm = 8.2;  // mean rain on a wet day
  double amount_shape = 0.75;
  double rain_peak_day = 205, rain_sharpness = 2.0;
  double yearly_rain_sd = 0.14;  // of the logarithm of a whole year's amounts
  double temperature_mean_degC = 3.6, temperature_amplitude_degC = 22.0, temperature_peak_day = 201;
  double temperature_sd_winter_degC = 4.6, temperature_sd_summer_degC = 2.6, temperature_persistence = 0.72;
  double temperature_slow_sd_degC = 1.6;
  double wet_offset_winter_degC = 1.8, wet_offset_summer_degC = -2.2;
  double clearness_mean = 0.60, clearness_wet_drop = 0.20, clearness_sd = 0.07, clearness_slow_sd = 0.08;
  double humidity_mean = 62, humidity_sd = 9, humidity_wet_rise = 12;
  double wind_mean = 3.2, wind_spring_rise = 0.35, wind_log_sd = 0.38;
  double slow_persistence = 0.97;  // day-to-day, of the slow parts of temperature and clearness
  double rain_range_km = 15, temperature_range_km = 300, clearness_range_km = 120;
  PetMethod pet = PetMethod::penman_monteith;
};
void describe(core::Describer& d, WeatherParams& p);

struct Site {
  double x_km = 0;
  double y_km = 0;
  double temperature_offset_degC = 0;  // lapse with elevation, added every day
};

// One value per place and day, [site][day].
struct Weather {
  core::TimeAxis axis;
  std::size_t sites = 0;
  std::vector<double> precipitation_mm;
  std::vector<double> temperature_degC;
  std::vector<double> temperature_range_degC;  // daily maximum - minimum
  std::vector<double> radiation_mj_m2;         // global, per day
  std::vector<double> wind_m_s;                // at 2 m
  std::vector<double> humidity_percent;
  std::vector<double> pet_mm;  // reference evapotranspiration

  std::span<const double> row(const std::vector<double>& field, std::size_t site) const {
    return {field.data() + site * axis.size(), axis.size()};
  }
};

// The fields of a Weather.
using WeatherField = std::vector<double> Weather::*;
inline constexpr std::array<WeatherField, 7> kWeatherFields = {&Weather::precipitation_mm,
                                                               &Weather::temperature_degC,
                                                               &Weather::temperature_range_degC,
                                                               &Weather::radiation_mj_m2,
                                                               &Weather::wind_m_s,
                                                               &Weather::humidity_percent,
                                                               &Weather::pet_mm};

// The generator's own expectations, for tests and for the docs.
double wet_share(const WeatherParams& p, int day_of_year);
double mean_amount_mm(const WeatherParams& p, int day_of_year);
double mean_temperature_degC(const WeatherParams& p, int day_of_year);  // of dry days, without site offset

// Weather of whole calendar years [first_year, first_year + years). Random numbers are keyed by (seed,
// purpose, site, year): more years or more sites leave those that were there as they were, except for what
// an AR(1) or the Markov chain carries on from the year before the first. Fields that are not wanted stay empty.
// Memory beside the fields: a year of all of them and three matrices of sites x sites; time grows with the square of
// the sites.
Weather generate_weather(const WeatherParams& p, std::span<const Site> sites, int first_year, int years,
                         std::uint64_t seed, std::span<const WeatherField> wanted = kWeatherFields);

}  // namespace phreatic::basin
