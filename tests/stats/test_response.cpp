// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/response.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/baselines/degree_day.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

TEST(BlockResponse, IsTheDifferenceOfTheStepResponse) {
  for (const double n : {0.1, 0.7, 1.0, 1.9, 5.0}) {
    for (const double a : {0.05, 0.9, 2.5, 30.0, 700.0}) {
      const auto block = block_response(n, a, 6000);
      for (std::size_t k = 0; k < block.size(); k += k < 100 ? 1 : 37) {
        const auto t = static_cast<double>(k);
        EXPECT_NEAR(block[k], gamma_p(n, (t + 1) / a) - gamma_p(n, t / a), 1e-9) << n << ' ' << a << ' ' << k;
      }
    }
  }
}

TEST(BlockResponse, SumsToTheStepResponse) {
  for (const double n : {0.3, 1.0, 3.0}) {
    const auto block = block_response(n, 40, 3000);
    EXPECT_NEAR(std::accumulate(block.begin(), block.end(), 0.0), gamma_p(n, 3000.0 / 40), 1e-7);
  }
}

TEST(Convolver, AgreesWithTheSum) {
  core::RandomStream random(1, "convolution");
  for (const std::size_t steps : {1UL, 2UL, 7UL, 300UL}) {
    std::vector<double> x(steps);
    std::vector<double> z(steps);
    for (double& v : x) v = random.normal();
    for (double& v : z) v = random.normal();
    const auto block = block_response(1.5, 20, steps);
    Convolver convolver(steps);
    convolver.add(z);
    const std::vector<std::size_t> both{0, convolver.add(z)};
    convolver.replace(1, x);
    const auto y = convolver.convolve(block, both);
    for (std::size_t t = 0; t < steps; ++t) {
      double of_x = 0;
      double of_z = 0;
      for (std::size_t k = 0; k <= t; ++k) {
        of_x += block[k] * x[t - k];
        of_z += block[k] * z[t - k];
      }
      EXPECT_NEAR(y[1][t], of_x, 1e-13);
      EXPECT_NEAR(y[0][t], of_z, 1e-13);
    }
  }
}

TEST(DegreeDay, StoresMeltsAndKeepsTheBalance) {
  // 10 mm of snow on a cold day, then 2 degC: 6 mm melt on the first day, the last 4 on the second.
  const auto water =
      rain_and_melt(std::vector<double>{10, 0, 0, 5}, std::vector<double>{-5, 2, 2, 5}, {3, 0}, 1);
  EXPECT_EQ(water, (std::vector<double>{0, 6, 4, 5}));
  // At the threshold half of it falls as snow.
  EXPECT_EQ(rain_and_melt(std::vector<double>{8}, std::vector<double>{0}, {3, 0}, 1)[0], 4);

  core::RandomStream random(2, "snow");
  std::vector<double> rain(1000);
  std::vector<double> temperature(1000);
  for (std::size_t t = 0; t < 1000; ++t) {
    rain[t] = random.gamma(0.3, 8);
    temperature[t] = t > 900 ? 15 : 4 * random.normal();  // warm at the end, so that no snow is left
  }
  for (const double step_days : {1.0, 7.0}) {
    const auto out = rain_and_melt(rain, temperature, {2.5, 0.5}, step_days);
    const double in = std::accumulate(rain.begin(), rain.end(), 0.0);
    EXPECT_NEAR(std::accumulate(out.begin(), out.end(), 0.0) / in, 1, 1e-12);
    EXPECT_GE(*std::min_element(out.begin(), out.end()), 0);
  }
}

// tests/reference/stats/pastas_flex.py
TEST(DegreeDay, SplitsRainAndMeltAsPastas) {
  std::vector<double> rain, temperature;
  for (int i = 0; i < 60; ++i) {
    rain.push_back(i % 3 == 0 ? (7 * i) % 23 : 0);
    temperature.push_back(i < 45 ? 4 * std::sin(i / 4.0) - 1 : 8);
  }
  const RainAndMelt parts = split_rain_and_melt(rain, temperature, {2.5, 0}, 1);
  const std::vector<double> rain_from_27{5, 0, 0, 3, 0, 0, 1, 0, 0};
  const std::vector<double> melt_from_26{0,           2.000440738, 4.069865987, 5.73080879,  6.879999768,
                                         7.445987791, 7.393582434, 6.726038039, 5.484577594, 3.739474416};
  for (std::size_t k = 0; k < rain_from_27.size(); ++k) EXPECT_EQ(parts.rain[27 + k], rain_from_27[k]) << k;
  for (std::size_t k = 0; k < melt_from_26.size(); ++k)
    EXPECT_NEAR(parts.melt[26 + k], melt_from_26[k], 1e-8) << k;
  // Nothing is lost, at any step.
  for (const double step_days : {1.0, 7.0}) {
    const RainAndMelt all = split_rain_and_melt(rain, temperature, {2.5, 0}, step_days);
    const double in = std::accumulate(rain.begin(), rain.end(), 0.0);
    const double out = std::accumulate(all.rain.begin(), all.rain.end(), 0.0) +
                       std::accumulate(all.melt.begin(), all.melt.end(), 0.0);
    EXPECT_NEAR(out / in, 1, 1e-3);
  }
}

}  // namespace
}  // namespace phreatic::stats
