// SPDX-License-Identifier: BSD-3-Clause
// What the U-Net learns from: maps of the region, and a square around every site with its recharge and its rises.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/learn/maps/maps.hpp"
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"

namespace phreatic::studies::recharge {

struct UnetMaps {
  learn::MapSet set;                // samples by site; those without rises have no cells that count
  std::size_t factor = 1;           // cells of the network have so many of the model on each side
  double cell_area = 0;             // of the network's cells, m2
  std::vector<bool> there;          // [sites] a run gave its rises
  std::vector<double> beyond;       // [sites] share of the rise at the end of recharge outside of the square
  std::vector<double> days;         // [transient bands] after the end of recharge
  bool steady = false;              // the last band is the steady rise
  bool steady_only = false;         // it is the only one: all periods of the model are steady
  std::vector<std::string> labels;  // [inputs]
  std::vector<std::string> notes;
};

// Six maps: rate (25 mm/d = 1), transmissivity and resistance (log10), conductance of drains and rivers (log10(1 +
// 1e4 c)), each from 0 to 1 over the region; depth to water in metres while recharge flows, and how far the water table
// is below the lowest river stage or drain of the cell (m, from -10 to 10; 10 without one). Then those of settings.maps.
// With settings.cell_m, of larger cells: means over the model's cells that exist, of conductances before their logarithm.
UnetMaps unet_maps(const Ground& ground, const Baseline& baseline, const FirstAquifer& aquifer,
                   const AdjointMaps& adjoint, const std::vector<Site>& sites,
                   const std::filesystem::path& runs, const UnetSettings& settings,
                   const TargetParams& targets);

}  // namespace phreatic::studies::recharge
