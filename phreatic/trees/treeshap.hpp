// SPDX-License-Identifier: BSD-3-Clause
// Shapley values of a booster's margin (lundberg2020): margin(x) = y0 + sum over features of phi_f(x).
//   path-dependent  features that are not known follow a node's two ways in proportion to their covers
//   interventional  features that are not known are those of a background row, averaged over all of them
// Interaction values (off the diagonal the Shapley interaction index, half to each of a pair; on it what is
// left of phi_f) sum to phi_f over each row. Method, with the tables of patterns: docs/methods/trees.md.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/trees/booster.hpp"
#include "phreatic/trees/table.hpp"

namespace phreatic::trees {

// Holds no reference to booster or background. Calls from several threads are allowed.
class TreeExplainer {
 public:
  explicit TreeExplainer(const Booster& booster);                  // path-dependent
  TreeExplainer(const Booster& booster, const Table& background);  // interventional; columns as the model's
  ~TreeExplainer();
  TreeExplainer(const TreeExplainer&) = delete;
  TreeExplainer& operator=(const TreeExplainer&) = delete;

  std::size_t features() const;
  double base() const;  // y0, on the scale of the margin
  // x [rows][features], NaN = missing -> out [rows][features].
  void contributions(std::size_t rows, const float* x, double* out) const;
  // out [rows][features][features].
  void interactions(std::size_t rows, const float* x, double* out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Contributions {
  std::size_t rows = 0;
  std::vector<std::string> names;  // [features]
  double base = 0;                 // y0
  std::vector<double> values;      // [rows][features]
  std::size_t features() const { return names.size(); }
  double at(std::size_t row, std::size_t feature) const { return values[row * names.size() + feature]; }
  double margin(std::size_t row) const;  // y0 + sum of the row
};

// Of a table whose columns are the model's features in their order (align_columns). `background` null: path-dependent.
Contributions tree_shap(const Booster& booster, const Table& table, const Table* background,
                        const core::Context& context);

}  // namespace phreatic::trees
