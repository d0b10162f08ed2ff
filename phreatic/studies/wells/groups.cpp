// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/stats/clustering/cluster_choice.hpp"

namespace phreatic::studies::wells {
namespace {

constexpr std::size_t kMostGroups = 6;  // more colours than that no reader keeps apart

struct Samples {
  std::vector<double> values;  // [used][month]
  std::size_t months = 0;
  stats::Points points(std::size_t count) const { return {values, count, months}; }
};

Samples samples_of(const Analysis& analysis, WellGroups& groups) {
  Samples samples;
  samples.months = analysis.months.names.size();
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    const std::vector<double> one =
        standardised(std::span(analysis.training).subspan(e * samples.months, samples.months));
    if (one.empty()) continue;
    groups.used.push_back(e);
    samples.values.insert(samples.values.end(), one.begin(), one.end());
  }
  return samples;
}

// Sides that no well would fill are told; by default there are no more nodes than wells.
stats::SomParams sized(const stats::SomParams& wanted, std::size_t wells, std::vector<std::string>& notes) {
  stats::SomParams params = wanted;
  if (params.rows > 0) {
    const auto nodes = static_cast<std::size_t>(params.rows) * static_cast<std::size_t>(params.columns);
    if (nodes > wells)
      notes.push_back(
          fmt::format("the map has {} nodes for {} wells (analysis.som.rows, columns): nodes between "
                      "wells are interpolated, and its errors say little",
                      nodes, wells));
    return params;
  }
  const double n = static_cast<double>(wells);
  const double nodes = std::min(n, 5 * std::sqrt(n));
  params.rows = std::max(1, static_cast<int>(std::sqrt(nodes)));
  params.columns = std::max(1, static_cast<int>(nodes) / params.rows);
  return params;
}

std::vector<double> cycle_of(const stats::Som& som, const Months& months) {
  std::vector<double> out;
  for (std::size_t node = 0; node < som.nodes(); ++node) {
    const auto codebook = std::span(som.codebook).subspan(node * som.dimension, som.dimension);
    for (int month = 0; month < 12; ++month) {
      std::vector<double> values;
      for (std::size_t m = 0; m < som.dimension; ++m) {
        if (months.calendar_month[m] == month) values.push_back(codebook[m]);
      }
      out.push_back(values.empty() ? std::nan("") : stats::mean(values));
    }
  }
  return out;
}

WellMap map_wells(const Samples& samples, std::size_t wells, stats::SomParams params, stats::SomGrid grid,
                  const Months& months) {
  params.grid = grid;
  WellMap map;
  map.som = stats::train_som(samples.points(wells), params);
  map.quality = stats::assess(map.som, samples.points(wells));
  map.u_matrix = stats::u_matrix(map.som);
  map.cycle = cycle_of(map.som, months);
  return map;
}

double mean_silhouette(const std::vector<double>& distances, const std::vector<int>& labels) {
  return stats::mean(stats::silhouettes(distances, labels));
}

void cluster(const Samples& samples, int wanted, WellGroups& groups) {
  const std::size_t n = groups.used.size();
  const std::vector<double> distances = stats::correlation_distances(samples.points(n));
  groups.tree = stats::agglomerate(distances, n, stats::Linkage::average);
  std::size_t best = 2;
  for (std::size_t k = 2; k <= std::min(kMostGroups, n - 1); ++k) {
    groups.silhouette_of.push_back(mean_silhouette(distances, stats::cut(groups.tree, k)));
    if (groups.silhouette_of.back() > groups.silhouette_of[best - 2]) best = k;
  }
  groups.labels = stats::cut(groups.tree, wanted > 0 ? static_cast<std::size_t>(wanted) : best);
  groups.silhouettes = stats::silhouettes(distances, groups.labels);
}

void check(const AnalysisParams& params, std::size_t wells, const std::string& file) {
  core::Problems problems;
  if ((params.som.rows > 0) != (params.som.columns > 0))
    problems.add({.file = file,
                  .where = "analysis.som",
                  .what = fmt::format("has {} rows and {} columns", params.som.rows, params.som.columns),
                  .mend = "Give both, or neither for a size that follows the number of wells"});
  if (params.groups > 0 && static_cast<std::size_t>(params.groups) > wells)
    problems.add(
        {.file = file,
         .where = "analysis.groups",
         .what = fmt::format("is {}, but {} wells vary in the training period", params.groups, wells),
         .mend = "Ask for fewer groups, or 0 for as many as the silhouette says"});
  problems.throw_if_any();
}

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{:.6g}", value); }

}  // namespace

