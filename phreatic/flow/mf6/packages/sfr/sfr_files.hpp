// SPDX-License-Identifier: BSD-3-Clause
// SFR6 files: reaches, connections, diversions, cross-section tables, settings of periods (MODFLOW 6 input guide).
#pragma once

#include "phreatic/flow/mf6/input/package_files.hpp"

namespace phreatic::flow::mf6 {

PackageFiles sfr_files();

void read_sfr(Context& context, ReadState& state, PackageKind kind, const std::string& file,
              const std::string& name, const Place& at);
std::string write_sfr(const Model& model, const Package& package, const std::filesystem::path& folder,
                      const std::string& stem);

}  // namespace phreatic::flow::mf6
