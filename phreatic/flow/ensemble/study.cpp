// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow {
namespace {

class Maker {
 public:
  Maker(const Model& model, const std::filesystem::path& folder, core::Problems& problems)
      : model_(model), folder_(folder), problems_(problems) {}

  Scenario scenario(const ScenarioParams& params) {
    where_ = "scenario " + params.name;
    Scenario out;
    out.name = params.name;
    for (const SiteParams& site : params.sites) out.sites.push_back(this->site(site));
    for (const ChangeParams& change : params.changes) out.changes.push_back(this->change(change));
    return out;
  }

 private:
  void add(const std::string& what, const std::string& allowed, const std::string& mend = "") {
    problems_.add({.where = where_, .what = what, .allowed = allowed, .mend = mend});
  }

  RechargeSite site(const SiteParams& params) {
    RechargeSite out;
    out.name = params.name;
    out.rate = params.rate;
    out.first = params.from;
    if (params.to) out.last = *params.to;
    const Grid& grid = model_.grid;
    const bool square = params.row > 0 || params.column > 0 || params.size > 0;
    if (square == !params.cells.empty()) {
      add("a site needs either a square (row, column, size) or cells", "");
      return out;
    }
    for (const std::string& text : params.cells) {
      int row = 0, column = 0;
      std::istringstream in(text);
      std::string rest;
      if (!(in >> row >> column) || in >> rest) {
        add(fmt::format("'{}' is no cell", text), "\"row column\", for example \"12 40\"");
      } else {
        cell(row, column, out);
      }
    }
    if (!square) return out;
    if (params.row < 1 || params.row > grid.nrow || params.column < 1 || params.column > grid.ncol ||
        !(params.size > 0)) {
      add(fmt::format("square of {} around row {}, column {}", params.size, params.row, params.column),
          fmt::format("size above 0, row 1 to {}, column 1 to {}", grid.nrow, grid.ncol));
      return out;
    }
    const std::vector<int> rows = within(grid.delc, params.row - 1, params.size);
    const std::vector<int> columns = within(grid.delr, params.column - 1, params.size);
    for (const int i : rows) {
      for (const int j : columns) out.cells.push_back(i * grid.ncol + j);
    }
    return out;
  }

  void cell(int row, int column, RechargeSite& out) {
    const Grid& grid = model_.grid;
    if (row < 1 || row > grid.nrow || column < 1 || column > grid.ncol) {
      add(fmt::format("cell {} {} is outside the grid", row, column),
          fmt::format("row 1 to {}, column 1 to {}", grid.nrow, grid.ncol));
      return;
    }
    out.cells.push_back((row - 1) * grid.ncol + column - 1);
  }

  // Indices whose centres are at most half of `size` from that of `centre`.
  static std::vector<int> within(const std::vector<double>& widths, int centre, double size) {
    std::vector<double> at(widths.size());
    double edge = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      at[i] = edge + 0.5 * widths[i];
      edge += widths[i];
    }
    std::vector<int> out;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (std::abs(at[i] - at[static_cast<std::size_t>(centre)]) <= 0.5 * size * (1 + 1e-9))
        out.push_back(static_cast<int>(i));
    }
    return out;
  }

  PackageChange change(const ChangeParams& params) {
    PackageChange out;
    out.package = params.package;
    out.factor = params.factor;
    out.add = params.add;
    out.first = params.from;
    if (params.to) out.last = *params.to;
    if (params.value) out.values = {*params.value};
    if (!params.array.empty()) out.values = numbers(folder_ / params.array);
    if (params.value && !params.array.empty())
      add(params.package + ": has both value and array", "one of them");
    for (const Package& package : model_.packages) {
      if (package.name == params.package) out.column = column(package, params.column);
    }
    return out;
  }

  int column(const Package& package, const std::string& name) {
    if (name.empty()) return 0;
    std::vector<std::string> known;
    for (const BoundColumn& one : package_type(package.kind).columns(package)) known.push_back(one.name);
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) return static_cast<int>(found - known.begin());
    add(fmt::format("{}: has no column '{}'", package.name, name), fmt::format("{}", fmt::join(known, ", ")));
    return 0;
  }

  std::vector<double> numbers(const std::filesystem::path& path) {
    std::vector<double> out;
    try {
      std::istringstream in(core::read_file(path));
      for (std::string word; in >> word;) {
        char* end = nullptr;
        out.push_back(std::strtod(word.c_str(), &end));
        if (*end == '\0') continue;
        problems_.add(
            {.file = path.string(), .where = where_, .what = fmt::format("'{}' is no number", word)});
        return {};
      }
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
    }
    return out;
  }

  const Model& model_;
  const std::filesystem::path& folder_;
  core::Problems& problems_;
  std::string where_;
};

}  // namespace

void describe(core::Describer& d, SiteParams& p) {
  d.field("name", p.name, {.help = "Name of the site, in messages and results"});
  d.field("row", p.row, {.help = "Row of the centre of a square", .min = 1});
  d.field("column", p.column, {.help = "Column of the centre of a square", .min = 1});
  d.field("size", p.size,
          {.help = "Side of the square; cells whose centres lie in it", .unit = "L", .min = 0});
  d.field("cells", p.cells, {.help = "In place of a square: cells as \"row column\""});
  d.field("rate", p.rate, {.help = "Water added", .unit = "L/T", .required = true});
  d.field("from", p.from, {.help = "Simulation time from which water is added", .unit = "T", .min = 0});
  d.field("to", p.to, {.help = "Simulation time up to which water is added; empty: to the end", .unit = "T"});
}

void describe(core::Describer& d, ChangeParams& p) {
  d.field("package", p.package, {.help = "Name of the package in the model's name file", .required = true});
  d.field("column", p.column,
          {.help = "What is changed: recharge, rate, stage, head ...; empty: the first column"});
  d.field("factor", p.factor, {.help = "Values are multiplied by it"});
  d.field("add", p.add, {.help = "and this is added"});
  d.field("value", p.value, {.help = "One value in place of the model's"});
  d.field("array", p.array, {.help = "File of values in place of the model's, one for every bound"});
  d.field("from", p.from,
          {.help = "Simulation time from which steps have the change", .unit = "T", .min = 0});
  d.field("to", p.to, {.help = "Simulation time before which they begin; empty: to the end", .unit = "T"});
}

void describe(core::Describer& d, ScenarioParams& p) {
  d.field("name", p.name, {.help = "Name of the scenario", .required = true});
  d.list("sites", p.sites, "Places where water is added");
  d.list("changes", p.changes, "Changes of what packages are given");
}

void describe(core::Describer& d, EnsembleStudy& s) {
  d.field("model", s.model,
          {.help = "MODFLOW 6 simulation folder, seen from the study file", .required = true});
  d.field("name_file", s.name_file, {.help = "Simulation name file in it"});
  d.section("ensemble", s.ensemble, "How scenarios are advanced, and what is kept");
  d.list("scenarios", s.scenarios, "The scenarios");
}

std::vector<Scenario> make_scenarios(const EnsembleStudy& study, const Model& model,
                                     const std::filesystem::path& folder, core::Problems& problems) {
  Maker maker(model, folder, problems);
  std::vector<Scenario> out;
  for (const ScenarioParams& params : study.scenarios) out.push_back(maker.scenario(params));
  return out;
}

}  // namespace phreatic::flow
