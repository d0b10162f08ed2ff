// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/storage_response.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace phreatic::flow {
namespace {

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", x);
  return text;
}

double slack(double time) { return 1e-6 * std::max(1.0, std::abs(time)); }

// Group 0 in the steps of the window.
std::vector<int> window_steps(const Trajectory& run, const StorageResponseParams& params, double& length,
                              core::Problems& problems) {
  double from = params.window.first;
  double to = params.window.second;
  const double start = run.step(0).time.start;
  if (from == to) {
    from = start;
    to = run.step(run.steps() - 1).time.end;
  }
  std::vector<int> group(run.steps(), -1);
  if (!(from < to)) problems.add({.where = "window", .what = "ends before it starts"});
  if (std::abs(from - start) > slack(from)) step_ending_at(run, from, "window", problems);
  step_ending_at(run, to, "window", problems);
  length = 0;
  for (std::size_t k = 0; k < run.steps(); ++k) {
    const StepTime& t = run.step(k).time;
    if (t.start < from - slack(from) || t.end > to + slack(to)) continue;
    group[k] = 0;
    length += t.dt;
    if (t.steady) {
      problems.add({.where = "window",
                    .what = "holds the steady step that ends at " + number(t.end),
                    .mend = "Let the window start after it: nothing is stored in a steady step"});
    }
  }
  return group;
}

void check_run(const Trajectory& run) {
  const RecordedStep& last = run.step(run.steps() - 1);
  if (last.status == StepStatus::converged || run.model().solver.continue_unconverged) return;
  throw core::RunError("the forward run stopped in period " + std::to_string(last.time.period + 1) +
                       ", step " + std::to_string(last.time.step + 1) + " without convergence");
}

// Water on a cell of fixed head, or on one that stays dry, goes nowhere in the model: its shares are all 0 and say
// nothing.
void forget_columns_without_effect(StorageResponse& out, std::size_t layer) {
  for (std::size_t c = 0; c < layer; ++c) {
    const auto none = [&](const std::vector<double>& share) { return !(std::abs(share[c]) > 0); };
    if (!std::all_of(out.fraction.begin(), out.fraction.end(), none) ||
        !std::all_of(out.captures.begin(), out.captures.end(),
                     [&](const Capture& capture) { return none(capture.fraction); }))
      continue;
    for (auto& share : out.fraction) share[c] = std::numeric_limits<double>::quiet_NaN();
    for (Capture& capture : out.captures) capture.fraction[c] = std::numeric_limits<double>::quiet_NaN();
  }
}

// The highest count of each column.
std::vector<int> of_columns(const std::vector<int>& cells, std::size_t layer) {
  std::vector<int> out(layer, 0);
  for (std::size_t n = 0; n < cells.size(); ++n) out[n % layer] = std::max(out[n % layer], cells[n]);
  return out;
}

}  // namespace

int step_ending_at(const Trajectory& run, double time, const std::string& where, core::Problems& problems) {
  double nearest = run.step(0).time.end;
  for (std::size_t k = 0; k < run.steps(); ++k) {
    const double end = run.step(k).time.end;
    if (std::abs(end - time) <= slack(time)) return static_cast<int>(k);
    if (std::abs(end - time) < std::abs(nearest - time)) nearest = end;
  }
  const double last = run.step(run.steps() - 1).time.end;
  const bool outside = time < run.step(0).time.start || time > last;
  problems.add(
      {.where = where,
       .what = "time " + number(time) + (outside ? " is outside the run" : " lies between two steps"),
       .allowed = "ends of steps, from " + number(run.step(0).time.end) + " to " + number(last),
       .mend = "The nearest is " + number(nearest)});
  return -1;
}

Measure storage_measure(std::string name, int step) {
  Measure measure;
  measure.name = std::move(name);
  measure.storage.push_back({step, 1.0, nullptr});
  return measure;
}

Measure volume_measure(std::string name, int package, int first, int last, const Trajectory& run) {
  Measure measure;
  measure.name = std::move(name);
  for (int k = first; k <= last; ++k)
    measure.flows.push_back({k, package, run.step(static_cast<std::size_t>(k)).time.dt, nullptr});
  return measure;
}

StorageResponse storage_response(const Trajectory& run, const StorageResponseParams& params) {
  check_run(run);
  StorageResponse out;
  core::Problems problems;
  SweepParams sweep_params;
  sweep_params.tolerance = params.tolerance;
  sweep_params.wanted.recharge = true;
  sweep_params.group_of_step = window_steps(run, params, out.window_length, problems);
  if (params.dates.empty() && params.capture_dates.empty())
    problems.add({.where = "dates", .what = "there is none"});
  for (const double date : params.dates) {
    const int step = step_ending_at(run, date, "dates", problems);
    if (step >= 0) sweep_params.measures.push_back(storage_measure("storage at " + number(date), step));
  }
  for (const double date : params.capture_dates) {
    const int step = step_ending_at(run, date, "capture_dates", problems);
    for (std::size_t p = 0; step >= 0 && p < run.model().packages.size(); ++p) {
      const Package& package = run.model().packages[p];
      const bool gives_alike = package.kind == PackageKind::rch ||
                               (package.kind == PackageKind::wel && package.auto_flow_reduce <= 0);
      if (gives_alike) continue;  // whatever the heads
      sweep_params.measures.push_back(volume_measure(run.model().packages[p].name + " until " + number(date),
                                                     static_cast<int>(p), 0, step, run));
      out.captures.push_back({p, date, {}});
    }
  }
  problems.throw_if_any();
  out.dates = params.dates;
  out.details = sweep(run, sweep_params);
  const Grid& grid = run.model().grid;
  const std::size_t layer = grid.layer_cells();
  std::vector<char> active(layer, 0);
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] > 0) active[n % layer] = 1;
  }
  const auto share = [&](const std::vector<double>& by_rate, double sign) {
    std::vector<double> part(layer, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t c = 0; c < layer; ++c) {
      if (active[c] != 0) part[c] = sign * by_rate[c] / (grid.area(c) * out.window_length);
    }
    return part;
  };
  for (std::size_t m = 0; m < out.details.measures.size(); ++m) {
    std::vector<double>& by_rate = out.details.measures[m].recharge.front();
    if (m < out.dates.size()) {
      out.fraction.push_back(share(by_rate, 1));
      out.stored.push_back(std::move(by_rate));
    } else {
      out.captures[m - out.dates.size()].fraction = share(by_rate, -1);
    }
    out.details.measures[m].recharge.clear();
  }
  forget_columns_without_effect(out, layer);
  out.switches = of_columns(out.details.switches, layer);
  out.dry_steps = of_columns(out.details.dry_steps, layer);
  return out;
}

StorageResponse storage_response(Model model, const StorageResponseParams& params) {
  return storage_response(record_run(std::move(model), params.engine, params.trajectory), params);
}

}  // namespace phreatic::flow
