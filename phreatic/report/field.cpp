// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/report/field.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"

namespace phreatic::report {
namespace {

std::size_t blocks(std::size_t cells, std::size_t block) { return (cells + block - 1) / block; }

std::size_t block_size(const FieldMap& m) {
  const std::size_t times = m.times.size();
  std::size_t block = 1;
  while (blocks(m.rows, block) * blocks(m.columns, block) * times * 2 > kFieldBytes &&
         block < std::max(m.rows, m.columns)) {
    block *= 2;
  }
  return block;
}

// Calls visit(block, cell) for every cell, block by block number.
template <class Visit>
void for_cells(const FieldMap& m, std::size_t block, Visit visit) {
  const std::size_t across = blocks(m.columns, block);
  for (std::size_t r = 0; r < m.rows; ++r) {
    for (std::size_t c = 0; c < m.columns; ++c) {
      visit((r / block) * across + c / block, r * m.columns + c);
    }
  }
}

// Means over the cells of each block that have a value.
std::vector<double> block_means(const FieldMap& m, std::size_t block) {
  if (block == 1) return m.values;
  const std::size_t cells = m.rows * m.columns;
  const std::size_t n = blocks(m.rows, block) * blocks(m.columns, block);
  std::vector<double> means(n * m.times.size(), kUnknown);
  std::vector<double> sum(n);
  std::vector<double> count(n);
  for (std::size_t t = 0; t < m.times.size(); ++t) {
    std::fill(sum.begin(), sum.end(), 0);
    std::fill(count.begin(), count.end(), 0);
    for_cells(m, block, [&](std::size_t b, std::size_t cell) {
      const double value = m.values[t * cells + cell];
      if (!std::isfinite(value)) return;
      sum[b] += value;
      count[b] += 1;
    });
    for (std::size_t b = 0; b < n; ++b) {
      if (count[b] > 0) means[t * n + b] = sum[b] / count[b];
    }
  }
  return means;
}

std::vector<double> block_outside(const FieldMap& m, std::size_t block) {
  if (m.outside.empty()) return {};
  std::vector<double> balance(blocks(m.rows, block) * blocks(m.columns, block), 0);
  const std::size_t cells = m.rows * m.columns;
  for_cells(m, block, [&](std::size_t b, std::size_t cell) {
    bool known = false;
    for (std::size_t t = 0; t < m.times.size() && !known; ++t)
      known = std::isfinite(m.values[t * cells + cell]);
    if (known) balance[b] += m.outside[cell] ? 1 : -1;
  });
  for (double& b : balance) b = b > 0 ? 1 : 0;
  return balance;
}

std::vector<double> block_entities(const FieldMap& m, std::size_t block) {
  if (m.cell_entity.empty()) return {};
  std::vector<double> entity(blocks(m.rows, block) * blocks(m.columns, block), -1);
  for_cells(m, block, [&](std::size_t b, std::size_t cell) {
    PHREATIC_ASSERT(m.cell_entity[cell] < static_cast<int>(m.entities.size()));
    if (entity[b] < 0) entity[b] = m.cell_entity[cell];
  });
  return entity;
}

// A 65,000th part of the range, as a power of ten so that values in the page are short decimals.
double resolution(const std::vector<double>& values, const Quantity& quantity) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  const double shown = std::pow(10.0, -(quantity.digits + 1));
  if (!(high > low)) return shown;
  return std::min(shown, std::pow(10.0, std::floor(std::log10((high - low) / 6500.0))));
}

}  // namespace

PackedField pack_field(const FieldMap& m) {
  const std::size_t cells = m.rows * m.columns;
  PHREATIC_ASSERT(!m.times.empty() && m.values.size() == cells * m.times.size());
  PHREATIC_ASSERT(m.outside.empty() || m.outside.size() == cells);
  PHREATIC_ASSERT(m.cell_entity.empty() || m.cell_entity.size() == cells);
  PHREATIC_ASSERT(m.cell_width > 0 && m.cell_height > 0);
  PackedField out;
  out.block = block_size(m);
  out.columns = blocks(m.columns, out.block);
  out.rows = blocks(m.rows, out.block);
  out.cell_width = m.cell_width * static_cast<double>(out.block);
  out.cell_height = m.cell_height * static_cast<double>(out.block);
  const std::vector<double> values = block_means(m, out.block);
  out.values = packed(values, resolution(values, m.quantity));
  out.outside = block_outside(m, out.block);
  out.cell_entity = block_entities(m, out.block);
  return out;
}

}  // namespace phreatic::report
