// SPDX-License-Identifier: BSD-3-Clause
// A study of the sensitivities of a MODFLOW 6 model, from its file to the files of results (`phreatic flow adjoint`).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/flow/adjoint/storage_response.hpp"

namespace phreatic::flow::mf6 {

enum class MeasureKind { heads, flow, storage };

// A measure as a study names it; with several times it is one measure for each.
struct MeasureParams {
  std::string name;
  MeasureKind kind = MeasureKind::heads;
  std::vector<double> times;       // simulation times, ends of steps; empty: the end of the run
  std::vector<double> window;      // flow: from, to: the volume in between
  std::string package;             // flow
  std::vector<std::string> cells;  // "layer row column", from 1; empty: all active ones
  std::vector<double> weights;     // one a cell, or none: 1
};
void describe(core::Describer& d, MeasureParams& p);

struct RechargeParams {
  std::vector<double> window;                    // from, to; empty: no recharge part
  std::vector<double> after = {0, 30, 90, 180};  // times after the end of the window
  bool captures = true;                          // who takes what is no longer stored, at the last of them
};
void describe(core::Describer& d, RechargeParams& p);

struct AdjointStudy {
  std::string model;  // folder, as seen from the study file
  std::string name_file = "mfsim.nam";
  std::vector<MeasureParams> measures;
  std::vector<std::string> parameters = {"recharge", "wells", "k", "storage", "bounds", "barriers"};
  RechargeParams recharge;
  double tolerance = 1e-7;
  double head_tolerance = 1e-6;
  double memory_mb = 1024;
  std::string scratch;
  bool geotiff = false;
};
void describe(core::Describer& d, AdjointStudy& p);

struct AdjointRun {
  AdjointStudy study;
  Model model;  // without providers
  std::size_t steps = 0;
  std::optional<AdjointResult> sensitivities;  // when the study has measures
  std::optional<StorageResponse> recharge;     // when it has a window
  double window_end = 0;
  std::vector<double>
      half_life;  // [layer cells] time after the window's end at which half of what was stored then is left; NaN: later
                  // than the last date
  std::vector<std::string> notes, warnings;
  std::vector<std::string> files;        // written
  double forward_s = 0, backward_s = 0;  // processor time
  std::size_t memory_bytes = 0;
  std::uint64_t scratch_bytes = 0;
};

// Reads a study. Throws InputError with all that is wrong in the file.
AdjointStudy read_adjoint_study(const std::filesystem::path& file);

// Runs it and writes maps and tables into `out` (adjoint_files.hpp). `file` is named in messages. Throws InputError, RunError.
AdjointRun run_adjoint_study(const AdjointStudy& study, const std::filesystem::path& file,
                             const std::filesystem::path& out, core::Context& context);

// An example with comments, and the settings as text: what --help prints.
std::string adjoint_example();

}  // namespace phreatic::flow::mf6
