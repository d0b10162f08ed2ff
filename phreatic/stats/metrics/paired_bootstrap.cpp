// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/paired_bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Sums over the pairs of a block; observations less the entity's first, so that squares keep their digits.
struct Sums {
  double n = 0, o = 0, oo = 0, first = 0, second = 0;
  void add(const Sums& s) {
    n += s.n;
    o += s.o;
    oo += s.oo;
    first += s.first;
    second += s.second;
  }
  double variation() const { return oo - o * o / n; }
};

using EntitySums = std::vector<Sums>;  // [block]

EntitySums sums_of(const PairedSeries& s, std::size_t block_steps) {
  EntitySums out((s.observed.size() + block_steps - 1) / block_steps);
  double origin = kMissing;
  for (std::size_t t = 0; t < s.observed.size(); ++t) {
    if (std::isnan(s.observed[t]) || std::isnan(s.first[t]) || std::isnan(s.second[t])) continue;
    if (std::isnan(origin)) origin = s.observed[t];
    const double o = s.observed[t] - origin;
    const double a = s.observed[t] - s.first[t];
    const double b = s.observed[t] - s.second[t];
    out[t / block_steps].add({1, o, o * o, a * a, b * b});
  }
  return out;
}

// Differences of the mean and median NSE.
struct Skill {
  double mean = kMissing, median = kMissing;
  std::size_t entities = 0, first_better = 0;
};

Skill skill_of(const std::vector<EntitySums>& all, std::span<const std::size_t> entities,
               std::span<const std::size_t> blocks) {
  std::vector<double> first, second;
  for (const std::size_t e : entities) {
    Sums total;
    for (const std::size_t b : blocks) total.add(all[e][b]);
    if (total.n < 2 || !(total.variation() > 0)) continue;
    first.push_back(1 - total.first / total.variation());
    second.push_back(1 - total.second / total.variation());
  }
  Skill s;
  s.entities = first.size();
  if (first.empty()) return s;
  s.mean = mean(first) - mean(second);
  s.median = median(first) - median(second);
  for (std::size_t i = 0; i < first.size(); ++i) s.first_better += first[i] > second[i] ? 1 : 0;
  return s;
}

DifferenceInterval interval_of(double value, std::vector<double> drawn, double level) {
  std::erase_if(drawn, [](double v) { return std::isnan(v); });
  if (drawn.empty()) return {value, kMissing, kMissing, kMissing};
  const auto count = [&](auto holds) {
    return static_cast<double>(std::count_if(drawn.begin(), drawn.end(), holds) + 1);
  };
  const double n = static_cast<double>(drawn.size() + 1);
  const double below = count([](double v) { return v <= 0; }) / n;
  const double above = count([](double v) { return v >= 0; }) / n;
  return {value, quantile(drawn, (1 - level) / 2), quantile(drawn, (1 + level) / 2),
          std::min(1.0, 2 * std::min(below, above))};
}

}  // namespace

void describe(core::Describer& d, PairedBootstrapParams& p) {
  d.field("block_steps", p.block_steps,
          {.help = "Steps of the blocks of time that are drawn: longer than errors stay alike",
           .unit = "steps",
           .min = 1});
  d.field("resamples", p.resamples, {.help = "Resamples", .min = 100, .max = 1e6});
  d.field("level", p.level, {.help = "Share that intervals hold", .min = 0.5, .max = 0.999});
  d.field("seed", p.seed, {.help = "Seed of the draws"});
}

PairedDifference paired_nse_difference(std::span<const PairedSeries> entities,
                                       const PairedBootstrapParams& params) {
  std::vector<EntitySums> all;
  for (const PairedSeries& s : entities)
    all.push_back(sums_of(s, static_cast<std::size_t>(params.block_steps)));
  std::vector<std::size_t> wells, blocks;
  for (std::size_t e = 0; e < all.size(); ++e) wells.push_back(e);
  for (std::size_t b = 0; !all.empty() && b < all.front().size(); ++b) {
    if (std::any_of(all.begin(), all.end(), [&](const EntitySums& s) { return s[b].n > 0; }))
      blocks.push_back(b);
  }
  const Skill whole = skill_of(all, wells, blocks);
  PairedDifference out{{whole.mean, kMissing, kMissing, kMissing},
                       {whole.median, kMissing, kMissing, kMissing},
                       whole.entities,
                       whole.first_better,
                       blocks.size()};
  if (whole.entities == 0) return out;
  const auto resamples = static_cast<std::size_t>(params.resamples);
  std::vector<double> means(resamples), medians(resamples);
  core::parallel_for(resamples, [&](std::size_t i) {
    core::RandomStream random(params.seed, "paired_bootstrap", i);
    std::vector<std::size_t> some_wells, some_blocks;
    for (std::size_t k = 0; k < wells.size(); ++k) some_wells.push_back(wells[random.below(wells.size())]);
    for (std::size_t k = 0; k < blocks.size(); ++k)
      some_blocks.push_back(blocks[random.below(blocks.size())]);
    const Skill s = skill_of(all, some_wells, some_blocks);
    means[i] = s.mean;
    medians[i] = s.median;
  });
  out.mean = interval_of(whole.mean, std::move(means), params.level);
  out.median = interval_of(whole.median, std::move(medians), params.level);
  return out;
}

}  // namespace phreatic::stats
