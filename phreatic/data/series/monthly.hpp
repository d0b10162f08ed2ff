// SPDX-License-Identifier: BSD-3-Clause
// Monthly values of many places (basins of a table, cells of grids) on one regular axis of months, as products of gravity
// missions come: stamped anywhere in the month, with months missing and months that hold two solutions. Method:
// docs/methods/downscaling.md.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/data/grid/regrid/resample.hpp"

namespace phreatic::data {

struct MonthlyValues {
  core::TimeAxis axis;              // months, without gaps; one step of the year 1970 where is_static
  bool is_static = false;           // a layer without time
  std::vector<std::string> places;  // of a table; empty for cells
  std::optional<GeoGrid> grid;      // of cells, row by row
  std::vector<double> values;       // [place][month], NaN = missing
  std::string unit;
  std::vector<std::string> said;
  std::size_t place_count() const { return axis.size() == 0 ? 0 : values.size() / axis.size(); }
};

// When the stamp of a month's value is meant to lie: in it (its start, its middle, any day), or at its end, which is the
// start of the next.
enum class MonthStamp { inside, end };

// The month (first day) of each stamp, increasing. The later of two stamps in one calendar month goes to the next month where
// that is free (as two GRACE solutions of 2011-10 do), which is said; else it is a problem, as are stamps that do not
// increase.
std::vector<core::Seconds> months_of(const std::vector<core::Seconds>& stamps, MonthStamp stamp,
                                     const std::string& file, std::vector<std::string>& said,
                                     core::Problems& problems);

// A table with a row for each place (its name first) and a column for each month, whose name ends in a date, or a table with
// a column of dates and one for each place. `missing` are numbers that mean a missing value; a place's least or greatest value
// that looks like such a number and is not among them is a problem. Throws InputError.
MonthlyValues read_monthly_table(const std::filesystem::path& path, const std::vector<double>& missing = {});

// Grids of one variable in one or several files. With `target`, values are brought to its cells. Throws InputError.
MonthlyValues read_monthly_grids(const std::vector<std::filesystem::path>& files, const GridSource& source,
                                 MonthStamp stamp = MonthStamp::inside, const GeoGrid* target = nullptr,
                                 const RegridParams& regrid = {});

// Gives months without a value one: that of the last month before (hold; also after the last month, until `end`), or linear
// between the last and the next that have one. What stands before a place's first value stays missing.
enum class MonthFill { hold, interpolate };
void fill_months(MonthlyValues& values, MonthFill fill, core::Seconds end);

// The same values on another axis of months; NaN outside the old one. A static layer stands in every month.
std::vector<double> on_axis(const MonthlyValues& values, const core::TimeAxis& axis);

}  // namespace phreatic::data
