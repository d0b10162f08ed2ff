// SPDX-License-Identifier: BSD-3-Clause
// load() on small files: what is read, what is refused and in which words.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "loading.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::data {
namespace {

std::string date(int day) {
  return core::format_date((core::days_from_civil({2001, 1, 1}) + day) * core::kSecondsPerDay);
}

// "date,<columns>" with value(day, column) on `days` days.
template <class F>
std::string table(const std::string& header, int days, int columns, F value) {
  std::string text = header + "\n";
  for (int d = 0; d < days; ++d) {
    text += date(d);
    for (int c = 0; c < columns; ++c) text += fmt::format(",{}", value(d, c));
    text += "\n";
  }
  return text;
}

double level(int day, int /*column*/) { return 10 + std::sin(day * 0.1); }
double rain(int day, int column) { return day % 7 + column; }

constexpr const char* kSplit =
    "split: {train: {last: 2001-02-28}, validation: {first: 2001-03-01, last: 2001-03-20}, test: {first: "
    "2001-03-21}}\n";
const std::string kStudy = std::string(
                               "targets: {files: 'gw/{id}.csv'}\n"
                               "drivers: {files: met.csv, columns: {column: P, name: rain, unit: mm/d}}\n") +
                           kSplit;

class Load : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* well : {"A", "B", "010"})
      scratch_.write(fmt::format("gw/{}.csv", well), table("date,head", 100, 1, level));
    scratch_.write("met.csv", table("date,P,T", 100, 2, rain));
  }
  Loaded load(const std::string& yaml) const { return load_text(yaml, scratch_.folder()); }
  LoadedData good(const std::string& yaml) const {
    Loaded loaded = load(yaml);
    EXPECT_EQ(loaded.problems, "");
    return std::move(loaded.data);
  }
  std::string bad(const std::string& yaml) const {
    const Loaded loaded = load(yaml);
    EXPECT_NE(loaded.problems, "");
    return loaded.problems;
  }
  Scratch scratch_;
};

TEST_F(Load, WellsByPatternAndASharedDriver) {
  const LoadedData data = good(kStudy);
  EXPECT_EQ(data.panel.entities, (std::vector<std::string>{"010", "A", "B"}));
  EXPECT_EQ(data.panel.time_count(), 100U);
  for (std::size_t e = 0; e < 3; ++e) {
    for (int d = 0; d < 100; ++d) {
      EXPECT_EQ(data.panel.series(e, 0)[static_cast<std::size_t>(d)], level(d, 0));
      EXPECT_EQ(data.panel.series(e, 1)[static_cast<std::size_t>(d)], rain(d, 0));
    }
  }
  EXPECT_EQ(data.files.size(), 4U);
  EXPECT_EQ(data.split.entities[0].train, (StepRange{0, 59}));
  EXPECT_EQ(data.split.entities[0].validation, (StepRange{59, 79}));
  EXPECT_EQ(data.split.entities[0].test, (StepRange{79, 100}));
}

TEST_F(Load, ThePatternMayBeAFolder) {
  scratch_.write("x/A/h.csv", table("date,head", 100, 1, level));
  scratch_.write("x/B/other.csv", "");
  scratch_.write("x/README", "");
  const LoadedData data = good("targets: {files: 'x/{id}/h.csv'}\n");
  EXPECT_EQ(data.panel.entities, std::vector<std::string>{"A"});
  expect_has(joined(data.said), "split by default: train 2001-01-01 to");
}

TEST_F(Load, OneLongTable) {
  std::string text = "unique_id,ds,y,rain\n";
  for (int d = 0; d < 100; ++d) {
    for (const char* well : {"W2", "W1"})
      text += fmt::format("{},{},{},{}\n", well, date(d), d + (well[1] - '0') * 1000, d);
  }
  scratch_.write("long.csv", text);
  const std::string study =
      "targets: {files: long.csv, id_column: unique_id, column: y}\n"
      "drivers: {files: long.csv, id_column: unique_id, columns: {column: rain, name: rain, unit: mm/d}}\n";
  const LoadedData data = good(study + kSplit);
  EXPECT_EQ(data.panel.entities, (std::vector<std::string>{"W1", "W2"}));
  EXPECT_EQ(data.panel.series(0, 0)[42], 1042);
  EXPECT_EQ(data.panel.series(1, 0)[42], 2042);
  EXPECT_EQ(data.panel.series(1, 1)[42], 42);
  EXPECT_EQ(good(study + "wells: [W2]\n" + kSplit).panel.entities, std::vector<std::string>{"W2"});
}

TEST_F(Load, DepthsBecomeLevels) {
  scratch_.write("d/A.csv",
                 table("date,depth,mp", 100, 2, [](int d, int c) { return c == 0 ? d * 0.5 : 100.0; }));
  const auto first_level = [&](const std::string& more) {
    const LoadedData data =
        good("targets: {files: 'd/{id}.csv', column: depth, quantity: depth" + more + "}\n");
    return data.panel.series(0, 0)[10];
  };
  EXPECT_DOUBLE_EQ(first_level(""), -5);
  EXPECT_DOUBLE_EQ(first_level(", unit: ft"), -5 * 0.3048);
  EXPECT_DOUBLE_EQ(first_level(", unit: ft, reference_level: 200"), 200 - 5 * 0.3048);
  EXPECT_DOUBLE_EQ(first_level(", unit: ft, reference_column: mp"), 95 * 0.3048);
}

TEST_F(Load, AggregatesToSteps) {
  for (const char* well : {"A", "B", "010"})
    scratch_.write(fmt::format("gw/{}.csv", well), table("date,head", 200, 1, level));
  scratch_.write("met.csv", table("date,P", 200, 1, rain));
  const auto panel_of = [&](const std::string& step) { return good(kStudy + "step: " + step + "\n").panel; };
  const Panel weekly = panel_of("weekly");  // 2001-01-01 was a Monday
  EXPECT_EQ(weekly.variables[1].unit, "mm/week");
  EXPECT_DOUBLE_EQ(weekly.series(0, 1)[0], 0 + 1 + 2 + 3 + 4 + 5 + 6);
  double mean = 0;
  for (int d = 0; d < 7; ++d) mean += level(d, 0) / 7;
  EXPECT_NEAR(weekly.series(0, 0)[0], mean, 1e-12);
  EXPECT_EQ(weekly.time_count(), 29U);
  EXPECT_TRUE(std::isnan(weekly.series(0, 1)[28])) << "a sum over 4 of 7 days is no weekly sum";
  EXPECT_FALSE(std::isnan(weekly.series(0, 0)[28]));
  const Panel monthly = panel_of("monthly");
  double january = 0;
  for (int d = 0; d < 31; ++d) january += rain(d, 0);
  EXPECT_DOUBLE_EQ(monthly.series(0, 1)[0], january);
  EXPECT_EQ(monthly.variables[1].unit, "mm/month");
  const Panel five = panel_of("5-day");
  EXPECT_DOUBLE_EQ(five.series(0, 1)[1], rain(5, 0) + rain(6, 0) + rain(7, 0) + rain(8, 0) + rain(9, 0));
}

TEST_F(Load, SubDailyRatesAndAmounts) {
  std::string text = "time,rate,amount,T\n";
  for (int h = 0; h < 24 * 100; ++h)
    text += fmt::format("{} {:02}:00:00,24,0.5,{}\n", date(h / 24), h % 24, h % 24);
  scratch_.write("met.csv", text);
  const LoadedData data = good(
      std::string(
          "targets: {files: 'gw/{id}.csv'}\ndrivers:\n  files: met.csv\n  columns:\n"
          "    - {column: rate, name: rate, unit: mm/d}\n    - {column: amount, name: amount, unit: mm}\n"
          "    - {column: T, name: T, unit: degC}\n    - {column: rate, name: per_hour, unit: mm/h}\n") +
      kSplit);
  EXPECT_NEAR(data.panel.series(0, 1)[3], 24, 1e-12);
  EXPECT_NEAR(data.panel.series(0, 2)[3], 12, 1e-12);
  EXPECT_NEAR(data.panel.series(0, 3)[3], 11.5, 1e-12);
  EXPECT_NEAR(data.panel.series(0, 4)[3], 24 * 24, 1e-9);
  for (std::size_t v : {1U, 2U, 4U}) EXPECT_EQ(data.panel.variables[v].unit, "mm/d");
}

