// SPDX-License-Identifier: BSD-3-Clause
// GWR against mgwr (tests/reference/stats/gwr.py); OLS against the printed coefficients of the PM2.5 data and exact cases.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/stats/regression/gaussian_process.hpp"
#include "phreatic/stats/regression/gwr.hpp"
#include "phreatic/stats/regression/ols.hpp"

namespace phreatic::stats {
namespace {

using Doubles = std::vector<double>;

TEST(Ols, FindsAnExactPlaneAndNamesColumnsThatDepend) {
  const Doubles x{0, 1, 1, 0, 2, 5, 3, 1, -1, 2};
  Doubles y;
  for (std::size_t i = 0; i < 5; ++i) y.push_back(2 * x[2 * i] - 3 * x[2 * i + 1] + 4);
  const OlsFit fit = ols(x, y, 2);
  ASSERT_TRUE(fit.solved);
  EXPECT_NEAR(fit.coefficients[0], 2, 1e-12);
  EXPECT_NEAR(fit.coefficients[1], -3, 1e-12);
  EXPECT_NEAR(fit.coefficients[2], 4, 1e-12);
  EXPECT_NEAR(fit.rss, 0, 1e-20);
  const OlsFit constant = ols(Doubles{1, 7, 2, 7, 3, 7, 4, 7}, Doubles{1, 2, 3, 5}, 2);
  EXPECT_FALSE(constant.solved);
  EXPECT_EQ(constant.constant, std::vector<std::size_t>{1});
  const OlsFit twice = ols(Doubles{1, 3, 2, 5, 3, 7, 5, 11}, Doubles{1, 2, 3, 5}, 2);
  EXPECT_FALSE(twice.solved);
  EXPECT_EQ(twice.dependent, std::vector<std::size_t>{1});
}

// y = 2a + 1 with b = 2a + 1 and a constant column: in units of their spread a and b get the same slope, so that half of
// the effect is b's.
TEST(Ols, SharesAnEffectBetweenColumnsThatDependOnEachOther) {
  const OlsFit fit = ols(Columns{{1, 2, 3, 5}, {3, 5, 7, 11}, {4, 4, 4, 4}}, Doubles{3, 5, 7, 11});
  EXPECT_FALSE(fit.solved);
  EXPECT_TRUE(fit.inverse.empty());
  EXPECT_NEAR(fit.coefficients[0], 1, 1e-12);
  EXPECT_NEAR(fit.coefficients[1], 0.5, 1e-12);
  EXPECT_EQ(fit.coefficients[2], 0);
  EXPECT_NEAR(fit.coefficients[3], 0.5, 1e-12);
  EXPECT_NEAR(fit.rss, 0, 1e-20);
}

// Means and likelihood against the equations solved by hand for three points; the lengths found for a draw of the process.
TEST(GaussianProcess, HasTheMeanAndLikelihoodOfItsEquations) {
  const Doubles x{0, 1, 3}, y{1, 2, -1}, length{2};
  const std::size_t groups[] = {1};
  const GaussianProcess gp =
      fit_gaussian_process(x, groups, y, length, 1);  // one evaluation: parameters of the start
  ASSERT_TRUE(gp.solved);
  const double s = gp.signal * gp.signal, n = gp.noise * gp.noise, l = gp.lengths[0];
  const auto k = [&](double a, double b) {
    return s * std::exp(-std::abs(a - b) / l) + (a == b ? n + 1e-10 * s : 0);
  };
  const double a = k(0, 0), b = k(0, 1), c = k(0, 3), d = k(1, 3);
  const double det = a * (a * a - d * d) - b * (b * a - c * d) + c * (b * d - c * a);
  // Cramer's rule
  const auto solve = [&](double p, double q, double r) {
    return Doubles{(p * (a * a - d * d) - b * (q * a - r * d) + c * (q * d - r * a)) / det,
                   (a * (q * a - r * d) - p * (b * a - c * d) + c * (b * r - c * q)) / det,
                   (a * (a * r - d * q) - b * (b * r - c * q) + p * (b * d - c * a)) / det};
  };
  const Doubles w = solve(1, 2, -1);
  const double mean = w[0] * s * std::exp(-2 / l) + w[1] * s * std::exp(-1 / l) + w[2] * s * std::exp(-1 / l);
  EXPECT_NEAR(gaussian_process_mean(gp, Doubles{2})[0], mean, 1e-9);
  const double likelihood =
      -0.5 * (w[0] + 2 * w[1] - w[2]) - 0.5 * std::log(det) - 1.5 * std::log(2 * 3.14159265358979);
  EXPECT_NEAR(gp.log_likelihood, likelihood, 1e-9);
}

TEST(GaussianProcess, FollowsASmoothFunctionAndCallsTheRestNoise) {
  Doubles x, y;
  std::uint64_t state = 3;
  for (int i = 0; i < 120; ++i) {
    state = (1103515245 * state + 12345) % (1ULL << 31U);
    x.push_back(0.1 * i);
    y.push_back(3 * std::sin(0.1 * i) + static_cast<double>(state) / static_cast<double>(1ULL << 31U) - 0.5);
  }
  const std::size_t groups[] = {1};
  const GaussianProcess gp = fit_gaussian_process(x, groups, y, Doubles{1});
  ASSERT_TRUE(gp.solved);
  EXPECT_GT(gp.noise, 0.1);  // of the noise, sqrt(1/12) = 0.29, the rough kernel takes a part for itself
  EXPECT_LT(gp.noise, 0.35);
  double errors = 0;
  for (int i = 0; i < 100; ++i)
    errors +=
        std::pow(gaussian_process_mean(gp, Doubles{0.1 * i + 0.05})[0] - 3 * std::sin(0.1 * i + 0.05), 2) /
        100;
  EXPECT_LT(std::sqrt(errors), 0.2);
}

TEST(Gwr, AgreesWithMgwr) {
  const auto j = nlohmann::json::parse(core::read_file("tests/reference/stats/gwr.json"));
  const auto x = j.at("x").get<Doubles>();
  const auto y = j.at("y").get<Doubles>();
  const auto covariates = j.at("covariates").get<Doubles>();
  const auto target = j.at("target").get<Doubles>();
  for (const std::string kernel : {"bisquare", "gaussian"}) {
    for (const std::string way : {"fixed", "chosen"}) {
      const auto& peer = j.at(kernel + " " + way);
      GwrParams params;
      params.kernel = kernel == "bisquare" ? GwrKernel::bisquare : GwrKernel::gaussian;
      params.neighbours = peer.at("neighbours").get<int>();
      const GwrFit fit = gwr({x, y, {}, covariates, target, 2}, params);
      ASSERT_TRUE(fit.solved);
      EXPECT_EQ(fit.neighbours, peer.at("neighbours").get<std::size_t>()) << kernel << " " << way;
      EXPECT_NEAR(fit.aicc, peer.at("aicc").get<double>(), 1e-6);
      EXPECT_NEAR(fit.trace, peer.at("trace").get<double>(), 1e-8);
      EXPECT_NEAR(fit.rss, peer.at("rss").get<double>(), 1e-8);
      const auto coefficients = peer.at("coefficients").get<Doubles>();
      const auto errors = peer.at("errors").get<Doubles>();
      for (std::size_t i = 0; i < coefficients.size(); ++i) {
        EXPECT_NEAR(fit.coefficients[i], coefficients[i], 1e-9);
        EXPECT_NEAR(fit.standard_errors[i], errors[i], 1e-9);
      }
      const Doubles there = gwr_coefficients(fit, x[2], y[2], 0);
      for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(there[k], coefficients[6 + k], 1e-9);
    }
  }
}

TEST(Gwr, ChoosesABandwidthAtLeastAsGoodAsMgwrs) {
  const auto j = nlohmann::json::parse(core::read_file("tests/reference/stats/gwr.json"));
  const auto x = j.at("x").get<Doubles>();
  const auto y = j.at("y").get<Doubles>();
  const auto covariates = j.at("covariates").get<Doubles>();
  const auto target = j.at("target").get<Doubles>();
  const GwrFit bisquare = gwr({x, y, {}, covariates, target, 2}, {});
  EXPECT_EQ(bisquare.neighbours, j.at("bisquare chosen").at("neighbours").get<std::size_t>());
  const GwrFit gaussian = gwr({x, y, {}, covariates, target, 2}, {.kernel = GwrKernel::gaussian});
  EXPECT_LE(gaussian.aicc, j.at("gaussian chosen").at("aicc").get<double>());  // mgwr stops one row short
}

TEST(Gwr, UnitsOfCovariatesDoNotMatter) {
  const auto j = nlohmann::json::parse(core::read_file("tests/reference/stats/gwr.json"));
  const auto x = j.at("x").get<Doubles>();
  const auto y = j.at("y").get<Doubles>();
  const auto target = j.at("target").get<Doubles>();
  auto covariates = j.at("covariates").get<Doubles>();
  const GwrFit before = gwr({x, y, {}, covariates, target, 2}, {.neighbours = 40});
  for (std::size_t i = 0; i < covariates.size(); ++i) covariates[i] *= i % 2 == 0 ? 1e-6 : 1e5;
  const GwrFit after = gwr({x, y, {}, covariates, target, 2}, {.neighbours = 40});
  ASSERT_TRUE(after.solved);
  EXPECT_NEAR(after.aicc, before.aicc, 1e-6);
}

TEST(Gwr, InSpaceAndTimeFindsAChangeInTimeThatGwrMisses) {
  Doubles x, y, t, z, target;
  for (int i = 0; i < 200; ++i) {
    x.push_back(i * 37 % 100);
    y.push_back(i * 61 % 100);
    t.push_back(i);
    z.push_back(std::sin(i * 1.7));
    target.push_back((i / 100.0) * z.back());
  }
  const GwrFit space = gwr({x, y, {}, z, target, 1}, {});
  const GwrFit both = gwr({x, y, t, z, target, 1}, {});
  ASSERT_TRUE(space.solved && both.solved);
  EXPECT_LT(both.rss, 0.05 * space.rss);
}

TEST(Gwr, FewerRowsThanCoefficientsIsAStatus) {
  EXPECT_FALSE(
      gwr({Doubles{1, 2, 3}, Doubles{1, 2, 3}, {}, Doubles{1, 2, 3}, Doubles{1, 2, 3}, 1}, {}).solved);
}

}  // namespace
}  // namespace phreatic::stats
