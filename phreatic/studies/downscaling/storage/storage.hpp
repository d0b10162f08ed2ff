// SPDX-License-Identifier: BSD-3-Clause
// Groundwater storage anomalies of the coarse cells: products and storages against one baseline, errors of the products,
// their combination, gaps. Method: docs/methods/downscaling.md.
#pragma once

#include <cstdint>

#include "phreatic/studies/downscaling/storage/inputs.hpp"

namespace phreatic::studies::downscaling {

struct Storage {
  std::vector<std::vector<double>> products;  // [product][coarse cell * months] anomalies, mm
  std::vector<double> total;                  // combined product, gaps filled
  std::vector<double> groundwater;            // total less storages; NaN where unknown
  std::vector<std::uint8_t>
      filled;  // 1: the product's month was filled; left out of everything that is learnt or scored
  std::vector<stats::Hat> hats;              // [coarse cell]; empty with fewer than three products
  std::vector<std::vector<double>> weights;  // [coarse cell][product]
  std::vector<double> error;        // [coarse cell] standard deviation of groundwater, mm; NaN: not known
  std::vector<std::string> said;    // what was decided on the way
  std::vector<std::string> warned;  // what falls short
};

// mm in, mm out. Throws InputError: a baseline without months.
Storage groundwater_storage(const Inputs& inputs, const StorageParams& params, const Settings& settings);

// Fills gaps of one series in place by policy; marks what it filled.
void fill_gaps(std::span<double> series, std::span<std::uint8_t> filled, const StorageParams& params);

}  // namespace phreatic::studies::downscaling
