// SPDX-License-Identifier: BSD-3-Clause
// The kernels of correlations, order patterns and maps against their definitions, written here one value after the other,
// with every instruction set that this processor has.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/clustering/som.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/stats/series/lag_products.hpp"
#include "phreatic/stats/series/lanes/lane_kernels.hpp"
#include "phreatic/stats/series/permutation_entropy.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

std::vector<core::Isa> present_isas() {
  std::vector<core::Isa> all;
  for (const auto isa : {core::Isa::portable, core::Isa::avx2, core::Isa::avx512}) {
    if (core::isa_available(isa)) all.push_back(isa);
  }
  return all;
}

Values walk(std::size_t n, std::uint64_t seed, double gaps, bool ties) {
  core::RandomStream random(seed, "walk");
  Values x(n);
  double level = 100;
  for (double& v : x) {
    level += random.normal();
    v = random.uniform() < gaps ? kGap : (ties ? std::round(level) : level);
  }
  return x;
}

TEST(SeriesKernels, ProductsAreSumsOfProducts) {
  for (const auto isa : present_isas()) {
    const auto& kernels = lanes::lane_kernels(isa);
    for (const std::size_t rows : {1U, 7U, 31U}) {
      for (const std::size_t columns : {1U, 16U, 37U}) {
        for (const std::size_t inner : {1U, 252U, 600U}) {
          const Values a = walk(rows * inner, 1, 0, false);
          const Values b = walk(columns * inner, 2, 0, false);
          Values packed, c(rows * columns, 3), keep(columns + 16, 0.5);
          lanes::pack_columns(kernels, b.data(), 1, inner, inner, columns, packed);
          kernels.product({.rows = rows,
                           .columns = columns,
                           .inner = inner,
                           .a = a.data(),
                           .a_row = inner,
                           .packed = packed.data(),
                           .c = c.data(),
                           .c_row = columns,
                           .keep = keep.data()});
          for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < columns; ++j) {
              double sum = 1.5;
              for (std::size_t k = 0; k < inner; ++k) sum += a[i * inner + k] * b[j * inner + k];
              ASSERT_NEAR(c[i * columns + j], sum, 1e-12 * std::abs(sum)) << core::isa_name(isa);
            }
          }
        }
      }
    }
  }
}

// Whole numbers, whose sums of floats are exact.
TEST(SeriesKernels, ProductsOfFloatsAreSumsOfProducts) {
  for (const auto isa : present_isas()) {
    const auto& kernels = lanes::lane_kernels(isa);
    for (const std::size_t rows : {1U, 7U, 31U}) {
      for (const std::size_t columns : {1U, 16U, 32U, 37U, 100U}) {
        for (const std::size_t inner : {1U, 252U, 600U}) {
          core::RandomStream random(9, "whole");
          std::vector<float> a(rows * inner), b(columns * inner);
          for (float& v : a) v = static_cast<float>(std::floor(17 * random.uniform()) - 8);
          for (float& v : b) v = static_cast<float>(std::floor(17 * random.uniform()) - 8);
          std::vector<float> packed, c(rows * columns, 3), keep(columns + 64, 2);
          lanes::pack_columns(kernels, b.data(), 1, inner, inner, columns, packed);
          kernels.float_product({.rows = rows,
                                 .columns = columns,
                                 .inner = inner,
                                 .a = a.data(),
                                 .a_row = inner,
                                 .packed = packed.data(),
                                 .c = c.data(),
                                 .c_row = columns,
                                 .keep = keep.data()});
          for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < columns; ++j) {
              float sum = 6;
              for (std::size_t k = 0; k < inner; ++k) sum += a[i * inner + k] * b[j * inner + k];
              ASSERT_EQ(c[i * columns + j], sum) << core::isa_name(isa);
            }
          }
        }
      }
    }
  }
}

