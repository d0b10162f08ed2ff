// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/permutation_entropy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

double bits_of(const Values& shares) {
  double h = 0;
  for (const double p : shares) h -= p * std::log2(p);
  return h;
}

TEST(PermutationEntropy, ExampleOfBandtAndPompe) {
  // bandt2002: the series 4 7 9 10 6 11 3 has H(2) = 0.918 and H(3) = 1.522.
  const Values x{4, 7, 9, 10, 6, 11, 3};
  const auto two = permutation_entropy(x, {.order = 2});
  EXPECT_NEAR(two.bits, bits_of({4.0 / 6, 2.0 / 6}), 1e-14);
  EXPECT_NEAR(two.bits, 0.918, 5e-4);
  EXPECT_DOUBLE_EQ(two.shares[0], 4.0 / 6);  // rising
  const auto three = permutation_entropy(x, {.order = 3});
  EXPECT_NEAR(three.bits, 1.522, 5e-4);
  EXPECT_EQ(three.windows, 5U);
  EXPECT_NEAR(three.normalised, three.bits / std::log2(6.0), 1e-14);
}

TEST(PermutationEntropy, TiesRankByTime) {
  // 1 1 is rising; a constant series has one pattern only.
  EXPECT_EQ(permutation_entropy(Values{1, 1, 0}, {.order = 2}).shares[0], 0.5);
  EXPECT_EQ(permutation_entropy(Values(9, 3.0), {.order = 3}).bits, 0);
}

TEST(PermutationEntropy, DelayAndGaps) {
  const Values x{1, 9, 2, 8, 3, kGap, 4};
  // Delay 2: windows (1 2 3), (9 8 gap), (2 3 4).
  const auto h = permutation_entropy(x, {.order = 3, .delay = 2});
  EXPECT_EQ(h.windows, 2U);
  EXPECT_EQ(h.bits, 0);
  const auto none = permutation_entropy(x, {.order = 8});
  EXPECT_TRUE(std::isnan(none.bits));
  EXPECT_TRUE(none.transitions.empty());
  EXPECT_TRUE(std::isnan(permutation_entropy(Values{}, {}).bits));
}

TEST(PermutationEntropy, WeightedByHand) {
  // Windows of 2: (0 1) var 0.25, (1 3) var 1, (3 2) var 0.25: rising 1.25/1.5, falling 0.25/1.5.
  const auto h = permutation_entropy(Values{0, 1, 3, 2}, {.order = 2, .weighted = true});
  EXPECT_NEAR(h.bits, bits_of({1.25 / 1.5, 0.25 / 1.5}), 1e-14);
  EXPECT_TRUE(std::isnan(permutation_entropy(Values(5, 2.0), {.order = 2, .weighted = true}).bits));
}

TEST(PermutationEntropy, TransitionsByHand) {
  // Patterns: up up down up. From up: up, down; from down: up.
  const auto h = permutation_entropy(Values{1, 2, 3, 0, 5}, {.order = 2});
  EXPECT_DOUBLE_EQ(h.transitions[0], 0.5);
  EXPECT_DOUBLE_EQ(h.transitions[1], 0.5);
  EXPECT_DOUBLE_EQ(h.transitions[2], 1);
  EXPECT_DOUBLE_EQ(h.transitions[3], 0);
  EXPECT_TRUE(std::isnan(permutation_entropy(Values{1, 2, 3}, {.order = 2}).transitions[3]));
}

TEST(PermutationEntropy, WhiteNoiseFillsAllPatterns) {
  core::RandomStream random(2, "white");
  Values x(50000);
  for (double& v : x) v = random.normal();
  for (const bool weighted : {false, true}) {
    EXPECT_GT(permutation_entropy(x, {.order = 4, .weighted = weighted}).normalised, 0.999);
  }
}

TEST(PermutationEntropy, PatternsAreNumberedAsTheShares) {
  const auto patterns = ordinal_patterns(3);
  ASSERT_EQ(patterns.size(), 6U);
  for (std::size_t p = 0; p < patterns.size(); ++p) {
    Values x(3);
    for (int rank = 0; rank < 3; ++rank)
      x[static_cast<std::size_t>(patterns[p][static_cast<std::size_t>(rank)])] = rank;
    EXPECT_EQ(permutation_entropy(x, {.order = 3}).shares[p], 1);
  }
}

// tests/reference/stats/entropy.py: antropy (bits, normalised) and ordpy (weighted).
TEST(PermutationEntropy, AgreesWithAntropyAndOrdpy) {
  Values x;
  for (int i = 0; i < 400; ++i)
    x.push_back(std::round(1e6 * (std::sin(0.37 * i) + 0.6 * std::sin(1.9 * i * i) + 0.002 * i)) / 1e6);
  struct Case {
    int order, delay;
    double bits, normalised, weighted;
  };
  for (const Case& c : {Case{3, 1, 2.5822800847964817, 0.9989622998693691, 0.9604289589993743},
                        Case{4, 2, 4.201175710638578, 0.9162944538756396, 0.817449986342536},
                        Case{5, 3, 5.620785162587502, 0.813793860606575, 0.781009697276216},
                        Case{6, 1, 7.477042223516503, 0.7877326110754641, 0.7382290925887961}}) {
    const auto h = permutation_entropy(x, {.order = c.order, .delay = c.delay});
    EXPECT_NEAR(h.bits, c.bits, 1e-12);
    EXPECT_NEAR(h.normalised, c.normalised, 1e-12);
    const auto w = permutation_entropy(x, {.order = c.order, .delay = c.delay, .weighted = true});
    EXPECT_NEAR(w.normalised, c.weighted, 1e-12);
  }
}

}  // namespace
}  // namespace phreatic::stats
