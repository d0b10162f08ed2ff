// SPDX-License-Identifier: BSD-3-Clause
// Classes of forecasts: probabilities that mean what they say, and scores by hand.
#include "phreatic/hydrographs/forecasts/outlook.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/core/random.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr std::size_t kSteps = 40 * 52, kTest = 20 * 52, kLeads = 2;

// Twenty years of weekly levels for calibration and twenty for the test: a season and independent noise.
struct World {
  Prepared prepared;
  LeadForecasts forecasts;
  std::vector<double> observed, said;
  ForecastErrors errors;

  // A forecast is the level and an error of that standard deviation (0: the truth); a negative one is the season alone.
  explicit World(double error) {
    prepared.panel =
        data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 7}, kSteps), {"A"}, {{"level", "m"}});
    prepared.split.entities.push_back({{0, kTest - 52}, {kTest - 52, kTest}, {kTest, kSteps}, false});
    const core::TimeAxis& axis = prepared.panel.axis;
    forecasts.axis = core::TimeAxis(axis.start(kTest), axis.step(), kSteps - kTest);
    forecasts.wells = {"A"};
    forecasts.leads = kLeads;
    core::RandomStream random(2, "outlook");
    std::vector<double> season(kSteps), level(kSteps);
    for (std::size_t t = 0; t < kSteps; ++t) {
      season[t] = std::cos(2 * 3.14159265358979 * core::month_of(axis.start(t)) / 12.0);
      level[t] = season[t] + random.normal();
      prepared.panel.series(0, 0)[t] = level[t];
    }
    observed.assign(level.begin(), level.begin() + kTest);
    for (std::size_t lead = 0; lead < kLeads; ++lead) {
      std::vector<double> all(kSteps);
      // Around the best guess the level scatters: level = guess + error.
      for (std::size_t t = 0; t < kSteps; ++t) {
        const double share = 1 / (1 + error * error);
        all[t] = error < 0 ? season[t] : season[t] + share * (level[t] - season[t] + error * random.normal());
      }
      said.insert(said.end(), all.begin(), all.begin() + kTest);
      forecasts.level.insert(forecasts.level.end(), all.begin() + kTest, all.end());
    }
    forecasts.lower = forecasts.upper = forecasts.level;
    errors = {core::TimeAxis(axis.start(0), axis.step(), kTest), {"A"}, kLeads, observed, said, false};
  }
};

TEST(Outlook, probabilities_come_as_often_as_they_say_and_add_up) {
  const World world(0.7);
  const Outlook outlook = make_outlook(world.prepared, world.errors, world.forecasts, {});
  for (const Reliability* r : {&outlook.below[0], &outlook.above[1]}) {
    double n = 0;
    for (std::size_t b = 0; b < kReliabilityBins; ++b) {
      n += r->n[b];
      if (r->n[b] < 60) continue;
      const double p = r->probability[b] / r->n[b];
      const double spread = std::sqrt(std::max(p * (1 - p), 0.01) / r->n[b]);
      EXPECT_NEAR(r->came[b] / r->n[b], p, 3.5 * spread) << b;
    }
    EXPECT_EQ(n, kSteps - kTest);
  }
  ASSERT_EQ(outlook.newest.size(), kLeads);
  for (const OutlookRow& row : outlook.newest) EXPECT_NEAR(row.below + row.near + row.above, 1, 1e-12);
  EXPECT_EQ(outlook.newest[0].time + 7 * core::kSecondsPerDay, outlook.newest[1].time);
  EXPECT_EQ(outlook.newest[0].issued + 7 * core::kSecondsPerDay, outlook.newest[0].time);
  EXPECT_GT(outlook.scores[0].skill_over_climatology(), 0.2);
}

// Who forecasts the season alone says the classes' usual shares; who forecasts the level itself is always right.
TEST(Outlook, the_season_alone_has_no_skill_and_the_truth_is_nearly_perfect) {
  const World season(-1);
  const Outlook none = make_outlook(season.prepared, season.errors, season.forecasts, {});
  EXPECT_NEAR(none.scores[0].skill_over_climatology(), 0, 0.04);
  const World truth(0);
  const Outlook perfect = make_outlook(truth.prepared, truth.errors, truth.forecasts, {});
  EXPECT_GT(perfect.scores[0].skill_over_climatology(), 0.98);
  EXPECT_GT(perfect.scores[0].skill_over_damped(), 0.98);
}

TEST(Outlook, the_score_of_climatology_is_the_one_of_its_shares) {
  const World world(0.7);
  const Outlook outlook = make_outlook(world.prepared, world.errors, world.forecasts, {});
  // Classes fall out in the shares 1/4, 1/2, 1/4: RPS = E (1/4 - [below])^2 + (3/4 - [not above])^2 = 2 (1/4)(3/4).
  EXPECT_NEAR(outlook.scores[0].climatology / outlook.scores[0].n, 0.375, 0.03);
}

TEST(Outlook, months_with_few_levels_say_nothing_and_origins_add_up) {
  const World world(0.7);
  OutlookParams params;
  params.fewest = 1000;
  const Outlook none = make_outlook(world.prepared, world.errors, world.forecasts, params);
  EXPECT_EQ(none.scores[0].n, 0);
  EXPECT_TRUE(std::isnan(none.newest[0].below));
  EXPECT_TRUE(std::isnan(none.scores[0].skill_over_climatology()));
  const Outlook one = make_outlook(world.prepared, world.errors, world.forecasts, {});
  Outlook sum;
  add_scores(sum, one);
  add_scores(sum, one);
  EXPECT_EQ(sum.scores[0].n, 2 * one.scores[0].n);
  EXPECT_DOUBLE_EQ(sum.scores[1].skill_over_damped(), one.scores[1].skill_over_damped());
  EXPECT_EQ(sum.below[0].came[3], 2 * one.below[0].came[3]);
}

}  // namespace
}  // namespace phreatic::hydrographs
