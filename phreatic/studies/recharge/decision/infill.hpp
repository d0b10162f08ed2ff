// SPDX-License-Identifier: BSD-3-Clause
// Plans that are simulated, learnt from and made again: the best of many predictions are those that err upwards most, and
// a run of the plan's own sites tells the surrogates so.
#pragma once

#include <vector>

#include "phreatic/studies/recharge/decision/ranking.hpp"
#include "phreatic/studies/recharge/results.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"

namespace phreatic::studies::recharge {

struct InfillInput {
  const Ground& ground;
  const Baseline& baseline;
  const std::vector<double>& leakage_m;
  const std::vector<FeatureMap>&
      maps;  // kernel means at the surrogates' sigma, and the adjoint's for the scan's extent
  const AdjointMaps& adjoint;
  const ModelFolder& models;
  const std::vector<double>& exclude;  // [places]; empty: nothing
  const Places& places;
  const std::vector<double>& gaps_m;  // [places]
  const ScanParams& scan;
  const PlanParams& plan;
  const TargetParams& targets;
  std::uint64_t seed = 0;
};

struct InfillRound {
  double promised_m3 = 0, held_m3 = 0;  // S0 of the round's sites: predicted before, simulated together
  std::size_t sites = 0;
};

struct InfillResult {
  ScanMaps maps;  // of the surrogates that made the last plan
  std::vector<Candidate> ranked;
  Constraints counted;
  std::vector<Site> sites;
  RunResult run;
  std::vector<InfillRound> rounds;  // the last one is the plan
};

// plan.rounds plans: rank, choose, simulate together; then the sites join the training sites (`features`, `targets`,
// which are taken by value), the surrogates are fitted again and the cells are scanned again. Stops early when a run
// fails, no site fits, or the surrogate is none that is fitted. `first`: maps of the first round.
InfillResult plan_by_rounds(const InfillInput& input, const ScanMaps& first, Table features, Table targets,
                            core::Context& context);

}  // namespace phreatic::studies::recharge
