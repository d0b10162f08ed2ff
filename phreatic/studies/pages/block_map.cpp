// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/pages/block_map.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace phreatic::studies {

report::Heatmap block_map(std::span<const double> values, std::size_t rows, std::size_t columns,
                          report::Quantity quantity) {
  constexpr std::size_t kMostCells = 120;  // along each side
  const std::size_t block = (std::max(rows, columns) + kMostCells - 1) / kMostCells;
  report::Heatmap map;
  map.quantity = std::move(quantity);
  map.row_name = "row";
  map.column_name = "column";
  for (std::size_t i = 0; i < rows; i += block) map.rows.push_back(std::to_string(i + 1));
  for (std::size_t j = 0; j < columns; j += block) map.columns.push_back(std::to_string(j + 1));
  for (std::size_t i = 0; i < rows; i += block) {
    for (std::size_t j = 0; j < columns; j += block) {
      double sum = 0;
      std::size_t n = 0;
      for (std::size_t k = i; k < std::min(i + block, rows); ++k) {
        for (std::size_t l = j; l < std::min(j + block, columns); ++l) {
          const double value = values[k * columns + l];
          if (std::isnan(value)) continue;
          sum += value;
          ++n;
        }
      }
      map.values.push_back(n > 0 ? sum / static_cast<double>(n) : report::kUnknown);
    }
  }
  return map;
}

}  // namespace phreatic::studies
