// SPDX-License-Identifier: BSD-3-Clause
// A small valley with every kind of bound, in every form of the equations, whose parameters can be changed one by one.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "../models.hpp"
#include "phreatic/flow/adjoint/adjoint.hpp"

namespace phreatic::flow::testing {

struct Form {
  std::string name = "confined";
  bool convertible = false;
  bool newton = false;
  bool variable_cv = false;
  bool dewatered = false;
  bool k22 = false;
  bool pass_through = false;
  bool adaptive = false;
  bool shallow_yield = false;
  bool rare_bounds =
      false;  // drain depth, AUTO_FLOW_REDUCE, infiltration factor, evapotranspiration in pieces
  bool confined_only = false;
  bool coefficient = false;
  CellAveraging averaging = CellAveraging::harmonic;
  double tsmult = 1.5;
};

// A parameter: its name, which one of them, and the period in which it is changed (-1: all).
struct Parameter {
  std::string name;
  std::size_t index = 0;
  int period = -1;
};

// 3 layers of 6 x 7 cells (the middle one may be passed through), a steady period, two transient ones, a steady and a transient
// one. Heads lie between 4 and 9, the top of the first layer at 12.
class Valley {
 public:
  explicit Valley(Form form) : form_(std::move(form)) {}

  static constexpr int kLayers = 3, kRows = 6, kColumns = 7, kPeriods = 5;
  static CellIndex cell(int k, int i, int j) { return (k * kRows + i) * kColumns + j; }

  Model model(const Parameter& changed = {}, double by = 0) const {
    Model m = block(kLayers, {90, 100, 110, 100, 95, 100}, {100, 90, 110, 120, 100, 80, 100}, 12, 8);
    const std::size_t cells = m.grid.cells();
    m.start_heads.assign(cells, 8.0);
    m.flow.averaging = form_.averaging;
    m.flow.icelltype = static_cast<std::int8_t>(form_.convertible ? 1 : 0);
    m.flow.variable_cv = form_.variable_cv;
    m.flow.dewatered = form_.dewatered;
    m.newton.enabled = form_.newton;
    m.solver.outer_dvclose = 1e-12;
    m.solver.outer_maximum = 500;
    if (form_.pass_through) {
      std::vector<std::int8_t> domain(cells, 1);
      for (int j = 0; j < 4; ++j) domain.at(static_cast<std::size_t>(cell(1, 2, j))) = -1;
      domain.front() = 0;
      m.grid.idomain = domain;
    }
    std::map<std::string, std::vector<double>> field;
    for (std::size_t n = 0; n < cells; ++n) {
      field["k"].push_back(5 * std::exp(0.7 * wave(n, 1)));
      field["k22"].push_back(3 * std::exp(0.5 * wave(n, 2)));
      field["k33"].push_back(0.02 * std::exp(0.6 * wave(n, 3)));
      field["ss"].push_back((form_.coefficient ? 1e-3 : 2e-4) * std::exp(0.5 * wave(n, 4)));
      field["sy"].push_back(0.15 + 0.05 * wave(n, 5));
      m.grid.botm[n] += 0.5 * wave(n % m.grid.layer_cells(), 6);
    }
    if (field.count(changed.name) != 0) field[changed.name][changed.index] += by;
    m.flow.k = field["k"];
    if (form_.k22) m.flow.k22 = field["k22"];
    m.flow.k33 = field["k33"];
    m.storage.present = true;
    m.storage.ss = field["ss"];
    m.storage.sy = field["sy"];
    m.storage.storage_coefficient = form_.coefficient;
    m.storage.ss_confined_only = form_.confined_only;
    if (form_.shallow_yield) {
      m.storage.shallow_share = 0.3;
      m.storage.shallow_length = 2;
    }
    m.storage.iconvert = static_cast<std::int8_t>(form_.convertible ? 1 : 0);
    m.periods = {{1, 1, 1, true, {}},
                 {30, 4, form_.tsmult, false, {}},
                 {20, 3, form_.tsmult, false, {}},
                 {1, 1, 1, true, {}},
                 {40, 4, form_.tsmult, false, {}}};
    if (form_.adaptive) {
      m.periods[2].adaptive = {true, 2, 0.5, 6, 2, 5};
      m.solver.outer_maximum = 60;
    }
    std::vector<Barrier> barriers;
    for (int k = 0; k < kLayers; ++k) {
      for (int i = 1; i < 5; ++i)
        barriers.push_back({cell(k, i, 2), cell(k, i, 3), i == 4 ? -0.3 : 1e-3 * (i + k)});
      barriers.push_back({cell(k, 2, 5), cell(k, 3, 5), 2e-3});
    }
    if (changed.name == "hydchr") barriers[changed.index].hydchr += by;
    m.barriers = {{1, barriers}};
    add_bounds(m, changed, by);
    return m;
  }

  // Parameters to look at, a few of each kind.
  std::vector<Parameter> parameters() const {
    std::vector<Parameter> all;
    for (const std::size_t n : {std::size_t{8}, std::size_t{16}, std::size_t{71}, std::size_t{100}}) {
      for (const char* name : {"k", "k33", "ss", "sy"}) all.push_back({name, n, -1});
      if (form_.k22) all.push_back({"k22", n, -1});
    }
    for (std::size_t b = 0; b < 8; b += 3) all.push_back({"hydchr", b, -1});
    for (const auto& [kind, columns] : std::map<std::string, int>{{"WEL", 1},
                                                                  {"GHB", 2},
                                                                  {"RIV", form_.rare_bounds ? 4 : 3},
                                                                  {"DRN", 2},
                                                                  {"RCH", 1},
                                                                  {"EVT", 3},
                                                                  {"CHD", 1}}) {
      for (int c = 0; c < columns; ++c) {
        for (int period = 0; period < kPeriods; period += 2) {
          all.push_back({kind + "." + std::to_string(c), 0, period});
          all.push_back({kind + "." + std::to_string(c), 2, period});
        }
      }
    }
    for (int period = 0; period < kPeriods; ++period) all.push_back({"source", 60, period});
    return all;
  }

