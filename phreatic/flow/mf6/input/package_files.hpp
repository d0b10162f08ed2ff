// SPDX-License-Identifier: BSD-3-Clause
// How the files of a kind of boundary package are read and written, beside what it does (flow/packages). A kind without an entry in
// the table (packages/table.cpp) is a list of bounds: its columns say all that is needed.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

struct PackageFiles {
  PackageKind kind;
  // Appends the package to the model.
  void (*read)(Context& context, ReadState& state, PackageKind kind, const std::string& file,
               const std::string& name, const Place& at);
  // Writes `stem`.<kind> and what it names into `folder`; returns the name of the package file.
  std::string (*write)(const Model& model, const Package& package, const std::filesystem::path& folder,
                       const std::string& stem);
  // What can be observed of a feature (reach), in capitals; a package of a list has the flow of its bounds only.
  std::vector<std::string> observed;
  // What PRINT_STAGE prints of a feature: heads of columns and what PackageState::observe() calls them.
  std::vector<std::pair<std::string, std::string>> printed = {};
};

// The option MOVER of a package whose model has no MVR6 (a model that has one is refused).
inline constexpr const char* kMoverAlone = "MOVER has no effect without MVR6";

// The entry of a kind, or that of lists.
const PackageFiles& package_files(PackageKind kind);

void read_list_package(Context& context, ReadState& state, PackageKind kind, const std::string& file,
                       const std::string& name, const Place& at);
std::string write_list_package(const Model& model, const Package& package,
                               const std::filesystem::path& folder, const std::string& stem);

}  // namespace phreatic::flow::mf6
