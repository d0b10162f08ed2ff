// SPDX-License-Identifier: BSD-3-Clause
// Letters as files and disks write them: names that look the same are the same well, column and file, and texts of
// other programs are read as what they say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "loading.hpp"
#include "phreatic/core/unicode.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/io/encoding.hpp"
#include "phreatic/data/series/flags.hpp"

namespace phreatic::data {
namespace {

const std::string kJoined = "M\u00fcller";  // u with dots as one character
const std::string kApart = "Mu\u0308ller";  // and as two
const std::string kSplit =
    "split: {train: {last: 2001-07-31}, validation: {first: 2001-08-01, last: 2001-09-30}, test: {first: "
    "2001-10-01}}\n";
const std::string kRain = "drivers: {files: met.csv, columns: {column: P, name: rain, unit: mm/d}}\n";

std::string series(const std::string& header, int first, int end, double base) {
  std::string text = header + "\n";
  for (int d = first; d < end; ++d)
    text += fmt::format("{},{:.3f}\n",
                        core::format_date((core::days_from_civil({2001, 1, 1}) + d) * core::kSecondsPerDay),
                        base + std::sin(d * 0.1));
  return text;
}

TEST(Unicode, ComposesAsTheStandardDoes) {
  // Normal form C by Python's unicodedata.
  EXPECT_EQ(core::composed("e\u0323\u0302"), "\u1ec7");  // two marks, in canonical order
  EXPECT_EQ(core::composed("A\u030a"), "\u00c5");
  EXPECT_EQ(core::composed("\u1112\u1161\u11ab\u1100\u1173\u11af"), "\ud55c\uae00");  // Hangul
  EXPECT_EQ(core::composed("\u304b\u3099"), "\u304c");                                // kana
  EXPECT_EQ(core::composed("q\u0308"), "q\u0308");                                    // no such letter
  EXPECT_EQ(core::composed("\u0308a"), "\u0308a");
  EXPECT_EQ(core::composed(kJoined), kJoined);
  EXPECT_EQ(core::composed("a\xcc\xff z\xcc"), "a\xcc\xff z\xcc");  // no UTF-8: as it was
}

TEST(Letters, AWellIsTheSameHoweverItsFilesTablesAndStudySpellIt) {
  const Scratch scratch;
  scratch.write("wells/" + kApart + ".csv", series("date,level", 0, 400, 10));
  scratch.write("wells/B.csv", series("date,level", 0, 400, 20));
  scratch.write("met.csv", series("date,P", 0, 400, 3));
  scratch.write("met/" + kJoined + ".csv", series("date,P", 0, 400, 3));
  scratch.write("met/B.csv", series("date,P", 0, 400, 5));
  scratch.write("attributes.csv", "id,depth\n" + kJoined + ",5\nB,7\n");
  const std::string yaml =
      "targets: {files: \"wells/{id}.csv\"}\nwells: [" + kJoined +
      ", B]\ndrivers: {files: \"met/{id}.csv\", columns: {column: P, name: rain, unit: mm/d}}\n"
      "attributes: {file: attributes.csv}\n";
  const Loaded loaded = load_text(yaml + kSplit, scratch.folder());
  EXPECT_EQ(loaded.problems, "");
  const auto well = loaded.data.panel.find_entity(kJoined);
  ASSERT_TRUE(well.has_value());
  EXPECT_DOUBLE_EQ(loaded.data.panel.series(*well, loaded.data.targets.front())[0], 10);
  EXPECT_EQ(loaded.data.panel.entity_count(), 2U);
}

TEST(Letters, TwoFilesOfOneNameAreJoinedWithAWarningAndRefusedWhereTheyDiffer) {
  const Scratch scratch;
  scratch.write("met.csv", series("date,P", 0, 400, 3));
  scratch.write("wells/" + kApart + ".csv", series("date,level", 0, 200, 10));
  scratch.write("wells/" + kJoined + ".csv", series("date,level", 200, 400, 10));
  const std::string yaml = "targets: {files: \"wells/{id}.csv\"}\n" + kRain + kSplit;
  const Loaded loaded = load_text(yaml, scratch.folder());
  EXPECT_EQ(loaded.problems, "");
  ASSERT_EQ(loaded.data.panel.entity_count(), 1U);
  EXPECT_EQ(loaded.data.records.front().observations, 400U);
  expect_has(joined(loaded.data.warnings), "written in two ways; they are read as two files of one well");
  scratch.write("wells/" + kJoined + ".csv", series("date,level", 100, 400, 11));
  const std::string problems = load_text(yaml, scratch.folder()).problems;
  expect_has(problems, "with different values");
  expect_has(problems, "the same name, its letters and marks written in another way");
}

TEST(Letters, TextsOfOtherProgramsAreRecognisedAndAWordIsShown) {
  using io::Encoding;
  const auto check = [](const std::string& bytes, Encoding encoding, const std::string& text) {
    EXPECT_EQ(io::detect_encoding(bytes), encoding) << text;
    std::string copy = bytes;
    EXPECT_TRUE(io::make_utf8(copy, io::detect_encoding(bytes)));
    EXPECT_EQ(copy, text);
  };
  // Bytes by Python's codecs mac_roman, cp1252 and cp850.
  check("K\x9anigsbr\x9f\x63k,S\x9f\xa7", Encoding::mac_roman, "K\u00f6nigsbr\u00fcck,S\u00fc\u00df");
  check(
      "Gen\x8f\x76"
      "e,Ch\x89teau",
      Encoding::mac_roman, "Gen\u00e8ve,Ch\u00e2teau");
  check("K\xf6nigsbr\xfc\x63k,S\xfc\xdf", Encoding::windows_1252, "K\u00f6nigsbr\u00fcck,S\u00fc\u00df");
  check(
      "Stand [m \xfc. NHN],\xb0"
      "C",
      Encoding::windows_1252, "Stand [m \u00fc. NHN],\u00b0C");
  check("K\x94nigsbr\x81\x63k,M\x84hre", Encoding::ibm_850, "K\u00f6nigsbr\u00fcck,M\u00e4hre");
  core::Problems problems;
  const io::CsvTable table =
      io::parse_csv("date,H\x9ahe\n2001-01-01,4\n", "t.csv", {.numbers = {"H\u00f6he"}}, problems);
  EXPECT_EQ(all_text(problems), "");
  expect_has(table.said, "written in Mac Roman, converted to UTF-8 ('H\u00f6he')");
}

TEST(Letters, LineEndsMayDifferWithinAFile) {
  core::Problems problems;
  const io::CsvTable table = io::parse_csv(
      "date,y\r2001-01-01,1\r2001-01-02,2\r\n2001-01-03,3\n2001-01-04,4\r\n", "t.csv", {}, problems);
  EXPECT_EQ(all_text(problems), "");
  ASSERT_EQ(table.rows(), 4U);
  EXPECT_EQ(table.number(0, 3), 4);
  expect_has(table.said, "some lines end with CR alone");
}

TEST(Letters, BlanksBetweenThousandsMayBeOnesThatDoNotBreak) {
  const std::string text = "d;y\n2001-01-01;4\u00a0900,5\n2001-01-02;4\u202f901,5\n2001-01-03;12 902,5\n";
  core::Problems problems;
  io::parse_csv(text, "t.csv", {}, problems);
  expect_has(all_text(problems),
             "or declare decimal: comma, thousands: space (if all numbers are written so)");
  core::Problems none;
  io::CsvRequest request;
  request.dialect.thousands = "space";
  request.dialect.decimal = "comma";
  const io::CsvTable table = io::parse_csv(text, "t.csv", request, none);
  EXPECT_EQ(all_text(none), "");
  ASSERT_EQ(table.rows(), 3U);
  EXPECT_EQ(table.number(0, 1), 4901.5);
  EXPECT_EQ(table.number(0, 2), 12902.5);
}

TEST(Letters, WhatIsNoTableIsNamed) {
  const auto told = [](const std::string& bytes) {
    core::Problems problems;
    io::parse_csv(bytes, "t.csv", {}, problems);
    return all_text(problems);
  };
  expect_has(told("\n\n  [{\"date\": \"2001-01-01\", \"level\": 3}]"), "this is JSON");
  expect_has(told(std::string("\x1f\x8b\x08\x00\x84\x9f", 6)), "this is a compressed file");
  expect_has(told(std::string("\xff\xfe\0\0d\0\0\0", 8)), "UTF-32");
  expect_has(told(std::string("PAR1\x15\x04\x00", 7)), "Parquet");
}

// Values of a year with a fault of the hand from the 200th day on.
Panel with_factor(double factor, bool every) {
  Panel panel = make_panel(core::TimeAxis(0, {}, 400), {"A"}, {{"level", "m", Role::level}});
  const auto x = panel.series(0, 0);
  for (std::size_t t = 0; t < 400; ++t) {
    const double level = 12 + 0.4 * std::sin(static_cast<double>(t) * 0.02);
    x[t] = level * (every ? (t % 97 == 50 ? factor : 1) : (t < 200 ? 1 : factor));
  }
  return panel;
}

TEST(Flags, AFactorBetweenTwoPartsOfARecordIsNamed) {
  const auto text = [](const Panel& panel) {
    std::string out;
    for (const Flag& flag : flag_panel(panel, {0}, {})) out += flag_text(flag, panel) + "\n";
    return out;
  };
  expect_has(text(with_factor(100, false)), "about the values before times 100 (cm for m)");
  expect_has(text(with_factor(0.01, false)), "about the values before divided by 100");
  expect_has(text(with_factor(1 / 0.3048, false)), "times 3.28 (ft for m)");
  expect_has(text(with_factor(-1, false)), "times -1 (depth for level)");
  expect_has(text(with_factor(10, true)), "times 10 (a decimal mark in the wrong place)");
  const std::string other = text(with_factor(1.37, false));
  expect_has(other, "datum shift");
  EXPECT_EQ(other.find("about the values"), std::string::npos) << other;
}

TEST(Units, ANameThatEndsInAnotherUnitIsWarnedOf) {
  const Scratch scratch;
  scratch.write("met.csv", series("date,P", 0, 400, 3));
  const auto told = [&](const std::string& column, const std::string& unit) {
    scratch.write("A.csv", series("date," + column, 0, 400, 10));
    const Loaded loaded = load_text("targets: {files: A.csv, well: A, unit: " + unit + "}\n" + kRain + kSplit,
                                    scratch.folder());
    return loaded.problems + joined(loaded.data.warnings);
  };
  expect_has(told("level_cm", "m"), "the name of column 'level_cm' ends in cm, the study declares m");
  expect_has(told("level_m", "ft"), "ends in m, the study declares ft");
  expect_has(told("Stand (cm-NAP)", "m"), "tells cm, the study declares m");
  EXPECT_EQ(told("level_cm", "cm").find("ends in"), std::string::npos);
  EXPECT_EQ(told("level_max", "m").find("ends in"), std::string::npos);
  expect_has(told("Grundwasserstand in cm \u00fc. NN", "m"), "says 'in' before cm, the study declares m");
  expect_has(told("stand_in_m_NAP", "cm"), "says 'in' before m, the study declares cm");
  expect_has(told("stand_cm_NAP", "m"), "has the word cm, the study declares m");
  expect_has(told("DEPTH_FT_BGS", "m"), "has the word ft, the study declares m");
  expect_has(told("stand m NAP", "ft"), "has the word m, the study declares ft");
  expect_has(told("Level {cm}", "m"), "has in braces cm, the study declares m");
  expect_has(told("level_in", "m"), "ends in inch, the study declares m");
  for (const char* silent : {"well_m_2", "level_t_1", "inflow", "main level", "level in zone C", "min_level",
                             "water in d 3", "cmax_level", "cm", "ft_1", "level_k_2", "head_comm_x", "in"})
    EXPECT_EQ(told(silent, "cm").find("the study declares"), std::string::npos) << silent;
  for (const char* agrees : {"Stand in m \u00fc. NN", "stand_m_NAP", "Level {m}"})
    EXPECT_EQ(told(agrees, "m").find("the study declares"), std::string::npos) << agrees;
}

TEST(Units, UnitsOfRainInNamesAreWarnedOfAndNamesOfWellsAreNot) {
  const Scratch scratch;
  scratch.write("A.csv", series("date,level", 0, 400, 10));
  const auto told = [&](const std::string& column, const std::string& unit) {
    scratch.write("met.csv", series("date," + column, 0, 400, 3));
    const Loaded loaded =
        load_text("targets: {files: A.csv, well: A}\ndrivers: {files: met.csv, columns: {column: '" + column +
                      "', name: rain, unit: " + unit + "}}\n" + kSplit,
                  scratch.folder());
    return loaded.problems + joined(loaded.data.warnings);
  };
  expect_has(told("rain_in", "mm/d"), "ends in inch, the study declares mm/d");
  expect_has(told("Niederschlag in m", "mm/d"), "says 'in' before m, the study declares mm/d");
  expect_has(told("rain mm/h sum", "mm/d"), "has the word mm/h, the study declares mm/d");
  EXPECT_EQ(told("rain_mm_total", "mm/d").find("the study declares"), std::string::npos);
  EXPECT_EQ(told("flow_in", "m3/s").find("the study declares"), std::string::npos);
  // Of a table with one column per well the name is the well's.
  scratch.write("met.csv", series("date,P", 0, 400, 3));
  scratch.write("A.csv", series("date,GW_FT_3", 0, 400, 10));
  const Loaded loaded =
      load_text("targets: {files: A.csv, column: '{id}'}\n" + kRain + kSplit, scratch.folder());
  EXPECT_EQ((loaded.problems + joined(loaded.data.warnings)).find("the study declares"), std::string::npos);
}

TEST(Times, HoursWithoutMarksDaysOfTheYearAndMonthsAreRead) {
  const auto times = [](const std::string& text, const io::CsvRequest& request = {}) {
    core::Problems problems;
    const io::CsvTable table = io::parse_csv(text, "t.csv", request, problems);
    EXPECT_EQ(all_text(problems), "");
    std::string out;
    for (std::size_t r = 0; r < table.rows(); ++r) out += core::format_datetime(table.time(r)) + " ";
    return out;
  };
  EXPECT_EQ(times("t;y\n2001020307;1\n2001020308;2\n"), "2001-02-03T07:00:00 2001-02-03T08:00:00 ");
  EXPECT_EQ(times("t;y\n200102030745;1\n"), "2001-02-03T07:45:00 ");
  EXPECT_EQ(times("t,y\n2004-060,1\n2003-060,1\n"), "2004-02-29T00:00:00 2003-03-01T00:00:00 ");
  EXPECT_EQ(times("t,y\nJanuary 2001,1\nFeb 2001,2\n"), "2001-01-01T00:00:00 2001-02-01T00:00:00 ");
  io::CsvRequest parts{.time = "Year", .more_time = {"Day"}, .numbers = {"y"}};
  EXPECT_EQ(times("Year,Day,y\n2004,366,1\n", parts), "2004-12-31T00:00:00 ");
  core::Problems problems;
  io::parse_csv("t,y\n1325376000,1\n", "t.csv", {}, problems);  // seconds since 1970
  expect_has(all_text(problems), "days or seconds since some date are not read");
}

}  // namespace
}  // namespace phreatic::data
