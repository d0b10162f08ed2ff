// SPDX-License-Identifier: BSD-3-Clause
// The layouts that users have, loaded as they are. Expected numbers were read from the files with pandas
// (tests/reference/data/real_data.py).
#include <gtest/gtest.h>

#include <cmath>

#include "loading.hpp"

namespace phreatic::data {
namespace {

// Index of a date on the axis.
std::size_t at(const LoadedData& data, const std::string& date) {
  const auto index = data.panel.axis.index_of(*core::parse_date(date, core::DateOrder::iso));
  EXPECT_TRUE(index.has_value()) << date;
  return index.value_or(0);
}

double value(const LoadedData& data, const std::string& well, const std::string& variable,
             const std::string& date) {
  const auto e = data.panel.find_entity(well);
  const auto v = data.panel.find_variable(variable);
  EXPECT_TRUE(e && v) << well << " " << variable;
  return e && v ? data.panel.series(*e, *v)[at(data, date)] : 0;
}

struct Summary {
  std::size_t count = 0;
  double mean = 0;
};
Summary summary(const LoadedData& data, const std::string& well, const std::string& variable) {
  Summary out;
  const auto series = data.panel.series(*data.panel.find_entity(well), *data.panel.find_variable(variable));
  for (const double x : series) {
    if (std::isnan(x)) continue;
    out.mean += x;
    ++out.count;
  }
  out.mean /= static_cast<double>(out.count);
  return out;
}

constexpr const char* kChallenge = R"(
step: daily
wells: [Netherlands, Germany, USA, Sweden_1, Sweden_2]
targets:
  files: ${PHREATIC_SHARED_DATA}/wells/gw-challenge-2022/{id}/heads.csv
drivers:
  - files: ${PHREATIC_SHARED_DATA}/wells/gw-challenge-2022/{id}/input_data.csv
    wells: [Netherlands, Germany, Sweden_1, Sweden_2]
    columns:
      - {column: rr, name: precipitation, unit: mm/d}
      - {column: tg, name: temperature, unit: degC}
      - {column: et, name: evaporation, unit: mm/d}
  - files: ${PHREATIC_SHARED_DATA}/wells/gw-challenge-2022/{id}/input_data.csv
    wells: [USA]
    columns:
      - {column: PRCP, name: precipitation, unit: mm/d}
      - {columns: [TMAX, TMIN], name: temperature, unit: degC}
      - {column: ET, name: evaporation, unit: mm/d}
derived: {kind: calendar}
places: {file: '${PHREATIC_SHARED_DATA}/wells/gw-challenge-2022/locations.csv', id_column: location}
split:
  train: {last: 2011-12-31}
  validation: {first: 2012-01-01}
  periods:
    - {wells: [Netherlands], test: {first: 2016-09-23, last: 2020-11-27}}
    - {wells: [USA], test: {first: 2017-01-18, last: 2021-12-31}}
    - {wells: [Germany], test: {first: 2017-01-01, last: 2021-12-31}}
    - {wells: [Sweden_1, Sweden_2], test: {first: 2016-01-05, last: 2020-12-29}}
)";

TEST(RealData, Challenge2022) {
  REQUIRE_SHARED_DATA("gw-challenge-2022");
  const Loaded loaded = load_text(kChallenge, ".");
  ASSERT_EQ(loaded.problems, "");
  const LoadedData& data = loaded.data;
  ASSERT_EQ(data.panel.entity_count(), 5U);
  ASSERT_EQ(data.panel.variable_count(), 6U);
  EXPECT_EQ(data.inputs.size(), 5U);
  EXPECT_EQ(data.panel.variables[1].unit, "mm/d");
  EXPECT_EQ(core::format_date(data.panel.axis.start(0)), "1990-01-01");
  EXPECT_EQ(core::format_date(data.panel.axis.start(data.panel.time_count() - 1)), "2022-05-31");
  EXPECT_EQ(value(data, "USA", "level", "2002-03-01"), 151.30143249009447);
  EXPECT_EQ(value(data, "Netherlands", "level", "2000-01-03"), 11.23);
  EXPECT_EQ(value(data, "Germany", "temperature", "1990-01-02"), -2.74);
  EXPECT_DOUBLE_EQ(value(data, "USA", "temperature", "1996-03-27"),
                   (13.88888888888889 - 5.555555555555555) / 2);
  EXPECT_EQ(value(data, "USA", "precipitation", "2022-05-31"), 0.254);
  EXPECT_TRUE(std::isnan(value(data, "USA", "temperature", "1990-01-01")));
  EXPECT_EQ(summary(data, "Sweden_1", "level").count, 783U);
  EXPECT_EQ(summary(data, "Netherlands", "level").count, 5696U);
  EXPECT_EQ(summary(data, "Germany", "level").count, 5359U);
  EXPECT_EQ(summary(data, "USA", "level").count, 5268U);
  EXPECT_NEAR(summary(data, "USA", "level").mean, 152.173368468093, 1e-10);
  EXPECT_NEAR(summary(data, "Sweden_2", "level").mean, 347.352592592593, 1e-10);
  EXPECT_NEAR(data.panel.places[*data.panel.find_entity("USA")].longitude, -72.2921056, 1e-12);
  EXPECT_NEAR(data.panel.places[*data.panel.find_entity("Netherlands")].latitude, 52.995632, 1e-12);
  const EntitySplit& usa = data.split.entities[*data.panel.find_entity("USA")];
  EXPECT_EQ(usa.test.begin, at(data, "2017-01-18"));
  EXPECT_EQ(usa.test.end, at(data, "2021-12-31") + 1);
  EXPECT_EQ(usa.validation.end, usa.test.begin);
  EXPECT_EQ(data.files.size(), 11U);
}

TEST(RealData, ChallengeWithTestYears) {
  REQUIRE_SHARED_DATA("gw-challenge-2022");
  std::string text = kChallenge;
  text.replace(text.find("heads.csv"), 9, "heads_full.csv");
  const Loaded refused = load_text(text, ".");
  expect_has(refused.problems,
             "Sweden_1/heads_full.csv:861: well Sweden_1: 2017-06-13 stands on lines 861 and 862 with");
  text.replace(text.find("\ndrivers:"), 1, "\n  duplicates: mean\n");
  const Loaded loaded = load_text(text, ".");
  ASSERT_EQ(loaded.problems, "");
  EXPECT_DOUBLE_EQ(value(loaded.data, "Sweden_1", "level", "2017-06-13"), (241.58 + 241.32) / 2);
  EXPECT_EQ(summary(loaded.data, "Sweden_1", "level").count, 1044U);
  expect_has(joined(loaded.data.said), "2 rows repeat a date and were merged");
}

constexpr const char* kGermany = R"(
step: weekly
targets:
  files: ${PHREATIC_SHARED_DATA}/wells/germany-weekly/gw/{id}_GW-Data.csv
drivers:
  files: ${PHREATIC_SHARED_DATA}/wells/germany-weekly/hyras/{id}_weeklyData_HYRAS.csv
  columns:
    - {column: P, name: precipitation, unit: mm}
    - {column: T, name: temperature, unit: degC}
    - {column: rH, name: humidity, unit: '%'}
    - {column: Tsin, name: temperature_sine, unit: degC}
attributes: {file: '${PHREATIC_SHARED_DATA}/wells/germany-weekly/features/envfeat.csv', categories: [clc2018]}
require: {first_before: 2000-12-31, last_after: 2015-12-28, complete_attributes: true}
split:
  train: {last: 2007-12-31}
  validation: {first: 2008-01-01, last: 2011-12-31}
  test: {first: 2012-01-01, last: 2015-12-31}
)";

