// SPDX-License-Identifier: BSD-3-Clause
// Invented maps of a grid: heads over a year with wells and a river on it, and a large map of one time.
#include <cmath>

#include "demo_data.hpp"

namespace phreatic::report::demo {
namespace {

constexpr std::size_t kRows = 60;
constexpr std::size_t kColumns = 84;
constexpr double kLeft = 122.8;
constexpr double kTop = 46.9;
constexpr double kCell = 0.05;

Polyline river_line() {
  Polyline river;
  for (int i = 0; i <= 60; ++i) {
    river.x.push_back(122.9 + 0.065 * i);
    river.y.push_back(46.6 - 0.03 * i + 0.14 * std::sin(i * 0.35) + 0.05 * std::sin(i * 1.1));
  }
  return river;
}

void open_nearest_wells(const std::vector<Well>& wells, FieldMap& m) {
  m.cell_entity.assign(kRows * kColumns, -1);
  for (const Well& w : wells) {
    if (std::isnan(w.longitude)) continue;
    const int column = static_cast<int>((w.longitude - kLeft) / kCell);
    const int row = static_cast<int>((kTop - w.latitude) / kCell);
    if (row < 0 || column < 0 || row >= static_cast<int>(kRows) || column >= static_cast<int>(kColumns))
      continue;
    m.points.push_back({w.name, w.longitude, w.latitude, kUnknown, -1});
    m.cell_entity[static_cast<std::size_t>(row) * kColumns + static_cast<std::size_t>(column)] =
        static_cast<int>(m.entities.size());
    m.entities.push_back(w.name);
  }
}

}  // namespace

FieldMap heads(const std::vector<Well>& wells) {
  FieldMap m;
  m.quantity = {"Head", "m", 2};
  m.reference_system = "WGS 84";
  m.columns = kColumns;
  m.rows = kRows;
  m.left = kLeft;
  m.top = kTop;
  m.cell_width = m.cell_height = kCell;
  m.times.clear();
  for (int month = 0; month < 12; ++month) {
    m.times.push_back("2019-" + std::string(month < 9 ? "0" : "") + std::to_string(month + 1));
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t c = 0; c < kColumns; ++c) {
        const double x = (static_cast<double>(c) - 42) / 42;
        const double y = (static_cast<double>(r) - 30) / 30;
        const double season = std::cos((month - 3) * 0.5236) * (0.6 + 0.4 * std::sin(3 * x));
        m.values.push_back(x * x + y * y > 1.25 ? kUnknown : 150 - 12 * x - 5 * y * y + 1.5 * season);
      }
    }
  }
  m.outside.assign(kRows * kColumns, false);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t c = 66; c < kColumns; ++c) m.outside[r * kColumns + c] = true;
  }
  m.lines = {river_line()};
  open_nearest_wells(wells, m);
  return m;
}

FieldMap conductivities(std::size_t rows, std::size_t columns) {
  FieldMap m;
  m.quantity = {"Hydraulic conductivity", "m/d", 3};
  m.log_scale = true;
  m.projected = true;
  m.reference_system = "EPSG:28992";
  m.rows = rows;
  m.columns = columns;
  m.left = 120000;
  m.top = 480000;
  m.cell_width = m.cell_height = 25;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      const double u = static_cast<double>(r) / static_cast<double>(rows);
      const double v = static_cast<double>(c) / static_cast<double>(columns);
      m.values.push_back(std::pow(10.0, 2 * std::sin(5 * u) * std::cos(7 * v) - 1));
    }
  }
  return m;
}

Section field_section(const std::vector<Well>& wells) {
  Section s{"fields", "What does it look like on a map?", {}, {}};
  s.figures.push_back({"heads", "Heads over a year",
                       "Heads fall from west to east and are highest in spring. A click keeps a cell; a cell "
                       "with a well opens it.",
                       "", heads(wells)});
  s.figures.push_back(
      {"conductivity", "Hydraulic conductivity", "Colours by logarithm.", "", conductivities(120, 160)});
  Table ranking;
  ranking.columns = {{"Rank", "", 0, "", std::vector<double>{1, 2, 3}},
                     {"Site", "", 0, "", std::vector<std::string>{"S17", "S04", "S21"}},
                     {"Water kept", "1000 m3", 0, "After 180 days", std::vector<double>{812, 640, 77}, true}};
  s.figures.push_back({"ranking", "Best sites", "Ranked by the water kept after 180 days.", "", ranking});
  return s;
}

}  // namespace phreatic::report::demo
