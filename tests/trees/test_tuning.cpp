// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/trees/training/library.hpp"
#include "phreatic/trees/training/tuning.hpp"

namespace phreatic::trees {
namespace {

struct Rows {
  Table table;
  std::vector<double> target;
};
Rows waves(std::size_t rows) {
  core::RandomStream random(8, "waves");
  Rows out;
  out.table.names = {"a", "b", "c"};
  out.table.rows = rows;
  for (std::size_t r = 0; r < rows; ++r) {
    double v[3];
    for (double& x : v) {
      x = random.uniform();
      out.table.values.push_back(static_cast<float>(x));
    }
    out.target.push_back(std::sin(7 * v[0]) * v[1] + v[2] + 0.1 * random.normal());
  }
  return out;
}

class TuningTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!xgboost_available())
      GTEST_SKIP()
          << "libxgboost is not there: tools/setup puts it into .venv, PHREATIC_XGBOOST names another";
  }
  TuneParams small() const {
    TuneParams p;
    p.samples = 24;
    p.folds = {.folds = 5, .repeats = 2, .seed = 3};
    p.n_estimators = {10, 60};
    return p;
  }
  core::Log log{true};
  core::Context context{log, false};
};

TEST(LatinHypercube, EveryStratumOfEveryRangeIsSampledOnce) {
  TuneParams params;
  params.samples = 50;
  std::set<int> rate, sample;
  for (const TrainParams& p : latin_hypercube(params, {})) {
    rate.insert(static_cast<int>(50 * std::log(p.learning_rate / 0.01) / std::log(30.0)));
    sample.insert(static_cast<int>(50 * (p.subsample - 0.5) / 0.5));
    EXPECT_GE(p.max_depth, 2);
    EXPECT_LE(p.max_depth, 8);
  }
  EXPECT_EQ(rate.size(), 50U);
  EXPECT_EQ(sample.size(), 50U);
}

TEST(Folds, EveryRowIsPredictedOnceARepeatAndFoldsDifferInSizeByOne) {
  const Folds folds = make_folds(103, {.folds = 10, .repeats = 3});
  for (const auto& of : folds.of) {
    std::vector<int> size(10, 0);
    for (const int f : of) ++size.at(static_cast<std::size_t>(f));
    for (const int n : size) EXPECT_TRUE(n == 10 || n == 11);
  }
  EXPECT_NE(folds.of[0], folds.of[1]);
  EXPECT_THROW(make_folds(10, {.folds = 10}), core::InputError);
}

TEST_F(TuningTest, CrossValidatedPredictionsComeFromModelsThatHaveNotSeenTheRow) {
  // Targets are noise alone: a model that had seen a row would score above 0.
  Rows rows = waves(200);
  core::RandomStream random(1, "noise");
  for (double& y : rows.target) y = random.normal();
  const CrossValidation cv =
      cross_validate(rows.table, rows.target, make_folds(200, {.folds = 5, .repeats = 2}),
                     {.n_estimators = 50}, ScoreScale::target, context);
  EXPECT_LT(cv.mean, 0.05);
  EXPECT_EQ(cv.scores.size(), 10U);
  for (const auto& repeat : cv.predictions) {
    for (const double p : repeat) EXPECT_TRUE(std::isfinite(p));
  }
}

TEST_F(TuningTest, RacingTakesAPartOfTheFitsAndItsWinnerIsWithinNoiseOfTheExactOne) {
  const Rows rows = waves(150);
  TuneParams params = small();
  params.mode = "exact";
  const Tuning exact = tune(rows.table, rows.target, {}, params, ScoreScale::target, "", context);
  params.mode = "racing";
  const Tuning raced = tune(rows.table, rows.target, {}, params, ScoreScale::target, "", context);
  EXPECT_EQ(exact.fits, 240U);
  EXPECT_LT(raced.fits, exact.fits / 2);
  const double best = exact.candidates[exact.best].mean(), found = exact.candidates[raced.best].mean();
  EXPECT_GE(found, best - 0.01) << "R2 " << found << " against " << best;
  EXPECT_EQ(raced.candidates[raced.best].scores, exact.candidates[raced.best].scores);
}

TEST_F(TuningTest, ASearchGoesOnFromItsStateToTheSameResultAndRefusesAnotherSearchs) {
  const Rows rows = waves(120);
  const auto state = std::filesystem::path(::testing::TempDir()) / "phreatic-tuning-test.csv";
  std::filesystem::remove(state);
  const TuneParams params = small();
  const Tuning whole = tune(rows.table, rows.target, {}, params, ScoreScale::target, state, context);
  // As if it had been cut off: half of the lines.
  const std::string text = core::read_file(state);
  core::write_file_atomic(state, text.substr(0, text.find('\n', text.size() / 2) + 1));
  const int threads = core::thread_count();
  core::set_thread_count(3);
  const Tuning again = tune(rows.table, rows.target, {}, params, ScoreScale::target, state, context);
  core::set_thread_count(threads);
  EXPECT_EQ(again.best, whole.best);
  for (std::size_t c = 0; c < whole.candidates.size(); ++c)
    EXPECT_EQ(again.candidates[c].scores, whole.candidates[c].scores);
  EXPECT_EQ(core::read_file(state), text);
  EXPECT_THROW(tune(rows.table, rows.target, {.gamma = 1}, params, ScoreScale::target, state, context),
               core::InputError);
}

}  // namespace
}  // namespace phreatic::trees
