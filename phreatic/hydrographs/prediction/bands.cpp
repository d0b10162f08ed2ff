// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/prediction/band_book.hpp"
#include "phreatic/stats/bands/cross_conformal.hpp"
#include "phreatic/stats/bands/error_scale.hpp"
#include "phreatic/stats/series/season.hpp"

namespace phreatic::hydrographs {
namespace {

// The spread of a unit's members, at least half its median over the steps that they have not learnt from:
// members that happen to agree do not make the level certain.
std::vector<double> spread_scale(const std::vector<double>& spread, const std::vector<double>& unseen) {
  const double middle = stats::median(unseen);
  std::vector<double> scale(spread.size());
  std::transform(spread.begin(), spread.end(), scale.begin(),
                 [&](double s) { return std::hypot(s, 0.5 * middle); });
  return scale;
}

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kBlocksOfOneFold = 5;

using Blocks = std::vector<learn::StepRange>;

// The calibration steps, cut where folds end; those of a single fold into five of about the same length.
Blocks calibration_blocks(const std::vector<Fold>& folds) {
  Blocks blocks;
  for (const Fold& fold : folds) blocks.push_back(fold.unseen);
  if (blocks.size() != 1) return blocks;
  const learn::StepRange all = blocks.front();
  const std::size_t length = all.end - all.begin;
  blocks.clear();
  for (std::size_t b = 0; b < kBlocksOfOneFold; ++b)
    blocks.push_back(
        {all.begin + b * length / kBlocksOfOneFold, all.begin + (b + 1) * length / kBlocksOfOneFold});
  return blocks;
}

void copy_range(const std::vector<double>& from, const learn::StepRange& range, std::vector<double>& to) {
  const auto begin = static_cast<std::ptrdiff_t>(range.begin);
  std::copy(from.begin() + begin, from.begin() + static_cast<std::ptrdiff_t>(range.end), to.begin() + begin);
}

std::vector<double> without(std::vector<double> values, const learn::StepRange& range) {
  std::fill(values.begin() + static_cast<std::ptrdiff_t>(range.begin),
            values.begin() + static_cast<std::ptrdiff_t>(range.end), kMissing);
  return values;
}

std::vector<double> only(const std::vector<double>& values, const learn::StepRange& range) {
  std::vector<double> out(values.size(), kMissing);
  copy_range(values, range, out);
  return out;
}

// Precipitation less potential evapotranspiration of the year before each step; precipitation alone where the
// study has no evaporation_demand. Throws InputError without precipitation.
std::vector<double> balance_of_a_year(const Prepared& prepared, std::size_t entity) {
  const auto driver = [&](data::Role role) -> std::span<const double> {
    const auto variable = prepared.panel.find_role(role, entity);
    if (!variable) return {};
    return prepared.panel.series(entity, *variable);
  };
  const auto rain = driver(data::Role::precipitation);
  const auto pet = driver(data::Role::evaporation_demand);
  std::vector<double> balance(rain.begin(), rain.end());
  if (!pet.empty()) {
    for (std::size_t t = 0; t < balance.size(); ++t) balance[t] -= pet[t];
  }
  if (balance.empty())
    throw core::InputError(
        {.where = "uncertainty.scale",
         .what = "is 'level_and_balance', but the well " + prepared.panel.entities[entity] +
                 " has no driver of the role precipitation",
         .mend = "Give it 'role: precipitation' in 'data.drivers', or set 'uncertainty.scale: level'"});
  const auto steps =
      static_cast<std::size_t>(std::max(1L, std::lround(stats::steps_per_year(prepared.panel.axis))));
  return stats::trailing_sum(balance, steps);
}

// Everything that a band is made of, for one well. Scales that learn from errors are cross-fitted: the scale
// of an error comes from the errors of the other blocks.
class BandMaker {
 public:
  BandMaker(const BandInput& input, const UncertaintyParams& params, const Simulation& simulation)
      : params_(params),
        simulation_(simulation),
        observed_(input.observed),
        blocks_(calibration_blocks(simulation.folds)),
        days_(input.days),
        balance_(input.balance) {}

  // The band of the simulation that is reported.
  stats::Band reported() const {
    if (params_.scale == BandScale::quantiles)
      return stats::apply_bounds(
          quantile_calibration(simulation_.out_of_sample_low, simulation_.out_of_sample_high),
          simulation_.quantile_low, simulation_.quantile_high);
    return stats::cross_band(observed_, params_.folds == BandFolds::pool ? pool() : folds(),
                             params_.conformal);
  }

