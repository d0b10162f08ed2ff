// SPDX-License-Identifier: BSD-3-Clause
// What models learn from and are applied to: rows of coarse cells with their storage, and the fine cells of each month.
#pragma once

#include <vector>

#include "phreatic/studies/downscaling/models/rows.hpp"

namespace phreatic::studies::downscaling {

struct Samples {
  std::vector<CellMonth> at;  // [row] of the coarse cells
  Rows rows;
  std::vector<std::vector<CellMonth>> fine_at;  // [month] fine cells with every covariate
};

// With `params.anomalies` targets are less their mean in each cell. Throws core::InputError where rows are too few or
// storage is the same everywhere; adds to `warned` what has no result.
Samples make_samples(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                     std::vector<std::string>& warned);

// `which`: rows. Those without label go along.
Rows select(const Rows& rows, const std::vector<std::size_t>& which);

}  // namespace phreatic::studies::downscaling
