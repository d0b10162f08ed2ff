// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/evaluation/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/explain/periods.hpp"
#include "phreatic/stats/metrics/flow_metrics.hpp"

namespace phreatic::hydrographs {
namespace {

using Values = std::vector<double>;

Values where(std::span<const double> values, const std::vector<int>& member, int wanted) {
  Values out(values.begin(), values.end());
  for (std::size_t t = 0; t < out.size(); ++t) {
    if (member[t] != wanted) out[t] = std::numeric_limits<double>::quiet_NaN();
  }
  return out;
}

struct Scored {
  const Values& level;
  const Values& lower;
  const Values& upper;
  std::string model;
  std::string weather;
};

class Evaluator {
 public:
  Evaluator(const Prepared& prepared, const EvaluationParams& params, stats::MetricTable& table)
      : prepared_(prepared), level_(params.band_level), lead_(params.lead), table_(table) {}

  void score(std::size_t e, const std::string& period, const Values& observed, const Scored& s) {
    const Values training = inside(prepared_.level(e), prepared_.calibration(e));
    const stats::MetricKey key{prepared_.panel.entities[e], variable(), period, s.model, s.weather, lead_};
    stats::append_point_metrics(table_, key, observed, s.level, training);
    if (!s.lower.empty()) stats::append_interval_metrics(table_, key, observed, s.lower, s.upper, level_);
  }
  void test(std::size_t e, const Scored& s) {
    const Values observed = inside(prepared_.scored_level(e), prepared_.test(e));
    score(e, "test", observed, s);
    if (prepared_.panel.variables[prepared_.target].role == data::Role::level) return;
    stats::append_flow_metrics(table_, {prepared_.panel.entities[e], variable(), "test", s.model, s.weather},
                               observed, s.level);
  }

  // Seasons of the test period, and freezing, thawing and unfrozen parts where a temperature is known.
  void parts(std::size_t e, const Scored& s, const std::vector<std::vector<int>>& memberships,
             const std::vector<std::vector<std::string>>& names) {
    const Values observed = inside(prepared_.scored_level(e), prepared_.test(e));
    for (std::size_t k = 0; k < memberships.size(); ++k) {
      for (std::size_t part = 0; part < names[k].size(); ++part) {
        const Values these = where(observed, memberships[k], static_cast<int>(part));
        if (stats::count_pairs(these, s.level).pairs >= 5) score(e, "test " + names[k][part], these, s);
      }
    }
  }

