// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "phreatic/core/parallel.hpp"
#include "phreatic/trees/shap/pattern_program.hpp"
#include "phreatic/trees/treeshap.hpp"
#include "reference_models.hpp"

namespace phreatic::trees {
namespace {

using testing::random_booster;
using testing::random_rows;

std::vector<double> values(const TreeExplainer& explainer, const Table& rows) {
  std::vector<double> out(rows.rows * explainer.features());
  explainer.contributions(rows.rows, rows.values.data(), out.data());
  return out;
}
std::vector<double> pairs(const TreeExplainer& explainer, const Table& rows) {
  std::vector<double> out(rows.rows * explainer.features() * explainer.features());
  explainer.interactions(rows.rows, rows.values.data(), out.data());
  return out;
}

// The game of the whole booster by its definition: value of a set of known features.
double game(const Booster& booster, const Tree& tree, std::size_t node, const float* x, std::size_t known) {
  const Node& n = tree.nodes[node];
  if (n.leaf()) return n.value;
  const auto left = static_cast<std::size_t>(n.left), right = static_cast<std::size_t>(n.right);
  if ((known >> n.feature & 1U) != 0) return game(booster, tree, goes_left(n, x) ? left : right, x, known);
  return (tree.nodes[left].cover * game(booster, tree, left, x, known) +
          tree.nodes[right].cover * game(booster, tree, right, x, known)) /
         n.cover;
}

std::vector<double> all_sets(const Booster& booster, const float* x, const Table* background) {
  std::vector<double> out(std::size_t{1} << booster.features);
  for (std::size_t s = 0; s < out.size(); ++s) {
    if (background == nullptr) {
      for (std::size_t t = 0; t < booster.trees.size(); ++t)
        out[s] += booster.weight(t) * game(booster, booster.trees[t], 0, x, s);
      continue;
    }
    for (std::size_t r = 0; r < background->rows; ++r) {
      std::vector<float> mixed(background->row(r), background->row(r) + booster.features);
      for (std::size_t f = 0; f < booster.features; ++f) {
        if ((s >> f & 1U) != 0) mixed[f] = x[f];
      }
      out[s] += testing::walk(booster, mixed.data()) / static_cast<double>(background->rows);
    }
  }
  return out;
}

double factorial(std::size_t n) { return std::tgamma(static_cast<double>(n) + 1); }

double shapley(const std::vector<double>& v, std::size_t n, std::size_t i) {
  double sum = 0;
  for (std::size_t s = 0; s < v.size(); ++s) {
    if ((s >> i & 1U) != 0) continue;
    const auto k = static_cast<std::size_t>(std::popcount(s));
    sum += factorial(k) * factorial(n - k - 1) / factorial(n) * (v[s | std::size_t{1} << i] - v[s]);
  }
  return sum;
}
double interaction(const std::vector<double>& v, std::size_t n, std::size_t i, std::size_t j) {
  const std::size_t a = std::size_t{1} << i, b = std::size_t{1} << j;
  double sum = 0;
  for (std::size_t s = 0; s < v.size(); ++s) {
    if ((s & a) != 0 || (s & b) != 0) continue;
    const auto k = static_cast<std::size_t>(std::popcount(s));
    sum += factorial(k) * factorial(n - k - 2) / (2 * factorial(n - 1)) *
           (v[s | a | b] - v[s | a] - v[s | b] + v[s]);
  }
  return sum;
}

void expect_brute_force(const Booster& booster, const Table& rows, const Table* background) {
  const TreeExplainer explainer =
      background != nullptr ? TreeExplainer(booster, *background) : TreeExplainer(booster);
  const auto phi = values(explainer, rows), phi2 = pairs(explainer, rows);
  const std::size_t n = booster.features;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const auto v = all_sets(booster, rows.row(r), background);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR(phi[r * n + i], shapley(v, n, i), 2e-6) << "row " << r << " feature " << i;
      for (std::size_t j = 0; j < n; ++j) {
        if (j == i) continue;
        EXPECT_NEAR(phi2[(r * n + i) * n + j], interaction(v, n, i, j), 2e-6) << r << " " << i << " " << j;
      }
    }
  }
}

TEST(TreeShap, PathDependentValuesAreTheShapleyValuesOfTheDefinition) {
  for (const std::size_t depth : {1U, 2U, 4U, 6U})
    expect_brute_force(random_booster(depth, 5, 3, depth), random_rows(depth, 5, 10), nullptr);
}

TEST(TreeShap, InterventionalValuesAreTheShapleyValuesOfTheDefinition) {
  const Table background = random_rows(77, 5, 7);
  for (const std::size_t depth : {1U, 3U, 6U})
    expect_brute_force(random_booster(depth, 5, 3, depth), random_rows(depth, 5, 10), &background);
}

TEST(TreeShap, MoreThanEightFeaturesOnAPathFollowTheDefinitionToo) {
  const Booster booster = random_booster(12, 10, 1, 12);
  ASSERT_GT(path_size(booster.trees[0], false).features, kWidestPattern);
  const Table background = random_rows(78, 10, 3);
  expect_brute_force(booster, random_rows(3, 10, 4), nullptr);
  expect_brute_force(booster, random_rows(3, 10, 2), &background);
}

