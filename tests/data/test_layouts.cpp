// SPDX-License-Identifier: BSD-3-Clause
// Files in the layouts in which agencies, portals and loggers give them out: every value that is read is checked,
// and every guess must be said.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "loading.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/io/encoding.hpp"
#include "phreatic/data/io/time_text.hpp"

namespace phreatic::data::io {
namespace {

struct Read {
  CsvTable table;
  std::string problems;
  std::string time(std::size_t row) const {
    return row < table.rows() ? core::format_datetime(table.time(row)) : "no such row";
  }
  double number(std::size_t row) const { return row < table.rows() ? table.number(0, row) : -12345; }
};

Read read(const std::string& text, const CsvRequest& request = {}) {
  core::Problems problems;
  Read out;
  out.table = parse_csv(text, "t.csv", request, problems);
  out.problems = all_text(problems);
  return out;
}

Read good(const std::string& text, const CsvRequest& request = {}) {
  Read out = read(text, request);
  EXPECT_EQ(out.problems, "");
  return out;
}

CsvRequest column(const std::string& name) {
  CsvRequest request;
  request.numbers = {name};
  return request;
}

TEST(Layouts, TheHeaderIsFoundByTheWantedNames) {
  const std::string text =
      "Title:,,,,\nReference:,NAP,,,\n\nPlace,Filter,X,Y,Top (cm)\nB1,001,1,2,1500\n\n"
      "Place,Filter,Day,Stand (cm NAP),Remark\nB1,001,14-02-2012,1201,\nB1,001,15-02-2012,1204,\n";
  CsvRequest request = column("Stand (cm NAP)");
  request.time = "Day";
  const Read got = good(text, request);
  ASSERT_EQ(got.table.rows(), 2U);
  EXPECT_EQ(got.number(1), 1204);
  EXPECT_EQ(got.time(0), "2012-02-14T00:00:00");
  EXPECT_EQ(got.table.line_of(1), 9U);
  expect_has(got.table.said, "column names on line 7");
}

TEST(Layouts, TheHeaderAboveTheFirstRowOfDataIsTakenWhereNoNameIsAskedFor) {
  const Read got =
      good("station;lat;lon;height\nX;52.1;13.2;40\n\ntime;rain\n2012-01-01;0.5\n2012-01-02;1.5\n");
  EXPECT_EQ(got.table.number_names, std::vector<std::string>{"rain"});
  EXPECT_EQ(got.number(1), 1.5);
}

TEST(Layouts, TheLineOfTheHeaderCanBeDeclared) {
  CsvRequest request;
  request.dialect.header_line = 3;
  EXPECT_EQ(good("a,b\nc,d\ndate,y\n2001-01-01,4\n", request).number(0), 4);
  request.dialect.header_line = 0;
  request.dialect.skip_lines = 2;
  EXPECT_EQ(good("a,b\nc,d\ndate,y\n2001-01-01,4\n", request).number(0), 4);
  request.dialect.skip_lines = 9;
  expect_has(read("a,b\nc,d\ndate,y\n2001-01-01,4\n", request).problems, "no line with column names");
}

TEST(Layouts, AHeaderBehindAHashIsReadAndFurtherCommentsAreSkipped) {
  const std::string text =
      "#station;7\n#Timestamp;Value;Code\n2012-01-01;1.5;200\n# a remark\n2012-01-02;2.5;200\n";
  const Read named = good(text, column("Value"));
  ASSERT_EQ(named.table.rows(), 2U);
  EXPECT_EQ(named.number(1), 2.5);
  EXPECT_EQ(named.table.line_of(1), 5U);
  expect_has(named.table.said, "lines of comment are skipped");
  const Read unnamed = good("# STN,YYYYMMDD\n# date,level\n2012-01-01,1.5\n2012-01-02,2.5\n");
  EXPECT_EQ(unnamed.table.number_names, std::vector<std::string>{"level"});
}

TEST(Layouts, RowsOfTypesAndUnitsBelowTheHeaderAreSkippedAndSaid) {
  const Read rdb =
      good("# about\nagency\tsite\tdatetime\tlev\tcd\n5s\t15s\t20d\t14n\t10s\nA\t1\t2012-01-01\t9.81\tA\n",
           column("lev"));
  ASSERT_EQ(rdb.table.rows(), 1U);
  EXPECT_EQ(rdb.number(0), 9.81);
  EXPECT_EQ(rdb.table.line_of(0), 4U);
  expect_has(rdb.table.said, "holds types and is skipped");
  const Read units = good("date,level\nyyyy-mm-dd,cm\n2012-01-01,120\n2012-01-02,121\n", column("level"));
  ASSERT_EQ(units.table.rows(), 2U);
  EXPECT_EQ(units.table.number_units, std::vector<std::string>{"cm"});
}

TEST(Layouts, TextsCanMeanMissingAndAllOfThemAreListedOtherwise) {
  const std::string text =
      "d,y\n2001-01-01,Ice\n2001-01-02,1\n2001-01-03,Ice\n2001-01-04,Eqp\n2001-01-05,#N/A\n2001-01-06,-\n";
  const std::string problems = read(text).problems;
  expect_has(problems, "3 cells are not numbers: 'Ice' (2, first on line 2), 'Eqp' (1, first on line 5)");
  expect_has(problems, "missing: [Ice, Eqp]");
  CsvRequest request;
  request.dialect.missing_texts = {"Ice", "Eqp"};
  const Read got = good(text, request);
  EXPECT_TRUE(std::isnan(got.number(0)));
  EXPECT_EQ(got.number(1), 1);
  for (const std::size_t row : {2U, 3U, 4U, 5U}) EXPECT_TRUE(std::isnan(got.number(row)));
}

TEST(Layouts, QualifiersAreRefusedUntilDeclared) {
  const std::string text =
      "d,y\n2001-01-01,<10.5\n2001-01-02,12.1*\n2001-01-03,12.3e\n2001-01-04,> 3\n2001-01-05,9\n";
  expect_has(read(text).problems, "qualifiers: keep");
  CsvRequest request;
  request.dialect.qualifiers = "keep";
  const Read kept = good(text, request);
  EXPECT_EQ(kept.number(0), 10.5);
  EXPECT_EQ(kept.number(1), 12.1);
  EXPECT_EQ(kept.number(2), 12.3);
  EXPECT_EQ(kept.number(3), 3);
  ASSERT_EQ(kept.table.doubts.size(), 1U);
  expect_has(kept.table.doubts[0], "4 numbers carry a mark, such as '<10.5'");
  request.dialect.qualifiers = "missing";
  EXPECT_TRUE(std::isnan(good(text, request).number(2)));
}

TEST(Layouts, OffsetsOfADailyRecordKeepTheDateAsWritten) {
  const Read got = good("t,y\n2012-06-30T00:00:00.000+02:00,1\n2012-12-31T00:00:00.000+01:00,2\n");
  EXPECT_EQ(got.time(0), "2012-06-30T00:00:00");
  EXPECT_EQ(got.time(1), "2012-12-31T00:00:00");
  ASSERT_EQ(got.table.doubts.size(), 1U);
  expect_has(got.table.doubts[0], "+02:00");
  CsvRequest request;
  request.dialect.time_zone = "UTC";
  EXPECT_EQ(good("t,y\n2012-06-30T00:00:00+02:00,1\n", request).time(0), "2012-06-29T22:00:00");
  request.dialect.time_zone = "CET";
  expect_has(read("t,y\n2012-06-30T00:00:00+02:00,1\n", request).problems, "not an offset from UTC");
}

TEST(Layouts, OffsetsThatChangeWithTheSeasonArePutOnOneClock) {
  const Read got = good("t,y\n2012-10-28T02:30+02:00,1\n2012-10-28 02:30 +0100,2\n2012-10-28T02:00Z,3\n");
  EXPECT_EQ(got.time(0), "2012-10-28T02:30:00");
  EXPECT_EQ(got.time(1), "2012-10-28T03:30:00");
  EXPECT_EQ(got.time(2), "2012-10-28T04:00:00");
}

TEST(Layouts, TwelveHourClocksNamesOfMonthsAndYearsOfTwoDigits) {
  const Read ampm = good("t,y\n3/20/2012 12:00:00 AM,1\n3/20/2012 12:30 PM,2\n3/20/2012 1:05:00 p.m.,3\n");
  EXPECT_EQ(ampm.time(0), "2012-03-20T00:00:00");
  EXPECT_EQ(ampm.time(1), "2012-03-20T12:30:00");
  EXPECT_EQ(ampm.time(2), "2012-03-20T13:05:00");
  const Read named =
      good("t,y\n\"Mar 5, 2012\",1\n5-May-2012,2\n5. Dez 2012 06:30,3\n\"Tuesday, 6 March 2012\",4\n");
  EXPECT_EQ(named.time(0), "2012-03-05T00:00:00");
  EXPECT_EQ(named.time(1), "2012-05-05T00:00:00");
  EXPECT_EQ(named.time(2), "2012-12-05T06:30:00");
  EXPECT_EQ(named.time(3), "2012-03-06T00:00:00");
  const Read two = good("t,y\n25.12.69,1\n26.12.70,2\n27.12.12 10:00,3\n");
  EXPECT_EQ(two.time(0), "2069-12-25T00:00:00");
  EXPECT_EQ(two.time(1), "1970-12-26T00:00:00");
  EXPECT_EQ(two.time(2), "2012-12-27T10:00:00");
  expect_has(joined(two.table.doubts), "1970 to 2069");
  CsvRequest request;
  request.dialect.first_two_digit_year = 1930;
  EXPECT_EQ(good("t,y\n25.12.30,1\n25.12.29,1\n", request).time(0), "1930-12-25T00:00:00");
}

TEST(Layouts, TheCauseOfABadDateIsTold) {
  expect_has(read("t,y\n2012-01-01 00:00 CET,1\n").problems, "time zone 'CET'");
  expect_has(read("t,y\n41275,1\n41276,1\n").problems, "it is a number");
  expect_has(read("t,y\n01/02/12,1\n").problems, "day first and month first");
}

TEST(Layouts, TimesInSeveralColumns) {
  CsvRequest request = column("L");
  request.time = "Date";
  request.more_time = {"Time"};
  const Read clock = good("Date,Time,L\n2012/01/01,06:00:00,1\n2012/01/01,6:15 PM,2\n", request);
  EXPECT_EQ(clock.time(0), "2012-01-01T06:00:00");
  EXPECT_EQ(clock.time(1), "2012-01-01T18:15:00");
  const Read hours = good("Date,Time,L\n20120101,1,1\n20120101,24,2\n20120102,0130,3\n", request);
  EXPECT_EQ(hours.time(0), "2012-01-01T01:00:00");
  EXPECT_EQ(hours.time(1), "2012-01-02T00:00:00");
  EXPECT_EQ(hours.time(2), "2012-01-02T01:30:00");
  request.time = "Year";
  request.more_time = {"Month", "Day"};
  const Read parts = good("Year,Month,Day,L\n2012,2,29,1\n2012,Mar,1,2\n", request);
  EXPECT_EQ(parts.time(0), "2012-02-29T00:00:00");
  EXPECT_EQ(parts.time(1), "2012-03-01T00:00:00");
  expect_has(read("Year,Month,Day,L\n2012,2,30,1\n", request).problems, "'2012 2 30' is not a date");
}

TEST(Layouts, RowsAreChosenByTheTextsOfAColumn) {
  CsvRequest request = column("y");
  request.rows = {{"q", {"good", "fair"}}};
  const std::string text = "d,y,q\n2001-01-01,1,good\n2001-01-01,oops,bad\n2001-01-02,2,fair\n";
  const Read got = good(text, request);
  ASSERT_EQ(got.table.rows(), 2U);
  EXPECT_EQ(got.number(1), 2);
  EXPECT_EQ(got.table.line_of(1), 4U);
  expect_has(got.table.said, "1 rows are left out by 'rows', 2 are kept");
  request.rows = {{"q", {"Good"}}};
  expect_has(read(text, request).problems,
             "no row has 'Good' in column 'q' (allowed: 'good' (1), 'bad' (1), 'fair' (1))");
}

TEST(Layouts, ACommaBeforeThreeDigitsEverywhereIsRefusedUntilDeclared) {
  const std::string text = "date\tlevel\n2012-01-01\t4,900\n2012-01-08\t4,902\n";
  expect_has(read(text).problems, "decimal: comma or thousands: comma");
  CsvRequest request;
  request.dialect.thousands = "comma";
  EXPECT_EQ(good(text, request).number(1), 4902);
  request.dialect = {};
  request.dialect.decimal = "comma";
  EXPECT_EQ(good(text, request).number(1), 4.902);
  EXPECT_EQ(good("date\tlevel\n2012-01-01\t4,900\n2012-01-08\t0,902\n").number(0), 4.9);
  EXPECT_EQ(good("date;level\n01.12.2012;4,900\n02.12.2012;4,902\n").number(0), 4.9);
  request.dialect = {};
  request.dialect.thousands = "point";
  EXPECT_EQ(good("d;y\n2001-01-01;1.234.567,5\n", request).number(0), 1234567.5);
  request.dialect.thousands = "comma";
  expect_has(read("d;y\n2001-01-01;1,5\n", request).problems, "'1,5' is not a number");
}

TEST(Layouts, TheMarksToDeclareAreThoseOfTheNumbersSeenAndReadThem) {
  struct Case {
    std::string first, second, proposal, decimal, thousands;
    double value;
  };
  for (const Case& one :
       {Case{"1.240,04", "1.239,5", "or declare decimal: comma, thousands: point (if", "comma", "point",
             1240.04},
        Case{"1,240.04", "1,239.5", "or declare thousands: comma (if", "auto", "comma", 1240.04},
        Case{"1.240.300", "12", "or declare decimal: comma, thousands: point (if", "comma", "point", 1240300},
        Case{"1 240", "12,5", "or declare thousands: space (if", "auto", "space", 1240},
        Case{"1'240.5", "1.5", "or declare thousands: apostrophe (if", "auto", "apostrophe", 1240.5}}) {
    const std::string text = "date;y\n2001-01-01;" + one.first + "\n2001-01-02;" + one.second + "\n";
    expect_has(read(text).problems, one.proposal);
    CsvRequest request;
    request.dialect.decimal = one.decimal;
    request.dialect.thousands = one.thousands;
    EXPECT_EQ(good(text, request).number(0), one.value) << one.first;
  }
  expect_has(read("date;y\n2001-01-01;1.240,04\n2001-01-02;1,240.04\n").problems, "contradict each other");
  expect_has(read("date,y\n2001-01-01,\"1.240,04\"\n2001-01-02,7.5\n").problems,
             "export the table with ';' between columns and declare decimal: comma, thousands: point");
  const std::string date = read("date;y;z\n2001-01-01;1.5;31.12.2001\n", column("z")).problems;
  EXPECT_EQ(date.find("thousands:"), std::string::npos) << date;
}

TEST(Layouts, LinesThatEndWithCROnly) {
  const Read got = good("date,level\r2012-01-01,12.5\r2012-01-08,13\r");
  ASSERT_EQ(got.table.rows(), 2U);
  EXPECT_EQ(got.number(1), 13);
  EXPECT_EQ(got.table.line_of(1), 3U);
  expect_has(got.table.said, "CR only");
}

TEST(Layouts, Latin1AndUtf16AreRecognisedAndConverted) {
  CsvRequest request = column("Wasserstand [m ü. NHN]");
  request.id = "id";
  const Read latin = good("id;Datum;Wasserstand [m \xfc. NHN]\nH\xf6he;2012-01-01;1,5\n", request);
  EXPECT_EQ(latin.table.id_names, std::vector<std::string>{"Höhe"});
  EXPECT_EQ(latin.number(0), 1.5);
  expect_has(latin.table.said, "Latin-1");
  std::string wide = "\xff\xfe";
  for (const char ch : std::string("date\ty\r\n2012-01-01\t2.5\r\n")) {
    wide += ch;
    wide += '\0';
  }
  const Read utf16 = good(wide);
  EXPECT_EQ(utf16.number(0), 2.5);
  expect_has(utf16.table.said, "UTF-16");
  EXPECT_EQ(good("date,y\n2012-01-01,1\n# \x80 5\n",
                 [] {
                   CsvRequest r;
                   r.dialect.encoding = "windows-1252";
                   return r;
                 }())
                .table.rows(),
            1U);
  request = {};
  request.dialect.encoding = "utf-8";
  expect_has(read("date,h\xf6he\n2012-01-01,1\n", request).problems, "the text is not UTF-8");
}

TEST(Encoding, Utf8IsTakenStrictly) {
  EXPECT_EQ(first_not_utf8("plain text of more than eight bytes, und ä ö ü, €, 😀"), std::string::npos);
  for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe4\xb8", "a\x80"})
    EXPECT_NE(first_not_utf8(bad), std::string::npos);
  std::string euro = "\x80";
  EXPECT_TRUE(make_utf8(euro, Encoding::windows_1252));
  EXPECT_EQ(euro, "€");
  std::string hole = "\x81";
  EXPECT_FALSE(make_utf8(hole, Encoding::windows_1252));
}

TEST(Layouts, OtherFormatsAreNamedWithTheWayOut) {
  expect_has(read("<?xml version=\"1.0\"?><timeSeriesResponse/>").problems, "XML");
  expect_has(read("{\"data\": [1, 2]}").problems, "JSON");
  expect_has(read("<!DOCTYPE html><html></html>").problems, "web page");
  expect_has(read("PK\x03\x04 sheet").problems, "save the sheet as CSV");
}

TEST(Layouts, AnEmptyCellAtTheEndOfALineIsNoBrokenPointer) {
  const Read got = good("d,y,z\n2001-01-01,1,\n2001-01-02,,\n", column("y"));
  EXPECT_EQ(got.table.rows(), 2U);
  EXPECT_TRUE(std::isnan(got.number(1)));
}

}  // namespace
}  // namespace phreatic::data::io
