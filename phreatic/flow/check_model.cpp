// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {
namespace {

class Checker {
 public:
  explicit Checker(const Model& model) : model_(model) {}

  void add(const std::string& where, const std::string& what, const std::string& allowed = "",
           const std::string& mend = "") {
    problems_.add(core::Problem{"", 0, 0, where, what, allowed, mend});
  }

  void length(const std::string& where, std::size_t is, std::size_t wanted) {
    if (is != wanted) add(where, std::to_string(is) + " values", std::to_string(wanted));
  }

  template <class T>
  bool array(const std::string& where, const CellArray<T>& field, bool may_be_empty) {
    if (field.empty() && may_be_empty) return false;
    if (field.uniform() || field.values.size() == model_.grid.cells()) return !field.empty();
    add(where, std::to_string(field.values.size()) + " values",
        "1 or " + std::to_string(model_.grid.cells()));
    return false;
  }

  std::string place(std::size_t n) const {
    const Grid& g = model_.grid;
    const std::size_t in_layer = n % g.layer_cells();
    return "(" + std::to_string(n / g.layer_cells() + 1) + "," +
           std::to_string(in_layer / static_cast<std::size_t>(g.ncol) + 1) + "," +
           std::to_string(in_layer % static_cast<std::size_t>(g.ncol) + 1) + ")";
  }

  // The first active cell whose value is refused is named, with the number of the others.
  template <class Good>
  void active(const std::string& where, const Good& good, const std::string& allowed) {
    std::size_t bad = 0;
    std::size_t first = 0;
    for (std::size_t n = 0; n < model_.grid.cells(); ++n) {
      if (model_.grid.idomain[n] <= 0 || good(n)) continue;
      if (bad++ == 0) first = n;
    }
    if (bad > 0) {
      add(where,
          "cell " + place(first) + " has a value out of range (" + std::to_string(bad) + " cells in all)",
          allowed);
    }
  }

  void grid() {
    const Grid& g = model_.grid;
    if (g.nlay < 1 || g.nrow < 1 || g.ncol < 1) {
      add("grid", "no cells", "at least one layer, row and column");
      return;
    }
    length("DELR", g.delr.size(), static_cast<std::size_t>(g.ncol));
    length("DELC", g.delc.size(), static_cast<std::size_t>(g.nrow));
    length("TOP", g.top.size(), g.layer_cells());
    length("BOTM", g.botm.size(), g.cells());
    array("IDOMAIN", g.idomain, false);
    for (const double width : g.delr) {
      if (!(width > 0)) add("DELR", "a width of " + std::to_string(width), "> 0");
    }
    for (const double width : g.delc) {
      if (!(width > 0)) add("DELC", "a width of " + std::to_string(width), "> 0");
    }
  }

  void cells() {
    const Grid& g = model_.grid;
    active(
        "BOTM", [&](std::size_t n) { return g.cell_top(n) >= g.botm[n]; }, "not above the cell's top");
    length("STRT", model_.start_heads.size(), g.cells());
    if (model_.start_heads.size() == g.cells()) {
      active(
          "STRT", [&](std::size_t n) { return std::isfinite(model_.start_heads[n]); }, "a number");
    }
    const Flow& f = model_.flow;
    array("ICELLTYPE", f.icelltype, false);
    const auto not_negative = [](const CellArray<double>& field) {
      return [&field](std::size_t n) { return field[n] >= 0 && std::isfinite(field[n]); };
    };
    const auto positive = [](const CellArray<double>& field) {
      return [&field](std::size_t n) { return field[n] > 0 && std::isfinite(field[n]); };
    };
    if (array("K", f.k, false)) active("K", positive(f.k), "> 0");
    if (array("K22", f.k22, true)) active("K22", positive(f.k22), "> 0");
    if (array("K33", f.k33, true)) active("K33", positive(f.k33), "> 0");
    if (f.rewet.enabled) {
      array("WETDRY", f.rewet.wetdry, false);
      if (f.rewet.every < 1) add("REWET", "IWETIT of " + std::to_string(f.rewet.every), "at least 1");
    }
    if (!model_.storage.present) return;
    if (array("SS", model_.storage.ss, false)) active("SS", not_negative(model_.storage.ss), ">= 0");
    if (array("SY", model_.storage.sy, false)) active("SY", not_negative(model_.storage.sy), ">= 0");
    array("ICONVERT", model_.storage.iconvert, false);
    const Storage& sto = model_.storage;
    if (!(sto.shallow_share > 0 && sto.shallow_share <= 1))
      add("shallow_share", std::to_string(sto.shallow_share), "above 0, at most 1");
    if (!(sto.shallow_length >= 0)) add("shallow_length", std::to_string(sto.shallow_length), "0 or more");
  }

  void time() {
    if (model_.periods.empty()) add("periods", "none", "at least one");
    for (std::size_t p = 0; p < model_.periods.size(); ++p) {
      const StressPeriod& period = model_.periods[p];
      const std::string where = "period " + std::to_string(p + 1);
      if (period.nstp < 1) add(where, "NSTP of " + std::to_string(period.nstp), "at least 1");
      if (!(period.tsmult > 0)) add(where, "TSMULT of " + std::to_string(period.tsmult), "> 0");
      const bool steady = period.steady || !model_.storage.present;
      if (!(period.perlen > 0) && !(steady && period.perlen == 0)) {
        add(where, "PERLEN of " + std::to_string(period.perlen), "> 0, or 0 in a steady period");
      }
    }
  }

  void barriers() {
    const Grid& g = model_.grid;
    for (const BarrierPeriod& period : model_.barriers) {
      for (const Barrier& barrier : period.barriers) {
        const auto inside = [&](CellIndex n) { return n >= 0 && static_cast<std::size_t>(n) < g.cells(); };
        const CellIndex step = std::abs(barrier.cell_a - barrier.cell_b);
        if (!inside(barrier.cell_a) || !inside(barrier.cell_b) || (step != 1 && step != g.ncol)) {
          add("HFB", "barrier between cells that are not neighbours in a layer");
        }
      }
    }
  }

  void run() {
    grid();
    problems_.throw_if_any();
    cells();
    time();
    barriers();
    for (const Package& package : model_.packages) {
      if (!package.provider) add(package.name, "has no values");
      const PackageType* type = find_package_type(package.kind);
      if (type == nullptr) {
        add(package.name, "is of the kind '" + std::string(package.kind.name()) +
                              "', which is not in the table of packages");
      } else if (type->check != nullptr) {
        type->check(package, model_, problems_);
      }
      if (package.evt_segments < 1) add(package.name, "NSEG under 1", "at least 1");
    }
    problems_.throw_if_any();
  }

 private:
  const Model& model_;
  core::Problems problems_;
};

}  // namespace

void check_model(const Model& model) { Checker(model).run(); }

}  // namespace phreatic::flow