TEST(TreeShap, ContributionsAreThoseOfXgboost) {
  for (const auto& model : testing::reference_models()) {
    const TreeExplainer explainer(model.booster);
    const auto phi = values(explainer, model.rows);
    const std::size_t n = model.booster.features;
    for (std::size_t r = 0; r < model.rows.rows; ++r) {
      for (std::size_t f = 0; f < n; ++f) {
        const double theirs = model.expected["contributions"][r][f];
        EXPECT_NEAR(phi[r * n + f], theirs, 2e-5 * std::max(1.0, std::abs(theirs)))
            << model.label << " row " << r << " feature " << f;
      }
      const double bias = model.expected["contributions"][r][n];
      EXPECT_NEAR(explainer.base(), bias, 2e-5 * std::max(1.0, std::abs(bias))) << model.label;
    }
  }
}

TEST(TreeShap, InteractionsAreThoseOfXgboost) {
  std::size_t compared = 0;
  for (const auto& model : testing::reference_models()) {
    if (!model.expected.contains("interactions")) continue;
    const TreeExplainer explainer(model.booster);
    const auto phi = pairs(explainer, model.rows);
    const std::size_t n = model.booster.features;
    for (std::size_t r = 0; r < model.expected["interactions"].size(); ++r) {
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j, ++compared)
          EXPECT_NEAR(phi[(r * n + i) * n + j], model.expected["interactions"][r][i][j].get<double>(), 3e-5)
              << model.label << " row " << r << " " << i << " " << j;
      }
    }
  }
  EXPECT_GT(compared, 1000U);
}

TEST(TreeShap, InterventionalValuesAreThoseOfShap) {
  std::size_t compared = 0;
  for (const auto& model : testing::reference_models()) {
    if (!model.expected.contains("interventional")) continue;
    const auto& e = model.expected["interventional"];
    const Table background = testing::table_of(e["background"]), rows = testing::table_of(e["rows"]);
    const TreeExplainer explainer(model.booster, background);
    EXPECT_NEAR(explainer.base(), e["base"].get<double>(), 1e-5) << model.label;
    const auto phi = values(explainer, rows);
    const std::size_t n = model.booster.features;
    for (std::size_t r = 0; r < rows.rows; ++r) {
      for (std::size_t f = 0; f < n; ++f, ++compared)
        EXPECT_NEAR(phi[r * n + f], e["values"][r][f].get<double>(), 1e-5)
            << model.label << " row " << r << " feature " << f;
    }
  }
  EXPECT_GT(compared, 100U);
}

void expect_sums(const Booster& booster, const Table& rows, const Table* background,
                 const std::string& label) {
  const TreeExplainer explainer =
      background != nullptr ? TreeExplainer(booster, *background) : TreeExplainer(booster);
  const auto phi = values(explainer, rows);
  const std::size_t n = booster.features;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    double sum = explainer.base();
    for (std::size_t f = 0; f < n; ++f) sum += phi[r * n + f];
    const double margin = testing::walk(booster, rows.row(r));
    EXPECT_NEAR(sum, margin, 1e-6 * std::max(1.0, std::abs(margin))) << label << " row " << r;
  }
}

TEST(TreeShap, SumsAreTheMarginAlsoForDeepTreesAndValuesThatEqualAThreshold) {
  for (const auto& model : testing::reference_models()) {
    expect_sums(model.booster, model.rows, nullptr, model.label);
    expect_sums(model.booster, model.rows, &model.rows, model.label + " interventional");
  }
  for (const std::size_t depth : {4U, 8U, 12U}) {
    const Booster booster = random_booster(depth, 7, 10, depth);
    expect_sums(booster, random_rows(depth, 7, 300), nullptr, "random");
  }
}

TEST(TreeShap, InteractionsOfARowSumToItsContribution) {
  const Booster booster = random_booster(21, 6, 20, 6);
  const Table rows = random_rows(22, 6, 300);
  const TreeExplainer explainer(booster);
  const auto phi = values(explainer, rows), phi2 = pairs(explainer, rows);
  for (std::size_t i = 0; i < phi.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < 6; ++j) sum += phi2[i * 6 + j];
    EXPECT_NEAR(sum, phi[i], 1e-9);
  }
}

TEST(TreeShap, ValuesDoNotDependOnThreadsNorOnTheRowsBesideARow) {
  const Booster booster = random_booster(31, 6, 30, 6);
  const Table rows = random_rows(32, 6, 5000);
  const TreeExplainer explainer(booster);
  const int threads = core::thread_count();
  core::set_thread_count(1);
  const auto one = values(explainer, rows);
  core::set_thread_count(3);
  EXPECT_EQ(values(explainer, rows), one);
  core::set_thread_count(threads);
  Table last = rows;
  last.values.assign(rows.row(4990), rows.row(4990) + 10 * 6);
  last.rows = 10;
  const auto alone = values(explainer, last);
  EXPECT_EQ(alone, std::vector<double>(one.end() - 60, one.end()));
}

}  // namespace
}  // namespace phreatic::trees
