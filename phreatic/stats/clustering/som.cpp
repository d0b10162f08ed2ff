// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/som.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
// The start plane reaches this many standard deviations along each component.
constexpr double kStartReach = 1.5;

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

// The plane of the first two principal components; missing values stand at the coordinate's mean.
struct Plane {
  Eigen::VectorXd mean;
  Eigen::MatrixXd axes;       // [coordinate][component], each times its standard deviation
  Eigen::Vector2d deviation;  // of the two components
};

Plane principal_plane(const Points& samples) {
  const auto n = static_cast<Eigen::Index>(samples.count);
  const auto d = static_cast<Eigen::Index>(samples.dimension);
  Plane plane{Eigen::VectorXd::Zero(d), Eigen::MatrixXd::Zero(d, 2), Eigen::Vector2d::Zero()};
  Eigen::MatrixXd x(n, d);
  for (Eigen::Index j = 0; j < d; ++j) {
    std::vector<double> column;
    column.reserve(samples.count);
    for (std::size_t i = 0; i < samples.count; ++i) column.push_back(samples[i][static_cast<std::size_t>(j)]);
    plane.mean(j) = mean(column);
    for (Eigen::Index i = 0; i < n; ++i) {
      const double v = column[static_cast<std::size_t>(i)];
      x(i, j) = std::isnan(v) ? 0 : v - plane.mean(j);
    }
  }
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Eigen::Index found = std::min<Eigen::Index>(2, svd.singularValues().size());
  for (Eigen::Index c = 0; c < found; ++c) {
    plane.deviation(c) = svd.singularValues()(c) / std::sqrt(static_cast<double>(n));
    Eigen::VectorXd axis = svd.matrixV().col(c);
    Eigen::Index largest = 0;
    axis.cwiseAbs().maxCoeff(&largest);
    if (axis(largest) < 0) axis = -axis;  // the sign of a component is free: fix it
    plane.axes.col(c) = axis * plane.deviation(c);
  }
  return plane;
}

// Sides for about 5 sqrt(n) nodes (vesanto2000), the longer along the first component.
void choose_sides(const Plane& plane, std::size_t samples, Som& som) {
  const double nodes = std::max(4.0, 5 * std::sqrt(static_cast<double>(samples)));
  const double ratio =
      plane.deviation(1) > 0 ? std::clamp(plane.deviation(0) / plane.deviation(1), 1.0, 4.0) : 4;
  som.rows = std::max(2, static_cast<int>(std::lround(std::sqrt(nodes / ratio))));
  som.columns = std::max(2, static_cast<int>(std::lround(nodes / som.rows)));
}

void start_on_plane(const Plane& plane, Som& som) {
  const auto place = [](int i, int count) { return count == 1 ? 0.0 : 2.0 * i / (count - 1) - 1; };
  const bool wide = som.columns >= som.rows;
  som.codebook.clear();
  for (int r = 0; r < som.rows; ++r) {
    for (int c = 0; c < som.columns; ++c) {
      const double along_columns = kStartReach * place(c, som.columns);
      const double along_rows = kStartReach * place(r, som.rows);
      const Eigen::VectorXd w = plane.mean + plane.axes.col(0) * (wide ? along_columns : along_rows) +
                                plane.axes.col(1) * (wide ? along_rows : along_columns);
      som.codebook.insert(som.codebook.end(), w.data(), w.data() + w.size());
    }
  }
}

void start_on_samples(const Plane& plane, const Points& samples, std::uint64_t seed, Som& som) {
  core::RandomStream random(seed, "som start");
  som.codebook.clear();
  som.codebook.reserve(som.nodes() * som.dimension);
  for (std::size_t node = 0; node < som.nodes(); ++node) {
    const auto x = samples[random.below(samples.count)];
    for (std::size_t j = 0; j < x.size(); ++j) {
      som.codebook.push_back(std::isnan(x[j]) ? plane.mean(static_cast<Eigen::Index>(j)) : x[j]);
    }
  }
}

