// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>

#include "demo_data.hpp"
#include "phreatic/report/chart_engine.hpp"
#include "phreatic/report/field.hpp"
#include "phreatic/report/model.hpp"

namespace phreatic::report {
namespace {

FieldMap small() {
  FieldMap m;
  m.quantity = {"Head", "m", 2};
  m.columns = 3;
  m.rows = 2;
  m.left = 10;
  m.top = 20;
  m.cell_width = 1;
  m.cell_height = 2;
  m.values = {1, 2, 3, 4, kUnknown, 6};
  return m;
}

TEST(Field, SmallFieldsStandInThePageCellByCell) {
  const PackedField f = pack_field(small());
  EXPECT_EQ(1U, f.block);
  const std::vector<double> values = unpacked(f.values);
  ASSERT_EQ(6U, values.size());
  EXPECT_EQ(4, values[3]);
  EXPECT_TRUE(std::isnan(values[4]));
}

TEST(Field, LargeFieldsAreMeansOfBlocksAndStayUnderTheLimit) {
  FieldMap m = demo::conductivities(1501, 1400);
  for (std::size_t r = 0; r < 2; ++r) m.values[r * m.columns] = kUnknown;  // the first column of block (0, 0)
  const PackedField f = pack_field(m);
  ASSERT_EQ(2U, f.block);
  EXPECT_EQ(751U, f.rows);
  EXPECT_EQ(700U, f.columns);
  EXPECT_LE(f.rows * f.columns * 2, kFieldBytes);
  EXPECT_EQ(50, f.cell_width);
  const std::vector<double> values = unpacked(f.values);
  const auto at = [&](std::size_t r, std::size_t c) { return m.values[r * m.columns + c]; };
  EXPECT_NEAR((at(0, 1) + at(1, 1)) / 2, values[0], 5e-4);
  EXPECT_NEAR((at(4, 6) + at(4, 7) + at(5, 6) + at(5, 7)) / 4, values[2 * 700 + 3], 5e-4);
  EXPECT_NEAR((at(1500, 0) + at(1500, 1)) / 2, values[750 * 700], 5e-4);  // the last row alone
}

TEST(Field, BlocksKeepTheirEntityAndWhetherTheyLieOutside) {
  FieldMap m = demo::conductivities(1200, 1200);
  m.outside.assign(m.values.size(), false);
  m.outside[0] = m.outside[1] = m.outside[1200] = true;
  m.entities = {"A"};
  m.cell_entity.assign(m.values.size(), -1);
  m.cell_entity[1201] = 0;
  const PackedField f = pack_field(m);
  ASSERT_EQ(2U, f.block);
  EXPECT_EQ(1, f.outside[0]);
  EXPECT_EQ(0, f.outside[1]);
  EXPECT_EQ(0, f.cell_entity[0]);
  EXPECT_EQ(-1, f.cell_entity[1]);
}

TEST(Field, RoundingKeepsAThousandthOfTheRangeWhateverTheDigits) {
  FieldMap m = small();
  m.quantity.digits = 0;
  m.values = {1e-6, 2e-6, 3.5e-6, 4e-6, 5e-6, 6e-6};
  const std::vector<double> values = unpacked(pack_field(m).values);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(m.values[i], values[i], 5e-9);
}

// The picture is PNG (ISO 15948) inside the SVG; its CSV lists every cell that has a value.
TEST(Field, TheStaticFigureHoldsAPictureAndTheCsvEveryCell) {
  ChartEngine engine;
  const Json content = figure_json({"f", "", "", "", small()})["content"];
  const std::string svg = engine.svg(content, 85, "");
  const std::string start = "data:image/png;base64,";
  const std::size_t from = svg.find(start);
  ASSERT_NE(std::string::npos, from);
  const std::size_t end = svg.find('"', from);
  const std::string png = base64_decode(svg.substr(from + start.size(), end - from - start.size()));
  EXPECT_EQ(std::string("\x89PNG\r\n\x1a\n"), png.substr(0, 8));
  // Twelve pixels a cell: 3 x 2 cells.
  const auto word = [&](std::size_t at) {
    return static_cast<unsigned char>(png[at + 2]) * 256 + static_cast<unsigned char>(png[at + 3]);
  };
  EXPECT_EQ(36, word(16));
  EXPECT_EQ(24, word(20));
  EXPECT_EQ("longitude,latitude,Head (m)\n10.5,19,1\n11.5,19,2\n12.5,19,3\n10.5,17,4\n12.5,17,6\n",
            engine.csv(content));
}

}  // namespace
}  // namespace phreatic::report
