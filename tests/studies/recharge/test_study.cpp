// SPDX-License-Identifier: BSD-3-Clause
// The example of init, made small, from model files to the report; and studies that are refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "phreatic/basin/lowland/lowland.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/studies/engine/run.hpp"
#include "phreatic/studies/metrics_file.hpp"
#include "phreatic/studies/recharge/kind.hpp"
#include "phreatic/studies/recharge/page/tables.hpp"

namespace phreatic::studies::recharge {
namespace {

namespace fs = std::filesystem;

class RechargeStudy : public ::testing::Test {
 protected:
  fs::path folder =
      fs::temp_directory_path() / ("phreatic-test-recharge-study-" + std::to_string(::getpid()));
  basin::LowlandParams land;

  void SetUp() override {
    fs::remove_all(folder);
    land.rows = 30;
    land.columns = 36;
    land.stream_area_km2 = 0.8;
    land.spin_up_years = 0;
    land.steps_per_month = 2;
  }
  void TearDown() override { fs::remove_all(folder); }

  void write(const flow::Model& model, const std::string& more = "") {
    flow::mf6::write_simulation(model, folder / "model");
    core::write_file_atomic(
        folder / "study.yml",
        "study: recharge\nwindow: {start: 1, end: 183.5}\nscenarios: {sites: 40, area: [0.01, 0.06], "
        "edge_buffer: 300, "
        "steady: true}\nsurrogates: {models: [rate-area, log-linear]}\nscan: {area: 0.04}\nplan: {sites: 3}\n"
        "figures: {formats: []}\n" +
            more);
  }
  std::string refused(const std::vector<std::string>& overrides = {}) {
    core::Log log(true);
    core::Context context{log, false};
    try {
      kind().check(read_study((folder / "study.yml").string(), overrides), context);
    } catch (const core::InputError& e) {
      return e.what();
    }
    return "nothing was refused";
  }
};

TEST_F(RechargeStudy, RunsFromModelFilesToAReportWithFilesThatFitTogether) {
  write(basin::lowland_model(land));
  const StudyFile study = read_study((folder / "study.yml").string(), {});
  engine::run(graph_of(kind(), study), {.out = folder / "run", .quiet = true});
  const Table targets = read_table(folder / "run/targets.csv");
  EXPECT_EQ(targets.ids.size(), 40U);
  // No run stores more water than flows in; a single site's share may hold some of its neighbours' water.
  const Table sites = read_table(folder / "run/sites.csv");
  std::map<double, std::pair<double, double>> of_run;  // water stored, infiltrated
  for (std::size_t i = 0; i < targets.ids.size(); ++i) {
    of_run[sites.numbers("run")[i]].first += targets.numbers("water_m3")[i];
    of_run[sites.numbers("run")[i]].second += targets.numbers("infiltrated_m3")[i];
    EXPECT_GT(targets.numbers("steady_m3")[i], 0);
  }
  for (const auto& [number, water] : of_run) {
    EXPECT_GT(water.first, 0) << number;
    EXPECT_LT(water.first, water.second) << number;
  }
  double scored = 0;
  for (const auto& row : read_metrics(folder / "run/metrics.csv")) {
    if (row.variable == "S0" && row.model == "log-linear" && row.period == "random" && row.metric == "n")
      scored = row.value;
  }
  EXPECT_EQ(scored, 12);  // 30 % of 40
  const auto rounds = nlohmann::json::parse(core::read_file(folder / "run/plan.json")).at("rounds");
  EXPECT_EQ(rounds.size(), 4U);
  const Table plan = read_table(folder / "run/plan.csv");
  EXPECT_EQ(plan.ids.size(), 3U);
  for (const double s0 : plan.numbers("s0_simulated_m3")) EXPECT_GT(s0, 0);
  for (const char* file : {"maps/s0.tif", "maps/maps.nc", "report.html", "plan.gpkg", "ranking.gpkg",
                           "shap.csv", "model/models.json"})
    EXPECT_TRUE(fs::exists(folder / "run" / file)) << file;
  std::vector<std::string> said;
  const auto polygons = data::read_zones(folder / "run/plan.gpkg",
                                         {.layer = "", .id = "site", .crs = "", .repair = false}, 0, said);
  ASSERT_EQ(polygons.zones.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(polygons.zones[i].id, plan.ids[i]);
    const auto& ring = polygons.zones[i].polygons.at(0).rings.at(0);
    double twice = 0;
    for (std::size_t v = 0; v + 1 < ring.size(); ++v)
      twice += ring[v].x * ring[v + 1].y - ring[v + 1].x * ring[v].y;
    EXPECT_NEAR(std::abs(twice) / 2, 1e6 * plan.numbers("area_km2")[i], 1e-3);
  }
  // log-linear without the adjoint stands beside; the maps are of the model with all inputs, and the page says so.
  EXPECT_NE(core::read_file(folder / "run/metrics.csv").find("log-linear without adjoint"),
            std::string::npos);
  EXPECT_TRUE(read_table(folder / "run/shap.csv").has("s0_m3 adjoint_response"));
  // The log-linear response rises with rate and area: the mapping model's means are powers of them.
  const Table returns = read_table(folder / "run/experiments/returns.csv");
  ASSERT_EQ(returns.ids.size(), 42U);
  const auto& value = returns.numbers("value");
  const auto& p50 = returns.numbers("p50");
  const double power = std::log(p50[20] / p50[0]) / std::log(value[20] / value[0]);
  EXPECT_NEAR(std::log(p50[10] / p50[0]) / std::log(value[10] / value[0]), power, 1e-6);
  EXPECT_GT(power, 0);
  EXPECT_NE(core::read_file(folder / "run/report.html").find("What more rate adds"), std::string::npos);
  EXPECT_NE(core::read_file(folder / "run/report.html").find("by the model 'log-linear'. Ranks and plan"),
            std::string::npos);
  EXPECT_NE(core::read_file(folder / "run/report.html").find("bypasses the unsaturated zone"),
            std::string::npos);
}

TEST_F(RechargeStudy, AppliedToItsOwnModelGivesItsOwnMapsAndRefusesAModelWithoutItsInputs) {
  write(basin::lowland_model(land));
  const StudyFile study = read_study((folder / "study.yml").string(), {});
  engine::run(graph_of(kind(), study), {.out = folder / "run", .quiet = true});
  core::Log log(true);
  core::Context context{log, false};
  const auto said = kind().apply({folder / "run", study, {}, folder / "own"}, context);
  ASSERT_EQ(said.size(), 2U);
  for (const char* map : {"maps/s0.tif", "maps/k.tif", "maps/applicability.tif"})
    EXPECT_EQ(core::hash_file(folder / "own" / map), core::hash_file(folder / "run" / map)) << map;
  EXPECT_THROW(kind().apply({folder / "own", study, {}, folder / "other"}, context), core::InputError);
  EXPECT_THROW(kind().apply({folder / "run", study, {}, folder / "run"}, context), core::InputError);
  const StudyFile without = read_study((folder / "study.yml").string(), {"adjoint.use=false"});
  EXPECT_THROW(kind().apply({folder / "run", without, {}, folder / "other"}, context), core::InputError);
}

TEST_F(RechargeStudy, AppliedToAnotherModelMapsItsCellsAndCountsThoseOutsideOfTheTrainingRange) {
  write(basin::lowland_model(land));
  const StudyFile study = read_study((folder / "study.yml").string(), {});
  engine::run(graph_of(kind(), study), {.out = folder / "run", .quiet = true});
  land.seed = 7;
  land.rows = 34;
  land.columns = 28;
  land.sand_conductivity_m_per_day = 40;
  flow::mf6::write_simulation(basin::lowland_model(land), folder / "elsewhere");
  const StudyFile other = read_study((folder / "study.yml").string(), {"model.folder=elsewhere"});
  core::Log log(true);
  core::Context context{log, false};
  const auto said = kind().apply({folder / "run", other, {}, folder / "maps-of-it"}, context);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_NE(said[1].find("of 952 cells"), std::string::npos) << said[1];
  EXPECT_EQ(said[1].find("0 of 952"), std::string::npos) << said[1];  // another conductivity is outside
  const data::GridFile map(folder / "maps-of-it/maps/s0.tif", {});
  EXPECT_EQ(map.grid().width, 28);
  EXPECT_EQ(map.grid().height, 34);
  std::vector<double> s0;
  map.read(0, {0, 0, 28, 34}, s0);
  for (const double v : s0) EXPECT_GT(v, 0);
}

TEST_F(RechargeStudy, RefusesAModelInFeet) {
  flow::Model model = basin::lowland_model(land);
  model.grid.length_units = "FEET";
  write(model);
  EXPECT_NE(refused().find("the model is in feet"), std::string::npos) << refused();
}

TEST_F(RechargeStudy, RefusesAModelWithLakesByName) {
  write(basin::lowland_model(land));
  for (const auto& entry : fs::directory_iterator(folder / "model")) {
    if (entry.path().extension() != ".nam" || entry.path().filename() == "mfsim.nam") continue;
    std::string text = core::read_file(entry.path());
    const auto end = text.find("END PACKAGES") != std::string::npos ? text.find("END PACKAGES")
                                                                    : text.find("END packages");
    ASSERT_NE(end, std::string::npos) << text;
    text.insert(end, "  LAK6 lowland.lak lakes\n");
    core::write_file_atomic(entry.path(), text);
  }
  EXPECT_NE(refused().find("LAK6"), std::string::npos) << refused();
  EXPECT_NE(refused().find("lakes"), std::string::npos) << refused();
}

TEST_F(RechargeStudy, RefusesCellsOfSeveralSizesAndAModelWithoutStorage) {
  flow::Model model = basin::lowland_model(land);
  model.grid.delr[3] = 120;
  write(model);
  EXPECT_NE(refused().find("cells of one size"), std::string::npos) << refused();
}

TEST_F(RechargeStudy, RefusesAWindowOutsideOfTheSimulationOrInASteadyPeriod) {
  write(basin::lowland_model(land));
  EXPECT_NE(refused({"window.end=4000"}).find("The simulation has 366 days"), std::string::npos);
  EXPECT_NE(refused({"window.end=4000"}).find("window.end"), std::string::npos);
  EXPECT_NE(refused({"window.last=4000"}).find("window.last"), std::string::npos);
  EXPECT_NE(refused({"window.start=0"}).find("stress period 1 of the window is steady"), std::string::npos);
  EXPECT_NE(refused({"window.end=0.5"}).find("is not after window.start"), std::string::npos);
  EXPECT_NE(refused({"scenarios.rate=[25, 5]"}).find("smallest and the largest"), std::string::npos);
}

}  // namespace
}  // namespace phreatic::studies::recharge
