// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "phreatic/core/random.hpp"

namespace phreatic::core {
namespace {

// Known-answer vectors published with Random123 (Salmon et al. 2011): philox4x32-10.
TEST(Random, PhiloxMeetsThePublishedVectors) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, StreamsDependOnEveryPartOfTheKey) {
  std::set<double> first;
  first.insert(RandomStream(1, "a").uniform());
  first.insert(RandomStream(2, "a").uniform());
  first.insert(RandomStream(1, "b").uniform());
  first.insert(RandomStream(1, "a", 1).uniform());
  first.insert(RandomStream(1, "a", 0, 1).uniform());
  EXPECT_EQ(first.size(), 5U);
  EXPECT_EQ(RandomStream(1, "a", 2, 3).uniform(), RandomStream(1, "a", 2, 3).uniform());
}

TEST(Random, MomentsOfTheDistributions) {
  RandomStream stream(7, "moments");
  constexpr int n = 200000;
  double sum_u = 0;
  double sum_n = 0;
  double sum_n2 = 0;
  double sum_g = 0;
  double sum_g2 = 0;
  for (int i = 0; i < n; ++i) {
    sum_u += stream.uniform();
    const double z = stream.normal();
    sum_n += z;
    sum_n2 += z * z;
    const double g = stream.gamma(0.7, 3.0);
    sum_g += g;
    sum_g2 += g * g;
  }
  EXPECT_NEAR(sum_u / n, 0.5, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(sum_n / n, 0.0, 5 / std::sqrt(n));
  EXPECT_NEAR(sum_n2 / n, 1.0, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(sum_g / n, 2.1, 5 * std::sqrt(6.3 / n));
  EXPECT_NEAR(sum_g2 / n - std::pow(sum_g / n, 2), 6.3, 0.3);
}

TEST(Random, PermutationHoldsEveryIndexOnce) {
  std::vector<std::size_t> order = RandomStream(3, "shuffle").permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace phreatic::core
