// SPDX-License-Identifier: BSD-3-Clause
// SSVAER against torch's automatic differentiation (tests/reference/learn/ssvaer_fixture.py) and made data.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/ssvaer/network.hpp"

namespace phreatic::learn {
namespace {

using Json = nlohmann::json;

Matrix matrix(const Json& values, Eigen::Index rows) {
  Matrix out(rows, static_cast<Eigen::Index>(values.size()) / rows);
  for (std::size_t i = 0; i < values.size(); ++i)
    out.data()[i] = values[i].is_null() ? std::numeric_limits<double>::quiet_NaN() : values[i].get<double>();
  return out;
}

void expect_near(const Matrix& ours, const Json& theirs, const std::string& what) {
  ASSERT_EQ(static_cast<std::size_t>(ours.size()), theirs.size()) << what;
  for (Eigen::Index i = 0; i < ours.size(); ++i) {
    const double value = theirs[static_cast<std::size_t>(i)];
    EXPECT_NEAR(ours.data()[i], value, 1e-9 * (1 + std::abs(value))) << what << " " << i;
  }
}

TEST(Ssvaer, LossesAndGradientsAreThoseOfAutomaticDifferentiation) {
  const Json all = Json::parse(core::read_file("tests/reference/learn/ssvaer.json"));
  SsvaerParams params;
  params.share = all.at("share").get<std::vector<int>>();
  params.hidden = all.at("hidden");
  params.latent = all.at("latent");
  params.decoder = all.at("decoder").get<std::vector<int>>();
  params.divergence_weight = all.at("weight");
  params.unlabelled_weight = 1;
  const Eigen::Index rows = all.at("rows");
  for (const Json& j : all.at("cases")) {
    params.unlabelled = j.at("entropy") ? UnlabelledLoss::entropy : UnlabelledLoss::divergence;
    SsvaerNetwork network(params, all.at("covariates"), j.at("ordered"));
    const auto parts = network.parts();
    for (std::size_t p = 0; p < parts.size(); ++p) {
      ASSERT_EQ(parts[p]->layers.size(), j.at("parts")[p].size());
      for (std::size_t l = 0; l < parts[p]->layers.size(); ++l) {
        auto& layer = parts[p]->layers[l];
        layer.w = matrix(j.at("parts")[p][l].at("w"), layer.w.rows());
        layer.b = matrix(j.at("parts")[p][l].at("b"), 1);
      }
    }
    SsvaerBatch batch{matrix(j.at("x"), rows), matrix(j.at("y"), rows)};
    if (j.at("ordered")) batch.has_next = j.at("has_next").get<std::vector<int>>();
    batch.x_next = matrix(j.at("x_next"), rows);
    batch.e_z = matrix(j.at("e_z"), rows);
    batch.e_y = matrix(j.at("e_y"), rows);
    batch.e_g = matrix(j.at("e_g"), rows);
    batch.e_next = matrix(j.at("e_next"), rows);
    const SsvaerLoss loss = network.loss(batch, true);
    EXPECT_NEAR(loss.reconstruction, j.at("loss")[0].get<double>(), 1e-9);
    EXPECT_NEAR(loss.divergence, j.at("loss")[1].get<double>(), 1e-9);
    EXPECT_NEAR(loss.labelled, j.at("loss")[2].get<double>(), 1e-9);
    EXPECT_NEAR(loss.unlabelled, j.at("loss")[3].get<double>(), 1e-9);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (std::size_t l = 0; l < parts[p]->layers.size(); ++l) {
        expect_near(parts[p]->layers[l].dw, j.at("parts")[p][l].at("dw"),
                    "weights of part " + std::to_string(p));
        expect_near(parts[p]->layers[l].db, j.at("parts")[p][l].at("db"),
                    "biases of part " + std::to_string(p));
      }
    }
    const auto [mu, log_s] = network.predict(batch.x);
    expect_near(mu, j.at("mu_y"), "mean");
    expect_near(log_s, j.at("log_y"), "logarithm of the variance");
  }
}

// y = sin(x1) + x2 with noise of standard deviation 0.1; two of three rows have no target.
SsvaerRows made_rows(std::size_t count, std::uint64_t which, bool all_labelled) {
  SsvaerRows out;
  core::RandomStream random(8, "ssvaer test", which);
  out.rows = count;
  out.covariates = 3;
  for (std::size_t i = 0; i < count; ++i) {
    const double a = random.normal(), b = random.normal();
    out.x.insert(out.x.end(), {a, b, 5.0});
    const double y = 10 + std::sin(a) + b + 0.1 * random.normal();
    out.y.push_back(all_labelled || i % 3 == 0 ? y : std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

core::Log& silent() {
  static core::Log log(true);
  return log;
}

TEST(Ssvaer, LearnsACurveFromAThirdOfTheRowsAndKnowsItsError) {
  core::Context context{silent(), false};
  const SsvaerRows training = made_rows(900, 1, false), validation = made_rows(200, 2, true),
                   test = made_rows(300, 3, true);
  SsvaerParams params;
  params.epochs = 200;
  params.batch_size = 100;
  const SsvaerModel model = fit_ssvaer(training, validation, params, context);
  const SsvaerPrediction p = predict(model, test.x);
  double errors = 0, variance = 0, inside = 0;
  for (std::size_t i = 0; i < test.rows; ++i) {
    errors += std::pow(p.value[i] - test.y[i], 2) / 300;
    variance += std::pow(test.y[i] - 10, 2) / 300;
    inside += std::abs(p.value[i] - test.y[i]) <= 1.645 * p.sd[i] ? 1.0 / 300 : 0;
  }
  EXPECT_LT(errors, 0.1 * variance);
  EXPECT_GT(inside, 0.8);
  EXPECT_LT(inside, 0.99);
}

TEST(Ssvaer, IsTheSameForOneAndTwoThreads) {
  core::Context context{silent(), false};
  const SsvaerRows training = made_rows(120, 1, false), validation = made_rows(40, 2, true);
  SsvaerParams params;
  params.epochs = 5;
  core::set_thread_count(1);
  const auto one = predict(fit_ssvaer(training, validation, params, context), training.x);
  core::set_thread_count(2);
  const auto two = predict(fit_ssvaer(training, validation, params, context), training.x);
  EXPECT_EQ(one.value, two.value);
  EXPECT_EQ(one.sd, two.sd);
}

TEST(Ssvaer, BadInputIsNamed) {
  core::Context context{silent(), false};
  const SsvaerRows good = made_rows(120, 1, false), validation = made_rows(40, 2, true);
  const auto message = [&](const SsvaerRows& rows) -> std::string {
    try {
      fit_ssvaer(rows, validation, {}, context);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  SsvaerRows bad = good;
  bad.x[4] = std::numeric_limits<double>::infinity();
  EXPECT_NE(message(bad).find("row 2"), std::string::npos);
  bad = made_rows(30, 1, false);
  EXPECT_NE(message(bad).find("has 10 rows with a target"), std::string::npos);
  bad = good;
  for (double& y : bad.y) y = std::isnan(y) ? y : 3.0;
  EXPECT_NE(message(bad).find("has the target 3 in every row"), std::string::npos);
}

}  // namespace
}  // namespace phreatic::learn
