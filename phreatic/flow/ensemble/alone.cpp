// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "phreatic/core/parallel.hpp"
#include "phreatic/flow/ensemble/groups.hpp"
#include "phreatic/flow/ensemble/record.hpp"

namespace phreatic::flow {
namespace {

bool same_time(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

// A scenario that is being run.
struct Member {
  std::unique_ptr<Simulation> simulation;  // null: failed
  std::vector<std::int32_t> nearest;
  std::vector<double> before;  // heads at the start of the last step
  std::vector<double> between;

  // Advances until the time is reached or passed. Returns "" or why it failed.
  std::string advance_to(double time, ScenarioResult& result) {
    while (!simulation->finished()) {
      const double reached = simulation->last_step().time.end;
      if (result.outer_iterations > 0 && (reached >= time || same_time(reached, time))) return "";
      before = simulation->heads();
      const StepReport& report = simulation->advance();
      result.outer_iterations += report.outer_iterations;
      result.inner_iterations += report.inner_iterations;
      if (report.status == StepStatus::converged) continue;
      const bool may_go_on =
          report.status == StepStatus::not_converged || report.status == StepStatus::unbalanced;
      if (!may_go_on || !simulation->model().solver.continue_unconverged) return report.message;
    }
    return "";
  }

  // Heads at a time within the last step: linear between its ends, where steps are not those of the baseline.
  const std::vector<double>& heads_at(double time) {
    const StepTime& step = simulation->last_step().time;
    const std::vector<double>& end = simulation->heads();
    if (step.end <= time || same_time(step.end, time) || step.dt <= 0) return end;
    const double part = (time - step.start) / step.dt;
    between = end;
    for (std::size_t n = 0; n < end.size(); ++n) {
      if (std::abs(before[n]) < 1e29 && std::abs(end[n]) < 1e29)
        between[n] = before[n] + part * (end[n] - before[n]);
    }
    return between;
  }
};

// Steps that a scenario takes where those of the model did not converge.
Model with_small_steps(Model model) {
  for (StressPeriod& period : model.periods) {
    AdaptiveSteps& a = period.adaptive;
    const std::vector<double> lengths = step_lengths(period);
    if (period.steady || lengths.empty()) continue;
    if (!a.enabled) {
      a = AdaptiveSteps{};
      a.dt0 = lengths.front();
      a.dtmax = *std::max_element(lengths.begin(), lengths.end());
      a.dtmin = 1e-4 * lengths.front();
    }
    a.enabled = true;
    a.dtfailadj = std::max(a.dtfailadj, 5.0);
  }
  model.solver.continue_unconverged = false;
  return model;
}

class AloneGroup {
 public:
  AloneGroup(const Model& model, const ScenarioGroup& group, const EngineOptions& options)
      : model_(model), group_(group), options_(options), layout_(make_layout(model.grid)) {}

  // Indices of scenarios that did not come through.
  std::vector<std::size_t> run(const std::vector<std::size_t>& which, bool small_steps) {
    Simulation baseline(model_, options_);
    std::vector<Member> members(which.size());
    core::parallel_for(which.size(), [&](std::size_t i) { start(members[i], which[i], small_steps); });
    while (!baseline.finished()) {
      advance_baseline(baseline);
      core::parallel_for(which.size(), [&](std::size_t i) {
        Member& member = members[i];
        if (!member.simulation) return;
        ScenarioResult& result = group_.results[which[i]];
        const double time = baseline.last_step().time.end;
        const std::string trouble = member.advance_to(time, result);
        if (!trouble.empty()) {
          result.status = ScenarioStatus::failed;
          result.message = trouble;
          member.simulation.reset();
          return;
        }
        record_rise(model_, layout_, member.heads_at(time).data(), baseline.heads().data(), member.nearest,
                    result);
      });
      give_out(baseline, members, which);
    }
    std::vector<std::size_t> failed;
    for (std::size_t i = 0; i < which.size(); ++i) {
      if (!members[i].simulation) failed.push_back(which[i]);
    }
    return failed;
  }

 private:
  void start(Member& member, std::size_t index, bool small_steps) {
    const Scenario& scenario = group_.scenarios[index];
    ScenarioResult& result = group_.results[index];
    result.name = scenario.name;
    result.alone = true;
    result.status = ScenarioStatus::done;
    result.rise = {};
    result.sites.assign(scenario.sites.size(), {});
    result.budgets.clear();
    Model model = scenario_model(model_, scenario);
    if (small_steps) model = with_small_steps(std::move(model));
    member.simulation = std::make_unique<Simulation>(std::move(model), options_);
    member.nearest = nearest_sites(model_.grid, scenario.sites);
  }

  void advance_baseline(Simulation& baseline) const {
    const StepReport& report = baseline.advance();
    if (report.status == StepStatus::converged || model_.solver.continue_unconverged) return;
    throw core::InputError({.where = "baseline",
                            .what = report.message,
                            .mend = "The model itself must run: see 'phreatic flow run'"});
  }

  void give_out(const Simulation& baseline, std::vector<Member>& members,
                const std::vector<std::size_t>& which) {
    const StepTime& time = baseline.last_step().time;
    for (std::size_t d = 0; d < group_.dates.size(); ++d) {
      if (!same_time(group_.dates[d], time.end)) continue;
      const std::vector<double> baseline_table = water_table(model_.grid, baseline.heads());
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (!members[i].simulation) continue;
        const std::vector<double>& heads = members[i].heads_at(time.end);
        group_.results[which[i]].budgets.push_back(
            budget_of(members[i].simulation->package_flows(), members[i].simulation->storage_flows()));
        const std::vector<double> table = water_table(model_.grid, heads);
        if (group_.sink)
          group_.sink({group_.first + which[i], d, time, heads, baseline.heads(), table, baseline_table});
      }
    }
  }

  const Model& model_;
  const ScenarioGroup& group_;
  const EngineOptions& options_;
  Layout layout_;
};

}  // namespace

void run_alone(const Model& model, const ScenarioGroup& group, const std::vector<std::size_t>& which,
               const EngineOptions& options) {
  AloneGroup alone(model, group, options);
  const std::vector<std::size_t> failed = alone.run(which, false);
  if (failed.empty()) return;
  std::vector<std::string> first_trouble;
  for (const std::size_t i : failed) first_trouble.push_back(group.results[i].message);
  alone.run(failed, true);
  for (std::size_t i = 0; i < failed.size(); ++i) {
    ScenarioResult& result = group.results[failed[i]];
    result.message = result.status == ScenarioStatus::failed
                         ? fmt::format("{}; with smaller steps: {}", first_trouble[i], result.message)
                         : "run again with smaller steps: " + first_trouble[i];
  }
}

}  // namespace phreatic::flow
