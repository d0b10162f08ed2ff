// SPDX-License-Identifier: BSD-3-Clause
// Groups of wells that move together, for `phreatic analyse`: monthly means of the training period, each well with
// mean 0 and standard deviation 1, on self-organising maps (stats/clustering/som.hpp) with a hexagonal and a
// rectangular grid, and clustered hierarchically by 1 - r (average linkage).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/stats/clustering/hierarchical.hpp"
#include "phreatic/studies/wells/analysis.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

struct WellMap {
  stats::Som som;
  stats::SomQuality quality;
  std::vector<double> u_matrix;  // [node]
  std::vector<double> cycle;     // [node][calendar month] component planes: mean of the codebook's months
};

struct WellGroups {
  std::vector<std::size_t> used;      // entities that vary in the training period
  std::vector<WellMap> maps;          // hexagonal, rectangular; empty below two wells
  std::vector<stats::Merge> tree;     // of `used`
  std::vector<int> labels;            // [used] group, 0 = largest; empty below three wells
  std::vector<double> silhouettes;    // [used]
  std::vector<double> silhouette_of;  // mean silhouette with 2, 3, ... groups
  std::vector<std::string> notes;     // a map with more nodes than wells, too few wells
  std::size_t count() const;          // of groups
};

// Throws InputError for a map with rows but no columns, or more groups than wells that vary.
WellGroups group_wells(const Analysis& analysis, const AnalysisParams& params, const std::string& study_file);

// groups.csv, tree.csv, som.csv; `suffix` before the ending.
void write_groups(const Analysis& analysis, const WellGroups& groups, const std::filesystem::path& folder,
                  const std::string& suffix);

}  // namespace phreatic::studies::wells
