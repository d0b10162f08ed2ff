// SPDX-License-Identifier: BSD-3-Clause
// Ways to part rows for validation: blocks in space, groups of years, random rows (leaky).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "phreatic/studies/downscaling/models/rows.hpp"

namespace phreatic::studies::downscaling {

struct Scheme {
  std::string name;
  std::size_t parts = 0;
  std::function<std::size_t(CellMonth)> part;
};

// What is wrong with them (one block only, rows that share a mascon) is added to `said`.
std::vector<Scheme> make_schemes(const Inputs& inputs, const std::vector<CellMonth>& rows,
                                 const ModelParams& params, std::vector<std::string>& said);

// Part of each coarse cell, 0 .. parts - 1, by blocks of `degrees`; parts is how many there are at most `folds`.
std::vector<std::size_t> block_parts(const data::GeoGrid& coarse, double degrees, int folds,
                                     std::uint64_t seed, std::size_t& parts);

}  // namespace phreatic::studies::downscaling
