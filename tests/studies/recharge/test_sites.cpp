// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/decision/ranking.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"
#include "phreatic/studies/recharge/surrogates/splits.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

using testing::small_ground;

std::string told(const std::function<void()>& work) {
  try {
    work();
  } catch (const core::InputError& e) {
    return e.what();
  }
  return "nothing was thrown";
}

void expect_told(const std::function<void()>& work, const std::string& text) {
  EXPECT_NE(told(work).find(text), std::string::npos) << told(work);
}

ScenarioParams small_scenarios() {
  ScenarioParams p;
  p.sites = 40;
  p.area_km2 = {0.01, 0.09};
  p.edge_buffer_m = 200;
  p.spacing_m = 500;
  return p;
}

TEST(SiteDesign, KeepsSitesInsideApartWithinARunAndOnWholeCells) {
  const Ground ground = small_ground(60, 80, 100);
  const ScenarioParams p = small_scenarios();
  const SiteDesign design = design_sites(ground, {}, {}, p, "study.yml");
  EXPECT_EQ(design.sites.size(), 40U);
  EXPECT_GE(design.strata_rows * design.strata_columns, 36U);
  for (const Site& a : design.sites) {
    EXPECT_GE(a.row, 2U);
    EXPECT_LE(a.row + a.rows, 58U);
    EXPECT_NEAR(a.area_km2, 0.01 * static_cast<double>(a.rows * a.columns), 1e-12);
    int in_run = 0;
    for (const Site& b : design.sites) {
      if (a.run != b.run) continue;
      ++in_run;
      if (a.id != b.id) {
        EXPECT_GE(gap_m(ground, a, b), 500) << a.id << " " << b.id;
      }
    }
    EXPECT_LE(in_run, 6);
  }
}

TEST(SiteDesign, RefusesAMapWithoutACellForRecharge) {
  const Ground ground = small_ground(20, 20, 100);
  ScenarioParams p = small_scenarios();
  p.edge_buffer_m = 2250;
  expect_told([&] { design_sites(ground, {}, {}, p, "study.yml"); }, "no cell can take recharge");
  p.edge_buffer_m = 0;
  expect_told([&] { design_sites(ground, {}, std::vector<double>(400, 0.0), p, "study.yml"); },
              "no cell can take recharge");
}

TEST(SiteDesign, RefusesSitesSmallerThanACellWithBothSizes) {
  ScenarioParams p = small_scenarios();
  p.area_km2 = {0.005, 0.02};
  expect_told([&] { design_sites(small_ground(20, 20, 100), {}, {}, p, "study.yml"); },
              "a site of 0.005 km2 is smaller than a cell of 0.01 km2");
}

TEST(SiteDesign, SaysHowManySitesFitAndLeavesTheOthersOutOnlyWhenAsked) {
  const Ground ground = small_ground(60, 80, 100);
  ScenarioParams p = small_scenarios();
  p.most_runs = 3;
  expect_told([&] { design_sites(ground, {}, {}, p, "study.yml"); }, "of them fit into 3");
  p.shorten = true;
  const SiteDesign design = design_sites(ground, {}, {}, p, "study.yml");
  EXPECT_EQ(design.runs, 3);
  EXPECT_EQ(design.sites.size() + design.left_out, 40U);
  EXPECT_LE(design.sites.size(), 18U);
}

TEST(SiteDesign, RefusesAnUnknownLeakageFactor) {
  const Ground ground = small_ground(60, 80, 100);
  ScenarioParams p = small_scenarios();
  p.spacing_m = 0;
  const std::vector<double> unknown(ground.places(), std::numeric_limits<double>::quiet_NaN());
  expect_told([&] { design_sites(ground, unknown, {}, p, "study.yml"); }, "scenarios.spacing");
}

TEST(SiteFile, TellsEverythingThatIsWrongAtOnce) {
  Ground ground = small_ground(20, 20, 100);
  ground.exists[4 * 20 + 4] = false;  // row 5, column 5
  flow::Package fixed;
  fixed.kind = flow::PackageKind::chd;
  fixed.provider = flow::constant_values({{static_cast<flow::CellIndex>(9 * 20 + 9)}, {-3.0}, {}, {}, {}});
  ground.model.packages.push_back(fixed);
  const auto file = std::filesystem::temp_directory_path() /
                    ("phreatic-test-recharge-sites-" + std::to_string(::getpid()) + ".csv");
  core::write_file_atomic(
      file,
      "id,row,column,area_km2,rate_mm_per_day\n"
      "A,5,5,0.01,10\nB,10,10,0.01,10\nC,15,15,0.001,10\nC,25,3,0.01,10\nD,8,8,0.01,-1\n");
  ScenarioParams p = small_scenarios();
  p.file = file.string();
  const auto read = [&] { read_sites(ground, {}, {}, p, "study.yml"); };
  expect_told(read, "its cell in row 5, column 5 is inactive");
  expect_told(read, "row 10, column 10 has a fixed head");
  expect_told(read, "a site of 0.001 km2 is smaller than a cell");
  expect_told(read, "line 4 has the same id");
  expect_told(read, "reaches out of the grid");
  expect_told(read, "its rate is -1 mm/d");
  std::filesystem::remove(file);
}

TEST(Features, ConstantOverTheSitesAreLeftOutAndTold) {
  Table features;
  features.ids = {"A", "B", "C", "D", "E"};
  features.add("rate", std::vector<double>{1, 2, 3, 4, 5});
  features.add("river_density", std::vector<double>{0, 0, 0, 0, 0});
  std::vector<std::string> notes;
  check_features(features, 5, "study.yml", notes);
  EXPECT_FALSE(features.has("river_density"));
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("river_density"), std::string::npos);
}

