// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_name.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/studies/recharge/decision/infill.hpp"
#include "phreatic/studies/recharge/scenarios/decay.hpp"
#include "phreatic/studies/recharge/scenarios/sites/site_file.hpp"

namespace phreatic::studies::recharge {
namespace {

using nlohmann::json;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

json number(double v) { return std::isfinite(v) ? json(v) : json(nullptr); }

json tree_facts(const trees::TrainParams& p) {
  return {{"n_estimators", p.n_estimators},
          {"max_depth", p.max_depth},
          {"learning_rate", p.learning_rate},
          {"min_child_weight", p.min_child_weight},
          {"subsample", p.subsample},
          {"colsample_bytree", p.colsample_bytree},
          {"reg_lambda", p.reg_lambda},
          {"reg_alpha", p.reg_alpha},
          {"gamma", p.gamma},
          {"seed", p.seed}};
}

trees::TrainParams trees_of(const json& j) {
  trees::TrainParams p;
  p.n_estimators = j.value("n_estimators", p.n_estimators);
  p.max_depth = j.value("max_depth", p.max_depth);
  p.learning_rate = j.value("learning_rate", p.learning_rate);
  p.min_child_weight = j.value("min_child_weight", p.min_child_weight);
  p.subsample = j.value("subsample", p.subsample);
  p.colsample_bytree = j.value("colsample_bytree", p.colsample_bytree);
  p.reg_lambda = j.value("reg_lambda", p.reg_lambda);
  p.reg_alpha = j.value("reg_alpha", p.reg_alpha);
  p.gamma = j.value("gamma", p.gamma);
  p.seed = j.value("seed", p.seed);
  return p;
}

json quantiles(const std::vector<double>& values) {
  return {{"p05", number(stats::quantile(values, 0.05))},
          {"p50", number(stats::quantile(values, 0.5))},
          {"p95", number(stats::quantile(values, 0.95))}};
}

}  // namespace

json baseline_facts(const Ground& ground, const Baseline& baseline, const FirstAquifer& aquifer,
                    const std::vector<double>& leakage_m, const ModelParams& model) {
  const Schedule& s = ground.schedule;
  std::vector<double> several;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    if (ground.exists[place]) several.push_back(aquifer.aquifers[place] > 1 ? 1 : 0);
  }
  return {{"rows", ground.rows()},
          {"columns", ground.columns()},
          {"layers", ground.model.grid.nlay},
          {"cell_width_m", ground.cell_width()},
          {"cell_height_m", ground.cell_height()},
          {"active_columns", several.size()},
          {"start", day_text(model, s.start_day())},
          {"end", day_text(model, s.end_day())},
          {"last", day_text(model, s.steps[s.last].end)},
          {"recharge_days", s.days()},
          {"days_followed", s.day_after_end(s.instants() - 1)},
          {"steps_not_converged", baseline.not_converged},
          {"steady", !baseline.steady_heads.empty()},
          {"steady_only", ground.steady_only()},
          {"share_with_several_aquifers", number(stats::mean(several))},
          {"transmissivity_m2_per_day", quantiles(aquifer.transmissivity)},
          {"leakage_factor_m", quantiles(leakage_m)},
          {"wet_depth_m", quantiles(baseline.wet_depth_m)},
          {"dry_depth_m", quantiles(baseline.dry_depth_m)},
          {"notes", ground.notes}};
}

void write_baseline_maps(const Ground& ground, const Baseline& baseline,
                         const std::filesystem::path& folder) {
  core::make_folder(folder);
  const auto write = [&](const std::string& name, const std::string& unit, const std::string& about,
                         const std::vector<double>& values) {
    data::io::write_geotiff(
        folder / (name + ".tif"),
        {.grid = ground.geo, .bands = {name}, .unit = unit, .about = {{"quantity", about}}},
        [&](data::io::RasterWriter& writer) {
          writer.put(0, {0, 0, ground.geo.width, ground.geo.height}, values);
        });
  };
  write("depth", "m", "depth to water while recharge flows, without added recharge", baseline.wet_depth_m);
  write("rivers", "1", "1 where a stream runs", baseline.river);
}

json design_facts(const SiteDesign& d) {
  return {{"sites", d.sites.size()},
          {"runs", d.runs},
          {"strata_rows", d.strata_rows},
          {"strata_columns", d.strata_columns},
          {"redistributed", d.redistributed},
          {"left_out", d.left_out},
          {"least_gap_m", number(d.least_gap_m)},
          {"greatest_gap_m", number(d.greatest_gap_m)},
          {"notes", d.notes}};
}