 private:
  std::string variable() const { return prepared_.panel.variables[prepared_.target].name; }
  const Prepared& prepared_;
  double level_;
  std::size_t lead_;
  stats::MetricTable& table_;
};

std::vector<int> season_of_steps(const core::TimeAxis& axis) {
  std::vector<int> season(axis.size());
  for (std::size_t t = 0; t < axis.size(); ++t) season[t] = core::month_of(axis.start(t)) % 12 / 3;
  return season;
}

// 0 freezing, 1 thawing, 2 unfrozen; empty without a temperature.
std::vector<int> frost_of_steps(const Prepared& prepared, const EvaluationParams& params, std::size_t e) {
  const auto temperature = prepared.panel.find_role(data::Role::temperature);
  if (!temperature || prepared.panel.axis.mean_step_days() > 10) return {};
  const auto periods =
      explain::freeze_thaw_periods(prepared.panel.axis, prepared.panel.series(e, *temperature), params.frost);
  if (periods.empty()) return {};
  std::vector<core::Seconds> times(prepared.panel.time_count());
  for (std::size_t t = 0; t < times.size(); ++t) times[t] = prepared.panel.axis.start(t);
  std::vector<int> kind = explain::period_of(times, periods);
  for (int& k : kind) k = k < 0 ? 2 : (periods[static_cast<std::size_t>(k)].name == "freezing" ? 0 : 1);
  return kind;
}

void score_parts(Evaluator& evaluator, const Prepared& prepared, const EvaluationParams& params,
                 std::size_t e, const Scored& scored) {
  std::vector<std::vector<int>> memberships = {season_of_steps(prepared.panel.axis)};
  std::vector<std::vector<std::string>> names = {{"winter", "spring", "summer", "autumn"}};
  std::vector<int> frost = frost_of_steps(prepared, params, e);
  if (!frost.empty()) {
    memberships.push_back(std::move(frost));
    names.push_back({"freezing", "thawing", "unfrozen"});
  }
  evaluator.parts(e, scored, memberships, names);
}

}  // namespace

std::vector<double> inside(std::span<const double> values, const learn::StepRange& steps) {
  std::vector<double> out(values.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t t = steps.begin; t < steps.end && t < values.size(); ++t) out[t] = values[t];
  return out;
}

std::string weather_of_baseline(const std::string& name) {
  return name == "ridge" || name == "transfer_function" ? "known" : "unused";
}

std::string model_name(const TaskParams& task) {
  const learn::ModelParams& model = task.learn.model;
  if (model.architecture != "recurrent") return model.architecture;
  return model.cell == learn::CellKind::lstm ? "lstm" : "gru";
}

EvaluationParams evaluation_params(const TaskParams& task, double band_level,
                                   const explain::FrostParams& frost) {
  const bool hidden = task.forecasts() && task.forecast.drivers == HorizonDrivers::hidden;
  const int lead = task.forecasts() ? task.learn.window.horizon : 1;
  return {model_name(task), band_level, hidden ? "hidden" : "known", frost, static_cast<std::size_t>(lead)};
}

stats::MetricTable evaluate_series(const Prepared& prepared, const EvaluationParams& params,
                                   const std::vector<Simulation>& simulations,
                                   const std::vector<std::vector<BaselineSimulation>>& baselines) {
  stats::MetricTable table;
  Evaluator evaluator(prepared, params, table);
  const std::size_t wells = prepared.panel.entity_count();
  const std::string name = params.model;
  for (std::size_t e = 0; e < wells; ++e)
    evaluator.test(e,
                   {simulations[e].level, simulations[e].lower, simulations[e].upper, name, params.weather});
  stats::append_summary(table, "NSE", {0.5, 0.7});
  stats::append_summary(table, "NSE_trainmean", {0.7});
  stats::append_summary(table, "KGE", {0.5});
  stats::append_summary(table, stats::level_name("coverage", params.band_level), {});
  stats::MetricTable rest;
  Evaluator others(prepared, params, rest);
  for (std::size_t e = 0; e < wells; ++e) {
    const Simulation& s = simulations[e];
    const bool blocks = std::any_of(s.left_out_upper.begin(), s.left_out_upper.end(),
                                    [](double v) { return !std::isnan(v); });
    others.score(e, "validation", inside(prepared.level(e), prepared.calibration(e)),
                 {s.out_of_sample, blocks ? s.left_out_lower : Values{}, blocks ? s.left_out_upper : Values{},
                  name, params.weather});
    others.score(e, "calibration", inside(prepared.level(e), prepared.calibration(e)),
                 {s.level, {}, {}, name, params.weather});
    score_parts(others, prepared, params, e, {s.level, s.lower, s.upper, name, params.weather});
  }
  stats::MetricTable simple;
  Evaluator baseline(prepared, params, simple);
  for (std::size_t e = 0; e < wells; ++e) {
    for (const BaselineSimulation& b : baselines[e]) {
      const std::string weather = weather_of_baseline(b.name);
      baseline.test(e, {b.level, b.lower, b.upper, b.name, weather});
      baseline.score(e, "calibration", inside(prepared.level(e), prepared.calibration(e)),
                     {b.level, {}, {}, b.name, weather});
    }
  }
  stats::append_summary(simple, "NSE", {0.5, 0.7});
  table.insert(table.end(), rest.begin(), rest.end());
  table.insert(table.end(), simple.begin(), simple.end());
  return table;
}

}  // namespace phreatic::hydrographs
