// SPDX-License-Identifier: BSD-3-Clause
// Models of a table of rows (place, month, covariates -> storage) as a downscaling study uses them. A model is a line in the
// table that `models()` returns.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::studies::downscaling {

struct Rows {
  std::size_t count = 0;
  std::vector<std::string> names;
  std::vector<double> x;  // [row][covariate]
  std::vector<double> longitude, latitude;
  std::vector<double> days;  // since 1970
  std::vector<double> y;     // mm; empty where it is to be predicted
  std::shared_ptr<const Rows>
      unlabelled;  // fine cells, for models that learn from covariates alone too; or none
  const double* row(std::size_t i) const { return x.data() + i * names.size(); }
};

using Predictor = std::function<std::vector<double>(const Rows&)>;

struct Model {
  std::string name;
  std::string about;
  std::function<Predictor(const Rows& training, std::uint64_t seed, core::Context& context)> fit;
};

const std::vector<Model>& models();
// nullptr for a name that is none.
const Model* find_model(const std::string& name);
// Names that are none, and their absence, with the study's file.
void check_methods(const std::vector<std::string>& methods, const std::string& file,
                   core::Problems& problems);

}  // namespace phreatic::studies::downscaling
