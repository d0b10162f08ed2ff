// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/packages/table.hpp"

#include <algorithm>

namespace phreatic::flow {
namespace {

// In MODFLOW 6's own order, which its budget files follow; multi-aquifer wells, lakes and the unsaturated zone come around SFR.
std::vector<const PackageType*>& table() {
  static std::vector<const PackageType*> types = {&wel_type(), &drn_type(), &riv_type(), &ghb_type(),
                                                  &rch_type(), &evt_type(), &chd_type(), &sfr_type()};
  return types;
}

}  // namespace

const std::vector<const PackageType*>& package_types() { return table(); }

const PackageType* find_package_type(PackageKind kind) {
  for (const PackageType* type : table()) {
    if (type->kind == kind) return type;
  }
  return nullptr;
}

const PackageType& package_type(PackageKind kind) {
  const PackageType* found = find_package_type(kind);
  PHREATIC_ASSERT(found != nullptr);
  return *found;
}

void register_package_type(const PackageType& type) {
  for (const PackageType*& known : table()) {
    if (known->kind != type.kind) continue;
    known = &type;
    return;
  }
  table().push_back(&type);
}

}  // namespace phreatic::flow