TEST_F(Load, DerivedInputs) {
  const LoadedData data = good(kStudy +
                               "derived:\n  - {kind: lag, from: [rain, level], steps: [1, 12]}\n"
                               "  - {kind: rolling_sum, from: rain, steps: 3}\n"
                               "  - {kind: rolling_mean, from: rain, steps: 3}\n  - {kind: calendar}\n");
  const Panel& p = data.panel;
  ASSERT_EQ(p.variable_count(), 2U + 4 + 1 + 1 + 2);
  EXPECT_EQ(data.inputs.size(), 9U);
  EXPECT_EQ(p.series(1, *p.find_variable("rain_lag12"))[20], rain(8, 0));
  EXPECT_TRUE(std::isnan(p.series(1, *p.find_variable("rain_lag12"))[11]));
  EXPECT_EQ(p.series(1, *p.find_variable("level_lag1"))[20], level(19, 0));
  EXPECT_EQ(p.series(1, *p.find_variable("rain_sum3"))[20], rain(18, 0) + rain(19, 0) + rain(20, 0));
  EXPECT_DOUBLE_EQ(p.series(1, *p.find_variable("rain_mean3"))[20],
                   (rain(18, 0) + rain(19, 0) + rain(20, 0)) / 3);
  const double angle = 2 * 3.14159265358979323846 * (31.5 / 365);
  EXPECT_NEAR(p.series(1, *p.find_variable("season_sin"))[31], std::sin(angle), 1e-12);
  EXPECT_NEAR(p.series(1, *p.find_variable("season_cos"))[31], std::cos(angle), 1e-12);
}

TEST_F(Load, GapsOfDriversNeedANamedPolicy) {
  const auto with_gap = [](int d, int /*c*/) {
    return d >= 10 && d < 13 ? std::nan("") : static_cast<double>(d);
  };
  scratch_.write("met.csv", table("date,P", 100, 1, with_gap));
  const std::string text = bad(kStudy);
  expect_has(
      text,
      "driver 'rain': 3 steps are missing between its first and last value, the first at 2001-01-11, the "
      "longest gap has 3 steps; the same for A B");
  const auto with_policy = [&](const std::string& policy) {
    std::string study = kStudy;
    study.replace(study.find("unit: mm/d"), 10, "unit: mm/d, " + policy);
    return study;
  };
  const LoadedData linear = good(with_policy("gaps: linear"));
  EXPECT_DOUBLE_EQ(linear.panel.series(0, 1)[11], 11);
  ASSERT_EQ(linear.gaps.size(), 3U);
  EXPECT_EQ(linear.gaps[0].filled, 3U);
  expect_has(bad(with_policy("gaps: linear, gap_steps: 2")), "more than gap_steps = 2");
  const LoadedData flag = good(with_policy("gaps: flag"));
  const Panel& p = flag.panel;
  const std::size_t channel = *p.find_variable("rain_missing");
  EXPECT_EQ(p.series(0, channel)[9], 0);
  EXPECT_EQ(p.series(0, channel)[10], 1);
  double seasonal = 0;  // training days within 15 days of day 10, without the gap
  int n = 0;
  for (int d = 0; d <= 25; ++d) {
    if (d >= 10 && d < 13) continue;
    seasonal += d;
    ++n;
  }
  EXPECT_NEAR(p.series(0, 1)[10], seasonal / n, 1e-12);
  EXPECT_TRUE(std::isnan(good(with_policy("gaps: keep")).panel.series(0, 1)[10]));
}

