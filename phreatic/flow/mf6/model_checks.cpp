// SPDX-License-Identifier: BSD-3-Clause
// What only shows when the whole model is read.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "phreatic/flow/mf6/lists.hpp"
#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow::mf6 {
namespace {

bool active(const Grid& grid, std::size_t n) { return grid.idomain[n] > 0; }

// Sets of active cells that are connected with each other: part[n] for every cell, -1 where inactive.
class Parts {
 public:
  explicit Parts(const Grid& grid) : parent_(grid.cells()) {
    std::iota(parent_.begin(), parent_.end(), CellIndex{0});
    const auto ncol = static_cast<std::size_t>(grid.ncol);
    const std::size_t layer = grid.layer_cells();
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      if (!active(grid, n)) continue;
      if (n % ncol + 1 < ncol && active(grid, n + 1)) join(n, n + 1);
      if (n % layer + ncol < layer && active(grid, n + ncol)) join(n, n + ncol);
      for (std::size_t below = n + layer; below < grid.cells(); below += layer) {
        if (active(grid, below)) join(n, below);
        if (grid.idomain[below] >= 0) break;
      }
    }
  }
  std::size_t find(std::size_t n) {
    while (static_cast<std::size_t>(parent_[n]) != n) {
      parent_[n] = parent_[static_cast<std::size_t>(parent_[n])];
      n = static_cast<std::size_t>(parent_[n]);
    }
    return n;
  }

 private:
  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    if (a != b) parent_[std::max(a, b)] = static_cast<CellIndex>(std::min(a, b));
  }
  std::vector<CellIndex> parent_;
};

StepTime first_step(const std::vector<StressPeriod>& periods, std::size_t period) {
  StepTime time;
  time.period = static_cast<int>(period);
  for (std::size_t p = 0; p < period; ++p) time.start += periods[p].perlen;
  const std::vector<double> lengths = step_lengths(periods[period]);
  time.dt = lengths.empty() ? periods[period].perlen : lengths.front();
  time.end = time.start + time.dt;
  time.period_time = time.dt;
  time.steady = periods[period].steady;
  return time;
}

// Cells that no boundary which depends on the head holds in a steady period have no solution of their own.
class Connected {
 public:
  Connected(Context& context, ReadState& state) : context_(context), state_(state), parts_(state.model.grid) {
    const Grid& grid = state.model.grid;
    size_.assign(grid.cells(), 0);
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      if (active(grid, n)) ++size_[parts_.find(n)];
    }
  }

  void check() {
    const auto& periods = state_.model.periods;
    std::vector<StressProvider> providers;
    for (const Package& package : state_.model.packages) providers.push_back(package.provider);
    values_.resize(providers.size());
    for (std::size_t p = 0; p < periods.size() && !found_; ++p) {
      if (!periods[p].steady) continue;
      const StepTime time = first_step(periods, p);
      bool changed = p == 0;
      for (std::size_t i = 0; i < providers.size(); ++i)
        changed = providers[i](time, values_[i]) != Change::none || changed;
      if (changed) check_period(p);
    }
  }

 private:
  void check_period(std::size_t period) {
    const Grid& grid = state_.model.grid;
    std::vector<char> held(grid.cells(), 0);
    std::vector<char> stressed(grid.cells(), 0);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const PackageKind kind = state_.model.packages[i].kind;
      for (std::size_t b = 0; b < values_[i].size(); ++b) {
        if (values_[i].cell[b] == kNoCell) continue;
        const std::size_t part = parts_.find(static_cast<std::size_t>(values_[i].cell[b]));
        if (package_type(kind).depends_on_head) {
          held[part] = 1;
        } else if (values_[i].value(0, b) != 0) {
          stressed[part] = 1;
        }
      }
    }
    std::size_t groups = 0;
    std::size_t first = 0;
    std::size_t loose = 0;
    for (std::size_t n = 0; n < grid.cells(); ++n) {
      if (size_[n] == 0 || held[n] != 0) continue;
      if (size_[n] == 1 && stressed[n] == 0) {
        ++loose;
        continue;
      }
      if (groups++ == 0) first = n;
    }
    if (loose > 0)
      context_.note(
          state_.start_heads,
          fmt::format(
              "{} active cells without neighbours and boundaries keep their starting head in steady periods",
              loose));
    if (groups == 0) return;
    found_ = true;
    context_.problem(
        state_.start_heads, fmt::format("steady period {}", period + 1),
        fmt::format("{} connected active cells around cell {} have no boundary that depends on the head{}",
                    size_[first], cell_text(grid, first),
                    groups > 1 ? fmt::format("; so have {} more groups", groups - 1) : ""),
        "a CHD, GHB, RIV, DRN or EVT in every connected group",
        "Set IDOMAIN to 0 there, add a boundary, or make the period transient");
  }

  Context& context_;
  ReadState& state_;
  Parts parts_;
  std::vector<CellIndex> size_;
  std::vector<PackageValues> values_;
  bool found_ = false;
};

// MODFLOW 6 stops here: under Newton no cell can start dry, and a thickness below zero is none.
void check_fixed_thickness(Context& context, ReadState& state) {
  const Model& model = state.model;
  if (!model.newton.enabled || !model.flow.thickstrt) return;
  for (std::size_t n = 0; n < model.grid.cells(); ++n) {
    if (!active(model.grid, n) || model.flow.icelltype[n] >= 0 || model.start_heads[n] >= model.grid.botm[n])
      continue;
    context.problem(
        state.start_heads, "IC STRT",
        fmt::format("{} in cell {} is under its bottom {}, and THICKSTRT makes its thickness of it",
                    model.start_heads[n], cell_text(model.grid, n), model.grid.botm[n]),
        "heads from BOTM on where ICELLTYPE is under 0");
    return;
  }
}

void check_all_dry(Context& context, ReadState& state) {
  const Model& model = state.model;
  const Grid& grid = model.grid;
  if (model.newton.enabled || model.flow.rewet.enabled || model.start_heads.size() != grid.cells()) return;
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (active(grid, n) && (model.flow.icelltype[n] == 0 || model.start_heads[n] > grid.botm[n])) return;
  }
  context.problem(state.start_heads, "IC STRT",
                  "every active cell starts dry: its starting head is not above its bottom",
                  "heads above BOTM in some cells");
}

}  // namespace

void check_read_model(Context& context, ReadState& state) {
  if (!state.have_grid || context.problem_count() > 0) return;
  check_all_dry(context, state);
  check_fixed_thickness(context, state);
  const bool steady = std::any_of(state.model.periods.begin(), state.model.periods.end(),
                                  [](const StressPeriod& p) { return p.steady; });
  if (steady) Connected(context, state).check();
}

}  // namespace phreatic::flow::mf6
