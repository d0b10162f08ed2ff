// SPDX-License-Identifier: BSD-3-Clause
// `phreatic flow ensemble STUDY.yml`: a study file of scenarios on a MODFLOW 6 folder, and its results on disk.
//
// Scenarios are cut into blocks of `lanes` by their order. Each block has a file of its own, OUT/block_0001.nc and so on,
// written atomically when it is done; a block with a valid file is not run again. So the files are the contract: after any
// end the same command computes only what is missing, and tasks of a scheduler's array share a folder (`task`, `tasks`).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/core/settings/tree.hpp"
#include "phreatic/flow/ensemble/dealer.hpp"
#include "phreatic/flow/ensemble/ensemble.hpp"

namespace phreatic::flow {

// A site as the study file has it: a square around a cell's centre, or cells.
struct SiteParams {
  std::string name;
  int row = 0;                     // of the square's centre, 1-based
  int column = 0;                  // 1-based
  double size = 0;                 // side of the square (L): columns whose centres lie in it
  std::vector<std::string> cells;  // "row column", 1-based
  double rate = 0;                 // (L/T)
  double from = 0;                 // (T)
  std::optional<double> to;        // (T)
};
void describe(core::Describer& d, SiteParams& params);

struct ChangeParams {
  std::string package;
  std::string column;  // by name: stage, recharge, rate, head ...; empty: the first
  double factor = 1;
  double add = 0;
  std::string array;            // file of numbers, one for every bound; empty: the model's values
  std::optional<double> value;  // one for all bounds
  double from = 0;              // (T)
  std::optional<double> to;     // (T)
};
void describe(core::Describer& d, ChangeParams& params);

struct ScenarioParams {
  std::string name;
  std::vector<SiteParams> sites;
  std::vector<ChangeParams> changes;
};
void describe(core::Describer& d, ScenarioParams& params);

struct EnsembleStudy {
  std::string model;  // MODFLOW 6 folder, seen from the study file
  std::string name_file = "mfsim.nam";
  EnsembleParams ensemble;
  std::vector<ScenarioParams> scenarios;
};
void describe(core::Describer& d, EnsembleStudy& study);

// The scenarios of a study on its model. What is wrong goes to `problems`. Paths of arrays are seen from `folder`.
std::vector<Scenario> make_scenarios(const EnsembleStudy& study, const Model& model,
                                     const std::filesystem::path& folder, core::Problems& problems);

struct EnsembleRequest {
  std::filesystem::path study_file;
  std::filesystem::path out;
  bool resume = false;  // go on in a folder that has blocks already; otherwise such a folder is refused
  int task = 1;         // of `tasks`, 1-based: this one computes every tasks-th block
  int tasks = 1;
  BlockDealer* dealer =
      nullptr;  // hands blocks out to the processes of a job; null: this one takes them in turn
};

// With a dealer, counts are those of all processes.
struct EnsembleSummary {
  std::size_t blocks = 0, done_before = 0, done_now = 0, left = 0;
  std::size_t failed = 0;  // scenarios, of the blocks done now
  std::vector<std::string> notes;
  std::vector<std::filesystem::path> files;  // of the blocks done now
};

// Throws InputError (bad input, all of it), RunError (disk), Interrupted (between blocks).
EnsembleSummary run_ensemble_study(const EnsembleRequest& request, core::Context& context);

}  // namespace phreatic::flow
