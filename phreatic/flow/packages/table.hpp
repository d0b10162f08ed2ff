// SPDX-License-Identifier: BSD-3-Clause
// The kinds of boundary packages, one folder each.
#pragma once

#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow {

const PackageType& wel_type();
const PackageType& drn_type();
const PackageType& riv_type();
const PackageType& ghb_type();
const PackageType& rch_type();
const PackageType& evt_type();
const PackageType& chd_type();
const PackageType& sfr_type();

}  // namespace phreatic::flow
