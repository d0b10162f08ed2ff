// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/distributions.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace phreatic::basin {
namespace {

TEST(Distributions, NormalCdfAtKnownPoints) {
  EXPECT_NEAR(normal_cdf(0.0), 0.5, 1e-15);
  EXPECT_NEAR(normal_cdf(1.959963984540054), 0.975, 1e-14);
  EXPECT_NEAR(normal_cdf(-8.0), 6.220960574271786e-16, 1e-28);
}

TEST(Distributions, GammaCdfInClosedForm) {
  for (const double x : {1e-3, 0.1, 0.9, 1.5, 2.0, 7.0, 40.0}) {
    EXPECT_NEAR(gamma_cdf(1.0, x), -std::expm1(-x), 1e-14);
    EXPECT_NEAR(gamma_cdf(0.5, x), std::erf(std::sqrt(x)), 1e-14);
    EXPECT_NEAR(gamma_cdf(3.0, x), 1.0 - std::exp(-x) * (1.0 + x + 0.5 * x * x), 1e-14);
  }
}

TEST(Distributions, GammaQuantileInvertsCdf) {
  for (const double shape : {0.3, 0.75, 1.0, 2.5, 20.0}) {
    for (const double p : {1e-6, 0.01, 0.3, 0.5, 0.9, 0.9999}) {
      const double x = gamma_quantile(shape, p);
      EXPECT_NEAR(gamma_cdf(shape, x), p, 1e-10 * p + 1e-14) << shape << " " << p;
    }
  }
  EXPECT_EQ(gamma_quantile(0.75, 0.0), 0.0);
  EXPECT_NEAR(gamma_quantile(1.0, 0.5), std::log(2.0), 1e-12);
}

}  // namespace
}  // namespace phreatic::basin
