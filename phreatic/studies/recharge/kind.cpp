// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/kind.hpp"

#include <fmt/format.h>

#include "phreatic/basin/lowland/lowland.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/studies/recharge/apply.hpp"
#include "phreatic/studies/recharge/page/page.hpp"
#include "phreatic/studies/recharge/scenarios/mf6_engine.hpp"
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"
#include "phreatic/studies/recharge/stages.hpp"
#include "phreatic/studies/recharge/templates.hpp"

namespace phreatic::studies::recharge {
namespace {

std::vector<std::string> check(const StudyFile& study, core::Context&) {
  const RechargeSettings settings = read_settings(study);
  const Ground ground = read_ground(settings.model, settings.window, study.path);
  check_steady(settings, ground, study.path);
  if (settings.scenarios.engine == ScenarioEngine::mf6) mf6_program(settings.scenarios.mf6);
  const Schedule& s = ground.schedule;
  std::vector<std::string> lines = {
      fmt::format("model: {} layers x {} x {} cells of {:g} x {:g} m, {} time steps", ground.model.grid.nlay,
                  ground.rows(), ground.columns(), ground.cell_width(), ground.cell_height(), s.steps.size()),
      ground.steady_only()
          ? std::string("recharge: steady, its response without end")
          : fmt::format("recharge: {} to {}, storage followed to {} ({} points)",
                        day_text(settings.model, s.start_day()), day_text(settings.model, s.end_day()),
                        day_text(settings.model, s.steps[s.last].end), s.instants())};
  const auto allowed = allowed_cells(ground, read_mask(ground, settings.scenarios.mask));
  read_mask(ground, settings.plan.exclude);
  lines.push_back(fmt::format("cells that can take recharge: {} of {}",
                              Places(ground, allowed, settings.scenarios.edge_buffer_m).free_cells(),
                              std::count(ground.exists.begin(), ground.exists.end(), true)));
  lines.insert(lines.end(), ground.notes.begin(), ground.notes.end());
  // A design with the narrowest spacing says at least what cannot be had in any case; spacing needs the baseline.
  ScenarioParams any = settings.scenarios;
  any.spacing_m = ground.cell_width();
  any.most_runs = 0;
  const std::vector<double> unknown(ground.places(), 0.0);
  const auto mask = read_mask(ground, settings.scenarios.mask);
  const SiteDesign design = any.file.empty() ? design_sites(ground, unknown, mask, any, study.path)
                                             : read_sites(ground, unknown, mask, any, study.path);
  lines.push_back(
      fmt::format("sites: {}; how many fit into a run is known after the baseline", design.sites.size()));
  return lines;
}

void write_template(const std::filesystem::path& folder) {
  flow::mf6::write_simulation(basin::lowland_model({}), folder / "model");
  core::write_file_atomic(folder / "study.yml", study_template());
}

}  // namespace

Kind kind() {
  Kind kind;
  kind.name = "recharge";
  kind.about = "Managed recharge: where added water stays, simulated at sites, learnt, mapped for every cell";
  kind.entity = "site";
  kind.settings = [] { return core::field_table(RechargeSettings{}); };
  kind.check = check;
  kind.stages = [](const StudyFile& study) { return stages(study); };
  kind.learns = [](const StudyFile& study) { return read_settings(study).surrogates.has_unet(); };
  kind.device_setting = "unet.device";
  kind.page = page;
  kind.page_version = 3;  // how much of the plan's predicted response is simulated
  kind.apply = apply;
  kind.templates = {{"recharge", "recharge sites in a small lowland model (MODFLOW 6)", write_template}};
  kind.verbs = {};
  return kind;
}

}  // namespace phreatic::studies::recharge
