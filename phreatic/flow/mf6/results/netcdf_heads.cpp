// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/netcdf_heads.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"

namespace phreatic::flow::mf6 {
namespace {

using data::io::NcType;

std::vector<double> centres(const std::vector<double>& widths, double origin, bool from_far_end) {
  std::vector<double> out(widths.size());
  double at = origin;
  for (std::size_t k = 0; k < widths.size(); ++k) {
    const std::size_t i = from_far_end ? widths.size() - 1 - k : k;
    out[i] = at + 0.5 * widths[i];
    at += widths[i];
  }
  return out;
}

}  // namespace

std::string length_unit(const std::string& units) {
  if (units == "FEET") return "ft";
  if (units == "CENTIMETERS") return "cm";
  return units == "METERS" ? "m" : "1";
}

void write_netcdf_heads(const std::filesystem::path& head_file, const Model& model,
                        const std::filesystem::path& path) {
  const HeadFile heads(head_file);
  const Grid& grid = model.grid;
  const auto nlay = static_cast<std::size_t>(grid.nlay);
  const auto nrow = static_cast<std::size_t>(grid.nrow);
  const auto ncol = static_cast<std::size_t>(grid.ncol);
  const std::string unit = length_unit(grid.length_units);
  data::io::NcSchema schema;
  schema.dimensions = {{"time", 0}, {"layer", nlay}, {"y", nrow}, {"x", ncol}};
  schema.variables = {{.name = "time",
                       .type = NcType::float64,
                       .dimensions = {"time"},
                       .attributes = {{"long_name", "simulation time"}, {"modflow_units", model.time_units}}},
                      {.name = "layer",
                       .type = NcType::float64,
                       .dimensions = {"layer"},
                       .units = "1",
                       .attributes = {{"positive", "down"}}},
                      {.name = "y", .type = NcType::float64, .dimensions = {"y"}, .units = unit},
                      {.name = "x", .type = NcType::float64, .dimensions = {"x"}, .units = unit},
                      {.name = "head",
                       .type = NcType::float64,
                       .dimensions = {"time", "layer", "y", "x"},
                       .units = unit,
                       .attributes = {{"long_name", "groundwater head"}},
                       .fill = true,
                       .chunks = {1, 1, nrow, ncol}}};
  schema.attributes = {{"title", model.name}, {"angrot_degrees", grid.angrot}};
  data::io::write_netcdf(path, schema, [&](data::io::NcWriter& out) {
    std::vector<double> layers(nlay);
    for (std::size_t k = 0; k < nlay; ++k) layers[k] = static_cast<double>(k + 1);
    out.put("layer", std::span<const double>(layers));
    const std::vector<double> y = centres(grid.delc, grid.yorigin, true);
    const std::vector<double> x = centres(grid.delr, grid.xorigin, false);
    out.put("y", std::span<const double>(y));
    out.put("x", std::span<const double>(x));
    std::vector<double> step;
    for (const HeadFile::Record& record : heads.records()) {
      std::vector<double> layer = heads.values(record);
      for (double& h : layer) h = std::abs(h) >= 1e29 ? std::nan("") : h;
      step.insert(step.end(), layer.begin(), layer.end());
      if (record.layer != grid.nlay) continue;
      out.append("head", std::span<const double>(step));
      out.append("time", std::span<const double>(&record.time, 1));
      step.clear();
    }
  });
}

}  // namespace phreatic::flow::mf6
