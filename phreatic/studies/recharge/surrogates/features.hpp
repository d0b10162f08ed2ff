// SPDX-License-Identifier: BSD-3-Clause
// Maps of what decides where water stays, from the model and its baseline, and their Gaussian-kernel means.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/scenarios/ground.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"
#include "phreatic/studies/recharge/surrogates/baseline.hpp"
#include "phreatic/studies/recharge/surrogates/yield.hpp"

namespace phreatic::studies::recharge {

struct FeatureMap {
  std::string name;   // "transmissivity"
  std::string label;  // "log10 transmissivity of the first aquifer"
  std::string unit;
  std::vector<double> values;  // [places], NaN where no cell exists
  // What smoothed() makes of it: the mean around a cell, or the least (-1) or most (1) of those of its four sides.
  int side = 0;
};

// First aquifer of every column: cells from the top down until `merge_resistance_days` or more stands between two.
struct FirstAquifer {
  std::vector<double> transmissivity;  // m2/d, NaN where no cell exists
  std::vector<double> resistance;      // d, of what separates it from the next aquifer
  std::vector<int> aquifers;           // number in the column
};
// thickness_m [cells]: saturated. Resistance between two layers: half of each one's thickness over its vertical
// conductivity. Below the first aquifer: the sum over adjacent interfaces that all separate; where everything merges
// the largest resistance met stands for the base; 0 in columns of one layer.
FirstAquifer first_aquifer(const Ground& ground, const std::vector<double>& thickness_m,
                           double merge_resistance_days);

// sqrt(T c) of every place, m. c: of the layer below and of rivers and drains (area over conductance, mean of the
// model), side by side. NaN where neither is there.
std::vector<double> leakage_factors(const Ground& ground, const Baseline& baseline,
                                    const FirstAquifer& aquifer);

// Transmissivity and resistance (log10), depth to water while recharge flows and after, river density, river and drain
// conductance per area (log10(1 + 1e4 c)), specific yield (one, or one for each season); with params.directions river
// density of the poorest and of the richest side. Maps that are the same everywhere are left out and told.
std::vector<FeatureMap> feature_maps(const Ground& ground, const Baseline& baseline,
                                     const FirstAquifer& aquifer, const SeasonalYield& yield,
                                     const FeatureParams& params, std::vector<std::string>& notes);

// Kernel means of every map. Of a side: with half of sigma around the places one sigma north, south, east and west, the
// least or the most of these that exist; so it does not change when the map is turned or mirrored.
std::vector<FeatureMap> smoothed(const Ground& ground, const std::vector<FeatureMap>& maps, double sigma_m);

// A row for each site: log10 rate and area, then the maps at its centre.
Table site_features(const Ground& ground, const std::vector<Site>& sites,
                    const std::vector<FeatureMap>& maps);

// Columns that are constant over the sites but not over the map go, told in `notes`: nothing can be learnt of them.
// Throws InputError when there are more inputs than sites.
void check_features(Table& features, std::size_t sites_with_targets, const std::string& study_file,
                    std::vector<std::string>& notes);

}  // namespace phreatic::studies::recharge
