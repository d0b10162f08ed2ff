// SPDX-License-Identifier: BSD-3-Clause
// Regridding and zonal statistics of arrays: values [band][row][column], NaN = missing.
#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/bands.hpp"
#include "phreatic/data/grid/regrid/resample.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"

namespace phreatic::python {
namespace {

template <class T>
using Cube = nb::ndarray<const T, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

data::GeoGrid grid_of(int width, int height, const std::array<double, 6>& transform, const std::string& crs,
                      bool geographic) {
  data::GeoGrid grid{
      .width = width, .height = height, .transform = transform, .crs = crs, .geographic = geographic};
  core::Problems problems;
  data::check(grid, "", problems);
  problems.throw_if_any();
  return grid;
}

// The coordinate system decides whether x and y are degrees.
bool is_geographic(const std::string& crs) {
  nb::gil_scoped_release released;
  return data::find_crs(crs).geographic;
}

nb::tuple grid_from_bounds(double west, double south, double east, double north, double cell) {
  const data::GeoGrid grid = data::grid_from_bounds(west, south, east, north, cell, "", false);
  return nb::make_tuple(grid.width, grid.height, grid.transform);
}

void check_shape(const Cube<double>& values, const data::GeoGrid& grid) {
  PHREATIC_ASSERT(values.shape(1) == static_cast<std::size_t>(grid.height) &&
                  values.shape(2) == static_cast<std::size_t>(grid.width));
}

// -> [band][row][column] on the target, what there is to say
nb::tuple regrid(const Cube<double>& values, const data::GeoGrid& source, const data::GeoGrid& target,
                 const std::string& text) {
  check_shape(values, source);
  const auto params = settings<data::RegridParams>(text, "regrid");
  const std::size_t bands = values.shape(0);
  std::vector<double> out(bands * target.cells());
  std::vector<std::string> said;
  {
    nb::gil_scoped_release released;
    const data::Regridder regridder(source, target, params);
    const data::BandsInMemory from("values", source, {values.data(), values.size()});
    for (std::size_t b = 0; b < bands; ++b) {
      regridder.band(
          from, static_cast<int>(b), [&](const data::Window& window, std::span<const double> part) {
            const std::size_t begin = b * target.cells() + static_cast<std::size_t>(window.row) *
                                                               static_cast<std::size_t>(target.width);
            std::copy(part.begin(), part.end(), out.begin() + static_cast<std::ptrdiff_t>(begin));
          });
    }
    said = regridder.said();
  }
  return nb::make_tuple(array(std::move(out), {bands, static_cast<std::size_t>(target.height),
                                               static_cast<std::size_t>(target.width)}),
                        said);
}

// Polygons of a vector file in columns and rows of a grid.
class PyZones {
 public:
  PyZones(const std::string& path, const std::string& text, data::GeoGrid grid) : grid_(std::move(grid)) {
    const auto params = settings<data::ZoneParams>(text, "zones");
    nb::gil_scoped_release released;
    file_ = data::zones_on_grid(path, params, grid_, said_);
  }
  const data::GeoGrid& grid() const { return grid_; }
  const data::ZoneFile& file() const { return file_; }
  const std::vector<std::string>& said() const { return said_; }

 private:
  data::GeoGrid grid_;
  data::ZoneFile file_;
  std::vector<std::string> said_;
};

std::vector<std::string> names(const PyZones& zones) {
  std::vector<std::string> out;
  for (const data::Zone& zone : zones.file().zones) out.push_back(zone.id);
  return out;
}

// -> [band][zone][statistic], what there is to say
nb::tuple zonal(const Cube<double>& values, const PyZones& zones, const std::string& text) {
  check_shape(values, zones.grid());
  const auto params = settings<data::ZonalParams>(text, "zonal");
  data::ZonalTable table;
  {
    nb::gil_scoped_release released;
    const data::BandsInMemory from("values", zones.grid(), {values.data(), values.size()});
    table = data::zonal(from, values.shape(0), zones.grid(), zones.file().zones, params);
  }
  return nb::make_tuple(
      array(std::move(table.values), {values.shape(0), zones.file().zones.size(), params.statistics.size()}),
      table.said);
}

}  // namespace

void bind_grids(nb::module_& m) {
  nb::class_<data::GeoGrid>(m, "GeoGrid")
      .def("__init__", [](data::GeoGrid* self, int width, int height, const std::array<double, 6>& transform,
                          const std::string& crs, bool geographic) {
        new (self) data::GeoGrid(grid_of(width, height, transform, crs, geographic));
      });
  nb::class_<PyZones>(m, "Zones")
      .def(nb::init<const std::string&, const std::string&, data::GeoGrid>())
      .def_prop_ro("names", &names)
      .def_prop_ro("said", &PyZones::said);
  m.def("describe_grid", [](const data::GeoGrid& grid) { return data::describe(grid); });
  m.def("is_geographic", &is_geographic);
  m.def("grid_from_bounds", &grid_from_bounds);
  m.def("regrid", &regrid);
  m.def("zonal", &zonal);
}

}  // namespace phreatic::python
