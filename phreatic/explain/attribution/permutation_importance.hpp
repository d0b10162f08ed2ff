// SPDX-License-Identifier: BSD-3-Clause
// Permutation importance (Breiman 2001, key breiman2001; Fisher et al. 2019, key fisher2019): how much worse
// the model is when one driver's whole window comes from another date of the same entity, everything else
// kept.
//   importance_v = RMSE(permuted v) - RMSE(as is), mean over repeats with its standard error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/explain/windows.hpp"
#include "phreatic/model/predictor.hpp"

namespace phreatic::explain {

struct PermutationImportanceParams {
  int repeats = 10;
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, PermutationImportanceParams& p);

struct PermutationImportance {
  double rmse = 0;                      // of the model as it is, in the units of `observed`
  std::vector<double> importance;       // [F] then [S]: mean increase of the RMSE
  std::vector<double> standard_errors;  // of the mean over repeats
};

// `observed` one per window, in the scaled space of f; NaN windows are left out. `ids` says which windows
// belong to the same entity: dynamic drivers are permuted within an entity, static attributes between
// entities (each as a whole).
PermutationImportance permutation_importance(model::Predictor& f, const WindowSource& windows,
                                             std::span<const WindowId> ids, std::span<const double> observed,
                                             const PermutationImportanceParams& params);

}  // namespace phreatic::explain
