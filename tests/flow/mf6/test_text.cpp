// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "phreatic/flow/mf6/text/text.hpp"

namespace {

using namespace phreatic::flow::mf6;

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  Words words(line);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) out.emplace_back(word);
  return out;
}

TEST(Words, BlanksTabsCommasAndQuotesSeparate) {
  EXPECT_EQ(words_of("  HEAD\tFILEOUT  'my heads.hds'  "),
            (std::vector<std::string>{"HEAD", "FILEOUT", "my heads.hds"}));
  EXPECT_EQ(words_of("0.05 ,  -2.1"), (std::vector<std::string>{"0.05", "-2.1"}));
  EXPECT_EQ(words_of("1 2 3 # 4 5"), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(words_of("rv1-c6 RIV riv1_c6\r"), (std::vector<std::string>{"rv1-c6", "RIV", "riv1_c6"}));
  EXPECT_EQ(words_of("'open"), (std::vector<std::string>{"open"}));
}

TEST(Lines, BlankOnesAndCommentsAreSkippedAndLinesAreCounted) {
  auto file = std::make_shared<TextFile>(TextFile{"f", "# a\n\n  ! b\r\n// c\nfirst\r\n \t\n#x\nsecond"});
  LineReader reader({file, file->bytes, 1});
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), "first");
  EXPECT_EQ(reader.number(), 5U);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.line(), "second");
  EXPECT_EQ(reader.number(), 8U);
  EXPECT_FALSE(reader.next());
}

TEST(Numbers, AreThoseOfFortran) {
  double v = 0;
  for (const auto& [text, value] : {std::pair{"1", 1.0},
                                    {"1.", 1.0},
                                    {".5", 0.5},
                                    {"+3", 3.0},
                                    {"1.D-5", 1e-5},
                                    {"-1d3", -1000.0},
                                    {"1.5e+3", 1500.0},
                                    {"-8.2e-003", -8.2e-3},
                                    {"1e-400", 0.0}}) {
    EXPECT_EQ(parse_double(text, v), NumberStatus::ok) << text;
    EXPECT_EQ(v, value) << text;
  }
  for (const char* text : {"", "a", "1-5", "1.5.2", "--1", "+-1", "1e", "tides", "1,2"})
    EXPECT_EQ(parse_double(text, v), NumberStatus::not_a_number) << text;
  for (const char* text : {"nan", "NaN", "inf", "-Infinity", "1e400", "1d400"})
    EXPECT_EQ(parse_double(text, v), NumberStatus::not_finite) << text;
  std::int32_t n = 0;
  EXPECT_EQ(parse_int("+12", n), NumberStatus::ok);
  EXPECT_EQ(n, 12);
  EXPECT_EQ(parse_int("1.0", n), NumberStatus::not_a_number);
  EXPECT_EQ(parse_int("99999999999", n), NumberStatus::not_finite);
}

TEST(Words, FirstWordWhateverItsCase) {
  EXPECT_TRUE(first_word_is("  begin options", "BEGIN"));
  EXPECT_TRUE(first_word_is("open/close x", "OPEN/CLOSE"));
  EXPECT_FALSE(first_word_is("beginning", "BEGIN"));
  EXPECT_FALSE(first_word_is("beg", "BEGIN"));
}

}  // namespace
