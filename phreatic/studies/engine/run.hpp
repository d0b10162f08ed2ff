// SPDX-License-Identifier: BSD-3-Clause
// Runs the stages of a study in one run folder: decides which are up to date, does the work of the others,
// and owns everything that is the same for all studies (docs/developer/studies.md): lock, log, provenance,
// record, resume, interruption, leftovers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/studies/engine/stage.hpp"

namespace phreatic::studies::engine {

struct RunRequest {
  std::filesystem::path out;
  std::string until;  // last stage; "" = all
  Resume resume = Resume::no;
  bool why = false;     // tell in the log why a stage runs
  bool force = false;   // overwrite files that no run has written
  bool quiet = false;   // only warnings and errors on standard error
  bool strict = false;  // a stage that opens a file it did not declare is a bug: for tests
};

// Throws InputError, RunError or Interrupted; what was finished stays and is kept by the next run.
void run(const Graph& graph, const RunRequest& request);

// What run() would do with a stage, without doing it.
struct StagePlan {
  enum class Verdict { up_to_date, runs, depends };
  std::string stage;
  Verdict verdict = Verdict::up_to_date;
  // Why it runs: what changed, from what to what. `depends`: the stages that run first and whose outputs
  // decide.
  std::vector<std::string> reasons;
};
std::vector<StagePlan> plan(const Graph& graph, const std::filesystem::path& out,
                            const std::string& until = "");
// For people, one line for each stage and each reason.
std::string plan_text(const std::vector<StagePlan>& plan);

}  // namespace phreatic::studies::engine
