// SPDX-License-Identifier: BSD-3-Clause
// Types of groundwater dynamics (after Li et al. 2025, key li2025): each entity gets a signature from its
// attributions, signatures are clustered, clusters are named by explicit rules (docs/methods/types.md). The
// names are claims with evidence; where the evidence does not reach, the name is "unclassified".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/explain/aggregate.hpp"
#include "phreatic/explain/periods.hpp"

namespace phreatic::explain {

// What a driver stands for in the rules. Drivers of one group are added up before anything else.
enum class DriverGroup { precipitation, temperature, evaporation, pumping, other };
std::string to_text(DriverGroup group);

// Signatures of all entities. Contributions are divided by the standard deviation of the entity's simulated
// level. A group of which an entity has no driver is NaN, not 0: nothing is known of it there.
struct Signatures {
  std::vector<DriverGroup> groups;  // those present, in the order of the enum
  std::vector<double>
      share;  // [entity][group]: mean |centred contribution| as a share of the entity's groups
  std::vector<double> seasonal;  // [entity][group][12]: mean contribution of the month, centred, / level sd
  std::vector<double>
      unexplained;  // [entity][12]: mean (observed - simulated) of the month, centred, / level sd
  std::size_t entities = 0;
};

struct TypesParams {
  // clustering
  int min_types = 2;
  int max_types = 6;
  std::optional<int> types;  // a given number instead of silhouette and gap
  double share_weight = 1;   // weights of the blocks of the signature in the distance
  double seasonal_weight = 1;
  double unexplained_weight = 0;
  // naming
  double evaporation_share = 0.2;          // x of the rules
  double least_precipitation_share = 0.1;  // below it no name that says precipitation
  int pumping_first_month = 4;
  int pumping_last_month = 9;
  double unexplained_decline_sd =
      0.25;                      // least mean decline in the pumping season that weather leaves, level sd
  double significance = 0.05;    // of the one-sided tests over years
  double recession_ratio = 1.2;  // least ratio of the fall in the first to the second half after peaks
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, TypesParams& p);

Signatures signatures(const AttributionTable& table, std::span<const DriverGroup> group_of_driver);

// The shares with the groups that an entity lacks at the mean of the entities that have them, the entity's own scaled
// to make room, so that they sum to 1 again: entities that differ only in a driver that one of them was not given stand
// near each other. [entity][group]
std::vector<double> completed_shares(const Signatures& signatures);

enum class DynamicsType { extraction, runoff, evaporation, unclassified };
std::string to_text(DynamicsType type);  // "precipitation infiltration-runoff" ...

// What the naming rules look at: for one entity, or for a cluster as the mean (shares, ratios) and the share
// of its entities that pass each test.
struct TypeEvidence {
  std::vector<double> share;   // [group]; NaN = no entity here has it
  bool pumping_given = false;  // the entity, or every entity of the cluster, has a pumping driver
  bool pumping_mixed = false;  // cluster: some of its entities have one
  double unexplained_decline_sd =
      0;  // mean over years of (observed - simulated) change over the pumping season
  double unexplained_recovery_sd = 0;  // ... from its end to the start of the next one
  double decline_p = 1;                // one-sided p-value over years: decline < 0
  double recovery_p = 1;               // ... recovery > 0
  int years = 0;
  double recession_ratio = 0;  // median over peaks of fall in the first / second half of the recession
  int peaks = 0;
  double extraction_share = 0;  // cluster: share of entities that pass the extraction test; entity: 0 or 1
  double recession_share = 0;   // the same for the recession test
  DynamicsType type = DynamicsType::unclassified;
  std::string reason;  // the rule that decided, with its numbers
};

struct Types {
  int count = 0;
  bool silhouette_and_gap_agree = false;
  std::vector<int> tried;                 // numbers of types tried
  std::vector<double> silhouette;         // [tried]
  std::vector<double> gap;                // [tried]
  std::vector<double> gap_error;          // [tried]
  std::vector<int> cluster;               // [entity]
  std::vector<double> entity_silhouette;  // [entity]
  std::vector<double> distances;          // [entity][cluster] to the clusters' centres
  std::vector<double> mean_share;         // [cluster][group] of those that have it; NaN = none has
  std::vector<double> mean_seasonal;      // [cluster][group][12] likewise
  std::vector<TypeEvidence> clusters;     // [cluster]
  std::vector<TypeEvidence> entities;     // [entity]
};

// Clusters the signatures and names the clusters; entities are also named one by one, so that an entity that
// does not fit its cluster shows. Throws InputError with fewer entities than types.
Types find_types(const AttributionTable& table, const Signatures& signatures, const TypesParams& params);

// The source study's main table: type x period, mean over entities and years.
struct TypePeriodRow {
  int cluster = 0;
  std::string period;
  std::size_t occurrences = 0;        // entities x years
  double observed_change = 0;         // mean; NaN when never observed at both ends
  double simulated_change = 0;        // mean
  int sign = 0;                       // of the simulated change: -1, 0, 1
  double sign_agreement = 0;          // share of occurrences whose observed change has that sign
  std::vector<double> contributions;  // [driver] mean change over the entities that have it; NaN = none has
  std::vector<double> share;          // [driver] of mean |change|, sums to 1; NaN likewise
};
std::vector<TypePeriodRow> type_period_table(const AttributionTable& table, std::span<const int> cluster,
                                             std::span<const Period> periods);

}  // namespace phreatic::explain
