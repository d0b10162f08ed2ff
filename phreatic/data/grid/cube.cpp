// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/cube.hpp"

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/grid/cube_axis.hpp"
#include "phreatic/data/grid/zarr.hpp"

namespace phreatic::data {
namespace {

void add_axis(const CubeAxis& axis, io::NcSchema& out) {
  out.dimensions.push_back({axis.name, axis.centres.size()});
  io::NcVariable centres{
      .name = axis.name,
      .type = io::NcType::float64,
      .dimensions = {axis.name},
      .units = axis.units,
      .attributes = {
          {"standard_name", axis.standard_name}, {"axis", axis.letter}, {"bounds", axis.name + "_bnds"}}};
  out.variables.push_back(std::move(centres));
  out.variables.push_back(
      {.name = axis.name + "_bnds", .type = io::NcType::float64, .dimensions = {axis.name, "bounds"}});
}

io::NcSchema make_schema(const CubeSchema& cube, const CubeAxis& x, const CubeAxis& y) {
  io::NcSchema out;
  out.attributes = cube.attributes;
  if (!cube.times.empty()) {
    out.dimensions.push_back({"time", cube.times.size()});
    out.variables.push_back({.name = "time",
                             .type = io::NcType::int64,
                             .dimensions = {"time"},
                             .units = "seconds since 1970-01-01 00:00:00",
                             .attributes = {{"standard_name", std::string("time")},
                                            {"calendar", std::string("standard")},
                                            {"axis", std::string("T")}}});
  }
  out.dimensions.push_back({"bounds", 2});
  add_axis(y, out);
  add_axis(x, out);
  const bool placed = !cube.grid.crs.empty();
  if (placed) {
    const std::string wkt = find_crs(cube.grid.crs).wkt;
    io::NcAttributes attributes = {{"crs_wkt", wkt}, {"spatial_ref", wkt}};
    if (cube.grid.geographic) attributes.emplace_back("grid_mapping_name", std::string("latitude_longitude"));
    out.variables.push_back({.name = "crs", .type = io::NcType::int32, .attributes = attributes});
  }
  for (const CubeVariable& v : cube.variables) {
    io::NcVariable variable{.name = v.name, .type = io::NcType::float32, .units = v.unit, .fill = true};
    if (!cube.times.empty()) {
      variable.dimensions = {"time"};
      variable.chunks = {1};
    }
    for (const CubeAxis* axis : {&y, &x}) {
      variable.dimensions.push_back(axis->name);
      variable.chunks.push_back(std::min<std::size_t>(256, axis->centres.size()));
    }
    if (!v.long_name.empty()) variable.attributes.emplace_back("long_name", v.long_name);
    if (placed) variable.attributes.emplace_back("grid_mapping", std::string("crs"));
    out.variables.push_back(std::move(variable));
  }
  return out;
}

}  // namespace

CubeAxis cube_axis(const std::vector<double>& edges, bool geographic, bool x) {
  CubeAxis axis;
  axis.name = geographic ? (x ? "longitude" : "latitude") : (x ? "x" : "y");
  axis.units = geographic ? (x ? "degrees_east" : "degrees_north") : "m";
  axis.standard_name = geographic ? axis.name : (x ? "projection_x_coordinate" : "projection_y_coordinate");
  axis.letter = x ? "X" : "Y";
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    axis.centres.push_back((edges[i] + edges[i + 1]) / 2);
    axis.bounds.push_back(edges[i]);
    axis.bounds.push_back(edges[i + 1]);
  }
  return axis;
}

void CubeWriter::put(std::size_t variable, std::size_t time, const Window& w,
                     std::span<const double> values) {
  PHREATIC_ASSERT(values.size() == w.cells());
  if (store_ != nullptr) {
    store_->put(variable, time, w, values);
    return;
  }
  buffer_.assign(values.begin(), values.end());
  const auto u = [](int v) { return static_cast<std::size_t>(v); };
  std::vector<std::size_t> start = {u(w.row), u(w.column)};
  std::vector<std::size_t> count = {u(w.rows), u(w.columns)};
  if (!schema_->times.empty()) {
    start.insert(start.begin(), time);
    count.insert(count.begin(), 1);
  }
  writer_->put_slab(schema_->variables[variable].name, start, count, std::span<const float>(buffer_));
}

void write_cube(const std::filesystem::path& path, const CubeSchema& schema,
                const std::function<void(CubeWriter&)>& fill) {
  if (!is_aligned(schema.grid))
    throw core::InputError({.file = path.string(),
                            .what = "the grid is rotated or sheared, which a CF cube cannot hold",
                            .mend = "Regrid it to an upright grid first, or write GeoTIFF"});
  if (path.extension() == ".zarr") {
    CubeWriter cube;
    cube.schema_ = &schema;
    write_zarr(path, schema, [&](ZarrWriter& store) {
      cube.store_ = &store;
      fill(cube);
    });
    return;
  }
  const CubeAxis x = cube_axis(x_edges(schema.grid), schema.grid.geographic, true);
  const CubeAxis y = cube_axis(y_edges(schema.grid), schema.grid.geographic, false);
  io::write_netcdf(path, make_schema(schema, x, y), [&](io::NcWriter& writer) {
    if (!schema.times.empty()) {
      const std::vector<std::int64_t> times(schema.times.begin(), schema.times.end());
      writer.put("time", std::span<const std::int64_t>(times));
    }
    for (const CubeAxis* axis : {&x, &y}) {
      writer.put(axis->name, std::span<const double>(axis->centres));
      writer.put(axis->name + "_bnds", std::span<const double>(axis->bounds));
    }
    CubeWriter cube;
    cube.writer_ = &writer;
    cube.schema_ = &schema;
    fill(cube);
  });
}

}  // namespace phreatic::data
