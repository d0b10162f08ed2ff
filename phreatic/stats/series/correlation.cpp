// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/correlation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/series/lag_products.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Deviations from the mean, 0 where missing, and 1/0 flags of presence, so that lagged sums need no branches.
struct Centred {
  std::vector<double> deviation;
  std::vector<double> present;
  double count = 0;
  double variance = 0;  // 0 for constant or empty
};

Centred centre(Series values) {
  Centred c;
  c.deviation.assign(values.size(), 0);
  c.present.assign(values.size(), 0);
  const double m = mean(values);
  double first = kUndefined;
  bool constant = true;
  for (std::size_t t = 0; t < values.size(); ++t) {
    if (std::isnan(values[t])) continue;
    if (c.count == 0) first = values[t];
    constant = constant && values[t] == first;
    c.present[t] = 1;
    c.deviation[t] = values[t] - m;
    c.count += 1;
    c.variance += c.deviation[t] * c.deviation[t];
  }
  c.variance = constant ? 0 : c.variance / c.count;
  return c;
}

double lagged_dot(const std::vector<double>& x, std::size_t lag) {
  double sum = 0;
  for (std::size_t t = lag; t < x.size(); ++t) sum += x[t] * x[t - lag];
  return sum;
}

// rho at one lag, and the number of pairs.
struct LagValue {
  double rho = kUndefined;
  double pairs = 0;
};

LagValue at_lag(const Centred& c, std::size_t lag) {
  LagValue value;
  if (lag >= c.present.size()) return value;
  const auto n = static_cast<double>(c.present.size());
  value.pairs = lagged_dot(c.present, lag);
  if (value.pairs == 0 || c.variance == 0) return value;
  const double taper = (n - static_cast<double>(lag)) / n;
  value.rho = taper * lagged_dot(c.deviation, lag) / value.pairs / c.variance;
  return value;
}

// What effective counts of pairs need of one series, at lags 0..n/5.
struct Memory {
  double count = 0;                // values present
  std::vector<double> rho;         // 0 where undefined
  std::vector<double> pair_share;  // N_k / count
};

Memory memory_of(Series values, core::Isa isa) {
  const Centred c = centre(values);
  Memory memory;
  memory.count = c.count;
  memory.rho.assign(values.size() / 5 + 1, 0);
  memory.pair_share.assign(memory.rho.size(), 0);
  if (c.count == 0) return memory;
  const LaggedSums sums = lagged_sums(c.deviation, c.present, memory.rho.size(), isa);
  const auto n = static_cast<double>(values.size());
  for (std::size_t k = 1; k < memory.rho.size(); ++k) {
    memory.pair_share[k] = sums.pairs[k] / c.count;
    if (sums.pairs[k] == 0 || c.variance == 0) continue;
    const double taper = (n - static_cast<double>(k)) / n;
    memory.rho[k] = taper * sums.products[k] / sums.pairs[k] / c.variance;
  }
  return memory;
}

// n / n_eff.
double inflation_of(const Memory& x, const Memory& y) {
  const std::vector<double>& share = x.count < y.count ? x.pair_share : y.pair_share;
  double inflation = 1;
  for (std::size_t k = 1; k < share.size(); ++k) inflation += 2 * share[k] * x.rho[k] * y.rho[k];
  return std::max(inflation, 1.0);
}

struct Pairs {
  std::vector<double> x;
  std::vector<double> y;
};

Pairs pairs_at(Series x, Series y, std::size_t lag) {
  Pairs pairs;
  for (std::size_t t = lag; t < y.size(); ++t) {
    if (std::isnan(y[t]) || std::isnan(x[t - lag])) continue;
    pairs.x.push_back(x[t - lag]);
    pairs.y.push_back(y[t]);
  }
  return pairs;
}

LagCoefficient from_pairs(Series x, Series y, std::size_t lag, CorrelationKind kind) {
  const Pairs pairs = pairs_at(x, y, lag);
  return {.r = kind == CorrelationKind::pearson ? pearson(pairs.x, pairs.y) : spearman(pairs.x, pairs.y),
          .n = pairs.x.size()};
}

