// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/page/page_files.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/series/monthly.hpp"
#include "phreatic/studies/metrics_file.hpp"

namespace phreatic::studies::downscaling {
namespace {

namespace fs = std::filesystem;

void place(report::FieldMap& map, const data::GeoGrid& grid) {
  map.columns = static_cast<std::size_t>(grid.width);
  map.rows = static_cast<std::size_t>(grid.height);
  map.left = grid.transform[0];
  map.top = grid.transform[3];
  map.cell_width = grid.transform[1];
  map.cell_height = -grid.transform[5];
  map.reference_system = "WGS 84";
}

}  // namespace

Csv::Csv(const fs::path& path) {
  core::Problems problems;
  table_ = data::io::read_text_table(path, {}, problems);
  problems.throw_if_any();
}

std::vector<std::string> Csv::texts(const std::string& name) const {
  const std::size_t at = table_.column(name);
  std::vector<std::string> out;
  for (const auto& row : table_.rows) out.push_back(row.at(at));
  return out;
}

std::vector<double> Csv::numbers(const std::string& name) const {
  std::vector<double> out;
  for (const std::string& text : texts(name)) {
    double v = report::kUnknown;
    data::io::parse_cell(text, '.', v);
    out.push_back(v);
  }
  return out;
}

RunFiles::RunFiles(const fs::path& run)
    : folder(run),
      settings(read_settings(read_study(run.string(), {}))),
      summary(nlohmann::json::parse(core::read_file(run / "summary.json"))),
      metrics(read_metrics(run / "metrics.csv")) {}

double RunFiles::metric(const std::string& entity, const std::string& model, const std::string& period,
                        const std::string& name) const {
  for (const auto& row : metrics) {
    if (row.entity == entity && row.model == model && row.period == period && row.metric == name)
      return row.value;
  }
  return report::kUnknown;
}

double RunFiles::number(const char* key) const {
  return summary[key].is_null() ? report::kUnknown : summary[key].get<double>();
}

report::Figure RunFiles::raster(const std::string& id, const std::string& file, int band,
                                const report::Quantity& quantity, bool diverging, const std::string& heading,
                                const std::string& caption) const {
  const data::GridFile grid(folder / file, {.no_fill_values = true});
  report::FieldMap map;
  map.quantity = quantity;
  map.diverging = diverging;
  place(map, grid.grid());
  grid.read(band, {0, 0, grid.grid().width, grid.grid().height}, map.values);
  return {id, heading, caption, "", map};
}

report::Figure RunFiles::cube(const std::string& id, const std::string& file, const std::string& variable,
                              const std::string& heading, const std::string& caption,
                              const report::Limits& limits, report::Limits* found) const {
  const data::MonthlyValues v =
      data::read_monthly_grids({folder / file}, {.variable = variable, .no_fill_values = true});
  report::FieldMap map;
  map.quantity = {"Groundwater storage anomaly", "mm", 0};
  map.diverging = true;
  place(map, *v.grid);
  map.times.clear();
  const std::size_t n = v.axis.size();
  map.values.resize(v.values.size());
  std::vector<double> sizes;
  for (std::size_t t = 0; t < n; ++t) {
    map.times.push_back(core::format_date(v.axis.start(t)).substr(0, 7));
    for (std::size_t i = 0; i < v.grid->cells(); ++i) {
      map.values[t * v.grid->cells() + i] = v.values[i * n + t];
      if (!std::isnan(v.values[i * n + t])) sizes.push_back(std::abs(v.values[i * n + t]));
    }
  }
  map.limits = limits;
  if (found != nullptr && !sizes.empty()) {
    auto at = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() * 98 / 100);
    std::nth_element(sizes.begin(), at, sizes.end());
    map.limits = *found = {-*at, *at};
  }
  return {id, heading, caption, "", map};
}

}  // namespace phreatic::studies::downscaling
