// SPDX-License-Identifier: BSD-3-Clause
// Reference evapotranspiration ET0 (mm/d) from a day's weather.
#pragma once

namespace phreatic::data {

struct DayWeather {
  double temperature_degC = 0;  // daily mean
  double range_degC = 0;        // daily maximum - minimum
  double radiation_mj_m2 = 0;   // global radiation, per day
  double wind_m_s = 0;          // at 2 m
  double humidity_percent = 0;
  double elevation_m = 0;  // of the pressure of the air
};

// Radiation above the atmosphere, MJ/m2/d (allen1998 eq. 21).
double extraterrestrial_radiation(double latitude_degrees, int day_of_year);

// FAO-56 Penman-Monteith for short grass (allen1998 eq. 6), psychrometric constant at the elevation, no soil heat
// flux; net radiation by allen1998 eqs. 37-40 with `top_radiation` the radiation above the atmosphere.
double penman_monteith_mm(const DayWeather& day, double top_radiation_mj_m2);

// Makkink, lambda the latent heat at the day's temperature: 0.65 Delta / (Delta + gamma) Rs / lambda
// (debruin1987).
double makkink_mm(const DayWeather& day);

// Hargreaves: 0.0023 (T + 17.8) sqrt(range) Ra / lambda (hargreaves1985; allen1998 eq. 52).
double hargreaves_mm(const DayWeather& day, double top_radiation_mj_m2);

// Oudin: Ra / lambda (T + 5) / 100 where that is positive, with the latent heat lambda of the day (oudin2005).
double oudin_mm(const DayWeather& day, double top_radiation_mj_m2);

}  // namespace phreatic::data