TEST(RealData, GermanyWeekly) {
  REQUIRE_SHARED_DATA("germany-weekly");
  const Loaded loaded = load_text(kGermany, ".");
  ASSERT_EQ(loaded.problems, "");
  const LoadedData& data = loaded.data;
  EXPECT_EQ(data.panel.entity_count(), 43U);
  EXPECT_EQ(data.left_out.size(), 5U);
  for (const LeftOut& one : data.left_out) EXPECT_FALSE(one.reason.empty()) << one.entity;
  EXPECT_EQ(data.panel.variables[1].unit, "mm/week");
  const std::int64_t monday = core::day_of(data.panel.axis.start(0)) - core::days_from_civil({2001, 1, 1});
  EXPECT_EQ(((monday % 7) + 7) % 7, 0);  // 2001-01-01 was a Monday
  EXPECT_EQ(value(data, "BB_27381010", "level", "1997-04-14"), 48.52);
  EXPECT_EQ(value(data, "BB_27381010", "level", "1997-04-21"), 48.535);
  EXPECT_EQ(value(data, "BB_27381010", "precipitation", "1951-01-08"), 25.1135172959569);
  EXPECT_EQ(value(data, "BB_27381010", "temperature", "2015-12-28"), 9.29978809590535);
  const auto& names = data.panel.attributes.names;
  EXPECT_NE(std::find(names.begin(), names.end(), "huek250_ha=P"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "clc2018=16"), names.end());
  for (const double x : data.panel.attributes.values) EXPECT_FALSE(std::isnan(x));
  expect_has(joined(data.said), "dates day first");
  expect_has(joined(data.said), "envfeat.csv: separator ';', decimal point");
  const EntitySplit& split = data.split.entities.front();
  EXPECT_EQ(split.test.begin, at(data, "2012-01-02"));
  EXPECT_EQ(split.test.end, at(data, "2015-12-28") + 1);
  EXPECT_TRUE(data.warnings.empty()) << joined(data.warnings);
}

