// SPDX-License-Identifier: BSD-3-Clause
// How strongly drains, rivers and evaporation answer to a higher water table, in the mean (steady) state and in the season
// of recharge; and with it why a site's response can be above its steady one.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "phreatic/flow/steps/simulation.hpp"
#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/scenarios/ground.hpp"

namespace phreatic::studies::recharge {

// Water that is lost more for a metre of rise, over the cell's area: 1/d.
inline constexpr std::array<const char*, 3> kLossNames = {"drains", "rivers", "evaporation"};
using Losses = std::array<std::vector<double>, kLossNames.size()>;  // [places] each

// At the heads of a simulation: conductance of drains that flow, of rivers and general heads that follow the table, the
// slope of evapotranspiration between its surface and its extinction depth (its segments taken as one). Adds
// weight x loss.
void add_losses(const Ground& ground, const flow::Simulation& simulation, double weight, Losses& losses);

// Of the sites whose response is above their steady one: its ratio, the losses around the site (Gaussian means of
// `sigma_m`) in both states, and the reason: what takes most more of the water in the mean state than in the season, where
// that is 5 % of what all take in the season; where nothing does, what is left is that the lasting mound reaches drains or
// the surface that the season's does not.
Table above_steady(const Ground& ground, const Table& sites, const Table& targets, const Losses& steady,
                   const Losses& season, double sigma_m);

}  // namespace phreatic::studies::recharge
