// SPDX-License-Identifier: BSD-3-Clause
// The U-Net as a stage of a small recharge study, from model files to the page.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "phreatic/basin/lowland/lowland.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/learn/maps/maps.hpp"
#include "phreatic/studies/engine/run.hpp"
#include "phreatic/studies/kinds.hpp"
#include "phreatic/studies/metrics_file.hpp"
#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/scenarios/sites/site_file.hpp"
#include "phreatic/studies/recharge/unet/maps.hpp"

namespace phreatic::studies {
namespace {

namespace fs = std::filesystem;

class RechargeUnet : public ::testing::Test {
 protected:
  fs::path folder = fs::temp_directory_path() / ("phreatic-test-recharge-unet-" + std::to_string(::getpid()));
  void SetUp() override {
    fs::remove_all(folder);
    basin::LowlandParams land;
    land.rows = 30;
    land.columns = 36;
    land.stream_area_km2 = 0.8;
    land.spin_up_years = 0;
    land.steps_per_month = 2;
    flow::mf6::write_simulation(basin::lowland_model(land), folder / "model");
    core::write_file_atomic(
        folder / "study.yml",
        "study: recharge\nwindow: {start: 1, end: 183.5}\nscenarios: {sites: 40, area: [0.01, 0.06], "
        "edge_buffer: 300, spacing: 800}\nsurrogates: {models: [rate-area, log-linear, unet], blocks: 2, "
        "buffer: 0}\n"
        "unet: {width: 4, levels: 2, patch: 2000, cell: 200, epochs: 12, members: 2, learning_rate: 0.004, "
        "maps: "
        "[specific_yield]}\n"
        "scan: {area: 0.04}\nplan: {sites: 3}\nfigures: {formats: []}\n");
  }
  void TearDown() override { fs::remove_all(folder); }
  StudyFile study() const { return read_study((folder / "study.yml").string(), {}); }
};

TEST_F(RechargeUnet, is_scored_beside_the_other_models_at_the_same_sites_and_stands_on_the_page) {
  const Kinds all = kinds_with_stages();
  engine::RunRequest request;
  request.out = folder / "run";
  request.quiet = true;
  engine::run(graph_of(kind_of(all, study()), study()), request);
  std::map<std::string, double> n;
  for (const stats::MetricRow& row : read_metrics(folder / "run/unet_metrics.csv")) {
    if (row.variable == "S0" && row.metric == "n") n[row.model + " " + row.period] = row.value;
  }
  EXPECT_EQ(n["unet random half"], 6);  // of 12 test sites
  EXPECT_EQ(n["rate-area random half"], 6);
  EXPECT_EQ(n["log-linear random half"], 6);
  EXPECT_EQ(n["unet blocks"], 40);
  const auto predictions = recharge::read_table(folder / "run/unet_predictions.csv");
  std::size_t test = 0;
  for (std::size_t i = 0; i < predictions.ids.size(); ++i) {
    const bool predicted = !std::isnan(predictions.numbers("s0_m3 random unet")[i]);
    test += predictions.texts("set")[i] == "test" ? 1 : 0;
    EXPECT_EQ(predicted, predictions.texts("set")[i] == "test") << predictions.ids[i];
  }
  EXPECT_EQ(test, 6U);
  const auto model = learn::read_maps_model(folder / "run/unet/random");
  EXPECT_EQ(model.inputs.size(), 7U);
  EXPECT_EQ(model.inputs.back(), "specific_yield");
  EXPECT_EQ(model.bands.back(), "steady rise");
  EXPECT_NE(core::read_file(folder / "run/report.html").find("Maps from maps"), std::string::npos);
  const auto facts = nlohmann::json::parse(core::read_file(folder / "run/unet.json"));
  EXPECT_EQ(facts.at("cell_m"), 200);
  EXPECT_EQ(facts.at("side"), 10);

  // Larger cells hold the same storage: that of the site, where its square holds the whole rise.
  const auto settings = recharge::read_settings(study());
  const auto ground = recharge::read_ground(settings.model, settings.window, "study.yml");
  core::Log log(true);
  core::Context context{log, false};
  const auto baseline = recharge::run_baseline(ground, context);
  const auto aquifer = recharge::first_aquifer(ground, baseline.wet_thickness_m, 200);
  const auto sites = recharge::sites_of(recharge::read_table(folder / "run/sites.csv"));
  const auto storage = [&](double cell_m, std::size_t site) {
    recharge::UnetSettings unet = settings.unet;
    unet.patch_m = 8000;
    unet.cell_m = cell_m;
    const auto maps =
        recharge::unet_maps(ground, baseline, aquifer, {}, sites, folder / "run/runs", unet, {});
    const auto& sample = maps.set.samples.at(site);
    double sum = 0;
    for (std::size_t i = 0; i < sample.counts.size(); ++i)
      sum += static_cast<double>(sample.counts[i]) * static_cast<double>(sample.target[i]);
    return sum * maps.cell_area;
  };
  const auto targets = recharge::read_table(folder / "run/targets.csv");
  for (const std::size_t site : {std::size_t{0}, std::size_t{17}, std::size_t{39}}) {
    const double fine = storage(0, site);
    EXPECT_NEAR(storage(200, site), fine, 1e-4 * fine);
    EXPECT_NEAR(fine, targets.numbers("s0_m3")[site],
                0.02 * fine);  // rises under 1/1000 of the largest are cut
  }
}

TEST_F(RechargeUnet, is_run_by_the_program_with_libtorch_only_where_it_is_asked_for) {
  const Kinds light = kinds();
  EXPECT_TRUE(kind_of(light, study()).learns(study()));
  const StudyFile without = read_study((folder / "study.yml").string(), {"surrogates.models=[rate-area]"});
  EXPECT_FALSE(kind_of(light, without).learns(without));
}

}  // namespace
}  // namespace phreatic::studies
