// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace phreatic::studies::recharge {

void describe(core::Describer& d, ModelParams& p) {
  d.field("folder", p.folder, {.help = "Folder of the MODFLOW 6 simulation, in metres and days"});
  d.field("name_file", p.name_file, {.help = "Its simulation name file"});
  d.field(
      "keep_arrays", p.keep_arrays,
      {.help =
           "Arrays that a period does not name stay as they were (MODFLOW 6 before 6.4.3 and after 6.7)"});
  d.field("first_day", p.first_day,
          {.help = "Date on which the simulation starts, for messages and the report"});
  d.field(
      "closure", p.closure_m,
      {.help = "Heads of a step are solved at least this closely: the response is a difference of two runs",
       .unit = "m",
       .min = 1e-10,
       .max = 0.1});
}

void describe(core::Describer& d, WindowParams& p) {
  d.field("start", p.start_day,
          {.help = "Day of the simulation on which recharge starts; moved to the nearest start of a step. "
                   "Needed unless all periods of the model are steady",
           .unit = "d",
           .min = -1});
  d.field("end", p.end_day,
          {.help = "Day on which it ends; moved to the nearest end of a step", .unit = "d", .min = -1});
  d.field(
      "last", p.last_day,
      {.help = "Day up to which storage is followed; -1: the end of the simulation", .unit = "d", .min = -1});
}

void describe(core::Describer& d, YearParams& p) {
  d.field("weather", p.weather,
          {.help = "CSV of daily weather, date first: precipitation_mm and evapotranspiration_mm, or "
                   "temperature_degC and radiation_mj_m2 for Makkink's; empty: no year is chosen"});
  d.field("first_month", p.first_month,
          {.help = "Month with which the years that are compared begin", .min = 1, .max = 12});
  d.field("low", p.low, {.help = "Quantile of the climatology where its band begins", .min = 0, .max = 0.5});
  d.field("high", p.high, {.help = "Quantile where it ends", .min = 0.5, .max = 1});
}

void describe(core::Describer& d, ScenarioParams& p) {
  d.field("seed", p.seed, {.help = "Everything random about the sites follows from it"});
  d.choice("engine", p.engine, {{"embedded", ScenarioEngine::embedded}, {"mf6", ScenarioEngine::mf6}},
           {.help = "What simulates the scenarios: the engine of this program, or your own MODFLOW 6"});
  d.field("mf6", p.mf6,
          {.help = "Executable of MODFLOW 6, by path or name; empty: the environment's MF6, then mf6"});
  d.field("file", p.file,
          {.help = "CSV of sites of your own (id, row, column, area_km2, rate_mm_per_day); empty: designed"});
  d.field("sites", p.sites, {.help = "Hypothetical sites", .min = 1, .max = 100000});
  d.field("per_run", p.per_run, {.help = "At most so many sites in one run", .min = 1, .max = 1000});
  d.field("most_runs", p.most_runs,
          {.help = "At most so many runs; 0: as many as the spacing needs", .min = 0});
  d.field("shorten", p.shorten,
          {.help = "Leave out sites that do not fit into most_runs (told), not refuse them"});
  d.field("rate", p.rate_mm_per_day,
          {.help = "Smallest and largest rate", .unit = "mm/d", .min = 1e-3, .max = 1000});
  d.field("area", p.area_km2,
          {.help = "Smallest and largest area of a site", .unit = "km2", .min = 1e-6, .max = 1e4});
  d.field("edge_buffer", p.edge_buffer_m,
          {.help = "Distance of sites from the model's edge, along rows and columns", .unit = "m", .min = 0});
  d.field("spacing_factors", p.spacing_factors,
          {.help = "Gap between sites of one run in leakage factors sqrt(T c)", .min = 0, .max = 100});
  d.field("spacing", p.spacing_m,
          {.help = "The gap itself, in place of leakage factors; 0: by them", .unit = "m", .min = 0});
  d.field("mask", p.mask, {.help = "GeoTIFF on the model's grid: sites only where it is above 0"});
  d.field("steady", p.steady, {.help = "Also the steady response, when the model's first period is steady"});
  d.field("rises", p.rises,
          {.help = "Keep maps of the rise around every site; always where surrogates.models has unet"});
}

void describe(core::Describer& d, TargetParams& p) {
  d.choice("volume", p.volume, {{"aquifer", Volume::aquifer}, {"water", Volume::water}},
           {.help = "What storage is: volume of aquifer that became saturated, or of water"});
  d.field("huber", p.huber, {.help = "Tuning constant of the robust fit", .min = 0.1, .max = 10});
  d.field("smallest_share", p.smallest_share,
          {.help = "Storage below this part of S0 is left out of the decay", .min = 0, .max = 0.9});
  d.field("fewest_points", p.fewest_points, {.help = "No decay is fitted to fewer points", .min = 3});
  d.field(
      "exponential_r2", p.exponential_r2,
      {.help = "R2 of the logarithm below which the tail is told to be no exponential", .min = 0, .max = 1});
  d.field("two_phases", p.two_phases,
          {.help = "Also fit two exponentials, an early and a late phase, to every site's storage"});
  d.field("overlap", p.overlap, {.help = "Overlap of two sites' responses that is told", .min = 0, .max = 1});
  d.field(
      "edge_rise", p.edge_rise,
      {.help = "Rise at the model's edge, as part of the largest rise, that is told", .min = 0, .max = 1});
}

