// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "phreatic/core/parallel.hpp"
#include "phreatic/flow/ensemble/window/window_engine.hpp"
#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow {
namespace {

constexpr int kFactorsHold = 8;  // steps of one length for which factors do

bool same_time(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

// Why scenarios cannot go on beside the baseline after its last step; "" when they can.
std::string trouble_of(const Simulation& baseline, const StepReport& report) {
  if (report.status != StepStatus::converged && !baseline.model().solver.continue_unconverged)
    return report.message;
  if (report.dried + report.rewetted > 0 || near_drying(baseline.engine()))
    return fmt::format("the baseline nears drying in period {}, step {}", report.time.period + 1,
                       report.time.step + 1);
  return baseline.held_groups() ? "the level of a group of cells is open" : "";
}

// Counts how often the list of cells of each package has changed.
class CellLists {
 public:
  explicit CellLists(std::size_t packages) : versions_(packages, 0), last_(packages) {}
  void look(const std::vector<PackageValues>& values) {
    for (std::size_t p = 0; p < values.size(); ++p) {
      if (values[p].cell == last_[p]) continue;
      last_[p] = values[p].cell;
      ++versions_[p];
    }
  }
  const std::vector<int>& versions() const { return versions_; }

 private:
  std::vector<int> versions_;
  std::vector<std::vector<CellIndex>> last_;
};

void give_out(const Simulation& baseline, WindowEngines& engines, std::vector<WindowLane>& lanes,
              const ScenarioGroup& group) {
  const StepTime& time = baseline.last_step().time;
  const Grid& grid = baseline.model().grid;
  for (std::size_t d = 0; d < group.dates.size(); ++d) {
    if (!same_time(group.dates[d], time.end)) continue;
    core::parallel_for(lanes.size(), [&](std::size_t l) {
      if (!lanes[l].running) return;
      engines.with_one([&](WindowEngine& engine) {
        lanes[l].result->budgets.push_back(engine.budget(lanes[l], baseline));
      });
    });
    if (!group.sink) continue;
    const std::vector<double> baseline_table = water_table(grid, baseline.heads());
    std::vector<double> heads;
    for (const WindowLane& lane : lanes) {
      if (!lane.running) continue;
      WindowEngine::heads(lane, baseline, heads);
      const std::vector<double> table = water_table(grid, heads);
      group.sink({group.first + lane.index, d, time, heads, baseline.heads(), table, baseline_table});
    }
  }
}

}  // namespace

std::string lanes_cannot(const Model& model) {
  if (model.newton.enabled) return "NEWTON";
  if (model.flow.perched) return "PERCHED";
  if (model.flow.rewet.enabled) return "REWET";
  for (const Package& package : model.packages) {
    if (package_type(package.kind).make_state != nullptr) return std::string(package.kind.name());
  }
  return "";
}

double lane_bytes(const Model& model, std::size_t lanes) {
  const auto cells = static_cast<double>(model.grid.cells());
  const auto engines = static_cast<double>(std::min(lanes, static_cast<std::size_t>(core::thread_count())));
  // An engine with its model for each thread and for the baseline; by lane two vectors of doubles, at most of the grid.
  return cells * (350 * (engines + 1) + 12 + static_cast<double>(lanes) * 16);
}

LaneOutcome run_in_lanes(const Model& model, const ScenarioGroup& group, const EngineOptions& options) {
  LaneOutcome outcome;
  Simulation baseline(model, options);
  const Layout& layout = baseline.engine().aquifer.layout;
  const double ease = layout.span_cells > kSmallModel ? std::max(options.large_model_ease, 1.0) : 1.0;
  const Closure closure{std::min(ease * options.head_tolerance, model.solver.outer_dvclose),
                        ease * options.balance_tolerance};
  std::vector<WindowLane> lanes;
  for (std::size_t s = 0; s < group.scenarios.size(); ++s)
    lanes.push_back(make_lane(model, layout, group.scenarios[s], s, group.results[s]));
  WindowEngines engines(model, options, group.parts,
                        std::min(lanes.size(), static_cast<std::size_t>(core::thread_count())));
  const auto fixed =
      lanes_are_linear(model, group.parts) ? std::make_unique<FixedCoefficients>(layout) : nullptr;
  CellLists lists(model.packages.size());
  Padded<double> residual;
  BaselineFactors factors;
  double factored_dt = -1;
  while (!baseline.finished()) {
    outcome.trouble = trouble_of(baseline, baseline.advance());
    if (!outcome.trouble.empty()) break;
    lists.look(baseline.engine().values);
    const StepTime& time = baseline.last_step().time;
    const bool make_factors = time.dt != factored_dt || time.index % kFactorsHold == 0;
    engines.at(0).take_baseline(baseline, residual, make_factors ? &factors : nullptr);
    factored_dt = time.dt;
    if (fixed) fixed->take(baseline);
    engines.begin_step(baseline, fixed.get());
    const StepFrame frame{baseline, residual, fixed.get(), factors, lists.versions(), closure, group.parts};
    core::parallel_for(lanes.size(), [&](std::size_t l) {
      engines.with_one([&](WindowEngine& engine) { engine.step(lanes[l], frame); });
    });
    give_out(baseline, engines, lanes, group);
  }
  for (const WindowLane& lane : lanes) {
    lane.result->window_share =
        lane.cell_steps / (static_cast<double>(layout.span_cells) *
                           std::max(1.0, static_cast<double>(lane.result->rise.water.size())));
    if (!lane.running || !outcome.trouble.empty()) outcome.left.push_back(lane.index);
  }
  return outcome;
}

}  // namespace phreatic::flow
