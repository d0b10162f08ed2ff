// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/indifference.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/core/errors.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

// Reservoirs fed by rain, drained by demand, and drained by what temperature does to them below zero alone. Demand follows
// temperature through the season, so that a network can hardly tell the two apart in the warm half of it.
SeriesSet cold_world() {
  SeriesSet set = tiny::reservoirs();
  set.features = {"P", "T", "E"};
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    Series& s = set.entities[e];
    core::RandomStream random(5, "cold", e);
    s.inputs.clear();
    double level = 0;
    for (std::size_t t = 0; t < s.length; ++t) {
      const double season = std::sin(2 * 3.14159265358979 * static_cast<double>(t) / 60.0);
      const double warm = season + 0.1 * random.normal();
      const double demand = season + 0.1 * random.normal();
      const double rain = random.uniform() < 0.3 ? random.gamma(1.0, 1.0) : 0.0;
      level += 0.1 * (2 * (rain - 0.3) - demand + std::min(warm, 0.0) - level);
      for (const double x : {rain - 0.3, warm, demand}) s.inputs.push_back(static_cast<float>(x));
      s.targets[t] = static_cast<float>(level);
    }
  }
  return set;
}

// Mean square of the change of the last output over h, when T moves by h times a random sign at the steps above 0.5 (or
// below -0.5): the sum of squared derivatives there, by finite differences.
double sensitivity(Model& model, const SeriesSet& set, bool above) {
  core::Log log(true);
  core::Context context{log, false};
  constexpr float kStep = 0.05F;
  std::vector<Window> windows;
  for (std::size_t e = 0; e < set.entities.size(); ++e)
    for (std::size_t first = tiny::kValidationEnd; first + 80 <= tiny::kSteps; first += 10)
      windows.push_back({.entity = e, .first = first, .length = 80, .warmup = 79});
  double sum = 0;
  constexpr int kDirections = 8;
  for (int k = 0; k < kDirections; ++k) {
    core::RandomStream random(9, "direction", static_cast<std::uint64_t>(k));
    SeriesSet up = set;
    SeriesSet down = set;
    for (std::size_t e = 0; e < set.entities.size(); ++e) {
      for (std::size_t t = 0; t < set.entities[e].length; ++t) {
        const float x = set.entities[e].inputs[3 * t + 1];
        if (above ? x < 0.5F : x > -0.5F) continue;
        const float move = random.uniform() < 0.5 ? kStep : -kStep;
        up.entities[e].inputs[3 * t + 1] += move;
        down.entities[e].inputs[3 * t + 1] -= move;
      }
    }
    const EnsembleSummary a = summarize(predict(model, up, windows, context));
    const EnsembleSummary b = summarize(predict(model, down, windows, context));
    for (std::size_t i = 0; i < a.median.size(); ++i)
      sum += std::pow((a.median[i] - b.median[i]) / (2 * kStep), 2);
  }
  return sum / (kDirections * static_cast<double>(windows.size()));
}

TEST(Indifference, FlattensTheOutputWhereTheDriverIsKnownToMoveNothingAndLeavesItElsewhere) {
  const SeriesSet set = cold_world();
  LearnParams plain = tiny::params();
  plain.ensemble.members = 1;
  plain.model.output_dropout = 0;
  plain.training.epochs = 30;
  LearnParams informed = plain;
  informed.training.indifference = {.input = "T", .above = 0.3, .noise_std = 1};
  const tiny::TemporaryFolder one, two;
  tiny::train(set, plain, one.path);
  tiny::train(set, informed, two.path);
  const auto without = load_model(one.path);
  const auto with = load_model(two.path);
  EXPECT_LT(sensitivity(*with, set, true), 0.25 * sensitivity(*without, set, true));
  const double cold = sensitivity(*without, set, false);
  EXPECT_GT(sensitivity(*with, set, false), 0.4 * cold);
  EXPECT_GT(cold, 2 * sensitivity(*with, set, true));
}

// Noise stands at the steps above the value alone, which is in the driver's own unit, leaves them above it, has its
// standard deviation far from there, and is that of the stream.
TEST(Indifference, AddsNoiseAboveTheValueOnly) {
  SeriesSet set = tiny::reservoirs(1);
  set.scales = {{0, 1}, {5, 10}};  // T of 10 is 0.5 scaled
  const auto found = indifference_of(set, {.input = "T", .above = 10, .noise_std = 2});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->channel, 1U);
  EXPECT_FLOAT_EQ(found->above, 0.5F);
  Batch batch;
  batch.channels = 2;
  for (std::size_t i = 0; i < 4000; ++i) batch.x.push_back(i % 4 == 1 ? (i % 8 == 1 ? 50.0F : 0.6F) : 0.4F);
  const std::vector<float> before = batch.x;
  add_noise(*found, 1, 7, batch);
  double squares = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (i % 4 == 1) {
      ASSERT_GE(batch.x[i], found->above);
      if (i % 8 == 1) squares += std::pow(batch.x[i] - before[i], 2) / 500;
    } else {
      ASSERT_EQ(batch.x[i], before[i]);
    }
  }
  EXPECT_NEAR(squares, 4, 5 * 4 * std::sqrt(2.0 / 500));
  Batch again = batch;
  again.x = before;
  add_noise(*found, 1, 7, again);
  EXPECT_EQ(again.x, batch.x);
}

TEST(Indifference, IsOffByDefaultAndNamesTheDriversWhereThereIsNoSuchOne) {
  const SeriesSet set = tiny::reservoirs(1);
  EXPECT_FALSE(indifference_of(set, TrainingParams{}.indifference));
  try {
    indifference_of(set, {.input = "snow"});
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("P, T"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace phreatic::learn
