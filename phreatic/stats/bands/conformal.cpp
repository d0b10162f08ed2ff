// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/bands/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/series/correlation.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::vector<double> present(Series values) {
  std::vector<double> kept;
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept),
               [](double v) { return !std::isnan(v); });
  return kept;
}

struct RankValue {
  double value = kUndefined;
  bool too_few = false;
};

// The ceil(position)-th smallest (1-based); the largest when that lies beyond the end. The small slack keeps
// (n + 1) p that should be whole from being rounded up.
RankValue at_rank(std::vector<double> values, double position) {
  if (values.empty()) return {};
  const double rank = std::max(1.0, std::ceil(position - 1e-9));
  const bool too_few = rank > static_cast<double>(values.size());
  const std::size_t index = too_few ? values.size() - 1 : static_cast<std::size_t>(rank) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
  return {values[index], too_few};
}

RankValue rank_quantile(Series values, double p) {
  std::vector<double> kept = present(values);
  const double position = (static_cast<double>(kept.size()) + 1) * p;
  return at_rank(std::move(kept), position);
}

// Quantile p of each block's values, then the one that block_share of the blocks do not exceed. A block
// counts when at least half as many values as in the fullest one are there.
RankValue block_quantile(Series values, double p, const ConformalParams& params) {
  const auto length = static_cast<std::size_t>(params.block_steps);
  std::vector<std::vector<double>> blocks;
  std::size_t fullest = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += length) {
    blocks.push_back(present(values.subspan(begin, std::min(length, values.size() - begin))));
    fullest = std::max(fullest, blocks.back().size());
  }
  std::vector<double> quantiles;
  for (std::vector<double>& block : blocks) {
    if (block.empty() || 2 * block.size() < fullest) continue;
    const double position = (static_cast<double>(block.size()) + 1) * p;
    quantiles.push_back(at_rank(std::move(block), position).value);
  }
  const double position = (static_cast<double>(quantiles.size()) + 1) * params.block_share;
  return at_rank(std::move(quantiles), position);
}

// Quantile p of one-sided errors (time order, NaN = missing) with the chosen reaction to dependence.
RankValue widened_quantile(Series errors, double p, double effective, const ConformalParams& params) {
  const RankValue plain = rank_quantile(errors, p);
  if (params.dependence == Dependence::independent || std::isnan(plain.value)) return plain;
  RankValue wide;
  if (params.dependence == Dependence::blocks) {
    wide = block_quantile(errors, p, params);
  } else {
    std::vector<double> kept = present(errors);
    const double m = std::isnan(effective) ? static_cast<double>(kept.size()) : effective;
    const double probability = p * (m + 1) / m;
    const double position = std::min(1.0, probability) * static_cast<double>(kept.size());
    wide = at_rank(std::move(kept), position);
    wide.too_few = probability > 1;
  }
  return {std::max(plain.value, wide.value), plain.too_few || wide.too_few};
}

// From one-sided errors: how far o lies below (down) and above (up) the point or the bounds.
Calibration from_sides(Series down, Series up, const ConformalParams& params) {
  PHREATIC_ASSERT(params.level > 0 && params.level < 1 && params.block_steps >= 1);
  Calibration c;
  c.level = params.level;
  c.count = present(up).size();
  std::vector<double> either(up.size());
  for (std::size_t t = 0; t < up.size(); ++t)
    either[t] = std::isnan(up[t]) ? up[t] : std::max(down[t], up[t]);
  c.effective_count = effective_count(either);
  if (params.shape == BandShape::symmetric) {
    const RankValue q = widened_quantile(either, params.level, c.effective_count, params);
    c.low = c.high = q.value;
    c.too_few = q.too_few;
    return c;
  }
  const double p = 0.5 * (1 + params.level);
  const RankValue low = widened_quantile(down, p, effective_count(down), params);
  const RankValue high = widened_quantile(up, p, effective_count(up), params);
  c.low = low.value;
  c.high = high.value;
  c.too_few = low.too_few || high.too_few;
  return c;
}

double usable_scale(Series scale, std::size_t t) {
  if (scale.empty()) return 1;
  return scale[t] > 0 ? scale[t] : kUndefined;
}

}  // namespace

