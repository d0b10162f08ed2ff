// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/samples/table.hpp"

#include <fmt/format.h>

#include <cmath>

namespace phreatic::learn {
namespace {

constexpr double kLargestLongitude = 360;
constexpr double kLargestLatitude = 90;

// Adds one problem for all rows of a column that are wrong in the same way: the first and how many.
class Finder {
 public:
  Finder(const RowTable& table, core::Problems& problems) : table_(table), problems_(problems) {}

  template <class Bad>
  void look(const std::string& column, const std::string& what, const std::string& allowed,
            const std::string& mend, const Bad& value_if_bad) {
    std::size_t count = 0;
    std::size_t first = 0;
    double value = 0;
    for (std::size_t i = 0; i < table_.rows; ++i) {
      double v = 0;
      if (!value_if_bad(i, v)) continue;
      if (count++ == 0) {
        first = i;
        value = v;
      }
    }
    if (count == 0) return;
    problems_.add({.file = table_.source,
                   .where = fmt::format("column '{}', row {}", column, first + 1),
                   .what = fmt::format("{} ({}){}", what, value,
                                       count > 1 ? fmt::format("; {} rows in all", count) : ""),
                   .allowed = allowed,
                   .mend = mend});
  }

  void finite(const std::string& column, const double* values, std::size_t stride, const std::string& mend) {
    look(column, "no finite number", "", mend, [&](std::size_t i, double& v) {
      v = values[i * stride];
      return !std::isfinite(v);
    });
  }

 private:
  const RowTable& table_;
  core::Problems& problems_;
};

void check_degrees(const RowTable& table, Finder& finder) {
  bool swapped = false;
  for (std::size_t i = 0; i < table.rows; ++i)
    swapped |= std::abs(table.y[i]) > kLargestLatitude && std::abs(table.x[i]) <= kLargestLatitude;
  const std::string mend = swapped
                               ? "Longitude and latitude look swapped: x is the longitude, y the latitude; "
                                 "for a projected system declare coordinates: metres"
                               : "For a projected system declare coordinates: metres";
  finder.look("x", "longitude outside of its range", "-180 .. 360 degrees east", mend,
              [&](std::size_t i, double& v) {
                v = table.x[i];
                return v < -180 || v > kLargestLongitude;
              });
  finder.look("y", "latitude outside of its range", "-90 .. 90 degrees north", mend,
              [&](std::size_t i, double& v) {
                v = table.y[i];
                return std::abs(v) > kLargestLatitude;
              });
}

}  // namespace

void check_table(const RowTable& table, bool needs_target, bool needs_time, core::Problems& problems) {
  PHREATIC_ASSERT(table.x.size() == table.rows && table.y.size() == table.rows);
  PHREATIC_ASSERT(table.t.empty() || table.t.size() == table.rows);
  PHREATIC_ASSERT(table.covariates.size() == table.rows * table.covariate_count());
  PHREATIC_ASSERT(table.target.empty() || table.target.size() == table.rows);
  if (table.rows == 0) problems.add({.file = table.source, .what = "holds no row"});
  Finder finder(table, problems);
  const std::string leave_out = "Leave such rows out or fill them; declare the code of missing values";
  finder.finite("x", table.x.data(), 1, leave_out);
  finder.finite("y", table.y.data(), 1, leave_out);
  if (needs_time && table.t.empty()) {
    problems.add({.file = table.source,
                  .what = "has no times, which distances in time need",
                  .mend = "Name the time column, or take a model without time"});
  }
  if (!table.t.empty()) finder.finite("t", table.t.data(), 1, leave_out);
  const std::size_t p = table.covariate_count();
  for (std::size_t k = 0; k < p; ++k)
    finder.finite(table.covariate_names[k], table.covariates.data() + k, p, leave_out);
  if (needs_target) {
    if (table.target.empty()) problems.add({.file = table.source, .what = "has no target"});
    if (!table.target.empty()) finder.finite(table.target_name, table.target.data(), 1, leave_out);
  }
  if (table.coordinates == Coordinates::degrees) check_degrees(table, finder);
}

RowTable select_rows(const RowTable& table, const std::vector<std::size_t>& rows) {
  RowTable out = table;
  out.rows = rows.size();
  for (auto* column : {&out.x, &out.y, &out.t, &out.target, &out.covariates}) column->clear();
  for (const std::size_t i : rows) {
    out.x.push_back(table.x[i]);
    out.y.push_back(table.y[i]);
    if (!table.t.empty()) out.t.push_back(table.t[i]);
    if (!table.target.empty()) out.target.push_back(table.target[i]);
    out.covariates.insert(out.covariates.end(), table.covariates_of(i),
                          table.covariates_of(i) + table.covariate_count());
  }
  return out;
}

}  // namespace phreatic::learn
