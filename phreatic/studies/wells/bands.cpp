// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "phreatic/stats/conformal.hpp"
#include "phreatic/stats/season.hpp"
#include "phreatic/studies/wells/prediction.hpp"

namespace phreatic::studies::wells {
namespace {

// The ensemble's spread, at least half its median: members that happen to agree do not make the level
// certain.
std::vector<double> spread_scale(const std::vector<double>& spread) {
  const double middle = stats::median(spread);
  std::vector<double> scale(spread.size());
  std::transform(spread.begin(), spread.end(), scale.begin(),
                 [&](double s) { return std::hypot(s, 0.5 * middle); });
  return scale;
}

}  // namespace

void add_band(const Prepared& prepared, const WellsSettings& settings, std::size_t entity,
              WellSimulation& simulation) {
  // Errors count on calibration steps only; out_of_sample is NaN elsewhere.
  const auto observed = prepared.level(entity);
  std::vector<double> calibration_scale;
  std::vector<double> scale;
  if (settings.uncertainty.scale == BandScale::spread) {
    calibration_scale = spread_scale(simulation.out_of_sample_spread);
    scale = spread_scale(simulation.unit_spread);
  } else if (settings.uncertainty.scale == BandScale::seasonal) {
    const std::vector<int> days = stats::days_of_year(prepared.panel.axis);
    scale = stats::expand(stats::seasonal_scale(observed, simulation.out_of_sample, days), days);
    calibration_scale = scale;
  }
  const stats::Calibration calibration =
      stats::calibrate(observed, simulation.out_of_sample, calibration_scale, settings.uncertainty.conformal);
  stats::Band band = stats::apply(calibration, simulation.level, scale);
  simulation.lower = std::move(band.lower);
  simulation.upper = std::move(band.upper);
}

}  // namespace phreatic::studies::wells
