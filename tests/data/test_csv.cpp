// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "scratch.hpp"

namespace phreatic::data::io {
namespace {

CsvTable read(const Scratch& scratch, const std::string& bytes, core::Problems& problems,
              CsvRequest request = {}) {
  return read_csv(scratch.write("t.csv", bytes), request, problems);
}

// Reads what must be right.
CsvTable good(const Scratch& scratch, const std::string& bytes, const CsvRequest& request = {}) {
  core::Problems problems;
  CsvTable table = read(scratch, bytes, problems, request);
  EXPECT_TRUE(problems.empty()) << all_text(problems);
  return table;
}

// Reads what must be wrong; returns the messages.
std::string bad(const Scratch& scratch, const std::string& bytes, const CsvRequest& request = {}) {
  core::Problems problems;
  read(scratch, bytes, problems, request);
  EXPECT_FALSE(problems.empty());
  return all_text(problems);
}

void expect_has(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "missing: " << part << "\nin: " << text;
}

TEST(Csv, PlainFile) {
  const Scratch scratch;
  const CsvTable t = good(scratch, "Date,head\n2002-05-01,374.76\n2002-05-02,-0.5\n2002-05-03,\n");
  ASSERT_EQ(t.rows(), 3U);
  EXPECT_EQ(t.time_name, "Date");
  EXPECT_EQ(t.number_names, std::vector<std::string>{"head"});
  EXPECT_EQ(core::format_date(t.time(2)), "2002-05-03");
  EXPECT_EQ(t.number(0, 0), 374.76);
  EXPECT_EQ(t.number(0, 1), -0.5);
  EXPECT_TRUE(std::isnan(t.number(0, 2)));
  EXPECT_EQ(t.said, "separator ',', dates year first");
  EXPECT_EQ(t.line_of(1), 3U);
  EXPECT_EQ(t.hash, core::hash_file(scratch.path("t.csv")));
}

TEST(Csv, SemicolonDecimalCommaDayFirstBomCrlf) {
  const Scratch scratch;
  const CsvTable t = good(scratch,
                          "\xef\xbb\xbf"
                          "Datum;Stand\r\n14.04.1997 00:00:00;48,52\r\n21.04.1997 00:00:00;-1,5e-1\r\n"
                          "28.04.1997 07:01:00;NaN\r\n");
  ASSERT_EQ(t.rows(), 3U);
  EXPECT_EQ(t.number(0, 0), 48.52);
  EXPECT_EQ(t.number(0, 1), -0.15);
  EXPECT_EQ(core::format_datetime(t.time(0)), "1997-04-14T00:00:00");
  EXPECT_EQ(core::format_datetime(t.time(2)), "1997-04-28T07:01:00");
  EXPECT_EQ(t.said, "separator ';', decimal comma, dates day first");
}

TEST(Csv, EmptyFirstHeaderTabsQuotesSkippedColumnsBlankLines) {
  const Scratch scratch;
  CsvRequest request;
  request.numbers = {"b", "a"};
  const CsvTable t =
      good(scratch, "\ta\tqualifier\tb\n\"2001-01-01\"\t1\t\"A\te\"\t\"2.5\"\n\n2001-01-02 \t 3 \tP\t 4.5\n",
           request);
  ASSERT_EQ(t.rows(), 2U);
  EXPECT_EQ(t.time_name, "");
  EXPECT_EQ(t.number(0, 0), 2.5);
  EXPECT_EQ(t.number(1, 0), 1);
  EXPECT_EQ(t.number(0, 1), 4.5);
  EXPECT_EQ(t.line_of(1), 4U);
}

TEST(Csv, LongTableAndMissingCodes) {
  const Scratch scratch;
  CsvRequest request;
  request.id = "unique_id";
  request.numbers = {"y"};
  request.dialect.missing_codes = {-9999};
  const CsvTable t = good(
      scratch,
      "unique_id,ds,y,note\nB,2001-01-01,1,x\nB,2001-01-02,-9999,\n010,2001-01-01,3,x\nB,2001-01-03,4,\n",
      request);
  EXPECT_EQ(t.id_names, (std::vector<std::string>{"B", "010"}));
  ASSERT_EQ(t.blocks.size(), 1U);
  ASSERT_EQ(t.blocks[0].ids.size(), 3U);
  EXPECT_EQ(t.blocks[0].ids[1].first_row, 2U);
  EXPECT_EQ(t.blocks[0].ids[1].id, 1U);
  EXPECT_EQ(t.blocks[0].ids[2].id, 0U);
  EXPECT_TRUE(std::isnan(t.number(0, 1)));
}

TEST(Csv, MonthsWithoutDay) {
  const Scratch scratch;
  const CsvTable t = good(scratch, "month,y\n2001-01,1\n2001-02,2\n");
  EXPECT_EQ(core::format_date(t.time(1)), "2001-02-01");
}

TEST(Csv, MonthFirstIsDetectedAndAmbiguityRefused) {
  const Scratch scratch;
  const CsvTable t = good(scratch, "d,y\n1/2/2001,1\n1/13/2001,2\n");
  EXPECT_EQ(core::format_date(t.time(0)), "2001-01-02");
  expect_has(bad(scratch, "d,y\n01/02/2001,1\n02/02/2001,2\n"), "can be read day first and month first");
  expect_has(bad(scratch, "d,y\n13/02/2001,1\n02/13/2001,2\n"), "day first and month first");
  CsvRequest request;
  request.dialect.date_order = "day_first";
  EXPECT_EQ(core::format_date(good(scratch, "d,y\n01/02/2001,1\n", request).time(0)), "2001-02-01");
}

TEST(Csv, NumbersAreCorrectlyRounded) {
  const Scratch scratch;
  std::string text = "d,y\n";
  std::vector<std::string> cells = {"0.1",
                                    "151.30143249009447",
                                    "9007199254740993",
                                    "1e-300",
                                    "-0",
                                    "+3.5",
                                    ".5",
                                    "5.",
                                    "123456789012345678901234567890",
                                    "2.2250738585072014e-308",
                                    "0.30000000000000004"};
  core::RandomStream random(1, "cells");
  for (int i = 0; i < 2000; ++i) {
    cells.push_back(fmt::format("{}.{}", random.below(1000000000), random.below(1000000000000ULL)));
  }
  for (const std::string& cell : cells) text += "2001-01-01," + cell + "\n";
  const CsvTable t = good(scratch, text);
  ASSERT_EQ(t.rows(), cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    EXPECT_EQ(t.number(0, i), std::strtod(cells[i].c_str(), nullptr)) << cells[i];
}

TEST(Csv, EveryDayOfFourCenturies) {
  const Scratch scratch;
  std::string iso = "d,y\n";
  std::string day_first = "d,y\n";
  const std::int64_t first = core::days_from_civil({1800, 1, 1});
  const std::int64_t last = core::days_from_civil({2200, 1, 1});
  for (std::int64_t day = first; day < last; ++day) {
    const std::string date = core::format_date(day * core::kSecondsPerDay);
    iso += fmt::format("{},1\n", date);
    day_first += fmt::format("{}.{}.{},1\n", date.substr(8, 2), date.substr(5, 2), date.substr(0, 4));
  }
  for (const std::string& text : {iso, day_first}) {
    const CsvTable t = good(scratch, text);
    ASSERT_EQ(t.rows(), static_cast<std::size_t>(last - first));
    std::size_t row = 0;
    for (const CsvBlock& block : t.blocks) {
      for (std::size_t i = 0; i < block.rows; ++i, ++row)
        ASSERT_EQ(block.times[i], (first + static_cast<std::int64_t>(row)) * core::kSecondsPerDay);
    }
  }
}

TEST(Csv, NamesFileColumnRowValueAndWhatIsAllowed) {
  const Scratch scratch;
  CsvRequest request;
  request.where = "well W03";
  const std::string text =
      bad(scratch, "Date,P\n2001-01-01,1\n2001-01-02,abc\n2001-02-30,2\n2001-01-04,n/x\n,3\n", request);
  expect_has(text,
             "t.csv:3: well W03, column 'P': 2 cells are not numbers: 'abc' (1, first on line 3), 'n/x' (1, "
             "first on line 5)");
  expect_has(
      text,
      "t.csv:4: well W03, column 'Date': '2001-02-30' is not a date (allowed: a date such as 2001-12-31)");
  expect_has(text, "t.csv:6: well W03, column 'Date': the date is empty");
}

TEST(Csv, BadFiles) {
  const Scratch scratch;
  expect_has(bad(scratch, ""), "the file is empty");
  expect_has(bad(scratch, " \n\n"), "the file is empty");
  expect_has(bad(scratch, "Date,head\n"), "there is a header but no data");
  expect_has(bad(scratch, "Date,head\r\n\r\n"), "there is a header but no data");
  expect_has(bad(scratch, "2001-01-01,1\n2001-01-02,2\n"), "the first line is data");
  expect_has(bad(scratch, "date\n2001-01-01\n"), "holds no separator");
  expect_has(bad(scratch, "Date,a,b\n2001-01-01,1,2\n"),
             "which column holds the values is not declared (allowed: 'a', 'b')");
  expect_has(bad(scratch, "Date;a\n2001-01-01;1\n2001-01-02,2\n"), "Mixed separators");
  expect_has(bad(scratch, "Date,a\n2001-01-01,1,5\n2001-01-02,2,5\n"),
             "has 3 fields, the header 2 (first of 2");
  expect_has(bad(scratch, "Date,a\n2001-01-01,\"1\n2001-01-02,2\n"), "a quote is not closed");
  expect_has(bad(scratch, "PK\x03\x04zip"), "spreadsheet");
  expect_has(bad(scratch, "Date,a\n2001-01-01,inf\n"), "'inf' is not a number");
  CsvRequest request;
  request.numbers = {"Heads"};
  expect_has(bad(scratch, "Date,head\n2001-01-01,1\n", request),
             "there is no column 'Heads'; did you mean 'head'?");
  request.numbers = {"a"};
  expect_has(bad(scratch, "Date,a,a\n2001-01-01,1,2\n", request), "stands twice");
  core::Problems problems;
  read_csv(scratch.path("none.csv"), {}, problems);
  read_csv(scratch.folder(), {}, problems);
  expect_has(all_text(problems), "there is no such file");
  expect_has(all_text(problems), "this is a folder");
}

// A file of many blocks gives the same table as one of one block would, for any number of threads.
TEST(Csv, LargeFilesAreReadInBlocks) {
  const Scratch scratch;
  std::string text = "id,d,y\n";
  const std::size_t rows = 1200000;
  for (std::size_t i = 0; i < rows; ++i) {
    if (i % 1000 == 7) text += "\n";
    text += fmt::format("W{},2001-01-0{},{}.5\n", i / 10000, 1 + i % 9, i);
  }
  ASSERT_GT(text.size(), std::size_t{20} << 20);
  CsvRequest request;
  request.id = "id";
  for (const int threads : {1, 3}) {
    core::set_thread_count(threads);
    const CsvTable t = good(scratch, text, request);
    ASSERT_EQ(t.rows(), rows);
    EXPECT_GT(t.blocks.size(), 4U);
    EXPECT_EQ(t.id_names.size(), rows / 10000);
    EXPECT_EQ(t.hash, core::hash_bytes(text));
    EXPECT_EQ(t.bytes, text.size());
    std::size_t row = 0;
    for (const CsvBlock& block : t.blocks) {
      std::size_t run = 0;
      for (std::size_t i = 0; i < block.rows; ++i, ++row) {
        while (run + 1 < block.ids.size() && block.ids[run + 1].first_row <= i) ++run;
        ASSERT_EQ(block.numbers[0][i], static_cast<double>(row) + 0.5);
        ASSERT_EQ(t.id_names[block.ids[run].id], fmt::format("W{}", row / 10000));
      }
    }
    EXPECT_EQ(t.line_of(rows - 1), rows + 1 + rows / 1000);
  }
  const std::size_t line = text.rfind("W99,");
  text.replace(line, text.find('\n', line) - line, "W99,2001-01-05,xyz");
  expect_has(bad(scratch, text, request), fmt::format(":{}: column 'y': 'xyz'", 999999 + 2 + 1000));
  core::set_thread_count(2);
}

TEST(Csv, TextTable) {
  const Scratch scratch;
  core::Problems problems;
  const TextTable t =
      read_text_table(scratch.write("a.csv", ";kf;class\r\nBB_1;3,5;\"P; x\"\r\n010; ;K\r\n"), {}, problems);
  EXPECT_TRUE(problems.empty()) << all_text(problems);
  EXPECT_EQ(t.header, (std::vector<std::string>{"", "kf", "class"}));
  ASSERT_EQ(t.rows.size(), 2U);
  EXPECT_EQ(t.rows[0], (std::vector<std::string>{"BB_1", "3,5", "P; x"}));
  EXPECT_EQ(t.rows[1], (std::vector<std::string>{"010", "", "K"}));
  EXPECT_EQ(t.decimal, ',');
  EXPECT_EQ(t.said, "separator ';', decimal comma");
}

}  // namespace
}  // namespace phreatic::data::io
