// SPDX-License-Identifier: BSD-3-Clause
// Reference evapotranspiration ET0 (mm/d) from a day's weather.
#pragma once

namespace phreatic::basin {

struct DayWeather {
  double temperature_degC = 0;  // daily mean
  double range_degC = 0;        // daily maximum - minimum
  double radiation_mj_m2 = 0;   // global radiation, per day
  double wind_m_s = 0;          // at 2 m
  double humidity_percent = 0;
};

// Radiation above the atmosphere, MJ/m2/d (fao56 eq. 21).
double extraterrestrial_radiation(double latitude_degrees, int day_of_year);

// FAO-56 Penman-Monteith for short grass (fao56 eq. 6), sea-level psychrometric constant, no soil heat flux;
// net radiation by fao56 eqs. 37-40 with `top_radiation` the radiation above the atmosphere.
double penman_monteith_mm(const DayWeather& day, double top_radiation_mj_m2);

// Makkink: 0.65 Delta / (Delta + gamma) Rs / lambda (debruin1987).
double makkink_mm(const DayWeather& day);

// Hargreaves: 0.0023 (T + 17.8) sqrt(range) Ra / lambda (hargreaves1985; fao56 eq. 52).
double hargreaves_mm(const DayWeather& day, double top_radiation_mj_m2);

}  // namespace phreatic::basin
