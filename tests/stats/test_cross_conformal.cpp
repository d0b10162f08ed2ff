// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/bands/cross_conformal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Case {
  std::vector<double> observed;
  std::vector<ConformalFold> folds;
};

// `folds` simulations of a noisy series, each out of sample on its own block of the first `calibration`
// steps; fold k is off by its own constant of standard deviation `disagreement` after the calibration.
Case make_case(std::size_t folds, std::size_t calibration, std::size_t times, double disagreement,
               std::uint64_t seed) {
  core::RandomStream noise(seed, "test");
  Case out;
  for (std::size_t t = 0; t < times; ++t) out.observed.push_back(noise.normal());
  for (std::size_t k = 0; k < folds; ++k) {
    ConformalFold fold{std::vector<double>(times, 0.0), {}, std::vector<double>(times, kNone)};
    for (std::size_t t = k * calibration / folds; t < (k + 1) * calibration / folds; ++t)
      fold.out_of_sample[t] = fold.simulated[t];
    const double offset = disagreement * noise.normal();
    for (std::size_t t = calibration; t < times; ++t) fold.simulated[t] += offset;
    out.folds.push_back(fold);
  }
  return out;
}

std::vector<double> only_first(std::vector<double> values, std::size_t count) {
  std::fill(values.begin() + static_cast<std::ptrdiff_t>(count), values.end(), kNone);
  return values;
}

TEST(CrossBand, WithOneFoldIsTheSplitConformalBand) {
  for (const BandShape shape : {BandShape::symmetric, BandShape::asymmetric}) {
    for (const Dependence dependence : {Dependence::independent, Dependence::effective_sample}) {
      Case c = make_case(1, 300, 400, 0.5, 7);
      for (std::size_t t = 0; t < 400; ++t)
        c.folds[0].scale.push_back(1.0 + 0.5 * std::sin(0.1 * static_cast<double>(t)));
      const auto calibration_levels = only_first(c.observed, 300);
      ConformalParams params;
      params.shape = shape;
      params.dependence = dependence;
      const Band band = cross_band(calibration_levels, c.folds, params);
      const Band split =
          apply(calibrate(calibration_levels, c.folds[0].out_of_sample, c.folds[0].scale, params),
                c.folds[0].simulated, c.folds[0].scale);
      for (std::size_t t = 0; t < 400; ++t) {
        ASSERT_NEAR(band.lower[t], split.lower[t], 1e-9) << t;
        ASSERT_NEAR(band.upper[t], split.upper[t], 1e-9) << t;
      }
    }
  }
}

// Barber et al. 2021, eq. 5: written out for a handful of numbers.
TEST(CrossBand, IsTheRankOverAllFoldsByHand) {
  std::vector<double> observed = {1, -2, 3, -4, kNone};
  std::vector<ConformalFold> folds = {
      {{0, 0, 0, 0, 10}, {}, {0, 0, kNone, kNone, kNone}},
      {{0, 0, 0, 0, 20}, {}, {kNone, kNone, 0, 0, kNone}},
  };
  ConformalParams params;
  params.level = 0.6;  // rank ceil(5 * 0.6) = 3 of 4 absolute errors
  params.dependence = Dependence::independent;
  const Band band = cross_band(observed, folds, params);
  // upper: {10 + 1, 10 + 2, 20 + 3, 20 + 4}, third smallest; lower: {10 - 1, 10 - 2, 20 - 3, 20 - 4}, third
  // largest
  EXPECT_NEAR(band.upper[4], 23, 1e-9);
  EXPECT_NEAR(band.lower[4], 9, 1e-9);
}

TEST(CrossBand, WidensWhereTheFoldsDisagree) {
  const Case agree = make_case(5, 500, 520, 0.0, 3);
  const Case disagree = make_case(5, 500, 520, 2.0, 3);
  const Band narrow = cross_band(only_first(agree.observed, 500), agree.folds, {});
  const Band wide = cross_band(only_first(disagree.observed, 500), disagree.folds, {});
  EXPECT_NEAR(narrow.upper[100], wide.upper[100], 1e-12);
  EXPECT_GT(wide.upper[510] - wide.lower[510], 1.3 * (narrow.upper[510] - narrow.lower[510]));
}

TEST(CrossBand, CoversExchangeableErrors) {
  double inside = 0;
  double count = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Case c = make_case(5, 200, 400, 0.3, seed);
    ConformalParams params;
    params.dependence = Dependence::independent;
    const Band band = cross_band(only_first(c.observed, 200), c.folds, params);
    for (std::size_t t = 200; t < 400; ++t) {
      inside += band.lower[t] <= c.observed[t] && c.observed[t] <= band.upper[t] ? 1 : 0;
      count += 1;
    }
  }
  EXPECT_GT(inside / count, 0.89);
  EXPECT_LT(inside / count, 0.95);
}

TEST(CrossBand, WithoutErrorsThereIsNoBand) {
  const Case c = make_case(2, 10, 20, 0, 1);
  const Band band = cross_band(std::vector<double>(20, kNone), c.folds, {});
  EXPECT_TRUE(std::all_of(band.upper.begin(), band.upper.end(), [](double v) { return std::isnan(v); }));
}

// Errors of a fold may have a scale of their own: here twice that of the band.
TEST(CrossBand, OwnScaleIsThatOfTheErrors) {
  Case c = make_case(1, 300, 400, 0, 9);
  c.folds[0].scale.assign(400, 1.0);
  const Band plain = cross_band(only_first(c.observed, 300), c.folds, {});
  c.folds[0].own_scale.assign(400, 2.0);
  const Band half = cross_band(only_first(c.observed, 300), c.folds, {});
  for (std::size_t t = 0; t < 400; ++t) EXPECT_NEAR(half.upper[t], 0.5 * plain.upper[t], 1e-9);
}

}  // namespace
}  // namespace phreatic::stats
