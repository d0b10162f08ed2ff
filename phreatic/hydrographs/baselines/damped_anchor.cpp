// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/baselines/damped_anchor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace phreatic::hydrographs {
namespace {

// Behind a gap longer than this (in steps, beyond the horizon) nothing is left of the last anomaly.
constexpr std::size_t kLongestGap = 366;

std::vector<double> only(std::span<const double> values, const std::vector<learn::StepRange>& ranges) {
  std::vector<double> out(values.size(), std::numeric_limits<double>::quiet_NaN());
  for (const learn::StepRange& range : ranges) {
    for (std::size_t t = range.begin; t < std::min(range.end, values.size()); ++t) out[t] = values[t];
  }
  return out;
}

double rms_error(const std::vector<double>& known, const std::vector<double>& forecast) {
  double squares = 0;
  double count = 0;
  for (std::size_t t = 0; t < known.size(); ++t) {
    const double error = known[t] - forecast[t];
    if (std::isnan(error)) continue;
    squares += error * error;
    ++count;
  }
  return count > 0 ? std::sqrt(squares / count) : 0;
}

// Days that see no value, as in records of less than a year, stand at the mean: every day has a forecast.
stats::DampedAnomaly fitted(const core::TimeAxis& axis, const std::vector<double>& known, std::size_t leads) {
  stats::DampedAnomaly model = stats::fit_damped_anomaly(axis, known, leads + kLongestGap, {});
  const data::Affine all = data::fit_affine(known, data::ScalerKind::zscore);
  for (double& usual : model.usual) {
    if (std::isnan(usual)) usual = all.centre;
  }
  return model;
}

}  // namespace

DampedAnchor fit_damped_anchor(const Prepared& prepared, std::size_t entity, std::size_t variable,
                               const AnchorSteps& steps, std::size_t leads) {
  const core::TimeAxis& axis = prepared.panel.axis;
  const auto level = prepared.panel.series(entity, variable);
  const std::vector<double> calibration = only(level, {steps.calibration});
  DampedAnchor anchor;
  anchor.training = fitted(axis, only(level, steps.training), leads);
  anchor.calibration = fitted(axis, calibration, leads);
  const double variation = data::fit_affine(calibration, data::ScalerKind::zscore).scale;
  for (std::size_t lead = 1; lead <= leads; ++lead) {
    const auto forecast = stats::damped_anomaly_forecast(anchor.calibration, axis, calibration, lead);
    anchor.spread.push_back(std::max(rms_error(calibration, forecast), 1e-3 * variation));
  }
  anchor.weight.assign(leads, 1.0);
  return anchor;
}

learn::LeadAnchors lead_anchors(const DampedAnchor& anchor, const Prepared& prepared, std::size_t entity,
                                std::size_t variable, const data::Affine& scaling, bool for_training) {
  const core::TimeAxis& axis = prepared.panel.axis;
  const std::size_t leads = anchor.spread.size();
  const std::vector<double> known =
      for_training ? only(prepared.panel.series(entity, variable), {prepared.calibration(entity)})
                   : prepared.known(entity, variable);
  learn::LeadAnchors out;
  out.values.resize(axis.size() * leads);
  for (std::size_t h = 0; h < leads; ++h) {
    const auto forecast = stats::damped_anomaly_forecast(for_training ? anchor.training : anchor.calibration,
                                                         axis, known, h + 1);
    for (std::size_t t = 0; t < axis.size(); ++t)
      out.values[t * leads + h] = static_cast<float>(scaling.scaled(forecast[t]));
    const double weight = for_training ? 1.0 : anchor.weight[h];
    out.spread.push_back(static_cast<float>(weight * anchor.spread[h] / scaling.scale));
  }
  return out;
}

learn::LeadAnchors no_lead_anchors(std::size_t times, std::size_t leads) {
  return {std::vector<float>(times * leads, std::numeric_limits<float>::quiet_NaN()),
          std::vector<float>(leads, 1.0F)};
}

}  // namespace phreatic::hydrographs
