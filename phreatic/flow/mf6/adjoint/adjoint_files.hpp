// SPDX-License-Identifier: BSD-3-Clause
// Files of results of a study of sensitivities.
#pragma once

#include "phreatic/flow/mf6/adjoint/adjoint_study.hpp"

namespace phreatic::flow::mf6 {

// sensitivities.csv   sums over cells by measure, parameter and period, plain and times the parameter
// bounds.csv          every bound and barrier
// maps.nc             maps by measure, parameter and period; dry_steps and switches
// recharge.csv        what of the recharged water is stored at each date: mean by area and quantiles; who took the rest
// recharge.nc         the same by column; half-life
// geotiff/            the maps of recharge, when asked for
// Adds their names to run.files. `trajectory` gives the values of bounds. Throws RunError.
void write_adjoint_files(AdjointRun& run, const Trajectory& trajectory, const std::filesystem::path& out);

}  // namespace phreatic::flow::mf6
