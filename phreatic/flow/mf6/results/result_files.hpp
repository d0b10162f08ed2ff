// SPDX-License-Identifier: BSD-3-Clause
// Reads MODFLOW 6's head and budget files, its own or ours. Throws InputError for files that are cut off or
// of another kind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace phreatic::flow::mf6 {

// Where the records of a head file stand; values are read one record at a time.
class HeadFile {
 public:
  struct Record {
    int period = 0, step = 0, layer = 0;  // from 1, as in the file
    double period_time = 0, time = 0;
    int ncol = 0, nrow = 0;
    std::uint64_t offset = 0;  // of the values
  };
  explicit HeadFile(const std::filesystem::path& path);
  const std::string& file() const { return path_; }
  const std::vector<Record>& records() const { return records_; }
  std::vector<double> values(const Record& record) const;  // [nrow * ncol]
  // Periods and steps in the order of the file.
  std::vector<std::pair<int, int>> steps() const;

 private:
  std::string path_;
  std::vector<Record> records_;
};

// One term of a step.
struct BudgetTerm {
  int period = 0, step = 0;  // from 1
  double dt = 0, time = 0;
  std::string text;     // "FLOW-JA-FACE", "WEL", ...
  std::string package;  // of lists, "" otherwise
  bool list = false;
  std::vector<double> values;           // arrays: all; lists: flow of each row
  std::vector<std::int32_t> cell, row;  // lists: user cell number and row, from 1
  std::vector<std::string> aux_names;
  std::vector<double> aux;  // [aux names * rows], by rows

  double inflow() const;   // sum of positive values
  double outflow() const;  // minus the sum of negative ones
};

// All terms but those named in `leave_out`.
std::vector<BudgetTerm> read_budget(const std::filesystem::path& path,
                                    const std::vector<std::string>& leave_out = {});

// A file that the record of a run names, where it lies now: in the run's folder first, which may have been moved;
// empty when it is nowhere.
std::filesystem::path recorded_file(const std::filesystem::path& run, const std::string& file);

}  // namespace phreatic::flow::mf6
