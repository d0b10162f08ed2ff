// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/decision/weights.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"

namespace phreatic::studies::recharge {

PairwiseWeights pairwise_weights(std::size_t criteria, std::span<const double> ratios) {
  PHREATIC_ASSERT(criteria >= 2 && criteria <= 10 && ratios.size() == criteria * (criteria - 1) / 2);
  std::vector<double> matrix(criteria * criteria, 1.0);
  std::size_t next = 0;
  for (std::size_t i = 0; i < criteria; ++i) {
    for (std::size_t j = i + 1; j < criteria; ++j) {
      matrix[i * criteria + j] = ratios[next++];
      matrix[j * criteria + i] = 1 / matrix[i * criteria + j];
    }
  }
  PairwiseWeights out{std::vector<double>(criteria, 1.0 / static_cast<double>(criteria)), 0};
  double largest = 0;
  for (int iteration = 0; iteration < 1000; ++iteration) {
    std::vector<double> product(criteria, 0.0);
    for (std::size_t i = 0; i < criteria; ++i) {
      for (std::size_t j = 0; j < criteria; ++j) product[i] += matrix[i * criteria + j] * out.weights[j];
    }
    largest = std::accumulate(product.begin(), product.end(), 0.0);
    double change = 0;
    for (std::size_t i = 0; i < criteria; ++i) {
      change = std::max(change, std::abs(product[i] / largest - out.weights[i]));
      out.weights[i] = product[i] / largest;
    }
    if (change < 1e-14) break;
  }
  // Saaty's means of the index over random matrices.
  constexpr std::array<double, 11> random_index = {0, 0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49};
  const auto n = static_cast<double>(criteria);
  if (criteria > 2) out.consistency_ratio = std::max(0.0, (largest - n) / (n - 1) / random_index[criteria]);
  return out;
}

double ordered_average(std::span<const double> scores, std::span<const double> weights,
                       std::span<const double> order) {
  PHREATIC_ASSERT(scores.size() == weights.size() && (order.empty() || order.size() == scores.size()));
  std::vector<std::size_t> down(scores.size());
  std::iota(down.begin(), down.end(), std::size_t{0});
  std::stable_sort(down.begin(), down.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  double sum = 0;
  double all = 0;
  for (std::size_t j = 0; j < down.size(); ++j) {
    const double weight = weights[down[j]] * (order.empty() ? 1.0 : order[j]);
    sum += weight * scores[down[j]];
    all += weight;
  }
  return all > 0 ? sum / all : 0;
}

PlanParams with_shap_weights(const PlanParams& plan, const Table& shap) {
  PlanParams out = plan;
  out.weight_response = out.weight_left = out.weight_depth = 0;
  for (const TableColumn& column : shap.columns) {
    const auto at = column.name.find(' ');
    const std::string target = column.name.substr(0, at);
    const std::string input = at == std::string::npos ? "" : column.name.substr(at + 1);
    if (input.empty() || input == "base" || input == "rate" || input == "area" || column.numbers.empty())
      continue;
    double size = 0;
    for (const double v : column.numbers) size += std::abs(v) / static_cast<double>(column.numbers.size());
    (input == "wet_depth" || input == "dry_depth" ? out.weight_depth
     : target == "k_per_day"                      ? out.weight_left
                                                  : out.weight_response) += size;
  }
  if (out.weight_response + out.weight_left + out.weight_depth > 0) return out;
  throw core::InputError(
      {.where = "plan.shap_weights",
       .what = "no input that tells of the place has a Shapley value: the mapping surrogate knows "
               "rate and area alone",
       .mend = "Let the last of surrogates.models be log-linear, gam or trees, or set weights by hand"});
}

}  // namespace phreatic::studies::recharge
