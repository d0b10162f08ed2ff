// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/input/package_files.hpp"
#include "phreatic/flow/mf6/packages/sfr/sfr_files.hpp"
#include "phreatic/flow/mf6/write_stress.hpp"

namespace phreatic::flow::mf6 {

// Kinds that are more than a list of bounds.
const PackageFiles& package_files(PackageKind kind) {
  static const PackageFiles list{PackageKind::wel, read_list_package, write_list_package, {}};
  static const std::vector<PackageFiles> table = {sfr_files()};
  for (const PackageFiles& files : table) {
    if (files.kind == kind) return files;
  }
  return list;
}

void read_stress(Context& context, ReadState& state, PackageKind kind, const std::string& file,
                 const std::string& name, const Place& at) {
  package_files(kind).read(context, state, kind, file, name, at);
}

std::string write_package(const Model& model, const Package& package, const std::filesystem::path& folder,
                          const std::string& stem) {
  return package_files(package.kind).write(model, package, folder, stem);
}

}  // namespace phreatic::flow::mf6
