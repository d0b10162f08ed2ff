// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/settings.hpp"

namespace phreatic::hydrographs {

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
  d.choice(
      "target", p.target,
      {{"damped_anomaly", ForecastTarget::damped_anomaly},
       {"change", ForecastTarget::change},
       {"level", ForecastTarget::level}},
      {.help = "What the network learns: the error of the damped anomaly (usual level of the season plus "
               "what is left of the last departure from it), the change since the level known last (both "
               "with past levels only), or the level itself"});
}

void describe(core::Describer& d, TargetTask& p) {
  d.field("name", p.name, {.help = "Target, as named in data.targets", .required = true});
  d.choice(
      "loss", p.loss,
      {{"study", TargetLoss::study},
       {"nse", TargetLoss::nse},
       {"one_minus_r2", TargetLoss::one_minus_r2},
       {"mse", TargetLoss::mse},
       {"mae", TargetLoss::mae},
       {"huber", TargetLoss::huber},
       {"quantile", TargetLoss::quantile}},
      {.help = "Kind of its loss; study: that of the block loss, whose other settings hold for every kind"});
  d.field("weight", p.weight,
          {.help = "Factor of its loss in the sum over the targets", .min = 0, .max = 1e6});
  d.field(
      "interval", p.interval,
      {.help = "Steps that one observation is the mean of: a 5-day level in a daily model has 5 (simulations "
               "only). The network's outputs are compared with it by their mean over the interval",
       .unit = "steps",
       .min = 1,
       .max = 10000});
  d.field("interval_begins", p.interval_begins,
          {.help = "A day on which an interval begins; default: the day of the target's first observation"});
}

TargetTask task_of(const std::vector<TargetTask>& targets, const std::string& name) {
  for (const TargetTask& target : targets) {
    if (target.name == name) return target;
  }
  TargetTask target;
  target.name = name;
  return target;
}

void describe(core::Describer& d, TaskParams& p) {
  d.list("targets", p.targets,
         "How targets are learnt where there are several: their share of the loss, their observation step");
  d.section("validation", p.validation, "What early stopping and bands are judged on");
  d.choice("scope", p.scope, {{"global", Scope::global}, {"single", Scope::single}},
           {.help = "One model for all wells, or one for each"});
  d.choice("attributes", p.attributes,
           {{"real", AttributeUse::real}, {"none", AttributeUse::none}, {"random", AttributeUse::random}},
           {.help = "Static attributes that the global model gets; random numbers are the honest comparison "
                    "(heudorfer2024)"});
  describe(d, p.learn);
  d.section("forecast", p.forecast, "What forecasts may look at; used with 'window.mode: forecast'");
  d.field(
      "observed_targets", p.observed_targets,
      {.help =
           "A driver may hold the observations of a target, at once or delayed: else it is refused, for the "
           "network would be told what it is asked for. The report's headline says so"});
}

const std::vector<std::string>& baseline_names() {
  static const std::vector<std::string> names = {"persistence", "damped_anomaly", "climatology", "ridge",
                                                 "transfer_function"};
  return names;
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

void describe(core::Describer& d, ExplainParams& p) {
  d.field("enabled", p.enabled, {.help = "Attribute the simulated levels to the drivers"});
  d.field("period", p.period,
          {.help = "Which dates are explained", .choices = {"test", "calibration", "all"}});
  d.field("stride", p.stride,
          {.help = "Steps between explained dates", .unit = "steps", .min = 1, .max = 100000});
  d.field("reference_windows", p.reference_windows,
          {.help = "Reference windows per well, spread evenly over its calibration period",
           .min = 2,
           .max = 1e6});
  d.choice(
      "reference_winters", p.reference_winters,
      {{"all", ReferenceWinters::all}, {"mild", ReferenceWinters::mild}},
      {.help = "Winters that references are of: all, or the half of the well's own with the least frost, so "
               "that a cold winter is compared with what a mild one had been"});
  d.field(
      "reference_alike", p.reference_alike,
      {.help =
           "References that each date keeps: those whose drivers other than temperature were most like its "
           "own, so that what differs is temperature; 0: all",
       .min = 0,
       .max = 10000});
  d.field("keep_cube", p.keep_cube, {.help = "Write each lag and driver to explain/attributions.nc"});
  d.field("compare_dates", p.compare_dates,
          {.help = "Explained dates of each well on which other methods are asked too: sampled Shapley "
                   "values, integrated "
                   "gradients, permutation importance; 0: none",
           .min = 0,
           .max = 10000});
  d.field("types", p.types, {.help = "Group the wells into types of dynamics (needs three wells or more)"});
  d.field("truth", p.truth,
          {.help = "Virtual wells: compare contributions with the true ones, by runs of the simulator; with "
                   "'basin.aquifer: groundwater' each is a run of the whole basin"});
  d.section("expected_gradients", p.expected_gradients, "How contributions are estimated");
  d.section("frost", p.frost, "How freezing and thawing periods are found from temperature");
  d.section("type_rules", p.type_rules, "How types of dynamics are found and named");
}

void describe(core::Describer& d, RollingParams& p) {
  d.field("origins", p.origins,
          {.help = "Dates on which everything is trained again, on what was observed before, and scored on "
                   "what came after; 0: none",
           .min = 0,
           .max = 1000});
  d.field("test", p.test, {.help = "Steps that are scored after each origin", .unit = "steps", .min = 1});
  d.field("step", p.step,
          {.help = "Steps from one origin to the next; 0: as many as are scored, so that no step is scored "
                   "twice",
           .unit = "steps",
           .min = 0});
  d.choice("training", p.training,
           {{"expanding", OriginTraining::expanding}, {"sliding", OriginTraining::sliding}},
           {.help = "expanding: all steps from the beginning of the training period to the origin; sliding: "
                    "the last 'training_length' of them"});
  d.field("training_length", p.training_length,
          {.help = "Steps before the origin that a sliding window holds, validation included",
           .unit = "steps",
           .min = 0});
  d.field("validation", p.validation,
          {.help = "Share of the steps before the origin, at their end, that stops training and calibrates "
                   "bands",
           .min = 0.01,
           .max = 0.9});
  d.field("last", p.last, {.help = "Last day that is scored; default: that of the last observation"});
}

void check_blocks(const TaskParams& task, const UncertaintyParams& uncertainty, const std::string& file,
                  core::Problems& problems) {
  const learn::LossParams& loss = task.learn.loss;
  if (uncertainty.scale == BandScale::quantiles && loss.outputs_per_target() < 2) {
    problems.add({.file = file,
                  .where = "uncertainty.scale",
                  .what = "is 'quantiles', but the network predicts none",
                  .mend = "Set 'loss: {kind: quantile, quantiles: [0.05, 0.5, 0.95]}', or another scale"});
  }
  if (uncertainty.scale == BandScale::level_and_balance && task.forecasts() &&
      task.forecast.drivers == HorizonDrivers::hidden) {
    problems.add(
        {.file = file,
         .where = "uncertainty.scale",
         .what = "is 'level_and_balance', which needs the weather that 'forecast.drivers: hidden' hides",
         .mend = "Set 'uncertainty.scale: level'"});
  }
}

}  // namespace phreatic::hydrographs
