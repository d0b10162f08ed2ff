// SPDX-License-Identifier: BSD-3-Clause
// Samples of a target, and predictions of sites by models that did not see them.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/surrogates/splits.hpp"
#include "phreatic/studies/recharge/surrogates/surrogate.hpp"

namespace phreatic::studies::recharge {

// Depth to water (and specific yield by season) is the wet season's for responses, the dry season's for the decay.
bool is_input_of(const std::string& input, const std::string& target_column);

// Sites with a value of the target, as samples; `index` [rows] says which site a row is.
struct TargetSamples {
  Samples samples;
  std::vector<std::size_t> index;
};
// left_out: inputs whose names begin so are not given.
TargetSamples samples_of(const Table& features, const Table& targets, const std::string& target,
                         const std::string& left_out);

// Rows of `index` that are among `sites` (sorted).
std::vector<std::size_t> rows_among(const std::vector<std::size_t>& index,
                                    const std::vector<std::size_t>& sites);

// Rows that a fit of the target in all its inputs needs at least: models that leave inputs out or learn nothing need as
// many, so that all that stand side by side are scored at the same sites.
std::size_t fewest_rows(const Table& features, const std::string& target);

// Predictions of the folds' test rows by models trained on their train rows, [sites] log10; NaN elsewhere, and for folds
// with fewer than `fewest` rows to train on.
std::vector<double> predict_folds(const std::string& kind, const TargetSamples& all,
                                  const std::vector<Fold>& folds, std::size_t sites, std::size_t fewest,
                                  const FitParams& params);

// [sites] log10 of the target; NaN without.
std::vector<double> logs_of(const Table& targets, const std::string& column);

}  // namespace phreatic::studies::recharge
