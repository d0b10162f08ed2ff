// SPDX-License-Identifier: BSD-3-Clause
// Inside explain: the references of a group of windows, prepared for drawing. They are ordered by f(x'), so
// that evenly spread draws are stratified by it, and carry covariates whose mean over the references
// is exactly zero:
//   c_d(x') = sum over the cells of driver d of (mean x' - x') beta,   beta a mean gradient,
//   f0(x')  = f(x') - mean f(x').
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/explain/attribution/input_cells.hpp"

namespace phreatic::explain {

struct ReferenceDesign {
  std::vector<std::uint32_t> index;  // reference windows, by increasing f(x')
  std::vector<double> value;         // f0 of each, in that order
  std::vector<double> mean;          // [cells] of x'
  double base = 0;                   // mean f(x')
  double base_error = 0;             // standard error when only some references are used, else 0
};

// At most `limit` of `members`, evenly spread over the list from a random start, evaluated with the statics
// of the explained windows (`statics`, unused when statics are explained).
ReferenceDesign make_reference_design(model::Predictor& f, const InputCells& cells,
                                      const WindowSource& training, std::span<const std::uint32_t> members,
                                      std::span<const float> statics, std::size_t limit, std::uint64_t seed,
                                      std::uint64_t group);

// Where the linear surrogate lives: beta [cells], and how drivers are pooled into few covariates.
struct Surrogate {
  std::vector<double> slope;                 // beta [cells]
  std::vector<std::size_t> covariate_of;     // [driver] -> covariate
  std::size_t covariates = 0;                // c_d pooled to at most this many
  std::vector<double> reference_covariates;  // [reference of the design][covariates]
};

// Covariates of all references of the design under `slope`. With more than `limit` drivers the least
// influential ones share the last covariate.
Surrogate make_surrogate(const InputCells& cells, const WindowSource& training, const ReferenceDesign& design,
                         std::vector<double> slope, std::size_t limit);

}  // namespace phreatic::explain
