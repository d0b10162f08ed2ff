// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow {
namespace {

// Dry cells are passed over later, when the bound acts.
CellIndex highest_active(const Grid& grid, CellIndex column) {
  for (auto n = static_cast<std::size_t>(column); n < grid.cells(); n += grid.layer_cells()) {
    if (grid.idomain[n] > 0) return static_cast<CellIndex>(n);
  }
  return kNoCell;
}

// A package's provider with the changes of a scenario behind it. Holds what the model gave, because providers tell only
// what is new.
class ChangedProvider {
 public:
  ChangedProvider(const Package& package, std::shared_ptr<const Scenario> scenario)
      : inner_(package.provider), package_(package), scenario_(std::move(scenario)) {
    package_.provider = nullptr;
  }

  Change operator()(const StepTime& time, PackageValues& values) {
    const Change change = inner_ ? inner_(time, model_values_) : Change::none;
    std::vector<bool> now;
    for (const PackageChange& one : scenario_->changes) now.push_back(applies(one, package_.name, time));
    if (change == Change::none && now == active_) return Change::none;
    active_ = std::move(now);
    values = model_values_;
    apply_changes(*scenario_, package_, time, values);
    return change == Change::cells ? Change::cells : Change::values;
  }

 private:
  StressProvider inner_;
  Package package_;  // without its provider
  std::shared_ptr<const Scenario> scenario_;
  PackageValues model_values_;
  std::vector<bool> active_;
};

class Check {
 public:
  Check(const Model& model, core::Problems& problems) : model_(model), problems_(problems) {
    for (const StressPeriod& p : model.periods) end_ += p.perlen;
    StepTime first;
    first.steady = model.periods.front().steady;
    for (const Package& package : model.packages) {
      StressProvider provider = package.provider;  // a copy: the model's own has not been asked yet
      PackageValues values;
      if (provider) provider(first, values);
      bounds_.push_back(values.size());
    }
  }

  void scenario(const Scenario& s) {
    where_ = "scenario " + (s.name.empty() ? std::string("without a name") : s.name);
    if (s.name.empty()) add("has no name", "", "");
    if (!names_.insert(s.name).second) add("the name is used twice", "one name for every scenario", "");
    for (std::size_t i = 0; i < s.sites.size(); ++i) site(s.sites[i], i);
    for (const PackageChange& change : s.changes) this->change(change);
  }

 private:
  void add(const std::string& what, const std::string& allowed, const std::string& mend) {
    problems_.add({.where = where_, .what = what, .allowed = allowed, .mend = mend});
  }

  void span(const std::string& what, double first, double last) {
    if (!(first < last)) add(fmt::format("{}: from {} to {} is no span of time", what, first, last), "", "");
    if (first >= end_ || first < 0)
      add(fmt::format("{}: begins at {}, outside the run", what, first), fmt::format("0 to {}", end_), "");
    if (last > end_ && last < 1e299)
      add(fmt::format("{}: ends at {}, outside the run", what, last), fmt::format("up to {}", end_), "");
  }

  void site(const RechargeSite& s, std::size_t number) {
    const std::string name = "site " + (s.name.empty() ? std::to_string(number + 1) : s.name);
    const Grid& grid = model_.grid;
    span(name, s.first, s.last);
    if (!std::isfinite(s.rate)) add(fmt::format("{}: the rate is {}", name, s.rate), "a finite number", "");
    if (s.cells.empty()) add(name + ": has no cells", "", "Name cells, or make the square larger");
    std::size_t outside = 0;
    for (const CellIndex c : s.cells) {
      if (c < 0 || static_cast<std::size_t>(c) >= grid.layer_cells()) {
        add(fmt::format("{}: column {} is outside the grid", name, c),
            fmt::format("0 to {}", grid.layer_cells() - 1), "");
        return;
      }
      bool active = false;
      for (std::size_t n = static_cast<std::size_t>(c); n < grid.cells(); n += grid.layer_cells())
        active = active || grid.idomain[n] > 0;
      outside += active ? 0 : 1;
    }
    if (outside > 0)
      add(fmt::format("{}: {} of {} cells are outside the active area", name, outside, s.cells.size()), "",
          "Move the site, or leave these cells out");
  }

