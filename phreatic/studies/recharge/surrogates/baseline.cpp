// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// No package has unknowns of its own, and no thickness hangs on the heads that the run starts from.
bool can_start_later(const flow::Model& model) {
  if (model.flow.thickstrt) return false;
  return std::none_of(model.packages.begin(), model.packages.end(),
                      [](const flow::Package& p) { return p.data != nullptr; });
}

void add_column_heads(const Ground& ground, const std::vector<double>& heads, ColumnSeries& series) {
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const flow::CellIndex top = ground.top_cell(place, heads);
    series.head_m.push_back(top == flow::kNoCell ? kMissing : heads[static_cast<std::size_t>(top)]);
  }
}

// Adds what a step put into storage, in m over the cell.
void add_stored(const Ground& ground, const flow::StorageFlows& flows, double dt,
                std::vector<double>& water) {
  const auto add = [&](const std::vector<double>& flow) {
    for (std::size_t n = 0; n < flow.size(); ++n)
      water[n % ground.places()] -= flow[n] * dt / ground.cell_area();
  };
  add(flows.specific_storage);
  add(flows.specific_yield);
}

// True when the run must stop.
bool judge(const flow::Simulation& simulation, const flow::StepReport& step, std::size_t& not_converged,
           std::string& message) {
  if (step.status == flow::StepStatus::converged) return false;
  ++not_converged;
  if (message.empty())
    message = fmt::format("step {} (day {:g} to {:g}): {}", step.time.index + 1, step.time.start,
                          step.time.end, step.message.empty() ? "did not converge" : step.message);
  return step.status == flow::StepStatus::constant_head_dry ||
         step.status == flow::StepStatus::no_active_cells || !simulation.model().solver.continue_unconverged;
}

struct Means {
  std::vector<double> wet_head, dry_head;  // [places] sums
  double wet_days = 0, dry_days = 0;
};

void add_means(const Ground& ground, const flow::Simulation& simulation, const flow::StepTime& time,
               Means& means, std::vector<double>& thickness) {
  const std::vector<double>& heads = simulation.heads();
  const bool wet = ground.schedule.has_recharge(time.index);
  auto& sum = wet ? means.wet_head : means.dry_head;
  (wet ? means.wet_days : means.dry_days) += time.dt;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const flow::CellIndex top = ground.top_cell(place, heads);
    sum[place] += time.dt * (top == flow::kNoCell ? kMissing : heads[static_cast<std::size_t>(top)]);
  }
  if (!wet) return;
  const std::vector<double> saturation = simulation.saturation();
  const flow::Grid& grid = ground.model.grid;
  for (std::size_t n = 0; n < grid.cells(); ++n)
    thickness[n] += time.dt * saturation[n] * (grid.cell_top(n) - grid.botm[n]);
}

// Of rivers, and of drains that flow at the end of recharge: surface seepage over dry ground carries nothing away, and
// would hide the ditches in its sum.
void add_conductances(const Ground& ground, const flow::Simulation& simulation, Baseline& out) {
  const auto heads = simulation.heads();
  for (std::size_t p = 0; p < ground.model.packages.size(); ++p) {
    const flow::PackageKind kind = ground.model.packages[p].kind;
    const bool river = kind == flow::PackageKind::riv || kind == flow::PackageKind::sfr;
    if (!river && kind != flow::PackageKind::drn) continue;
    const flow::PackageValues& values = simulation.package_values(p);
    for (std::size_t b = 0; b < values.size(); ++b) {
      if (values.cell[b] == flow::kNoCell) continue;
      const std::size_t place = static_cast<std::size_t>(values.cell[b]) % ground.places();
      if (river) out.river[place] = 1;
      if (kind != flow::PackageKind::sfr)
        out.drainage_level_m[place] = std::fmin(out.drainage_level_m[place], values.value(0, b));
      const bool flows = river || heads[static_cast<std::size_t>(values.cell[b])] > values.value(0, b);
      if (kind != flow::PackageKind::sfr && flows)
        (river ? out.river_conductance : out.drain_conductance)[place] +=
            values.value(1, b) / ground.model_days;
    }
  }
}

void finish_means(const Ground& ground, const Means& means, Baseline& out) {
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const double top = ground.model.grid.top[place];
    out.wet_depth_m.push_back(ground.exists[place] ? top - means.wet_head[place] / means.wet_days : kMissing);
    const bool dry = ground.exists[place] && means.dry_days > 0;  // of a steady model there is no such time
    out.dry_depth_m.push_back(dry ? top - means.dry_head[place] / means.dry_days : kMissing);
  }
  for (double& thickness : out.wet_thickness_m) thickness /= means.wet_days;
}

[[noreturn]] void baseline_failed(const std::string& message) {
  throw core::RunError("the baseline run stopped at " + message +
                       "; run `phreatic flow run` on the model, and mend it or its solver settings first");
}

}  // namespace

Baseline run_baseline(const Ground& ground, core::Context& context) {
  Baseline out;
  const std::size_t places = ground.places();
  out.river.assign(places, 0.0);
  out.drainage_level_m.assign(places, kMissing);
  out.river_conductance.assign(places, 0.0);
  out.drain_conductance.assign(places, 0.0);
  out.wet_thickness_m.assign(ground.model.grid.cells(), 0.0);
  out.restarts = can_start_later(ground.model);
  Means means{std::vector<double>(places, 0.0), std::vector<double>(places, 0.0), 0, 0};
  const Schedule& schedule = ground.schedule;
  flow::Simulation simulation(ground.model, kScenarioEngine);
  core::Progress progress("baseline", schedule.last + 1, "steps", context.show_progress);
  std::vector<double> water(places, 0.0);
  std::string message;
  for (std::size_t s = 0; s <= schedule.last; ++s) {
    core::throw_if_interrupted();
    if (s == schedule.first) out.start = simulation.save();
    const flow::StepReport step = simulation.advance();
    if (judge(simulation, step, out.not_converged, message)) baseline_failed(message);
    if (s == 0 && ground.steady_start) {
      out.steady_heads = simulation.heads();
      add_losses(ground, simulation, 1, out.steady_losses);
    }
    progress.advance();
    if (s < schedule.first) continue;
    add_stored(ground, simulation.storage_flows(), step.time.dt, water);
    if (schedule.has_recharge(static_cast<int>(s)))
      add_losses(ground, simulation,
                 step.time.dt / (schedule.steps[schedule.end - 1].end - schedule.start_day()),
                 out.season_losses);
    add_means(ground, simulation, step.time, means, out.wet_thickness_m);
    if (s + 1 < schedule.end) continue;
    if (s + 1 == schedule.end) add_conductances(ground, simulation, out);
    add_column_heads(ground, simulation.heads(), out.series);
    out.series.water_m.insert(out.series.water_m.end(), water.begin(), water.end());
  }
  finish_means(ground, means, out);
  if (out.not_converged > 0)
    context.log.warn(fmt::format("{} steps of the baseline did not converge (the model says CONTINUE): {}",
                                 out.not_converged, message));
  return out;
}

}  // namespace phreatic::studies::recharge
