// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <vector>

#include "phreatic/stats/designs/latin_hypercube.hpp"
#include "phreatic/stats/designs/orthogonal_array.hpp"

namespace phreatic::stats {
namespace {

TEST(LatinHypercube, HasOnePointInEveryStratumOfEveryAxis) {
  constexpr std::size_t n = 37;
  const auto points = latin_hypercube(n, 3, 5, "test");
  for (std::size_t d = 0; d < 3; ++d) {
    std::vector<int> count(n, 0);
    for (std::size_t i = 0; i < n; ++i) ++count[static_cast<std::size_t>(points[3 * i + d] * n)];
    EXPECT_EQ(count, std::vector<int>(n, 1));
  }
  EXPECT_EQ(points, latin_hypercube(n, 3, 5, "test"));
  EXPECT_NE(points, latin_hypercube(n, 3, 6, "test"));
}

TEST(OrthogonalArray, OfTwoFactorsHasEveryPairOnce) {
  const auto array = two_factor_array(24, 30, 1, "places");
  EXPECT_EQ(array.runs, 720U);
  EXPECT_EQ(pair_index(array, 0, 1), 1U);
}

TEST(OrthogonalArray, OfBoseHasStrengthTwoInEveryPairOfFactors) {
  for (const std::size_t p : {2, 3, 5, 7}) {
    const auto array = bose_array(p, p + 1, 3, "bose");
    EXPECT_EQ(array.runs, p * p);
    for (std::size_t a = 0; a < array.factors; ++a) {
      for (std::size_t b = 0; b < a; ++b)
        EXPECT_EQ(pair_index(array, a, b), 1U) << p << ": " << a << ", " << b;
    }
  }
}

TEST(OrthogonalArray, TellsWhenPairsAreUneven) {
  auto array = two_factor_array(3, 4, 1, "places");
  array.level[0] = (array.level[0] + 1) % 3;
  EXPECT_EQ(pair_index(array, 0, 1), 0U);
}

TEST(SquareStrata, AreNearlySquareAndUseAlmostAllPoints) {
  const Strata seed = square_strata(720, 24, 30);
  EXPECT_EQ(seed.rows, 24U);
  EXPECT_EQ(seed.columns, 30U);
  const Strata prime = square_strata(101, 1, 1);
  EXPECT_GE(prime.rows * prime.columns, 91U);
  EXPECT_LE(prime.rows * prime.columns, 101U);
}

}  // namespace
}  // namespace phreatic::stats
