// SPDX-License-Identifier: BSD-3-Clause
// The water balance of the synthetic region and the true shares of its causes.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "phreatic/core/random.hpp"
#include "phreatic/studies/downscaling/storage/shares.hpp"

namespace phreatic::studies::downscaling {
namespace {

struct MadeDrivers {
  std::vector<double> rain, warm, canal, inflow, taken, evaporation;
  Drivers all() const { return {rain, evaporation, warm, canal, inflow, taken}; }
};

// Ten years; evaporation is that of the balance.
MadeDrivers made_drivers(const Buckets& buckets) {
  core::RandomStream random(5, "buckets");
  MadeDrivers out;
  for (int t = 0; t < 120; ++t) {
    out.rain.push_back(80 * random.uniform());
    out.warm.push_back(10 - 14 * std::cos(2 * std::numbers::pi * t / 12));
    out.canal.push_back(40 * random.uniform());
    out.inflow.push_back(100 * random.uniform());
    out.taken.push_back(0.5 * t);
  }
  out.evaporation = balance_of(buckets, out.all()).evaporation;
  return out;
}

TEST(Buckets, ContributionsOfTheCausesSumToTheStorageLessThatOfNoCause) {
  const MadeDrivers made = made_drivers({});
  const auto contribution = contributions_of({}, made.all());
  MadeDrivers still = made;
  for (auto* v : {&still.rain, &still.warm, &still.canal, &still.inflow, &still.taken, &still.evaporation})
    v->assign(v->size(), std::accumulate(v->begin(), v->end(), 0.0) / static_cast<double>(v->size()));
  const CellBalance whole = balance_of({}, made.all()), none = balance_of({}, still.all());
  MadeDrivers own = made;
  own.evaporation
      .clear();  // that of the temperature, which was prescribed in `made`: the balance is the same
  const CellBalance again = balance_of({}, own.all());
  for (std::size_t t = 0; t < made.rain.size(); ++t) {
    double sum = 0;
    for (const auto& c : contribution) sum += c[t];
    EXPECT_NEAR(again.ground[t], whole.ground[t], 1e-9);
    EXPECT_NEAR(sum, whole.ground[t] - none.ground[t], 1e-9);
    EXPECT_NEAR(contribution[kExtraction][t], 29.75 - 0.5 * static_cast<double>(t), 1e-9)
        << "pumping adds to the others";
  }
}

TEST(TrueShares, ACauseThatNeverChangesHasNone) {
  MadeDrivers made = made_drivers({});
  made.warm.assign(120, 8.0);
  made.taken.assign(120, 0.0);
  const Basin basin{{{}}, {made.all()}, {1}, {0}, 1, 12};
  const TrueShares found = true_shares(basin, 1, 8);
  for (const Cause cause : {kWarmth, kExtraction}) {
    for (const auto* column : {&found.total, &found.shapley, &found.contribution, &found.held})
      EXPECT_EQ((*column)[cause], 0) << kCauses[cause];
  }
  EXPECT_GT(found.total[kRain], 10);
}

// Storage that is linear in its causes: every definition is the variance that a cause alone brings. A soil that is always
// full (evaporation 0) makes it so.
TEST(TrueShares, OfALinearBalanceAreTheVariancesOfItsPartsByEveryDefinition) {
  MadeDrivers made = made_drivers({});
  made.evaporation.assign(120, 0.0);
  made.warm.assign(120, 8.0);
  made.taken.assign(120, 0.0);
  const Basin basin{{{}}, {made.all()}, {1}, {0}, 1, 0};
  const TrueShares found = true_shares(basin, 1, 119);
  const auto alone = [&](const std::vector<double>& rain, const std::vector<double>& canal,
                         const std::vector<double>& inflow) {
    const std::vector<double> zero(120, 0.0);
    MadeDrivers one{rain, made.warm, canal, inflow, zero, zero};
    const auto ground = balance_of({.capacity = 0}, one.all()).ground;
    double sum = 0, squares = 0;
    for (const double v : ground) {
      sum += v / 120;
      squares += v * v / 120;
    }
    return squares - sum * sum;
  };
  const std::vector<double> zero(120, 0.0);
  const OfCauses expected = {alone(made.rain, zero, zero),   0, 0, alone(zero, made.canal, zero),
                             alone(zero, zero, made.inflow), 0};
  for (const std::size_t k : {kRain, kIrrigation, kInflow}) {
    EXPECT_GT(expected[k], 1) << kCauses[k];
    EXPECT_NEAR(found.contribution[k], expected[k], 1e-6 * expected[k]) << kCauses[k] << " (spin-up)";
    // Turned round by every number of months once, the mean product of a series with itself is that of its mean.
    EXPECT_NEAR(found.total[k], expected[k], 0.02 * expected[k]) << kCauses[k];
    EXPECT_NEAR(found.shapley[k], expected[k], 0.15 * expected[k])
        << kCauses[k] << " (products of causes, drawn)";
  }
}

// By hand: two groups of one cell each, of which one has a cause and three times the area.
TEST(TrueShares, OfGroupsAreWeightedByTheirArea) {
  MadeDrivers made = made_drivers({});
  MadeDrivers dry = made;
  dry.canal.assign(120, 0.0);
  const TrueShares with = true_shares({{{}}, {made.all()}, {1}, {0}, 1, 0}, 3, 4);
  const TrueShares both = true_shares({{{}, {}}, {made.all(), dry.all()}, {3, 1}, {0, 1}, 2, 0}, 3, 4);
  EXPECT_NEAR(both.total[kIrrigation], 0.75 * with.total[kIrrigation], 1e-9);
}

}  // namespace
}  // namespace phreatic::studies::downscaling
