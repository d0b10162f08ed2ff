// SPDX-License-Identifier: BSD-3-Clause
// The basin's aquifer as a model of the flow engine, with boundary values that change in memory from day to
// day.
#pragma once

#include <memory>
#include <vector>

#include "phreatic/basin/groundwater/landscape.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::basin {

// What the engine reads at the start of each step.
struct AquiferInputs {
  explicit AquiferInputs(const Landscape& land);
  std::vector<double> recharge_m;    // [cells] m/d
  std::vector<double> pumping_m;     // [cells] m/d over the cell
  std::vector<double> drain_factor;  // [cells] on the conductance of field drains: frozen ground closes them
  std::vector<double> stage_m;       // [reaches]
};

// Order of the packages in the model and in its budget.
inline constexpr std::size_t kRechargePackage = 0;
inline constexpr std::size_t kWellPackage = 1;
inline constexpr std::size_t kRiverPackage = 2;
inline constexpr std::size_t kDrainPackage = 3;
inline constexpr std::size_t kSeepagePackage = 4;

// Tight, in double precision: a restart repeats a run bit for bit.
inline constexpr flow::EngineOptions kBasinEngine = {
    .head_tolerance = 1e-6, .balance_tolerance = 1e-8, .single_precision = false};

// `days` steps of one day.
flow::Model daily_aquifer(const Landscape& land, const std::shared_ptr<const AquiferInputs>& inputs,
                          std::vector<double> start_heads, std::size_t days);

}  // namespace phreatic::basin
