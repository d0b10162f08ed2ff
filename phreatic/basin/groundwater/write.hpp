// SPDX-License-Identifier: BSD-3-Clause
// Files that a basin with groundwater has beside those of write_basin():
//   discharge/<gauge>.csv  date,discharge_m3_s
//   drivers/<gauge>.csv    as of wells: means over the land above the gauge
//   gauges.csv             id,x_m,y_m,latitude,longitude,area_km2
//   river.csv              reach,downstream,x_m,y_m,latitude,longitude,bed_m
//                          (in place of the single river's points)
//   truth/                 cells.csv (the land and its mean head),
//                          water_balance.csv (mm of the basin, stores at the end of each day),
//                          baseflow/<gauge>.csv
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "phreatic/basin/groundwater/run.hpp"

namespace phreatic::basin {

// Rows of places.csv for the gauges; their elevation is left empty.
std::string gauge_places(const Basin& basin);

// Called by write_basin().
void write_groundwater(const Basin& basin, std::span<const std::string> dates,
                       const std::filesystem::path& folder);

}  // namespace phreatic::basin
