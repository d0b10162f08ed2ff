// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "phreatic/core/random.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/forest.hpp"
#include "phreatic/trees/training/library.hpp"
#include "phreatic/trees/training/train.hpp"

namespace phreatic::trees {
namespace {

struct Problem {
  Table table;
  std::vector<double> target;
};

// y = 3 a b + noise, and a feature that says nothing.
Problem product(std::size_t rows) {
  core::RandomStream random(5, "product");
  Problem out;
  out.table.names = {"a", "b", "idle"};
  out.table.rows = rows;
  for (std::size_t r = 0; r < rows; ++r) {
    const double a = random.uniform(), b = random.uniform(), idle = random.uniform();
    for (const double v : {a, b, idle}) out.table.values.push_back(static_cast<float>(v));
    out.target.push_back(3 * a * b + 0.02 * random.normal());
  }
  return out;
}

class TrainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!xgboost_available())
      GTEST_SKIP()
          << "libxgboost is not there: tools/setup puts it into .venv, PHREATIC_XGBOOST names another";
  }
  core::Log log{true};
  core::Context context{log, false};
};

TEST_F(TrainTest, ATrainedBoosterPredictsRowsItHasNotSeen) {
  const Problem p = product(600), fresh = product(900);
  const Booster b = train(p.table, p.target, {.n_estimators = 200, .max_depth = 4}, context);
  EXPECT_EQ(b.feature_names, p.table.names);
  EXPECT_EQ(b.trees.size(), 200U);
  const std::vector<float> y = predict(b, fresh.table);
  double error = 0, spread = 0;
  const double mean = std::accumulate(fresh.target.begin(), fresh.target.end(), 0.0) / 900;
  for (std::size_t r = 600; r < 900; ++r) {
    error += std::pow(fresh.target[r] - y[r], 2);
    spread += std::pow(fresh.target[r] - mean, 2);
  }
  EXPECT_GT(1 - error / spread, 0.97);
}

TEST_F(TrainTest, OurEvaluationGivesWhatTheLibraryPredicts) {
  const Problem p = product(300);
  std::vector<std::size_t> learn(300), ask{0, 5, 17, 200};
  std::iota(learn.begin(), learn.end(), std::size_t{0});
  const TrainParams params{.n_estimators = 50, .subsample = 0.7, .colsample_bytree = 0.7, .seed = 4};
  const std::vector<float> theirs = fit_and_predict(p.table, p.target, learn, ask, params).predictions;
  const std::vector<float> ours = predict(train(p.table, p.target, params, context), p.table);
  for (std::size_t i = 0; i < ask.size(); ++i)
    EXPECT_NEAR(ours[ask[i]], theirs[i], 1e-6 * std::abs(theirs[i]));
}

TEST_F(TrainTest, TheSameSeedGivesTheSameModelByteForByte) {
  const Problem p = product(200);
  const TrainParams params{.n_estimators = 20, .subsample = 0.5, .seed = 11};
  EXPECT_EQ(to_ubjson_model(train(p.table, p.target, params, context)),
            to_ubjson_model(train(p.table, p.target, params, context)));
}

TEST_F(TrainTest, TargetsThatAnObjectiveDoesNotAllowAreTold) {
  Problem p = product(50);
  p.target[7] = -1;
  try {
    train(p.table, p.target, {.objective = "reg:tweedie"}, context);
    FAIL() << "accepted";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("row 8"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace phreatic::trees
