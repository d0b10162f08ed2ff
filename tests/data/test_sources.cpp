// SPDX-License-Identifier: BSD-3-Clause
// Sources of a study as people have them: records in several files, tables of one well per column, parts left
// out, units and codes that the numbers themselves contradict.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "loading.hpp"

namespace phreatic::data {
namespace {

std::string date(int day) {
  return core::format_date((core::days_from_civil({2001, 1, 1}) + day) * core::kSecondsPerDay);
}

std::string series(const std::string& header, int first, int end,
                   const std::function<std::string(int)>& value) {
  std::string text = header + "\n";
  for (int d = first; d < end; ++d) text += date(d) + "," + value(d) + "\n";
  return text;
}

std::string level(int d) { return fmt::format("{:.3f}", 10 + std::sin(d * 0.1)); }
std::string rain(int d) { return fmt::format("{:.1f}", d % 5 == 0 ? 7.5 : 0.0); }

constexpr const char* kSplit =
    "split: {train: {last: 2001-07-31}, validation: {first: 2001-08-01, last: 2001-09-30}, test: {first: "
    "2001-10-01}}\n";
const std::string kRain = "drivers: {files: met.csv, columns: {column: P, name: rain, unit: mm/d}}\n";

class Sources : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_.write("A.csv", series("date,level", 0, 400, level));
    scratch_.write("met.csv", series("date,P", 0, 400, rain));
  }
  Loaded load(const std::string& yaml) const { return load_text(yaml + kSplit, scratch_.folder()); }
  LoadedData good(const std::string& yaml) const {
    Loaded loaded = load(yaml);
    EXPECT_EQ(loaded.problems, "");
    return std::move(loaded.data);
  }
  static double at(const LoadedData& data, const std::string& variable, int day, std::size_t entity = 0) {
    return data.panel.series(entity, *data.panel.find_variable(variable))[static_cast<std::size_t>(day)];
  }
  Scratch scratch_;
};

TEST_F(Sources, SeveralFilesOfOneWellAreJoinedInTime) {
  scratch_.write("new.csv", series("date,level", 200, 400, level));
  scratch_.write("old.csv", series("date,level", 0, 205, level));
  for (const char* files : {"[new.csv, old.csv]", "[old.csv, new.csv]"}) {
    const LoadedData data = good(fmt::format("targets: {{files: {}, well: A}}\n", files) + kRain);
    EXPECT_NEAR(at(data, "level", 100), 10 + std::sin(10.0), 5e-4);
    EXPECT_NEAR(at(data, "level", 300), 10 + std::sin(30.0), 5e-4);
    EXPECT_EQ(data.records[0].observations, 400U);  // overlaps by the rule for duplicates
  }
  scratch_.write("W_1.csv", series("date,level", 0, 200, level));
  scratch_.write("W_2.csv", series("date,level", 200, 400, level));
  const LoadedData pattern = good("targets: {files: '{id}_*.csv'}\n" + kRain);
  EXPECT_EQ(pattern.panel.entities, std::vector<std::string>{"W"});
  EXPECT_EQ(pattern.records[0].observations, 400U);
  scratch_.write("other.csv", series("date,level", 200, 400, [](int) { return "3.5"; }));
  expect_has(load("targets: {files: [old.csv, other.csv], well: A}\n" + kRain).problems,
             "with different values");
  expect_has(load("targets: [{files: old.csv, well: A}, {files: new.csv, well: A}]\n" + kRain).problems,
             "name both in one source: files:");
}

