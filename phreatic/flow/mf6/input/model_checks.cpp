// SPDX-License-Identifier: BSD-3-Clause
// What only shows when the whole model is read.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/flow/grid/groups.hpp"
#include "phreatic/flow/mf6/input/bound_checks.hpp"
#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/mf6/text/lists.hpp"
#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow::mf6 {
namespace {

bool active(const Grid& grid, std::size_t n) { return grid.idomain[n] > 0; }

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

// Groups of cells that no boundary which depends on the head holds in a steady period: their level is open.
class LooseGroups {
 public:
  LooseGroups(Context& context, ReadState& state)
      : context_(context), state_(state), groups_(connected_groups(state.model.grid)) {
    size_.assign(groups_.size(), 0);
    for (const CellIndex group : groups_) {
      if (group != kNoCell) ++size_[static_cast<std::size_t>(group)];
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
  // What wells and recharge bring to a group (L3/T).
  struct Stress {
    double net = 0;
    double gross = 0;
    bool balanced() const { return std::abs(net) <= 1e-9 * gross; }
  };

  std::vector<Stress> stress_of_groups() const {
    const Grid& grid = state_.model.grid;
    std::vector<Stress> stress(groups_.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const PackageKind kind = state_.model.packages[i].kind;
      if (package_type(kind).depends_on_head) continue;
      for (std::size_t b = 0; b < values_[i].size(); ++b) {
        const CellIndex n = values_[i].cell[b];
        const CellIndex group = n == kNoCell ? kNoCell : groups_[static_cast<std::size_t>(n)];
        if (group == kNoCell) continue;
        const double area = kind == PackageKind::rch ? grid.area(static_cast<std::size_t>(n)) : 1;
        const double flow = values_[i].value(0, b) * area;
        stress[static_cast<std::size_t>(group)].net += flow;
        stress[static_cast<std::size_t>(group)].gross += std::abs(flow);
      }
    }
    return stress;
  }

  void check_period(std::size_t period) {
    const Grid& grid = state_.model.grid;
    const std::vector<char> bounded = bounded_groups(groups_, state_.model.packages, values_);
    const std::vector<Stress> stress = stress_of_groups();
    std::size_t loose = 0, with_stress = 0, unbalanced = 0, first = 0, held = 0;
    for (std::size_t n = 0; n < groups_.size(); ++n) {
      if (size_[n] == 0) continue;
      if (bounded[n] != 0) {
        ++held;
        continue;
      }
      if (loose++ == 0) first = n;
      with_stress += stress[n].gross > 0 ? 1 : 0;
      unbalanced += stress[n].balanced() ? 0 : 1;
    }
    if (loose == 0) return;
    const std::string what = fmt::format(
        "{} connected active cells around cell {} have no boundary that depends on the head{}", size_[first],
        cell_text(grid, first), loose > 1 ? fmt::format("; so have {} more groups", loose - 1) : "");
    if (held == 0 && unbalanced > 0) {
      found_ = true;
      context_.problem(state_.start_heads, fmt::format("steady period {}", period + 1), what,
                       "a CHD, GHB, RIV, DRN or EVT in a group to which wells and recharge bring more than "
                       "they take, or less",
                       "Set IDOMAIN to 0 there, add a boundary, or make the period transient");
      return;
    }
    if (std::exchange(noted_, true)) return;
    context_.note(
        state_.start_heads,
        fmt::format("steady period {}: {}; the last cell of each group keeps its head{}", period + 1, what,
                    unbalanced > 0    ? ", and what wells and recharge bring there goes nowhere"
                    : with_stress > 0 ? ", and heads around it are relative to that"
                                      : ""));
  }

  Context& context_;
  ReadState& state_;
  std::vector<CellIndex> groups_;
  std::vector<CellIndex> size_;
  std::vector<PackageValues> values_;
  bool found_ = false;  // a problem
  bool noted_ = false;
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

void check_newton(Context& context, ReadState& state) {
  const Model& model = state.model;
  if (!model.newton.enabled) return;
  const auto refuse = [&](bool given, const char* option, const char* why) {
    if (given)
      context.problem(state.icelltype, fmt::format("NPF {}", option),
                      "cannot be used with NEWTON of the model name file", "", why);
  };
  refuse(model.flow.perched, "PERCHED", "Leave one of them out");
  refuse(model.flow.variable_cv, "VARIABLECV", "Leave one of them out");
  refuse(model.flow.rewet.enabled, "REWET", "Leave REWET out: under NEWTON cells do not fall dry");
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
  check_newton(context, state);
  check_fixed_heads(context, state);
  if (!state.have_grid || context.problem_count() > 0) return;
  check_all_dry(context, state);
  check_fixed_thickness(context, state);
  const bool steady = std::any_of(state.model.periods.begin(), state.model.periods.end(),
                                  [](const StressPeriod& p) { return p.steady; });
  if (steady) LooseGroups(context, state).check();
}

}  // namespace phreatic::flow::mf6
