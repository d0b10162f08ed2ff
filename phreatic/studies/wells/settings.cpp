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

void describe(core::Describer& d, WellsSettings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"wells"}, .required = true});
  d.field("title", p.title, {.help = "Title of the report", .aliases = {"experiment_name"}});
  d.field("virtual_wells", p.virtual_wells,
          {.help = "Make the data with the 'basin' block (causes known) instead of reading files"});
  d.section("basin", p.basin, "The virtual basin");
  d.section("data", p.data, "Where levels, drivers and attributes come from");
  d.list("evaluation", p.evaluation,
         "Levels that only the evaluation may see, as in data.targets (for example a file that also holds "
         "the test period)");
  describe(d, p.task);
  d.field("baselines", p.baselines,
          {.help = "Simple models that are always scored beside the network",
           .choices = hydrographs::baseline_names()});
  d.section("uncertainty", p.uncertainty, "Bands around the simulated level");
  d.section("explain", p.explain, "Which causes the simulated levels have");
  d.list("published", p.published, "Published numbers shown beside ours");
  d.section("figures", p.figures, "Static figures for papers");
  d.field("folder", p.folder,
          {.help = "Folder that relative paths start from; default: the folder of the study file"});
}

namespace {

// "training.epochs=5" put into the tree, so that overrides are checked as the file's own lines are.
void apply_override(core::Tree& tree, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw core::InputError({.where = "--set " + setting,
                            .what = "is not of the form key=value",
                            .allowed = "training.epochs=5"});
  }
  core::Node* node = &tree.root;
  std::string path = setting.substr(0, equals);
  for (std::size_t dot = 0; dot != std::string::npos;) {
    dot = path.find('.');
    const std::string key = path.substr(0, dot);
    if (dot != std::string::npos) path = path.substr(dot + 1);
    if (node->kind != core::Node::Kind::map) {
      *node = {};
      node->kind = core::Node::Kind::map;
    }
    const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    if (found != node->entries.end()) {
      node = &found->second;
    } else {
      node->entries.emplace_back(key, core::Node{});
      node = &node->entries.back().second;
    }
  }
  *node = core::parse_yaml(setting.substr(equals + 1), "--set " + setting).root;
}

}  // namespace

WellsSettings read_settings(const std::string& file, const std::vector<std::string>& overrides) {
  core::Tree tree = core::read_yaml(file);
  for (const std::string& setting : overrides) apply_override(tree, setting);
  WellsSettings settings;
  core::Problems problems;
  core::read_params(tree, settings, problems);
  hydrographs::check_blocks(settings.task, settings.uncertainty, file, problems);
  problems.throw_if_any();
  return settings;
}

}  // namespace phreatic::studies::wells