void describe(core::Describer& d, FeatureParams& p) {
  d.field(
      "merge_resistance", p.merge_resistance_days,
      {.help = "Layers with less vertical resistance between them are one aquifer", .unit = "d", .min = 0});
  d.field("sigma", p.sigmas_m,
          {.help = "Standard deviations of the Gaussian kernel; the best by cross-validation is used",
           .unit = "m",
           .min = 1,
           .max = 1e5});
  d.field("collinear_r2", p.collinear_r2,
          {.help = "Pairs of inputs with a larger R2 are listed", .min = 0, .max = 1});
  d.field(
      "directions", p.directions,
      {.help = "Also the river density of the side of a site that has least and of the one that has most"});
  d.field(
      "specific_yield", p.specific_yield,
      {.help =
           "Where it changes with the season: two grids on the model's cells (while recharge flows, "
           "after it), or one file with dates; [soil]: the model's own times the share of a soil column's "
           "pores that has drained above the season's water table; empty: the model's own"});
  d.field(
      "soil_air_entry", p.soil_air_entry_m,
      {.help = "Of specific_yield: [soil]: height above the water table to which pores stay full (Brooks and "
               "Corey)",
       .unit = "m",
       .min = 1e-3,
       .max = 10});
  d.field("soil_pore_index", p.soil_pore_index,
          {.help = "And their pore-size distribution index", .min = 0.01, .max = 10});
}

void describe(core::Describer& d, TuningParams& p) {
  d.field("samples", p.samples,
          {.help = "Sets of parameters by Latin hypercube; 0: 300 trees of depth 4, learning rate 0.05",
           .min = 0,
           .max = 100000});
  d.field("mode", p.mode,
          {.help = "exact: every set gets all folds; racing: hopeless ones are dropped early",
           .choices = {"exact", "racing"}});
  d.field("folds", p.folds, {.help = "Folds of the cross-validation", .min = 2, .max = 50});
  d.field("repeats", p.repeats, {.help = "Times that folds are drawn anew", .min = 1, .max = 50});
}

void describe(core::Describer& d, SurrogateParams& p) {
  d.field("seed", p.seed, {.help = "Of the split and of training"});
  d.field("models", p.models,
          {.help = "Surrogates to train; the last one that is not unet makes the maps",
           .choices = {"rate-area", "adjoint", "log-linear", "gam", "trees", "unet"}});
  d.field("test_share", p.test_share,
          {.help = "Share of the sites in the random test", .min = 0.05, .max = 0.8});
  d.field("blocks", p.blocks, {.help = "Spatial blocks of the second test", .min = 2, .max = 50});
  d.field("buffer", p.buffer_sigmas,
          {.help = "Sites nearer than this to a test block train nothing for it",
           .unit = "sigma",
           .min = 0,
           .max = 10});
  d.field("folds", p.folds, {.help = "Folds of the choice of sigma", .min = 2, .max = 50});
  d.section("tuning", p.tuning, "Search of the trees' parameters over the training sites of the random test");
  d.field(
      "curve", p.curve,
      {.help = "Learning curves: numbers of training sites, drawn three times each; empty: none", .min = 10});
  d.field("transfer", p.transfer,
          {.help = "Also train on one half of the area and use on the other, by the longer side"});
}

bool SurrogateParams::has_unet() const {
  return std::find(models.begin(), models.end(), "unet") != models.end();
}