  // The band of the models that have not learnt from a block, on that block, calibrated on the other blocks.
  stats::Band left_out(const learn::StepRange& block) const {
    if (params_.scale == BandScale::quantiles)
      return stats::apply_bounds(quantile_calibration(without(simulation_.out_of_sample_low, block),
                                                      without(simulation_.out_of_sample_high, block)),
                                 simulation_.out_of_sample_low, simulation_.out_of_sample_high);
    const std::vector<double> known = without(simulation_.out_of_sample, block);
    const stats::Calibration calibration =
        stats::calibrate(observed_, known, cross_fitted(known), params_.conformal);
    const std::vector<double> own = only(simulation_.out_of_sample, block);
    return stats::apply(calibration, own, scale(known, own, simulation_.out_of_sample_spread));
  }

 private:
  stats::Calibration quantile_calibration(const std::vector<double>& low,
                                          const std::vector<double>& high) const {
    return stats::calibrate_bounds(observed_, low, high, params_.conformal);
  }

  // Of simulated levels with their spread, learnt from the errors of `known`. Empty: constant.
  std::vector<double> scale(const std::vector<double>& known, const std::vector<double>& levels,
                            const std::vector<double>& spread) const {
    switch (params_.scale) {
      case BandScale::level:
      case BandScale::level_and_balance:
        return stats::ErrorScale(observed_, known, balance_).at(levels);
      case BandScale::spread:
        return spread_scale(spread, simulation_.out_of_sample_spread);
      case BandScale::seasonal:
        return stats::expand(stats::seasonal_scale(observed_, known, days_), days_);
      case BandScale::constant:
      case BandScale::quantiles:
        break;
    }
    return {};
  }

  // Of the errors of `known`: each block's from those of the other blocks, where there are any.
  std::vector<double> cross_fitted(const std::vector<double>& known) const {
    std::vector<double> out = scale(known, known, simulation_.out_of_sample_spread);
    if (out.empty() || params_.scale == BandScale::spread) return out;
    for (const learn::StepRange& block : blocks_) {
      const std::vector<double> others = without(known, block);
      if (has_errors(others)) copy_range(scale(others, known, {}), block, out);
    }
    return out;
  }

  bool has_errors(const std::vector<double>& known) const {
    for (std::size_t t = 0; t < known.size(); ++t) {
      if (!std::isnan(known[t]) && !std::isnan(observed_[t])) return true;
    }
    return false;
  }

  std::vector<stats::ConformalFold> pool() const {
    const std::vector<double>& known = simulation_.out_of_sample;
    return {
        {simulation_.level, scale(known, simulation_.level, simulation_.spread), known, cross_fitted(known)}};
  }

  std::vector<stats::ConformalFold> folds() const {
    const std::vector<double>& known = simulation_.out_of_sample;
    const std::vector<double> own_scale = cross_fitted(known);
    std::vector<stats::ConformalFold> out;
    for (const Fold& fold : simulation_.folds)
      out.push_back(
          {fold.level, scale(known, fold.level, fold.spread), only(fold.level, fold.unseen), own_scale});
    return out;
  }

  const UncertaintyParams& params_;
  const Simulation& simulation_;
  std::span<const double> observed_;  // calibration steps only: it holds no later level
  Blocks blocks_;
  const std::vector<int>& days_;
  const std::vector<double>& balance_;
};

}  // namespace

BandInput band_input(const Prepared& prepared, const UncertaintyParams& params, std::size_t entity) {
  BandInput input;
  const auto level = prepared.level(entity);
  input.observed.assign(level.begin(), level.end());
  if (params.scale == BandScale::seasonal) input.days = stats::days_of_year(prepared.panel.axis);
  if (params.scale == BandScale::level_and_balance) input.balance = balance_of_a_year(prepared, entity);
  return input;
}

stats::Band reported_band(const BandInput& input, const UncertaintyParams& params,
                          const Simulation& simulation) {
  return BandMaker(input, params, simulation).reported();
}

void add_band(const Prepared& prepared, const UncertaintyParams& params, std::size_t entity,
              Simulation& simulation) {
  const BandInput input = band_input(prepared, params, entity);
  const BandMaker maker(input, params, simulation);
  stats::Band band = maker.reported();
  if (simulation.folds.size() > 1) {
    for (const Fold& fold : simulation.folds) {
      const stats::Band own = maker.left_out(fold.unseen);
      copy_range(own.lower, fold.unseen, simulation.left_out_lower);
      copy_range(own.upper, fold.unseen, simulation.left_out_upper);
    }
  }
  simulation.lower = std::move(band.lower);
  simulation.upper = std::move(band.upper);
}

}  // namespace phreatic::hydrographs
