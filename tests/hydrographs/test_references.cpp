// SPDX-License-Identifier: BSD-3-Clause
// Which references an explained date is compared with, on a well whose rain and winters are known.
#include "phreatic/hydrographs/explanation/references.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "phreatic/hydrographs/explanation/explanation.hpp"

namespace phreatic::hydrographs {
namespace {

core::Seconds day(int year, int month, int d) {
  return core::days_from_civil({year, month, d}) * core::kSecondsPerDay;
}

// 2001 to 2010, one well. Rain of year y: rain[y - 2001] a day; every second winter, from 2001/02 on, is cold.
Prepared well() {
  const double rain[] = {1, 5, 2, 9, 1, 5, 2, 9, 1, 5};
  Prepared p;
  const core::TimeAxis axis(day(2001, 1, 1), {core::StepUnit::day, 1}, 3652);
  p.panel = data::make_panel(
      axis, {"A"},
      {{"level", "m", data::Role::level}, {"rain", "mm/d"}, {"warmth", "degC", data::Role::temperature}});
  p.drivers = {1, 2};
  for (std::size_t t = 0; t < axis.size(); ++t) {
    const int year = core::year_of(axis.start(t));
    const int winter = core::month_of(axis.start(t)) >= 8 ? year : year - 1;
    p.panel.series(0, 0)[t] = 0;
    p.panel.series(0, 1)[t] = rain[year - 2001];
    p.panel.series(0, 2)[t] =
        8 + (winter % 2 == 1 ? 20 : 9) *
                std::cos(2 * std::numbers::pi * static_cast<double>(core::day_of_year(axis.start(t)) - 197) /
                         365.25);
  }
  p.split.entities.push_back({{0, 2192}, {2192, 2922}, {2922, 3652}, false});  // test: 2009 and 2010
  return p;
}

ExplainParams same_days() {
  ExplainParams params;
  params.stride = 30;
  params.expected_gradients.references = explain::ReferenceChoice::same_day;
  return params;
}

std::vector<explain::WindowId> ids(const Prepared& p, const std::vector<std::size_t>& steps) {
  std::vector<explain::WindowId> out;
  for (const std::size_t t : steps) out.push_back({0, p.panel.axis.start(t)});
  return out;
}

TEST(References, OfMildWintersEndInThemOnTheSameDay) {
  const Prepared p = well();
  ExplainParams params = same_days();
  const std::vector<bool> complete(p.panel.time_count(), true);
  const auto all = explained_steps(p, params, 0, 365, complete);
  params.reference_winters = ReferenceWinters::mild;
  const auto mild = explained_steps(p, params, 0, 365, complete);
  EXPECT_EQ(mild.dates, all.dates);
  ASSERT_FALSE(mild.references.empty());
  EXPECT_LT(mild.references.size(), all.references.size());
  for (const std::size_t t : mild.references) {
    const core::Seconds time = p.panel.axis.start(t);
    const int winter = core::month_of(time) >= 8 ? core::year_of(time) : core::year_of(time) - 1;
    EXPECT_EQ(winter % 2, 0) << winter;
  }
  const auto explained = ids(p, mild.dates);
  const auto references = ids(p, mild.references);
  const auto chosen = references_of(p, params, 365, references, explained);
  for (std::size_t i = 0; i < explained.size(); ++i) {
    for (const auto r : chosen.groups[chosen.group_of[i]])
      EXPECT_EQ(core::day_of_year(references[r].time), core::day_of_year(explained[i].time));
  }
}

TEST(References, AlikeOnesHaveTheRainOfTheDateAndAnyTemperature) {
  const Prepared p = well();
  ExplainParams params = same_days();
  params.reference_alike = 2;
  const std::vector<bool> complete(p.panel.time_count(), true);
  const auto steps = explained_steps(p, params, 0, 365, complete);
  const auto explained = ids(p, steps.dates);
  const auto references = ids(p, steps.references);
  const auto chosen = references_of(p, params, 365, references, explained);
  ASSERT_EQ(chosen.group_of.size(), explained.size());
  std::size_t late = 0;
  for (std::size_t i = 0; i < explained.size(); ++i) {
    const auto& group = chosen.groups[chosen.group_of[i]];
    ASSERT_EQ(group.size(), 2U);
    if (core::year_of(explained[i].time) != 2010) continue;
    // Rain of 2009 was 1 and of 2010 is 5, as in 2005 and 2006 and, but for the year before, in 2002.
    ++late;
    bool found = false;
    for (const auto r : group) found = found || core::year_of(references[r].time) == 2006;
    EXPECT_TRUE(found) << i;
  }
  EXPECT_GT(late, 5U);
}

TEST(References, WhatTheyNeedAndTheDataLackIsRefused) {
  Prepared p = well();
  ExplainParams params = same_days();
  params.reference_winters = ReferenceWinters::mild;
  core::Problems none;
  check_references(p, params, "study.yml", none);
  EXPECT_TRUE(none.empty());
  p.split.entities[0].train = {0, 500};
  p.split.entities[0].validation = {500, 600};
  core::Problems few;
  check_references(p, params, "study.yml", few);
  ASSERT_EQ(few.items().size(), 1U);
  EXPECT_NE(few.items()[0].what.find("fewer than two whole winters"), std::string::npos);
  p.panel.variables[2].role = data::Role::other;
  core::Problems cold;
  check_references(p, params, "study.yml", cold);
  ASSERT_EQ(cold.items().size(), 1U);
  EXPECT_NE(cold.items()[0].what.find("none of the drivers is temperature"), std::string::npos);
  p.drivers = {};
  params.reference_alike = 2;
  params.reference_winters = ReferenceWinters::all;
  core::Problems alone;
  check_references(p, params, "study.yml", alone);
  EXPECT_EQ(alone.items().size(), 1U);
}

}  // namespace
}  // namespace phreatic::hydrographs
