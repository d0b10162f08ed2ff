// SPDX-License-Identifier: BSD-3-Clause
// Monthly series of many places from one table or from grids, as the commands of series take them.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/data/series/monthly.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace phreatic::cli {

class SeriesInput {
 public:
  void add_options(CLI::App& app);
  // Throws InputError; what was detected goes to the log.
  data::MonthlyValues read(core::Log* log) const;
  const std::string& file() const { return file_; }  // as the user wrote it, for messages
  static std::string place(const data::MonthlyValues& values, std::size_t i);

 private:
  std::vector<std::string> wanted_;
  std::vector<double> missing_;
  std::string file_, variable_;
};

// A cell of CSV: empty for NaN; text in quotes where it needs them.
std::string csv_number(double v);
std::string csv_text(const std::string& text);
// Throws InputError unless `out` ends in one of `kinds`; kinds other than .csv need grids.
void check_out(const std::string& out, const std::vector<std::string>& kinds, bool grids);

}  // namespace phreatic::cli
