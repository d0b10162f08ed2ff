// SPDX-License-Identifier: BSD-3-Clause
// How much of the networks' correction of the damped anomaly is kept, for every lead and entity: the weights of
// a blend of both, within [0, 1], found on steps that the networks have not learnt from.
//
//   r = (y - damped) / s, f the networks' median output there; g_e = sum f r / sum r^2, q_e = sum f^2 / sum r^2
//   pooled   w(h)    = (sum g_e - E) / sum q_e over all entities, E the standard error of the first sum
//   entity   w(e, h) = (g_e + k m(h) w(h)) / (q_e + k m(h)),  m(h) the median of q_e over entities, k = 4: what is
//            known of all counts as much as four records of the entity's length
#pragma once

#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/units.hpp"

namespace phreatic::hydrographs {

struct LeadWeights {
  std::vector<std::vector<double>> entities;  // [entity][lead]; empty for entities that no unit simulates
  std::vector<double> pooled;                 // [lead]; 1 where there is nothing to judge on
  // On the steps judged, [lead]: median over entities of the error (root mean square) with the whole correction
  // over that of the damped anomaly, and the share of entities where it is smaller. NaN without any.
  std::vector<double> error_ratio, share_better;
};

// The sums behind them, [entity][lead].
struct LeadSums {
  std::size_t leads = 0;
  std::vector<double> products, squares;  // f r, f^2
  std::vector<double> errors;             // r^2
};
LeadWeights weights_of(const LeadSums& sums);

// Of trained units, from their unseen steps.
LeadWeights fit_lead_weights(const Prepared& prepared, const Models& models, core::Context& context);

// Writes them into the units' model.json, where prediction, explanation and `apply` find them.
void keep_lead_weights(const Models& models, const std::vector<std::string>& entities,
                       const LeadWeights& weights);

}  // namespace phreatic::hydrographs
