// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/geotiff_heads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/flow/mf6/results/netcdf_heads.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"

namespace phreatic::flow::mf6 {
namespace {

void check_equal(const std::vector<double>& widths, const std::string& name) {
  const auto [least, most] = std::minmax_element(widths.begin(), widths.end());
  if (*most - *least <= 1e-6 * *most) return;
  throw core::InputError({.where = "--geotiff",
                          .what = fmt::format("{} goes from {} to {}", name, *least, *most),
                          .allowed = "cells of one size",
                          .mend = "Write NetCDF (--netcdf), which holds any grid"});
}

// The code alone is an EPSG code, as in the DIS option.
std::string crs_text(const std::string& crs) {
  const bool number = !crs.empty() && crs.find_first_not_of("0123456789") == std::string::npos;
  return number ? "EPSG:" + crs : crs;
}

}  // namespace

data::GeoGrid geo_grid(const Grid& grid) {
  const double angle = grid.angrot * std::numbers::pi / 180;
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double width = grid.delr.front();
  const double height = grid.delc.front();
  const double full = std::accumulate(grid.delc.begin(), grid.delc.end(), 0.0);
  data::GeoGrid out{.width = grid.ncol, .height = grid.nrow, .crs = crs_text(grid.crs)};
  out.transform = {grid.xorigin - s * full, c * width, s * height,
                   grid.yorigin + c * full, s * width, -c * height};
  return out;
}

void check_geotiff(const Grid& grid) {
  check_equal(grid.delr, "DELR");
  check_equal(grid.delc, "DELC");
  if (!grid.crs.empty()) static_cast<void>(data::find_crs(crs_text(grid.crs)));
}

std::vector<std::filesystem::path> write_geotiff_heads(const std::filesystem::path& head_file,
                                                       const Model& model,
                                                       const std::filesystem::path& folder) {
  const HeadFile heads(head_file);
  const Grid& grid = model.grid;
  data::io::RasterSchema raster{.grid = geo_grid(grid), .unit = length_unit(grid.length_units)};
  for (int layer = 1; layer <= grid.nlay; ++layer) raster.bands.push_back(fmt::format("layer {}", layer));
  core::make_folder(folder);
  std::vector<std::filesystem::path> files;
  std::vector<double> values;
  for (const HeadFile::Record& record : heads.records()) {
    if (record.layer == 1) values.clear();
    for (const double h : heads.values(record)) values.push_back(std::abs(h) >= 1e29 ? std::nan("") : h);
    if (record.layer != grid.nlay) continue;
    raster.about = {{"quantity", "groundwater head"},
                    {"model", model.name},
                    {"stress_period", std::to_string(record.period)},
                    {"time_step", std::to_string(record.step)},
                    {"time", fmt::format("{}", record.time)},
                    {"time_unit", model.time_units}};
    files.push_back(folder / fmt::format("head_p{:04}_s{:04}.tif", record.period, record.step));
    data::io::write_geotiff(files.back(), raster, [&](data::io::RasterWriter& writer) {
      const std::size_t cells = raster.grid.cells();
      for (std::size_t layer = 0; layer < raster.bands.size(); ++layer)
        writer.put(layer, {0, 0, grid.ncol, grid.nrow}, std::span(values).subspan(layer * cells, cells));
    });
  }
  return files;
}

}  // namespace phreatic::flow::mf6
