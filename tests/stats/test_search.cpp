// SPDX-License-Identifier: BSD-3-Clause
// Peer: optuna 5.0, tests/reference/stats/parzen.py.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "phreatic/core/files/files.hpp"
#include "phreatic/stats/search/parzen.hpp"
#include "phreatic/stats/search/tpe.hpp"

namespace phreatic::stats {
namespace {

using Kind = SearchDimension::Kind;

std::vector<SearchDimension> fixture_space() {
  return {{.kind = Kind::real, .low = 1e-4, .high = 1e-1, .logarithmic = true},
          {.kind = Kind::real, .low = 0, .high = 0.6},
          {.kind = Kind::real, .low = 0, .high = 1, .step = 0.25},
          {.kind = Kind::whole, .low = 4, .high = 256, .logarithmic = true},
          {.kind = Kind::whole, .low = 1, .high = 4},
          {.kind = Kind::choice, .choices = 3}};
}

TEST(Search, densities_are_those_of_optuna) {
  const auto fixture = nlohmann::json::parse(core::read_file("tests/reference/stats/parzen.json"));
  int compared = 0;
  for (const auto& one : fixture.at("cases")) {
    const auto points = one.at("points").get<std::vector<std::vector<double>>>();
    const ParzenDensity density(fixture_space(), points);
    for (std::size_t i = 0; i < one.at("asked").size(); ++i, ++compared) {
      const double theirs = one.at("log_density")[i];
      EXPECT_NEAR(density.log_density(one.at("asked")[i].get<std::vector<double>>()), theirs,
                  1e-9 * std::abs(theirs))
          << points.size() << " points, " << i;
    }
  }
  EXPECT_EQ(compared, 30);
}

TEST(Search, draws_follow_their_density) {
  const std::vector<SearchDimension> space = {{.kind = Kind::whole, .low = 1, .high = 5},
                                              {.kind = Kind::choice, .choices = 2}};
  const ParzenDensity density(space, {{2, 1}, {2, 1}, {5, 0}});
  core::RandomStream random(5, "draws");
  std::vector<double> count(10, 0.0);
  constexpr int kDraws = 40000;
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<double> v = density.draw(random);
    count.at(static_cast<std::size_t>((v[0] - 1) * 2 + v[1])) += 1;
  }
  double sum = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    const double p = std::exp(
        density.log_density({std::floor(static_cast<double>(i) / 2) + 1, static_cast<double>(i % 2)}));
    sum += p;
    EXPECT_NEAR(count[i] / kDraws, p, 4 * std::sqrt(p * (1 - p) / kDraws)) << i;
  }
  EXPECT_NEAR(sum, 1, 1e-12);
}

double bowl(const std::vector<double>& v) {
  const double rate = std::log10(v[0]) + 2.5;
  return rate * rate + std::pow(v[1] - 0.2, 2) + 0.02 * std::abs(v[3] - 64) / 64 + (v[5] == 1 ? 0 : 0.3);
}

std::vector<SearchTrial> search(std::uint64_t seed, int trials, int startup) {
  std::vector<SearchTrial> made;
  for (int i = 0; i < trials; ++i) {
    SearchTrial t;
    t.values = suggest(fixture_space(), made, {.startup = startup, .seed = seed});
    t.score = bowl(t.values);
    made.push_back(std::move(t));
  }
  return made;
}

TEST(Search, finds_a_minimum_sooner_than_chance_and_says_what_mattered) {
  double with = 0;
  double without = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto guided = search(seed, 60, 10);
    const auto chance = search(seed, 60, 1000);
    with += guided[best_trial(guided)].score / 20;
    without += chance[best_trial(chance)].score / 20;
    const std::vector<double> share = importance_of_settings(fixture_space(), chance);
    ASSERT_EQ(share.size(), 6U);
    EXPECT_NEAR(std::accumulate(share.begin(), share.end(), 0.0), 1, 1e-12);
  }
  EXPECT_LT(with, 0.7 * without);
  // 2.25 of the score comes from the rate, 0.3 from the cell, nothing from the step and the layers.
  const std::vector<double> share = importance_of_settings(fixture_space(), search(1, 1000, 1000));
  for (const std::size_t d : {1U, 2U, 3U, 4U}) {
    EXPECT_GT(share[0], share[d]);
    EXPECT_GT(share[5], share[d]);
  }
}

TEST(Search, stays_in_bounds_and_on_steps_and_repeats_itself) {
  const auto a = search(7, 40, 10);
  const auto b = search(7, 40, 10);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].values, b[i].values);
    EXPECT_GE(a[i].values[0], 1e-4);
    EXPECT_LE(a[i].values[0], 1e-1);
    EXPECT_EQ(a[i].values[2] * 4, std::round(a[i].values[2] * 4));
    EXPECT_EQ(a[i].values[3], std::round(a[i].values[3]));
    EXPECT_LT(a[i].values[5], 3);
  }
}

TEST(Search, failed_trials_teach_nothing_and_pruned_ones_rank_last) {
  std::vector<SearchTrial> trials(12);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    trials[i].values = {0.1 * static_cast<double>(i)};
    trials[i].score = static_cast<double>(i);
  }
  trials[0].state = TrialState::failed;
  trials[1].state = TrialState::pruned;
  trials[1].steps = {0.5, 0.4};
  const TpeParts parts = part_trials(trials);
  EXPECT_EQ(parts.better, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(parts.others.front(), 1U);
  EXPECT_EQ(parts.better.size() + parts.others.size(), 11U);
}

TEST(Search, a_trial_under_the_median_of_the_others_is_given_up) {
  std::vector<SearchTrial> trials;
  for (int i = 0; i < 5; ++i) {
    SearchTrial t;
    t.score = i;
    t.steps = {10.0 + i, 5.0 + i, 1.0 + i};  // medians 12, 7, 3
    trials.push_back(t);
  }
  const PruningParams params{.startup = 5, .warmup = 2};
  EXPECT_FALSE(is_hopeless({99}, trials, params));  // warming up
  EXPECT_TRUE(is_hopeless({99, 7.5}, trials, params));
  EXPECT_FALSE(is_hopeless({99, 6.5}, trials, params));
  EXPECT_FALSE(is_hopeless({2, 50}, trials, params));  // its best one counts
  EXPECT_TRUE(is_hopeless({std::nan(""), std::nan("")}, trials, params));
  trials.pop_back();
  EXPECT_FALSE(is_hopeless({99, 7.5}, trials, params));  // too few to compare with
}

}  // namespace
}  // namespace phreatic::stats
