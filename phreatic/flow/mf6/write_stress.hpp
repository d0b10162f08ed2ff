// SPDX-License-Identifier: BSD-3-Clause
// The files of one boundary package.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

// Writes `stem`.<kind> (and `stem`.ts or .tas files) into `folder`; returns the name of the package file.
std::string write_package(const Model& model, const Package& package, const std::filesystem::path& folder,
                          const std::string& stem);

// All steps of a run, in order.
std::vector<StepTime> all_steps(const Model& model);

}  // namespace phreatic::flow::mf6
