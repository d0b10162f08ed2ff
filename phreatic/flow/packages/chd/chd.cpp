// SPDX-License-Identifier: BSD-3-Clause
// Fixed heads: no flow of their own; what their neighbours give them (steps/flows).
#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

std::vector<BoundColumn> columns(const Package&) { return {{"head"}}; }

}  // namespace

const PackageType& chd_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::chd;
    made.columns = columns;
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow
