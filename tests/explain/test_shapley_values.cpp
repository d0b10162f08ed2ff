// SPDX-License-Identifier: BSD-3-Clause
// Sampled Shapley values against the definition over all coalitions, and where they are exact.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>

#include "functions.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/explain/attribution/shapley_values.hpp"

namespace phreatic::explain {
namespace {

constexpr std::size_t kSteps = 4, kFeatures = 3, kCells = kSteps * kFeatures;

std::vector<float> numbers(std::size_t n, std::uint64_t seed, double scale = 1) {
  core::RandomStream random(seed, "test");
  std::vector<float> out(n);
  for (float& v : out) v = static_cast<float>(scale * random.normal());
  return out;
}

struct Explained {
  std::vector<double> phi, errors;
  double value = 0, base = 0;
  int pairs = 0;
};

Explained explain(model::Predictor& f, const WindowSource& windows, const WindowSource& training,
                  const std::vector<std::size_t>& groups, const ShapleyParams& params, double scale = 1) {
  References references;
  references.groups.emplace_back(training.size());
  std::iota(references.groups[0].begin(), references.groups[0].end(), 0U);
  references.group_of.assign(windows.size(), 0);
  const std::vector<TargetScale> scales(windows.size(), TargetScale{scale, 5, 1});
  core::Log log(true);
  core::Context context{log, false};
  Explained out;
  shapley_values(
      f, windows, training, references, scales, groups, params,
      [&](const ShapleyAttribution& a) {
        if (a.window != 0) return;
        out = {{a.contributions.begin(), a.contributions.end()},
               {a.standard_errors.begin(), a.standard_errors.end()},
               a.value,
               a.base,
               a.pairs};
      },
      context);
  return out;
}

// The definition: every coalition, every reference.
std::vector<double> exact(model::Predictor& f, const WindowSource& windows, const WindowSource& training,
                          const std::vector<std::size_t>& groups, std::size_t players) {
  std::vector<float> x(kCells), r(kCells), row(kCells);
  windows.inputs(0, x);
  const double factorial[] = {1, 1, 2, 6, 24};
  std::vector<double> phi(players, 0.0);
  for (std::size_t k = 0; k < training.size(); ++k) {
    training.inputs(k, r);
    std::vector<double> v;
    for (std::size_t s = 0; s < (1U << players); ++s) {
      for (std::size_t i = 0; i < kCells; ++i) row[i] = (s >> groups[i % kFeatures] & 1U) != 0 ? x[i] : r[i];
      float value = 0;
      f.value(1, row.data(), nullptr, &value);
      v.push_back(value);
    }
    for (std::size_t g = 0; g < players; ++g) {
      for (std::size_t s = 0; s < v.size(); ++s) {
        if ((s >> g & 1U) != 0) continue;
        const auto size = static_cast<std::size_t>(std::popcount(s));
        phi[g] += factorial[size] * factorial[players - size - 1] / factorial[players] *
                  (v[s | (std::size_t{1} << g)] - v[s]) / static_cast<double>(training.size());
      }
    }
  }
  return phi;
}

test::Mlp network() {
  const auto w = numbers(5 * kCells, 3, 0.6);
  std::vector<std::vector<double>> rows;
  for (std::size_t h = 0; h < 5; ++h)
    rows.emplace_back(w.begin() + static_cast<std::ptrdiff_t>(h * kCells),
                      w.begin() + static_cast<std::ptrdiff_t>((h + 1) * kCells));
  return {kSteps, kFeatures, rows, {0.2, -0.4, 0.1, 0.5, 0}, {1.0, -0.7, 0.8, 0.5, 1.2}, 0.3};
}

TEST(ShapleyValues, pairs_are_exact_where_groups_interact_by_twos) {
  std::vector<double> q(kCells * kCells);
  const auto random = numbers(q.size(), 4);
  for (std::size_t i = 0; i < kCells; ++i)
    for (std::size_t j = 0; j < kCells; ++j)
      q[i * kCells + j] = random[std::min(i, j) * kCells + std::max(i, j)];
  test::Quadratic f(kSteps, kFeatures, q);
  const DenseWindows windows(kSteps, kFeatures, numbers(kCells, 5)),
      training(kSteps, kFeatures, numbers(7 * kCells, 6));
  const std::vector<std::size_t> groups = {0, 1, 2};
  const Explained got = explain(f, windows, training, groups, {.pairs = 7});
  EXPECT_EQ(got.pairs, 7);  // each reference once
  const auto want = exact(f, windows, training, groups, 3);
  for (std::size_t g = 0; g < 3; ++g) EXPECT_NEAR(got.phi[g], want[g], 2e-5);
}

TEST(ShapleyValues, sums_are_exact_and_values_within_their_errors) {
  test::Mlp f = network();
  const DenseWindows windows(kSteps, kFeatures, numbers(kCells, 7)),
      training(kSteps, kFeatures, numbers(20 * kCells, 8));
  const std::vector<std::size_t> groups = {0, 1, 2};
  const auto want = exact(f, windows, training, groups, 3);
  double squares = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Explained got = explain(f, windows, training, groups, {.pairs = 200, .seed = seed}, 2.0);
    EXPECT_NEAR(std::accumulate(got.phi.begin(), got.phi.end(), 0.0), got.value - got.base, 1e-9);
    for (std::size_t g = 0; g < 3; ++g) {
      EXPECT_NEAR(got.phi[g], 2 * want[g], 5 * got.errors[g] + 1e-5);
      squares += std::pow((got.phi[g] - 2 * want[g]) / got.errors[g], 2) / 60;
    }
  }
  EXPECT_LT(squares, 1.5);  // errors are honest: references in turn make them smaller than they say
  EXPECT_GT(squares, 1e-4);
}

TEST(ShapleyValues, grouped_features_move_together_and_a_dummy_gets_nothing) {
  std::vector<double> w(kCells, 0.0);
  for (std::size_t i = 0; i < kCells; ++i) w[i] = i % kFeatures == 2 ? 0 : 1.0 + static_cast<double>(i);
  test::Linear f(kSteps, kFeatures, w);
  const DenseWindows windows(kSteps, kFeatures, numbers(kCells, 9)),
      training(kSteps, kFeatures, numbers(5 * kCells, 10));
  const Explained got = explain(f, windows, training, {0, 0, 1}, {.pairs = 5});
  std::vector<float> x(kCells), r(kCells);
  windows.inputs(0, x);
  double want = 0;
  for (std::size_t k = 0; k < 5; ++k) {
    training.inputs(k, r);
    for (std::size_t i = 0; i < kCells; ++i) want += w[i] * (x[i] - r[i]) / 5;
  }
  EXPECT_NEAR(got.phi[0], want, 1e-4);
  EXPECT_NEAR(got.phi[1], 0, 1e-6);
}

TEST(ShapleyValues, static_attributes_are_one_more_group) {
  const std::size_t cells = kCells + 2;
  std::vector<double> w(cells, 0.5);
  test::Linear f(kSteps, kFeatures, w, 2);
  const DenseWindows windows(kSteps, kFeatures, numbers(kCells, 11), 2, {3, 4}),
      training(kSteps, kFeatures, numbers(2 * kCells, 12), 2, {1, 1, 2, 0});
  const Explained got = explain(f, windows, training, {0, 1, 2}, {.pairs = 2, .attribute_statics = true});
  ASSERT_EQ(got.phi.size(), 4U);
  EXPECT_NEAR(got.phi[3], 0.5 * (7 - 2), 1e-5);
  EXPECT_EQ(explain(f, windows, training, {0, 1, 2}, {.pairs = 2}).phi.size(), 3U);
}

}  // namespace
}  // namespace phreatic::explain
