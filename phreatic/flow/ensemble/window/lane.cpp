// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/window/lane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/flow/ensemble/record.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {
namespace {

constexpr double kPessimism = 3;  // in judging the next change, as the quick path does
constexpr double kOfLargest =
    0.01;  // closure over the largest difference, where that is less than the model's
constexpr double kLeastClosure = 1e-3;  // of the model's
constexpr double kTightest = 2e-4;      // reduction of a linear solve
constexpr double kLoosest = 0.1;
constexpr double kPartOfClosure = 0.1;  // what a linear solve may leave
constexpr double kEdge = 0.25;          // of the closure: larger differences at its edge make the window grow
constexpr int kLeastMargin = 8;         // cells around what has changed

int margin_of(const RowSpans& spans) {
  int widest = 0;
  for (std::size_t i = 0; i < spans.first.size(); ++i)
    widest = std::max(widest, spans.last[i] - spans.first[i]);
  return kLeastMargin + widest / 8;
}

// Bounds of the window, where the list or the window is another one.
void take_bounds(WindowLane& lane, const StepFrame& frame) {
  const Grid& grid = frame.baseline.model().grid;
  const RowSpans& spans = lane.window.spans;
  for (std::size_t p = 0; p < lane.bounds.size(); ++p) {
    if (lane.bounds_version[p] == frame.cells_versions[p]) continue;
    lane.bounds_version[p] = frame.cells_versions[p];
    lane.bounds[p].clear();
    const std::vector<CellIndex>& cells = frame.baseline.engine().values[p].cell;
    for (std::size_t b = 0; b < cells.size(); ++b) {
      if (cells[b] == kNoCell) continue;
      const std::size_t in_layer = static_cast<std::size_t>(cells[b]) % grid.layer_cells();
      const std::size_t row = in_layer / static_cast<std::size_t>(grid.ncol);
      const auto column = static_cast<int>(in_layer % static_cast<std::size_t>(grid.ncol));
      if (column >= spans.first[row] && column < spans.last[row])
        lane.bounds[p].push_back(static_cast<std::uint32_t>(b));
    }
  }
}

}  // namespace

double largest_of(const std::vector<double>& differences) {
  double largest = 0;
  for (const double d : differences) largest = std::max(largest, std::abs(d));
  return largest;
}

Closure closure_of(const WindowLane& lane, const Closure& of_model) {
  if (lane.largest == 0) return of_model;
  const double part = std::max(kOfLargest * lane.largest, kLeastClosure * of_model.head);
  return {std::min(of_model.head, part), of_model.balance};
}

double window_edge(const Closure& closure) { return kEdge * closure.head; }

bool WindowLane::changes(std::size_t package) const {
  return std::find(changed.begin(), changed.end(), package) != changed.end();
}

bool WindowLane::leaves(const StepTime& time, const std::string& why) {
  running = false;
  result->message = fmt::format("period {}, step {}: {}", time.period + 1, time.step + 1, why);
  return false;
}

void gather(const PackageValues& from, const std::vector<std::uint32_t>& which, PackageValues& to) {
  const std::size_t size = from.size();
  to.cell.resize(which.size());
  for (std::size_t b = 0; b < which.size(); ++b) to.cell[b] = from.cell[which[b]];
  const auto columns = [&](const std::vector<double>& all, std::vector<double>& out) {
    const std::size_t count = size > 0 ? all.size() / size : 0;
    out.resize(count * which.size());
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t b = 0; b < which.size(); ++b) out[c * which.size() + b] = all[c * size + which[b]];
    }
  };
  columns(from.values, to.values);
  columns(from.aux, to.aux);
}

WindowLane make_lane(const Model& model, const Layout& whole, const Scenario& scenario, std::size_t index,
                     ScenarioResult& result) {
  WindowLane lane;
  lane.scenario = &scenario;
  lane.result = &result;
  lane.index = index;
  lane.window = make_window(whole, RowSpans(model.grid.nrow));
  result = {};
  result.name = scenario.name;
  result.sites.assign(scenario.sites.size(), {});
  lane.nearest = nearest_sites(model.grid, scenario.sites);
  for (std::size_t p = 0; p < model.packages.size(); ++p) {
    if (std::any_of(scenario.changes.begin(), scenario.changes.end(),
                    [&](const PackageChange& c) { return c.package == model.packages[p].name; }))
      lane.changed.push_back(p);
  }
  lane.bounds.resize(model.packages.size());
  lane.bounds_version.assign(model.packages.size(), -1);
  return lane;
}

