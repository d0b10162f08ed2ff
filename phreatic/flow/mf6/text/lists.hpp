// SPDX-License-Identifier: BSD-3-Clause
// Lists of bounds: one line each,
//   layer row column   value ... [aux ...] [boundname]
// where a value may be the name of a time series. What follows on a line is ignored. A binary list has, per
// bound, three int32 and then float64 values and aux.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/text/blocks.hpp"
#include "phreatic/flow/mf6/text/series.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

struct ListColumn {
  std::string name;
  double low = -1e300;  // smallest value allowed, and why
  std::string allowed = "a number";
};

struct ListSpec {
  std::string where;                // package, for messages
  std::vector<ListColumn> columns;  // values, then aux
  bool boundnames = false;
  const Grid* grid = nullptr;
  const SeriesSet* series = nullptr;
  std::size_t max_bounds = 0;  // MAXBOUND; 0: not checked
  // "" or what is wrong with a bound as a whole: its cell and all columns. Bounds with time series are left out.
  std::function<std::string(CellIndex, const std::vector<double>&)> check = nullptr;
};

// Value `column` of bound `bound` is series number `series`.
struct SeriesUse {
  std::uint32_t bound;
  std::uint32_t column;
  std::int32_t series;
};

struct BoundList {
  std::vector<CellIndex> cell;
  std::vector<double> values;  // [columns * size()], by columns: values, then aux
  std::vector<SeriesUse> uses;
  std::vector<std::string> boundnames;  // empty or one each

  std::size_t size() const { return cell.size(); }
  std::size_t bytes() const;
};

// The list in `body`, or in `binary_file` when that is not empty. False after a problem.
bool read_list(Context& context, const Lines& body, const std::string& binary_file, const Place& place,
               const ListSpec& spec, BoundList& list);

// "layer row column" of three words. kNoCell and a problem when it is no active cell; `active` false: any
// cell of the grid will do.
CellIndex read_cell(Context& context, Words& words, const Place& place, const std::string& where,
                    const Grid& grid, bool active = true);

// "(layer, row, column)", counted from 1.
std::string cell_text(const Grid& grid, std::size_t cell);

}  // namespace phreatic::flow::mf6
