// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/decision/ranking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/core/random.hpp"

namespace phreatic::studies::recharge {
namespace {

// 0 at the 5 % quantile, 1 at the 95 % quantile.
std::vector<double> standardised(const std::vector<double>& values) {
  const double low = stats::quantile(values, 0.05);
  const double high = stats::quantile(values, 0.95);
  std::vector<double> out;
  for (const double v : values)
    out.push_back(high > low ? std::clamp((v - low) / (high - low), 0.0, 1.0) : 0.5);
  return out;
}

using Scores = std::vector<std::array<double, 3>>;  // of every candidate: response, fraction left, depth

void add_stability(std::vector<Candidate>& candidates, const Scores& scores, const PlanParams& plan,
                   std::uint64_t seed) {
  const std::size_t top = std::min(candidates.size(), static_cast<std::size_t>(plan.sites));
  const bool with_depth = criteria_weights(plan).weights[2] > 0;
  core::RandomStream random(seed, "weights");
  std::vector<std::size_t> order(candidates.size());
  std::vector<double> score(candidates.size());
  for (int draw = 0; draw < plan.weight_draws; ++draw) {
    // Uniform among all weights of sum 1: gaps between sorted uniform numbers.
    double first = random.uniform();
    double second = with_depth ? random.uniform() : 1.0;
    if (first > second) std::swap(first, second);
    const std::array<double, 3> weights = {first, second - first, 1 - second};
    for (std::size_t i = 0; i < score.size(); ++i) score[i] = ordered_average(scores[i], weights, plan.owa);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::nth_element(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end(),
        [&](std::size_t a, std::size_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
    for (std::size_t i = 0; i < top; ++i) candidates[order[i]].stability += 1;
  }
  for (Candidate& candidate : candidates) candidate.stability /= plan.weight_draws;
}

}  // namespace

std::vector<std::size_t> pareto_front(const std::vector<Candidate>& candidates) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (candidates[a].s0_m3 != candidates[b].s0_m3) return candidates[a].s0_m3 > candidates[b].s0_m3;
    return candidates[a].left > candidates[b].left;
  });
  std::vector<std::size_t> front;
  double best_left = -std::numeric_limits<double>::infinity();
  double last_s0 = std::numeric_limits<double>::infinity();
  for (const std::size_t i : order) {
    const Candidate& c = candidates[i];
    const bool twin = c.left == best_left && c.s0_m3 == last_s0;
    if (c.left > best_left || twin) {
      front.push_back(i);
      best_left = c.left;
      last_s0 = c.s0_m3;
    }
  }
  return front;
}

PairwiseWeights criteria_weights(const PlanParams& plan) {
  if (!plan.pairwise.empty()) return pairwise_weights(3, plan.pairwise);
  const double sum = plan.weight_response + plan.weight_left + plan.weight_depth;
  return {{plan.weight_response / sum, plan.weight_left / sum, plan.weight_depth / sum}, 0};
}

std::vector<Candidate> rank_cells(const Ground& ground, const ScanMaps& maps,
                                  const std::vector<double>& wet_depth_m, const Places& places,
                                  const std::vector<double>& exclude, const ScanParams& scan,
                                  const PlanParams& plan, std::uint64_t seed, Constraints& counted) {
  std::vector<Candidate> out;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const std::size_t r = place / ground.columns();
    const std::size_t c = place % ground.columns();
    if (!ground.exists[place] || r < maps.extent.rows / 2 || c < maps.extent.columns / 2 ||
        !places.holds(r - maps.extent.rows / 2, c - maps.extent.columns / 2, maps.extent)) {
      ++counted.no_room;
    } else if (maps.applicability[place] < scan.least_applicability) {
      ++counted.extrapolated;
    } else if (wet_depth_m[place] < plan.least_depth_m) {
      ++counted.shallow;
    } else if (!exclude.empty() && exclude[place] > 0) {
      ++counted.excluded;
    } else {
      out.push_back({place, maps.s0_m3[place], maps.left.empty() ? 1.0 : maps.left.back()[place],
                     wet_depth_m[place], 0, false, 0});
    }
  }
  if (out.empty()) return out;
  std::vector<double> response, left, depth;
  for (const Candidate& c : out) {
    response.push_back(c.s0_m3);
    left.push_back(c.left);
    depth.push_back(c.depth_m);
  }
  response = standardised(response);
  left = standardised(left);
  depth = standardised(depth);
  Scores scores;
  for (std::size_t i = 0; i < out.size(); ++i) scores.push_back({response[i], left[i], depth[i]});
  const PairwiseWeights weights = criteria_weights(plan);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i].score = ordered_average(scores[i], weights.weights, plan.owa);
  for (const std::size_t i : pareto_front(out)) out[i].pareto = true;
  add_stability(out, scores, plan, seed);
  std::stable_sort(out.begin(), out.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  return out;
}

std::vector<Site> greedy_plan(const Ground& ground, const std::vector<Candidate>& candidates,
                              const ScanMaps& maps, const std::vector<double>& wanted_gap_m,
                              const ScanParams& scan, const PlanParams& plan) {
  std::vector<Site> out;
  const double water = scan.rate_mm_per_day * 1e3 * maps.area_km2;
  const auto wanted = [&](const Site& s) {
    return wanted_gap_m[s.centre_row() * ground.columns() + s.centre_column()];
  };
  for (const Candidate& c : candidates) {
    if (out.size() == static_cast<std::size_t>(plan.sites)) break;
    if (plan.water_budget_m3_per_day > 0 &&
        water * static_cast<double>(out.size() + 1) > plan.water_budget_m3_per_day)
      break;
    Site site{fmt::format("P{}", out.size() + 1),
              c.place / ground.columns() - maps.extent.rows / 2,
              c.place % ground.columns() - maps.extent.columns / 2,
              maps.extent.rows,
              maps.extent.columns,
              scan.rate_mm_per_day,
              maps.area_km2,
              0};
    const bool apart = std::all_of(out.begin(), out.end(), [&](const Site& other) {
      const double gap = gap_m(ground, site, other);
      return gap > 0 && gap >= std::max(wanted(site), wanted(other));
    });
    if (apart) out.push_back(site);
  }
  return out;
}

}  // namespace phreatic::studies::recharge
