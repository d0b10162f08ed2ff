// SPDX-License-Identifier: BSD-3-Clause
// Plans in rounds: surrogates that promise too much are told so by the runs of their own plans.
#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/studies/recharge/decision/infill.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

// Drains of resistance c = 50 d under the whole model and a specific yield of 0.2: implicit steps of 10 d bring the rise of
// all cells together from V to (V + 10 Q / Sy) / (1 + 10 / (Sy c)), after three of them to 7 / 8 of Q c; steps of 5 d
// without recharge leave 1 / (1 + 5 / (Sy c)) = 2 / 3.
const double kK = std::log(1.5) / 5;

struct MadeUp {
  Ground ground = testing::small_ground(40, 50, 100);
  core::Log log{true};
  core::Context context{log, false};
  Baseline baseline;
  std::vector<FeatureMap> maps;
  std::vector<Site> sites;
  Table features, targets;
  ModelFolder models;

  explicit MadeUp(double too_much) {
    ground.model.start_heads.assign(ground.places(), -2.0);
    ground.model.packages.push_back(testing::drains_everywhere(ground, -2.5, 50));
    baseline = run_baseline(ground, context);
    FeatureMap map{"map", "a map", "-", {}};
    for (std::size_t place = 0; place < ground.places(); ++place)
      map.values.push_back(std::sin(0.7 * static_cast<double>(place)));
    maps = {map};
    std::vector<double> s0, k;
    for (std::size_t i = 0; i < 12; ++i) {
      const auto x = static_cast<double>(i);
      Site site{"S" + std::to_string(i), 2 + 3 * i, (i * 17) % 45, 1, 1 + i % 3, 8 + 3 * std::sin(x), 0, 0};
      site.area_km2 = 0.01 * static_cast<double>(site.columns);
      targets.ids.push_back(site.id);
      s0.push_back(too_much * site.water_m3_per_day() * 50 * 7 / 8);
      k.push_back(kK * (1 + 0.01 * std::cos(2 * x)));
      sites.push_back(site);
    }
    targets.add("s0_m3", s0);
    targets.add("k_per_day", k);
    features = site_features(ground, sites, maps);
    for (const std::string target : {"s0_m3", "k_per_day"}) {
      TrainedModel model;
      model.name = "log-linear";
      model.target = target;
      const auto& values = targets.numbers(target);
      Samples samples;
      for (const TableColumn& column : features.columns) {
        samples.inputs.push_back(column.name);
        samples.x.push_back(column.numbers);
      }
      for (const double v : values) samples.y.push_back(std::log10(v));
      model.model = fit_surrogate("log-linear", samples, {});
      models.models.push_back(model);
    }
  }

  InfillResult plan(int rounds) {
    ScanParams scan_params;
    scan_params.area_km2 = 0.02;
    scan_params.rate_mm_per_day = 9;
    scan_params.days = {20};
    PlanParams plan;
    plan.sites = 3;
    plan.rounds = rounds;
    plan.least_depth_m = 0;
    const Places places(ground, std::vector<bool>(ground.places(), true), 300);
    const std::vector<double> gaps(ground.places(), 800.0);
    const std::vector<double> none;
    const std::vector<double> leakage(ground.places(), 100.0);
    const AdjointMaps adjoint;
    const ScanMaps first = scan(ground, maps, features, models.response(), models.decay(), scan_params);
    return plan_by_rounds(
        {ground, baseline, leakage, maps, adjoint, models, none, places, gaps, scan_params, plan, {}, 1},
        first, features, targets, context);
  }
};

TEST(PlanRounds, BringWhatIsPromisedNearerToWhatIsHeld) {
  const InfillResult result = MadeUp(3).plan(4);
  ASSERT_EQ(result.rounds.size(), 4U);
  double before = 4;
  for (const InfillRound& round : result.rounds) {
    const double ratio = round.promised_m3 / round.held_m3;
    EXPECT_LT(ratio, before);
    EXPECT_GT(ratio, 0.99);
    before = ratio;
  }
  EXPECT_NEAR(result.rounds.front().promised_m3 / result.rounds.front().held_m3, 3, 0.5);
  EXPECT_LT(before, 2.2);
  EXPECT_EQ(result.sites.size(), 3U);
  EXPECT_TRUE(result.run.complete);
}

TEST(PlanRounds, OfATrueSurrogateChangeNothing) {
  const InfillResult once = MadeUp(1).plan(1);
  ASSERT_EQ(once.rounds.size(), 1U);
  EXPECT_NEAR(once.rounds[0].promised_m3 / once.rounds[0].held_m3, 1, 0.03);
  const InfillResult twice = MadeUp(1).plan(2);
  EXPECT_NEAR(twice.rounds[1].promised_m3 / twice.rounds[1].held_m3, 1, 0.03);
}

}  // namespace
}  // namespace phreatic::studies::recharge