json training_facts(const Training& t, const std::vector<FeatureMap>& maps, bool steady) {
  json out = {{"sigma_m", t.sigma.sigma_m},     {"notes", t.notes},
              {"random_train", t.random_train}, {"random_test", t.random_test},
              {"block_train", t.block_train},   {"block_test", t.block_test}};
  for (const SigmaScore& s : t.sigma.scores)
    out["sigma_scores"].push_back(
        {{"sigma_m", s.sigma_m}, {"r2_response", number(s.r2_response)}, {"r2_decay", number(s.r2_decay)}});
  out["searches"] = json::array();
  for (const auto& [target, search] : t.searches) {
    json found = tree_facts(search.params);
    found.update({{"target", target},
                  {"r2_of_left_out_folds", number(search.r2)},
                  {"fits", search.fits},
                  {"fits_of_exact_search", search.all_fits}});
    out["searches"].push_back(std::move(found));
  }
  out["pairs"] = json::array();
  for (const auto& p : t.pairs)
    out["pairs"].push_back({{"a", t.inputs[p.a]}, {"b", t.inputs[p.b]}, {"r2", p.r2}});
  for (std::size_t j = 0; j < t.inputs.size(); ++j) out["vif"][t.inputs[j]] = number(t.vif[j]);
  out["mapping"] = json::object();
  for (const TrainedModel& model : t.models)
    out["mapping"][model.target] = mapping_model(t.models, model.target)->name;
  out["labels"] = {{"rate", "Rate, log10 mm/d"}, {"area", "Area, log10 km2"}};
  out["labels"][kAdjointResponse] =
      fmt::format("Response by the adjoint, log10 m3 per m3{}", steady ? "/d" : "");
  out["labels"][kAdjointDecay] = "Decay by the adjoint, log10 1/d";
  for (const FeatureMap& map : maps)
    out["labels"][map.name] = map.label + (map.unit == "-" ? "" : ", " + map.unit);
  return out;
}

json plan_facts(const InfillResult& result, const PlanParams& plan) {
  const std::vector<Candidate>& ranked = result.ranked;
  const Constraints& c = result.counted;
  json rounds = json::array();
  for (const InfillRound& r : result.rounds)
    rounds.push_back({{"sites", r.sites}, {"promised_m3", r.promised_m3}, {"held_m3", r.held_m3}});
  return {
      {"rounds", rounds},
      {"candidates", ranked.size()},
      {"no_room", c.no_room},
      {"extrapolated", c.extrapolated},
      {"shallow", c.shallow},
      {"excluded", c.excluded},
      {"pareto", std::count_if(ranked.begin(), ranked.end(), [](const Candidate& x) { return x.pareto; })},
      {"sites", result.sites.size()},
      {"sites_wanted", plan.sites},
      {"weights", criteria_weights(plan).weights},
      {"consistency_ratio", criteria_weights(plan).consistency_ratio},
      {"simulated", result.run.complete},
      {"message", result.run.message}};
}

Table predictions_table(const std::vector<Site>& sites, const Table& targets, const Training& training) {
  Table out;
  for (const Site& site : sites) out.ids.push_back(site.id);
  for (const TargetKind& target : target_kinds(targets)) {
    out.add(target.column, targets.numbers(target.column));
    for (const TrainedModel& model : training.models) {
      if (model.target != target.column) continue;
      const auto back = [&](const std::vector<double>& logs) {
        std::vector<double> values;
        for (const double v : logs) values.push_back(model.map_factor() * std::pow(10, v));
        return values;
      };
      out.add(target.column + " random " + model.name, back(model.random_test));
      out.add(target.column + " blocks " + model.name, back(model.blocked));
    }
  }
  return out;
}

Table explanation_table(const std::vector<Site>& sites, const Table& targets, const Training& training) {
  Table out;
  for (const Site& site : sites) out.ids.push_back(site.id);
  Samples all;
  for (const TableColumn& column : training.features.columns) {
    all.inputs.push_back(column.name);
    all.x.push_back(column.numbers);
  }
  for (const TargetKind& kind : mapped_kinds(targets)) {
    const std::string& target = kind.column;
    const TrainedModel* model = mapping_model(training.models, target);
    if (model == nullptr) continue;
    const auto explained = model->model->explain(columns_of(all, model->model->inputs()));
    for (std::size_t j = 0; j < explained.values.size(); ++j)
      out.add(target + " " + model->model->inputs()[j], explained.values[j]);
    out.add(target + " base", std::vector<double>(sites.size(), explained.base));
  }
  return out;
}

