// SPDX-License-Identifier: BSD-3-Clause
// Splits, scalers, flags.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "loading.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/scalers.hpp"
#include "phreatic/data/series/flags.hpp"
#include "phreatic/data/series/gaps.hpp"

namespace phreatic::data {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

core::Seconds day(int year, int month, int d) {
  return core::days_from_civil({year, month, d}) * core::kSecondsPerDay;
}

// 4 wells, variables level, rain, temperature; 1000 days; one attribute.
Panel make_example(std::size_t wells = 4) {
  std::vector<std::string> names;
  for (std::size_t e = 0; e < wells; ++e) names.push_back(fmt::format("W{}", e));
  Panel p = make_panel(core::TimeAxis(day(2001, 1, 1), {core::StepUnit::day, 1}, 1000), names,
                       {{"level", "m"}, {"rain", "mm/d"}, {"temperature", "degC"}});
  core::RandomStream random(7, "example");
  for (std::size_t e = 0; e < wells; ++e) {
    for (std::size_t t = 0; t < 1000; ++t) {
      p.series(e, 0)[t] = 100 * static_cast<double>(e) + random.normal();
      p.series(e, 1)[t] = random.gamma(1, 3);
      p.series(e, 2)[t] = 10 + random.normal();
    }
  }
  p.attributes.names = {"depth"};
  for (std::size_t e = 0; e < wells; ++e) p.attributes.values.push_back(static_cast<double>(e * e));
  return p;
}

Split dates(const Panel& panel, const std::string& yaml, core::Problems& problems) {
  SplitParams params;
  core::read_params(core::parse_yaml(yaml, "s.yml"), params, problems);
  return make_split(panel, {0}, params, problems);
}

Split example_split(const Panel& panel) {
  core::Problems problems;
  return dates(panel,
               "train: {last: 2002-06-30}\nvalidation: {first: 2002-07-01}\ntest: {first: 2003-01-01}\n",
               problems);
}

TEST(Split, ByDates) {
  const Panel panel = make_example();
  core::Problems problems;
  const Split split = dates(panel,
                            "train: {last: 2002-06-30}\nvalidation: {first: 2002-07-01, last: 2002-12-31}\n"
                            "test: {first: 2003-01-01}\nheld_out: [W2]\n"
                            "periods: [{wells: [W1], test: {first: 2003-02-01}}]\n",
                            problems);
  ASSERT_TRUE(problems.empty()) << all_text(problems);
  EXPECT_EQ(split.entities[0].train, (StepRange{0, 546}));
  EXPECT_EQ(split.entities[0].validation, (StepRange{546, 730}));
  EXPECT_EQ(split.entities[0].test, (StepRange{730, 1000}));
  EXPECT_EQ(split.entities[1].test, (StepRange{761, 1000}));
  EXPECT_TRUE(split.entities[2].held_out);
  EXPECT_FALSE(split.entities[3].held_out);
}

TEST(Split, DefaultsFollowTheObservedRecordAndAreSaid) {
  Panel panel = make_example();
  for (std::size_t e = 0; e < 4; ++e) {
    for (std::size_t t = 0; t < 100; ++t) panel.series(e, 0)[t] = kNaN;
  }
  core::Problems problems;
  const Split split = dates(panel, "seed: 1\n", problems);
  EXPECT_EQ(split.entities[0].test, (StepRange{820, 1000}));
  EXPECT_EQ(split.entities[0].validation, (StepRange{676, 820}));
  EXPECT_EQ(split.entities[0].train, (StepRange{0, 676}));
  EXPECT_EQ(split.said,
            "split by default: train 2001-01-01 to 2002-11-07, validation 2002-11-08 to 2003-03-31, test "
            "2003-04-01 to 2003-09-27");
}

TEST(Split, FoldsHoldOutEveryWellOnce) {
  const Panel panel = make_example(13);
  const std::vector<Split> folds = fold_splits(example_split(panel), 5, 3);
  ASSERT_EQ(folds.size(), 5U);
  std::vector<int> held(13, 0);
  for (const Split& fold : folds) {
    std::size_t n = 0;
    for (std::size_t e = 0; e < 13; ++e) {
      held[e] += fold.entities[e].held_out ? 1 : 0;
      n += fold.entities[e].held_out ? 1U : 0U;
    }
    EXPECT_TRUE(n == 2 || n == 3);
  }
  EXPECT_EQ(held, std::vector<int>(13, 1));
  EXPECT_EQ(fold_splits(example_split(panel), 5, 3)[2].entities, folds[2].entities);
  EXPECT_NE(fold_splits(example_split(panel), 5, 4)[2].entities, folds[2].entities);
}

TEST(Scalers, KnownValues) {
  const std::vector<double> x = {1, 2, 3, 4, 10};
  EXPECT_EQ(fit_affine(x, ScalerKind::none), (Affine{0, 1}));
  EXPECT_EQ(fit_affine(x, ScalerKind::minmax), (Affine{1, 9}));
  EXPECT_DOUBLE_EQ(fit_affine(x, ScalerKind::zscore).centre, 4);
  EXPECT_DOUBLE_EQ(fit_affine(x, ScalerKind::zscore).scale, std::sqrt(10.0));  // numpy.std
  EXPECT_DOUBLE_EQ(fit_affine(x, ScalerKind::robust).centre, 3);
  EXPECT_DOUBLE_EQ(fit_affine(x, ScalerKind::robust).scale, 2 / 1.349);
  EXPECT_EQ(fit_affine({5, 5, 5}, ScalerKind::zscore), (Affine{5, 1}));
  EXPECT_DOUBLE_EQ((Affine{3, 2}).unscaled((Affine{3, 2}).scaled(7)), 7);
}

// Whatever happens after the training period, and in held-out wells, changes no scaler of inputs and no
// scaler of another well.
TEST(Scalers, NothingLeaksFromTestOrHeldOutWells) {
  Panel panel = make_example();
  Split split = example_split(panel);
  split.entities[3].held_out = true;
  for (const ScalerKind kind : {ScalerKind::zscore, ScalerKind::minmax, ScalerKind::robust}) {
    for (const bool per_well : {true, false}) {
      const ScalerParams params{kind, kind, kind, per_well};
      const Scalers before = fit_scalers(panel, {1, 2}, {0}, split, params);
      Panel changed = panel;
      for (std::size_t e = 0; e < 4; ++e) {
        for (std::size_t v = 0; v < 3; ++v) {
          for (std::size_t t = split.entities[e].train.end; t < 1000; ++t)
            changed.series(e, v)[t] = 1e6 + static_cast<double>(t);
        }
      }
      EXPECT_EQ(fit_scalers(changed, {1, 2}, {0}, split, params), before);
      for (std::size_t v = 0; v < 3; ++v) {
        for (double& x : changed.series(3, v)) x = -1e6;
      }
      changed.attributes.values[3] = 1e9;
      const Scalers after = fit_scalers(changed, {1, 2}, {0}, split, params);
      EXPECT_EQ(after.inputs, before.inputs);
      EXPECT_EQ(after.attributes, before.attributes);
      for (std::size_t e = 0; e < 3; ++e) EXPECT_EQ(after.target(e, 0, 1), before.target(e, 0, 1));
      changed.series(0, 0)[5] += 1000;  // and a training value does change them
      EXPECT_NE(fit_scalers(changed, {1, 2}, {0}, split, params).targets, after.targets);
    }
  }
}

TEST(Scalers, WellsWithoutTrainingValuesTakeTheMeanOfTheOthers) {
  Panel panel = make_example();
  const Split split = example_split(panel);
  for (std::size_t t = 0; t < split.entities[1].train.end; ++t) panel.series(1, 0)[t] = kNaN;
  const Scalers s = fit_scalers(panel, {}, {0}, split, {});
  EXPECT_EQ(s.targets[1].observations, 0U);
  EXPECT_NEAR(s.targets[1].affine.centre,
              (s.targets[0].affine.centre + s.targets[2].affine.centre + s.targets[3].affine.centre) / 3,
              1e-12);
}

// A slow random walk with a season, in millimetres.
std::vector<double> clean_level(std::size_t n) {
  core::RandomStream random(5, "level");
  std::vector<double> x(n);
  double walk = 0;
  for (std::size_t t = 0; t < n; ++t) {
    walk = 0.995 * walk + 0.01 * random.normal();
    x[t] = std::round(1000 * (50 + walk + 0.5 * std::sin(static_cast<double>(t) / 58))) / 1000;
  }
  return x;
}

TEST(Flags, ACleanSeriesHasNone) { EXPECT_TRUE(flag_series(clean_level(3000), {}).empty()); }

TEST(Flags, FindsWhatWasPutInAndNothingElse) {
  std::vector<double> x = clean_level(3000);
  x[400] += 0.6;                                             // outlier
  for (std::size_t t = 1000; t < 3000; ++t) x[t] -= 1.2;     // datum shift
  for (std::size_t t = 2000; t < 2060; ++t) x[t] = x[2000];  // flat
  for (std::size_t t = 2500; t < 2510; ++t)
    x[t] += 0.8 * (1 - static_cast<double>(t - 2500) / 10);  // jump that recedes
  const std::vector<Flag> flags = flag_series(x, {});
  ASSERT_EQ(flags.size(), 4U);
  EXPECT_EQ(flags[0].kind, FlagKind::outlier);
  EXPECT_EQ(flags[0].first, 400U);
  EXPECT_NEAR(flags[0].size, 0.6, 0.05);
  EXPECT_EQ(flags[1].kind, FlagKind::datum_shift);
  EXPECT_EQ(flags[1].last, 1000U);
  EXPECT_NEAR(flags[1].size, -1.2, 0.2);
  EXPECT_EQ(flags[2].kind, FlagKind::flat);
  EXPECT_EQ(flags[2].first, 2000U);
  EXPECT_EQ(flags[2].last, 2059U);
  EXPECT_EQ(flags[3].kind, FlagKind::jump);
  EXPECT_EQ(flags[3].last, 2500U);
}

// Water that rises for days and recedes slowly is no datum shift, however long it stays up.
TEST(Flags, ARiseOfSeveralDaysIsOneJump) {
  std::vector<double> x = clean_level(3000);
  for (std::size_t t = 1000; t < 1300; ++t)
    x[t] += 0.4 * static_cast<double>(std::min<std::size_t>(t - 999, 4)) *
            std::exp(-static_cast<double>(t - 1000) / 60);
  const std::vector<Flag> flags = flag_series(x, {});
  ASSERT_EQ(flags.size(), 1U);
  EXPECT_EQ(flags[0].kind, FlagKind::jump);
  EXPECT_EQ(flags[0].first, 999U);
  EXPECT_EQ(flags[0].last, 1003U);
  EXPECT_NEAR(flags[0].size, 1.5, 0.1);
}

// The same lasting rise is a datum shift in dry weather and a jump after the storm of the year.
TEST(Flags, ALastingRiseIsADatumShiftOnlyWhereNoRainExplainsIt) {
  const core::TimeAxis axis(day(2001, 1, 1), {core::StepUnit::day, 1}, 3000);
  Panel panel = make_panel(axis, {"dry", "wet"}, {{"level", "m"}, {"precipitation", "mm/d"}});
  panel.variables[1].role = Role::precipitation;
  for (std::size_t e = 0; e < 2; ++e) {
    const std::vector<double> level = clean_level(3000);
    for (std::size_t t = 0; t < 3000; ++t) {
      panel.series(e, 0)[t] = level[t] + (t >= 1500 ? 1.2 : 0);
      panel.series(e, 1)[t] = t % 5 == 0 ? 8 : 0;
    }
  }
  for (std::size_t t = 1495; t < 1500; ++t) panel.series(0, 1)[t] = 0;
  for (std::size_t t = 1495; t < 1500; ++t) panel.series(1, 1)[t] = 30;
  const std::vector<Flag> flags = flag_panel(panel, {0}, {});
  ASSERT_EQ(flags.size(), 2U);
  EXPECT_EQ(flags[0].kind, FlagKind::datum_shift);
  EXPECT_EQ(flags[1].kind, FlagKind::jump);
  EXPECT_EQ(flags[1].entity, 1U);
}

TEST(Flags, GapsAreNoJumps) {
  std::vector<double> x = clean_level(3000);
  for (std::size_t t = 1000; t < 1400; ++t) x[t] = kNaN;
  EXPECT_TRUE(flag_series(x, {}).empty());
}

TEST(Gaps, PoliciesOnOneSeries) {
  const core::TimeAxis axis(day(2001, 1, 1), {core::StepUnit::day, 1}, 8);
  const std::vector<double> x = {kNaN, 1, kNaN, kNaN, 4, kNaN, 6, kNaN};
  const auto run = [&](GapPolicy policy, int k, GapResult& r) {
    std::vector<double> y = x;
    r = fill_gaps(y, axis, {0, 5}, policy, k);
    return y;
  };
  GapResult r;
  std::vector<double> y = run(GapPolicy::linear, 2, r);
  EXPECT_EQ(r.steps, 3U);
  EXPECT_EQ(r.filled, 3U);
  EXPECT_EQ(r.longest, 2U);
  EXPECT_EQ(r.first, 2U);
  EXPECT_FALSE(r.refused);
  EXPECT_DOUBLE_EQ(y[2], 2);
  EXPECT_DOUBLE_EQ(y[3], 3);
  EXPECT_DOUBLE_EQ(y[5], 5);
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[7]));
  y = run(GapPolicy::linear, 1, r);
  EXPECT_TRUE(r.refused);
  EXPECT_EQ(r.filled, 1U);
  EXPECT_TRUE(std::isnan(y[2]));
  run(GapPolicy::refuse, 9, r);
  EXPECT_TRUE(r.refused);
  y = run(GapPolicy::climatology, 1, r);
  EXPECT_DOUBLE_EQ(y[5], 2.5);  // mean of 1 and 4; 6 is after the training steps
  EXPECT_FALSE(r.refused);
  run(GapPolicy::keep, 1, r);
  EXPECT_FALSE(r.refused);
}

}  // namespace
}  // namespace phreatic::data