  void change(const PackageChange& c) {
    std::vector<std::string> names;
    for (const Package& package : model_.packages) names.push_back(package.name);
    const auto found = std::find(names.begin(), names.end(), c.package);
    if (found == names.end()) {
      const std::string near = core::nearest(c.package, names);
      add(fmt::format("changes the package '{}', which the model does not have", c.package),
          fmt::format("{}", fmt::join(names, ", ")), near.empty() ? "" : "Did you mean " + near + "?");
      return;
    }
    const auto p = static_cast<std::size_t>(found - names.begin());
    const int columns = value_columns(model_.packages[p]);
    if (c.column < 0 || c.column >= columns)
      add(fmt::format("{}: has no column {}", c.package, c.column), fmt::format("0 to {}", columns - 1), "");
    span(c.package, c.first, c.last);
    bool finite = std::isfinite(c.factor) && std::isfinite(c.add);
    for (const double v : c.values) finite = finite && std::isfinite(v);
    if (!finite) add(c.package + ": has a value that is no number", "finite numbers", "");
    if (c.values.size() > 1 && c.values.size() != bounds_[p])
      add(fmt::format("{}: {} values are given, the package has {} bounds", c.package, c.values.size(),
                      bounds_[p]),
          "one value for every bound, or one for all", "Arrays must be of the model's grid");
  }

  const Model& model_;
  core::Problems& problems_;
  std::vector<std::size_t> bounds_;  // of every package in the first step
  std::set<std::string> names_;
  std::string where_;
  double end_ = 0;
};

}  // namespace

void check_scenarios(const Model& model, const std::vector<Scenario>& scenarios, core::Problems& problems) {
  Check check(model, problems);
  if (scenarios.empty()) problems.add({.where = "scenarios", .what = "there is none"});
  for (const Scenario& s : scenarios) check.scenario(s);
  for (const Package& package : model.packages) {
    if (package.name == kAddedRecharge)
      problems.add({.where = "package " + package.name, .what = "has the name that the sites' water gets"});
  }
}

bool applies(const PackageChange& change, const std::string& package, const StepTime& time) {
  return change.package == package && time.start >= change.first && time.start < change.last;
}

double share_of_step(const RechargeSite& site, const StepTime& time) {
  const double from = std::max(site.first, time.start);
  const double to = std::min(site.last, time.end);
  if (time.dt <= 0) return site.first <= time.start && time.start < site.last ? 1.0 : 0.0;
  return std::max(0.0, to - from) / time.dt;
}

bool apply_changes(const Scenario& scenario, const Package& package, const StepTime& time,
                   PackageValues& values) {
  bool any = false;
  for (const PackageChange& change : scenario.changes) {
    if (!applies(change, package.name, time)) continue;
    any = true;
    const auto column = static_cast<std::size_t>(change.column);
    if (change.values.size() > 1 && change.values.size() != values.size())
      throw core::InputError(
          {.where = "scenario " + scenario.name,
           .what = fmt::format("{}: {} values are given, the package has {} bounds in period {}",
                               package.name, change.values.size(), values.size(), time.period + 1)});
    for (std::size_t b = 0; b < values.size(); ++b) {
      double& value = values.value(column, b);
      if (!change.values.empty()) value = change.values[change.values.size() == 1 ? 0 : b];
      value = change.factor * value + change.add;
    }
  }
  return any;
}

PackageValues added_recharge(const Grid& grid, const Scenario& scenario, const StepTime& time) {
  PackageValues values;
  for (const RechargeSite& site : scenario.sites) {
    const double rate = site.rate * share_of_step(site, time);
    for (const CellIndex column : site.cells) values.cell.push_back(highest_active(grid, column));
    values.values.insert(values.values.end(), site.cells.size(), rate);
  }
  return values;
}

Model scenario_model(const Model& model, const Scenario& scenario) {
  Model out = model;
  const auto shared = std::make_shared<const Scenario>(scenario);
  for (Package& package : out.packages) {
    const bool changed = std::any_of(scenario.changes.begin(), scenario.changes.end(),
                                     [&](const PackageChange& c) { return c.package == package.name; });
    if (changed) package.provider = ChangedProvider(package, shared);
  }
  Package added;
  added.kind = PackageKind::rch;
  added.name = kAddedRecharge;
  const Grid grid = out.grid;
  added.provider = [shared, grid](const StepTime& time, PackageValues& values) {
    const bool first = values.cell.empty();
    values = added_recharge(grid, *shared, time);
    return first ? Change::cells : Change::values;
  };
  out.packages.push_back(std::move(added));
  return out;
}

}  // namespace phreatic::flow