std::size_t WellGroups::count() const {
  return labels.empty() ? 0 : static_cast<std::size_t>(*std::max_element(labels.begin(), labels.end())) + 1;
}

WellGroups group_wells(const Analysis& analysis, const AnalysisParams& params,
                       const std::string& study_file) {
  WellGroups groups;
  const Samples samples = samples_of(analysis, groups);
  const std::size_t wells = groups.used.size();
  check(params, wells, study_file);
  if (wells < 2) {
    groups.notes.push_back(
        fmt::format("{} of {} series of '{}' vary in the training period: a map needs two, groups need three",
                    wells, analysis.entities.size(), analysis.target));
    return groups;
  }
  const stats::SomParams size = sized(params.som, wells, groups.notes);
  for (const stats::SomGrid grid : {stats::SomGrid::hexagonal, stats::SomGrid::rectangular})
    groups.maps.push_back(map_wells(samples, wells, size, grid, analysis.months));
  if (wells < 3) {
    groups.notes.push_back(
        fmt::format("two series of '{}' vary in the training period: groups need three", analysis.target));
    return groups;
  }
  cluster(samples, params.groups, groups);
  return groups;
}

void write_groups(const Analysis& analysis, const WellGroups& groups, const std::filesystem::path& folder,
                  const std::string& suffix) {
  const auto name = [&](const char* file) { return folder / (file + suffix + ".csv"); };
  std::string text =
      "well,group,silhouette,hexagonal_row,hexagonal_column,hexagonal_distance,rectangular_row,rectangular_"
      "column,"
      "rectangular_distance\n";
  for (std::size_t i = 0; i < groups.used.size() && !groups.maps.empty(); ++i) {
    text += core::csv_cell(analysis.entities[groups.used[i]]);
    text += groups.labels.empty()
                ? ",,"
                : fmt::format(",{},{}", groups.labels[i] + 1, number(groups.silhouettes[i]));
    for (const WellMap& map : groups.maps) {
      const int node = map.quality.nodes[i];
      text += fmt::format(",{},{},{}", node / map.som.columns + 1, node % map.som.columns + 1,
                          number(map.quality.distances[i]));
    }
    text += '\n';
  }
  core::write_file_atomic(name("groups"), text);
  text = "cluster,first,second,height,wells\n";
  for (std::size_t i = 0; i < groups.tree.size(); ++i) {
    const auto label = [&](std::size_t c) {
      return c < groups.used.size() ? core::csv_cell(analysis.entities[groups.used[c]])
                                    : fmt::format("merge {}", c - groups.used.size() + 1);
    };
    const stats::Merge& merge = groups.tree[i];
    text += fmt::format("merge {},{},{},{},{}\n", i + 1, label(merge.first), label(merge.second),
                        number(merge.height), merge.size);
  }
  core::write_file_atomic(name("tree"), text);
  text = "grid,row,column,x,y,wells,u_matrix";
  for (int month = 1; month <= 12; ++month) text += fmt::format(",month_{}", month);
  text += '\n';
  for (const WellMap& map : groups.maps) {
    for (std::size_t node = 0; node < map.som.nodes(); ++node) {
      const stats::NodePosition at = stats::node_position(map.som, node);
      const auto columns = static_cast<std::size_t>(map.som.columns);
      text += fmt::format("{},{},{},{},{},{},{}",
                          map.som.grid == stats::SomGrid::hexagonal ? "hexagonal" : "rectangular",
                          node / columns + 1, node % columns + 1, number(at.x), number(at.y),
                          map.quality.hits[node], number(map.u_matrix[node]));
      for (std::size_t month = 0; month < 12; ++month) text += "," + number(map.cycle[node * 12 + month]);
      text += '\n';
    }
  }
  core::write_file_atomic(name("som"), text);
}

}  // namespace phreatic::studies::wells
