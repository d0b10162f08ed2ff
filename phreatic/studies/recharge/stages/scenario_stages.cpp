// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/scenarios/mf6_engine.hpp"
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"
#include "phreatic/studies/recharge/scenarios/sites/site_file.hpp"
#include "phreatic/studies/recharge/scenarios/targets.hpp"
#include "phreatic/studies/recharge/stages/parts.hpp"

namespace phreatic::studies::recharge {

namespace fs = std::filesystem;
using engine::Stage;
using engine::StageContext;
using nlohmann::json;

namespace {

std::vector<RunResult> read_runs(const fs::path& folder, const std::vector<Site>& sites) {
  std::vector<RunResult> out;
  int last = -1;
  for (const Site& site : sites) last = std::max(last, site.run);
  for (int run = 0; run <= last; ++run) {
    out.emplace_back();
    read_result(result_file(folder, run), "", out.back());
  }
  return out;
}

}  // namespace

Stage sites_stage(const RechargeSettings& settings, const std::string& study_file) {
  Stage stage;
  stage.name = "sites";
  stage.about = "place the sites";
  stage.needs = {{"baseline", "base"}};
  stage.settings = {"scenarios"};
  for (const std::string& file : {settings.scenarios.file, settings.scenarios.mask}) {
    if (!file.empty())
      stage.inputs.push_back({fs::path(file).lexically_relative(settings.folder).string(), file});
  }
  stage.outputs = {{"sites", {"sites.csv"}}, {"design", {"design.json"}}};
  stage.work = [study_file](StageContext& context) {
    const Base& base = base_of(context);
    const auto& p = context.settings<ScenarioParams>("scenarios");
    const auto mask = read_mask(base.ground, p.mask);
    const SiteDesign design = p.file.empty() ? design_sites(base.ground, base.leakage_m, mask, p, study_file)
                                             : read_sites(base.ground, base.leakage_m, mask, p, study_file);
    for (const std::string& note : design.notes) context.context().log.warn(note);
    context.context().log.info(
        fmt::format("sites: {} in {} runs, at least {:.0f} to {:.0f} m apart within a run",
                    design.sites.size(), design.runs, design.least_gap_m, design.greatest_gap_m));
    write_table(table_of(design.sites, base.ground), context.path("sites"));
    core::write_file_atomic(context.path("design"), design_facts(design).dump(1) + "\n");
  };
  return stage;
}

Stage simulate_stage() {
  Stage stage;
  stage.name = "simulate";
  stage.about = "simulate the sites, run by run";
  stage.needs = {{"baseline", "base"}, {"sites", "sites"}};
  stage.settings = {"scenarios"};
  stage.outputs = {{"runs", {"runs/"}}};
  stage.work = [](StageContext& context) {
    const Base& base = base_of(context);
    const fs::path table = context.path("sites", "sites");
    const auto& p = context.settings<ScenarioParams>("scenarios");
    const Measures measures{.steady = p.steady, .rises = p.rises};
    const std::string mf6 = p.engine == ScenarioEngine::mf6 ? mf6_program(p.mf6) : "";
    const std::string fingerprint =
        core::hash_bytes(hash_of(base) + core::hash_file(table) + (p.steady ? "steady" : "") + mf6);
    const auto runs = simulate_all(base.ground, base.baseline, sites_of(read_table(table)), base.leakage_m,
                                   measures, fingerprint, context.path("runs"), context.context(), mf6);
    const auto failed =
        std::count_if(runs.begin(), runs.end(), [](const RunResult& r) { return !r.complete; });
    if (static_cast<std::size_t>(failed) == runs.size())
      throw core::RunError("all runs failed; the first one: " + runs.front().message);
  };
  return stage;
}

Stage targets_stage() {
  Stage stage;
  stage.name = "targets";
  stage.about = "measure response and decay of every site";
  stage.needs = {{"baseline", "base"}, {"sites", "sites"}, {"simulate", "runs"}};
  stage.settings = {"targets"};
  stage.outputs = {{"targets", {"targets.csv"}},
                   {"storage", {"storage.csv"}},
                   {"remarks", {"targets.json"}},
                   {"above", {"above_steady.csv"}}};
  stage.code_version = 3;  // 2: above_steady.csv; two phases. 3: reasons only where a loss is notably larger.
  stage.work = [](StageContext& context) {
    const auto& p = context.settings<TargetParams>("targets");
    const Schedule& schedule = base_of(context).ground.schedule;
    const auto sites = sites_of(read_table(context.path("sites", "sites")));
    const auto runs = read_runs(context.path("simulate", "runs"), sites);
    const Table targets = targets_table(sites, runs, schedule, p);
    const auto remarks = target_remarks(targets, runs, p);
    for (const std::string& remark : remarks) context.context().log.warn(remark);
    write_table(targets, context.path("targets"));
    write_table(storage_table(sites, runs, schedule, p.volume), context.path("storage"));
    const Base& base = base_of(context);
    constexpr double around_m = 500;  // kernel of the losses around a site; no narrower than two cells
    write_table(above_steady(base.ground, read_table(context.path("sites", "sites")), targets,
                             base.baseline.steady_losses, base.baseline.season_losses,
                             std::max(around_m, 2 * base.ground.cell_width())),
                context.path("above"));
    core::write_file_atomic(context.path("remarks"),
                            json{{"remarks", remarks}, {"runs", runs.size()}}.dump(1) + "\n");
  };
  return stage;
}

}  // namespace phreatic::studies::recharge
