// SPDX-License-Identifier: BSD-3-Clause
// Which model makes the maps, which sites score, and what the adjoint answers, on made-up responses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "phreatic/studies/recharge/surrogates/training.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

struct MadeUp {
  Ground ground = testing::small_ground(24, 30, 50);
  std::vector<Site> sites;
  Table targets;
  std::vector<FeatureMap> maps;
  AdjointMaps adjoint;
  TargetParams target_params;

  explicit MadeUp(std::size_t n) {
    for (std::size_t m = 0; m < 4; ++m) {
      FeatureMap map{"map" + std::to_string(m), "a map", "-", {}};
      for (std::size_t place = 0; place < ground.places(); ++place)
        map.values.push_back(std::sin(0.7 * static_cast<double>((m + 2) * place)));
      maps.push_back(map);
    }
    adjoint.days = {0, 10, 20, 30, 40};
    for (const double day : adjoint.days) {
      adjoint.stored.emplace_back();
      for (std::size_t place = 0; place < ground.places(); ++place)
        adjoint.stored.back().push_back((1 + 0.5 * std::sin(static_cast<double>(place))) *
                                        std::exp(-0.01 * (1 + static_cast<double>(place % 7)) * day));
    }
    std::vector<double> s0, k, water;
    for (std::size_t i = 0; i < n; ++i) {
      const auto x = static_cast<double>(i);
      sites.push_back({"S" + std::to_string(i), (i * 5) % 23, (i * 7) % 29, 1, 1, 8 + 3 * std::sin(x),
                       0.0025 * (1 + static_cast<double>(i % 3)), 0});
      targets.ids.push_back(sites.back().id);
      s0.push_back(1000 * std::exp(std::sin(3 * x)));
      water.push_back(0.2 * s0.back());
      k.push_back(0.01 * std::exp(0.5 * std::cos(2 * x)));
    }
    targets.add("s0_m3", s0);
    targets.add("k_per_day", k);
    targets.add("water_m3", water);
    targets.add("steady_m3", s0);
  }

  Training train(const std::vector<std::string>& models) {
    core::Log log(true);
    core::Context context{log, false};
    FeatureParams features;
    features.sigmas_m = {25};
    SurrogateParams surrogates;
    surrogates.models = models;
    surrogates.buffer_sigmas = 0;
    return train_surrogates({ground, sites, targets, maps, adjoint, target_params, 30, "study.yml"}, features,
                            surrogates, context);
  }
};

const TrainedModel* find(const Training& training, const std::string& target, const std::string& name) {
  for (const TrainedModel& model : training.models) {
    if (model.target == target && model.name == name) return &model;
  }
  return nullptr;
}

bool told(const Training& training, const std::string& words) {
  return std::any_of(training.notes.begin(), training.notes.end(),
                     [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

TEST(MappingModel, IsTheLastThatWasAskedForWithAllInputs) {
  const Training training = MadeUp(40).train({"rate-area", "adjoint", "log-linear"});
  for (const std::string target : {"s0_m3", "k_per_day", "water_m3", "steady_m3"}) {
    ASSERT_NE(find(training, target, "log-linear without adjoint"), nullptr);
    const TrainedModel* model = mapping_model(training.models, target);
    ASSERT_NE(model, nullptr);
    EXPECT_EQ(model->name, "log-linear");
    const auto& inputs = model->model->inputs();
    EXPECT_NE(std::find(inputs.begin(), inputs.end(), kAdjointResponse), inputs.end());
  }
  EXPECT_EQ(mapping_model(training.models, "nothing"), nullptr);
}

TEST(MappingModel, IsTheOneWhoseLackOfSkillIsTold) {
  // Targets that no input tells anything of.
  const Training training = MadeUp(40).train({"rate-area", "log-linear"});
  const auto r2 = std::find_if(training.metrics.begin(), training.metrics.end(), [](const auto& row) {
    return row.variable == "k" && row.period == "blocks" && row.model == "log-linear" && row.metric == "R2";
  });
  ASSERT_NE(r2, training.metrics.end());
  ASSERT_LT(r2->value, 0);
  EXPECT_TRUE(told(training, "the surrogate 'log-linear' of k is worse"));
  EXPECT_FALSE(told(training, "without adjoint"));
}

TEST(AdjointSurrogate, IsNoModelOfWaterWhereStorageIsVolumeOfAquifer) {
  MadeUp made(40);
  const Training aquifer = made.train({"adjoint", "log-linear"});
  EXPECT_NE(find(aquifer, "s0_m3", "adjoint"), nullptr);
  EXPECT_EQ(find(aquifer, "water_m3", "adjoint"), nullptr);
  EXPECT_EQ(find(aquifer, "steady_m3", "adjoint"), nullptr);
  EXPECT_TRUE(told(aquifer, "'adjoint' is left out for water stored"));
  EXPECT_TRUE(told(aquifer, "'adjoint' is left out for steady response"));
  made.target_params.volume = Volume::water;
  const Training water = made.train({"adjoint", "log-linear"});
  EXPECT_NE(find(water, "water_m3", "adjoint"), nullptr);
  EXPECT_FALSE(told(water, "'adjoint' is left out for water stored"));
}

TEST(AdjointSurrogate, HasNoSmearingFactor) {
  const Training training = MadeUp(40).train({"adjoint", "log-linear"});
  EXPECT_EQ(find(training, "s0_m3", "adjoint")->map_factor(), 1);
  EXPECT_NE(find(training, "s0_m3", "log-linear")->map_factor(), 1);
  std::map<std::string, double> of_adjoint;
  for (const auto& row : training.metrics) {
    if (row.variable == "S0" && row.period == "random" && row.model == "adjoint")
      of_adjoint[row.metric] = row.value;
  }
  EXPECT_EQ(of_adjoint.at("R2"), of_adjoint.at("R2_smeared"));
}

TEST(Scores, OfModelsSideBySideAreOfTheSameSites) {
  // Eight of twelve sites train: more than the six inputs without the adjoint need, too few for all eight.
  for (const std::size_t n : {std::size_t{12}, std::size_t{40}}) {
    const Training training = MadeUp(n).train({"rate-area", "adjoint", "log-linear"});
    std::map<std::string, std::set<double>> scored;
    for (const auto& row : training.metrics) {
      if (row.metric == "n") scored[row.variable + " " + row.period].insert(row.value);
    }
    EXPECT_EQ(scored.size(), n == 12 ? 4U : 8U);  // no rows where no site is left
    for (const auto& [where, numbers] : scored) EXPECT_EQ(numbers.size(), 1U) << n << " " << where;
    EXPECT_EQ(told(training, "are predicted by no model of S0"),
              *scored["S0 blocks"].begin() < static_cast<double>(n));
    EXPECT_EQ(scored.count("S0 random"), n == 12 ? 0U : 1U);
    if (n == 40) {
      EXPECT_EQ(scored["S0 random"], std::set<double>{12.0});
    }
  }
}

}  // namespace
}  // namespace phreatic::studies::recharge
