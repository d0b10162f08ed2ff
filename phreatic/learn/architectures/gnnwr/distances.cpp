// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/distances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/clustering/kmeans.hpp"

namespace phreatic::learn {
namespace {

constexpr double kEarthRadiusKm = 6371.0088;  // mean radius
constexpr int kKmeansRestarts = 4;

// Haversine formula, km.
double great_circle_km(double lon1, double lat1, double lon2, double lat2) {
  constexpr double kDegree = std::numbers::pi / 180;
  const double a = std::sin((lat2 - lat1) * kDegree / 2);
  const double b = std::sin((lon2 - lon1) * kDegree / 2);
  const double h = a * a + std::cos(lat1 * kDegree) * std::cos(lat2 * kDegree) * b * b;
  return 2 * kEarthRadiusKm * std::asin(std::min(1.0, std::sqrt(h)));
}

double place_distance(const GnnwrModel& model, double x, double y, std::size_t reference) {
  const double rx = model.reference_x[reference];
  const double ry = model.reference_y[reference];
  if (model.params.distance == DistanceKind::great_circle) return great_circle_km(x, y, rx, ry);
  return std::sqrt((x - rx) * (x - rx) + (y - ry) * (y - ry));
}

// What the network gets of a scaled distance; places nearer than any in training count as such.
double shaped(DistanceFunction function, double length, double scaled) {
  switch (function) {
    case DistanceFunction::linear:
      return scaled;
    case DistanceFunction::root:
      return std::sqrt(std::max(0.0, scaled));
    case DistanceFunction::exponential:
      return std::exp(-std::max(0.0, scaled) / length);
  }
  return scaled;
}

void take_rows(const RowTable& table, const std::vector<std::size_t>& rows, GnnwrModel& model) {
  for (const std::size_t i : rows) {
    model.reference_x.push_back(table.x[i]);
    model.reference_y.push_back(table.y[i]);
    if (model.params.time) model.reference_t.push_back(table.t[i]);
  }
}

// Centres of k-means on coordinates scaled to their ranges (space by one range, so that shapes are kept).
void take_centres(const RowTable& table, std::size_t count, GnnwrModel& model) {
  const auto range = [](const std::vector<double>& v) {
    const auto [low, high] = std::minmax_element(v.begin(), v.end());
    return *high > *low ? *high - *low : 1.0;
  };
  const double space = std::max(range(table.x), range(table.y));
  const double time = model.params.time ? range(table.t) : 1;
  const std::size_t dimension = model.params.time ? 3 : 2;
  std::vector<double> points;
  for (std::size_t i = 0; i < table.rows; ++i) {
    points.push_back(table.x[i] / space);
    points.push_back(table.y[i] / space);
    if (model.params.time) points.push_back(table.t[i] / time);
  }
  const stats::KMeansResult found = stats::kmeans(
      {points, table.rows, dimension},
      {.clusters = static_cast<int>(count), .restarts = kKmeansRestarts, .seed = model.params.training.seed});
  for (std::size_t c = 0; c < count; ++c) {
    if (found.sizes[c] == 0) continue;  // fewer distinct places than centres
    model.reference_x.push_back(found.centres[c * dimension] * space);
    model.reference_y.push_back(found.centres[c * dimension + 1] * space);
    if (model.params.time) model.reference_t.push_back(found.centres[c * dimension + 2] * time);
  }
}

void fit_ranges(const RowTable& training, GnnwrModel& model) {
  const std::size_t count = model.reference_x.size();
  std::vector<double> low(count, std::numeric_limits<double>::infinity());
  std::vector<double> high(count, 0);
  core::parallel_for(count, [&](std::size_t j) {
    for (std::size_t i = 0; i < training.rows; ++i) {
      const double d = place_distance(model, training.x[i], training.y[i], j);
      low[j] = std::min(low[j], d);
      high[j] = std::max(high[j], d);
    }
  });
  if (model.params.distance_scale == DistanceScale::global) {
    low = {*std::min_element(low.begin(), low.end())};
    high = {*std::max_element(high.begin(), high.end())};
  }
  model.distance_low = low;
  model.distance_range.resize(low.size());
  for (std::size_t j = 0; j < low.size(); ++j)
    model.distance_range[j] = high[j] > low[j] ? high[j] - low[j] : 1;
  if (!model.params.time) return;
  const auto [first, last] = std::minmax_element(training.t.begin(), training.t.end());
  double longest = 0;
  double shortest = std::numeric_limits<double>::infinity();
  for (const double r : model.reference_t) {
    longest = std::max({longest, std::abs(*first - r), std::abs(*last - r)});
    for (const double t : training.t) shortest = std::min(shortest, std::abs(t - r));
  }
  model.time_low = shortest;
  model.time_range = longest > shortest ? longest - shortest : 1;
}

}  // namespace

void choose_references(const RowTable& training, GnnwrModel& model) {
  const ReferenceParams& params = model.params.references;
  const auto wanted = static_cast<std::size_t>(params.count);
  if (params.choice == ReferenceChoice::rows || wanted >= training.rows) {
    std::vector<std::size_t> all(training.rows);
    std::iota(all.begin(), all.end(), std::size_t{0});
    take_rows(training, all, model);
  } else if (params.choice == ReferenceChoice::subsample) {
    core::RandomStream random(model.params.training.seed, "gnnwr references");
    std::vector<std::size_t> order = random.permutation(training.rows);
    order.resize(wanted);
    std::sort(order.begin(), order.end());
    take_rows(training, order, model);
  } else {
    take_centres(training, wanted, model);
  }
  fit_ranges(training, model);
}

void scaled_distances(const GnnwrModel& model, const RowTable& table, std::size_t first, std::size_t count,
                      std::size_t stride, float* space, float* time) {
  const std::size_t references = model.reference_x.size();
  const bool each = model.distance_low.size() > 1;
  core::parallel_for(count, [&](std::size_t r) {
    const std::size_t i = first + r;
    float* const row = space + r * stride;
    for (std::size_t j = 0; j < references; ++j) {
      const std::size_t s = each ? j : 0;
      const double d = place_distance(model, table.x[i], table.y[i], j);
      row[j] = static_cast<float>(shaped(model.params.distance_function, model.params.distance_length,
                                         (d - model.distance_low[s]) / model.distance_range[s]));
    }
    std::fill(row + references, row + stride, 0.0F);
    if (time == nullptr) return;
    float* const times = time + r * stride;
    for (std::size_t j = 0; j < references; ++j)
      times[j] = static_cast<float>(
          shaped(model.params.time_function, model.params.time_length,
                 (std::abs(table.t[i] - model.reference_t[j]) - model.time_low) / model.time_range));
    std::fill(times + references, times + stride, 0.0F);
  });
}

}  // namespace phreatic::learn
