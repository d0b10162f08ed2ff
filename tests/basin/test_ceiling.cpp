// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/ceiling.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/basin/truth/scoring.hpp"

namespace phreatic::basin {
namespace {

Basin linear_basin() {
  BasinParams p;
  p.seed = 2;
  p.wells = 3;
  p.years = 6;
  Basin basin = make_basin(p);
  for (BasinWell& w : basin.wells) {
    w.params.aquifer.shallow_share = 1;
    w.params.aquifer.pumping_return = 0;
    w.params.soil.capillary_max_mm_per_day = 0;  // the other drivers know nothing of the water table
    w.params.soil.deep_roots = 0;
    w.params.frost.flux_mm_per_day = 0;
    w.params.aquifer.drainage_depth_m = 30;
  }
  return basin;
}

constexpr TruthParams kNeutral{.initial = InitialState::neutral};

// On a path through a linear function every derivative is the difference: pumping's expected gradient is its
// Shapley value.
TEST(Ceiling, IsExactForALinearDriver) {
  const Basin basin = linear_basin();
  const std::vector<TruthTask> tasks = {{{0, 2000}, {{0, 900}, {0, 1300}}},
                                        {{2, 1700}, {{2, 700}, {2, 1111}}}};
  const auto truth = true_contributions(basin, tasks, standard_groups(), kNeutral);
  const auto ceiling = simulator_expected_gradients(basin, tasks, standard_groups(), {.window = kNeutral});
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_NEAR(ceiling[i].by_group[3], truth[i].by_group[3], 1e-7);
    EXPECT_NEAR(ceiling[i].level, truth[i].level, 1e-12);
    EXPECT_NEAR(ceiling[i].reference_level, truth[i].reference_level, 1e-9);
  }
}

TEST(Ceiling, GradientOfPumpingIsTheReservoirsResponse) {
  const Basin basin = linear_basin();
  const BasinWell& w = basin.wells[1];
  const WellModel model(w.params);
  const Forcing window = w.forcing().part(1000, 200);
  const LevelGradient g = level_gradient(model, window, model.neutral_state());
  const AquiferParams& a = w.params.aquifer;
  const double decay = std::exp(-1.0 / a.response_days);
  for (std::size_t t = 0; t < 200; ++t) {
    const double expected = -(1 - decay) * a.response_days / (1000 * a.specific_yield) *
                            std::pow(decay, static_cast<double>(199 - t));
    ASSERT_NEAR(g.gradient[3][t], expected, 1e-7 * std::abs(expected) + 1e-10) << t;
  }
  EXPECT_EQ(g.level_m, final_level_m(model, window, model.neutral_state()));
}

// The directional derivative that the ceiling takes is the full gradient times the direction.
TEST(Ceiling, DirectionalDerivativeAgreesWithTheGradient) {
  BasinParams p;
  p.wells = 3;
  p.years = 4;
  const Basin basin = make_basin(p);
  const BasinWell& w = basin.wells[0];
  const WellModel model(w.params);
  const Forcing x = w.forcing().part(900, 120);
  const Forcing r = w.forcing().part(535, 120);
  const auto point = [&](double alpha, double shift) {
    std::array<std::vector<double>, kDriverCount> v;
    for (std::size_t d = 0; d < kDriverCount; ++d) {
      const double a = alpha + (d == 2 ? shift : 0.0);  // the demand moves
      for (std::size_t t = 0; t < 120; ++t)
        v[d].push_back(r.series[d][t] + a * (x.series[d][t] - r.series[d][t]));
    }
    return v;
  };
  const auto level = [&](const auto& v) {
    return final_level_m(model, {{v[0], v[1], v[2], v[3]}}, model.neutral_state());
  };
  const auto middle = point(0.5, 0);
  const LevelGradient g = level_gradient(model, {{middle[0], middle[1], middle[2], middle[3]}},
                                         model.neutral_state(), {1e-4, 1e-4, 1e-4, 1e-4});
  double product = 0;
  for (std::size_t t = 0; t < 120; ++t) product += g.gradient[2][t] * (x.series[2][t] - r.series[2][t]);
  const double directional = (level(point(0.5, 1e-4)) - level(point(0.5, -1e-4))) / 2e-4;
  EXPECT_NEAR(product, directional, 0.01 * std::abs(directional) + 1e-6);
}

// Against whole years of the same calendar the true function's expected gradients are near its Shapley
// values.
TEST(Ceiling, IsHighForWholeYearReferences) {
  BasinParams p;
  p.wells = 9;
  p.years = 7;
  const Basin basin = make_basin(p);
  std::vector<TruthTask> tasks;
  for (std::size_t w = 0; w < 9; ++w) {
    for (std::size_t last = 1900; last < basin.axis.size(); last += 90) {
      tasks.push_back({{w, last}, same_day_references(basin, {w, last}, 0, 1826, 365)});
    }
  }
  const auto truth = true_contributions(basin, tasks, standard_groups(), {});
  const auto ceiling = simulator_expected_gradients(basin, tasks, standard_groups(), {});
  std::vector<double> a, t;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    double total = 0;
    for (std::size_t g = 0; g < 4; ++g) {
      a.push_back(ceiling[i].by_group[g]);
      t.push_back(truth[i].by_group[g]);
      total += ceiling[i].by_group[g];
    }
    // Completeness up to the sampling of the path, against levels that vary by decimetres to metres.
    EXPECT_NEAR(total, ceiling[i].level - ceiling[i].reference_level, 0.05);
  }
  const AttributionScore score = score_pairs(a, t);
  EXPECT_GT(score.correlation, 0.98);
  EXPECT_NEAR(score.slope, 1.0, 0.05);
  EXPECT_LT(score.relative_rmse, 0.15);
}

}  // namespace
}  // namespace phreatic::basin
