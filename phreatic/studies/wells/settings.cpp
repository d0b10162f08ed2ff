// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace phreatic::studies::wells {

void describe(core::Describer& d, PublishedMark& p) {
  d.field("well", p.well, {.help = "Well the number is for; empty: all wells"});
  d.field("label", p.label, {.help = "What it is and whose", .required = true});
  d.field("metric", p.metric, {.help = "Metric as named in metrics.csv"});
  d.field("value", p.value, {.help = "The number", .required = true});
}

void describe(core::Describer& d, AnalysisParams& p) {
  d.section("som", p.som, "The self-organising map of the wells");
  d.field("groups", p.groups,
          {.help = "Groups of the hierarchical clustering; 0: as many as the mean silhouette says",
           .min = 0,
           .max = 6});
  d.field(
      "run", p.run,
      {.help =
           "Folder of a finished run of this study: the skill of its network by group of wells, and against "
           "attributes such as the distance to the river; empty: none"});
}

void describe(core::Describer& d, WellsSettings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"wells"}});
  d.field("title", p.title, {.help = "Title of the report", .aliases = {"experiment_name"}});
  d.field(
      "level_datum", p.level_datum,
      {.help = "What levels count from, as axes shall name it: NHN, NAP, mean sea level; empty: not named"});
  d.field("virtual_wells", p.virtual_wells,
          {.help = "Make the data with the 'basin' block (causes known) instead of reading files"});
  d.section("basin", p.basin, "The virtual basin");
  d.section("data", p.data, "Where levels, drivers and attributes come from");
  d.list("evaluation", p.evaluation,
         "Levels that only the evaluation may see, as in data.targets (for example a file that also holds "
         "the test period)");
  d.field("only_targets", p.only_targets,
          {.help = "Names of the targets in data.targets that the study keeps; default: all of them"});
  describe(d, p.task);
  d.field("baselines", p.baselines,
          {.help = "Simple models that are always scored beside the network",
           .choices = hydrographs::baseline_names()});
  d.section("uncertainty", p.uncertainty, "Bands around the simulated level");
  d.section("rolling", p.rolling,
            "Evaluation from rolling origins: everything trained again on what was observed before each");
  d.section("outlook", p.outlook, "Forecasts as classes: below, near or above normal");
  d.section("explain", p.explain, "Which causes the simulated levels have");
  d.section("analysis", p.analysis, "How 'phreatic analyse' groups the wells");
  d.list("published", p.published, "Published numbers shown beside ours");
  d.section("figures", p.figures, "Static figures for papers");
  d.field("report_panels", p.report_panels,
          {.help = "Wells with a panel of their own in the report (25 kB each); of more wells half of these "
                   "are the worst by "
                   "NSE, the others spread over the rest",
           .min = 1,
           .max = 100000});
  d.field("folder", p.folder,
          {.help = "Folder that relative paths start from; default: the folder of the study file"});
}

std::vector<std::string> WellsSettings::target_names() const {
  std::vector<std::string> names;
  for (const data::TargetParams& target : data.targets) {
    if (std::find(names.begin(), names.end(), target.name) == names.end()) names.push_back(target.name);
  }
  if (names.empty()) names.push_back(data::TargetParams{}.name);  // of virtual wells
  return names;
}

namespace {

// Takes targets out that only_targets does not name, with all that is said of them.
void keep_only_targets(WellsSettings& settings, const std::string& file, core::Problems& problems) {
  const std::vector<std::string>& kept = settings.only_targets;
  if (kept.empty()) return;
  const std::vector<std::string> names = settings.target_names();
  for (const std::string& name : kept) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      problems.add({.file = file,
                    .where = "only_targets",
                    .what = "names '" + name + "', which is no target of the study",
                    .allowed = fmt::format("{}", fmt::join(names, ", "))});
  }
  const auto other = [&](const auto& target) {
    return std::find(kept.begin(), kept.end(), target.name) == kept.end();
  };
  std::erase_if(settings.data.targets, other);
  std::erase_if(settings.evaluation, other);
  std::erase_if(settings.task.targets, other);
}

}  // namespace

WellsSettings read_settings(const StudyFile& study) {
  WellsSettings settings;
  core::Problems problems;
  core::read_params(study.tree, settings, problems);
  keep_only_targets(settings, study.path, problems);
  hydrographs::check_blocks(settings.task, settings.uncertainty, study.path, problems);
  if (settings.gives_outlook() && settings.outlook.low >= settings.outlook.high)
    problems.add(
        {.file = study.path,
         .where = "outlook.low",
         .what = fmt::format("is {:g}, as outlook.high: no level would be near normal", settings.outlook.low),
         .allowed = "less than outlook.high",
         .mend = "Set them apart, such as 0.25 and 0.75"});
  problems.throw_if_any();
  return settings;
}

WellsSettings read_settings(const std::string& file, const std::vector<std::string>& overrides) {
  return read_settings(read_study(file, overrides));
}

}  // namespace phreatic::studies::wells
