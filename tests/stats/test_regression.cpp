// SPDX-License-Identifier: BSD-3-Clause
// GWR against mgwr (tests/reference/stats/gwr.py); OLS against the printed coefficients of the PM2.5 data and exact cases.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/files.hpp"
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
