// SPDX-License-Identifier: BSD-3-Clause
// Explained predictions of boosted trees as files and as a page: importance, beeswarm, dependence with trend,
// one row as a waterfall.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/report/report.hpp"
#include "phreatic/trees/importance.hpp"

namespace phreatic::studies {

// What the margin is: the target itself, or a logarithm of it, whose contributions are also shown as factors.
enum class TreesScale { sum, natural_log, log10 };

struct TreesPage {
  trees::Contributions contributions;
  trees::Table table;               // columns as the contributions'
  std::vector<std::string> labels;  // [rows]
  std::size_t row = 0;              // of the waterfall
  TreesScale scale = TreesScale::sum;
  std::string target = {}, unit = {};     // of the target
  std::string model = {};                 // file
  std::size_t background_rows = 0;        // 0: path-dependent
  std::vector<double> interactions = {};  // mean |.| [features][features]; or empty
};

report::Report trees_page(const TreesPage& page);

// contributions.csv, importance.csv, dependence.csv, factors.csv (logarithms), interactions.csv (where there are
// some), report.html and figures/ in `folder`. Returns what was written.
std::vector<std::string> write_trees_explanation(const TreesPage& page, const std::filesystem::path& folder);

}  // namespace phreatic::studies
