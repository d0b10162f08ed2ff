// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/search/tpe.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/search/parzen.hpp"

namespace phreatic::stats {
namespace {

constexpr std::size_t kLeastForImportance = 20;
constexpr std::size_t kGrid = 50;

std::vector<std::vector<double>> points_of(const std::vector<SearchTrial>& trials,
                                           const std::vector<std::size_t>& which) {
  std::vector<std::vector<double>> points;
  for (const std::size_t i : which) points.push_back(trials[i].values);
  return points;
}

// Any point of the space with the same chance.
std::vector<double> anywhere(const std::vector<SearchDimension>& space, core::RandomStream& random) {
  std::vector<double> values;
  for (const SearchDimension& d : space) {
    const bool whole = d.kind == SearchDimension::Kind::whole;
    if (d.kind == SearchDimension::Kind::choice) {
      values.push_back(static_cast<double>(random.below(d.choices)));
    } else if (d.logarithmic) {
      const double half = whole ? 0.5 : 0;
      const double x = std::exp(random.uniform(std::log(d.low - half), std::log(d.high + half)));
      values.push_back(std::clamp(whole ? std::round(x) : x, d.low, d.high));
    } else if (const double step = whole && d.step == 0 ? 1 : d.step; step > 0) {
      const auto count = static_cast<std::uint64_t>(std::floor((d.high - d.low) / step + 1e-9)) + 1;
      values.push_back(d.low + step * static_cast<double>(random.below(count)));
    } else {
      values.push_back(random.uniform(d.low, d.high));
    }
  }
  return values;
}

// Values at which a setting alone is looked at.
std::vector<double> grid_of(const SearchDimension& d) {
  std::vector<double> grid;
  if (d.kind == SearchDimension::Kind::choice) {
    for (std::size_t c = 0; c < d.choices; ++c) grid.push_back(static_cast<double>(c));
    return grid;
  }
  const double low = d.logarithmic ? std::log(d.low) : d.low;
  const double high = d.logarithmic ? std::log(d.high) : d.high;
  for (std::size_t i = 0; i < kGrid; ++i) {
    const double x = low + (high - low) * (static_cast<double>(i) + 0.5) / kGrid;
    grid.push_back(d.logarithmic ? std::exp(x) : x);
  }
  return grid;
}

}  // namespace

void describe(core::Describer& d, TpeParams& p) {
  d.field(
      "startup", p.startup,
      {.help = "Trials drawn at random before earlier ones decide where to look", .min = 1, .max = 10000});
  d.field(
      "explore", p.explore,
      {.help = "Every so many trials one is drawn at random all the same; 0 = none", .min = 0, .max = 10000});
  d.field("candidates", p.candidates,
          {.help = "Draws for each trial, of which the most promising is tried", .min = 1, .max = 10000});
  d.field("seed", p.seed, {.help = "Of the draws"});
}

void describe(core::Describer& d, PruningParams& p) {
  d.field("startup", p.startup, {.help = "Complete trials before any is given up", .min = 1, .max = 10000});
  d.field("warmup", p.warmup,
          {.help = "Epochs that every trial is given", .unit = "epochs", .min = 1, .max = 100000});
}

std::size_t best_trial(const std::vector<SearchTrial>& trials) {
  std::size_t best = trials.size();
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (trials[i].state == TrialState::complete &&
        (best == trials.size() || trials[i].score < trials[best].score))
      best = i;
  }
  return best;
}

TpeParts part_trials(const std::vector<SearchTrial>& trials) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const bool told = trials[i].state == TrialState::complete || !trials[i].steps.empty();
    if (trials[i].state != TrialState::failed && told) order.push_back(i);
  }
  const auto rank = [&](std::size_t i) {
    const SearchTrial& t = trials[i];
    if (t.state == TrialState::complete) return std::tuple(0, 0.0, t.score);
    return std::tuple(1, -static_cast<double>(t.steps.size()), t.steps.back());
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  const std::size_t better =
      std::min<std::size_t>(25, static_cast<std::size_t>(std::ceil(0.1 * static_cast<double>(order.size()))));
  TpeParts parts;
  parts.better.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(better));
  parts.others.assign(order.begin() + static_cast<std::ptrdiff_t>(better), order.end());
  std::sort(parts.better.begin(), parts.better.end());
  std::sort(parts.others.begin(), parts.others.end());
  return parts;
}