// Values after the training period change no filled value before it.
TEST_F(Load, ClimatologyUsesTheTrainingPeriodOnly) {
  std::string study = kStudy;
  study.replace(study.find("unit: mm/d"), 10, "unit: mm/d, gaps: climatology");
  const auto write = [&](double later) {
    scratch_.write("met.csv", table("date,P", 100, 1, [&](int d, int) {
                     return d == 50 ? std::nan("") : d >= 59 ? later : d;
                   }));
  };
  write(5);
  const double a = good(study).panel.series(0, 1)[50];
  write(5000);
  EXPECT_EQ(good(study).panel.series(0, 1)[50], a);
}

TEST_F(Load, AttributesAndPlaces) {
  scratch_.write("a.csv", "id;kf;soil;class\nA;1,5;sand;3\nB;;clay;4\n010;2,5;;3\n");
  scratch_.write("p.csv", "name;x;y;z\nA;7,5;48,25;100\nB;8;49;\n010;9;50;200\n");
  const LoadedData data = good(
      kStudy + "attributes: {file: a.csv, categories: [class]}\nplaces: {file: p.csv, elevation_unit: ft}\n");
  const Attributes& a = data.panel.attributes;
  EXPECT_EQ(a.names, (std::vector<std::string>{"kf", "soil=clay", "soil=sand", "class=3", "class=4"}));
  EXPECT_EQ(a.values, (std::vector<double>{2.5, 0, 0, 1, 0, 1.5, 0, 1, 1, 0, 2.0, 1, 0, 0, 1}));
  expect_has(joined(data.warnings),
             "attribute 'kf' is missing for 1 of 3 wells (B); filled with the mean of the others, 2");
  EXPECT_EQ(data.panel.places[1].longitude, 7.5);
  EXPECT_EQ(data.panel.places[1].latitude, 48.25);
  EXPECT_DOUBLE_EQ(data.panel.places[0].elevation_m, 200 * 0.3048);
  EXPECT_TRUE(std::isnan(data.panel.places[2].elevation_m));
  expect_has(bad(kStudy + "attributes: {file: a.csv, columns: [kff]}\n"),
             "no column 'kff'; did you mean 'kf'?");
  scratch_.write("a.csv", "id;kf\nA;1\nA;2\nB;1\n");
  const std::string text = bad(kStudy + "attributes: {file: a.csv}\n");
  expect_has(text, "a.csv:3: 'A' stands twice; the first is on line 2");
  expect_has(text, "well 010: there is no row for this well");
  scratch_.write("p.csv", "name;x;y\nA;7,5;480\nB;8;49\n010;9;50\n");
  expect_has(bad(kStudy + "places: {file: p.csv}\n"), "p.csv:2: column 'y': '480' is not a coordinate");
}

TEST_F(Load, LongitudesFrom0To360DegreesBecomeThoseWestOfGreenwich) {
  scratch_.write("p.csv", "name;x;y\nA;262,5;48\nB;240;49\n010;9;50\n");
  for (const char* crs : {"", ", crs: 'EPSG:4326'"}) {
    const LoadedData data = good(kStudy + "places: {file: p.csv" + crs + "}\n");
    EXPECT_DOUBLE_EQ(data.panel.places[0].longitude, 9) << crs;
    EXPECT_NEAR(data.panel.places[1].longitude, -97.5, 1e-9) << crs;
    EXPECT_NEAR(data.panel.places[2].longitude, -120, 1e-9) << crs;
    expect_has(joined(data.warnings), "longitudes beyond 180 degrees (262.5 of well A and 1 more)");
  }
}

