// SPDX-License-Identifier: BSD-3-Clause
// Which cells to choose: criteria (response S0, fraction left, depth to water), weights, Pareto front, how much ranks depend on the
// weights, and a plan of several sites under a water budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "phreatic/studies/recharge/decision/scan.hpp"
#include "phreatic/studies/recharge/decision/weights.hpp"

namespace phreatic::studies::recharge {

struct Candidate {
  std::size_t place = 0;  // of the centre
  double s0_m3 = 0, left = 0, depth_m = 0;
  // Ordered average of the criteria (weights.hpp), each linear from its 5 % (0) to its 95 % (1) quantile, cut there.
  double score = 0;
  bool pareto = false;   // no candidate is better in one and as good in the other
  double stability = 0;  // share of draws of the weights (uniform) in which it is among the first `sites`
};

// Weights of response, fraction left and depth, sum 1; by pairs where these are given.
PairwiseWeights criteria_weights(const PlanParams& plan);

// Cells that pass the constraints, best first (score, then place). counted: how many each constraint took away.
struct Constraints {
  std::size_t no_room = 0;       // off the model, under fixed heads, near the edge
  std::size_t extrapolated = 0;  // applicability below scan.applicability
  std::size_t shallow = 0;       // water table above plan.least_depth
  std::size_t excluded = 0;      // by plan.exclude
};
std::vector<Candidate> rank_cells(const Ground& ground, const ScanMaps& maps,
                                  const std::vector<double>& wet_depth_m, const Places& places,
                                  const std::vector<double>& exclude, const ScanParams& scan,
                                  const PlanParams& plan, std::uint64_t seed, Constraints& counted);

// Indices of the candidates that no other dominates.
std::vector<std::size_t> pareto_front(const std::vector<Candidate>& candidates);

// Greedy: the best candidate that keeps its gap to all chosen ones, until there are plan.sites or the budget is used up.
std::vector<Site> greedy_plan(const Ground& ground, const std::vector<Candidate>& candidates,
                              const ScanMaps& maps, const std::vector<double>& wanted_gap_m,
                              const ScanParams& scan, const PlanParams& plan);

}  // namespace phreatic::studies::recharge
