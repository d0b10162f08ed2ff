// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/scenario_model.hpp"

#include <memory>

namespace phreatic::studies::recharge {
namespace {

// Every step of the model as its packages are asked for it.
std::vector<flow::StepTime> step_times(const flow::Model& model) {
  std::vector<flow::StepTime> out;
  double start = 0;
  for (std::size_t p = 0; p < model.periods.size(); ++p) {
    const std::vector<double> lengths = flow::step_lengths(model.periods[p]);
    double in_period = 0;
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      in_period += lengths[s];
      flow::StepTime time;
      time.period = static_cast<int>(p);
      time.step = static_cast<int>(s);
      time.index = static_cast<int>(out.size());
      time.dt = lengths[s];
      time.start = start + in_period - lengths[s];
      time.end = start + in_period;
      time.period_time = in_period;
      time.steady = model.periods[p].steady;
      time.last_of_period = s + 1 == lengths.size();
      out.push_back(time);
    }
    start += model.periods[p].perlen;
  }
  return out;
}

// A package's provider that starts at step `first`: what came before is asked for at the first call, because providers
// tell changes only.
class LateProvider {
 public:
  LateProvider(flow::StressProvider inner, std::shared_ptr<const std::vector<flow::StepTime>> steps,
               std::size_t first)
      : inner_(std::move(inner)), steps_(std::move(steps)), first_(first) {}

  // Every period of the window is one step, which may be cut into smaller ones or repeated.
  flow::Change operator()(const flow::StepTime& time, flow::PackageValues& values) {
    const std::size_t wanted = first_ + static_cast<std::size_t>(time.period);
    const bool begins = asked_ == 0;
    flow::Change change = flow::Change::none;
    for (; asked_ <= wanted; ++asked_) {
      const flow::Change now = inner_((*steps_)[asked_], held_);
      if (now == flow::Change::cells || change == flow::Change::none) change = now;
    }
    if (begins) change = flow::Change::cells;
    if (change != flow::Change::none) values = held_;
    return change;
  }

 private:
  flow::StressProvider inner_;
  std::shared_ptr<const std::vector<flow::StepTime>> steps_;
  std::size_t first_ = 0;
  std::size_t asked_ = 0;  // steps that the inner provider has been asked for
  flow::PackageValues held_;
};

// Barriers by the window's steps; what was replaced before it is left out.
std::vector<flow::BarrierPeriod> barriers_from(const Ground& ground,
                                               const std::vector<flow::StepTime>& steps) {
  const Schedule& schedule = ground.schedule;
  std::vector<flow::BarrierPeriod> out;
  for (flow::BarrierPeriod barriers : ground.model.barriers) {
    std::size_t step = schedule.first;
    while (step <= schedule.last && steps[step].period < barriers.period) ++step;
    if (step > schedule.last) break;
    barriers.period = static_cast<int>(step - schedule.first);
    if (!out.empty() && out.back().period == barriers.period) out.pop_back();
    out.push_back(std::move(barriers));
  }
  return out;
}

}  // namespace

WindowModel window_model(const Ground& ground, const Baseline& baseline) {
  const Schedule& schedule = ground.schedule;
  WindowModel out{ground.model, schedule.start_day(), schedule.first};
  out.model.output = {};
  out.model.observations.clear();
  if (!baseline.restarts) {
    out.start_day = 0;
    out.first_step = 0;
    const auto last_period = static_cast<std::size_t>(schedule.steps[schedule.last].period);
    out.model.periods.resize(last_period + 1);
    return out;
  }
  const auto steps = std::make_shared<const std::vector<flow::StepTime>>(step_times(ground.model));
  out.model.start_heads = baseline.start.heads;
  out.model.periods.clear();
  for (std::size_t s = schedule.first; s <= schedule.last; ++s)
    out.model.periods.push_back({(*steps)[s].dt, 1, 1, (*steps)[s].steady, {}});
  for (flow::Package& package : out.model.packages)
    package.provider = LateProvider(std::move(package.provider), steps, schedule.first);
  out.model.barriers = barriers_from(ground, *steps);
  return out;
}

flow::Model steady_model(const Ground& ground, const Baseline& baseline) {
  flow::Model out = ground.model;
  out.periods.resize(1);
  if (!ground.model.flow.thickstrt) out.start_heads = baseline.steady_heads;
  out.output = {};
  out.observations.clear();
  return out;
}

flow::Scenario scenario_of(const Ground& ground, const std::vector<Site>& sites, const std::string& name,
                           double first, double last) {
  flow::Scenario out;
  out.name = name;
  for (const Site& site : sites) {
    flow::RechargeSite added{site.id, {}, 1e-3 * site.rate_mm_per_day * ground.model_days, first, last};
    for (std::size_t r = site.row; r < site.row + site.rows; ++r) {
      for (std::size_t c = site.column; c < site.column + site.columns; ++c)
        added.cells.push_back(static_cast<flow::CellIndex>(r * ground.columns() + c));
    }
    out.sites.push_back(std::move(added));
  }
  return out;
}

}  // namespace phreatic::studies::recharge
