// SPDX-License-Identifier: BSD-3-Clause
// Runs a MODFLOW 6 simulation folder: reads it, advances it, writes what its output control asks for.
// A killed run goes on from its last checkpoint (kStateFile in the output folder) with the same results.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

inline constexpr const char* kStateFile = "phreatic-flow.state";
inline constexpr const char* kRecordFile = "phreatic-flow.json";

struct RunRequest {
  std::filesystem::path folder;
  std::string name_file = "mfsim.nam";
  std::filesystem::path out;      // empty: beside the input, where the output control says
  bool save_all = false;          // heads and all budget terms of every step, whatever the model says
  bool keep_arrays = false;       // ReadRequest::keep_arrays
  bool resume = false;            // go on from the checkpoint, if there is one
  double checkpoint_s = 30;       // seconds between checkpoints
  std::filesystem::path netcdf;   // heads as NetCDF, too; empty: no
  std::filesystem::path geotiff;  // folder for heads as GeoTIFF, too; empty: no
  std::string crs;                // their coordinate system; empty: the model's
  EngineOptions engine;
  std::function<void(const StepReport&)> after_step;  // called when the files of a step are written
};

struct RunSummary {
  std::string model;
  std::size_t cells = 0, active = 0;
  std::size_t steps = 0, not_converged = 0, outer = 0, inner = 0;
  double worst_balance_percent = 0;
  double read_s = 0, run_s = 0;
  std::size_t memory_bytes = 0;       // arrays of the engine
  bool complete = false;              // false: stopped at a step that did not converge
  std::string stopped;                // why
  std::size_t warned = 0;             // steps whose balance is off by more than kBalanceWarning
  std::vector<std::string> warnings;  // the first hundred of them
  std::vector<std::string> notes;
  std::vector<std::string> files;  // written
};

// Throws InputError (bad input), RunError (disk), Interrupted (after a checkpoint).
RunSummary run_simulation(const RunRequest& request, core::Context& context);

// Throws InputError where two outputs would share a file, or one would overwrite an input of the model.
void check_outputs(const RunRequest& request, const ReadResult& read);

// Where a file that the output control names goes.
std::filesystem::path output_path(const RunRequest& request, const std::string& name);

}  // namespace phreatic::flow::mf6