Table ranking_table(const Ground& ground, const std::vector<Candidate>& ranked, std::size_t top) {
  Table out;
  out.key = "rank";
  std::vector<std::vector<double>> columns(9);
  for (std::size_t i = 0; i < std::min(top, ranked.size()); ++i) {
    const Candidate& c = ranked[i];
    const std::size_t row = c.place / ground.columns();
    const std::size_t column = c.place % ground.columns();
    const auto [x, y] =
        data::to_ground(ground.geo, static_cast<double>(column) + 0.5, static_cast<double>(row) + 0.5);
    out.ids.push_back(fmt::format("{}", i + 1));
    const std::vector<double> values = {static_cast<double>(row + 1),
                                        static_cast<double>(column + 1),
                                        x,
                                        y,
                                        c.s0_m3,
                                        c.left,
                                        c.score,
                                        c.pareto ? 1.0 : 0.0,
                                        c.stability};
    for (std::size_t k = 0; k < columns.size(); ++k) columns[k].push_back(values[k]);
  }
  const std::vector<std::string> names = {"row",           "column", "x_m",    "y_m",      "s0_m3",
                                          "fraction_left", "score",  "pareto", "stability"};
  for (std::size_t k = 0; k < names.size(); ++k) out.add(names[k], columns[k]);
  return out;
}

Table plan_table(const Ground& ground, const std::vector<Site>& sites, const ScanMaps& maps,
                 const RunResult& run, const TargetParams& targets, const ScanParams& scan) {
  Table out = table_of(sites, ground);
  std::vector<double> s0, k, left, s0_run, k_run, left_run, water_run;
  std::vector<double> days;
  for (std::size_t i = 0; i < ground.schedule.instants(); ++i)
    days.push_back(ground.schedule.day_after_end(i));
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const std::size_t place = sites[i].centre_row() * ground.columns() + sites[i].centre_column();
    s0.push_back(maps.s0_m3[place]);
    k.push_back(maps.k_per_day.empty() ? kMissing : maps.k_per_day[place]);
    left.push_back(std::exp(-k.back() * scan.days.back()));
    Decay decay;
    decay.s0 = decay.k = kMissing;
    double water = kMissing;
    if (run.complete) {
      const auto& series =
          targets.volume == Volume::aquifer ? run.sites[i].aquifer_m3 : run.sites[i].water_m3;
      decay = fit_decay(days, series, targets);
      water = run.sites[i].water_m3.front();
    }
    s0_run.push_back(decay.s0);
    k_run.push_back(decay.status == DecayStatus::fitted ? decay.k : kMissing);
    left_run.push_back(std::exp(-k_run.back() * scan.days.back()));
    water_run.push_back(water);
  }
  out.add("s0_predicted_m3", s0);
  out.add("s0_simulated_m3", s0_run);
  out.add("k_predicted_per_day", k);
  out.add("k_simulated_per_day", k_run);
  out.add("left_predicted", left);
  out.add("left_simulated", left_run);
  out.add("water_simulated_m3", water_run);
  return out;
}

void write_models(const Training& training, const std::filesystem::path& folder) {
  core::make_folder(folder);
  json list = {{"sigma_m", training.sigma.sigma_m}, {"models", json::array()}};
  for (const TrainedModel& model : training.models) {
    const std::string file = core::file_name(model.target + "-" + model.name) + ".json";
    core::write_file_atomic(folder / file, model.model->text());
    json entry = {{"name", model.name},
                  {"target", model.target},
                  {"smearing", model.smearing},
                  {"left_out", model.left_out},
                  {"file", file}};
    if (model.trees) entry["trees"] = tree_facts(*model.trees);
    list["models"].push_back(std::move(entry));
  }
  core::write_file_atomic(folder / "models.json", list.dump(1) + "\n");
}

ModelFolder read_models(const std::filesystem::path& folder) {
  const auto path = folder / "models.json";
  const json list = json::parse(core::read_file(path), nullptr, false);
  if (!list.is_object() || !list.contains("models"))
    throw core::InputError({.file = path.string(), .what = "is no list of surrogates"});
  ModelFolder out;
  out.sigma_m = list.value("sigma_m", 0.0);
  for (const json& m : list["models"]) {
    const auto file = folder / m.value("file", "");
    out.models.push_back({m.value("name", ""),
                          m.value("target", ""),
                          read_surrogate(core::read_file(file), file.string()),
                          m.value("smearing", 1.0),
                          {},
                          {},
                          m.value("left_out", ""),
                          m.contains("trees") ? std::optional(trees_of(m["trees"])) : std::nullopt});
  }
  return out;
}

const TrainedModel& ModelFolder::response() const {
  const bool steady =
      mapping_model(models, "s0_m3") == nullptr && mapping_model(models, "steady_m3") != nullptr;
  return mapping(steady ? "steady_m3" : "s0_m3");
}

const TrainedModel* ModelFolder::decay() const {
  return response().target == "steady_m3" ? nullptr : &mapping("k_per_day");
}

const TrainedModel& ModelFolder::mapping(const std::string& target) const {
  const TrainedModel* found = mapping_model(models, target);
  if (found == nullptr)
    throw core::InputError(
        {.where = "surrogates",
         .what = "no surrogate of " + target + " was trained: too few sites have it",
         .mend =
             "Ask for more sites, or follow storage for longer (window.last, more steps after window.end)"});
  return *found;
}

}  // namespace phreatic::studies::recharge
