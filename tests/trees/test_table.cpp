// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "phreatic/core/files/files.hpp"
#include "phreatic/trees/table.hpp"

namespace phreatic::trees {
namespace {

class TableTest : public ::testing::Test {
 protected:
  TableFile read(const std::string& text, const TableRequest& request = {}) {
    const auto path = std::filesystem::path(::testing::TempDir()) / "phreatic-table-test.csv";
    core::write_file_atomic(path, text);
    return read_table(path, request, problems);
  }
  std::string told() const {
    std::string out;
    for (const core::Problem& p : problems.items()) out += p.text() + "\n";
    return out;
  }
  core::Problems problems;
};

TEST_F(TableTest, NumbersTargetAndLabelsAreReadAndColumnsOfTextsAreSaid) {
  const TableFile t =
      read("site,rate,soil,y,area\nA,1.5,clay,10,2\nB,,sand,11,3\n", {.id = "site", .target = "y"});
  EXPECT_TRUE(problems.empty()) << told();
  EXPECT_EQ(t.table.names, (std::vector<std::string>{"rate", "area"}));
  EXPECT_EQ(t.labels, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(t.target, (std::vector<double>{10, 11}));
  EXPECT_TRUE(std::isnan(t.table.row(1)[0]));
  EXPECT_NE(t.said.at(0).find("soil"), std::string::npos);
}

TEST_F(TableTest, ANumberThatStandsForMissingIsTold) {
  const TableFile t = read("a,b,y\n0.1,1,10\n-9999,2,11\n0.3,3,12\n0.2,4,13\n0.4,5,14\n", {.target = "y"});
  EXPECT_TRUE(problems.empty()) << told();
  ASSERT_EQ(t.said.size(), 2U);  // the separator, and the code
  EXPECT_NE((t.said[0] + t.said[1]).find("column 'a' is -9999 in 1 row"), std::string::npos) << t.said[1];
}

TEST_F(TableTest, WhatIsWrongIsToldWithFileLineAndColumn) {
  read("a,y\n1,2\n2,\n", {.target = "y"});
  EXPECT_NE(told().find(":3"), std::string::npos);
  problems = {};
  read("a,a\n1,2\n");
  EXPECT_NE(told().find("twice"), std::string::npos);
  problems = {};
  read("rate,area\n1,2\n", {.target = "rates"});
  EXPECT_NE(told().find("Did you mean 'rate'"), std::string::npos);
  problems = {};
  read("rate,area\n1,x\n", {.columns = {"rate", "area"}});
  EXPECT_NE(told().find("'x' is no number"), std::string::npos);
  problems = {};
  read("a,b\n");
  EXPECT_NE(told().find("no rows"), std::string::npos);
}

TEST_F(TableTest, ColumnsAreTakenByNameAndMissingOnesAreRefused) {
  Booster booster;
  booster.features = 2;
  booster.feature_names = {"rate", "area"};
  const TableFile t = read("depth,area,rate\n9,2,1\n8,4,3\n");
  const Aligned aligned = align_columns(t.table, booster, "t.csv", problems);
  EXPECT_EQ(aligned.table.values, (std::vector<float>{1, 2, 3, 4}));
  ASSERT_EQ(aligned.said.size(), 2U);
  EXPECT_NE(aligned.said[0].find("another order"), std::string::npos);
  EXPECT_NE(aligned.said[1].find("depth"), std::string::npos);
  EXPECT_TRUE(problems.empty());
  booster.feature_names = {"rate", "areas"};
  align_columns(t.table, booster, "t.csv", problems);
  EXPECT_NE(told().find("'areas'"), std::string::npos);
  EXPECT_NE(told().find("'area'?"), std::string::npos);
}

TEST_F(TableTest, AModelWithoutNamesTakesColumnsInTheirOrderAndSaysSo) {
  Booster booster;
  booster.features = 3;
  const TableFile t = read("a,b\n1,2\n");
  EXPECT_FALSE(align_columns(t.table, booster, "t.csv", problems).said.empty());
  EXPECT_NE(told().find("2 columns of numbers, the model 3 features"), std::string::npos);
}

}  // namespace
}  // namespace phreatic::trees
