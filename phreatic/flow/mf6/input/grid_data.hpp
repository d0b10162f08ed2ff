// SPDX-License-Identifier: BSD-3-Clause
// GRIDDATA blocks: arrays by name, and what their values must be.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/mf6/text/arrays.hpp"

namespace phreatic::flow::mf6 {

inline ArrayShape shape_of(const Grid& grid) { return {grid.nlay, grid.nrow, grid.ncol}; }

// Arrays that a block names twice, told with the line.
class GivenArrays {
 public:
  GivenArrays(Context& context, std::string where) : context_(context), where_(std::move(where)) {}
  void note(const std::string& name, const Place& place);

 private:
  Context& context_;
  std::string where_;
  std::map<std::string, std::size_t> lines_;
};

// Arrays of a GRIDDATA block by name.
class GridData {
 public:
  using Reader = std::function<void(LineReader&, Words&)>;
  GridData(Context& context, std::string where) : context_(context), where_(std::move(where)) {}

  void array(const std::string& name, const ArrayShape& shape, ArrayData<double>& target) {
    readers_[name] = [this, name, shape, &target](LineReader& r, Words& w) {
      target = read_array<double>(context_, r, w, where_ + " " + name, shape);
    };
  }
  void array(const std::string& name, const ArrayShape& shape, ArrayData<std::int32_t>& target) {
    readers_[name] = [this, name, shape, &target](LineReader& r, Words& w) {
      target = read_array<std::int32_t>(context_, r, w, where_ + " " + name, shape);
    };
  }

  // Every GRIDDATA block; an array that is not named above is a problem.
  void read(const std::vector<Block>& blocks);

 private:
  void unknown(const std::string& name, const Place& place);

  Context& context_;
  std::string where_;
  std::map<std::string, Reader> readers_;
};

// A problem for the first active cell whose value is not as wanted.
template <class T, class Good>
bool check_values(Context& context, const Grid& grid, const ArrayData<T>& data, const std::string& where,
                  const ArrayShape& shape, const std::string& allowed, Good good) {
  if (!data.read) return false;
  if (data.values.size() == 1 && good(data.values[0])) return true;
  std::size_t bad = 0;
  std::size_t first = 0;
  for (std::size_t n = 0; n < shape.size(); ++n) {
    if (shape.size() == grid.cells() && grid.idomain[n] <= 0) continue;
    if (good(data.at(n))) continue;
    if (bad++ == 0) first = n;
  }
  if (bad == 0) return true;
  context.problem(data.place_of(first, shape), where,
                  fmt::format("{} at {}{}", data.at(first), shape.describe(first),
                              bad > 1 ? fmt::format(", and {} more values", bad - 1) : ""),
                  allowed);
  return false;
}

// The array is not there.
void missing(Context& context, const TextFilePtr& file, const std::string& name);
// Whole numbers by their sign: 1, 0, -1.
CellArray<std::int8_t> small(const ArrayData<std::int32_t>& data);
// All `size` values; 0 where nothing was given.
std::vector<double> expanded(ArrayData<double>& data, std::size_t size);

}  // namespace phreatic::flow::mf6