Correlation with_significance(const LagCoefficient& found, double inflation) {
  Correlation c;
  c.n = found.n;
  c.r = found.r;
  c.p_value = kUndefined;
  if (std::isnan(c.r)) {
    c.effective_n = kUndefined;
    return c;
  }
  c.effective_n = std::max(1.0, static_cast<double>(c.n) / inflation);
  if (c.effective_n > 2) {
    const double degrees = c.effective_n - 2;
    c.p_value =
        std::abs(c.r) == 1 ? 0 : student_two_sided(c.r * std::sqrt(degrees / (1 - c.r * c.r)), degrees);
  }
  return c;
}

}  // namespace

std::vector<double> ranks(Series values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size(), kUndefined);
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) result[order[i]] = 0.5 * static_cast<double>(begin + 1 + end);
    begin = end;
  }
  return result;
}

double spearman(Series x, Series y) {
  PHREATIC_ASSERT(x.size() == y.size());
  const Pairs pairs = pairs_at(x, y, 0);
  return pearson(ranks(pairs.x), ranks(pairs.y));
}

std::vector<double> autocorrelation(Series values, std::size_t max_lag) {
  const Centred c = centre(values);
  std::vector<double> rho(max_lag + 1);
  for (std::size_t k = 0; k <= max_lag; ++k) rho[k] = at_lag(c, k).rho;
  return rho;
}

double effective_count(Series values) {
  const Centred c = centre(values);
  if (c.variance == 0) return kUndefined;
  double inflation = 1;
  for (std::size_t k = 1; k < values.size(); ++k) {
    const LagValue lag = at_lag(c, k);
    if (lag.pairs == 0) continue;
    if (lag.rho <= 0) break;
    inflation += 2 * lag.pairs / c.count * lag.rho;
  }
  return std::max(1.0, c.count / inflation);
}

std::vector<Correlation> lag_correlation_table(std::span<const Series> x, std::span<const Series> y,
                                               std::size_t max_lag, CorrelationKind kind, core::Isa isa) {
  for (const Series& series : x) PHREATIC_ASSERT(y.empty() || series.size() == y.front().size());
  for (const Series& series : y) PHREATIC_ASSERT(series.size() == y.front().size());
  std::vector<Memory> memory(x.size() + y.size());
  core::parallel_for(memory.size(), [&](std::size_t i) {
    const Series series = i < x.size() ? x[i] : y[i - x.size()];
    memory[i] = kind == CorrelationKind::pearson ? memory_of(series, isa) : memory_of(ranks(series), isa);
  });
  const std::size_t lags = max_lag + 1;
  const std::vector<LagCoefficient> found = lag_coefficients(x, y, lags, kind, isa);
  std::vector<Correlation> table(x.size() * y.size() * lags);
  core::parallel_for(x.size() * y.size(), [&](std::size_t pair) {
    const std::size_t i = pair / y.size();
    const std::size_t j = pair % y.size();
    const double inflation = inflation_of(memory[i], memory[x.size() + j]);
    for (std::size_t lag = 0; lag < lags; ++lag) {
      const LagCoefficient& c = found[pair * lags + lag];
      table[pair * lags + lag] =
          with_significance(c.undecided ? from_pairs(x[i], y[j], lag, kind) : c, inflation);
    }
  });
  return table;
}

std::vector<Correlation> lag_correlations(Series x, Series y, std::size_t max_lag, CorrelationKind kind) {
  return lag_correlation_table(std::span(&x, 1), std::span(&y, 1), max_lag, kind);
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size(), kUndefined);
  double smallest = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    const std::size_t i = order[rank - 1];
    smallest =
        std::min(smallest, p_values[i] * static_cast<double>(order.size()) / static_cast<double>(rank));
    adjusted[i] = smallest;
  }
  return adjusted;
}

}  // namespace phreatic::stats
