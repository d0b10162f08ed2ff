// SPDX-License-Identifier: BSD-3-Clause
// Writes a model as MODFLOW 6 input, so that users can go back: read -> write -> read gives the same model.
//   - numbers are written so that they read back exactly
//   - stresses that change within a period become stepwise time series with a value for each step
//   - multipliers are applied already (AUXMULTNAME is not written); auxiliary values and boundnames are kept
#pragma once

#include <filesystem>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

struct WriteOptions {
  bool binary_arrays = false;  // arrays of cells in binary files of their own instead of text
};

// Writes mfsim.nam and all other files into `folder`, which is made when it is missing. Throws RunError, and
// InputError for what MODFLOW 6 input cannot say (a list that changes within a period, a specific yield
// that depends on depth).
void write_simulation(const Model& model, const std::filesystem::path& folder,
                      const WriteOptions& options = {});

}  // namespace phreatic::flow::mf6
