// SPDX-License-Identifier: BSD-3-Clause
// Runs a wells study stage by stage in one run folder:
//   data -> train -> predict -> evaluate -> explain -> types (and truth, on virtual wells) -> report
// A stage whose inputs, settings and program are unchanged is kept.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::studies::wells {

enum class Stage { train, predict, evaluate, explain, types, report };

struct RunRequest {
  std::string study;                   // study file, or a run folder that holds study.yml
  std::filesystem::path out;           // empty: runs/<name of the study file>, or the run folder itself
  std::vector<std::string> overrides;  // "training.epochs=5"
  learn::ResumeMode resume = learn::ResumeMode::fresh;
  Stage last = Stage::report;  // stages up to this one
  bool quiet = false;
};

// Returns the run folder. Throws InputError, RunError or Interrupted; what was finished stays.
std::filesystem::path run_study(const RunRequest& request);

}  // namespace phreatic::studies::wells
