// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "phreatic/flow/mf6/text/arrays.hpp"
#include "small_model.hpp"

namespace {

using namespace phreatic;
using namespace phreatic::flow::mf6;

class Arrays : public ::testing::Test {
 protected:
  // Reads "NAME options" + lines as the array of a block.
  template <class T>
  ArrayData<T> read(const std::string& text, const ArrayShape& shape, const std::string& options = "") {
    Context context(folder.path(), problems);
    auto file = std::make_shared<TextFile>(TextFile{"array.txt", text});
    LineReader reader({file, file->bytes, 1});
    Words words(options);
    ArrayData<T> data = read_array<T>(context, reader, words, "TEST", shape);
    rest.clear();
    while (reader.next()) rest += std::string(reader.line()) + "|";
    notes = context.notes();
    return data;
  }
  std::string binary(int ncol, int nrow, const std::vector<double>& values) {
    std::string out(52, ' ');
    const std::int32_t dims[3] = {ncol, nrow, 1};
    std::memcpy(out.data() + 40, dims, sizeof dims);
    out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
    return out;
  }
  small_model::Folder folder;
  core::Problems problems;
  std::string rest;
  std::vector<std::string> notes;
};

TEST_F(Arrays, ConstantsStayOneValue) {
  const auto a = read<double>(" CONSTANT 2.5  a comment\n NEXT\n", {3, 2, 2});
  EXPECT_TRUE(a.read);
  EXPECT_EQ(a.values, std::vector<double>{2.5});
  EXPECT_EQ(rest, " NEXT|");
  const auto b = read<double>("CONSTANT 1\nCONSTANT 2\n", {2, 1, 2}, "LAYERED");
  EXPECT_EQ(b.values, (std::vector<double>{1, 1, 2, 2}));
  const auto c = read<std::int32_t>("CONSTANT 1\nCONSTANT 1\n", {2, 1, 2}, "layered");
  EXPECT_EQ(c.values, std::vector<std::int32_t>{1});
}

TEST_F(Arrays, NumbersWrapOverLinesRepeatAndAreScaled) {
  const auto a = read<double>(
      "INTERNAL FACTOR 2.0 IPRN 7 whatever\n 1 2,3\n4\n 2*5.D0 the rest of the line\nK\n", {1, 2, 3});
  EXPECT_TRUE(a.read) << (problems.empty() ? "" : problems.items()[0].text());
  EXPECT_EQ(a.values, (std::vector<double>{2, 4, 6, 8, 10, 10}));
  EXPECT_EQ(rest, "K|");
  const auto b = read<double>("INTERNAL FACTOR 0\n 1 2\n", {1, 1, 2});
  EXPECT_EQ(b.values, (std::vector<double>{1, 2})) << "a factor of 0 counts as 1";
}

TEST_F(Arrays, WithoutLayeredAllLayersFollowInOneGo) {
  const auto a = read<std::int32_t>("INTERNAL\n1 2 3 4\n5 6 7 8\n", {2, 2, 2});
  EXPECT_EQ(a.values, (std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(Arrays, LayersMayMixForms) {
  folder.put("layer 2.txt", "3 4\n");
  const auto a =
      read<double>("CONSTANT 1\nOPEN/CLOSE 'layer 2.txt' FACTOR 10\nINTERNAL\n5 6\n", {3, 1, 2}, "LAYERED");
  EXPECT_EQ(a.values, (std::vector<double>{1, 1, 30, 40, 5, 6}));
  EXPECT_EQ(a.places[2].line, 3U);
}

TEST_F(Arrays, BinaryFiles) {
  folder.put("b.bin", binary(3, 2, {1, 2, 3, 4, 5, 6}));
  const auto a = read<double>("OPEN/CLOSE b.bin (BINARY) FACTOR 2\n", {1, 2, 3});
  EXPECT_TRUE(a.read);
  EXPECT_EQ(a.values, (std::vector<double>{2, 4, 6, 8, 10, 12}));
}

TEST_F(Arrays, BinaryFilesOfTheWrongSize) {
  folder.put("b.bin", binary(3, 2, {1, 2, 3, 4, 5}));
  EXPECT_FALSE(read<double>("OPEN/CLOSE b.bin (BINARY)\n", {1, 2, 3}).read);
  ASSERT_EQ(problems.size(), 1U);
  const std::string text = problems.items()[0].text();
  EXPECT_NE(text.find("array.txt:1: TEST"), std::string::npos) << text;
  EXPECT_NE(text.find("has 92 bytes"), std::string::npos) << text;
  EXPECT_NE(text.find("100 bytes"), std::string::npos) << text;
}

// MODFLOW 6 (6.6, Double1dReader.f90) compares the size of the file with what it needs and nothing else.
TEST_F(Arrays, BinaryFilesOfAnotherShapeAreReadWithANote) {
  folder.put("b.bin", binary(2, 2, {1, 2, 3, 4, 5, 6}));
  const auto a = read<double>("OPEN/CLOSE b.bin (BINARY)\n", {1, 2, 3});
  EXPECT_EQ(a.values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("says it has 2 columns and 2 rows"), std::string::npos) << notes[0];
}

TEST_F(Arrays, NotANumberIsNamedWithItsCell) {
  folder.put("b.bin", binary(3, 2, {1, 2, 3, 4, std::nan(""), 6}));
  EXPECT_FALSE(read<double>("OPEN/CLOSE b.bin (BINARY)\n", {1, 2, 3}).read);
  folder.put("t.txt", "1 2 3\n4 nan 6\n");
  EXPECT_FALSE(read<double>("OPEN/CLOSE t.txt\n", {1, 2, 3}).read);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_NE(problems.items()[0].text().find("row 2, column 2"), std::string::npos)
      << problems.items()[0].text();
  EXPECT_NE(
      problems.items()[1].text().find("t.txt:2: TEST: 'nan' for row 2, column 2 is not a finite number"),
      std::string::npos)
      << problems.items()[1].text();
}

TEST_F(Arrays, TooFewNumbers) {
  EXPECT_FALSE(read<double>("INTERNAL\n1 2 3\nK\n CONSTANT 1\n", {1, 2, 3}).read);
  EXPECT_NE(problems.items()[0].text().find(
                "array.txt:3: TEST: 'K' for row 2, column 1 is not a number (3 of 6 values found)"),
            std::string::npos)
      << problems.items()[0].text();
  EXPECT_EQ(rest, "K| CONSTANT 1|") << "reading goes on at the word that is no number";
}

TEST_F(Arrays, ControlLineMissingOrUnknown) {
  EXPECT_FALSE(read<double>("", {1, 2, 3}).read);
  EXPECT_FALSE(read<double>("CONST 1\n", {1, 2, 3}).read);
  EXPECT_FALSE(read<double>("OPEN/CLOSE nowhere.txt\n", {1, 2, 3}).read);
  EXPECT_EQ(problems.size(), 3U);
}

// What is written with all digits comes back exactly, however it is wrapped.
TEST_F(Arrays, RandomNumbersComeBackExactly) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 50; ++trial) {
    const int n = 1 + static_cast<int>(random() % 200);
    std::vector<double> wanted;
    std::string text = "INTERNAL\n";
    for (int i = 0; i < n; ++i) {
      wanted.push_back(
          std::ldexp(static_cast<double>(random() >> 11) - 4e15, static_cast<int>(random() % 200) - 150));
      char number[64];
      std::snprintf(number, sizeof number, "%.17g%c", wanted.back(), random() % 5 == 0 ? '\n' : ' ');
      text += number;
    }
    const auto a = read<double>(text, {1, 1, n});
    ASSERT_TRUE(a.read);
    ASSERT_EQ(a.values, wanted);
  }
}

}  // namespace
