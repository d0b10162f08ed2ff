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
#include "phreatic/basin/truth/truth.hpp"

namespace phreatic::basin {

// Throws RunError when the folder cannot be written. Existing files of the same names are replaced.
void write_basin(const Basin& basin, const std::filesystem::path& folder);

// id,date,level_m,reference_level_m, then <group>_m and <group>_se_m for each group: one row per task.
void write_contributions(const std::filesystem::path& file, const Basin& basin,
                         std::span<const TruthTask> tasks, std::span<const DriverGroup> groups,
                         std::span<const Contribution> contributions);

// All parameters of a well as JSON, nested and named as describe() has them.
std::string parameters_json(const Basin& basin);

}  // namespace phreatic::basin
