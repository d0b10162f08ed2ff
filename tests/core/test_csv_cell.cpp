// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "phreatic/core/files/csv_cell.hpp"

namespace phreatic::core {
namespace {

TEST(CsvCell, NamesAreQuotedWhereTheyNeedIt) {
  EXPECT_EQ(csv_cell("MW 7"), "MW 7");
  EXPECT_EQ(csv_cell("North field, deep"), "\"North field, deep\"");
  EXPECT_EQ(csv_cell("5\" well"), "\"5\"\" well\"");
}

TEST(CsvCell, NoNameIsRunByASpreadsheet) {
  EXPECT_EQ(csv_cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
  for (const char* name : {"=1+1", "+49", "-7", "@x", "'quoted", "\tx"}) {
    EXPECT_EQ(csv_cell(name).front(), '\'');
    EXPECT_EQ(text_of_csv_cell(csv_cell(name)), name);
  }
  EXPECT_EQ(text_of_csv_cell("'s well"), "'s well");
  EXPECT_EQ(text_of_csv_cell("W1"), "W1");
}

}  // namespace
}  // namespace phreatic::core
