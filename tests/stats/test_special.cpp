// SPDX-License-Identifier: BSD-3-Clause
// Reference values: scipy, tests/reference/stats/correlation.py.
#include "phreatic/stats/special.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace phreatic::stats {
namespace {

TEST(Special, GammaAgreesWithScipy) {
  const double cases[][3] = {{0.5, 0.2, 0.47291074313446196},    {1.0, 1.0, 0.6321205588285577},
                             {2.5, 10.0, 0.9987502694369687},    {30.0, 25.0, 0.1821039159774551},
                             {0.001, 1e-05, 0.9891230446957835}, {300.0, 320.0, 0.8747500908620132}};
  for (const auto& [a, x, expected] : cases) EXPECT_NEAR(gamma_p(a, x) / expected, 1, 1e-12) << a << ' ' << x;
  EXPECT_EQ(gamma_p(2, 0), 0);
  EXPECT_EQ(gamma_p(2, INFINITY), 1);
}

TEST(Special, BetaAgreesWithScipy) {
  const double cases[][4] = {{0.5, 0.5, 0.3, 0.36901011956554536},
                             {2, 3, 0.9, 0.9963},
                             {50, 0.5, 0.99, 0.3173043978741973},
                             {0.1, 20, 0.0001, 0.5632532439852128}};
  for (const auto& [a, b, x, expected] : cases) EXPECT_NEAR(beta_i(a, b, x) / expected, 1, 1e-12) << a;
}

TEST(Special, NormalQuantileAgreesWithScipyAndInvertsTheDistribution) {
  const double cases[][2] = {{1e-12, -7.034483825301131},  {0.001, -3.090232306167813},
                             {0.025, -1.9599639845400545}, {0.3, -0.5244005127080409},
                             {0.9, 1.2815515655446004},    {0.999999, 4.753424308817087}};
  for (const auto& [p, expected] : cases) EXPECT_NEAR(normal_quantile(p) / expected, 1, 1e-12) << p;
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_EQ(normal_quantile(0), -INFINITY);
  EXPECT_EQ(normal_quantile(1), INFINITY);
  EXPECT_TRUE(std::isnan(normal_quantile(-0.1)));
  EXPECT_TRUE(std::isnan(normal_quantile(NAN)));
  for (double z = -6; z < 6; z += 0.37)
    EXPECT_NEAR(normal_quantile(normal_cdf(z)), z, 1e-6 + 1e-8 * std::abs(z));
}

TEST(Special, StudentAgreesWithScipy) {
  const double cases[][3] = {{0.0, 3, 1.0},
                             {2.0, 10, 0.07338803477074037},
                             {-1.3, 2.5, 0.3004867892707083},
                             {30.0, 7, 1.1788468880733144e-08}};
  for (const auto& [t, degrees, expected] : cases) {
    EXPECT_NEAR(student_two_sided(t, degrees) / expected, 1, 1e-11) << t;
  }
}

}  // namespace
}  // namespace phreatic::stats
