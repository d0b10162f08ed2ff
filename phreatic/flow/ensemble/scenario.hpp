// SPDX-License-Identifier: BSD-3-Clause
// Scenarios on one groundwater model: water added at sites, and changes of what its packages are given.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

// Water added evenly over some columns of the grid, into the highest active cell of each.
struct RechargeSite {
  std::string name;              // in messages; may be empty
  std::vector<CellIndex> cells;  // columns: row * ncol + column, 0-based
  double rate = 0;               // (L/T)
  // Simulation time from which and up to which water is added (T). A step that is in part within gets the part.
  double first = 0;
  double last = 1e300;
};

// A change of one column of a package's values (PackageValues), in steps that begin at `first` or later and before
// `last`: value = factor * (the model's, or `values`) + add.
struct PackageChange {
  std::string package;  // its name in the model
  int column = 0;       // e.g. 0: recharge, rate of a well, stage of a river, head of CHD and GHB
  double factor = 1;
  double add = 0;
  std::vector<double> values;  // empty: the model's; otherwise one for every bound, or one for all
  double first = 0;
  double last = 1e300;
};

struct Scenario {
  std::string name;
  std::vector<RechargeSite> sites;
  std::vector<PackageChange> changes;
};

// Name of the package that holds the sites' water in a scenario's model: the last one, of kind RCH.
inline constexpr const char* kAddedRecharge = "ADDED_RECHARGE";

// What is wrong with scenarios of a model: equal or missing names, sites outside the grid or without active cell,
// packages and columns that do not exist, values of another grid, numbers that are none, times outside the run.
void check_scenarios(const Model& model, const std::vector<Scenario>& scenarios, core::Problems& problems);

// The model with the scenario's providers; bounds of its own for the sites (none when it has no sites).
Model scenario_model(const Model& model, const Scenario& scenario);

// Whether a change of a package holds in a step; the part of a step in which a site gets water.
bool applies(const PackageChange& change, const std::string& package, const StepTime& time);
double share_of_step(const RechargeSite& site, const StepTime& time);

// Applies the changes for package `package` to the values that the model gives it in a step. Returns whether any applied.
bool apply_changes(const Scenario& scenario, const Package& package, const StepTime& time,
                   PackageValues& values);

// Bounds of all sites of a scenario in a step (kind RCH), sites one after the other.
PackageValues added_recharge(const Grid& grid, const Scenario& scenario, const StepTime& time);

}  // namespace phreatic::flow
