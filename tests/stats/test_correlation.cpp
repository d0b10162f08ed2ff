// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/correlation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

const Values kX{2.1, 3.4, 3.4, 5.0, 1.2, 0.3, 4.4, 4.9};
const Values kY{1.0, 2.2, 2.9, 2.2, 1.5, 0.1, 3.8, 3.0};

Values ar1(double phi, std::size_t n, std::uint64_t seed) {
  core::RandomStream random(seed, "ar1");
  Values x(n);
  double state = random.normal();
  for (double& v : x) {
    v = state;
    state = phi * state + std::sqrt(1 - phi * phi) * random.normal();
  }
  return x;
}

// tests/reference/stats/correlation.py (scipy, numpy).
TEST(Correlation, AgreesWithScipy) {
  EXPECT_NEAR(spearman(kX, kY), 0.7530120481927711, 1e-14);
  const auto rho = autocorrelation(kX, 3);
  EXPECT_NEAR(rho[0], 1, 1e-15);
  EXPECT_NEAR(rho[1], 0.035835547682314756, 1e-14);
  EXPECT_NEAR(rho[2], -0.6217449069973428, 1e-14);
  EXPECT_NEAR(rho[3], -0.20126217891939763, 1e-14);
  const auto q = benjamini_hochberg(Values{0.01, 0.04, kGap, 0.03, 0.2, 0.005, 0.9});
  const Values expected{0.03, 0.06, kGap, 0.06, 0.24, 0.03, 0.9};
  for (std::size_t i = 0; i < q.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(q[i]));
    } else {
      EXPECT_NEAR(q[i], expected[i], 1e-14);
    }
  }
}

TEST(Correlation, PValueWithoutMemoryIsStudents) {
  // n/5 = 1 lag, and every product of neighbours of this series is 0: n_eff = n.
  const Values zero{1, 0, -1, 0, 1, 0, -1, 0};
  const auto c = lag_correlations(zero, kY, 0).front();
  EXPECT_DOUBLE_EQ(c.effective_n, 8);
  EXPECT_NEAR(c.p_value, 0.07110916305868066, 1e-12);  // scipy.stats.pearsonr
}

TEST(Correlation, RanksShareTies) {
  const auto r = ranks(Values{5, kGap, 1, 5, 7});
  EXPECT_EQ(r[0], 2.5);
  EXPECT_TRUE(std::isnan(r[1]));
  EXPECT_EQ(r[2], 1);
  EXPECT_EQ(r[3], 2.5);
  EXPECT_EQ(r[4], 4);
}

TEST(Correlation, LagIsFoundAndGapsAreLeftOut) {
  const Values x = ar1(0.3, 400, 1);
  Values y(x.size(), kGap);
  for (std::size_t t = 3; t < y.size(); ++t) y[t] = 2 * x[t - 3] + 1;
  y[50] = kGap;
  const auto c = lag_correlations(x, y, 5);
  EXPECT_NEAR(c[3].r, 1, 1e-12);
  EXPECT_EQ(c[3].n, 396U);
  EXPECT_LT(std::abs(c[0].r), 0.2);
}

TEST(Correlation, UndefinedIsNaN) {
  const Values constant(8, 0.1);
  EXPECT_TRUE(std::isnan(lag_correlations(constant, kY, 0)[0].p_value));
  EXPECT_TRUE(std::isnan(autocorrelation(constant, 1)[0]));
  EXPECT_TRUE(std::isnan(effective_count(constant)));
  EXPECT_TRUE(std::isnan(effective_count(Values{})));
  EXPECT_TRUE(std::isnan(effective_count(Values{1})));
  const auto beyond = lag_correlations(kX, kY, 9);
  EXPECT_EQ(beyond[9].n, 0U);
  EXPECT_TRUE(std::isnan(beyond[9].r));
  EXPECT_TRUE(benjamini_hochberg(Values{}).empty());
}

TEST(EffectiveCount, OfAr1IsTheTextbookFactor) {
  // n (1 - phi) / (1 + phi) for long AR(1) series.
  const double phi = 0.8;
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) sum += effective_count(ar1(phi, 20000, seed)) / 20000;
  EXPECT_NEAR(sum / 20, (1 - phi) / (1 + phi), 0.01);
}

TEST(EffectiveCount, ThinnedSeriesIsWorthNearlyTheSame) {
  // With phi = 0.99 a value every 7th step tells nearly as much about the mean as every step.
  const Values x = ar1(0.99, 20000, 3);
  Values weekly(x.size(), kGap);
  for (std::size_t t = 0; t < x.size(); t += 7) weekly[t] = x[t];
  EXPECT_NEAR(effective_count(weekly) / effective_count(x), 1, 0.1);
}

TEST(Correlation, RejectsIndependentSeriesWithMemoryAtTheNominalRate) {
  // Plain Student's t rejects far more than 5 % of pairs of independent AR(1) series; ours does not.
  int plain = 0;
  int ours = 0;
  const int trials = 400;
  for (int i = 0; i < trials; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    const auto c = lag_correlations(ar1(0.9, 300, 1000 + seed), ar1(0.9, 300, 2000 + seed), 0).front();
    ours += c.p_value < 0.05;
    plain += std::abs(c.r) > 0.113;  // critical r at n = 300
  }
  EXPECT_GT(plain, trials / 3);
  EXPECT_LT(ours, trials / 10);
  EXPECT_GT(ours, trials / 100);
}

TEST(Correlation, SameWhateverTheThreads) {
  const Values a = ar1(0.5, 500, 7);
  const Values b = ar1(0.9, 500, 8);
  const std::vector<Series> x{a, b};
  const int before = core::thread_count();
  core::set_thread_count(1);
  const auto one = lag_correlation_table(x, x, 4, CorrelationKind::spearman);
  core::set_thread_count(3);
  const auto three = lag_correlation_table(x, x, 4, CorrelationKind::spearman);
  core::set_thread_count(before);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].r, three[i].r);
    EXPECT_EQ(one[i].p_value, three[i].p_value);
  }
  EXPECT_NEAR(one[0].r, 1, 1e-12);
}

}  // namespace
}  // namespace phreatic::stats
