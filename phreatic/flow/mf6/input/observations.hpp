// SPDX-License-Identifier: BSD-3-Clause
// Observations (OBS6): of the model heads, drawdown and flow between cells; of packages flows by cell or boundname, and what features
// (reaches) have. Signs are MODFLOW 6's: flow into the cell, or into the aquifer, is positive.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

inline constexpr double kNoObservation = 3.0e30;  // of an inactive cell, of a name that no bound has

// How a package's observations name its bounds.
struct FeatureNames {
  int count = 0;                        // features are numbered 1 to count; 0: bounds are named by cell
  bool has_boundnames = false;          // of a list
  std::vector<std::string> boundnames;  // of features
};

// The OBS6 file of the model's package number `package`, which is in the model already.
void read_package_observations(Context& context, ReadState& state, int package, const FeatureNames& names,
                               const std::string& file, const Place& named_at);

// Writes `stem`.obs when the package is observed; returns the line for its options, or "".
std::string write_package_observations(const Model& model, const Package& package,
                                       const std::filesystem::path& folder, const std::string& stem);

// Computes observations at the end of a step.
class Observer {
 public:
  // Of a model that still has its starting heads (drawdown needs them).
  explicit Observer(const Model& model);
  // One value for each of Model::observations.
  std::vector<double> values(const Simulation& simulation) const;

 private:
  std::map<std::size_t, double> starts_;  // starting head of observations of drawdown
  bool faces_ = false;
  bool packages_ = false;
};

// Whether two active cells are connected (across pass-through cells).
bool are_neighbours(const Grid& grid, CellIndex a, CellIndex b);

}  // namespace phreatic::flow::mf6
