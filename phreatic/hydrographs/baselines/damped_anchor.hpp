// SPDX-License-Identifier: BSD-3-Clause
// What forecasts start from with `forecast.target: damped_anomaly`: the damped anomaly of each entity
// (stats/baselines/damped_anomaly.hpp), whose error the network learns,
//   forecast(t, h) = damped(t, h) + w(h) s(h) f(t, h)
// with f the network's output, s the usual error of `damped` at that lead and w within [0, 1] what was found in
// validation to be left of f (docs/methods/forecast.md). f = 0 is the damped anomaly itself.
#pragma once

#include <vector>

#include "phreatic/data/scalers.hpp"
#include "phreatic/hydrographs/targets/prepared.hpp"
#include "phreatic/stats/baselines/damped_anomaly.hpp"

namespace phreatic::hydrographs {

// Of one entity and target; levels in the target's unit. Empty where the entity does not have the target.
struct DampedAnchor {
  stats::DampedAnomaly training;     // fitted to the steps that the unit trains on; for its training alone
  stats::DampedAnomaly calibration;  // to the whole calibration period: every forecast
  std::vector<double> spread;        // [lead] s: root mean square error of `calibration` in its period
  std::vector<double> weight;        // [lead] w; 1 until fit_lead_weights() was asked
  bool empty() const { return spread.empty(); }
};

// What its two fits may see; training may have several ranges.
struct AnchorSteps {
  std::vector<learn::StepRange> training;
  learn::StepRange calibration;
};
// `leads` is the horizon.
DampedAnchor fit_damped_anchor(const Prepared& prepared, std::size_t entity, std::size_t variable,
                               const AnchorSteps& steps, std::size_t leads);

// As a series set takes it. `for_training`: levels of the calibration period alone, all by
// DampedAnchor::training, and no weights.
learn::LeadAnchors lead_anchors(const DampedAnchor& anchor, const Prepared& prepared, std::size_t entity,
                                std::size_t variable, const data::Affine& scaling, bool for_training);
// Of a target that the entity does not have: no forecast on any of `times` steps.
learn::LeadAnchors no_lead_anchors(std::size_t times, std::size_t leads);

}  // namespace phreatic::hydrographs
