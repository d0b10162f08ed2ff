// SPDX-License-Identifier: BSD-3-Clause
// Scenario runs by the user's own MODFLOW 6: the model from the start of recharge on is written as MODFLOW 6 input, the
// extra recharge as an RCH package of its own (ADDED_RECHARGE) beside the model's, and run by the executable. Baseline
// and scenarios both come from it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/studies/recharge/scenarios/simulate.hpp"

namespace phreatic::studies::recharge {

// The executable that `name` is: a path, or a name on the PATH; an empty one: the environment's MF6, then mf6. Throws
// InputError when there is none.
std::string mf6_program(const std::string& name);

// Heads at the end of every step, [steps][cells]. Throws RunError with the end of MODFLOW 6's output when it fails.
std::vector<std::vector<double>> mf6_heads(const flow::Model& model, const std::string& program,
                                           const std::filesystem::path& folder);

// As simulate_runs(). `folder` is for MODFLOW 6's files, which stay there for runs that fail.
std::vector<RunResult> simulate_runs_mf6(const Ground& ground, const Baseline& baseline,
                                         const std::vector<std::vector<Site>>& runs,
                                         const std::vector<double>& leakage_m, const Measures& measures,
                                         const std::string& program, const std::filesystem::path& folder,
                                         core::Context& context);

}  // namespace phreatic::studies::recharge
