// SPDX-License-Identifier: BSD-3-Clause
// What is kept of a scenario beside its baseline.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/flow/ensemble/ensemble.hpp"
#include "phreatic/flow/grid/layout.hpp"

namespace phreatic::flow {

// Site with the nearest centre, for every column of the grid; empty with fewer than two sites.
std::vector<std::int32_t> nearest_sites(const Grid& grid, const std::vector<RechargeSite>& sites);

// Adds the rises at the end of a step to the result: of the cells within the spans of a layout; heads of the others are the
// baseline's. `nearest` as above.
void record_rise(const Model& model, const Layout& where, const double* heads, const double* baseline,
                 const std::vector<std::int32_t>& nearest, ScenarioResult& result);

// The same where storage is fixed: `water` is stored per rise of the head of a cell, `table` the area of the upmost wet cells of
// columns and 0 in others (L2), `rise` the difference to the baseline (L).
void record_rise(const Layout& where, const double* water, const double* table, const double* rise,
                 const std::vector<std::int32_t>& nearest, ScenarioResult& result);

// Packages and storage of the last step.
std::vector<BudgetEntry> budget_of(const std::vector<PackageFlows>& packages, const StorageFlows& storage);

}  // namespace phreatic::flow
