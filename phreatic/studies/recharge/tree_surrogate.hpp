// SPDX-License-Identifier: BSD-3-Clause
// Boosted trees as a surrogate (phreatic/trees).
#pragma once

#include "phreatic/studies/recharge/surrogate.hpp"

namespace phreatic::studies::recharge {

// Whether the library that trains them is there. Trained ones are used without it.
bool trees_available();
// 300 trees of depth 4, learning rate 0.05, 80 % of rows for each: small trees for a few hundred sites.
SurrogatePtr fit_trees(const Samples& samples, std::uint64_t seed);
// XGBoost's JSON with names of the inputs. Throws InputError.
SurrogatePtr read_trees(const std::string& text, const std::string& file);

}  // namespace phreatic::studies::recharge
