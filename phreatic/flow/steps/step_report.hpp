// SPDX-License-Identifier: BSD-3-Clause
// How a step went: its balance, and what is said of one that went wrong.
#pragma once

#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {

// Inflow, outflow and their difference in percent, at the engine's heads; report.time is the step's.
void sum_balance(const Engine& engine, StepReport& report);
// Message and warning; a step whose balance is off by more than kBalanceFailure becomes a failed one.
void describe_trouble(const Engine& engine, StepReport& report);

}  // namespace phreatic::flow