// Squared grid distances, [node][node].
std::vector<double> grid_distances(const Som& som) {
  const std::size_t n = som.nodes();
  std::vector<double> squared(n * n);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      const NodePosition p = node_position(som, a);
      const NodePosition q = node_position(som, b);
      squared[a * n + b] = (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
    }
  }
  return squared;
}

void batch_epoch(Som& som, const Points& samples, const std::vector<double>& grid, double radius) {
  std::vector<int> best(samples.count);
  core::parallel_for(samples.count, [&](std::size_t i) { best[i] = best_nodes(som, samples[i]).first; });
  // Sums per node first, then spread over the grid.
  const std::size_t n = som.nodes();
  const std::size_t d = som.dimension;
  std::vector<double> sums(n * d, 0);
  std::vector<double> counts(n * d, 0);
  for (std::size_t i = 0; i < samples.count; ++i) {
    if (best[i] < 0) continue;
    const std::size_t row = static_cast<std::size_t>(best[i]) * d;
    for (std::size_t j = 0; j < d; ++j) {
      if (std::isnan(samples[i][j])) continue;
      sums[row + j] += samples[i][j];
      counts[row + j] += 1;
    }
  }
  core::parallel_for(n, [&](std::size_t node) {
    std::vector<double> sum(d, 0);
    std::vector<double> weight(d, 0);
    for (std::size_t from = 0; from < n; ++from) {
      const double h = std::exp(-grid[node * n + from] / (2 * radius * radius));
      for (std::size_t j = 0; j < d; ++j) {
        sum[j] += h * sums[from * d + j];
        weight[j] += h * counts[from * d + j];
      }
    }
    for (std::size_t j = 0; j < d; ++j) {
      if (weight[j] > 1e-300) som.codebook[node * d + j] = sum[j] / weight[j];
    }
  });
}

void online_epoch(Som& som, const Points& samples, const std::vector<double>& grid, double radius,
                  double rate, core::RandomStream random) {
  const std::size_t n = som.nodes();
  for (const std::size_t i : random.permutation(samples.count)) {
    const int best = best_nodes(som, samples[i]).first;
    if (best < 0) continue;
    for (std::size_t node = 0; node < n; ++node) {
      const double step =
          rate * std::exp(-grid[static_cast<std::size_t>(best) * n + node] / (2 * radius * radius));
      for (std::size_t j = 0; j < som.dimension; ++j) {
        double& w = som.codebook[node * som.dimension + j];
        if (!std::isnan(samples[i][j])) w += step * (samples[i][j] - w);
      }
    }
  }
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

Som train_som(const Points& samples, const SomParams& params) {
  PHREATIC_ASSERT(samples.count >= 1 && params.epochs >= 1);
  PHREATIC_ASSERT((params.rows > 0) == (params.columns > 0));
  Som som{params.rows, params.columns, params.grid, samples.dimension, {}};
  const Plane plane = principal_plane(samples);
  if (som.rows == 0) choose_sides(plane, samples.count, som);
  if (params.start == SomStart::principal_components) {
    start_on_plane(plane, som);
  } else {
    start_on_samples(plane, samples, params.seed, som);
  }
  const double first =
      params.radius_start > 0 ? params.radius_start : std::max(1.0, 0.5 * std::max(som.rows, som.columns));
  const std::vector<double> grid = grid_distances(som);
  for (int epoch = 0; epoch < params.epochs; ++epoch) {
    const double progress = params.epochs == 1 ? 1 : static_cast<double>(epoch) / (params.epochs - 1);
    const double radius = first * std::pow(params.radius_end / first, progress);
    if (params.training == SomTraining::batch) {
      batch_epoch(som, samples, grid, radius);
    } else {
      const double rate = params.rate_start + (params.rate_end - params.rate_start) * progress;
      online_epoch(som, samples, grid, radius, rate,
                   core::RandomStream(params.seed, "som order", static_cast<std::uint64_t>(epoch)));
    }
  }
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