TEST(SeriesKernels, LaggedSumsAreThoseOfPairs) {
  for (const auto isa : present_isas()) {
    for (const std::size_t n : {1U, 5U, 64U, 333U}) {
      Values x = walk(n, 3, 0.2, false);
      Values present(n);
      for (std::size_t t = 0; t < n; ++t) {
        present[t] = std::isnan(x[t]) ? 0 : 1;
        x[t] = std::isnan(x[t]) ? 0 : x[t] - 100;
      }
      const LaggedSums sums = lagged_sums(x, present, n + 3, isa);
      for (std::size_t k = 0; k < n + 3; ++k) {
        double product = 0, pairs = 0, size = 1;
        for (std::size_t t = k; t < n; ++t) {
          product += x[t] * x[t - k];
          size += std::abs(x[t] * x[t - k]);
          pairs += present[t] * present[t - k];
        }
        ASSERT_NEAR(sums.products[k], product, 1e-13 * size) << core::isa_name(isa) << ' ' << n << ' ' << k;
        ASSERT_EQ(sums.pairs[k], pairs);
      }
    }
  }
}

// Shares of patterns by sorting each window.
struct Counted {
  Values shares;
  std::size_t windows = 0;
};
Counted by_sorting(const Values& x, int order, int delay, bool weighted) {
  const auto patterns = ordinal_patterns(order);
  Counted counted{Values(patterns.size(), 0), 0};
  double total = 0;
  for (std::size_t t = 0; t + static_cast<std::size_t>((order - 1) * delay) < x.size(); ++t) {
    Values w;
    for (int i = 0; i < order; ++i) w.push_back(x[t + static_cast<std::size_t>(i * delay)]);
    if (std::any_of(w.begin(), w.end(), [](double v) { return std::isnan(v); })) continue;
    std::vector<int> times(w.size());
    std::iota(times.begin(), times.end(), 0);
    std::stable_sort(times.begin(), times.end(), [&](int a, int b) {
      return w[static_cast<std::size_t>(a)] < w[static_cast<std::size_t>(b)];
    });
    const double mean = std::accumulate(w.begin(), w.end(), 0.0) / order;
    double weight = 0;
    for (const double v : w) weight += (v - mean) * (v - mean) / order;
    if (!weighted) weight = 1;
    const auto place = std::find(patterns.begin(), patterns.end(), times) - patterns.begin();
    counted.shares[static_cast<std::size_t>(place)] += weight;
    total += weight;
    ++counted.windows;
  }
  for (double& share : counted.shares) share /= total;
  return counted;
}

TEST(SeriesKernels, OrderPatternsAreThoseOfSortedWindowsWithTiesAndGaps) {
  for (const auto isa : present_isas()) {
    for (int order = 2; order <= 7; ++order) {
      for (const double gaps : {0.0, 0.05}) {
        for (const bool weighted : {false, true}) {
          const Values x = walk(203, static_cast<std::uint64_t>(order), gaps, true);
          const int delay = 1 + order % 3;
          const Counted expected = by_sorting(x, order, delay, weighted);
          const auto found =
              permutation_entropy(x, {.order = order, .delay = delay, .weighted = weighted}, isa);
          ASSERT_EQ(found.windows, expected.windows);
          for (std::size_t p = 0; p < expected.shares.size(); ++p)
            ASSERT_NEAR(found.shares[p], expected.shares[p], 1e-12) << core::isa_name(isa) << ' ' << order;
        }
      }
    }
  }
}

