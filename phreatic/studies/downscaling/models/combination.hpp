// SPDX-License-Identifier: BSD-3-Clause
// Models combined: weights that are not negative and sum to one, of least squares of predictions that were held out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "phreatic/studies/downscaling/models/models.hpp"

namespace phreatic::studies::downscaling {

inline constexpr const char* kCombined = "combined";

// held: [model][row] predictions of rows that the model had not seen; observed: [row]. Rows for which `use` is false
// take no part. The weights are the exact optimum: every subset of the models is solved (at most 10 models, asserted).
std::vector<double> combination_weights(const std::vector<const std::vector<double>*>& held,
                                        const std::vector<double>& observed,
                                        const std::function<bool(std::size_t row)>& use);

// Sum of the weighted predictions; parts with weight 0 are not asked.
Predictor combined(std::vector<Predictor> parts, std::vector<double> weights);

}  // namespace phreatic::studies::downscaling
