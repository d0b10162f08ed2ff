// SPDX-License-Identifier: BSD-3-Clause
// Packages with unknowns of their own: streams, and later lakes, multi-aquifer wells, the unsaturated zone. Their unknowns
// are solved inside every outer iteration at the heads of that iteration; the aquifer sees a flow and a slope a bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

struct BoundContext;

// One term of a package's own budget: a flow for each feature (reach), or for each pair of features.
struct BudgetTerm {
  std::string text;                // "RAINFALL"
  bool to_model = false;           // `to` are cells of the model, otherwise features
  bool internal = false;           // between features of the package: not part of its balance
  std::vector<std::int32_t> from;  // features, 0-based
  std::vector<std::int32_t> to;
  std::vector<double> flow;  // (L3/T) into the feature `from`
  std::vector<std::string> aux_names;
  std::vector<double> aux;  // [aux names * size], by columns
};

class PackageState {
 public:
  virtual ~PackageState() = default;

  // A step begins, or is begun anew with another length: from the state at the end of the last accepted step.
  virtual void start_step(const StepTime& time, const PackageValues& values) = 0;
  // Solves the package's unknowns at the heads given and sets cells, flows and slopes.
  virtual void solve(const BoundContext& context) = 0;
  // The step is accepted.
  virtual void end_step() {}

  // One entry for each bound, as of the last solve().
  const std::vector<CellIndex>& cells() const { return cells_; }
  const std::vector<double>& flows() const { return flows_; }    // (L3/T) into the aquifer
  const std::vector<double>& slopes() const { return slopes_; }  // d flow / d head (L2/T), <= 0

  // Own budget and results of the last solve().
  virtual std::vector<BudgetTerm> budget() const { return {}; }
  virtual std::string state_text() const { return "STAGE"; }
  virtual std::vector<double> state_values() const { return {}; }  // stages (L); kInactiveHead, kDryHead
  // An observation of a feature by its MODFLOW 6 name in capitals; nothing when there is none of that name.
  virtual std::optional<double> observe(std::string_view /*type*/, std::size_t /*feature*/) const {
    return std::nullopt;
  }

  // The largest change of a state (stage) since it was last asked, its feature, and the largest change of flow into
  // a feature, as the depth that it makes in a transient step. For PACKAGE_CONVERGENCE of MODFLOW 6.
  struct Largest {
    double value = 0;  // before less now
    std::size_t feature = 0;
  };
  struct Changes {
    Largest state;   // (L)
    Largest inflow;  // (L)
  };
  virtual Changes changes() { return {}; }

  // What a restart needs beyond heads and values.
  virtual std::vector<double> save() const { return {}; }
  virtual void restore(const std::vector<double>& /*saved*/) {}

 protected:
  std::vector<CellIndex> cells_;
  std::vector<double> flows_;
  std::vector<double> slopes_;
};

}  // namespace phreatic::flow