// A study of discharge alone keeps the wells' table of attributes: its columns tell gauges nothing, and it is said.
TEST_F(Load, GaugesAloneNeedNoRowInTheTableOfTheWells) {
  scratch_.write("a.csv", "id;kf\nW1;1\nW2;3\n");
  const std::string discharge = std::string(kStudy) + "attributes: {file: a.csv}\n";
  std::string gauges = discharge;
  gauges.replace(gauges.find("targets: {"), 10, "targets: {quantity: other, unit: m3/s, name: discharge, ");
  const LoadedData data = good(gauges);
  EXPECT_EQ(data.panel.attributes.values, (std::vector<double>{0, 0, 0}));
  expect_has(joined(data.warnings), "no row for A");
  expect_has(joined(data.warnings),
             "attribute 'kf' is missing for every place of the study (010, A, B): it stands at 0");
  expect_has(bad(discharge), "well A: there is no row for this well");
}

// Degrees by PROJ through rasterio 1.4.3: rasterio.warp.transform("EPSG:28992", "EPSG:4326", [155000, 121687], [463000,
// 487484]).
TEST_F(Load, PlacesMayStandInProjectedCoordinates) {
  scratch_.write("p.csv", "name;easting;northing\nA;155000;463000\nB;121687;487484\n010;;\n");
  const LoadedData data = good(kStudy + "places: {file: p.csv, crs: 'EPSG:28992'}\n");
  EXPECT_NEAR(data.panel.places[1].longitude, 5.387203508, 1e-5);
  EXPECT_NEAR(data.panel.places[1].latitude, 52.155172301, 1e-5);
  EXPECT_NEAR(data.panel.places[2].longitude, 4.898009893, 1e-5);
  EXPECT_NEAR(data.panel.places[2].latitude, 52.374218164, 1e-5);
  EXPECT_TRUE(std::isnan(data.panel.places[0].longitude));
  scratch_.write("q.csv", "name;easting;northing\nA;463000;155000\n");
  expect_has(
      joined(good(kStudy + "places: {file: q.csv, crs: 'EPSG:28992'}\n").warnings),
      "(463000, 155000) of well A lies outside of where EPSG:28992 (Amersfoort / RD New) is used, by 2.");
  expect_has(bad(kStudy + "places: {file: p.csv}\n"), "places.crs, such as crs: EPSG:28992");
  expect_has(bad(kStudy + "places: {file: p.csv, crs: 'EPSG:1'}\n"), "EPSG:1");
  scratch_.write("p.csv", "name;x;y\nA;40000000;90000000\n");
  expect_has(bad(kStudy + "places: {file: p.csv, crs: 'EPSG:28992'}\n"),
             "of well A lies outside of where EPSG:28992 (Amersfoort / RD New) is used");
}

TEST_F(Load, WellsMayBeRequiredToMeetRules) {
  scratch_.write("gw/B.csv", table("date,head", 50, 1, level));
  const LoadedData data = good(kStudy + "require: {last_after: 2001-04-01}\n");
  EXPECT_EQ(data.panel.entities, (std::vector<std::string>{"010", "A"}));
  ASSERT_EQ(data.left_out.size(), 1U);
  EXPECT_EQ(data.left_out[0].entity, "B");
  EXPECT_EQ(data.left_out[0].reason, "the record ends on 2001-02-19");
  EXPECT_EQ(data.split.entities.size(), 2U);
  EXPECT_EQ(data.records.size(), 2U);
}

