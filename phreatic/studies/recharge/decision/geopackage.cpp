// SPDX-License-Identifier: BSD-3-Clause
// GDAL takes GeoJSON text in place of a file's name: the polygons reach the one writer of GeoPackages that there is.
#include "phreatic/studies/recharge/decision/geopackage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/geotiff.hpp"

namespace phreatic::studies::recharge {
namespace {

using nlohmann::json;

json ring_of(const Ground& ground, const Site& site) {
  json ring = json::array();
  const auto add = [&](std::size_t row, std::size_t column) {
    const auto [x, y] = data::to_ground(ground.geo, static_cast<double>(column), static_cast<double>(row));
    ring.push_back({x, y});
  };
  add(site.row, site.column);
  add(site.row + site.rows, site.column);
  add(site.row + site.rows, site.column + site.columns);
  add(site.row, site.column + site.columns);
  add(site.row, site.column);
  return ring;
}

}  // namespace

void write_geopackage(const Ground& ground, const std::vector<Site>& extents, const Table& table,
                      const std::filesystem::path& path) {
  PHREATIC_ASSERT(extents.size() == table.ids.size() && !extents.empty());
  json features = json::array();
  for (std::size_t i = 0; i < extents.size(); ++i)
    features.push_back({{"type", "Feature"},
                        {"properties", {{table.key, table.ids[i]}}},
                        {"geometry", {{"type", "Polygon"}, {"coordinates", {ring_of(ground, extents[i])}}}}});
  json collection = {{"type", "FeatureCollection"}, {"features", features}, {"crs", nullptr}};
  if (!ground.geo.crs.empty())
    collection["crs"] = {{"type", "name"}, {"properties", {{"name", ground.geo.crs}}}};
  std::vector<std::string> names;
  std::vector<double> values;
  for (const TableColumn& column : table.columns) {
    if (column.texts.empty()) names.push_back(column.name);
  }
  for (std::size_t i = 0; i < extents.size(); ++i) {
    for (const std::string& name : names) values.push_back(table.numbers(name)[i]);
  }
  data::io::write_zones(path, collection.dump(), "", names, values);
}

std::vector<Site> ranked_extents(const Table& ranking, const Extent& extent) {
  std::vector<Site> out;
  for (std::size_t i = 0; i < ranking.ids.size(); ++i) {
    Site site;
    site.id = ranking.ids[i];
    site.rows = extent.rows;
    site.columns = extent.columns;
    site.row = static_cast<std::size_t>(ranking.numbers("row")[i]) - 1 - extent.rows / 2;
    site.column = static_cast<std::size_t>(ranking.numbers("column")[i]) - 1 - extent.columns / 2;
    out.push_back(site);
  }
  return out;
}

}  // namespace phreatic::studies::recharge
