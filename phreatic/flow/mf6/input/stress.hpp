// SPDX-License-Identifier: BSD-3-Clause
// Values of boundary packages over time: providers made from period blocks.
//   lists   a PERIOD block replaces the whole list; it holds until the next block
//   arrays  each array keeps its last values until it is given anew
// Values that stay small are held in memory; others are checked when the model is read and read again when
// their period comes.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/text/lists.hpp"
#include "phreatic/flow/mf6/text/series.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

// Where the columns of a package's values come from.
struct StressColumns {
  int values = 1;             // columns read as values
  int aux = 0;                // and then as aux
  int multiplied = 0;         // value column that AUXMULTNAME multiplies
  int multiplier = -1;        // aux column that multiplies; -1: none
  int infiltration_aux = -1;  // riv: aux column that is appended as a value column; -1: none

  int out_values() const { return values + (infiltration_aux >= 0 ? 1 : 0); }
};

// One list from `period` (0-based) on.
struct ListPeriod {
  int period = 0;
  std::shared_ptr<const BoundList> list;  // null: to be read again from below
  std::string file;                       // as a name in the folder's own terms: a full path
  std::size_t offset = 0, length = 0, first_line = 1;
  bool binary = false;
};

struct ListStress {
  StressColumns columns;
  std::string where;
  Grid dimensions;  // nlay, nrow, ncol only
  std::vector<ListColumn> names;
  bool boundnames = false;
  SeriesSet series;
  std::vector<ListPeriod> periods;  // increasing
};
StressProvider make_provider(std::shared_ptr<const ListStress> stress);

// One array (column of values or aux) from `period` (0-based) on: one of
struct ArrayPeriod {
  int period = 0;
  std::shared_ptr<const std::vector<double>> values;  // one value, or one per cell of the layer
  int series = -1;                                    // index of a time-array series
  ArrayControl control;                               // otherwise: to be read again
};

struct ArrayStress {
  StressColumns columns;
  std::string where;
  Grid grid;                                     // dimensions and idomain
  std::filesystem::path folder;                  // to read again
  std::vector<std::vector<ArrayPeriod>> arrays;  // per column
  std::vector<std::pair<int, std::vector<std::int32_t>>>
      layers;  // period (0-based), layer per cell (1-based) or one value
  std::vector<TimeArraySeries> series;
  std::vector<std::string> array_names;
};
StressProvider make_provider(std::shared_ptr<const ArrayStress> stress);

}  // namespace phreatic::flow::mf6
