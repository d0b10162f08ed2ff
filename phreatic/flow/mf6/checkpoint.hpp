// SPDX-License-Identifier: BSD-3-Clause
// What a run needs to go on after a kill: the engine's state, how long the output files were, and sums.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/flow/mf6/results/listing.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

struct Checkpoint {
  std::string fingerprint;  // of the input files and the settings
  SavedState state;
  std::vector<std::pair<std::string, std::uint64_t>> files;  // path, length
  std::vector<BudgetRow> budget;
  std::vector<BudgetRow> package_budgets;  // of packages with unknowns of their own, one after the other
  std::vector<double> counts;
};

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);
// Nothing when there is no such file; InputError when it is damaged.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path);
// Names as seen from `folder`, sizes and times of change of files, and `settings`, as one hash: it does not depend
// on where the program was started.
std::string fingerprint(const std::filesystem::path& folder, const std::vector<std::string>& files,
                        const std::string& settings);

}  // namespace phreatic::flow::mf6
