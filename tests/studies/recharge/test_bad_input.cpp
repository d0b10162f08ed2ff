// SPDX-License-Identifier: BSD-3-Clause
// What is told, refused and masked beside test_sites.cpp (sites, inputs), test_decay.cpp (storage) and test_study.cpp (the
// model).
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/studies/recharge/decision/ranking.hpp"
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"
#include "phreatic/studies/recharge/scenarios/targets.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

using testing::small_ground;

RunResult two_sites(double overlap, double edge) {
  RunResult run;
  run.complete = true;
  for (const char* id : {"A", "B"}) {
    SiteResponse site;
    site.site = id;
    for (int i = 0; i < 8; ++i) {
      site.aquifer_m3.push_back(1000 * std::exp(-0.1 * i));
      site.water_m3.push_back(100 * std::exp(-0.1 * i));
    }
    site.largest_rise_m = 2;
    site.edge_rise_m = 2 * edge;
    run.sites.push_back(site);
  }
  run.overlaps = {{"A", "B", overlap}};
  return run;
}

std::string remarks_of(const RunResult& run) {
  Schedule schedule;
  for (int i = 0; i < 9; ++i) schedule.steps.push_back({10.0 * i, 10.0 * (i + 1), 0});
  schedule.end = 2;
  schedule.last = 8;
  const std::vector<Site> sites = {{"A", 1, 1, 1, 1, 10, 0.01, 0}, {"B", 1, 9, 1, 1, 10, 0.01, 0}};
  std::string all;
  for (const std::string& line : target_remarks(targets_table(sites, {run}, schedule, {}), {run}, {}))
    all += line + "\n";
  return all;
}

TEST(Remarks, NamePairsThatOverlapByMoreThanTwoPercentAndSitesThatReachTheEdge) {
  const std::string told = remarks_of(two_sites(0.03, 0.02));
  EXPECT_NE(told.find("1 pairs of sites overlap by more than 2 %: A and B (3 %)"), std::string::npos) << told;
  EXPECT_NE(told.find("more than 1 % of the largest rise for 2 sites: A (2 %), B (2 %)"), std::string::npos)
      << told;
  const std::string quiet = remarks_of(two_sites(0.01, 0.005));
  EXPECT_EQ(quiet.find("overlap"), std::string::npos) << quiet;
  EXPECT_EQ(quiet.find("edge"), std::string::npos) << quiet;
}

TEST(Mask, OfAnotherGridIsRefusedWithItsRemedyAndNotResampled) {
  const Ground ground = small_ground(20, 30, 100);
  const Ground other = small_ground(20, 30, 50);
  const auto path = std::filesystem::temp_directory_path() /
                    ("phreatic-test-recharge-mask-" + std::to_string(::getpid()) + ".tif");
  const auto write = [&](const Ground& g) {
    const std::vector<double> values(600, 1.0);
    data::io::write_geotiff(path, {.grid = g.geo, .bands = {"mask"}, .unit = "1", .about = {}},
                            [&](data::io::RasterWriter& writer) {
                              writer.put(0, {0, 0, 30, 20}, values);
                            });
  };
  write(ground);
  EXPECT_EQ(read_mask(ground, path.string()), std::vector<double>(600, 1.0));
  write(other);
  std::string told = "nothing was refused";
  try {
    read_mask(ground, path.string());
  } catch (const core::InputError& error) {
    told = error.what();
  }
  EXPECT_NE(told.find("its cells are not the model's"), std::string::npos) << told;
  EXPECT_NE(told.find("phreatic grid regrid"), std::string::npos) << told;
  std::filesystem::remove(path);
}

TEST(Ranking, LeavesOutCellsBeyondTheTrainingRangeAndCountsThem) {
  const Ground ground = small_ground(20, 20, 100);
  const std::size_t n = ground.places();
  ScanMaps maps;
  maps.area_km2 = 0.01;
  maps.s0_m3.assign(n, 1000);
  maps.k_per_day.assign(n, 0.01);
  maps.left = {std::vector<double>(n, 0.5)};
  maps.applicability.assign(n, 1.0);
  for (std::size_t place = 0; place < 35; ++place) maps.applicability[place] = 0.9;
  ScanParams scan;
  scan.days = {90};
  PlanParams plan;
  plan.least_depth_m = 0;
  Constraints counted;
  const Places places(ground, std::vector<bool>(n, true), 0);
  const auto ranked =
      rank_cells(ground, maps, std::vector<double>(n, 3.0), places, {}, scan, plan, 1, counted);
  EXPECT_EQ(counted.extrapolated, 35U);
  EXPECT_EQ(ranked.size(), n - 35);
  for (const Candidate& c : ranked) EXPECT_GE(c.place, 35U);
}

}  // namespace
}  // namespace phreatic::studies::recharge