void describe(core::Describer& d, UnetSettings& p) {
  describe(d, p.net);
  d.field("patch", p.patch_m,
          {.help = "Side of the squares around sites that are learnt and predicted", .unit = "m", .min = 1});
  d.field("maps", p.maps,
          {.help = "Inputs beyond the six: maps of the study",
           .choices = {"specific_yield", "adjoint_response", "adjoint_decay"}});
  d.field("cell", p.cell_m,
          {.help = "Side of the network's cells, a multiple of the model's; 0: those of the model",
           .unit = "m",
           .min = 0});
  d.field("sum_weight", p.sum_weight,
          {.help = "Weight of the storage of the whole square beside that of its cells' rises", .min = 0});
  d.field("ratio_weight", p.ratio_weight, {.help = "Weight of what is left of it at later dates", .min = 0});
  d.field("augment", p.augment, {.help = "Squares are also learnt turned and mirrored"});
  d.field("members", p.members,
          {.help = "Networks from as many random starts; their storages are averaged", .min = 1, .max = 50});
  d.field("batch_size", p.batch_size, {.help = "Squares per weight update", .min = 1, .max = 10000});
  d.field("learning_rate", p.learning_rate, {.help = "Adam's, at the start", .min = 1e-7, .max = 1});
  d.field("factor", p.factor, {.help = "Of the learning rate, at a plateau", .min = 0.01, .max = 1});
  d.field("plateau", p.plateau,
          {.help = "Epochs without gain before the rate falls", .unit = "epochs", .min = 1});
  d.field("epochs", p.epochs, {.help = "Most epochs", .min = 1, .max = 1e6});
  d.field("patience", p.patience,
          {.help = "Epochs without gain before training stops", .unit = "epochs", .min = 1});
  d.field("importance", p.importance, {.help = "Also the permutation importance of its maps"});
  d.choice("device", p.device, {{"cpu", learn::DeviceKind::cpu}, {"cuda", learn::DeviceKind::cuda}},
           {.help = "Where it runs; cuda results are not reproducible bit for bit"});
}

void describe(core::Describer& d, AdjointParams& p) {
  d.field("use", p.use,
          {.help = "Response and decay of every cell by runs backward, as maps, as a model and as an input"});
  d.field("dates", p.dates,
          {.help = "Dates from the end of recharge on, one lane of the sweep each", .min = 2, .max = 64});
  d.field("tolerance", p.tolerance, {.help = "Of the linear systems", .min = 1e-12, .max = 1e-2});
}

void describe(core::Describer& d, ScanParams& p) {
  d.field("area", p.area_km2,
          {.help = "Area of the site that is thought around every cell", .unit = "km2", .min = 1e-6});
  d.field("rate", p.rate_mm_per_day, {.help = "Its rate", .unit = "mm/d", .min = 1e-3});
  d.field("days", p.days,
          {.help = "Days after the end of recharge with a map of the fraction left", .unit = "d", .min = 0});
  d.field("applicability", p.least_applicability,
          {.help = "Share of the inputs within the training range below which a cell is masked",
           .min = 0,
           .max = 1});
  d.field("shap", p.shap, {.help = "Also maps of the Shapley values of every input"});
}

void describe(core::Describer& d, PlanParams& p) {
  d.field("sites", p.sites, {.help = "Sites of the plan", .min = 1, .max = 1000});
  d.field(
      "rounds", p.rounds,
      {.help = "Plans in turn: each is simulated, joins the training sites, and the cells are ranked again",
       .min = 1,
       .max = 100});
  d.field("water_budget", p.water_budget_m3_per_day,
          {.help = "Water at hand; 0: no limit", .unit = "m3/d", .min = 0});
  d.field("least_depth", p.least_depth_m,
          {.help = "Sites only where the water table is deeper than this, without added recharge",
           .unit = "m",
           .min = -100});
  d.field("exclude", p.exclude, {.help = "GeoTIFF on the model's grid: no site where it is above 0"});
  d.field("weight_response", p.weight_response, {.help = "Weight of the response S0", .min = 0});
  d.field("weight_left", p.weight_left,
          {.help = "Weight of the fraction left after the last of scan.days", .min = 0});
  d.field("weight_depth", p.weight_depth,
          {.help = "Weight of the depth to water while recharge flows, deeper is better", .min = 0});
  d.field("shap_weights", p.shap_weights,
          {.help = "In place of the three weights: how much the place decides of the response and of the "
                   "decay, and the "
                   "depth to water of both, by mean |SHAP|"});
  d.field("pairwise", p.pairwise,
          {.help = "In place of the three weights: how many times as important response is as fraction left, "
                   "response "
                   "as depth, fraction left as depth (Saaty's scale, 1/9 to 9)",
           .min = 0.1,
           .max = 10});
  d.field("owa", p.owa,
          {.help = "Order weights of a cell's highest, middle and lowest score; empty: all count alike",
           .min = 0});
  d.field("weight_draws", p.weight_draws,
          {.help = "Draws of weights for the stability of ranks", .min = 1, .max = 100000});
  d.field("top", p.top, {.help = "Best cells that are listed", .min = 1});
}