  // A size of change that is small beside the parameter.
  static double step(const std::string& name, const Form& form) {
    const double ease = form.convertible ? 0.1 : 1.0;
    if (name == "k") return 0.1 * ease;
    if (name == "k22") return 0.1 * ease;
    if (name == "k33") return 1e-3 * ease;
    if (name == "ss") return 1e-5 * (form.coefficient ? 5 : 1) * ease;
    if (name == "sy") return 5e-3 * ease;
    if (name == "hydchr") return 2e-5 * ease;
    if (name == "RCH.0" || name == "EVT.1") return 3e-5 * ease;
    if (name == "WEL.0" || name == "source") return 1 * ease;
    if (name == "RIV.1" || name == "GHB.1" || name == "DRN.1") return 1 * ease;
    if (name == "RIV.3") return 0.02 * ease;
    return 0.02 * ease;
  }

 private:
  static double wave(std::size_t n, int seed) {
    return std::sin(1.7 * static_cast<double>(n) + 2.3 * seed) *
           std::cos(0.31 * static_cast<double>(n) * seed);
  }

  void add(Model& m, PackageKind kind, const std::vector<CellIndex>& cells,
           const std::vector<std::vector<double>>& rows, const Parameter& changed, double by) const {
    std::vector<PeriodValues> periods;
    for (int period = 0; period < kPeriods; ++period) {
      PackageValues values;
      values.cell = cells;
      for (std::size_t c = 0; c < rows.front().size(); ++c) {
        for (std::size_t b = 0; b < rows.size(); ++b) {
          double v = rows[b][c];
          const bool is_head = !(kind == PackageKind::wel) && !(kind == PackageKind::rch) && c == 0;
          if (c == 0) v += is_head ? 0.05 * period : 0.1 * v * period;
          if (changed.name == std::string(kind.name()) + "." + std::to_string(c) && changed.index == b &&
              changed.period == period)
            v += by;
          values.values.push_back(v);
        }
      }
      if (kind == PackageKind::drn && form_.rare_bounds) values.aux.assign(cells.size(), 1.5);
      periods.push_back({period, std::move(values)});
    }
    Package package;
    package.kind = kind;
    package.name = std::string(kind.name());
    package.provider = period_values(std::move(periods));
    if (form_.rare_bounds) {
      if (kind == PackageKind::drn) {
        package.aux_names = {"DEPTH"};
        package.drain_depth_aux = 0;
      }
      if (kind == PackageKind::wel) package.auto_flow_reduce = 0.9;
      if (kind == PackageKind::riv) package.infiltration_factor = true;
      if (kind == PackageKind::evt) package.evt_segments = 3;
    }
    m.packages.push_back(std::move(package));
  }

  void add_bounds(Model& m, const Parameter& changed, double by) const {
    std::vector<CellIndex> chd;
    std::vector<std::vector<double>> chd_rows;
    for (int i = 0; i < 3; ++i) {
      chd.push_back(cell(2, i, 6));
      chd_rows.push_back({5.0 + 0.1 * i});
    }
    add(m, PackageKind::chd, chd, chd_rows, changed, by);
    add(m, PackageKind::wel, {cell(0, 2, 4), cell(2, 4, 2), cell(1, 4, 4)}, {{-30}, {-40}, {20}}, changed,
        by);
    add(m, PackageKind::ghb, {cell(0, 5, 6), cell(1, 5, 6), cell(2, 5, 5)}, {{5, 60}, {5.2, 50}, {5.4, 40}},
        changed, by);
    // The second lies over its bottom, the third loses water under its bottom: its bottom is above every head.
    std::vector<std::vector<double>> river = {{6.0, 40, 4.6}, {7.0, 50, 4.7}, {9.9, 2, 9.7}, {6.5, 30, 4.6}};
    if (form_.rare_bounds) {
      for (std::vector<double>& row : river) row.push_back(0.6);
    }
    add(m, PackageKind::riv, {cell(0, 3, 6), cell(0, 4, 6), cell(0, 1, 1), cell(0, 3, 4)}, river, changed,
        by);
    add(m, PackageKind::drn, {cell(0, 1, 3), cell(0, 1, 4), cell(0, 2, 5)},
        {{5.0, 30}, {11.5, 30}, {4.5, 25}}, changed, by);
    std::vector<CellIndex> top;
    std::vector<std::vector<double>> recharge, evaporation;
    for (int i = 0; i < kRows; ++i) {
      for (int j = 0; j < kColumns; ++j) {
        if (form_.pass_through && i == 0 && j == 0) continue;
        top.push_back(cell(0, i, j));
        recharge.push_back({6e-4});
      }
    }
    for (int b = 0; b < 3; ++b) {
      std::vector<double> row = {11.0, 6e-4, 12.0};
      if (form_.rare_bounds) row.insert(row.end(), {0.3, 0.7, 0.8, 0.25});
      evaporation.push_back(row);
    }
    add(m, PackageKind::rch, top, recharge, changed, by);
    add(m, PackageKind::evt, {cell(0, 4, 0), cell(0, 4, 1), cell(0, 5, 0)}, evaporation, changed, by);
    // A source anywhere, to change.
    if (changed.name == "source")
      add(m, PackageKind::wel, {static_cast<CellIndex>(changed.index)}, {{0}}, {"WEL.0", 0, changed.period},
          by);
  }

  Form form_;
};

}  // namespace phreatic::flow::testing
