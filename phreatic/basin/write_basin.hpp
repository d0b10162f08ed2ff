// SPDX-License-Identifier: BSD-3-Clause
// The basin as ordinary input files, and its truth beside them:
//   wells/<id>.csv    date,level_m                        observed levels; days without observation are
//                     left out
//   drivers/<id>.csv  date,precipitation_mm,temperature_degC,pet_mm,pumping_mm
//                     (and radiation_mj_m2,wind_m_s,humidity_percent with all_weather)
//   attributes.csv    id,specific_yield,...               as a user would have them: with errors
//   places.csv        id,x_m,y_m,latitude,longitude,elevation_m
//   river.csv         x_m,y_m,latitude,longitude
//   truth/            basin.yml (settings), types.csv, parameters.json, faults.csv,
//                     levels/<id>.csv (no noise)
// A basin with groundwater has more: groundwater/write.hpp.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "phreatic/basin/basin.hpp"

namespace phreatic::basin {

// Throws RunError when the folder cannot be written. Existing files of the same names are replaced.
void write_basin(const Basin& basin, const std::filesystem::path& folder);

// Makes the basin and writes the same files, wells of reservoirs one by one (make_basin_well_by_well): returned is then
// the basin without series and weather; one with groundwater is returned whole.
Basin make_and_write_basin(const BasinParams& params, const std::filesystem::path& folder);

// All parameters of a well as JSON, nested and named as describe() has them.
std::string parameters_json(const Basin& basin);

}  // namespace phreatic::basin
