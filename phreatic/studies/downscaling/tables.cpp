// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/data/io/geotiff.hpp"

namespace phreatic::studies::downscaling {

std::string number(double v) { return std::isnan(v) ? "" : fmt::format("{:.6g}", v); }

std::string csv_text(const std::string& text) {
  return text.find_first_of(",\"\n") == std::string::npos ? text : "\"" + text + "\"";
}

void write_bands(const std::filesystem::path& path, const data::GeoGrid& grid, const std::string& unit,
                 const std::vector<std::pair<std::string, const std::vector<double>*>>& bands) {
  data::io::RasterSchema schema{.grid = grid, .type = data::io::RasterType::float32, .unit = unit};
  for (const auto& [name, values] : bands) schema.bands.push_back(name);
  data::io::write_geotiff(path, schema, [&](data::io::RasterWriter& raster) {
    for (std::size_t b = 0; b < bands.size(); ++b)
      raster.put(b, {0, 0, grid.width, grid.height}, std::span<const double>(*bands[b].second));
  });
}

void write_coefficients(const LocalCoefficients& coefficients, const data::GeoGrid& grid,
                        const std::filesystem::path& path) {
  std::vector<std::pair<std::string, const std::vector<double>*>> bands;
  for (std::size_t c = 0; c < coefficients.names.size(); ++c) {
    bands.emplace_back(coefficients.names[c], &coefficients.value[c]);
    bands.emplace_back(coefficients.names[c] + ", standard error", &coefficients.standard_error[c]);
  }
  write_bands(path, grid, "mm per unit", bands);
}

std::string importance_csv(const std::vector<Importance>& importance, const std::vector<TrueCauses>& causes) {
  std::string out = "model,covariate,mean_absolute_mm,standard_error_mm,share,true_share\n";
  for (const Importance& i : importance) {
    double share = causes.empty() ? std::nan("") : 0;
    if (!causes.empty()) {
      for (const auto& [cause, true_share] : causes.front().share) {
        if (cause == i.covariate) share = true_share;
      }
    }
    out += fmt::format("{},{},{},{},{},{}\n", i.model, csv_text(i.covariate), number(i.mean_absolute),
                       number(i.standard_error), number(i.share), number(share));
  }
  return out;
}

std::string worth_csv(const std::vector<CovariateValue>& values) {
  std::string out = "covariate,model,held_out_by,cells,rmse_with_mm,rmse_without_mm\n";
  for (const CovariateValue& v : values)
    out += fmt::format("{},{},{},{},{},{}\n", csv_text(v.covariate), v.model, v.scheme, csv_text(v.cells),
                       number(v.with), number(v.without));
  return out;
}

void write_zone_layer(const Analysis& a, const ZonesInput& input, const std::filesystem::path& path) {
  const std::vector<std::string> columns = {
      "rank",          "slope_mm_per_a", "slope_low",        "slope_high",
      "mean_of_cells", "q05_of_cells",   "q95_of_cells",     "min",
      "max",           "standard_error", "share_significant"};
  std::vector<double> values;
  for (const std::string& id : a.zone_order) {
    const auto z =
        std::find_if(a.zones.begin(), a.zones.end(), [&](const ZoneTrend& t) { return t.zone == id; });
    if (z == a.zones.end()) {
      values.insert(values.end(), columns.size(), std::nan(""));
      continue;
    }
    values.insert(values.end(),
                  {static_cast<double>(z - a.zones.begin()) + 1, z->slope, z->slope_low, z->slope_high,
                   z->mean, z->low, z->high, z->least, z->most, z->standard_error, z->significant});
  }
  data::io::write_zones(path, input.file, input.layer, columns, values);
}

}  // namespace phreatic::studies::downscaling
