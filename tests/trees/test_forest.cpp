// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "phreatic/core/parallel.hpp"
#include "phreatic/trees/bins.hpp"
#include "phreatic/trees/forest.hpp"
#include "reference_models.hpp"

namespace phreatic::trees {
namespace {

using testing::random_booster;
using testing::random_rows;

TEST(Forest, MarginsAndPredictionsAreThoseOfXgboost) {
  for (const auto& model : testing::reference_models()) {
    const Forest forest(model.booster);
    std::vector<float> margins(model.rows.rows), predictions(model.rows.rows);
    forest.margins(model.rows.rows, model.rows.values.data(), margins.data());
    forest.predict(model.rows.rows, model.rows.values.data(), predictions.data());
    for (std::size_t r = 0; r < margins.size(); ++r) {
      const double margin = model.expected["margin"][r], prediction = model.expected["prediction"][r];
      // XGBoost 1.7 gives the transformed value of binary:hinge as its margin.
      if (model.booster.objective != "binary:hinge") {
        EXPECT_NEAR(margins[r], margin, 1e-6 * std::max(1.0, std::abs(margin)))
            << model.label << " row " << r;
      }
      EXPECT_NEAR(predictions[r], prediction, 1e-6 * std::max(1.0, std::abs(prediction)))
          << model.label << " row " << r;
    }
  }
}

TEST(Forest, EveryKernelGivesTheSameBytesAsWalkingTheTrees) {
  for (const std::size_t depth : {1U, 3U, 6U, 8U, 10U}) {
    const Booster booster = random_booster(depth, 6, 20, depth, 2000);
    const Table rows = random_rows(depth, 6, 1000, 2000);
    const Forest forest(booster);
    std::vector<float> margins(rows.rows);
    forest.margins(rows.rows, rows.values.data(), margins.data());
    for (std::size_t r = 0; r < rows.rows; ++r)
      EXPECT_NEAR(margins[r], testing::walk(booster, rows.row(r)), 1e-5) << "depth " << depth << " row " << r;
  }
}

TEST(Forest, BytesOfAColumnSayOnWhichSideOfEveryThresholdAValueLies) {
  const Booster booster = random_booster(4, 3, 300, 6, 1200);  // more than 255 thresholds a feature
  const Bins bins(booster);
  const Table rows = random_rows(5, 3, kBlock - 7, 1200);
  for (const char* name : {"portable", "avx2", "avx512"}) {
    const Kernel* kernel = kernel_named(name);
    if (kernel == nullptr) continue;
    std::vector<std::uint8_t> bytes(bins.bytes());
    bins.fill(*kernel, rows.values.data(), rows.rows, bytes.data());
    std::size_t wrong = 0, asked = 0;
    for (const Tree& tree : booster.trees) {
      for (const Node& node : tree.nodes) {
        if (node.leaf()) continue;
        const Bins::Split split = bins.split(node);
        for (std::size_t r = 0; r < rows.rows; ++r) {
          const float v = rows.row(r)[node.feature];
          const bool left = std::isnan(v) ? node.default_left : v < node.threshold;
          wrong += (bytes[split.x + r] <= split.threshold) != left ? 1U : 0U;
          ++asked;
        }
      }
    }
    EXPECT_EQ(wrong, 0U) << name;
    EXPECT_GT(asked, 100000U);
  }
}

TEST(Forest, MarginsDoNotDependOnTheNumberOfThreads) {
  const Booster booster = random_booster(9, 8, 50, 6);
  const Table rows = random_rows(9, 8, 9001);
  const Forest forest(booster);
  std::vector<float> one(rows.rows), four(rows.rows);
  const int threads = core::thread_count();
  core::set_thread_count(1);
  forest.margins(rows.rows, rows.values.data(), one.data());
  core::set_thread_count(4);
  forest.margins(rows.rows, rows.values.data(), four.data());
  core::set_thread_count(threads);
  EXPECT_EQ(one, four);
}

TEST(Forest, InfinitiesGoToTheSideTheyBelongTo) {
  Booster booster = random_booster(2, 2, 30, 5);
  Table rows = random_rows(2, 2, 4);
  const float big = std::numeric_limits<float>::infinity();
  rows.values = {big, -big, -big, big, big, big, -0.0F, 0.0F};
  std::vector<float> margins(4);
  Forest(booster).margins(4, rows.values.data(), margins.data());
  for (std::size_t r = 0; r < 4; ++r) EXPECT_NEAR(margins[r], testing::walk(booster, rows.row(r)), 1e-5);
}

}  // namespace
}  // namespace phreatic::trees
