// SPDX-License-Identifier: BSD-3-Clause
// What can be wrong with a table that GNNWR is to be fitted to; each throws InputError with everything it found.
#pragma once

#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"

namespace phreatic::learn {

// Values, number of rows, target, settings.
void check_fit(const RowTable& table, const RowSplit& split, const GnnwrParams& params);

// Covariates [rows][columns] that are constant or depend on others, and fewer rows than coefficients.
void check_covariates(const RowTable& training, const GnnwrModel& model, const std::vector<double>& values);

// Reference points against the width of the first hidden layer, and memory for the distances.
void check_references(const RowTable& training, const GnnwrModel& model);

// Rows that have place (and time) in common with an earlier one.
std::size_t duplicate_places(const RowTable& table);

}  // namespace phreatic::learn
