// SPDX-License-Identifier: BSD-3-Clause
// Detail as it can be seen one scale up: a coarse value less the mean of its neighbours of the same month. Method:
// docs/methods/downscaling.md.
#pragma once

#include <vector>

#include "phreatic/studies/downscaling/models/rows.hpp"

namespace phreatic::studies::downscaling {

struct DetailFit {
  double weight = 1;  // of a model's detail, within 0 and 1: least squares
  double left = 0;    // root mean square of what it leaves, mm; NaN where no cell has two neighbours
  double factor =
      1;  // 90 % quantile of |left| / its cell's, over 1.645: above 1 for tails heavier than normal
  std::vector<double> of_cell;  // [coarse cell] root mean square left, drawn towards that of all cells
};

// observed, predicted: [row] of `rows`; predictions by models that had not seen the row.
DetailFit fit_detail(const Inputs& inputs, const std::vector<CellMonth>& rows,
                     const std::vector<double>& observed, const std::vector<double>& predicted);

}  // namespace phreatic::studies::downscaling
