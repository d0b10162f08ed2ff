// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/blocks.hpp"

#include "phreatic/studies/wells/input/load.hpp"

namespace phreatic::studies::wells {

void describe(core::Describer& d, BaselineBlock& p) {
  d.field("baselines", p.names, {.help = "Simple models that are always scored beside the network"});
}

void describe(core::Describer& d, PageBlock& p) {
  d.field("title", p.title, {.help = "Title of the report"});
  d.field("level_datum", p.level_datum, {.help = "What levels count from, for the axes"});
  d.list("published", p.published, "Published numbers shown beside ours");
  d.section("figures", p.figures, "Static figures for papers");
  d.field("report_panels", p.report_panels, {.help = "Wells with a panel of their own in the report"});
}

namespace {

hydrographs::ExplainParams attribution(hydrographs::ExplainParams params) {
  const hydrographs::ExplainParams defaults;
  params.types = defaults.types;
  params.truth = defaults.truth;
  params.type_rules = defaults.type_rules;
  params.compare_dates = {};
  return params;
}

}  // namespace

engine::SettingsBlocks blocks_of(const WellsSettings& settings) {
  engine::SettingsBlocks blocks;
  blocks.add("sources", sources_of(settings), "");
  blocks.add("basin", settings.basin, "basin.");
  blocks.add("task", settings.task, "");
  blocks.add("split", settings.data.split, "data.split.");
  blocks.add("baselines", BaselineBlock{settings.baselines}, "");
  blocks.add("uncertainty", settings.uncertainty, "uncertainty.");
  blocks.add("attribution", attribution(settings.explain), "explain.");
  blocks.add("explain", settings.explain, "explain.");
  blocks.add("frost", settings.explain.frost, "explain.frost.");
  blocks.add("rolling", settings.rolling, "rolling.");
  blocks.add("outlook", settings.outlook, "outlook.");
  blocks.add("page",
             PageBlock{settings.title, settings.level_datum, settings.published, settings.figures,
                       settings.report_panels},
             "");
  return blocks;
}

}  // namespace phreatic::studies::wells
