// SPDX-License-Identifier: BSD-3-Clause
// Rows for models from the covariates of coarse or fine cells.
#pragma once

#include "phreatic/studies/downscaling/models/models.hpp"
#include "phreatic/studies/downscaling/storage/storage.hpp"

namespace phreatic::studies::downscaling {

struct CellMonth {
  std::size_t cell = 0, month = 0;
};

// Coarse rows that may be learnt from: storage there and not filled, every covariate there.
std::vector<CellMonth> learnable(const Inputs& inputs, const Storage& storage);
// Fine cells that have every covariate in a month.
std::vector<CellMonth> predictable(const Inputs& inputs, std::size_t month);

enum class Scale { coarse, fine };
Rows make_rows(const Inputs& inputs, const std::vector<CellMonth>& at, Scale scale, bool season);

}  // namespace phreatic::studies::downscaling
