// SPDX-License-Identifier: BSD-3-Clause
// A small synthetic region, written once, and studies of it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/downscaling/stages.hpp"
#include "phreatic/studies/downscaling/storage/synthetic.hpp"

namespace phreatic::studies::downscaling {

inline const std::filesystem::path& region_folder() {
  static const std::filesystem::path folder = [] {
    const auto path =
        std::filesystem::temp_directory_path() / ("phreatic_downscaling_" + std::to_string(::getpid()));
    write_synthetic({.west = 74, .south = 36, .east = 77, .north = 38, .years = 8, .wells = 12}, path);
    return path;
  }();
  return folder;
}

// The study of the region with one part of its text replaced.
inline StudyFile study(const std::string& from = "", const std::string& to = "") {
  std::string text = R"(study: downscaling
region: {west: 74, south: 36, east: 77, north: 38, coarse: 0.5, fine: 0.1}
products:
  - {name: A, files: products/product_a.nc}
  - {name: B, files: products/product_b.nc}
  - {name: C, files: products/product_c.nc}
storages:
  - {name: soil moisture, files: storages/soil_moisture.nc}
  - {name: snow, files: storages/snow.nc}
covariates:
  - {name: precipitation, files: covariates/precipitation.nc, sums: [3]}
  - {name: elevation, files: covariates/elevation.nc}
truth: {name: truth, files: truth/groundwater.nc}
model: {methods: [ols], block_deg: 1, folds: 3}
analysis: {bootstrap: 100}
zones: {file: zones.geojson, id: name}
wells: {levels: wells/levels.csv, places: wells/places.csv}
figures: {formats: []}
)";
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  const auto path = region_folder() / "study.yml";
  core::write_file_atomic(path, text);
  return read_study(path.string(), {});
}

}  // namespace phreatic::studies::downscaling