bool begins(const WindowLane& lane, const StepTime& time) {
  const Scenario& s = *lane.scenario;
  return std::any_of(s.sites.begin(), s.sites.end(),
                     [&](const RechargeSite& site) { return share_of_step(site, time) > 0; }) ||
         std::any_of(s.changes.begin(), s.changes.end(),
                     [&](const PackageChange& c) { return applies(c, c.package, time); });
}

void open(WindowLane& lane, const Layout& whole, const StepFrame& frame) {
  const Grid& grid = frame.baseline.model().grid;
  RowSpans spans(grid.nrow);
  const auto include = [&](CellIndex cell) {
    if (cell == kNoCell) return;
    const auto in_layer = static_cast<int>(static_cast<std::size_t>(cell) % grid.layer_cells());
    spans.include(in_layer / grid.ncol, in_layer % grid.ncol);
  };
  for (const RechargeSite& site : lane.scenario->sites)
    std::for_each(site.cells.begin(), site.cells.end(), include);
  for (const std::size_t p : lane.changed) {
    const std::vector<CellIndex>& cells = frame.baseline.engine().values[p].cell;
    std::for_each(cells.begin(), cells.end(), include);
  }
  if (!frame.parts.window) {
    for (int i = 0; i < grid.nrow; ++i) {
      spans.include(i, 0);
      spans.include(i, grid.ncol - 1);
    }
  }
  lane.window = make_window(whole, spans.widened(margin_of(spans), grid.ncol));
  lane.difference.assign(lane.window.layout.span_cells, 0.0);
  lane.earlier = lane.difference;
  std::fill(lane.bounds_version.begin(), lane.bounds_version.end(), -1);
}

void start_of(const WindowLane& lane, const StepFrame& frame, std::vector<double>& start) {
  const StepTime& time = frame.baseline.last_step().time;
  start = lane.difference;
  if (!frame.parts.warm_start) std::fill(start.begin(), start.end(), 0.0);
  if (!frame.parts.warm_start || time.steady || lane.dt <= 0) return;
  const double ratio = std::min(time.dt / lane.dt, 2.0);
  for (std::size_t i = 0; i < start.size(); ++i) start[i] += ratio * (lane.difference[i] - lane.earlier[i]);
}

bool widen(WindowLane& lane, const Layout& whole, const RowSpans& reached, std::vector<double>& start) {
  if (lane.window.spans.contain(reached.widened(1, whole.ncol))) return false;
  RowSpans spans = reached.widened(margin_of(reached), whole.ncol);
  spans.include(lane.window.spans);
  Window larger = make_window(whole, std::move(spans));
  for (std::vector<double>* kept : {&start, &lane.difference, &lane.earlier})
    *kept = moved(*kept, lane.window.layout, larger.layout);
  lane.window = std::move(larger);
  std::fill(lane.bounds_version.begin(), lane.bounds_version.end(), -1);
  return true;
}

void take_values(WindowLane& lane, const StepFrame& frame, std::vector<PackageValues>& values) {
  take_bounds(lane, frame);
  const Model& model = frame.baseline.model();
  const StepTime& time = frame.baseline.last_step().time;
  const std::vector<PackageValues>& base = frame.baseline.engine().values;
  for (std::size_t p = 0; p < lane.bounds.size(); ++p) {
    if (!lane.changes(p)) {
      gather(base[p], lane.bounds[p], values[p]);
      continue;
    }
    PackageValues all = base[p];
    apply_changes(*lane.scenario, model.packages[p], time, all);
    gather(all, lane.bounds[p], values[p]);
  }
  values.back() = added_recharge(model.grid, *lane.scenario, time);
}

bool LaneClosure::done(double residual, double package_flows) {
  gross_ = std::max(gross_, package_flows);
  const bool small = residual <= closure_.balance * gross_;
  const double fall = last_residual_ > 0 ? std::min(0.99, residual / last_residual_) : 0.99;
  expected_ = kPessimism * fall / (1 - fall) * std::abs(change_);
  last_residual_ = residual;
  return corrected_ && expected_ <= closure_.head && (small || expected_ <= 1e-4 * closure_.head);
}

void LaneClosure::corrected(double change) {
  change_ = change;
  corrected_ = true;
  ++outer_;
}

void LaneClosure::window_grew() {
  ++growths_;
  corrected_ = false;
  last_residual_ = 0;
}

double LaneClosure::reduction() const {
  if (outer_ > 0 && !corrected_) return kLoosest;  // what a larger window has left open is a part of the edge
  if (outer_ > 0) return std::clamp(0.3 * closure_.head / std::max(expected_, 1e-30), kTightest, 0.3);
  return std::clamp(kPartOfClosure * closure_.head / std::max(first_change_, 1e-30), kTightest, kLoosest);
}

}  // namespace phreatic::flow
