// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/permutation_entropy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <numeric>
#include <span>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/series/lanes/lane_kernels.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr int kLargestOrderWithTransitions = 5;

std::size_t factorial(int m) { return m <= 1 ? 1 : static_cast<std::size_t>(m) * factorial(m - 1); }

// The kernels number a pattern by how many later values are smaller than each of its values; this is the place of each
// number in the lexicographic order of (time of the lowest value, of the next ...).
std::vector<std::size_t> lexicographic_places(int order) {
  const std::vector<std::vector<int>> patterns = ordinal_patterns(order);
  std::vector<std::size_t> places(patterns.size());
  for (std::size_t place = 0; place < patterns.size(); ++place) {
    const std::vector<int>& times = patterns[place];
    std::size_t code = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      // A value at an earlier rank and a later time is smaller and comes after.
      std::size_t smaller_after = 0;
      for (std::size_t j = 0; j < i; ++j) smaller_after += times[j] > times[i] ? 1 : 0;
      code += smaller_after * factorial(order - 1 - times[i]);
    }
    places[code] = place;
  }
  return places;
}

const std::vector<std::size_t>& places_of(int order) {
  static std::array<std::once_flag, 9> made;
  static std::array<std::vector<std::size_t>, 9> places;
  const auto m = static_cast<std::size_t>(order);
  std::call_once(made[m], [&] { places[m] = lexicographic_places(order); });
  return places[m];
}

// Number of windows with code a followed by one with code b, [a][b], the code `patterns` for a window with a gap.
// Neighbouring windows often have the same codes: several tables keep their additions apart.
std::vector<std::uint32_t> count_followers(std::span<const std::uint16_t> codes, std::size_t patterns) {
  const std::size_t side = patterns + 1;
  const std::size_t tables = patterns <= 24 ? 4 : 1;
  std::vector<std::uint32_t> counts(side * side * tables, 0);
  std::uint32_t* const first = counts.data();
  std::size_t row = codes.empty() ? 0 : codes[0] * side;
  for (std::size_t t = 1; t < codes.size(); ++t) {
    ++first[(t & (tables - 1)) * side * side + row + codes[t]];
    row = codes[t] * side;
  }
  for (std::size_t i = side * side; i < counts.size(); ++i) counts[i % (side * side)] += counts[i];
  counts.resize(side * side);
  return counts;
}

// Fills the shares of `result` with numbers of windows and the transitions with numbers of pairs.
void count_with_transitions(std::span<const std::uint16_t> codes, const std::vector<std::size_t>& places,
                            PermutationEntropy& result) {
  const std::size_t patterns = places.size();
  const std::vector<std::uint32_t> counts = count_followers(codes, patterns);
  for (std::size_t from = 0; from < patterns; ++from) {
    double windows = 0;
    for (std::size_t to = 0; to <= patterns; ++to) {
      const double pairs = counts[from * (patterns + 1) + to];
      windows += pairs;
      if (to < patterns) result.transitions[places[from] * patterns + places[to]] = pairs;
    }
    result.shares[places[from]] = windows;
  }
  if (!codes.empty() && codes.back() < patterns) result.shares[places[codes.back()]] += 1;
}

void count_windows(std::span<const std::uint16_t> codes, const std::vector<std::size_t>& places,
                   PermutationEntropy& result) {
  for (const std::uint16_t code : codes) {
    if (code < places.size()) result.shares[places[code]] += 1;
  }
}

}  // namespace

void describe(core::Describer& d, PermutationEntropyParams& p) {
  d.field("order", p.order, {.help = "Number of values in a pattern", .min = 2, .max = 8});
  d.field("delay", p.delay, {.help = "Distance between the values of a pattern", .unit = "steps", .min = 1});
  d.field("weighted", p.weighted, {.help = "Weigh each pattern by the variance of its values"});
}

PermutationEntropy permutation_entropy(Series values, const PermutationEntropyParams& params, core::Isa isa) {
  PHREATIC_ASSERT(params.order >= 2 && params.order <= 8 && params.delay >= 1);
  const std::size_t patterns = factorial(params.order);
  const auto span = static_cast<std::size_t>(params.order - 1) * static_cast<std::size_t>(params.delay);
  PermutationEntropy result;
  result.shares.assign(patterns, 0);
  const bool transitions = params.order <= kLargestOrderWithTransitions;
  if (transitions) result.transitions.assign(patterns * patterns, 0);
  const std::vector<std::size_t>& places = places_of(params.order);
  std::vector<std::uint16_t> codes(values.size() > span ? values.size() - span : 0);
  std::vector<double> weights(params.weighted ? codes.size() : 0);
  lanes::lane_kernels(isa).ordinals(
      {.values = values.data(),
       .windows = codes.size(),
       .order = params.order,
       .delay = static_cast<std::size_t>(params.delay),
       .gaps = std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }),
       .codes = codes.data(),
       .weights = params.weighted ? weights.data() : nullptr});
  if (transitions) {
    count_with_transitions(codes, places, result);
  } else {
    count_windows(codes, places, result);
  }
  double total = std::accumulate(result.shares.begin(), result.shares.end(), 0.0);
  result.windows = static_cast<std::size_t>(total);
  if (params.weighted) {
    total = 0;
    std::fill(result.shares.begin(), result.shares.end(), 0.0);
    for (std::size_t t = 0; t < codes.size(); ++t) {
      if (codes[t] == patterns) continue;
      total += weights[t];
      result.shares[places[codes[t]]] += weights[t];
    }
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
