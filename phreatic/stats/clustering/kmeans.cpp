// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/kmeans.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

std::vector<double> seed_centres(const Points& points, std::size_t k, core::RandomStream& random) {
  std::vector<double> centres;
  std::vector<double> nearest(points.count, std::numeric_limits<double>::infinity());
  std::size_t chosen = random.below(points.count);
  for (std::size_t c = 0; c < k; ++c) {
    const auto x = points[chosen];
    centres.insert(centres.end(), x.begin(), x.end());
    double total = 0;
    for (std::size_t i = 0; i < points.count; ++i) {
      nearest[i] = std::min(nearest[i], squared_distance(points[i], x));
      total += nearest[i];
    }
    double target = random.uniform() * total;
    chosen = points.count - 1;
    for (std::size_t i = 0; i < points.count; ++i) {
      target -= nearest[i];
      if (target < 0) {
        chosen = i;
        break;
      }
    }
  }
  return centres;
}

struct Run {
  std::vector<std::size_t> labels;
  std::vector<double> distances;  // squared, to the own centre
  std::vector<double> centres;
  std::vector<std::size_t> sizes;
  double inertia = std::numeric_limits<double>::infinity();
  bool converged = false;
};

// Labels of the nearest centres (the first of equals); true when any label changed.
bool assign(const Points& points, Run& run) {
  const Points centres(run.centres, run.centres.size() / points.dimension, points.dimension);
  bool changed = false;
  run.inertia = 0;
  for (std::size_t i = 0; i < points.count; ++i) {
    std::size_t best = 0;
    double distance = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < centres.count; ++c) {
      const double d = squared_distance(points[i], centres[c]);
      if (d < distance) {
        distance = d;
        best = c;
      }
    }
    changed = changed || run.labels[i] != best;
    run.labels[i] = best;
    run.distances[i] = distance;
    run.inertia += distance;
  }
  return changed;
}

// An empty cluster takes the point farthest from its centre, from a cluster that has another.
void fill_empty(Run& run) {
  for (std::size_t c = 0; c < run.sizes.size(); ++c) {
    if (run.sizes[c] > 0) continue;
    const auto farthest = static_cast<std::size_t>(
        std::max_element(run.distances.begin(), run.distances.end()) - run.distances.begin());
    if (run.distances[farthest] == 0) return;  // fewer distinct points than clusters
    --run.sizes[run.labels[farthest]];
    run.labels[farthest] = c;
    run.distances[farthest] = 0;
    run.sizes[c] = 1;
  }
}

void move_centres(const Points& points, Run& run) {
  const std::size_t d = points.dimension;
  std::fill(run.sizes.begin(), run.sizes.end(), 0);
  for (const std::size_t label : run.labels) ++run.sizes[label];
  fill_empty(run);
  std::vector<double> sums(run.centres.size(), 0);
  for (std::size_t i = 0; i < points.count; ++i) {
    for (std::size_t j = 0; j < d; ++j) sums[run.labels[i] * d + j] += points[i][j];
  }
  for (std::size_t c = 0; c < run.sizes.size(); ++c) {
    if (run.sizes[c] == 0) continue;
    for (std::size_t j = 0; j < d; ++j)
      run.centres[c * d + j] = sums[c * d + j] / static_cast<double>(run.sizes[c]);
  }
}

Run lloyd(const Points& points, const KMeansParams& params, std::uint64_t restart) {
  const auto k = static_cast<std::size_t>(params.clusters);
  core::RandomStream random(params.seed, "kmeans", k, restart);
  Run run;
  run.labels.assign(points.count, 0);
  run.distances.assign(points.count, 0);
  run.sizes.assign(k, 0);
  run.centres = seed_centres(points, k, random);
  assign(points, run);
  for (int i = 0; i < params.max_iterations && !run.converged; ++i) {
    move_centres(points, run);
    run.converged = !assign(points, run);
  }
  std::fill(run.sizes.begin(), run.sizes.end(), 0);
  for (const std::size_t label : run.labels) ++run.sizes[label];
  return run;
}

// Renumbers by size, ties by first point.
KMeansResult tidy(const Points& points, const Run& run) {
  const std::size_t k = run.sizes.size();
  std::vector<std::size_t> first(k, points.count);
  for (std::size_t i = points.count; i-- > 0;) first[run.labels[i]] = i;
  std::vector<std::size_t> order(k);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return run.sizes[a] != run.sizes[b] ? run.sizes[a] > run.sizes[b] : first[a] < first[b];
  });
  KMeansResult result;
  result.inertia = run.inertia;
  result.converged = run.converged;
  std::vector<int> number(k);
  const Points centres(run.centres, k, points.dimension);
  result.sizes.reserve(k);
  for (std::size_t c = 0; c < k; ++c) {
    number[order[c]] = static_cast<int>(c);
    result.sizes.push_back(run.sizes[order[c]]);
    const auto centre = centres[order[c]];
    result.centres.insert(result.centres.end(), centre.begin(), centre.end());
  }
  result.labels.reserve(run.labels.size());
  for (const std::size_t label : run.labels) result.labels.push_back(number[label]);
  return result;
}

}  // namespace

void describe(core::Describer& d, KMeansParams& p) {
  d.field("clusters", p.clusters, {.help = "Number of clusters", .min = 1});
  d.field("restarts", p.restarts, {.help = "Independent starts, of which the best is kept", .min = 1});
  d.field("max_iterations", p.max_iterations, {.help = "Lloyd's steps per start", .min = 1});
  d.field("seed", p.seed, {.help = "Seed of the random numbers"});
}

KMeansResult kmeans(const Points& points, const KMeansParams& params) {
  PHREATIC_ASSERT(params.clusters >= 1 && static_cast<std::size_t>(params.clusters) <= points.count);
  PHREATIC_ASSERT(params.restarts >= 1);
  std::vector<Run> runs(static_cast<std::size_t>(params.restarts));
  core::parallel_for(runs.size(), [&](std::size_t r) { runs[r] = lloyd(points, params, r); });
  const auto best = std::min_element(runs.begin(), runs.end(),
                                     [](const Run& a, const Run& b) { return a.inertia < b.inertia; });
  return tidy(points, *best);
}

}  // namespace phreatic::stats
