// SPDX-License-Identifier: BSD-3-Clause
// An additive model of penalised splines as a surrogate (stats/regression/additive.hpp).
#pragma once

#include <string>

#include "phreatic/studies/recharge/surrogates/surrogate.hpp"

namespace phreatic::studies::recharge {

SurrogatePtr fit_additive(const Samples& samples);
// Throws InputError for a text that is none.
SurrogatePtr read_additive(const std::string& text, const std::string& file);

}  // namespace phreatic::studies::recharge