TEST(Features, MoreThanSitesAreRefused) {
  Table features;
  features.ids = {"A", "B"};
  for (const char* name : {"rate", "area", "transmissivity"}) features.add(name, std::vector<double>{1, 2});
  std::vector<std::string> notes;
  expect_told([&] { check_features(features, 2, "study.yml", notes); },
              "2 sites have a response, for 3 inputs");
}

TEST(Splits, SpatialBlocksTestEverySiteOnceAndKeepTheirBuffer) {
  const Ground ground = small_ground(60, 80, 100);
  const auto sites = design_sites(ground, {}, {}, small_scenarios(), "study.yml").sites;
  std::vector<int> tested(sites.size(), 0);
  for (const Fold& fold : spatial_folds(ground, sites, 6, 750)) {
    for (const std::size_t i : fold.test) {
      ++tested[i];
      for (const std::size_t j : fold.train) EXPECT_GE(gap_m(ground, sites[i], sites[j]), 750);
    }
  }
  EXPECT_EQ(tested, std::vector<int>(sites.size(), 1));
}

TEST(Ranking, ParetoFrontIsThatOfComparingAllPairs) {
  std::vector<Candidate> all;
  for (std::size_t i = 0; i < 300; ++i)
    all.push_back({i, std::round(10 * std::sin(1.3 * static_cast<double>(i * i))),
                   std::round(10 * std::cos(2.1 * static_cast<double>(i))), 0, 0, false, 0});
  std::vector<bool> on(all.size(), false);
  for (const std::size_t i : pareto_front(all)) on[i] = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool dominated = false;
    for (const Candidate& c : all)
      dominated = dominated || (c.s0_m3 >= all[i].s0_m3 && c.left >= all[i].left &&
                                (c.s0_m3 > all[i].s0_m3 || c.left > all[i].left));
    EXPECT_EQ(on[i], !dominated) << i;
  }
}

// Saaty's textbook matrix 1 3 5 / 1/3 1 3 / 1/5 1/3 1: eigenvector 0.637, 0.258, 0.105, largest eigenvalue 3.0385.
TEST(Ranking, WeightsOfPairsAreThePrincipalEigenvectorWithItsConsistency) {
  const PairwiseWeights w = pairwise_weights(3, std::vector<double>{3, 5, 3});
  EXPECT_NEAR(w.weights[0], 0.6370, 1e-4);
  EXPECT_NEAR(w.weights[1], 0.2583, 1e-4);
  EXPECT_NEAR(w.weights[2], 0.1047, 1e-4);
  EXPECT_NEAR(w.consistency_ratio, (3.0385 - 3) / 2 / 0.58, 1e-4);
  const PairwiseWeights consistent = pairwise_weights(3, std::vector<double>{2, 6, 3});
  EXPECT_NEAR(consistent.weights[0], 0.6, 1e-12);
  EXPECT_NEAR(consistent.consistency_ratio, 0, 1e-12);
  EXPECT_GT(pairwise_weights(3, std::vector<double>{9, 1.0 / 9, 9}).consistency_ratio, 0.1);
}

// What the place decides: rate and area are chosen; depths to water are a criterion of their own.
TEST(Ranking, WeightsOfShapleyValuesAreTheirMeanSizesByCriterion) {
  Table shap;
  shap.ids = {"A", "B"};
  shap.add("s0_m3 rate", std::vector<double>{5, -5});
  shap.add("s0_m3 transmissivity", std::vector<double>{0.2, -0.4});
  shap.add("s0_m3 wet_depth", std::vector<double>{0.1, -0.1});
  shap.add("s0_m3 base", std::vector<double>{6, 6});
  shap.add("k_per_day drain_conductance", std::vector<double>{-0.6, 0.6});
  shap.add("k_per_day dry_depth", std::vector<double>{0.0, 0.4});
  const PlanParams plan = with_shap_weights({.weight_response = 9}, shap);
  EXPECT_NEAR(plan.weight_response, 0.3, 1e-12);
  EXPECT_NEAR(plan.weight_left, 0.6, 1e-12);
  EXPECT_NEAR(plan.weight_depth, 0.1 + 0.2, 1e-12);
  EXPECT_NEAR(criteria_weights(plan).weights[1], 0.5, 1e-12);
  Table rate;
  rate.ids = {"A"};
  rate.add("s0_m3 rate", std::vector<double>{0.3});
  expect_told([&] { with_shap_weights({}, rate); }, "rate and area alone");
}

TEST(Ranking, OrderWeightsGoFromTheBestScoreToTheWorst) {
  const std::vector<double> scores = {0.2, 0.9, 0.5};
  const std::vector<double> weights = {0.5, 0.3, 0.2};
  EXPECT_NEAR(ordered_average(scores, weights, {}), 0.5 * 0.2 + 0.3 * 0.9 + 0.2 * 0.5, 1e-12);
  EXPECT_NEAR(ordered_average(scores, weights, std::vector<double>{1, 0, 0}), 0.9, 1e-12);
  EXPECT_NEAR(ordered_average(scores, weights, std::vector<double>{0, 0, 1}), 0.2, 1e-12);
}

TEST(Sites, MoreSitesThanCellsAreRefusedWithBothNumbers) {
  const Ground ground = small_ground(10, 12, 100);
  ScenarioParams p;
  p.sites = 200;
  p.area_km2 = {0.01, 0.01};
  p.edge_buffer_m = 0;
  p.spacing_m = 100;
  try {
    design_sites(ground, std::vector<double>(120, 10.0), {}, p, "study.yml");
    ADD_FAILURE() << "was not refused";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("200 sites, and 120 cells"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace phreatic::studies::recharge
