// SPDX-License-Identifier: BSD-3-Clause
// Models whose periods are all steady: the steady response alone.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/studies/engine/run.hpp"
#include "phreatic/studies/recharge/kind.hpp"
#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"
#include "phreatic/studies/recharge/scenarios/targets.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

namespace fs = std::filesystem;
constexpr double kDay = 86400;
constexpr double kResistance = 150;  // d, of the drains

// One steady period in seconds; drains under the whole model, 3 m below the surface, kept running by rain; fixed
// transmissivity, which changes from row to row.
flow::Model steady_model() {
  flow::Model model = testing::small_ground(24, 30, 50).model;
  model.name = "steady";
  model.grid.length_units = "METERS";
  model.time_units = "SECONDS";
  model.periods = {{10, 1, 1, true, {}}};
  model.storage = {};
  std::vector<double> k;
  for (std::size_t n = 0; n < model.grid.cells(); ++n) k.push_back((5 + static_cast<double>(n / 30)) / kDay);
  model.flow.k = k;
  model.flow.icelltype = std::int8_t{0};
  Ground like = testing::small_ground(24, 30, 50);
  model.packages.push_back(testing::drains_everywhere(like, -3.0, kResistance * kDay));
  flow::PackageValues rain;
  for (std::size_t n = 0; n < model.grid.layer_cells(); ++n)
    rain.cell.push_back(static_cast<flow::CellIndex>(n));
  rain.values.assign(rain.cell.size(), 1e-3 / kDay);
  flow::Package package;
  package.kind = flow::PackageKind::rch;
  package.name = "RAIN";
  package.provider = flow::constant_values(std::move(rain));
  model.packages.push_back(std::move(package));
  return model;
}

class SteadyStudy : public ::testing::Test {
 protected:
  fs::path folder =
      fs::temp_directory_path() / ("phreatic-test-recharge-steady-" + std::to_string(::getpid()));

  void SetUp() override {
    fs::remove_all(folder);
    flow::mf6::write_simulation(steady_model(), folder / "model");
    core::write_file_atomic(
        folder / "study.yml",
        "study: recharge\nscenarios: {sites: 40, per_run: 1, area: [0.0025, 0.04], edge_buffer: 100, "
        "spacing: 100}\nfeatures: {sigma: [100]}\nsurrogates: {models: [rate-area, adjoint, "
        "log-linear], transfer: true}\nscan: {area: 0.01}\nplan: {sites: 2}\nfigures: "
        "{formats: []}\n");
  }
  void TearDown() override { fs::remove_all(folder); }
  StudyFile study(const std::vector<std::string>& overrides = {}) const {
    return read_study((folder / "study.yml").string(), overrides);
  }
  std::string refused(const std::vector<std::string>& overrides) const {
    core::Log log(true);
    core::Context context{log, false};
    try {
      kind().check(study(overrides), context);
    } catch (const core::InputError& e) {
      return e.what();
    }
    return "nothing was refused";
  }
};

// Integrated over the area rise / c = added water: the rise times area is Q c, wherever the site lies.
TEST_F(SteadyStudy, ResponseOverDrainsIsWaterTimesTheirResistanceAlsoByAdjointAndInAModelInSeconds) {
  const RechargeSettings settings = read_settings(study());
  const Ground ground = read_ground(settings.model, settings.window, "study.yml");
  ASSERT_TRUE(ground.steady_only());
  EXPECT_DOUBLE_EQ(ground.model_days, 1 / kDay);
  core::Log log(true);
  core::Context context{log, false};
  const Baseline baseline = run_baseline(ground, context);
  const FirstAquifer aquifer = first_aquifer(ground, baseline.wet_thickness_m, 200);
  EXPECT_NEAR(aquifer.transmissivity[30 * 4], 20 * 9, 1e-6);  // m2/d
  const Site site{"A", 8, 11, 3, 4, 10, 12 * 0.0025, 0};
  const RunResult run =
      simulate_run(ground, baseline, {site}, std::vector<double>(720, 100.0), {.steady = true}, context);
  ASSERT_TRUE(run.complete) << run.message;
  const double exact = site.water_m3_per_day() * kResistance;
  EXPECT_NEAR(run.sites[0].steady_m3, exact, 1e-4 * exact);
  const AdjointMaps maps = adjoint_maps(ground, baseline, {.tolerance = 1e-10}, {}, context);
  ASSERT_TRUE(maps.there()) << maps.trouble;
  EXPECT_TRUE(maps.steady());
  for (const double v : maps.stored.front()) EXPECT_NEAR(v, kResistance, 1e-4 * kResistance);
  const Table targets = targets_table({site}, {run}, ground.schedule, {});
  EXPECT_NEAR(targets.numbers("steady_m3")[0], exact, 1e-4 * exact);
  for (const char* none : {"s0_m3", "k_per_day", "water_m3", "efficiency"})
    EXPECT_TRUE(std::isnan(targets.numbers(none)[0])) << none;
  EXPECT_EQ(targets.texts("remark")[0], "");
}

TEST_F(SteadyStudy, RunsToAReportWithoutDecayAndIsAppliedToItsOwnKindOfModelAlone) {
  engine::run(graph_of(kind(), study()), {.out = folder / "run", .quiet = true});
  EXPECT_TRUE(fs::exists(folder / "run/maps/steady.tif"));
  EXPECT_FALSE(fs::exists(folder / "run/maps/k.tif"));
  EXPECT_FALSE(fs::exists(folder / "run/maps/s0.tif"));
  EXPECT_FALSE(fs::exists(folder / "run/adjoint/k.tif"));
  // The response is known exactly from rate and area here; what two sites of a plan share goes to the nearer one, and
  // their sum stays.
  const Table plan = read_table(folder / "run/plan.csv");
  ASSERT_EQ(plan.ids.size(), 2U);
  const auto sum = [&](const char* column) { return plan.numbers(column)[0] + plan.numbers(column)[1]; };
  EXPECT_NEAR(sum("s0_predicted_m3"), sum("s0_simulated_m3"), 1e-3 * sum("s0_simulated_m3"));
  EXPECT_NE(core::read_file(folder / "run/report.html").find("All periods of the model are steady"),
            std::string::npos);
  core::Log log(true);
  core::Context context{log, false};
  const auto lines = kind().apply({folder / "run", study(), std::nullopt, folder / "applied"}, context);
  EXPECT_NE(lines.front().find("steady response"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder / "applied/maps/steady.tif"));
}

TEST_F(SteadyStudy, RefusesWhatASteadyModelHasNotAndATransientOneWithoutAWindow) {
  EXPECT_NE(refused({"window.start=0", "window.end=10"}).find("leave window out"), std::string::npos);
  EXPECT_NE(refused({"targets.volume=water"}).find("no water is stored in it"), std::string::npos);
  EXPECT_NE(refused({"scenarios.engine=mf6"}).find("Take embedded"), std::string::npos);
  EXPECT_NE(refused({"scenarios.steady=false"}).find("scenarios.steady"), std::string::npos);
  flow::Model model = testing::small_ground(24, 30, 50).model;
  model.grid.length_units = "METERS";
  model.time_units = "DAYS";
  fs::remove_all(folder / "model");
  flow::mf6::write_simulation(model, folder / "model");
  const std::string why = refused({});
  EXPECT_NE(why.find("window"), std::string::npos) << why;
  EXPECT_NE(why.find("is missing, and the model has transient periods"), std::string::npos) << why;
  EXPECT_NE(why.find("it has 90 days"), std::string::npos) << why;
}

}  // namespace
}  // namespace phreatic::studies::recharge