TEST(RealData, PastasExamples) {
  REQUIRE_SHARED_DATA("pastas-examples");
  const Loaded loaded = load_text(R"(
step: daily
targets:
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/heby/heby_head.csv', well: heby}
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/gossau/heads.csv', well: gossau}
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/austria_step/head.csv', well: austria}
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/netherlands_river/nb5_head.csv', well: dutch}
drivers:
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/heby/heby_prec.csv', wells: [heby], columns: {column: Prec, name: precipitation, unit: mm/d}}
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/gossau/prec.csv', wells: [gossau], columns: {column: Gossau, name: precipitation, unit: mm/d}}
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/austria_step/prec.csv', wells: [austria], columns: {column: Prec, name: precipitation, unit: mm/d}}
  - {files: '${PHREATIC_SHARED_DATA}/wells/pastas-examples/netherlands_river/nb5_prec.csv', wells: [dutch], columns: {column: Prec, name: precipitation, unit: m/d}}
split: {train: {last: 2012-12-31}, validation: {first: 2013-01-01, last: 2014-12-31}, test: {first: 2015-01-01, last: 2018-12-31}}
)",
                                  ".");
  ASSERT_EQ(loaded.problems, "");
  const LoadedData& data = loaded.data;
  ASSERT_EQ(data.panel.entity_count(), 4U);
  EXPECT_EQ(value(data, "heby", "level", "1980-01-31"), 78.87);
  EXPECT_EQ(value(data, "gossau", "level", "1984-01-02"), 638.68);
  EXPECT_EQ(value(data, "austria", "level", "1967-11-02"), 330.14);
  EXPECT_DOUBLE_EQ(value(data, "dutch", "precipitation", "1990-01-01"), 0.9);
  EXPECT_DOUBLE_EQ(value(data, "dutch", "precipitation", "2020-01-09"), 5.5);
  const Summary dutch = summary(data, "dutch", "level");
  EXPECT_EQ(dutch.count, 6047U);  // several values a day become one
  EXPECT_NEAR(dutch.mean, 8.547142409722, 1e-11);
}

TEST(RealData, SpokaneInFeetAndDepth) {
  REQUIRE_SHARED_DATA("spokane-river-aquifer");
  const Loaded loaded = load_text(R"(
step: daily
targets:
  files: ${PHREATIC_SHARED_DATA}/wells/spokane-river-aquifer/{id}_daily.csv
  column: avg_well_depth
  quantity: depth
  unit: ft
exclude: [usgs_12422500]
drivers:
  - files: ${PHREATIC_SHARED_DATA}/wells/spokane-river-aquifer/{id}_daily.csv
    columns:
      - {column: prcp, name: precipitation, unit: inch/d, gaps: climatology}
      - {column: temp_avg, name: temperature, unit: degF, gaps: climatology}
  - files: ${PHREATIC_SHARED_DATA}/wells/spokane-river-aquifer/usgs_12422500_daily.csv
    columns: {column: discharge_cfs, name: discharge, unit: ft3/s}
split: {train: {last: 2013-12-31}, validation: {first: 2014-01-01, last: 2014-12-31}, test: {first: 2015-01-01, last: 2017-05-04}}
)",
                                  ".");
  ASSERT_EQ(loaded.problems, "");
  const LoadedData& data = loaded.data;
  EXPECT_EQ(data.panel.entities, (std::vector<std::string>{"AEK201", "AFL259", "APK309", "APK310"}));
  EXPECT_DOUBLE_EQ(value(data, "AEK201", "level", "2005-08-22"), -70.8917 * 0.3048);
  EXPECT_DOUBLE_EQ(value(data, "AEK201", "precipitation", "2017-09-27"), 0);
  EXPECT_NEAR(value(data, "AEK201", "temperature", "2005-08-22"), (72.8542 - 32) * 5 / 9, 1e-12);
  EXPECT_NEAR(value(data, "APK310", "discharge", "1990-01-01"), 5500 * 0.3048 * 0.3048 * 0.3048, 1e-9);
  ASSERT_EQ(data.records.size(), 4U);
  EXPECT_EQ(data.records[0].quantity, Quantity::depth);
  EXPECT_EQ(data.records[0].unit, "ft");
  EXPECT_EQ(data.records[1].observations, 4252U);
  EXPECT_EQ(summary(data, "AEK201", "level").count, 4312U);
  EXPECT_NEAR(summary(data, "APK310", "level").mean, -34.701382135482, 1e-11);
  EXPECT_FALSE(data.gaps.empty());
  EXPECT_EQ(data.files.size(), 5U);  // each well's file is read once for level and drivers
  expect_has(provenance_json(data), "\"given_as\": \"depth\"");
}

}  // namespace
}  // namespace phreatic::data
