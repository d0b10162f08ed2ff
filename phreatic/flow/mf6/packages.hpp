// SPDX-License-Identifier: BSD-3-Clause
// Readers of the files a simulation is made of. Each takes the file's name as the name file has it and the
// place it is named at, fills its part of the model, and leaves problems in the context.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/text/blocks.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

// What later parts need to know of earlier ones.
struct ReadState {
  Model& model;
  bool save_flows = false;  // SAVE_FLOWS of the model name file
  bool have_grid = false;   // the grid could be read
  bool print_notes = true;
  bool keep_arrays = false;  // arrays that a PERIOD block does not name keep their values
  bool check_bounds = true;  // elevations and heads of bounds against their cells (no NOCHECK)
  // Cells of the CHD packages so far: by package, period (0-based) and the cells from it on.
  std::vector<std::vector<std::pair<int, std::vector<CellIndex>>>> fixed_heads;
  std::vector<double> step_ends;       // of the whole run, when TDIS could be read
  std::size_t retain_text = 0;         // bytes of stress values that may stay in memory, from text files
  std::size_t retain_binary = 0;       // and from binary files, which are quick to read again
  std::vector<Place> package_places;   // of model.packages
  std::vector<PrintedTables> printed;  // of model.packages
  bool print_flows = false;            // PRINT_FLOWS of the model name file
  Place start_heads, icelltype, period_one;  // where things are said, for messages
};

void read_tdis(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_ims(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_dis(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_ic(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_npf(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_sto(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_hfb(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_oc(Context& context, ReadState& state, const std::string& file, const Place& at);
void read_obs(Context& context, ReadState& state, const std::string& file, const Place& at);
// A boundary package: appended to the model's packages. By the table of files (package_files.hpp).
void read_stress(Context& context, ReadState& state, PackageKind kind, const std::string& file,
                 const std::string& name, const Place& at);

// What only shows when everything is read: disconnected cells, all dry, ... (model_checks.cpp).
void check_read_model(Context& context, ReadState& state);

}  // namespace phreatic::flow::mf6
