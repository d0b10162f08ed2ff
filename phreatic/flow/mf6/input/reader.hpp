// SPDX-License-Identifier: BSD-3-Clause
// Reads a MODFLOW 6 simulation folder into flow::Model.
//   ReadResult read = read_simulation({.folder = "model"});
//   flow::Simulation sim(std::move(read.model));
// Everything that is wrong or not supported is collected with file and line and thrown as one InputError.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

struct ReadRequest {
  std::filesystem::path folder;
  std::string name_file = "mfsim.nam";  // simulation name file in the folder
  // Files by name that are taken from memory and not from the folder (text only, not binary arrays).
  std::map<std::string, std::string> in_memory = {};
  // Auxiliary arrays and time-array series of RCH and EVT that a PERIOD block does not name stay as they
  // were (MODFLOW 6 before 6.4.3 and after 6.7); otherwise they are reset, as MODFLOW 6.6.2 does.
  bool keep_arrays = false;
};

// Tables that a package wants in the listing where budgets and heads are printed.
struct PrintedTables {
  bool flows = false;  // PRINT_FLOWS
  bool state = false;  // PRINT_STAGE
};

struct ReadResult {
  Model model;
  std::vector<PrintedTables> printed;  // of model.packages
  std::vector<std::string> notes;      // what the user should know: input without effect, outputs left out
  std::vector<std::string> files;      // every file read
};

// Throws core::InputError with all problems.
ReadResult read_simulation(const ReadRequest& request);
// The same, but problems go to `problems`; the model is not usable when there are any.
ReadResult read_simulation(const ReadRequest& request, core::Problems& problems);

}  // namespace phreatic::flow::mf6
