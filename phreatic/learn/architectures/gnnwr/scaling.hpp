// SPDX-License-Identifier: BSD-3-Clause
// Covariates as GNNWR uses them: those of the table (and the coordinates where asked for), scaled to the range
// of the training rows.
#pragma once

#include <vector>

#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"

namespace phreatic::learn {

// Names of all covariates: the table's, then x, y (, t) where the settings ask for them.
std::vector<std::string> all_covariate_names(const RowTable& table, const GnnwrParams& params);

// [rows][all covariates], unscaled.
std::vector<double> all_covariates(const RowTable& table, const GnnwrParams& params);

// In place: (v - low) / (high - low).
void scale_covariates(const GnnwrModel& model, std::vector<double>& values);

// c_ik = beta_k x'_ik, x' ending in 1: [rows][terms].
std::vector<float> terms_of(const GnnwrModel& model, const std::vector<double>& scaled);

}  // namespace phreatic::learn
