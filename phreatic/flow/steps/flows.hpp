// SPDX-License-Identifier: BSD-3-Clause
// Flows at the present heads of an engine, computed when asked.
#pragma once

#include "phreatic/flow/packages/packages.hpp"
#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {

// Brings Picard conductances up to the present heads.
// Solves packages with unknowns of their own at the final heads.
void refresh_states(Engine& engine);
void refresh_conductances(Engine& engine);
FaceFlows face_flows(const Engine& engine);
StorageFlows storage_flows(const Engine& engine, double dt);
// Fixed-head packages need the face flows.
std::vector<PackageFlows> package_flows(const Engine& engine);
// Sums over all packages and storage.
FlowSums flow_totals(const Engine& engine, double dt);
double saturation_of(const Engine& engine, std::size_t n);

}  // namespace phreatic::flow
