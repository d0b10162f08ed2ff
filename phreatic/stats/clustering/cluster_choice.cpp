// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/cluster_choice.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/clustering/kmeans.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::size_t cluster_count(std::span<const int> labels) {
  return labels.empty() ? 0 : static_cast<std::size_t>(*std::max_element(labels.begin(), labels.end())) + 1;
}

Linkage linkage_of(ClusterMethod method) {
  if (method == ClusterMethod::average) return Linkage::average;
  return method == ClusterMethod::complete ? Linkage::complete : Linkage::ward;
}

// Partitions into 1 .. largest clusters.
std::vector<std::vector<int>> partitions(const Points& points, const ClusterChoiceParams& params,
                                         int largest) {
  std::vector<std::vector<int>> result;
  result.reserve(static_cast<std::size_t>(largest));
  if (params.method == ClusterMethod::kmeans) {
    for (int k = 1; k <= largest; ++k) {
      result.push_back(
          kmeans(points, {.clusters = k, .restarts = params.restarts, .seed = params.seed}).labels);
    }
    return result;
  }
  const auto merges = agglomerate(euclidean_distances(points), points.count, linkage_of(params.method));
  for (int k = 1; k <= largest; ++k) result.push_back(cut(merges, static_cast<std::size_t>(k)));
  return result;
}

std::vector<double> log_inertias(const Points& points, const ClusterChoiceParams& params, int largest) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(largest));
  for (const auto& labels : partitions(points, params, largest)) {
    const double inertia = inertia_of(points, labels);
    values.push_back(inertia > 0 ? std::log(inertia) : kUndefined);
  }
  return values;
}

// The box around the points in the axes of their principal components.
struct Box {
  Eigen::RowVectorXd mean;
  RowMatrix axes;  // [component][coordinate]
  Eigen::RowVectorXd lower;
  Eigen::RowVectorXd upper;
};

Box box_around(const Points& points) {
  const Eigen::Map<const RowMatrix> x(points.values.data(), static_cast<Eigen::Index>(points.count),
                                      static_cast<Eigen::Index>(points.dimension));
  Box box;
  box.mean = x.colwise().mean();
  const RowMatrix centred = x.rowwise() - box.mean;
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(centred, Eigen::ComputeThinU | Eigen::ComputeThinV);
  box.axes = svd.matrixV().transpose();
  const RowMatrix scores = centred * svd.matrixV();
  box.lower = scores.colwise().minCoeff();
  box.upper = scores.colwise().maxCoeff();
  return box;
}

std::vector<double> reference_points(const Box& box, const Points& like, std::uint64_t seed,
                                     std::uint64_t number) {
  core::RandomStream random(seed, "gap reference", number);
  RowMatrix scores(static_cast<Eigen::Index>(like.count), box.lower.size());
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    for (Eigen::Index j = 0; j < scores.cols(); ++j)
      scores(i, j) = random.uniform(box.lower(j), box.upper(j));
  }
  const RowMatrix x = (scores * box.axes).rowwise() + box.mean;
  return {x.data(), x.data() + x.size()};
}

// Fills gap and gap_error of the table.
void add_gaps(const Points& points, const ClusterChoiceParams& params, std::vector<ClusterEvidence>& table) {
  const Box box = box_around(points);
  const int largest = static_cast<int>(table.size());
  std::vector<std::vector<double>> logs(static_cast<std::size_t>(params.references));
  core::parallel_for(logs.size(), [&](std::size_t b) {
    const auto values = reference_points(box, points, params.seed, b);
    logs[b] = log_inertias(Points(values, points.count, points.dimension), params, largest);
  });
  const auto n = static_cast<double>(logs.size());
  for (std::size_t k = 0; k < table.size(); ++k) {
    double sum = 0;
    for (const auto& log : logs) sum += log[k];
    const double average = sum / n;
    double squares = 0;
    for (const auto& log : logs) squares += (log[k] - average) * (log[k] - average);
    table[k].gap = table[k].inertia > 0 ? average - std::log(table[k].inertia) : kUndefined;
    table[k].gap_error = std::sqrt(squares / n) * std::sqrt(1 + 1 / n);
  }
}

// The rows before the first without a gap.
std::span<const ClusterEvidence> with_gap(const std::vector<ClusterEvidence>& table) {
  const auto end = std::find_if(table.begin(), table.end(),
                                [](const ClusterEvidence& row) { return std::isnan(row.gap); });
  return {table.begin(), end};
}

int by_global_gap(std::span<const ClusterEvidence> rows) {
  if (rows.empty()) return 1;
  const auto best =
      std::max_element(rows.begin(), rows.end(),
                       [](const ClusterEvidence& a, const ClusterEvidence& b) { return a.gap < b.gap; });
  const double enough = best->gap - best->gap_error;
  return std::find_if(rows.begin(), rows.end(), [&](const ClusterEvidence& row) { return row.gap >= enough; })
      ->k;
}

int by_gap(std::span<const ClusterEvidence> rows) {
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    if (rows[i].gap >= rows[i + 1].gap - rows[i + 1].gap_error) return rows[i].k;
  }
  return rows.empty() ? 1 : rows.back().k;
}

int by_silhouette(const std::vector<ClusterEvidence>& table) {
  int best = 1;
  double value = -std::numeric_limits<double>::infinity();
  for (const ClusterEvidence& row : table) {
    if (row.silhouette > value) {
      value = row.silhouette;
      best = row.k;
    }
  }
  return best;
}

