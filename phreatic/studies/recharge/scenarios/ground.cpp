// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/ground.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/results/geotiff_heads.hpp"

namespace phreatic::studies::recharge {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<double> days_of_unit(const std::string& unit) {
  static const std::map<std::string, double> days = {
      {"seconds", 1.0 / 86400}, {"second", 1.0 / 86400}, {"minutes", 1.0 / 1440}, {"minute", 1.0 / 1440},
      {"hours", 1.0 / 24},      {"hour", 1.0 / 24},      {"days", 1.0},           {"day", 1.0},
      {"years", 365.25},        {"year", 365.25}};
  const auto found = days.find(unit);
  return found == days.end() ? std::nullopt : std::optional(found->second);
}

void check_units(const std::string& folder, Ground& ground, core::Problems& problems) {
  const std::string length = lower(ground.model.grid.length_units);
  if (length.empty() || length == "unknown" || length == "undefined") {
    ground.notes.push_back(
        "the model does not say its unit of length (LENGTH_UNITS of DIS): taken for metres");
  } else if (length != "meters" && length != "meter" && length != "metres") {
    problems.add(
        {.file = folder,
         .where = "LENGTH_UNITS of DIS",
         .what = "the model is in " + length,
         .allowed = "meters",
         .mend = "Convert its lengths to metres; areas and rates of this study are in km2 and mm/d"});
  }
  const std::string time = lower(ground.model.time_units);
  const auto unit = days_of_unit(time);
  if (time.empty() || time == "unknown" || time == "undefined") {
    ground.notes.push_back("the model does not say its unit of time (TIME_UNITS of TDIS): taken for days");
  } else if (unit && ground.steady_only()) {
    ground.model_days = *unit;
    if (*unit != 1)
      ground.notes.push_back(fmt::format(
          "the model is in {}: rates, transmissivities and resistances are brought to days", time));
  } else if (unit.value_or(0) != 1) {
    problems.add({.file = folder,
                  .where = "TIME_UNITS of TDIS",
                  .what = "the model is in " + time,
                  .allowed = "days",
                  .mend = "Convert its times to days"});
  }
}

void check_cells(const std::string& folder, const flow::Grid& grid, core::Problems& problems) {
  for (const auto& [name, sizes] : {std::pair{"DELR", &grid.delr}, std::pair{"DELC", &grid.delc}}) {
    const auto [least, most] = std::minmax_element(sizes->begin(), sizes->end());
    if (*most - *least <= 1e-6 * *most) continue;
    problems.add({.file = folder,
                  .where = name,
                  .what = fmt::format("goes from {} to {}", *least, *most),
                  .allowed = "cells of one size",
                  .mend = "Kernel means and sites of so many cells need it; regrid the model"});
  }
}

std::vector<StepSpan> step_spans(const flow::Model& model) {
  std::vector<StepSpan> out;
  double time = 0;
  for (std::size_t p = 0; p < model.periods.size(); ++p) {
    for (const double length : flow::step_lengths(model.periods[p])) {
      out.push_back({time, time + length, static_cast<int>(p)});
      time += length;
    }
  }
  return out;
}

// The step whose start (or end) is nearest to `day`.
template <class Edge>
std::size_t nearest(const std::vector<StepSpan>& steps, double day, Edge edge) {
  std::size_t best = 0;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    if (std::abs(edge(steps[s]) - day) < std::abs(edge(steps[best]) - day)) best = s;
  }
  return best;
}

void tell_move(const ModelParams& model, const std::string& what, double wanted, double found,
               Ground& ground) {
  if (std::abs(wanted - found) > 1e-6)
    ground.notes.push_back(fmt::format("{} was moved from {} to {}, where a step of the model ends", what,
                                       day_text(model, wanted), day_text(model, found)));
}

void make_schedule(const ModelParams& model, const WindowParams& window, const std::string& study_file,
                   Ground& ground, core::Problems& problems) {
  Schedule& schedule = ground.schedule;
  if (!window.given()) {
    problems.add({.file = study_file,
                  .where = "window",
                  .what = "is missing, and the model has transient periods",
                  .mend = fmt::format(
                      "Say when recharge starts and ends: window: {{start: DAY, end: DAY}}, in days from "
                      "the simulation's start; it has {:g} days",
                      step_spans(ground.model).back().end)});
    return;
  }
  schedule.steps = step_spans(ground.model);
  const double whole = schedule.steps.back().end;
  const double last = window.last_day < 0 ? whole : window.last_day;
  const auto refuse = [&](const std::string& where, const std::string& what, const std::string& mend) {
    problems.add({.file = study_file, .where = where, .what = what, .mend = mend});
  };
  if (window.end_day >= whole || last > whole + 1e-6)
    return refuse(
        window.end_day >= whole ? "window.end" : "window.last",
        fmt::format("is day {:g}", window.end_day >= whole ? window.end_day : last),
        fmt::format("The simulation has {:g} days; storage is followed after the end of recharge", whole));
  schedule.first = nearest(schedule.steps, window.start_day, [](const StepSpan& s) { return s.start; });
  schedule.end = nearest(schedule.steps, window.end_day, [](const StepSpan& s) { return s.end; }) + 1;
  schedule.last = nearest(schedule.steps, last, [](const StepSpan& s) { return s.end; });
  if (schedule.end <= schedule.first || schedule.last < schedule.end)
    return refuse("window.end", "leaves no step with recharge, or none after it",
                  "Choose days that are further apart than the model's steps, or give the model more steps");
  tell_move(model, "the start of recharge", window.start_day, schedule.start_day(), ground);
  tell_move(model, "the end of recharge", window.end_day, schedule.end_day(), ground);
  for (std::size_t s = schedule.first; s <= schedule.last; ++s) {
    if (!ground.model.periods[static_cast<std::size_t>(schedule.steps[s].period)].steady) continue;
    return refuse("window.start",
                  fmt::format("stress period {} of the window is steady", schedule.steps[s].period + 1),
                  "Storage has no meaning there; choose days in transient periods");
  }
}

