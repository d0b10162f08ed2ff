// SPDX-License-Identifier: BSD-3-Clause
// What the naming rules of types.hpp look at, entity by entity; the rules themselves stand in
// docs/methods/types.md.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "phreatic/explain/types.hpp"

namespace phreatic::explain {

// Rows of one entity, drivers added up to groups and centred on the entity's own means.
struct WellRows {
  std::vector<double> mean_absolute;  // [group] mean |centred contribution|, m; NaN = no driver of the group
  std::vector<double>
      monthly;  // [group][12] mean centred contribution of the month, m; 0 without a date; NaN likewise
  std::vector<double> monthly_residual;  // [12] observed - simulated, centred, m; 0 without a date
  double level_sd = 0;                   // of the simulated level, m
};
WellRows rows_of_well(const AttributionTable& table, std::span<const DriverGroup> group_of_driver,
                      std::span<const DriverGroup> groups, std::size_t entity);

// Shares and the two tests of an entity.
TypeEvidence entity_evidence(const AttributionTable& table, const Signatures& signatures, std::size_t entity,
                             const TypesParams& params);
// Means over the entities of cluster k, and the shares of them that pass each test: it passes when most of
// them do.
TypeEvidence cluster_evidence(const Types& types, const Signatures& signatures, std::size_t k);

// Applies the rules: sets type and reason.
void name_type(TypeEvidence& evidence, std::span<const DriverGroup> groups, const TypesParams& params);

}  // namespace phreatic::explain
