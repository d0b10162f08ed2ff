// SPDX-License-Identifier: BSD-3-Clause
// What the readers of lists and of arrays of a boundary package share, and the reader of arrays.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/flow/mf6/input/stress.hpp"
#include "phreatic/flow/mf6/packages.hpp"

namespace phreatic::flow::mf6 {

struct StressFile {
  Context& context;
  ReadState& state;
  PackageKind kind;
  std::string where;  // name of the package, for messages
  std::string file;
  StressColumns columns;
  std::vector<ListColumn> names;

  // Whether values of so many bytes may stay in memory.
  bool retain(std::size_t bytes, bool binary);
  // Shape of the model's grid, and its active cells where asked.
  Grid dimensions(bool with_domain) const;
  // Whether a block is of a period that the run does not reach, which is noted.
  bool after_end(const Block& block);
  // Tells of the first step of periods [first, last) that a time series does not cover.
  void check_cover(const std::string& name, const Place& place, const std::vector<double>& times,
                   SeriesMethod method, int first, int last);
};

// PERIOD blocks of READASARRAYS. `time_arrays`: files of time-array series and where they are named.
std::shared_ptr<const ArrayStress> read_array_periods(
    const StressFile& file, const std::vector<std::pair<std::string, Place>>& time_arrays,
    const std::vector<Block>& blocks);

}  // namespace phreatic::flow::mf6
