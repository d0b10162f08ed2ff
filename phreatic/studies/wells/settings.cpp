// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace phreatic::studies::wells {

void describe(core::Describer& d, ValidationParams& p) {
  d.choice("scheme", p.scheme, {{"period", ValidationScheme::period}, {"blocks", ValidationScheme::blocks}},
           {.help = "period: the validation dates of 'split'; blocks: each block of the calibration period "
                    "in turn, by models that have "
                    "not seen it, which are pooled afterwards"});
  d.field("blocks", p.blocks, {.help = "Number of blocks", .min = 2, .max = 50});
}

void describe(core::Describer& d, ForecastParams& p) {
  d.choice("drivers", p.drivers, {{"known", HorizonDrivers::known}, {"hidden", HorizonDrivers::hidden}},
           {.help = "Drivers after the issue date. known: as given in the files, which may hold a weather "
                    "forecast; with observed weather skill is that of a perfect weather forecast. hidden: "
                    "nothing after the issue date is used"});
  d.field("past_levels", p.past_levels,
          {.help = "The level known last, at every step up to the issue date, is an input"});
  d.choice("target", p.target, {{"change", ForecastTarget::change}, {"level", ForecastTarget::level}},
           {.help = "What the network learns: the change since the level known last (with past levels), or "
                    "the level itself"});
}

void describe(core::Describer& d, UncertaintyParams& p) {
  d.choice(
      "scale", p.scale,
      {{"constant", BandScale::constant},
       {"level", BandScale::level},
       {"level_and_balance", BandScale::level_and_balance},
       {"spread", BandScale::spread},
       {"seasonal", BandScale::seasonal},
       {"quantiles", BandScale::quantiles}},
      {.help = "What the width of the bands follows: nothing, the errors made near that level, those also "
               "by the water balance of the year before (precipitation less pet), the spread of the "
               "ensemble, the season, the network's own outer quantiles "
               "(with 'loss.kind: quantile')"});
  d.choice("folds", p.folds, {{"pool", BandFolds::pool}, {"cross", BandFolds::cross}},
           {.help = "Blocked validation. pool: the median of all models, with the errors that each block's "
                    "models made there; cross: wider where the blocks' models disagree (CV+)"});
  describe(d, p.conformal);
}

void describe(core::Describer& d, ExplainSettings& p) {
  d.field("enabled", p.enabled, {.help = "Attribute the simulated levels to the drivers"});
  d.field("period", p.period,
          {.help = "Which dates are explained", .choices = {"test", "calibration", "all"}});
  d.field("stride", p.stride,
          {.help = "Steps between explained dates", .unit = "steps", .min = 1, .max = 100000});
  d.field("reference_windows", p.reference_windows,
          {.help = "Reference windows per well, spread evenly over its calibration period",
           .min = 2,
           .max = 1e6});
  d.field("keep_cube", p.keep_cube, {.help = "Write each lag and driver to explain/attributions.nc"});
  d.field("types", p.types, {.help = "Group the wells into types of dynamics (needs three wells or more)"});
  d.field("truth", p.truth,
          {.help = "Virtual wells: compare contributions with the true ones, by runs of the simulator; with "
                   "'basin.aquifer: groundwater' each is a run of the whole basin"});
  d.section("expected_gradients", p.expected_gradients, "How contributions are estimated");
  d.section("frost", p.frost, "How freezing and thawing periods are found from temperature");
  d.section("type_rules", p.type_rules, "How types of dynamics are found and named");
}

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
  d.section("validation", p.validation, "What early stopping and bands are judged on");
  d.choice("scope", p.scope, {{"global", Scope::global}, {"single", Scope::single}},
           {.help = "One model for all wells, or one for each"});
  d.choice("attributes", p.attributes,
           {{"real", AttributeUse::real}, {"none", AttributeUse::none}, {"random", AttributeUse::random}},
           {.help = "Static attributes that the global model gets; random numbers are the honest comparison "
                    "(heudorfer2024)"});
  describe(d, p.learn);
  d.section("forecast", p.forecast, "What forecasts may look at; used with 'window.mode: forecast'");
  d.field("baselines", p.baselines,
          {.help = "Simple models that are always scored beside the network",
           .choices = {"persistence", "climatology", "ridge", "transfer_function"}});
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
  const learn::LossParams& loss = settings.learn.loss;
  if (settings.uncertainty.scale == BandScale::quantiles && loss.outputs_per_target() < 2) {
    problems.add({.file = file,
                  .where = "uncertainty.scale",
                  .what = "is 'quantiles', but the network predicts none",
                  .mend = "Set 'loss: {kind: quantile, quantiles: [0.05, 0.5, 0.95]}', or another scale"});
  }
  if (settings.uncertainty.scale == BandScale::level_and_balance && settings.forecasts() &&
      settings.forecast.drivers == HorizonDrivers::hidden) {
    problems.add(
        {.file = file,
         .where = "uncertainty.scale",
         .what = "is 'level_and_balance', which needs the weather that 'forecast.drivers: hidden' hides",
         .mend = "Set 'uncertainty.scale: level'"});
  }
  problems.throw_if_any();
  return settings;
}

}  // namespace phreatic::studies::wells
