// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/stats/cross_conformal.hpp"
#include "phreatic/stats/season.hpp"
#include "phreatic/studies/wells/prediction.hpp"

namespace phreatic::studies::wells {
namespace {

// The spread of a unit's members, at least half its median: members that happen to agree do not make the
// level certain.
std::vector<double> spread_scale(const std::vector<double>& spread) {
  const double middle = stats::median(spread);
  std::vector<double> scale(spread.size());
  std::transform(spread.begin(), spread.end(), scale.begin(),
                 [&](double s) { return std::hypot(s, 0.5 * middle); });
  return scale;
}

std::vector<double> only_unseen(const Fold& fold) {
  std::vector<double> out(fold.level.size(), std::numeric_limits<double>::quiet_NaN());
  const auto begin = static_cast<std::ptrdiff_t>(fold.unseen.begin);
  std::copy(fold.level.begin() + begin, fold.level.begin() + static_cast<std::ptrdiff_t>(fold.unseen.end),
            out.begin() + begin);
  return out;
}

}  // namespace

void add_band(const Prepared& prepared, const WellsSettings& settings, std::size_t entity,
              WellSimulation& simulation) {
  // Errors count on calibration steps only: `level` holds no later one.
  const auto observed = prepared.level(entity);
  const BandScale kind = settings.uncertainty.scale;
  const stats::LevelScale by_level(observed, simulation.out_of_sample);
  std::vector<double> by_season;
  if (kind == BandScale::seasonal) {
    const std::vector<int> days = stats::days_of_year(prepared.panel.axis);
    by_season = stats::expand(stats::seasonal_scale(observed, simulation.out_of_sample, days), days);
  }
  std::vector<stats::ConformalFold> folds;
  for (const Fold& fold : simulation.folds) {
    stats::ConformalFold out{fold.level, by_season, only_unseen(fold)};
    if (kind == BandScale::spread) out.scale = spread_scale(fold.spread);
    if (kind == BandScale::level) out.scale = by_level.at(fold.level);
    folds.push_back(std::move(out));
  }
  stats::Band band = stats::cross_band(observed, folds, settings.uncertainty.conformal);
  simulation.lower = std::move(band.lower);
  simulation.upper = std::move(band.upper);
}

}  // namespace phreatic::studies::wells
