// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/decision/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/io/geotiff.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// The inputs of every existing cell, in the order of `inputs`.
stats::Columns inputs_at(const std::vector<std::string>& inputs, const std::vector<FeatureMap>& maps,
                         const std::vector<std::size_t>& cells, double log_rate, double log_area) {
  stats::Columns out;
  for (const std::string& name : inputs) {
    std::vector<double> column(cells.size(), name == "rate" ? log_rate : log_area);
    for (const FeatureMap& map : maps) {
      if (map.name != name) continue;
      for (std::size_t i = 0; i < cells.size(); ++i) column[i] = map.values[cells[i]];
    }
    out.push_back(std::move(column));
  }
  return out;
}

std::vector<double> on_map(const std::vector<double>& values, const std::vector<std::size_t>& cells,
                           std::size_t places) {
  std::vector<double> out(places, kMissing);
  for (std::size_t i = 0; i < cells.size(); ++i) out[cells[i]] = values[i];
  return out;
}

std::vector<double> predict(const TrainedModel& model, const std::vector<FeatureMap>& maps,
                            const std::vector<std::size_t>& cells, double log_rate, double log_area) {
  auto out = model.model->predict(inputs_at(model.model->inputs(), maps, cells, log_rate, log_area));
  for (double& v : out) v = model.map_factor() * std::pow(10, v);
  return out;
}

std::vector<double> applicability(const Table& features, const std::vector<FeatureMap>& maps,
                                  const std::vector<std::size_t>& cells, double log_rate, double log_area) {
  std::vector<double> inside(cells.size(), 0.0);
  for (const TableColumn& column : features.columns) {
    const bool there =
        column.name == "rate" || column.name == "area" ||
        std::any_of(maps.begin(), maps.end(), [&](const FeatureMap& m) { return m.name == column.name; });
    if (!there) continue;  // an input of another model's map: in no range
    const auto [least, most] = std::minmax_element(column.numbers.begin(), column.numbers.end());
    const auto values = inputs_at({column.name}, maps, cells, log_rate, log_area).front();
    for (std::size_t i = 0; i < cells.size(); ++i)
      inside[i] += values[i] >= *least && values[i] <= *most ? 1 : 0;
  }
  for (double& v : inside) v /= static_cast<double>(features.columns.size());
  return inside;
}

struct NamedMap {
  std::string name, unit, long_name;
  const std::vector<double>* values;
};

std::vector<NamedMap> named(const ScanMaps& maps, const ScanParams& params) {
  if (maps.k_per_day.empty())
    return {{"steady", "m3", "steady response", &maps.s0_m3},
            {"applicability", "1", "share of the inputs within the range of the training sites",
             &maps.applicability}};
  std::vector<NamedMap> out = {{"s0", "m3", "storage at the end of recharge", &maps.s0_m3},
                               {"k", "d-1", "decay coefficient", &maps.k_per_day}};
  for (std::size_t d = 0; d < params.days.size(); ++d)
    out.push_back({fmt::format("left_{:g}d", params.days[d]), "1",
                   fmt::format("fraction of S0 left after {:g} days", params.days[d]), &maps.left[d]});
  out.push_back({"applicability", "1", "share of the inputs within the range of the training sites",
                 &maps.applicability});
  return out;
}

}  // namespace

ScanMaps scan(const Ground& ground, const std::vector<FeatureMap>& maps, const Table& features,
              const TrainedModel& response, const TrainedModel* decay, const ScanParams& params) {
  ScanMaps out;
  out.extent = extent_of(ground, params.area_km2);
  out.area_km2 = static_cast<double>(out.extent.rows * out.extent.columns) * ground.cell_area() * 1e-6;
  std::vector<std::size_t> cells;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    if (ground.exists[place]) cells.push_back(place);
  }
  const double log_rate = std::log10(params.rate_mm_per_day);
  const double log_area = std::log10(out.area_km2);
  out.s0_m3 = on_map(predict(response, maps, cells, log_rate, log_area), cells, ground.places());
  out.applicability =
      on_map(applicability(features, maps, cells, log_rate, log_area), cells, ground.places());
  if (decay == nullptr) return out;
  const auto k = predict(*decay, maps, cells, log_rate, log_area);
  out.k_per_day = on_map(k, cells, ground.places());
  for (const double days : params.days) {
    std::vector<double> left;
    for (const double v : k) left.push_back(std::exp(-v * days));
    out.left.push_back(on_map(left, cells, ground.places()));
  }
  return out;
}

void write_maps(const Ground& ground, const ScanMaps& maps, const ScanParams& params,
                const std::filesystem::path& folder, std::vector<std::string>& notes) {
  core::make_folder(folder);
  const data::Window whole{0, 0, ground.geo.width, ground.geo.height};
  const std::vector<NamedMap> all = named(maps, params);
  for (const NamedMap& map : all) {
    data::io::write_geotiff(
        folder / (map.name + ".tif"),
        {.grid = ground.geo, .bands = {map.name}, .unit = map.unit, .about = {{"quantity", map.long_name}}},
        [&](data::io::RasterWriter& writer) { writer.put(0, whole, *map.values); });
  }
  if (!data::is_aligned(ground.geo)) {
    notes.push_back("the model's grid is rotated: maps are written as GeoTIFF only, not as NetCDF");
    return;
  }
  data::CubeSchema schema{.grid = ground.geo,
                          .times = {},
                          .variables = {},
                          .attributes = {{"title", "recharge response of every cell as a site's centre"}}};
  for (const NamedMap& map : all) schema.variables.push_back({map.name, map.unit, map.long_name});
  data::write_cube(folder / "maps.nc", schema, [&](data::CubeWriter& writer) {
    for (std::size_t v = 0; v < all.size(); ++v) writer.put(v, 0, whole, *all[v].values);
  });
}

void write_shap_maps(const Ground& ground, const std::vector<FeatureMap>& maps, const ScanMaps& scanned,
                     const TrainedModel& model, const std::string& name, const ScanParams& params,
                     const std::filesystem::path& folder) {
  std::vector<std::size_t> cells;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    if (ground.exists[place]) cells.push_back(place);
  }
  const auto& inputs = model.model->inputs();
  const auto explained = model.model->explain(
      inputs_at(inputs, maps, cells, std::log10(params.rate_mm_per_day), std::log10(scanned.area_km2)));
  data::io::write_geotiff(
      folder / ("shap_" + name + ".tif"),
      {.grid = ground.geo,
       .bands = inputs,
       .unit = "log10",
       .about = {{"quantity", fmt::format("Shapley values of the {} (log10), by input; base {:.6g}", name,
                                          explained.base)}}},
      [&](data::io::RasterWriter& writer) {
        for (std::size_t j = 0; j < inputs.size(); ++j)
          writer.put(j, {0, 0, ground.geo.width, ground.geo.height},
                     on_map(explained.values[j], cells, ground.places()));
      });
}

}  // namespace phreatic::studies::recharge
