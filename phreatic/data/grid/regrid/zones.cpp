// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_recorder.hpp"
#include "phreatic/data/gdal/library.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data {

void describe(core::Describer& d, ZoneParams& p) {
  d.field("layer", p.layer, {.help = "Layer of the vector file; empty: the first"});
  d.field("id", p.id, {.help = "Field with the zones' names; empty: their numbers"});
  d.field("crs", p.crs, {.help = "Coordinate system, where the file has none or a wrong one"});
  d.field("repair", p.repair, {.help = "Mend polygons that cross themselves (and tell which)"});
}

namespace {

struct Collected {
  std::vector<Zone> zones;
  int part = -1;
};

ZoneFile read_all(const std::filesystem::path& path, const ZoneParams& params, double segment) {
  Collected collected;
  const PhreaticFeature feature = [](void* user, const char* id, const char* trouble) {
    auto& out = *static_cast<Collected*>(user);
    out.zones.push_back({.id = id, .trouble = trouble, .polygons = {}});
    out.part = -1;
  };
  const PhreaticVertex vertex = [](void* user, int part, int ring, int is_polygon, double x, double y) {
    if (is_polygon == 0) return;
    auto& out = *static_cast<Collected*>(user);
    std::vector<Polygon>& polygons = out.zones.back().polygons;
    if (part != out.part) polygons.emplace_back();
    out.part = part;
    auto& rings = polygons.back().rings;
    if (static_cast<std::size_t>(ring) >= rings.size()) rings.resize(static_cast<std::size_t>(ring) + 1);
    rings.back().push_back({x, y});
  };
  core::note_read(path);
  const GdalLibrary& library = gdal();
  const std::lock_guard lock(io::netcdf_mutex());
  GdalError error{};
  std::array<char, 16384> crs{};
  if (library.shapes(path.c_str(), params.layer.c_str(), params.id.c_str(), params.repair ? 1 : 0, segment,
                     feature, vertex, &collected, crs.data(), crs.size(), error.data(), error.size()) != 0)
    throw core::InputError(core::Problem{.file = path.string(), .what = error.data()});
  return {std::move(collected.zones), params.crs.empty() ? crs.data() : params.crs};
}

// Length of a cell's side in the units of the zones, near the middle of the grid.
double cell_length(const GeoGrid& grid, const CrsTransform& to_zones) {
  const auto [x0, y0] = to_ground(grid, grid.width / 2.0, grid.height / 2.0);
  const auto [x1, y1] = to_ground(grid, grid.width / 2.0 + 1, grid.height / 2.0);
  std::array<double, 2> x = {x0, x1};
  std::array<double, 2> y = {y0, y1};
  to_zones.apply(x, y);
  const double length = std::hypot(x[1] - x[0], y[1] - y[0]);
  return std::isfinite(length) ? length : 0;
}

void transform(std::vector<Zone>& zones, const CrsTransform& to_grid) {
  for (Zone& zone : zones) {
    for (Polygon& polygon : zone.polygons) {
      for (auto& ring : polygon.rings) {
        std::vector<double> x;
        std::vector<double> y;
        for (const Vertex& v : ring) {
          x.push_back(v.x);
          y.push_back(v.y);
        }
        to_grid.apply(x, y);
        for (std::size_t i = 0; i < ring.size(); ++i) ring[i] = {x[i], y[i]};
      }
    }
  }
}

void to_pixels(Zone& zone, const GeoGrid& grid) {
  for (Polygon& polygon : zone.polygons) {
    for (auto& ring : polygon.rings) {
      for (Vertex& v : ring) {
        const auto [column, row] = to_pixel(grid, v.x, v.y);
        v = {column, row};
      }
    }
  }
  if (!grid.geographic || !is_aligned(grid)) return;
  // A polygon may be met again a whole turn further east or west.
  const double turn = 360 / std::abs(grid.transform[1]);
  const std::size_t count = zone.polygons.size();
  for (const double shift : {-turn, turn}) {
    for (std::size_t i = 0; i < count; ++i) {
      Polygon moved = zone.polygons[i];
      for (auto& ring : moved.rings) {
        for (Vertex& v : ring) v.x += shift;
      }
      if (window_of({moved}, grid).cells() == 0) continue;
      zone.polygons.push_back(std::move(moved));
      ++zone.turned;
    }
  }
}

}  // namespace

ZoneFile read_zones(const std::filesystem::path& path, const ZoneParams& params, double segment,
                    std::vector<std::string>& said) {
  ZoneFile out = read_all(path, params, segment);
  core::Problems problems;
  if (out.zones.empty()) problems.add({.file = path.string(), .what = "it holds no features"});
  for (const Zone& zone : out.zones) {
    if (zone.trouble.empty()) {
      if (zone.polygons.empty())
        problems.add({.file = path.string(), .where = "zone " + zone.id, .what = "it is no polygon"});
    } else if (params.repair && !zone.polygons.empty()) {
      said.push_back(fmt::format("zone {}: mended ({})", zone.id, zone.trouble));
    } else {
      problems.add({.file = path.string(),
                    .where = "zone " + zone.id,
                    .what = "its polygon is not valid: " + zone.trouble,
                    .mend = "Mend it, or let it be mended (repair)"});
    }
  }
  problems.throw_if_any();
  return out;
}

ZoneFile zones_on_grid(const std::filesystem::path& path, const ZoneParams& params, const GeoGrid& grid,
                       std::vector<std::string>& said) {
  ZoneFile out = read_zones(path, params, 0, said);
  CrsRelation relation = CrsRelation::same;
  if (out.crs.empty() || grid.crs.empty()) {
    said.push_back(path.string() +
                   ": polygons and grid are taken to have one coordinate system; one of them declares none");
  } else {
    relation = compare_crs(out.crs, grid.crs);
  }
  if (relation == CrsRelation::datum)
    said.push_back(
        fmt::format("the coordinate systems differ by their datum ('{}', '{}'): places are transformed",
                    find_crs(out.crs).name, find_crs(grid.crs).name));
  if (relation != CrsRelation::same) {
    if (relation == CrsRelation::other) {
      // Straight lines there are curves here: no edge longer than a cell.
      std::vector<std::string> told_already;
      out = read_zones(path, params, cell_length(grid, CrsTransform(grid.crs, out.crs)), told_already);
    }
    transform(out.zones, CrsTransform(out.crs, grid.crs));
  }
  for (Zone& zone : out.zones) to_pixels(zone, grid);
  return out;
}

}  // namespace phreatic::data
