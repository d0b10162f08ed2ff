// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/input/bound_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace phreatic::flow::mf6 {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

// A cell whose heads may fall under its top: its bottom counts.
bool has_bottom(const Model& model, std::size_t n) {
  const int type = model.flow.icelltype[n];
  return type > 0 || (type < 0 && !model.flow.thickstrt);
}

std::string under(const char* what, double value, const char* than, double bottom) {
  return fmt::format("the {} {} is under the {} {}", what, value, than, bottom);
}

std::string river(double stage, double bottom, double cell_bottom, bool convertible) {
  if (stage < bottom) return under("stage", stage, "river's bottom", bottom);
  if (!convertible) return "";
  if (bottom < cell_bottom) return under("river's bottom", bottom, "bottom of the cell", cell_bottom);
  if (stage < cell_bottom) return under("stage", stage, "bottom of the cell", cell_bottom);
  return "";
}

std::string fractions(const double* pxdp, int count) {
  double before = 0;
  for (int i = 0; i < count; ++i) {
    if (pxdp[i] <= 0 || pxdp[i] >= 1)
      return fmt::format("pxdp {} is {}; it must be between 0 and 1", i + 1, pxdp[i]);
    if (pxdp[i] < before)
      return fmt::format("pxdp falls from {} to {}; depth fractions must rise", before, pxdp[i]);
    before = pxdp[i];
  }
  return "";
}

std::string against_cell(const Package& package, const Grid& grid, std::size_t n, bool convertible,
                         const std::vector<double>& values, std::size_t value_columns, int multiplier) {
  const double bottom = grid.botm[n];
  const auto aux = [&](int column) { return values[value_columns + static_cast<std::size_t>(column)]; };
  if (package.kind == PackageKind::riv) return river(values[0], values[2], bottom, convertible);
  if (!convertible) return "";
  if (package.kind == PackageKind::ghb && values[0] < bottom)
    return under("head", values[0], "bottom of the cell", bottom);
  if (package.kind == PackageKind::chd) {
    const double head = multiplier >= 0 ? values[0] * aux(multiplier) : values[0];
    if (head < bottom) return under("head", head, "bottom of the cell", bottom);
  }
  if (package.kind == PackageKind::drn) {
    const double depth = package.drain_depth_aux >= 0 ? aux(package.drain_depth_aux) : 0;
    const double lowest = std::min(values[0], values[0] + depth);
    if (lowest < bottom)
      return under(depth < 0 ? "elevation less its depth" : "elevation", lowest, "bottom of the cell",
                   bottom);
  }
  return "";
}

}  // namespace

BoundCheck make_bound_check(const ReadState& state, const Package& package, int value_columns,
                            int multiplier) {
  Package kept;  // what the check needs of it
  kept.kind = package.kind;
  kept.drain_depth_aux = package.drain_depth_aux;
  kept.evt_segments = package.evt_segments;
  return [&state, kept, columns = static_cast<std::size_t>(value_columns), multiplier](
             CellIndex cell, const std::vector<double>& values) -> std::string {
    if (cell == kNoCell) return "";
    if (kept.kind == PackageKind::evt && kept.evt_segments > 1)
      return fractions(values.data() + 3, kept.evt_segments - 1);
    const Model& model = state.model;
    if (!state.check_bounds || model.flow.icelltype.empty()) return "";
    return against_cell(kept, model.grid, index(cell), has_bottom(model, index(cell)), values, columns,
                        multiplier);
  };
}

void check_series_bounds(Context& context, const ReadState& state, const BoundCheck& check,
                         const SeriesSet& series, const BoundList& list, const Place& place,
                         const std::string& where, int first_period, int last_period) {
  if (list.uses.empty() || state.step_ends.empty()) return;
  std::unordered_map<std::uint32_t, std::vector<SeriesUse>> rows;
  for (const SeriesUse& use : list.uses) rows[use.bound].push_back(use);
  const std::size_t columns = list.values.size() / list.size();
  std::size_t step = 0;
  for (int p = 0; p < last_period; ++p) {
    const int count = state.model.periods[static_cast<std::size_t>(p)].nstp;
    for (int s = 0; s < count && step < state.step_ends.size(); ++s, ++step) {
      if (p < first_period) continue;
      for (std::uint32_t b = 0; b < list.size(); ++b) {
        const auto found = rows.find(b);
        if (found == rows.end()) continue;
        std::vector<double> values(columns);
        for (std::size_t c = 0; c < columns; ++c) values[c] = list.values[c * list.size() + b];
        bool known = true;
        for (const SeriesUse& use : found->second) {
          const auto value = step_value(series[use.series], step == 0 ? 0 : state.step_ends[step - 1],
                                        state.step_ends[step]);
          known = known && value.has_value();
          if (value) values[use.column] = *value;
        }
        const std::string wrong = known ? check(list.cell[b], values) : "";
        if (wrong.empty()) continue;
        context.problem(place, where,
                        fmt::format("bound {} in cell {}, period {}, step {}: {}", b + 1,
                                    cell_text(state.model.grid, index(list.cell[b])), p + 1, s + 1, wrong));
        return;
      }
    }
  }
}

void check_fixed_heads(Context& context, const ReadState& state) {
  std::unordered_map<CellIndex, std::size_t> owner;
  const auto periods = static_cast<int>(state.model.periods.size());
  std::vector<std::size_t> chd;  // numbers of the packages
  for (std::size_t p = 0; p < state.model.packages.size(); ++p) {
    if (state.model.packages[p].kind == PackageKind::chd) chd.push_back(p);
  }
  for (int period = 0; period < periods; ++period) {
    for (std::size_t i = 0; i < state.fixed_heads.size() && i < chd.size(); ++i) {
      const auto& lists = state.fixed_heads[i];
      const auto now =
          std::find_if(lists.begin(), lists.end(), [&](const auto& l) { return l.first == period; });
      if (now == lists.end()) continue;
      std::erase_if(owner, [&](const auto& entry) { return entry.second == i; });
      for (const CellIndex cell : now->second) {
        const auto [known, fresh] = owner.emplace(cell, i);
        if (fresh || cell == kNoCell) continue;
        const std::string& name = state.model.packages[chd[i]].name;
        const std::string& other = state.model.packages[chd[known->second]].name;
        context.problem(state.package_places[chd[i]], name,
                        fmt::format("cell {} has two fixed heads in period {}{}",
                                    cell_text(state.model.grid, index(cell)), period + 1,
                                    name == other ? "" : fmt::format(", the other one of {}", other)),
                        "one fixed head for a cell");
        return;
      }
    }
  }
}

}  // namespace phreatic::flow::mf6