double pairs_of(double n) { return 0.5 * n * (n - 1); }

}  // namespace

std::vector<double> silhouettes(const std::vector<double>& distances, std::span<const int> labels) {
  const std::size_t n = labels.size();
  PHREATIC_ASSERT(distances.size() == n * n);
  const std::size_t k = cluster_count(labels);
  std::vector<double> sizes(k, 0);
  for (const int label : labels) ++sizes[static_cast<std::size_t>(label)];
  std::vector<double> result(n, kUndefined);
  if (std::count_if(sizes.begin(), sizes.end(), [](double s) { return s > 0; }) < 2) return result;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> sums(k, 0);
    for (std::size_t j = 0; j < n; ++j) sums[static_cast<std::size_t>(labels[j])] += distances[i * n + j];
    const auto own = static_cast<std::size_t>(labels[i]);
    result[i] = 0;
    if (sizes[own] == 1) continue;
    const double a = sums[own] / (sizes[own] - 1);
    double b = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < k; ++c) {
      if (c != own && sizes[c] > 0) b = std::min(b, sums[c] / sizes[c]);
    }
    if (std::max(a, b) > 0) result[i] = (b - a) / std::max(a, b);
  }
  return result;
}

double inertia_of(const Points& points, std::span<const int> labels) {
  PHREATIC_ASSERT(labels.size() == points.count);
  const std::size_t d = points.dimension;
  const std::size_t k = cluster_count(labels);
  std::vector<double> centres(k * d, 0);
  std::vector<double> sizes(k, 0);
  for (std::size_t i = 0; i < points.count; ++i) {
    const auto c = static_cast<std::size_t>(labels[i]);
    ++sizes[c];
    for (std::size_t j = 0; j < d; ++j) centres[c * d + j] += points[i][j];
  }
  for (std::size_t i = 0; i < centres.size(); ++i) centres[i] /= std::max(sizes[i / d], 1.0);
  const Points c(centres, k, d);
  double sum = 0;
  for (std::size_t i = 0; i < points.count; ++i) {
    sum += squared_distance(points[i], c[static_cast<std::size_t>(labels[i])]);
  }
  return sum;
}

double adjusted_rand_index(std::span<const int> a, std::span<const int> b) {
  PHREATIC_ASSERT(a.size() == b.size());
  std::map<std::pair<int, int>, double> both;
  std::map<int, double> in_a;
  std::map<int, double> in_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++both[{a[i], b[i]}];
    ++in_a[a[i]];
    ++in_b[b[i]];
  }
  double index = 0;
  double sum_a = 0;
  double sum_b = 0;
  for (const auto& [key, n] : both) index += pairs_of(n);
  for (const auto& [key, n] : in_a) sum_a += pairs_of(n);
  for (const auto& [key, n] : in_b) sum_b += pairs_of(n);
  const double all = pairs_of(static_cast<double>(a.size()));
  const double expected = all > 0 ? sum_a * sum_b / all : 0;
  const double largest = 0.5 * (sum_a + sum_b);
  return largest == expected ? 1 : (index - expected) / (largest - expected);
}

void describe(core::Describer& d, ClusterChoiceParams& p) {
  d.choice("method", p.method,
           {{"kmeans", ClusterMethod::kmeans},
            {"average", ClusterMethod::average},
            {"complete", ClusterMethod::complete},
            {"ward", ClusterMethod::ward}},
           {.help = "How points are clustered"});
  d.field("largest", p.largest, {.help = "Largest number of clusters that is tried", .min = 1, .max = 100});
  d.choice("rule", p.rule,
           {{"silhouette", ChoiceRule::silhouette},
            {"gap", ChoiceRule::gap},
            {"gap_global", ChoiceRule::gap_global}},
           {.help = "What decides on the number of clusters"});
  d.field("references", p.references, {.help = "Reference sets of the gap statistic", .min = 2});
  d.field("restarts", p.restarts, {.help = "Restarts of k-means", .min = 1});
  d.field("seed", p.seed, {.help = "Seed of the random numbers"});
}

ClusterChoice choose_clusters(const Points& points, const ClusterChoiceParams& params) {
  PHREATIC_ASSERT(points.count >= 1);
  const int largest = std::clamp(static_cast<int>(points.count) - 1, 1, params.largest);
  const auto labels = partitions(points, params, largest);
  const auto distances = euclidean_distances(points);
  ClusterChoice choice;
  choice.table.reserve(static_cast<std::size_t>(largest));
  for (int k = 1; k <= largest; ++k) {
    const auto& partition = labels[static_cast<std::size_t>(k - 1)];
    choice.table.push_back({k, inertia_of(points, partition), mean(silhouettes(distances, partition)), 0, 0});
  }
  add_gaps(points, params, choice.table);
  choice.k_silhouette = by_silhouette(choice.table);
  choice.k_gap_global = by_global_gap(with_gap(choice.table));
  choice.k_gap = by_gap(with_gap(choice.table));
  choice.k = choice.k_silhouette;
  if (params.rule == ChoiceRule::gap) choice.k = choice.k_gap;
  if (params.rule == ChoiceRule::gap_global) choice.k = choice.k_gap_global;
  choice.labels = labels[static_cast<std::size_t>(choice.k - 1)];
  return choice;
}

}  // namespace phreatic::stats