// Of steady periods the first one, as one step in which recharge never stops.
void make_steady_schedule(const WindowParams& window, const std::string& study_file, Ground& ground,
                          core::Problems& problems) {
  if (window.given())
    problems.add(
        {.file = study_file,
         .where = "window",
         .what = ground.model.storage.present ? "all periods of the model are steady: nothing is stored in it"
                                              : "the model has no storage package: nothing is stored in it",
         .mend = "Add STO6 with transient periods, or leave window out: the study is then of the steady "
                 "response alone, without decay"});
  auto& periods = ground.model.periods;
  if (periods.size() > 1)
    ground.notes.push_back(fmt::format("the first of {} steady periods is taken", periods.size()));
  periods.resize(1);
  periods.front().nstp = 1;
  periods.front().adaptive = {};
  ground.schedule.steps = {{0, periods.front().perlen, 0}};
  ground.schedule.end = 1;
  ground.schedule.steady_only = true;
  ground.notes.emplace_back(
      "all periods of the model are steady: the study is of the steady response alone, without decay");
}

void tighten(double closure_m, Ground& ground) {
  flow::SolverSettings& solver = ground.model.solver;
  if (solver.outer_dvclose > closure_m)
    ground.notes.push_back(
        fmt::format("heads are solved to {:g} m in place of the model's {:g} m, because responses "
                    "are differences of two runs (model.closure)",
                    closure_m, solver.outer_dvclose));
  solver.outer_dvclose = std::min(solver.outer_dvclose, closure_m);
  solver.inner_dvclose = std::min(solver.inner_dvclose, 0.1 * closure_m);
  solver.outer_maximum = std::max(solver.outer_maximum, 200);
  solver.inner_maximum = std::max(solver.inner_maximum, 200);
}

}  // namespace

flow::CellIndex Ground::top_cell(std::size_t place, const std::vector<double>& heads) const {
  for (std::size_t n = place; n < model.grid.cells(); n += places()) {
    if (model.grid.idomain[n] > 0 && heads[n] > -1e29 && heads[n] < 1e29)
      return static_cast<flow::CellIndex>(n);
  }
  return flow::kNoCell;
}

flow::CellIndex Ground::top_cell(std::size_t place) const {
  for (std::size_t n = place; n < model.grid.cells(); n += places()) {
    if (model.grid.idomain[n] > 0) return static_cast<flow::CellIndex>(n);
  }
  return flow::kNoCell;
}

Ground read_ground(const ModelParams& params, const WindowParams& window, const std::string& study_file) {
  core::Problems problems;
  flow::mf6::ReadResult read = flow::mf6::read_simulation(
      {.folder = params.folder, .name_file = params.name_file, .keep_arrays = params.keep_arrays});
  Ground ground;
  ground.model = std::move(read.model);
  ground.notes = std::move(read.notes);
  ground.files = std::move(read.files);
  const auto& periods = ground.model.periods;
  const bool steady =
      std::all_of(periods.begin(), periods.end(), [](const flow::StressPeriod& p) { return p.steady; });
  if (steady) make_steady_schedule(window, study_file, ground, problems);
  check_units(params.folder, ground, problems);
  check_cells(params.folder, ground.model.grid, problems);
  if (!steady && !ground.model.storage.present)
    problems.add({.file = params.folder,
                  .where = "STO",
                  .what = "the model has no storage package: nothing is stored in it",
                  .mend = "Add STO6 with transient periods"});
  for (const flow::StressPeriod& period : ground.model.periods) {
    if (steady || !period.adaptive.enabled) continue;
    problems.add({.file = params.folder,
                  .where = "ATS",
                  .what = "the model has adaptive time steps",
                  .mend = "Remove ATS6: scenarios and baseline are compared at the same dates"});
    break;
  }
  if (!steady) make_schedule(params, window, study_file, ground, problems);
  problems.throw_if_any();
  tighten(params.closure_m, ground);
  ground.geo = flow::mf6::geo_grid(ground.model.grid);
  ground.steady_start = ground.model.periods.front().steady && ground.model.periods.front().nstp == 1;
  for (std::size_t place = 0; place < ground.places(); ++place)
    ground.exists.push_back(ground.top_cell(place) != flow::kNoCell);
  return ground;
}

void check_steady(const RechargeSettings& settings, const Ground& ground, const std::string& study_file) {
  if (!ground.steady_only()) return;
  core::Problems problems;
  const std::string why = "all periods of the model are steady";
  if (settings.targets.volume == Volume::water)
    problems.add({.file = study_file,
                  .where = "targets.volume",
                  .what = "is water, and " + why + ": no water is stored in it",
                  .mend = "Take aquifer: the rise of the water table times area"});
  if (settings.scenarios.engine == ScenarioEngine::mf6)
    problems.add({.file = study_file,
                  .where = "scenarios.engine",
                  .what = "is mf6, which this study uses for transient periods, and " + why,
                  .mend = "Take embedded"});
  if (!settings.scenarios.steady)
    problems.add({.file = study_file,
                  .where = "scenarios.steady",
                  .what = "is false, and " + why,
                  .mend = "Leave it out: the steady response is all there is"});
  problems.throw_if_any();
}

}  // namespace phreatic::studies::recharge
