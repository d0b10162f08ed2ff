// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/som.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/clustering/som_start.hpp"
#include "phreatic/stats/clustering/som_training.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Over the coordinates that both have, scaled to the full number; NaN when there is none.
double masked_squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  std::size_t present = 0;
  for (std::size_t j = 0; j < a.size(); ++j) {
    const double d = a[j] - b[j];
    if (std::isnan(d)) continue;
    sum += d * d;
    ++present;
  }
  return present == 0 ? kUndefined : sum * static_cast<double>(a.size()) / static_cast<double>(present);
}

struct TwoBest {
  int first = -1;
  int second = -1;
  double squared = kUndefined;  // of the first
};

TwoBest best_nodes(const Som& som, std::span<const double> x) {
  const Points codebook(som.codebook, som.nodes(), som.dimension);
  TwoBest best;
  double second = std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < codebook.count; ++j) {
    const double d = masked_squared_distance(x, codebook[j]);
    if (std::isnan(d)) continue;
    if (best.first < 0 || d < best.squared) {
      second = best.first < 0 ? second : best.squared;
      best.second = best.first;
      best.first = static_cast<int>(j);
      best.squared = d;
    } else if (d < second) {
      second = d;
      best.second = static_cast<int>(j);
    }
  }
  return best;
}

}  // namespace

void describe(core::Describer& d, SomParams& p) {
  d.field("rows", p.rows,
          {.help = "Rows of the map; 0 with columns 0: chosen from the data", .min = 0, .max = 1000});
  d.field("columns", p.columns, {.help = "Columns of the map", .min = 0, .max = 1000});
  d.choice("grid", p.grid, {{"rectangular", SomGrid::rectangular}, {"hexagonal", SomGrid::hexagonal}},
           {.help = "Shape of the grid"});
  d.choice("training", p.training, {{"batch", SomTraining::batch}, {"online", SomTraining::online}},
           {.help = "All samples at once per epoch, or one after the other"});
  d.choice("start", p.start,
           {{"principal_components", SomStart::principal_components}, {"random", SomStart::random}},
           {.help = "Where the codebook starts"});
  d.field("epochs", p.epochs, {.help = "Passes over the samples", .min = 1});
  d.field("radius_start", p.radius_start,
          {.help = "First neighbourhood radius; 0: half the longer side", .unit = "nodes", .min = 0});
  d.field("radius_end", p.radius_end, {.help = "Last neighbourhood radius", .unit = "nodes", .min = 1e-3});
  d.field("rate_start", p.rate_start, {.help = "First learning rate (online)", .min = 0, .max = 1});
  d.field("rate_end", p.rate_end, {.help = "Last learning rate (online)", .min = 0, .max = 1});
  d.field("seed", p.seed, {.help = "Seed of the random numbers"});
}

NodePosition node_position(const Som& som, std::size_t node) {
  const auto columns = static_cast<std::size_t>(som.columns);
  const std::size_t row = node / columns;
  const auto x = static_cast<double>(node % columns);
  const auto y = static_cast<double>(row);
  if (som.grid == SomGrid::rectangular) return {x, y};
  return {x + 0.5 * static_cast<double>(row % 2), y * std::sqrt(0.75)};
}

bool adjacent(const Som& som, std::size_t a, std::size_t b) {
  const NodePosition p = node_position(som, a);
  const NodePosition q = node_position(som, b);
  const double squared = (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
  return a != b && squared < (som.grid == SomGrid::rectangular ? 2.5 : 1.5);
}

Som train_som(const Points& samples, const SomParams& params, core::Isa isa) {
  PHREATIC_ASSERT(samples.count >= 1 && params.epochs >= 1);
  PHREATIC_ASSERT((params.rows > 0) == (params.columns > 0));
  Som som{params.rows, params.columns, params.grid, samples.dimension, {}};
  start_som(samples, params, som);
  run_epochs(samples, params, isa, som);
  return som;
}

SomQuality assess(const Som& som, const Points& samples) {
  PHREATIC_ASSERT(samples.dimension == som.dimension);
  SomQuality quality;
  quality.hits.assign(som.nodes(), 0);
  quality.nodes.reserve(samples.count);
  quality.distances.reserve(samples.count);
  std::size_t counted = 0;
  std::size_t torn = 0;
  for (std::size_t i = 0; i < samples.count; ++i) {
    const TwoBest best = best_nodes(som, samples[i]);
    quality.nodes.push_back(best.first);
    quality.distances.push_back(std::sqrt(best.squared));
    if (best.first < 0) continue;
    ++counted;
    ++quality.hits[static_cast<std::size_t>(best.first)];
    if (best.second >= 0 &&
        !adjacent(som, static_cast<std::size_t>(best.first), static_cast<std::size_t>(best.second))) {
      ++torn;
    }
  }
  quality.quantisation_error = mean(quality.distances);
  quality.topographic_error =
      counted == 0 ? kUndefined : static_cast<double>(torn) / static_cast<double>(counted);
  return quality;
}

std::vector<double> u_matrix(const Som& som) {
  const Points codebook(som.codebook, som.nodes(), som.dimension);
  std::vector<double> heights;
  heights.reserve(codebook.count);
  for (std::size_t a = 0; a < codebook.count; ++a) {
    std::vector<double> distances;
    for (std::size_t b = 0; b < codebook.count; ++b) {
      if (adjacent(som, a, b))
        distances.push_back(std::sqrt(masked_squared_distance(codebook[a], codebook[b])));
    }
    heights.push_back(mean(distances));
  }
  return heights;
}

}  // namespace phreatic::stats