TEST(SeriesKernels, LagCorrelationsAreThoseOfThePairsWithTiesAndGaps) {
  const std::size_t lags = 7;
  std::vector<Values> store;
  for (std::uint64_t k = 0; k < 40; ++k) store.push_back(walk(301, k, k % 3 == 0 ? 0.15 : 0, k % 2 == 0));
  store[5] = Values(301, 4.2);                                               // constant
  std::fill(store[8].begin() + 2, store[8].end(), kGap);                     // two values
  std::fill(store[11].begin(), store[11].end(), kGap);                       // none
  for (std::size_t t = 3; t < 301; ++t) store[14][t] = 1e-7 * store[14][t];  // varies at its start alone
  const std::vector<Series> x(store.begin(), store.begin() + 6), y(store.begin() + 6, store.end());
  for (const auto kind : {CorrelationKind::pearson, CorrelationKind::spearman}) {
    for (const auto isa : present_isas()) {
      const auto table = lag_correlation_table(x, y, lags - 1, kind, isa);
      for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j < y.size(); ++j) {
          for (std::size_t lag = 0; lag < lags; ++lag) {
            Values a, b;
            for (std::size_t t = lag; t < y[j].size(); ++t) {
              if (std::isnan(y[j][t]) || std::isnan(x[i][t - lag])) continue;
              a.push_back(x[i][t - lag]);
              b.push_back(y[j][t]);
            }
            const double r = kind == CorrelationKind::pearson ? pearson(a, b) : spearman(a, b);
            const Correlation& c = table[(i * y.size() + j) * lags + lag];
            ASSERT_EQ(c.n, a.size());
            ASSERT_EQ(std::isnan(c.r), std::isnan(r)) << i << ' ' << j << ' ' << lag;
            if (!std::isnan(r)) {
              ASSERT_NEAR(c.r, r, 1e-12) << i << ' ' << j << ' ' << lag;
            }
          }
        }
      }
    }
  }
}

// som.hpp's definition of the online epochs, one sample after the other.
Values plain_online(const Points& samples, const SomParams& params, const Som& start) {
  Values w = start.codebook;
  const std::size_t d = samples.dimension;
  const std::size_t nodes = start.nodes();
  for (int epoch = 0; epoch < params.epochs; ++epoch) {
    const double progress = static_cast<double>(epoch) / (params.epochs - 1);
    const double radius = params.radius_start * std::pow(params.radius_end / params.radius_start, progress);
    const double rate = params.rate_start + (params.rate_end - params.rate_start) * progress;
    core::RandomStream random(params.seed, "som order", static_cast<std::uint64_t>(epoch));
    for (const std::size_t i : random.permutation(samples.count)) {
      std::size_t best = 0;
      double smallest = std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < nodes; ++j) {
        const double distance = squared_distance(samples[i], std::span(w).subspan(j * d, d));
        if (distance < smallest) best = j;
        smallest = std::min(smallest, distance);
      }
      for (std::size_t j = 0; j < nodes; ++j) {
        const NodePosition p = node_position(start, best), q = node_position(start, j);
        const double grid = (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
        const double step = rate * std::exp(-grid / (2 * radius * radius));
        for (std::size_t k = 0; k < d; ++k) w[j * d + k] += step * (samples[i][k] - w[j * d + k]);
      }
    }
  }
  return w;
}

// How far the codebook of float products may lie from that of double precision, in units of the largest deviation M from
// the mean that any sample has at the coordinate. Until the products became floats the two agreed to 1e-10; what floats
// cost follows from how a block of B samples changes a weight, w <- k w + sum_b s_b x_b with k = prod (1 - h_b), s_b = h_b
// prod_{c > b} (1 - h_c), k + sum s_b = 1, so that |w| <= M throughout. With u = 2^-24, the half of a float's last digit:
//   x_b and w rounded to floats, and B + 1 partial sums, none above M:         B + 3 roundings of at most u M
//   k and the s_b: a product of up to B factors, each of them rounded:         2 B roundings of at most u M, together
// Roundings are without bias and nearly independent (higham2019), so that their squares add up, u^2 / 3 each, and what a
// block leaves behind is multiplied by k <= 1 in the next one, never enlarged. Over P presentations in blocks of B the
// standard deviation is at most u M sqrt(P / B (3 B + 3) / 3): 24 u M here. Three of them are allowed: 4e-6 M. If a winner
// were another than in double precision, the difference would be that of a step, thousands of times larger.
double float_map_bound(double presentations) {
  constexpr double kBlock = 24, kRoundOff = 0x1p-24;
  return 3 * kRoundOff * std::sqrt(std::ceil(presentations / kBlock) * (kBlock + 1));
}