TEST_F(Sources, ATableOfOneWellPerColumnIsReadAndSaid) {
  scratch_.write("wide.csv", series("date,MW1,MW2", 0, 400,
                                    [](int d) { return level(d) + "," + fmt::format("{}", 20 + d % 7); }));
  const LoadedData found = good("targets: {files: wide.csv}\n" + kRain);
  EXPECT_EQ(found.panel.entities, (std::vector<std::string>{"MW1", "MW2"}));
  EXPECT_EQ(at(found, "level", 8, 1), 21);
  expect_has(joined(found.warnings), "read as a table of one well per column (2 wells: MW1, MW2)");
  const LoadedData declared = good("targets: {files: wide.csv, column: 'MW{id}'}\n" + kRain);
  EXPECT_EQ(declared.panel.entities, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(joined(declared.warnings).find("one well per column"), std::string::npos);
  scratch_.write("rain_wide.csv",
                 series("date,MW1,MW2", 0, 400, [](int d) { return rain(d) + "," + rain(d + 1); }));
  const LoadedData driver = good(
      "targets: {files: wide.csv, column: '{id}'}\n"
      "drivers: {files: rain_wide.csv, columns: {column: '{id}', name: rain, unit: mm/d}}\n");
  EXPECT_EQ(at(driver, "rain", 5, 0), 7.5);
  EXPECT_EQ(at(driver, "rain", 4, 1), 7.5);
}

TEST_F(Sources, APeriodOfAWellIsLeftOut) {
  const LoadedData data = good(
      "targets: {files: A.csv, well: A, exclude: [{first: 2001-02-01, last: 2001-02-10}, {wells: B}]}\n" +
      kRain);
  EXPECT_TRUE(std::isnan(at(data, "level", 31)));
  EXPECT_TRUE(std::isnan(at(data, "level", 40)));
  EXPECT_FALSE(std::isnan(at(data, "level", 41)));
  expect_has(joined(data.said), "10 rows from 2001-02-01 to 2001-02-10 are left out");
  expect_has(
      joined(
          good("targets: {files: A.csv, well: A, exclude: {first: 1990-01-01, last: 1991-01-01}}\n" + kRain)
              .warnings),
      "where there are no rows");
}

TEST_F(Sources, TenthsAndFactors) {
  scratch_.write("met.csv",
                 series("date,P,T", 0, 400, [](int d) { return d % 5 == 0 ? "75,215" : "0,-15"; }));
  const LoadedData data = good(
      "targets: {files: A.csv, well: A, factor: 2}\n"
      "drivers: {files: met.csv, columns: [{column: P, name: rain, unit: 0.1 mm}, {column: T, name: "
      "temperature, unit: 0.1 degC}]}\n");
  EXPECT_DOUBLE_EQ(at(data, "rain", 5), 7.5);
  EXPECT_DOUBLE_EQ(at(data, "temperature", 5), 21.5);
  EXPECT_DOUBLE_EQ(at(data, "temperature", 6), -1.5);
  EXPECT_DOUBLE_EQ(at(data, "level", 0), 20);
  ASSERT_EQ(data.summaries.size(), 3U);
  EXPECT_EQ(data.summaries[1].max, 75);
  EXPECT_EQ(data.summaries[1].study_max, 7.5);
  EXPECT_EQ(data.summaries[1].count, 400U);
}

TEST_F(Sources, GapsOfARainFileOfWetDaysAreZeroAndOthersAreHeld) {
  std::string wet = "date,P\n";
  std::string pump = "date,Q\n";
  for (int d = 0; d < 400; ++d) {
    if (d % 5 == 0 || d % 5 == 1 || d == 399) wet += date(d) + ",3\n";
    if (d % 40 == 0 || d == 399) pump += date(d) + "," + std::to_string(d) + "\n";
  }
  scratch_.write("met.csv", wet);
  scratch_.write("pump.csv", pump);
  const std::string study =
      "targets: {files: A.csv, well: A}\n"
      "drivers: [{files: met.csv, columns: {column: P, name: rain, unit: mm/d, gaps: %}}, {files: pump.csv, "
      "columns: "
      "{column: Q, name: pumping, unit: mm/d, gaps: hold}}]\n";
  const auto with = [&](const std::string& policy) {
    return std::string(study).replace(study.find('%'), 1, policy);
  };
  const LoadedData data = good(with("zero"));
  double sum = 0;
  for (int d = 0; d < 400; ++d) sum += at(data, "rain", d);
  EXPECT_EQ(sum, 3 * 161.0);
  EXPECT_EQ(at(data, "pumping", 79), at(data, "pumping", 40));
  expect_has(load(with("refuse")).problems, "gaps: zero");
}

TEST_F(Sources, EachSourceHasItsOwnGapPolicy) {
  const auto gappy = [](int d) { return d == 50 ? "" : rain(d); };
  scratch_.write("gw/A.csv", series("date,level", 0, 400, level));
  scratch_.write("gw/B.csv", series("date,level", 0, 400, level));
  scratch_.write("a.csv", series("date,P", 0, 400, gappy));
  const std::string study =
      "targets: {files: 'gw/{id}.csv'}\n"
      "drivers: [{files: a.csv, well: A, columns: {column: P, name: rain, unit: mm/d, gaps: %}}, {files: "
      "a.csv, well: B, "
      "columns: {column: P, name: rain, unit: mm/d, gaps: $}}]\n";
  const auto with = [&](const std::string& a, const std::string& b) {
    std::string text = study;
    text.replace(text.find('%'), 1, a);
    return text.replace(text.find('$'), 1, b);
  };
  const LoadedData data = good(with("zero", "linear"));
  EXPECT_EQ(at(data, "rain", 50, 0), 0);
  EXPECT_EQ(at(data, "rain", 50, 1), 0);
  const std::string refused = load(with("linear", "refuse")).problems;
  expect_has(refused, "well B, driver 'rain'");
  EXPECT_EQ(refused.find("well A"), std::string::npos);
}

TEST_F(Sources, ACodeForMissingThatNobodyDeclaredIsRefusedWithTheLineToPaste) {
  scratch_.write("met.csv",
                 series("date,P,T", 0, 400, [](int d) { return d % 50 == 7 ? "-999,-99.9" : "1.5,12.5"; }));
  const std::string yaml =
      "targets: {files: A.csv, well: A}\n"
      "drivers: {files: met.csv%, columns: [{column: P, name: rain, unit: mm/d, gaps: zero}, {column: T, "
      "name: temperature, unit: degC, gaps: hold}]}\n";
  const auto with = [&](const std::string& more) {
    return std::string(yaml).replace(yaml.find('%'), 1, more);
  };
  const std::string problems = load(with("")).problems;
  expect_has(problems, "'rain' is -999 mm/d at 8 times, the first on 2001-01-08");
  expect_has(problems, "missing: [-999]");
  expect_has(problems, "missing: [-99.9]");
  const LoadedData data = good(with(", missing: [-999, -99.9]"));
  EXPECT_EQ(at(data, "rain", 7), 0);
  EXPECT_EQ(at(data, "temperature", 7), 12.5);
}

TEST_F(Sources, OrdinaryExtremesAreNoCodes) {
  // A cloudburst, a pump that runs on ten days, a level of 999 m among its like.
  scratch_.write("A.csv", series("date,level", 0, 400, [](int d) { return fmt::format("{}", 998 + d % 3); }));
  scratch_.write("met.csv", series("date,P,Q", 0, 400, [](int d) {
                   return fmt::format("{},{}", d == 100 ? 99 : d % 4 * 9, d % 40 == 0 ? 999 : 0);
                 }));
  const LoadedData data = good(
      "targets: {files: A.csv, well: A}\n"
      "drivers: {files: met.csv, columns: [{column: P, name: rain, unit: mm/d}, {column: Q, name: pumping, "
      "unit: m3/d, factor: 1.5}]}\n");
  EXPECT_EQ(at(data, "rain", 100), 99);
}

TEST_F(Sources, ValuesThatNatureDoesNotKnowAreToldWithTheirLikelyUnit) {
  scratch_.write("met.csv", series("date,P,T,H", 0, 400, [](int d) {
                   return fmt::format("{},{},{}", d % 5 == 0 ? 0.0075 : 0.0, 280 + d % 10,
                                      0.6 + 0.001 * (d % 100));
                 }));
  const LoadedData data = good(
      "targets: {files: A.csv, well: A, quantity: depth}\n"
      "drivers: {files: met.csv, columns: [{column: P, name: rain, unit: mm/d}, {column: T, name: "
      "temperature, unit: degC}, "
      "{column: H, name: humidity, unit: '%'}]}\n");
  const std::string warnings = joined(data.warnings);
  expect_has(warnings, "'rain' amounts to");
  expect_has(warnings, "unit: m/d");
  expect_has(warnings, "Kelvin: unit: K");
  expect_has(warnings, "factor: 100");
  scratch_.write("neg.csv", series("date,depth", 0, 400, [](int d) { return "-" + level(d); }));
  scratch_.write("met.csv", series("date,P", 0, 400, [](int d) { return d == 9 ? "-5" : rain(d); }));
  const std::string more =
      joined(good("targets: {files: neg.csv, well: A, quantity: depth}\n" + kRain).warnings);
  expect_has(more, "all depths of 'level' are negative (400 of 400)");
  expect_has(more, "'rain' goes from -5 to 7.5 mm/d (1 value below 0)");
  EXPECT_EQ(joined(good("targets: {files: A.csv, well: A}\n").warnings), "");
}

TEST_F(Sources, AUnitInTheNameOfAColumnMustNotContradictTheStudy) {
  scratch_.write("A.csv", series("date,Stand [cm NAP]", 0, 400, level));
  expect_has(load("targets: {files: A.csv, well: A}\n" + kRain).problems,
             "the column name 'Stand [cm NAP]' tells cm, the study declares m");
  EXPECT_DOUBLE_EQ(at(good("targets: {files: A.csv, well: A, unit: cm}\n" + kRain), "level", 0), 0.1);
  scratch_.write("met.csv", series("date,sum (mm)", 0, 400, rain));
  const std::string driver =
      "targets: {files: A.csv, well: A, unit: cm}\ndrivers: {files: met.csv, columns: {column: sum (mm), "
      "name: rain, unit: %}}\n";
  const auto with = [&](const std::string& unit) {
    return std::string(driver).replace(driver.find('%'), 1, unit);
  };
  good(with("mm"));
  good(with("mm/d"));  // a daily file: the amount of a day
  expect_has(load(with("m")).problems, "tells mm, the study declares m");
  expect_has(load(with("mm/week")).problems, "tells mm");
}

TEST_F(Sources, MissingAttributesAreCountedAndCodesRefused) {
  for (const char* well : {"B", "C", "D"})
    scratch_.write(fmt::format("gw/{}.csv", well), series("date,level", 0, 400, level));
  const std::string study = "targets: {files: 'gw/{id}.csv'}\nattributes: {file: a.csv%}\n" + kRain;
  const auto with = [&](const std::string& more) {
    return std::string(study).replace(study.find('%'), 1, more);
  };
  scratch_.write("a.csv", "id,k,s\nB,3,x\nC,,\nD,9,y\n");
  expect_has(joined(good(with("")).warnings), "attribute 'k' is missing for 1 of 3 wells (C)");
  scratch_.write("a.csv", "id,k\nB,3\nC,-9999\nD,9\n");
  expect_has(load(with("")).problems, "missing: [-9999]");
  const LoadedData filled = good(with(", missing: [-9999]"));
  EXPECT_EQ(filled.panel.attributes.values, (std::vector<double>{3, 6, 9}));
  scratch_.write("a.csv", "id,k,s\nB,,1\nC,,2\nD,,3\n");
  expect_has(load(with("")).problems, "missing for every well of the study");
}

TEST_F(Sources, RowsThatDifferInAColumnAreToldApartByIt) {
  std::string text = "site,time,y,datum\n";
  for (int d = 0; d < 400; ++d) {
    text += "S," + date(d) + ",40,OLD\nS," + date(d) + "," + level(d) + ",NEW\nS," + date(d) + ",,\n";
  }
  scratch_.write("long.csv", text);
  const std::string study = "targets: {files: long.csv, id_column: site, column: y%}\n" + kRain;
  const auto with = [&](const std::string& more) {
    return std::string(study).replace(study.find('%'), 1, more);
  };
  expect_has(load(with("")).problems,
             "column 'datum' tells the rows apart ('OLD', 'NEW', ''): rows: {datum: OLD}");
  EXPECT_NEAR(at(good(with(", rows: {datum: NEW}")), "level", 20), 10 + std::sin(2.0), 5e-4);
}

TEST_F(Sources, ALinkToNothingAmongTheWellsIsTold) {
  scratch_.write("gw/A.csv", series("date,level", 0, 400, level));
  std::filesystem::create_symlink("gone.csv", scratch_.folder() / "gw" / "B.csv");
  std::filesystem::create_directory(scratch_.folder() / "gw" / "C.csv");
  const std::string problems = load("targets: {files: 'gw/{id}.csv'}\n" + kRain).problems;
  expect_has(problems, "well B");
  expect_has(problems, "this is a folder");
}

TEST_F(Sources, ADerivedInputWithoutAnyValueIsRefused) {
  const std::string study =
      "targets: {files: A.csv, well: A}\n" + kRain + "derived: {kind: rolling_sum, from: rain, steps: ";
  expect_has(load(study + "401}\n").problems,
             "'rain_sum401': it has no value for A: 401 steps are asked for, the record has 400");
  EXPECT_EQ(load(study + "400}\n").problems, "");
}

TEST_F(Sources, EvaporationFromWhatIsThere) {
  scratch_.write("places.csv", "id,latitude,longitude,elevation\nA,50.8,4.35,100\n");
  scratch_.write(
      "w.csv", series("date,P,X,N,R,H,U", 0, 400, [](int) { return "1,21.5,12.3,255.4398,70.5558,2.078"; }));
  const std::string study =
      "places: {file: places.csv}\ntargets: {files: A.csv, well: A}\n"
      "drivers: {files: w.csv, columns: [{column: P, name: rain, unit: mm/d}, {column: X, name: tmax, unit: "
      "degC}, {column: N, name: "
      "tmin, unit: degC}, {column: R, name: radiation, unit: W/m2}, {column: H, name: humidity, unit: '%'}, "
      "{column: U, name: wind, unit: m/s}]}\n"
      "derived: [{kind: evaporation, method: penman, from: [tmax, tmin]}, {kind: evaporation, method: oudin, "
      "name: e2}]\n";
  const LoadedData data = good(study);
  EXPECT_NEAR(at(data, "pet", 186), 3.88, 0.03);  // 6 July, FAO-56 example 18
  EXPECT_EQ(data.panel.variables[*data.panel.find_variable("pet")].unit, "mm/d");
  EXPECT_EQ(data.panel.find_role(Role::evaporation_demand), data.panel.find_variable("pet"));
  EXPECT_GT(at(data, "e2", 186), 3);
  expect_has(load(study.substr(study.find("targets"))).problems, "the latitude is not known of A");
  expect_has(
      load("targets: {files: A.csv, well: A}\n" + kRain + "derived: {kind: evaporation, method: makkink}\n")
          .problems,
      "no driver has the role temperature");
}

}  // namespace
}  // namespace phreatic::data
