// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/series/evapotranspiration.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace phreatic::data {

namespace {

// kPa/degC (allen1998 eqs. 7 and 8).
double psychrometer(double elevation_m) {
  const double pressure =
      elevation_m == 0 ? 101.325 : 101.3 * std::pow((293.0 - 0.0065 * elevation_m) / 293.0, 5.26);
  return 0.665e-3 * pressure;
}

// Of vaporisation, MJ/kg (allen1998 annex 3).
double latent_heat(double t) { return 2.501 - 0.002361 * t; }

double saturation_pressure_kpa(double t) { return 0.6108 * std::exp(17.27 * t / (t + 237.3)); }

double pressure_slope_kpa(double t) {
  return 4098.0 * saturation_pressure_kpa(t) / ((t + 237.3) * (t + 237.3));
}

double net_radiation(const DayWeather& day, double top, double vapour_kpa) {
  constexpr double kAlbedo = 0.23;
  constexpr double kStefanBoltzmann = 4.903e-9;                                    // MJ/K4/m2/d
  const double clear_sky = std::max((0.75 + 2e-5 * day.elevation_m) * top, 1e-9);  // allen1998 eq. 37
  const double relative = std::clamp(day.radiation_mj_m2 / clear_sky, 0.3, 1.0);
  const double warm = std::pow(day.temperature_degC + 0.5 * day.range_degC + 273.16, 4);
  const double cold = std::pow(day.temperature_degC - 0.5 * day.range_degC + 273.16, 4);
  const double out = kStefanBoltzmann * 0.5 * (warm + cold) * (0.34 - 0.14 * std::sqrt(vapour_kpa)) *
                     (1.35 * relative - 0.35);
  return (1.0 - kAlbedo) * day.radiation_mj_m2 - out;
}

}  // namespace

double extraterrestrial_radiation(double latitude_degrees, int day_of_year) {
  constexpr double kSolar = 0.0820;  // MJ/m2/min
  const double latitude = latitude_degrees * std::numbers::pi / 180.0;
  const double angle = 2.0 * std::numbers::pi * day_of_year / 365.0;
  const double distance = 1.0 + 0.033 * std::cos(angle);
  const double declination = 0.409 * std::sin(angle - 1.39);
  const double sunset = std::acos(std::clamp(-std::tan(latitude) * std::tan(declination), -1.0, 1.0));
  return 24.0 * 60.0 / std::numbers::pi * kSolar * distance *
         (sunset * std::sin(latitude) * std::sin(declination) +
          std::cos(latitude) * std::cos(declination) * std::sin(sunset));
}

double penman_monteith_mm(const DayWeather& day, double top_radiation_mj_m2) {
  const double t = day.temperature_degC;
  const double saturated = 0.5 * (saturation_pressure_kpa(t + 0.5 * day.range_degC) +
                                  saturation_pressure_kpa(t - 0.5 * day.range_degC));
  const double vapour = saturated * day.humidity_percent / 100.0;
  const double slope = pressure_slope_kpa(t);
  const double gamma = psychrometer(day.elevation_m);
  const double energy = 0.408 * slope * net_radiation(day, top_radiation_mj_m2, vapour);
  const double drying = gamma * 900.0 / (t + 273.0) * day.wind_m_s * (saturated - vapour);
  return std::max(0.0, (energy + drying) / (slope + gamma * (1.0 + 0.34 * day.wind_m_s)));
}

double makkink_mm(const DayWeather& day) {
  const double slope = pressure_slope_kpa(day.temperature_degC);
  return 0.65 * slope / (slope + psychrometer(day.elevation_m)) * day.radiation_mj_m2 /
         latent_heat(day.temperature_degC);
}

double hargreaves_mm(const DayWeather& day, double top_radiation_mj_m2) {
  return std::max(0.0, 0.0023 * (day.temperature_degC + 17.8) * std::sqrt(std::max(0.0, day.range_degC)) *
                           top_radiation_mj_m2 / latent_heat(day.temperature_degC));
}

double oudin_mm(const DayWeather& day, double top_radiation_mj_m2) {
  const double t = day.temperature_degC;
  return std::max(0.0, top_radiation_mj_m2 / latent_heat(t) * (t + 5.0) / 100.0);
}

}  // namespace phreatic::data
