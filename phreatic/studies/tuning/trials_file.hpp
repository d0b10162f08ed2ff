// SPDX-License-Identifier: BSD-3-Clause
// trials.json and trials.csv of a search: what was tried and what came of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/stats/search/trials.hpp"
#include "phreatic/studies/tuning/settings.hpp"

namespace phreatic::studies::tuning {

struct Trial : stats::SearchTrial {
  double seconds = 0;
  std::string message;  // of a failed one
};

struct Trials {
  std::string key;  // hash of all that the scores depend on but the number of trials
  std::string score_name;
  std::vector<Trial> made;
  std::vector<stats::SearchTrial> plain() const { return {made.begin(), made.end()}; }
};

// Nothing where there is no such file.
Trials read_trials(const std::filesystem::path& file);
void write_trials(const Trials& trials, const std::filesystem::path& file);
void write_trials_csv(const Trials& trials, const SearchParams& params, const std::filesystem::path& file);
std::string state_name(stats::TrialState state);

}  // namespace phreatic::studies::tuning