// Every fault of the list, all at once, and the other well unaffected when bad wells may be left out.
TEST_F(Load, CollectsAllProblemsOfAllFiles) {
  scratch_.write("gw/empty.csv", "");
  scratch_.write("gw/header.csv", "date,head\n");
  scratch_.write("gw/text.csv", table("date,head", 100, 1, level) + "2001-06-01,dry\n");
  scratch_.write("gw/twice.csv", table("date,head", 100, 1, level) + "2001-01-05,3\n");
  scratch_.write("gw/mixed.csv", "date,head\n2001-01-01,3\n2001-01-02;4\n");
  scratch_.write("gw/flat.csv", table("date,head", 100, 1, [](int, int) { return 7; }));
  scratch_.write("gw/far.csv", table("date,head", 100, 1, level) + "0201-06-01,3\n");
  const std::string text = bad(kStudy);
  expect_has(text, "gw/empty.csv: well empty: the file is empty");
  expect_has(text, "gw/header.csv: well header: there is a header but no data");
  expect_has(text, "gw/text.csv:102: well text, column 'head': 'dry' is not a number");
  expect_has(text, "gw/twice.csv:6: well twice: 2001-01-05 stands on lines 6 and 102 with different values");
  expect_has(text, "gw/mixed.csv:3: well mixed: the row '2001-01-02;4' has 1 field, the header 2");
  expect_has(text, "well flat, target 'level': the series is constant: all 100 values are 7");
  expect_has(text, "gw/far.csv:102: well far: the date 0201-06-01 is not plausible");
  const LoadedData rest = good(kStudy + "leave_out_bad_wells: true\n");
  EXPECT_EQ(rest.panel.entities, (std::vector<std::string>{"010", "A", "B"}));
  EXPECT_EQ(rest.left_out.size(), 7U);
  EXPECT_EQ(rest.panel.values, good(kStudy + "wells: ['010', A, B]\n").panel.values);
}

TEST_F(Load, ThatNoLevelIsThereIsNoSecondProblemWhereFilesCouldNotBeRead) {
  for (const char* well : {"A", "B", "010"})
    scratch_.write(fmt::format("gw/{}.csv", well), table("date,head", 100, 1, level) + "2001-06-01,dry\n");
  const std::string text = bad(kStudy);
  expect_has(text, "gw/A.csv:102: well A, column 'head': 'dry' is not a number");
  EXPECT_EQ(text.find("no target is observed"), std::string::npos) << text;
  // Files that can be read and hold no level are a problem of their own.
  for (const char* well : {"A", "B", "010"})
    scratch_.write(fmt::format("gw/{}.csv", well),
                   table("date,head", 100, 1, [](int, int) { return std::nan(""); }));
  expect_has(bad(kStudy), "split: no target is observed at any time");
}

TEST_F(Load, StepsThatLackValuesAreToldWithTheirNumber) {
  // Rain of Monday to Saturday; 2001-01-01 is a Monday.
  std::string text = "date,P\n";
  for (int day = 0; day < 100; ++day) {
    if (day % 7 != 6) text += date(day) + ",1\n";
  }
  scratch_.write("met.csv", text);
  const std::string weekly = bad(kStudy + "step: weekly\n");
  expect_has(
      weekly,
      "every value is missing on the axis: 15 of the 15 steps that have values lack some: a step holds 7 "
      "values of 1 d each, the fullest of those has 6, and min_coverage asks for 1 of them");
  expect_has(weekly, "set a smaller min_coverage for this source");
  std::string mended = kStudy;
  mended.replace(mended.find("met.csv,"), 8, "met.csv, min_coverage: 0.8,");
  // Six of seven days: 6 mm, scaled up to 7.
  EXPECT_DOUBLE_EQ(good(mended + "step: weekly\n").panel.series(0, 1)[3], 7.0);
  // A file of only the days with water, most of them neighbours: four in the first week, one in the fourth.
  scratch_.write(
      "met.csv",
      "date,P\n2001-01-01,1\n2001-01-02,2\n2001-01-03,3\n2001-01-04,1\n2001-01-24,5\n2001-04-09,1\n");
  mended = kStudy;
  mended.replace(mended.find("met.csv,"), 8, "met.csv, min_coverage: 0,");
  mended.replace(mended.find("unit: mm/d"), 10, "unit: mm/d, gaps: zero");
  const LoadedData wet = good(mended + "step: weekly\n");
  EXPECT_DOUBLE_EQ(wet.panel.series(0, 1)[0], 7.0);
  EXPECT_DOUBLE_EQ(wet.panel.series(0, 1)[1], 0.0);
  EXPECT_DOUBLE_EQ(wet.panel.series(0, 1)[3], 5.0);
  // One whole week at either end: the weeks between are a gap, whose cause is told.
  text = "date,P\n";
  for (int day = 0; day < 98; ++day) {
    if (day % 7 != 6 || day == 6 || day == 97) text += date(day) + ",1\n";
  }
  scratch_.write("met.csv", text);
  expect_has(bad(kStudy + "step: weekly\n"), "12 of the 14 steps that have values lack some");
}