TEST(SeriesKernels, BlockedOnlineMapsAreThoseOfOneSampleAfterTheOtherUpToTheRoundingOfFloats) {
  const std::size_t n = 130, d = 2000;  // a codebook large enough for threads to share it
  Values x;
  for (std::size_t i = 0; i < n; ++i) {
    const Values row = walk(d, 50 + i, 0, false);
    x.insert(x.end(), row.begin(), row.end());
  }
  const Points samples(x, n, d);
  SomParams params;
  params.rows = 4;
  params.columns = 5;
  params.training = SomTraining::online;
  params.epochs = 4;
  params.radius_start = 2;
  SomParams still = params;  // the start alone: steps of nothing
  still.rate_start = still.rate_end = 0;
  for (const auto isa : present_isas()) {
    const Values expected = plain_online(samples, params, train_som(samples, still, isa));
    const int before = core::thread_count();
    core::set_thread_count(1);
    const Values found = train_som(samples, params, isa).codebook;
    core::set_thread_count(3);
    const Values shared = train_som(samples, params, isa).codebook;
    core::set_thread_count(before);
    EXPECT_EQ(found, shared) << core::isa_name(isa);
    for (std::size_t j = 0; j < d; ++j) {
      double mean = 0, largest = 0;
      for (std::size_t i = 0; i < n; ++i) mean += x[i * d + j] / static_cast<double>(n);
      for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(x[i * d + j] - mean));
      const double bound = largest * float_map_bound(static_cast<double>(n) * params.epochs);
      for (std::size_t node = 0; node < 20; ++node)
        ASSERT_NEAR(found[node * d + j], expected[node * d + j], bound) << core::isa_name(isa);
    }
  }
}

// One batch epoch from its definition; gaps are left out of distances and means.
TEST(SeriesKernels, BatchMapsAreThoseOfTheirDefinitionWithGaps) {
  const std::size_t n = 90, d = 70;
  for (const double gaps : {0.0, 0.3}) {
    Values x;
    for (std::size_t i = 0; i < n; ++i) {
      const Values row = walk(d, 500 + i, gaps, false);
      x.insert(x.end(), row.begin(), row.end());
    }
    const Points samples(x, n, d);
    SomParams params;
    params.rows = params.columns = 4;
    params.epochs = 1;  // its radius is radius_end
    params.radius_end = 0.8;
    SomParams still = params;
    still.training = SomTraining::online;
    still.rate_start = still.rate_end = 0;
    for (const auto isa : present_isas()) {
      const Som start = train_som(samples, still, isa);
      const std::vector<int> best = assess(start, samples).nodes;
      const Values found = train_som(samples, params, isa).codebook;
      for (std::size_t j = 0; j < start.nodes(); ++j) {
        for (std::size_t k = 0; k < d; ++k) {
          double sum = 0, weight = 0;
          for (std::size_t i = 0; i < n; ++i) {
            if (std::isnan(x[i * d + k])) continue;
            const NodePosition p = node_position(start, static_cast<std::size_t>(best[i]));
            const NodePosition q = node_position(start, j);
            const double grid = (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
            const double h = std::exp(-grid / (2 * 0.8 * 0.8));
            sum += h * x[i * d + k];
            weight += h;
          }
          ASSERT_NEAR(found[j * d + k], sum / weight, 1e-10) << core::isa_name(isa) << ' ' << gaps;
        }
      }
    }
  }
}

TEST(SeriesKernels, SameWhateverTheThreads) {
  Values x;
  for (std::size_t i = 0; i < 200; ++i) {
    const Values row = walk(120, 900 + i, i % 7 == 0 ? 0.1 : 0, false);
    x.insert(x.end(), row.begin(), row.end());
  }
  std::vector<Series> series;
  for (std::size_t i = 0; i < 200; ++i) series.emplace_back(x.data() + i * 120, 120);
  const int before = core::thread_count();
  const auto run = [&](int threads) {
    core::set_thread_count(threads);
    return train_som(Points(x, 200, 120), {.epochs = 5}).codebook;
  };
  const auto correlate = [&](int threads) {
    core::set_thread_count(threads);
    Values r;
    for (const auto& c :
         lag_correlation_table(std::span(series).first(5), series, 3, CorrelationKind::pearson))
      r.push_back(c.r);
    return r;
  };
  EXPECT_EQ(run(1), run(3));
  EXPECT_EQ(correlate(1), correlate(3));
  core::set_thread_count(before);
}

}  // namespace
}  // namespace phreatic::stats
