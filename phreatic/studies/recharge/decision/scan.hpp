// SPDX-License-Identifier: BSD-3-Clause
// The surrogates used at every cell as the centre of a site, and what becomes of the maps.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/studies/recharge/surrogates/training.hpp"

namespace phreatic::studies::recharge {

struct ScanMaps {
  Extent extent;
  double area_km2 = 0;  // of a whole number of cells
  // [places]; NaN where no cell exists
  // s0_m3: the response; of a steady model the steady one, and the other two are empty.
  std::vector<double> s0_m3, k_per_day;
  std::vector<std::vector<double>> left;  // [days of ScanParams] fraction of S0
  std::vector<double> applicability;      // share of the inputs within the range of the training sites, 0..1
};

// decay: null where there is none. maps: kernel means at the sigma of the models. Back-transformed with TrainedModel::map_factor().
ScanMaps scan(const Ground& ground, const std::vector<FeatureMap>& maps, const Table& features,
              const TrainedModel& response, const TrainedModel* decay, const ScanParams& params);

// maps.nc (aligned grids) and a GeoTIFF for each map. Throws RunError.
void write_maps(const Ground& ground, const ScanMaps& maps, const ScanParams& params,
                const std::filesystem::path& folder, std::vector<std::string>& notes);

// shap_<name>.tif: Shapley values (log10) of a surrogate at every cell as a site's centre, a band for each input; with the
// same inputs as `scan`. Throws RunError.
void write_shap_maps(const Ground& ground, const std::vector<FeatureMap>& maps, const ScanMaps& scanned,
                     const TrainedModel& model, const std::string& name, const ScanParams& params,
                     const std::filesystem::path& folder);

}  // namespace phreatic::studies::recharge