void describe(core::Describer& d, ConformalParams& p) {
  d.field("level", p.level,
          {.help = "Share of observations that the band shall hold", .min = 0.01, .max = 0.999});
  d.choice("shape", p.shape, {{"symmetric", BandShape::symmetric}, {"asymmetric", BandShape::asymmetric}},
           {.help = "One width for both sides, or one for each side"});
  d.choice("dependence", p.dependence,
           {{"independent", Dependence::independent},
            {"effective_sample", Dependence::effective_sample},
            {"blocks", Dependence::blocks}},
           {.help = "How the band is widened because errors come in runs"});
  d.field("block_steps", p.block_steps,
          {.help = "Length of a block (dependence: blocks)", .unit = "steps", .min = 1});
  d.field(
      "block_share", p.block_share,
      {.help = "Share of the blocks that the width must serve (dependence: blocks)", .min = 0.01, .max = 1});
}

Calibration calibrate(Series observed, Series simulated, Series scale, const ConformalParams& params) {
  PHREATIC_ASSERT(observed.size() == simulated.size());
  PHREATIC_ASSERT(scale.empty() || scale.size() == observed.size());
  std::vector<double> up(observed.size());
  std::vector<double> down(observed.size());
  for (std::size_t t = 0; t < up.size(); ++t) {
    up[t] = (observed[t] - simulated[t]) / usable_scale(scale, t);
    down[t] = -up[t];
  }
  Calibration c = from_sides(down, up, params);
  c.errors = present(up);
  std::sort(c.errors.begin(), c.errors.end());
  return c;
}

Band apply(const Calibration& calibration, Series simulated, Series scale) {
  PHREATIC_ASSERT(scale.empty() || scale.size() == simulated.size());
  Band band{std::vector<double>(simulated.size()), std::vector<double>(simulated.size())};
  for (std::size_t t = 0; t < simulated.size(); ++t) {
    const double unit = usable_scale(scale, t);
    band.lower[t] = simulated[t] - unit * calibration.low;
    band.upper[t] = simulated[t] + unit * calibration.high;
  }
  return band;
}

Calibration calibrate_bounds(Series observed, Series lower, Series upper, const ConformalParams& params) {
  PHREATIC_ASSERT(observed.size() == lower.size() && observed.size() == upper.size());
  std::vector<double> up(observed.size());
  std::vector<double> down(observed.size());
  for (std::size_t t = 0; t < up.size(); ++t) {
    const bool there = !std::isnan(observed[t]) && !std::isnan(lower[t]) && !std::isnan(upper[t]);
    up[t] = there ? observed[t] - upper[t] : kUndefined;
    down[t] = there ? lower[t] - observed[t] : kUndefined;
  }
  return from_sides(down, up, params);
}

Band apply_bounds(const Calibration& calibration, Series lower, Series upper) {
  PHREATIC_ASSERT(lower.size() == upper.size());
  Band band{std::vector<double>(lower.size()), std::vector<double>(lower.size())};
  for (std::size_t t = 0; t < lower.size(); ++t) {
    band.lower[t] = lower[t] - calibration.low;
    band.upper[t] = upper[t] + calibration.high;
    if (band.lower[t] > band.upper[t] && lower[t] <= upper[t]) {
      band.lower[t] = band.upper[t] = 0.5 * (band.lower[t] + band.upper[t]);
    }
  }
  return band;
}

YearTable seasonal_scale(Series observed, Series simulated, std::span<const int> days, double half_width_days,
                         double floor_share) {
  PHREATIC_ASSERT(observed.size() == simulated.size());
  std::vector<double> error(observed.size());
  for (std::size_t t = 0; t < error.size(); ++t) error[t] = std::abs(observed[t] - simulated[t]);
  const double overall = mean(error);
  YearTable table = seasonal_mean(error, days, half_width_days);
  for (double& v : table) {
    if (std::isnan(v)) v = overall;
    v = overall == 0 ? 1 : std::max(v, floor_share * overall);
  }
  return table;
}

double exceedance(const Calibration& calibration, double simulated, double scale, double threshold) {
  const std::vector<double>& e = calibration.errors;
  const double x = (threshold - simulated) / scale;
  if (e.empty() || std::isnan(x)) return kUndefined;
  const auto above = static_cast<double>(e.end() - std::upper_bound(e.begin(), e.end(), x));
  const auto not_below = static_cast<double>(e.end() - std::lower_bound(e.begin(), e.end(), x));
  return (0.5 * (above + not_below) + 0.5) / (static_cast<double>(e.size()) + 1);
}

}  // namespace phreatic::stats
