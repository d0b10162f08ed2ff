// SPDX-License-Identifier: BSD-3-Clause
// How much of the networks' correction of the damped anomaly is kept, for every lead and entity: the weights of
// a blend of both, within [0, 1], found on steps that the networks have not learnt from.
//
//   r = (y - damped) / s, f the networks' median output there; g_ep = sum f r / R_e, q_ep = sum f^2 / R_e, sums over
//   the steps of entity e in year p of the axis, R_e = sum r^2 over all its steps
//   best     b(h) = sum g / sum q over all entities and years
//   pooled   w(h) = max(0, sum g - 1.64 E) / sum q: the lower bound of a one-sided 95 % interval, E the standard error
//            of sum (g - b q) with the years as independent draws; or with the entities, where that is larger.
//            Entities share their weather: a hundred wells in four years are four draws, not a hundred.
//   majority w(h) = 0 at leads where the whole correction has the smaller error at fewer than three of four entities:
//            what helps some much and others not at all is left out
//   entity   w(e, h) = w(h) / b(h) (g_e + k m(h) b(h)) / (q_e + k m(h)),  m(h) the median of q_e over entities,
//            k = 4: what is known of all counts as much as four records of the entity's length
#pragma once

#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {

struct LeadWeights {
  std::vector<std::vector<double>> entities;  // [entity][lead]; empty for entities that no unit simulates
  std::vector<double> pooled;                 // [lead]; 1 where there is nothing to judge on
  // On the steps judged, [lead]: median over entities of the error (root mean square) with the whole correction
  // over that of the damped anomaly, and the share of entities where it is smaller. NaN without any.
  std::vector<double> error_ratio, share_better;
};

// The sums behind them, [entity][year][lead].
struct LeadSums {
  std::size_t leads = 0;
  std::size_t years = 1;
  std::vector<double> products, squares;  // f r, f^2
  std::vector<double> errors;             // r^2
};
LeadWeights weights_of(const LeadSums& sums);

// Of trained units and the target that `prepared` is cut to (targets.hpp), from their unseen steps.
LeadWeights fit_lead_weights(const Prepared& prepared, const Models& models, core::Context& context);

// Writes those of target number `target` into the units' model.json, where prediction, explanation and `apply` find
// them; `entities` are the rows of `weights`.
void keep_lead_weights(const Models& models, const std::vector<std::string>& entities, std::size_t target,
                       const LeadWeights& weights);

// Both, for every target.
void weigh_leads(const Prepared& prepared, const Models& models, core::Context& context);

}  // namespace phreatic::hydrographs
