// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/stages.hpp"

#include "phreatic/studies/recharge/stages/parts.hpp"

namespace phreatic::studies::recharge {

engine::Graph stages(const StudyFile& study, const UnetWork& unet) {
  const RechargeSettings settings = read_settings(study);
  const auto ground =
      std::make_shared<const Ground>(read_ground(settings.model, settings.window, study.path));
  check_steady(settings, *ground, study.path);
  engine::Graph graph;
  graph.resolved = core::to_yaml(settings);
  graph.settings.add("model", settings.model, "model.");
  graph.settings.add("window", settings.window, "window.");
  graph.settings.add("year", settings.year, "year.");
  graph.settings.add("scenarios", settings.scenarios, "scenarios.");
  graph.settings.add("targets", settings.targets, "targets.");
  graph.settings.add("features", settings.features, "features.");
  graph.settings.add("adjoint", settings.adjoint, "adjoint.");
  graph.settings.add("surrogates", settings.surrogates, "surrogates.");
  graph.settings.add("unet", settings.unet, "unet.");
  graph.settings.add("scan", settings.scan, "scan.");
  graph.settings.add("plan", settings.plan, "plan.");
  graph.settings.add("page", PageBlock{settings.title, settings.figures}, "");
  graph.stages = {baseline_stage(ground, settings, study.path),
                  adjoint_stage(),
                  sites_stage(settings, study.path),
                  simulate_stage(),
                  targets_stage(),
                  train_stage(study.path),
                  scan_stage(),
                  plan_stage(settings)};
  if (!settings.year.weather.empty()) graph.stages.push_back(year_stage(settings, study.path));
  if (settings.surrogates.has_unet()) graph.stages.push_back(unet_stage(unet));
  return graph;
}

}  // namespace phreatic::studies::recharge