TEST_F(Load, UnorderedDatesAreSortedAndSaid) {
  std::string text = "date,head\n";
  for (int d = 99; d >= 0; --d) text += fmt::format("{},{}\n", date(d), level(d, 0));
  scratch_.write("gw/A.csv", text + fmt::format("{},{}\n", date(3), level(3, 0)));
  const LoadedData data = good(kStudy);
  EXPECT_EQ(data.panel.series(1, 0)[3], level(3, 0));
  EXPECT_EQ(data.panel.series(1, 0)[4], level(4, 0));
  expect_has(joined(data.said), "well A: dates are not in order; sorted");
  expect_has(joined(data.said), "well A: 1 rows repeat a date and were merged");
  std::string study = kStudy;
  study.replace(study.find("csv'"), 4, "csv', duplicates: refuse");
  expect_has(bad(study), "2001-01-04 stands on lines 98 and 102");
}

TEST_F(Load, BadDrivers) {
  scratch_.write("met.csv", table("date,P", 100, 1, [](int, int) { return std::nan(""); }));
  expect_has(bad(kStudy), "driver 'rain': every value is missing on the axis");
  scratch_.write("met.csv", table("date,P", 60, 1, rain));
  expect_has(bad(kStudy),
             "driver 'rain': it ends on 2001-03-01, before the test period begins on 2001-03-21");
  scratch_.write("met.csv", table("date,P", 90, 1, rain));
  expect_has(joined(good(kStudy).warnings),
             "driver 'rain' ends on 2001-03-31, before the end of the test period (3 wells)");
  scratch_.write("met.csv", table("date,P", 100, 1, rain));
  std::string study = kStudy;
  study.replace(study.find("files: met.csv"), 14, "files: met.csv, wells: [A, B]");
  expect_has(bad(study), "well 010, driver 'rain': no source gives 'rain' for this well");
  study = kStudy;
  study.replace(study.find("mm/d"), 4, "mm/dd");
  expect_has(bad(study), "unit 'mm/dd' is not known; did you mean 'mm/d'?");
  study.replace(study.find("gw/{id}.csv'"), 12, "gw/{id}.csv', unit: degC");
  expect_has(bad(study),
             "data.targets.1: unit 'degC' does not fit here (allowed: m, cm, mm, km, ft, inch, in)");
  std::filesystem::remove(scratch_.folder() / "met.csv");
  expect_has(bad(kStudy), "met.csv: data.drivers.1: there is no such file");
}

TEST_F(Load, BadSettings) {
  expect_has(bad("targets: {files: 'nowhere/{id}.csv'}\n"), "there is no such folder");
  expect_has(bad("targets: {files: 'gw/x{id}.csv'}\n"), "no file matches this pattern");
  expect_has(bad("targets: {files: '${HOME}/{id}.csv'}\n"), "an unknown placeholder");
  expect_has(bad("target: {files: 'gw/{id}.csv'}\n"), "unknown key 'target'; did you mean 'targets'?");
  expect_has(bad("{}\n"), "");
  expect_has(bad(kStudy + "step: dayly\n"), "'dayly' is not a step");
  expect_has(bad("targets: {files: gw/A.csv, wells: [A, B]}\n"), "is one file, but for 2 wells");
  expect_has(bad(kStudy + "derived: {kind: lag, from: rian, steps: 1}\n"),
             "no variable 'rian'; did you mean 'rain'?");
  std::string twice = kStudy;
  twice.replace(twice.find("{column"), 1, "[{column: T, name: rain, unit: mm/d}, {");
  twice.replace(twice.find("mm/d}}"), 6, "mm/d}]}");
  EXPECT_NE(load(twice).problems, "");
  const std::string held = kStudy.substr(0, kStudy.size() - 2) + ", held_out: [C]}\n";
  expect_has(bad(held), "there is no well 'C'");
  expect_has(bad("targets: {files: 'gw/{id}.csv'}\nsplit: {test: {first: 2001-02-01}, validation: {first: "
                 "2001-03-01, last: 2001-03-05}}\n"),
             "periods overlap or are out of order");
}