void describe(core::Describer& d, RechargeSettings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"recharge"}});
  d.field("title", p.title, {.help = "Title of the report"});
  d.section("model", p.model, "The groundwater model");
  d.section("window", p.window, "When recharge is added, in days from the simulation's start");
  d.section("year", p.year, "The year that stands for the climate, by its precipitation surplus");
  d.section("scenarios", p.scenarios, "Hypothetical recharge sites");
  d.section("targets", p.targets, "What is measured of their response");
  d.section("features", p.features, "What surrogates know of a site");
  d.section("adjoint", p.adjoint, "Responses of every cell by runs backward, without training");
  d.section("surrogates", p.surrogates, "Models trained on the scenarios");
  d.section("unet", p.unet, "The surrogate that makes maps from maps, where surrogates.models has unet");
  d.section("scan", p.scan, "Maps for every cell");
  d.section("plan", p.plan, "Ranking of cells and a plan of sites");
  d.section("figures", p.figures, "Static figures for papers");
  d.field("folder", p.folder,
          {.help = "Folder that relative paths start from; default: the folder of the study file"});
}

void describe(core::Describer& d, PageBlock& p) {
  d.field("title", p.title, {.help = "Title of the report"});
  d.section("figures", p.figures, "Static figures for papers");
}

namespace {

void check_range(const StudyFile& study, const std::string& where, const std::vector<double>& range,
                 core::Problems& problems) {
  if (range.size() == 2 && range[0] <= range[1]) return;
  problems.add({.file = study.path,
                .where = where,
                .what = fmt::format("[{}]", fmt::join(range, ", ")),
                .allowed = "the smallest and the largest value"});
}

void check(const StudyFile& study, const RechargeSettings& p, core::Problems& problems) {
  check_range(study, "scenarios.rate", p.scenarios.rate_mm_per_day, problems);
  check_range(study, "scenarios.area", p.scenarios.area_km2, problems);
  const auto refuse = [&](const std::string& where, const std::string& what, const std::string& allowed) {
    problems.add({.file = study.path, .where = where, .what = what, .allowed = allowed});
  };
  if (p.window.given() && p.window.end_day <= p.window.start_day)
    refuse("window.end",
           fmt::format("{} is not after window.start, {}", p.window.end_day, p.window.start_day),
           "a later day");
  if (p.window.last_day >= 0 && p.window.last_day <= p.window.end_day)
    refuse("window.last", fmt::format("{} is not after window.end, {}", p.window.last_day, p.window.end_day),
           "a later day");
  if (p.features.sigmas_m.empty())
    refuse("features.sigma", "is empty", "one or more standard deviations in metres");
  if (p.scan.days.empty()) refuse("scan.days", "is empty", "one or more numbers of days");
  if (p.surrogates.models.empty() || p.surrogates.models == std::vector<std::string>{"unet"})
    refuse("surrogates.models", p.surrogates.models.empty() ? "is empty" : "has unet alone",
           "one or more models beside unet: maps, ranks and plan are made by another one");
  if (p.plan.weight_response + p.plan.weight_left + p.plan.weight_depth <= 0)
    refuse("plan", "all weights are 0", "one of them above 0");
  if (!p.plan.pairwise.empty() && p.plan.pairwise.size() != 3)
    refuse("plan.pairwise", fmt::format("{} numbers", p.plan.pairwise.size()),
           "three: response/left, response/depth, left/depth");
  if (!p.plan.pairwise.empty() && p.plan.shap_weights)
    refuse("plan.shap_weights", "is true beside plan.pairwise",
           "one of the two: both say what the weights are");
  if (!p.plan.owa.empty() && (p.plan.owa.size() != 3 || p.plan.owa[0] + p.plan.owa[1] + p.plan.owa[2] <= 0))
    refuse("plan.owa", fmt::format("[{}]", fmt::join(p.plan.owa, ", ")),
           "three numbers, one of them above 0");
}

}  // namespace

RechargeSettings read_settings(const StudyFile& study) {
  RechargeSettings settings;
  core::Problems problems;
  core::read_params(study.tree, settings, problems);
  if (problems.empty()) check(study, settings, problems);
  problems.throw_if_any();
  const std::filesystem::path base = settings.folder.empty()
                                         ? std::filesystem::absolute(study.path).parent_path()
                                         : std::filesystem::absolute(settings.folder);
  settings.folder = base.lexically_normal().string();
  if (settings.surrogates.has_unet()) settings.scenarios.rises = true;
  const auto absolute = [&](std::string& path) {
    if (!path.empty()) path = (base / path).lexically_normal().string();
  };
  absolute(settings.model.folder);
  absolute(settings.scenarios.file);
  absolute(settings.scenarios.mask);
  absolute(settings.plan.exclude);
  absolute(settings.year.weather);
  for (std::string& file : settings.features.specific_yield) {
    if (file != kSoilYield) absolute(file);
  }
  if (settings.scenarios.mf6.find('/') != std::string::npos) absolute(settings.scenarios.mf6);
  return settings;
}

std::string day_text(const ModelParams& model, double day) {
  if (!model.first_day) return fmt::format("day {:g}", day);
  const auto seconds = *model.first_day + static_cast<core::Seconds>(day * core::kSecondsPerDay);
  return fmt::format("{} (day {:g})", core::format_date(seconds), day);
}

}  // namespace phreatic::studies::recharge