std::vector<double> suggest(const std::vector<SearchDimension>& space, const std::vector<SearchTrial>& trials,
                            const TpeParams& params) {
  PHREATIC_ASSERT(!space.empty());
  core::RandomStream random(params.seed, "search", trials.size());
  const TpeParts parts = part_trials(trials);
  const std::size_t made = trials.size() + 1;
  if (parts.better.size() + parts.others.size() < static_cast<std::size_t>(params.startup) ||
      (params.explore > 0 && made % static_cast<std::size_t>(params.explore) == 0))
    return anywhere(space, random);
  const ParzenDensity better(space, points_of(trials, parts.better));
  const ParzenDensity others(space, points_of(trials, parts.others));
  std::vector<double> best;
  double gain = -std::numeric_limits<double>::infinity();
  for (int c = 0; c < params.candidates; ++c) {
    std::vector<double> values = better.draw(random);
    const double g = better.log_density(values) - others.log_density(values);
    if (best.empty() || g > gain) {
      gain = g;
      best = std::move(values);
    }
  }
  return best;
}

bool is_hopeless(const std::vector<double>& steps, const std::vector<SearchTrial>& trials,
                 const PruningParams& params) {
  if (steps.size() < static_cast<std::size_t>(params.warmup)) return false;
  std::vector<double> others;
  std::size_t complete = 0;
  for (const SearchTrial& t : trials) {
    if (t.state != TrialState::complete) continue;
    ++complete;
    if (t.steps.size() >= steps.size() && !std::isnan(t.steps[steps.size() - 1]))
      others.push_back(t.steps[steps.size() - 1]);
  }
  if (complete < static_cast<std::size_t>(params.startup) || others.empty()) return false;
  double best = std::numeric_limits<double>::infinity();
  for (const double s : steps) {
    if (s < best) best = s;  // false for NaN
  }
  std::sort(others.begin(), others.end());
  const std::size_t n = others.size();
  const double median = n % 2 == 1 ? others[n / 2] : (others[n / 2 - 1] + others[n / 2]) / 2;
  return best > median;
}

std::vector<double> importance_of_settings(const std::vector<SearchDimension>& space,
                                           const std::vector<SearchTrial>& trials) {
  std::vector<SearchTrial> complete;
  for (const SearchTrial& t : trials) {
    if (t.state == TrialState::complete) complete.push_back(t);
  }
  if (complete.size() < kLeastForImportance) return {};
  const TpeParts parts = part_trials(complete);
  std::vector<std::size_t> all(complete.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<double> share;
  for (std::size_t d = 0; d < space.size(); ++d) {
    const auto alone = [&](const std::vector<std::size_t>& which) {
      std::vector<std::vector<double>> points;
      for (const std::size_t i : which) points.push_back({complete[i].values[d]});
      return ParzenDensity({space[d]}, points);
    };
    const ParzenDensity better = alone(parts.better);
    const ParzenDensity any = alone(all);
    double sum = 0;
    double mass = 0;
    for (const double x : grid_of(space[d])) {
      const double p = std::exp(any.log_density({x}));
      const double ratio = std::exp(better.log_density({x})) / p - 1;
      sum += ratio * ratio * p;
      mass += p;
    }
    share.push_back(sum / mass);
  }
  const double sum = std::accumulate(share.begin(), share.end(), 0.0);
  for (double& s : share) s = sum > 0 ? s / sum : 1.0 / static_cast<double>(share.size());
  return share;
}

}  // namespace phreatic::stats
