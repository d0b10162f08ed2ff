// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/ensemble.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/flow/ensemble/groups.hpp"
#include "phreatic/flow/ensemble/lanes.hpp"
#include "phreatic/flow/ensemble/record.hpp"

namespace phreatic::flow {
namespace {

// Ends of all steps as the model has them; adaptive periods count by their ends.
std::vector<double> step_ends(const Model& model) {
  std::vector<double> ends;
  double start = 0;
  for (const StressPeriod& period : model.periods) {
    double time = start;
    if (!period.adaptive.enabled) {
      const std::vector<double> lengths = step_lengths(period);
      for (std::size_t s = 0; s + 1 < lengths.size(); ++s) ends.push_back(time += lengths[s]);
    }
    start += period.perlen;
    ends.push_back(start);
  }
  return ends;
}

bool same_time(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

void say(EnsembleResult& result, core::Context& context, const std::string& note) {
  if (!result.notes.empty() && result.notes.back() == note) return;
  result.notes.push_back(note);
  context.log.info("note: " + note);
}

// Says how many scenarios fit into memory when those of a group do not.
void check_memory(const Model& model, bool by_lanes, std::size_t count, double most_mb) {
  const double free =
      static_cast<double>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  const double most = most_mb > 0 ? 1e6 * most_mb : 0.8 * free;
  const auto need = [&](std::size_t lanes) {
    constexpr double kAlone = 450;  // bytes a cell of a Simulation with its model
    return by_lanes ? lane_bytes(model, lanes)
                    : kAlone * static_cast<double>(model.grid.cells()) * static_cast<double>(lanes);
  };
  if (need(count) <= most) return;
  std::size_t fit = count;
  while (fit > 0 && need(fit) > most) --fit;
  throw core::InputError(
      {.where = "lanes",
       .what = fmt::format("{} scenarios at a time need {:.0f} MB, and {:.0f} MB are there", count,
                           need(count) / 1e6, most / 1e6),
       .allowed = fmt::format("at most {} fit", fit),
       .mend = "Set lanes to fewer, or memory to more"});
}

}  // namespace

void describe(core::Describer& d, EnsembleParams& params) {
  d.field(
      "dates", params.dates,
      {.help =
           "Simulation times at which heads and budgets are kept, ends of steps; empty: the end of the run",
       .unit = "model's time"});
  d.field(
      "lanes", params.lanes,
      {.help =
           "Scenarios advanced together beside one baseline; 1: each alone. Also the size of a result block",
       .min = 1,
       .max = 1024});
  d.field("memory", params.memory_mb,
          {.help = "Most memory for what is advanced together; 0: four fifths of what is free",
           .unit = "MB",
           .min = 0});
  d.field(
      "head_tolerance", params.engine.head_tolerance,
      {.help =
           "Steps end when heads change by less, or by OUTER_DVCLOSE where that is smaller (ten times it in "
           "models of many cells), and by less than a hundredth of what differs most from the baseline; a "
           "scenario's window leaves out what is below a quarter of it. Smaller: finds the little water left "
           "late",
       .unit = "length unit",
       .min = 1e-12,
       .max = 1});
}

void check_dates(const Model& model, const std::vector<double>& dates, core::Problems& problems) {
  const std::vector<double> ends = step_ends(model);
  for (const double date : dates) {
    if (std::any_of(ends.begin(), ends.end(), [&](double end) { return same_time(end, date); })) continue;
    if (date < 0 || date > ends.back()) {
      problems.add({.where = "dates",
                    .what = fmt::format("{} is outside the run", date),
                    .allowed = fmt::format("ends of steps up to {}", ends.back())});
      continue;
    }
    const auto after = std::lower_bound(ends.begin(), ends.end(), date);
    const double before = after == ends.begin() ? *after : *(after - 1);
    problems.add({.where = "dates",
                  .what = fmt::format("{} is no end of a step", date),
                  .allowed = "ends of steps",
                  .mend = fmt::format("The nearest are {} and {}", before, *after)});
  }
}

EnsembleResult run_ensemble(const Model& model, const std::vector<Scenario>& scenarios,
                            const EnsembleParams& params, core::Context& context, const HeadSink& sink) {
  check_model(model);
  core::Problems problems;
  check_scenarios(model, scenarios, problems);
  check_dates(model, params.dates, problems);
  problems.throw_if_any();
  EnsembleResult result;
  result.times = step_ends(model);
  result.dates = params.dates.empty() ? std::vector<double>{result.times.back()} : params.dates;
  result.scenarios.resize(scenarios.size());
  const std::size_t group_size = static_cast<std::size_t>(std::max(params.lanes, 1));
  const std::string cannot = params.lanes < 2 ? "lanes: 1" : lanes_cannot(model);
  const bool by_lanes = cannot.empty();
  if (!by_lanes && params.lanes > 1)
    say(result, context, "scenarios are run one by one: the model has " + cannot);
  check_memory(model, by_lanes, std::min(group_size, scenarios.size()), params.memory_mb);
  core::Progress progress("Scenarios", scenarios.size(), "scenarios", context.show_progress);
  for (std::size_t first = 0; first < scenarios.size(); first += group_size) {
    const std::size_t count = std::min(group_size, scenarios.size() - first);
    const ScenarioGroup group{std::span(scenarios).subspan(first, count),        first, result.dates,
                              std::span(result.scenarios).subspan(first, count), sink,  params.parts};
    std::vector<std::size_t> alone(count);
    std::iota(alone.begin(), alone.end(), std::size_t{0});
    if (by_lanes) {
      const LaneOutcome outcome = run_in_lanes(model, group, params.engine);
      if (!outcome.trouble.empty()) say(result, context, "scenarios are run one by one: " + outcome.trouble);
      alone = outcome.left;
    }
    std::vector<std::string> why;
    why.reserve(alone.size());
    for (const std::size_t i : alone) why.push_back(group.results[i].message);
    if (!alone.empty()) run_alone(model, group, alone, params.engine);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      std::string& message = group.results[alone[i]].message;
      if (!why[i].empty()) message = "left its lane: " + why[i] + (message.empty() ? "" : "; " + message);
    }
    progress.advance(count);
    core::throw_if_interrupted();
  }
  for (const ScenarioResult& one : result.scenarios) {
    if (one.status == ScenarioStatus::failed)
      context.log.warn("scenario " + one.name + " failed: " + one.message);
  }
  return result;
}

}  // namespace phreatic::flow
