// SPDX-License-Identifier: BSD-3-Clause
// Rows of a table as regressions in space (and time) take them: a place, a time, covariates, and a target
// where it is known. Plain data, free of libtorch.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"

namespace phreatic::learn {

enum class Coordinates { degrees, metres };

struct RowTable {
  std::size_t rows = 0;
  std::vector<double> x;  // [rows] longitude in degrees east, or metres in a projected system
  std::vector<double> y;  // [rows] latitude in degrees north, or metres
  std::vector<double> t;  // [rows] time in days (any other unit will do, the same for all); empty = without
  std::vector<std::string> covariate_names;
  std::vector<double> covariates;  // [rows][covariate_names.size()]
  std::vector<double> target;      // [rows]; empty where it is to be predicted
  std::string target_name = "target";
  std::string target_unit;
  Coordinates coordinates = Coordinates::degrees;
  std::string source;  // for messages: the file it comes from

  std::size_t covariate_count() const { return covariate_names.size(); }
  const double* covariates_of(std::size_t row) const { return covariates.data() + row * covariate_count(); }
};

// Adds what is wrong with a table: sizes that do not fit together are a bug (asserted); values that are not
// finite, coordinates in degrees outside of +-180 (+-360 for longitudes) and +-90, longitude and latitude that
// look swapped, are problems with row and remedy. `needs_target`: so is a target that is not finite.
void check_table(const RowTable& table, bool needs_target, bool needs_time, core::Problems& problems);

// The rows with these indices, in their order.
RowTable select_rows(const RowTable& table, const std::vector<std::size_t>& rows);

}  // namespace phreatic::learn
