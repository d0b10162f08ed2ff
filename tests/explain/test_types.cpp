// SPDX-License-Identifier: BSD-3-Clause
// Types of dynamics on made-up attributions whose types are known: grouping, names by rule, the period table.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/explain/type_evidence.hpp"
#include "phreatic/explain/types.hpp"

namespace phreatic::explain {
namespace {

constexpr core::Seconds kWeek = 7 * core::kSecondsPerDay;

// Nine wells, six years, weekly. Kind 0: rain moves the level, peaks fall as exp(-t); kind 1: evaporation has
// half of it; kind 2: pumping in summer. With `pumping_driver` false kind 2's drawdown is in the observed
// level only.
AttributionTable make_table(bool pumping_driver, double noise = 0.05) {
  AttributionTable table;
  table.drivers = {"precipitation", "pet"};
  if (pumping_driver) table.drivers.push_back("pumping");
  const core::Seconds first = *core::parse_date("2001-01-01", core::DateOrder::iso);
  for (std::size_t w = 0; w < 9; ++w) {
    table.entities.push_back("W" + std::to_string(w));
    core::RandomStream random(5, "types", w);
    for (int t = 0; t < 6 * 52; ++t) {
      const core::Seconds time = first + t * kWeek;
      const double season = 2 * std::numbers::pi * core::day_of_year(time) / 365.25;
      const double rain = std::exp(-0.2 * (t % 26)) * (1 + 0.3 * random.uniform());
      const double evaporation = std::cos(season - 0.3);
      const int month = core::month_of(time);
      const double drawdown = month >= 4 && month <= 9 ? -1.2 * (month - 3) / 6.0 : 0.0;
      const std::size_t kind = w % 3;
      const double p = (kind == 0 ? 1.0 : 0.4) * rain;
      const double e = (kind == 1 ? 0.8 : 0.05) * evaporation;
      const double q = kind == 2 ? drawdown : 0.0;
      table.entity.push_back(w);
      table.time.push_back(time);
      table.contributions.push_back(p);
      table.contributions.push_back(e);
      if (pumping_driver) table.contributions.push_back(q);
      for (std::size_t d = 0; d < table.drivers.size(); ++d) table.errors.push_back(0);
      table.base.push_back(10);
      table.simulated.push_back(10 + p + e + (pumping_driver ? q : 0.0));
      table.observed.push_back(10 + p + e + q + noise * random.normal());
    }
  }
  return table;
}

std::vector<DriverGroup> groups(bool pumping_driver) {
  std::vector<DriverGroup> out = {DriverGroup::precipitation, DriverGroup::evaporation};
  if (pumping_driver) out.push_back(DriverGroup::pumping);
  return out;
}

DynamicsType wanted(std::size_t well) {
  constexpr DynamicsType kKinds[] = {DynamicsType::runoff, DynamicsType::evaporation,
                                     DynamicsType::extraction};
  return kKinds[well % 3];
}

TEST(Types, SharesSumToOneAndTheLargestIsTheDriverThatMovesTheWell) {
  const AttributionTable table = make_table(true);
  const Signatures s = signatures(table, groups(true));
  ASSERT_EQ(s.entities, 9U);
  for (std::size_t w = 0; w < 9; ++w) {
    EXPECT_NEAR(s.share[w * 3] + s.share[w * 3 + 1] + s.share[w * 3 + 2], 1.0, 1e-12);
    EXPECT_GT(s.share[w * 3 + w % 3], 0.5) << w;
  }
}

TEST(Types, KnownTypesAreFoundAndNamed) {
  const AttributionTable table = make_table(true);
  const Signatures s = signatures(table, groups(true));
  const Types types = find_types(table, s, {});
  EXPECT_EQ(types.count, 3);
  for (std::size_t w = 0; w < 9; ++w) {
    EXPECT_EQ(types.cluster[w], types.cluster[w % 3]);
    EXPECT_EQ(types.clusters[static_cast<std::size_t>(types.cluster[w])].type, wanted(w))
        << types.clusters[static_cast<std::size_t>(types.cluster[w])].reason;
    EXPECT_EQ(types.entities[w].type, wanted(w)) << types.entities[w].reason;
  }
}

TEST(Types, WithoutAPumpingDriverTheUnexplainedDeclinesTell) {
  const AttributionTable table = make_table(false);
  const Signatures s = signatures(table, groups(false));
  for (std::size_t w = 0; w < 9; ++w) {
    TypeEvidence evidence = entity_evidence(table, s, w, {});
    name_type(evidence, s.groups, {});
    EXPECT_EQ(evidence.type == DynamicsType::extraction, w % 3 == 2) << w << ": " << evidence.reason;
    EXPECT_EQ(evidence.years, 6);
  }
}

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

TEST(Types, AWellWithoutADriverHasNoShareOfItAndTheSharesOfItsOwnDriversSumToOne) {
  AttributionTable table = make_table(true);
  for (std::size_t r = 0; r < table.rows(); ++r) {
    if (table.entity[r] == 4) table.contributions[r * 3 + 2] = kAbsent;
  }
  const Signatures s = signatures(table, groups(true));
  EXPECT_TRUE(std::isnan(s.share[4 * 3 + 2]));
  EXPECT_NEAR(s.share[4 * 3] + s.share[4 * 3 + 1], 1.0, 1e-12);
  for (std::size_t m = 0; m < 12; ++m) {
    EXPECT_TRUE(std::isnan(s.seasonal[(4 * 3 + 2) * 12 + m]));
    EXPECT_FALSE(std::isnan(s.seasonal[4 * 36 + m]));
  }
}

TEST(Types, SharesAreCompletedAtTheMeanOfTheWellsThatHaveTheDriver) {
  Signatures s;
  s.entities = 3;
  s.groups = {DriverGroup::precipitation, DriverGroup::evaporation, DriverGroup::pumping};
  s.share = {0.3, 0.3, 0.4, 0.2, 0.2, 0.6, 0.75, 0.25, kAbsent};
  const std::vector<double> all = completed_shares(s);
  const std::vector<double> expected = {0.3, 0.3, 0.4, 0.2, 0.2, 0.6, 0.375, 0.125, 0.5};
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(all[i], expected[i], 1e-15) << i;
}

// Rain moves the even wells, evaporation the odd ones; pumping draws all of them down, but only the first four were
// given as a driver. Zeros in the others would part those that have it from those that have not.
TEST(Types, WellsAreGroupedByWhatTheyHaveNotByWhichDriverIsMissing) {
  AttributionTable table = make_table(true);
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const std::size_t w = table.entity[r];
    const double season = 2 * std::numbers::pi * core::day_of_year(table.time[r]) / 365.25;
    const int month = core::month_of(table.time[r]);
    table.contributions[r * 3] = (w % 2 == 0 ? 1.0 : 0.3) * std::sin(season);
    table.contributions[r * 3 + 1] = (w % 2 == 0 ? 0.3 : 1.0) * std::cos(season);
    const double drawdown = month >= 4 && month <= 9 ? -2.0 : 0.0;
    table.contributions[r * 3 + 2] = w < 4 ? drawdown : kAbsent;
    table.simulated[r] = 10 + table.contributions[r * 3] + table.contributions[r * 3 + 1] + drawdown;
  }
  const Signatures s = signatures(table, groups(true));
  TypesParams two;
  two.types = 2;
  const Types types = find_types(table, s, two);
  for (std::size_t w = 0; w < 9; ++w) EXPECT_EQ(types.cluster[w], types.cluster[w % 2]) << w;
  EXPECT_NE(types.cluster[0], types.cluster[1]);
}

TEST(Types, TheUnexplainedDeclinesTellWhereOnlyOtherWellsHaveAPumpingDriver) {
  AttributionTable table = make_table(true);
  for (std::size_t r = 0; r < table.rows(); ++r) {
    if (table.entity[r] != 8) continue;
    table.simulated[r] -= table.contributions[r * 3 + 2];
    table.contributions[r * 3 + 2] = kAbsent;
  }
  const Signatures s = signatures(table, groups(true));
  const Types types = find_types(table, s, {});
  EXPECT_FALSE(types.entities[8].pumping_given);
  EXPECT_EQ(types.entities[8].type, DynamicsType::extraction) << types.entities[8].reason;
  const TypeEvidence& own = types.clusters[static_cast<std::size_t>(types.cluster[2])];
  EXPECT_EQ(own.type, DynamicsType::extraction) << own.reason;
  EXPECT_EQ(own.pumping_mixed, types.cluster[8] == types.cluster[2]);
}

TEST(Types, ThePeriodTableAveragesADriverOverTheWellsThatHaveIt) {
  AttributionTable table = make_table(true, 0.0);
  const core::TimeAxis axis(*core::parse_date("2001-01-01", core::DateOrder::iso), {core::StepUnit::day, 1},
                            6 * 364);
  const std::vector<Period> summers = monthly_periods(axis, "pumping", 4, 9);
  const std::vector<int> cluster(9, 0);
  const auto with_zeros = type_period_table(table, cluster, summers);
  for (std::size_t r = 0; r < table.rows(); ++r) {
    if (table.entity[r] % 3 != 2) table.contributions[r * 3 + 2] = kAbsent;
  }
  const auto rows = type_period_table(table, cluster, summers);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_NEAR(rows[0].contributions[2], 3 * with_zeros[0].contributions[2], 1e-12);
  EXPECT_NEAR(rows[0].contributions[0], with_zeros[0].contributions[0], 1e-12);
  EXPECT_NEAR(rows[0].share[0] + rows[0].share[1] + rows[0].share[2], 1.0, 1e-12);
}

TEST(Types, NoNameWithoutEvidence) {
  TypeEvidence evidence;
  const std::vector<DriverGroup> two = {DriverGroup::precipitation, DriverGroup::temperature};
  evidence.share = {0.9, 0.1};  // rain, but no recession and no evaporation
  name_type(evidence, two, {});
  EXPECT_EQ(evidence.type, DynamicsType::unclassified);
  EXPECT_FALSE(evidence.reason.empty());
  evidence = {};
  evidence.share = {0.05, 0.95};
  name_type(evidence, two, {});
  EXPECT_EQ(evidence.type, DynamicsType::unclassified);
}

TEST(Types, TooFewWellsAreAnInputError) {
  AttributionTable table = make_table(true);
  Signatures s = signatures(table, groups(true));
  s.entities = 2;
  EXPECT_THROW(find_types(table, s, {}), core::InputError);
}

TEST(Types, ThePeriodTableHoldsMeanChangesAndSigns) {
  const AttributionTable table = make_table(true, 0.0);
  const core::TimeAxis axis(*core::parse_date("2001-01-01", core::DateOrder::iso), {core::StepUnit::day, 1},
                            6 * 364);
  const std::vector<Period> summers = monthly_periods(axis, "pumping", 4, 9);
  std::vector<int> cluster;
  for (std::size_t w = 0; w < 9; ++w) cluster.push_back(static_cast<int>(w % 3));
  const auto rows = type_period_table(table, cluster, summers);
  ASSERT_EQ(rows.size(), 3U);
  for (const TypePeriodRow& row : rows) {
    EXPECT_EQ(row.occurrences, 3 * summers.size());
    double sum = 0;
    double change = 0;
    for (std::size_t d = 0; d < 3; ++d) {
      sum += row.share[d];
      change += row.contributions[d];
    }
    EXPECT_NEAR(sum, 1.0, 1e-12);
    EXPECT_NEAR(change, row.simulated_change, 1e-9)
        << "the base does not change, so contributions add up to the change";
  }
  EXPECT_EQ(rows[2].sign, -1);
  EXPECT_GT(rows[2].share[2], 0.5);
  EXPECT_DOUBLE_EQ(rows[2].sign_agreement, 1.0);
}

}  // namespace
}  // namespace phreatic::explain
