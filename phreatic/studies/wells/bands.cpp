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

// Everything that a band is made of, for one well.
class BandMaker {
 public:
  BandMaker(const Prepared& prepared, const WellsSettings& settings, std::size_t entity,
            const WellSimulation& simulation)
      : params_(settings.uncertainty), simulation_(simulation), observed_(prepared.level(entity)) {
    if (params_.scale == BandScale::seasonal) days_ = stats::days_of_year(prepared.panel.axis);
  }

  // CV+ band of the pool from all folds; scales learn from their out-of-sample errors alone.
  stats::Band pooled() const {
    if (params_.scale == BandScale::quantiles)
      return stats::apply_bounds(quantile_calibration(kNone), simulation_.quantile_low,
                                 simulation_.quantile_high);
    return stats::cross_band(observed_, folds_without(kNone), params_.conformal);
  }

  // Split band of fold k's own simulation on its block, calibrated on the other folds.
  stats::Band left_out(std::size_t k) const {
    if (params_.scale == BandScale::quantiles)
      return stats::apply_bounds(quantile_calibration(k), simulation_.out_of_sample_low,
                                 simulation_.out_of_sample_high);
    std::vector<stats::ConformalFold> others = folds_without(k);
    stats::ConformalFold own = make_fold(k, out_of_sample_without(k));
    stats::Calibration calibration = stats::pooled_calibration(observed_, others, params_.conformal);
    return stats::apply(calibration, own.out_of_sample, own.scale);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  stats::Calibration quantile_calibration(std::size_t left_out) const {
    return stats::calibrate_bounds(observed_, without(simulation_.out_of_sample_low, left_out),
                                   without(simulation_.out_of_sample_high, left_out), params_.conformal);
  }

  std::vector<double> out_of_sample_without(std::size_t k) const {
    return without(simulation_.out_of_sample, k);
  }
  std::vector<double> without(std::vector<double> out, std::size_t k) const {
    if (k == kNone) return out;
    const learn::StepRange& block = simulation_.folds[k].unseen;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(block.begin),
              out.begin() + static_cast<std::ptrdiff_t>(block.end), std::numeric_limits<double>::quiet_NaN());
    return out;
  }

  stats::ConformalFold make_fold(std::size_t k, const std::vector<double>& known) const {
    const Fold& fold = simulation_.folds[k];
    stats::ConformalFold out{fold.level, {}, only_unseen(fold)};
    if (params_.scale == BandScale::spread) out.scale = spread_scale(fold.spread);
    if (params_.scale == BandScale::level) out.scale = stats::LevelScale(observed_, known).at(fold.level);
    if (params_.scale == BandScale::seasonal)
      out.scale = stats::expand(stats::seasonal_scale(observed_, known, days_), days_);
    return out;
  }

  std::vector<stats::ConformalFold> folds_without(std::size_t left_out) const {
    std::vector<stats::ConformalFold> folds;
    const std::vector<double> known = out_of_sample_without(left_out);
    for (std::size_t k = 0; k < simulation_.folds.size(); ++k) {
      if (k != left_out) folds.push_back(make_fold(k, known));
    }
    return folds;
  }

  const UncertaintyParams& params_;
  const WellSimulation& simulation_;
  std::span<const double> observed_;  // calibration steps only: it holds no later level
  std::vector<int> days_;
};

}  // namespace

void add_band(const Prepared& prepared, const WellsSettings& settings, std::size_t entity,
              WellSimulation& simulation) {
  const BandMaker maker(prepared, settings, entity, simulation);
  stats::Band band = maker.pooled();
  if (simulation.folds.size() > 1) {
    for (std::size_t k = 0; k < simulation.folds.size(); ++k) {
      const stats::Band own = maker.left_out(k);
      const learn::StepRange& block = simulation.folds[k].unseen;
      for (std::size_t t = block.begin; t < block.end; ++t) {
        simulation.left_out_lower[t] = own.lower[t];
        simulation.left_out_upper[t] = own.upper[t];
      }
    }
  }
  simulation.lower = std::move(band.lower);
  simulation.upper = std::move(band.upper);
}

}  // namespace phreatic::studies::wells
