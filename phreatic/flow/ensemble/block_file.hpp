// SPDX-License-Identifier: BSD-3-Clause
// Results of one block of scenarios as NetCDF.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/flow/ensemble/ensemble.hpp"

namespace phreatic::flow {

// Dimensions scenario, date, row, column, step, site (of all scenarios of the block), term. table_rise (scenario, date,
// row, column) is kept in single precision.
struct BlockResult {
  std::string fingerprint;  // of everything that the block depends on
  int rows = 0;
  int columns = 0;
  EnsembleResult result;
  std::vector<float> table_rise;
};

void write_block(const std::filesystem::path& path, const BlockResult& block);
// Whether the file is whole and of this fingerprint.
bool is_valid_block(const std::filesystem::path& path, const std::string& fingerprint);

}  // namespace phreatic::flow
