// SPDX-License-Identifier: BSD-3-Clause
// What the simple models were fitted to be, kept in the run folder.
//   baselines.json   {"well": {"ridge": {...}, "transfer_function": {...}}}: settings chosen, parameters, drivers
//                    left out and why, gaps filled
//   baselines.csv    entity,baseline,parameter,value,standard_error,unit: of baselines with named parameters
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/hydrographs/evaluation/evaluation.hpp"

namespace phreatic::hydrographs {

// baselines: [entity][baseline]. Atomically; throws core::RunError.
void write_baselines(const std::vector<std::string>& entities,
                     const std::vector<std::vector<BaselineSimulation>>& baselines,
                     const std::filesystem::path& json_path, const std::filesystem::path& csv_path);

// One line for each well and driver that a baseline could not use, for the log: "well 'Elm' humidity: ...";
// empty when everything was used.
std::vector<std::string> drivers_left_out(const std::vector<std::string>& entities,
                                          const std::vector<std::vector<BaselineSimulation>>& baselines);

}  // namespace phreatic::hydrographs