TEST_F(Load, AFolderThatIsAFileIsNamed) {
  expect_has(bad("targets: {files: 'met.csv/{id}.csv'}\n"), "this folder cannot be read: Not a directory");
}

TEST_F(Load, WhatAFileSystemLeavesBesideWellsIsNoWellAndSaid) {
  scratch_.write("gw/._A.csv", std::string("\0\5\x16\7", 4));
  scratch_.write("gw/~$B.csv", "open elsewhere");
  const LoadedData data = good(kStudy);
  EXPECT_EQ(data.panel.entities, (std::vector<std::string>{"010", "A", "B"}));
  std::string said;
  for (const std::string& line : data.said) said += line + "\n";
  EXPECT_NE(said.find("'._A' is left out"), std::string::npos) << said;
  EXPECT_NE(said.find("'~$B' is left out"), std::string::npos) << said;
}

TEST_F(Load, ANameWithAControlCharacterIsRefusedAndNotPrinted) {
  scratch_.write("gw/V0\a5.csv", table("date,head", 100, 1, level));
  const std::string problems = bad(kStudy);
  expect_has(problems, "'V0?5' has a control character");
}

TEST_F(Load, AnUnreadableFolderIsNamed) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read everything";
  std::filesystem::permissions(scratch_.folder() / "gw", std::filesystem::perms::none);
  expect_has(bad(kStudy), "cannot be read");
  std::filesystem::permissions(scratch_.folder() / "gw", std::filesystem::perms::all);
}

TEST_F(Load, SharedDataFolder) {
  ::setenv("PHREATIC_SHARED_DATA", "/data/shared", 1);
  EXPECT_EQ(expand_path("${PHREATIC_SHARED_DATA}/wells/x.csv", "base").string(), "/data/shared/wells/x.csv");
  ::unsetenv("PHREATIC_SHARED_DATA");
  EXPECT_EQ(expand_path("${PHREATIC_SHARED_DATA}/wells/x.csv", "base").string(),
            "../shared/data/wells/x.csv");
  EXPECT_EQ(expand_path("gw/x.csv", "base").string(), "base/gw/x.csv");
}

TEST_F(Load, TheResultDoesNotDependOnThreads) {
  core::set_thread_count(1);
  const LoadedData one = good(kStudy);
  core::set_thread_count(3);
  const LoadedData three = good(kStudy);
  core::set_thread_count(2);
  EXPECT_EQ(one.panel.values.size(), three.panel.values.size());
  EXPECT_EQ(provenance_json(one), provenance_json(three));
}

// The resolved settings read back to the same.
TEST_F(Load, SettingsSurviveWritingAndReading) {
  core::Problems problems;
  DataParams params;
  core::read_params(
      core::parse_yaml(kStudy + "derived: {kind: calendar}\nattributes: {file: a.csv}\n", "s.yml"), params,
      problems);
  ASSERT_TRUE(problems.empty()) << all_text(problems);
  const std::string yaml = core::to_yaml(params);
  DataParams again;
  core::read_params(core::parse_yaml(yaml, "s.yml"), again, problems);
  EXPECT_TRUE(problems.empty()) << all_text(problems) << yaml;
  EXPECT_EQ(core::to_yaml(again), yaml);
}

}  // namespace
}  // namespace phreatic::data
