// SPDX-License-Identifier: BSD-3-Clause
// Measures: numbers that depend on a run, whose derivatives an adjoint gives. A measure is a sum of terms: heads of
// cells, flows of packages, water in storage, each at the end of a step.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/adjoint/linear_step.hpp"

namespace phreatic::flow {

// weight * head of the cell at the end of the step.
struct HeadTerm {
  int step = 0;  // 0-based over the run
  CellIndex cell = kNoCell;
  double weight = 1;
};

// weight * sum of the flows of a package into the aquifer (L3/T) in the step; of fixed heads what they give their
// neighbours. With the length of the step as weight: a volume (L3).
struct FlowTerm {
  int step = 0;
  int package = 0;  // index in Model::packages
  double weight = 1;
  std::shared_ptr<const std::vector<char>> cells;  // [cells] 1: bounds acting there count; null: all
};

// weight * (water in storage at the end of the step less that at the start of the run), L3.
struct StorageTermAt {
  int step = 0;
  double weight = 1;
  std::shared_ptr<const std::vector<char>> cells;  // as above
};

struct Measure {
  std::string name;
  std::vector<HeadTerm> heads;
  std::vector<FlowTerm> flows;
  std::vector<StorageTermAt> storage;
};

// What is wrong with a measure: no terms, steps outside the run, cells that are inactive or dry in their step,
// weights that are no numbers, storage of a model without it.
void check_measure(const Measure& measure, const Trajectory& trajectory, core::Problems& problems);

// The last step that a measure looks at; -1: none.
int last_step(const Measure& measure);

// Terms of a measure sorted by steps, and what they contribute at one.
class MeasureTerms {
 public:
  MeasureTerms(const Measure& measure, std::size_t steps);
  bool any(std::size_t step) const { return !by_step_[step].empty(); }

  // Value of the terms of this step; adds their derivatives by the heads of free and fixed cells to `by_head`, and to
  // `bounds` weights of package flows: weight of bound b of package p, by acting cell; of fixed heads to `fixed`: minus
  // the weight at the cell.
  struct Weights {
    std::vector<double> package;                     // [packages] of all cells
    std::vector<std::vector<double>> package_cells;  // [packages][cells], empty: none
    bool any = false;
    double of(std::size_t p, std::size_t n) const {
      return package[p] + (package_cells[p].empty() ? 0.0 : package_cells[p][n]);
    }
  };
  double add(const StepPoint& point, std::size_t step, Padded<double>& by_head, Weights& weights) const;
  // Weights of storage at this step [cells], added; true when there is any.
  bool storage_weights(std::size_t step, std::vector<double>& weights) const;

 private:
  struct Terms {
    std::vector<const HeadTerm*> heads;
    std::vector<const FlowTerm*> flows;
    std::vector<const StorageTermAt*> storage;
    bool empty() const { return heads.empty() && flows.empty() && storage.empty(); }
  };
  std::vector<Terms> by_step_;
};

}  // namespace phreatic::flow
