// SPDX-License-Identifier: BSD-3-Clause
// The packages of a model in a step: their terms in a system, their flows and sums, whatever their kind.
#pragma once

#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {

// Adds the terms of a package at the heads given. A state is solved first.
template <class T>
void add_package(const Package& package, const PackageValues& values, PackageState* state,
                 const BoundContext& at, const PackageTerms<T>& terms);

// Only the sums of positive and negative flows (of fixed heads: zeros). A state as of its last solve.
FlowSums sums_of_package(const Package& package, const PackageValues& values, const PackageState* state,
                         const BoundContext& at);

// Flows of all bounds (of fixed heads: zeros). A state as of its last solve.
PackageFlows flows_of_package(const Package& package, const PackageValues& values, const PackageState* state,
                              const BoundContext& at);

}  // namespace phreatic::flow
