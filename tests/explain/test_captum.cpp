// SPDX-License-Identifier: BSD-3-Clause
// Attributions of a small network against captum 0.9.0 (tests/reference/explain/captum_mlp.py).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "functions.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"
#include "phreatic/explain/attribution/integrated_gradients.hpp"

namespace phreatic::explain {
namespace {

constexpr std::size_t kSteps = 3, kFeatures = 2, kCells = 6;

nlohmann::json fixture() {
  return nlohmann::json::parse(core::read_file("tests/reference/explain/captum_mlp.json"));
}

test::Mlp network(const nlohmann::json& j) {
  return {kSteps, kFeatures, j["first_weight"], j["first_bias"], j["last_weight"], j["last_bias"]};
}

DenseWindows windows_of(const nlohmann::json& list) {
  std::vector<float> flat;
  for (const auto& window : list) {
    for (const auto& step : window) {
      for (const double v : step) flat.push_back(static_cast<float>(v));
    }
  }
  return {kSteps, kFeatures, flat};
}

TEST(Captum, IntegratedGradients) {
  const auto j = fixture();
  test::Mlp f = network(j);
  const DenseWindows windows = windows_of(j["windows"]);
  std::vector<float> baseline(kCells);
  windows_of(j["references"]).inputs(0, baseline);
  std::size_t seen = 0;
  integrated_gradients(f, windows, baseline, {.nodes = 64}, [&](const PathAttribution& p) {
    EXPECT_EQ(p.window, seen++);
    EXPECT_NEAR(p.value, j["values"][p.window].get<double>(), 1e-6);
    EXPECT_NEAR(p.residual, 0, 2e-6);
    for (std::size_t i = 0; i < kCells; ++i) {
      EXPECT_NEAR(p.attributions[i],
                  j["integrated_gradients"][p.window][i / kFeatures][i % kFeatures].get<double>(), 2e-6);
    }
  });
  EXPECT_EQ(seen, 4U);
}

TEST(Captum, GradientShap) {
  const auto j = fixture();
  test::Mlp f = network(j);
  const DenseWindows windows = windows_of(j["windows"]), training = windows_of(j["references"]);
  References references;
  references.groups = {std::vector<std::uint32_t>(training.size())};
  std::iota(references.groups[0].begin(), references.groups[0].end(), 0U);
  references.group_of.assign(windows.size(), 0);
  const std::vector<TargetScale> scales(windows.size());
  ExpectedGradientsParams params;
  params.tolerance_absolute = 0.002;
  params.max_draws = 100000;
  core::Log log(true);
  core::Context context{log, false};
  expected_gradients(
      f, windows, training, references, scales, params,
      [&](const WindowAttribution& w) {
        EXPECT_TRUE(w.converged);
        for (std::size_t i = 0; i < kCells; ++i) {
          const auto at = [&](const char* name) {
            return j[name][w.window][i / kFeatures][i % kFeatures].get<double>();
          };
          // A cell's own error is not given; it is of the size of its driver's.
          EXPECT_NEAR(w.attributions[i], at("gradient_shap"), 4 * (0.002 + at("gradient_shap_error")));
        }
      },
      context);
}

}  // namespace
}  // namespace phreatic::explain
