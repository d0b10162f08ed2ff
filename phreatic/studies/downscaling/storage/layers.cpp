// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/layers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/data/grid/regrid/resample.hpp"
#include "phreatic/data/grid/slope.hpp"
#include "phreatic/data/grid/wetness.hpp"
#include "phreatic/data/io/csv/csv.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Slopes need a cell with all of its eight neighbours.
void require_some_elevation(const data::GridFile& file) {
  const data::GeoGrid& grid = file.grid();
  std::vector<double> values;
  bool any = false;
  for (const data::Window& w : data::strips(grid, data::kWindowCells)) {
    if (any) break;
    file.read(0, w, values);
    any = std::any_of(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
  }
  if (!any)
    throw core::InputError({.file = file.file(),
                            .where = "terrain",
                            .what = "no cell of the map of elevations has a value",
                            .mend = "Check which value means missing, and the variable"});
  if (grid.width < 3 || grid.height < 3)
    throw core::InputError({.file = file.file(),
                            .where = "terrain",
                            .what = "the map has fewer than 3 rows or columns: no cell has eight neighbours",
                            .mend = "Give a map that reaches beyond the region"});
}

}  // namespace

std::vector<double> terrain_of(const std::filesystem::path& path, data::GridSource source,
                               const std::string& what, const data::GeoGrid& target, double min_coverage,
                               std::vector<std::string>& warned) {
  if (data::GridFile(path, source).unit().empty())
    warned.push_back(path.filename().string() + ": no unit is declared: elevations are taken as metres");
  else
    source.to_unit = "m";
  const data::GridFile file(path, source);
  require_some_elevation(file);
  const data::Regridder regridder(file.grid(), target, {.min_coverage = min_coverage});
  std::vector<double> out(target.cells(), kMissing);
  const auto put = [&](const data::Window& w, std::span<const double> values) {
    std::copy(values.begin(), values.end(), out.begin() + static_cast<std::ptrdiff_t>(w.row) * target.width);
  };
  if (what == "slope") {
    regridder.band(data::SlopeBands(file), 0, put);
    return out;
  }
  data::require_wetness_size(path.string(), file.grid());
  std::vector<double> elevation_m;
  file.read(0, {0, 0, file.grid().width, file.grid().height}, elevation_m);
  const auto index = data::wetness_index(elevation_m, file.grid());
  regridder.band(data::BandsInMemory(path.string(), file.grid(), index), 0, put);
  return out;
}

std::vector<TrueCauses> read_causes(const std::string& file, core::Problems& problems) {
  const auto table = data::io::read_text_table(file, {}, problems);
  const std::size_t driver = table.column("driver"), share = table.column("share"),
                    width = table.header.size();
  if (driver == width || share == width) {
    problems.add({.file = file,
                  .what = "lacks a column 'driver' or 'share'",
                  .mend = "Give a row for each covariate that is a cause: driver,share"});
    return {};
  }
  std::vector<std::size_t> columns{share};
  for (std::size_t c = 0; c < width; ++c) {
    if (c != driver && c != share) columns.push_back(c);
  }
  std::vector<TrueCauses> out;
  for (const std::size_t column : columns) {
    out.push_back({table.header[column], {}});
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      double value = kMissing;
      if (!data::io::parse_cell(table.rows[r][column], table.decimal, value) || std::isnan(value))
        problems.add({.file = file,
                      .line = table.lines[r],
                      .where = "column " + table.header[column],
                      .what = "'" + table.rows[r][column] + "' is not a number"});
      out.back().share.emplace_back(table.rows[r][driver], value);
    }
  }
  return out;
}

}  // namespace phreatic::studies::downscaling
