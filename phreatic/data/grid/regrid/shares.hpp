// SPDX-License-Identifier: BSD-3-Clause
// Classes (land cover, soil type) from a fine grid to a coarse one: the share of every class in every cell, and the
// class with the largest. The source is streamed; memory is classes x target cells. Method: docs/methods/grids.md.
#pragma once

#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/grid/grid_file.hpp"

namespace phreatic::data {

struct SharesParams {
  std::vector<int> classes;   // in this order; empty: all that are found, increasing
  double min_coverage = 0.5;  // share of a cell's area that must have a class, or it has no shares
};
void describe(core::Describer& d, SharesParams& p);

struct ClassShares {
  std::vector<int> classes;
  // [class][row][column], of the area that has a class; NaN where less than min_coverage has one.
  std::vector<std::vector<float>> shares;
  std::vector<float> covered;  // [row][column], share of the cell's area that has a class
  std::vector<std::string> said;
};

// Throws InputError: values that are no whole numbers, more than 255 classes, shares that would take more than 1 GB,
// grids without a common area.
ClassShares class_shares(const GridFile& file, int band, const GeoGrid& target, const SharesParams& params,
                         const core::Context& context);

// The class with the largest share; of several the first. NaN where there are no shares.
std::vector<double> majority(const ClassShares& shares);

}  // namespace phreatic::data
