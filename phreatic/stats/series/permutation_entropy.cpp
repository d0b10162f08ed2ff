// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/permutation_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr int kLargestOrderWithTransitions = 5;

std::size_t factorial(int m) { return m <= 1 ? 1 : static_cast<std::size_t>(m) * factorial(m - 1); }

// Rank of a permutation in lexicographic order.
std::size_t lexicographic_rank(const std::vector<int>& permutation) {
  std::size_t rank = 0;
  const std::size_t m = permutation.size();
  for (std::size_t i = 0; i < m; ++i) {
    std::size_t smaller_after = 0;
    for (std::size_t j = i + 1; j < m; ++j) smaller_after += permutation[j] < permutation[i] ? 1 : 0;
    rank += smaller_after * factorial(static_cast<int>(m - 1 - i));
  }
  return rank;
}

struct Window {
  bool there = false;
  std::size_t pattern = 0;
  double weight = 1;
};

Window window_at(Series values, std::size_t start, const PermutationEntropyParams& params) {
  std::vector<double> x;
  x.reserve(static_cast<std::size_t>(params.order));
  for (int i = 0; i < params.order; ++i)
    x.push_back(values[start + static_cast<std::size_t>(i * params.delay)]);
  Window window;
  window.there = std::none_of(x.begin(), x.end(), [](double v) { return std::isnan(v); });
  if (!window.there) return window;
  std::vector<int> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return x[static_cast<std::size_t>(a)] < x[static_cast<std::size_t>(b)];
  });
  window.pattern = lexicographic_rank(order);
  if (params.weighted) {
    const double m = mean(x);
    window.weight = 0;
    for (const double v : x) window.weight += (v - m) * (v - m) / static_cast<double>(x.size());
  }
  return window;
}

}  // namespace

void describe(core::Describer& d, PermutationEntropyParams& p) {
  d.field("order", p.order, {.help = "Number of values in a pattern", .min = 2, .max = 8});
  d.field("delay", p.delay, {.help = "Distance between the values of a pattern", .unit = "steps", .min = 1});
  d.field("weighted", p.weighted, {.help = "Weigh each pattern by the variance of its values"});
}

PermutationEntropy permutation_entropy(Series values, const PermutationEntropyParams& params) {
  PHREATIC_ASSERT(params.order >= 2 && params.order <= 8 && params.delay >= 1);
  const std::size_t patterns = factorial(params.order);
  const auto span = static_cast<std::size_t>(params.order - 1) * static_cast<std::size_t>(params.delay);
  PermutationEntropy result;
  result.shares.assign(patterns, 0);
  const bool transitions = params.order <= kLargestOrderWithTransitions;
  if (transitions) result.transitions.assign(patterns * patterns, 0);
  double total = 0;
  Window before;
  for (std::size_t t = 0; t + span < values.size(); ++t) {
    const Window window = window_at(values, t, params);
    if (window.there) {
      ++result.windows;
      total += window.weight;
      result.shares[window.pattern] += window.weight;
      if (transitions && before.there) result.transitions[before.pattern * patterns + window.pattern] += 1;
    }
    before = window;
  }
  for (double& share : result.shares) share = total > 0 ? share / total : kUndefined;
  result.bits = total > 0 ? 0 : kUndefined;
  for (const double share : result.shares) {
    if (share > 0) result.bits -= share * std::log2(share);
  }
  result.normalised = result.bits / std::log2(static_cast<double>(patterns));
  for (std::size_t from = 0; transitions && from < patterns; ++from) {
    const auto row = result.transitions.begin() + static_cast<std::ptrdiff_t>(from * patterns);
    const auto end = row + static_cast<std::ptrdiff_t>(patterns);
    const double sum = std::accumulate(row, end, 0.0);
    std::for_each(row, end, [sum](double& v) { v = sum > 0 ? v / sum : kUndefined; });
  }
  return result;
}

std::vector<std::vector<int>> ordinal_patterns(int order) {
  std::vector<int> pattern(static_cast<std::size_t>(order));
  std::iota(pattern.begin(), pattern.end(), 0);
  std::vector<std::vector<int>> all;
  do {
    all.push_back(pattern);
  } while (std::next_permutation(pattern.begin(), pattern.end()));
  return all;
}

}  // namespace phreatic::stats
