// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/gridded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <tuple>

#include "phreatic/core/context.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/data/grid/regrid/coverage.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/data/sources.hpp"

namespace phreatic::data {

void describe(core::Describer& d, GridExtraction& p) {
  d.field("variable", p.variable, {.help = "Variable of files that hold several"});
  d.choice("method", p.method,
           {{"nearest", GridMethod::nearest},
            {"bilinear", GridMethod::bilinear},
            {"inverse_distance", GridMethod::inverse_distance},
            {"polygon_mean", GridMethod::polygon_mean}},
           {.help = "How cells come to wells"});
  d.field("neighbours", p.neighbours, {.help = "Cells of inverse distance", .min = 1, .max = 100});
  d.field("polygons", p.polygons, {.help = "Vector file with one polygon per well, for polygon_mean"});
  d.field("polygon_layer", p.polygon_layer, {.help = "Its layer; empty: the first"});
  d.field("polygon_id", p.polygon_id, {.help = "Its field with the well's name"});
  d.choice("accumulation", p.accumulation,
           {{"automatic", Accumulation::automatic},
            {"since_midnight", Accumulation::since_midnight},
            {"none", Accumulation::none}},
           {.help = "Values that accumulate since 00 UTC (ERA5-Land) become amounts of each step"});
  d.field("missing", p.missing, {.help = "Values that mean missing, beside the one that the files declare"});
  d.field("crs", p.crs, {.help = "Coordinate system, where the files have none or a wrong one"});
}

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw core::InputError(core::Problem{.file = file.string(), .what = what});
}

// Height over width of a cell on the ground.
double cell_aspect(const GeoGrid& grid, double latitude) {
  const double width = std::hypot(grid.transform[1], grid.transform[4]);
  const double height = std::hypot(grid.transform[2], grid.transform[5]);
  const double shrink = grid.geographic ? std::cos(latitude * std::numbers::pi / 180) : 1;
  return shrink > 1e-6 ? height / (width * shrink) : 1;
}

class Extractor {
 public:
  Extractor(const GridExtraction& params, const std::vector<std::string>& wells,
            const std::vector<Place>& places, core::Problems& problems)
      : params_(params), wells_(wells), places_(places), problems_(problems) {
    out_.values.resize(wells.size());
  }

  GridSeries run(const std::vector<std::filesystem::path>& files) {
    if (files.empty()) problems_.add({.what = "there are no grid files"});
    GridSource source{
        .variable = params_.variable, .crs = params_.crs, .unit = params_.unit, .missing = params_.missing};
    try {
      for (const std::filesystem::path& path : files) {
        core::throw_if_interrupted();
        const GridFile file(path, source);
        if (!ready_ && !prepare(file)) return {};
        refuse_other_cells(file);
        for (int band = 0; band < file.bands(); ++band) take_band(file, band);
        file.refuse_fill_values();
      }
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
      return {};
    }
    sort();
    settle_accumulation();
    return std::move(out_);
  }

 private:
  void refuse_other_cells(const GridFile& file) const {
    const GridDifference d = compare(grid_, file.grid());
    if (d.relation == GridRelation::same) return;
    refuse(file.file(),
           d.relation == GridRelation::shifted
               ? fmt::format("its cells are those of the first file of the stack, moved by {:.3g} columns "
                             "and {:.3g} rows (centres taken for corners?)",
                             d.dx, d.dy)
               : "its cells are not those of the first file of the stack");
  }

  bool prepare(const GridFile& file) {
    grid_ = file.grid();
    ready_ = true;
    out_.said = file.said;
    const std::size_t before = problems_.size();
    if (params_.method == GridMethod::polygon_mean) {
      of_polygons(file);
    } else {
      of_points(file);
    }
    left_ = grid_.width;
    top_ = grid_.height;
    for (const auto& weights : weights_) {
      for (const CellWeight& cell : weights) {
        left_ = std::min(left_, cell.column);
        right_ = std::max(right_, cell.column);
        top_ = std::min(top_, cell.row);
        bottom_ = std::max(bottom_, cell.row);
      }
    }
    return problems_.size() == before && left_ <= right_;
  }

  // Places as columns and rows.
  std::vector<Vertex> pixels_of_places() {
    std::vector<double> x;
    std::vector<double> y;
    for (const Place& place : places_) {
      x.push_back(place.longitude);
      y.push_back(place.latitude);
    }
    if (!grid_.crs.empty() && compare_crs("EPSG:4326", grid_.crs) != CrsRelation::same) {
      const CrsTransform transform("EPSG:4326", grid_.crs);
      transform.apply(x, y);
    }
    std::vector<Vertex> out;
    for (std::size_t w = 0; w < places_.size(); ++w) {
      auto [column, row] = to_pixel(grid_, x[w], y[w]);
      if (grid_.geographic && !(column >= 0 && column < grid_.width))  // grids from 0 to 360 degrees
        std::tie(column, row) = to_pixel(grid_, x[w] + (x[w] < 0 ? 360 : -360), y[w]);
      out.push_back({column, row});
    }
    return out;
  }

  void of_points(const GridFile& file) {
    const std::vector<Vertex> pixels = pixels_of_places();
    for (std::size_t w = 0; w < wells_.size(); ++w) {
      const Place& place = places_[w];
      weights_.emplace_back();
      if (std::isnan(place.longitude) || std::isnan(place.latitude)) {
        problems_.add({.where = "well " + wells_[w],
                       .what = "its place is not known, so no cell of the grid can be found",
                       .mend = "Give places with longitude and latitude"});
        continue;
      }
      weights_.back() = point_weights(pixels[w].x, pixels[w].y, grid_.width, grid_.height, params_.method,
                                      params_.neighbours, cell_aspect(grid_, place.latitude));
      if (!weights_.back().empty()) continue;
      problems_.add(
          {.file = file.file(),
           .where = "well " + wells_[w],
           .what = fmt::format("its place ({}, {}) lies outside the grid", place.longitude, place.latitude),
           .mend = "Check the place's order of longitude and latitude, or take a larger grid"});
    }
  }

  void of_polygons(const GridFile& file) {
    const ZoneFile zones = zones_on_grid(
        params_.polygons, {.layer = params_.polygon_layer, .id = params_.polygon_id}, grid_, out_.said);
    for (const std::string& well : wells_) {
      std::vector<Polygon> polygons;
      for (const Zone& zone : zones.zones) {
        if (zone.id == well) polygons.insert(polygons.end(), zone.polygons.begin(), zone.polygons.end());
      }
      weights_.push_back(area_weights(polygons));
      if (!weights_.back().empty()) continue;
      problems_.add({.file = polygons.empty() ? params_.polygons : file.file(),
                     .where = "well " + well,
                     .what = polygons.empty() ? "there is no polygon with this name"
                                              : "its polygon lies outside the grid"});
    }
  }

  std::vector<CellWeight> area_weights(const std::vector<Polygon>& polygons) const {
    std::vector<CellWeight> weights;
    const std::vector<double> areas = row_areas(grid_);
    double sum = 0;
    for (const CoveredRow& row : coverage(polygons, window_of(polygons, grid_))) {
      for (std::size_t k = 0; k < row.shares.size(); ++k) {
        const double weight = row.shares[k] * areas[static_cast<std::size_t>(row.row)];
        if (weight > 0) weights.push_back({row.first + static_cast<int>(k), row.row, weight});
        sum += weight;
      }
    }
    for (CellWeight& w : weights) w.weight /= sum;
    return weights;
  }

  void take_band(const GridFile& file, int band) {
    const std::optional<core::Seconds> time = file.time(band);
    if (!time)
      refuse(
          file.file(),
          fmt::format("the time of band {} is neither in the file nor, as yyyymmdd, in its name", band + 1));
    const int columns = right_ - left_ + 1;
    file.read(band, {left_, top_, columns, bottom_ - top_ + 1}, window_);
    out_.times.push_back(*time);
    for (std::size_t w = 0; w < wells_.size(); ++w) {
      double sum = 0;
      double weight = 0;
      for (const CellWeight& cell : weights_[w]) {
        const double value =
            window_[static_cast<std::size_t>(cell.row - top_) * static_cast<std::size_t>(columns) +
                    static_cast<std::size_t>(cell.column - left_)];
        if (std::isnan(value)) continue;
        sum += cell.weight * value;
        weight += cell.weight;
      }
      out_.values[w].push_back(weight >= 0.5 ? sum / weight : std::numeric_limits<double>::quiet_NaN());
    }
  }

  void sort() {
    for (std::size_t w = 0; w < wells_.size(); ++w) {
      RawSeries raw{out_.times, {std::move(out_.values[w])}};
      const TidyReport report = tidy(raw, Duplicates::same);
      if (report.refused && w == 0)
        problems_.add({.what = fmt::format("two bands of the stack have the time {} and different values",
                                           core::format_datetime(report.refused_time))});
      out_.values[w] = std::move(raw.columns[0]);
      if (w + 1 == wells_.size()) out_.times = std::move(raw.times);
    }
  }

  void settle_accumulation() {
    if (!problems_.empty() || params_.accumulation == Accumulation::none) return;
    const bool seen = accumulates(out_.times, out_.values);
    if (params_.accumulation == Accumulation::automatic && !seen) return;
    take_differences(out_);
    if (params_.accumulation == Accumulation::automatic)
      out_.warnings.push_back(
          "the values accumulate since 00 UTC of each day: amounts of each step are their differences "
          "(accumulation: none takes them as they stand)");
  }

  const GridExtraction& params_;
  const std::vector<std::string>& wells_;
  const std::vector<Place>& places_;
  core::Problems& problems_;
  GridSeries out_;
  bool ready_ = false;
  GeoGrid grid_;
  std::vector<std::vector<CellWeight>> weights_;  // per well
  int left_ = 0;
  int right_ = -1;
  int top_ = 0;
  int bottom_ = -1;
  std::vector<double> window_;
};

}  // namespace

std::string virtual_file(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kStores = {
      {{"s3://", "/vsis3/"},
       {"gs://", "/vsigs/"},
       {"az://", "/vsiaz/"},
       {"https://", "/vsicurl/https://"},
       {"http://", "/vsicurl/http://"}}};
  if (name.starts_with("/vsi")) return name;
  for (const auto& [scheme, prefix] : kStores) {
    if (name.starts_with(scheme)) return std::string(prefix) + name.substr(scheme.size());
  }
  return "";
}

std::vector<std::filesystem::path> list_files(const std::filesystem::path& pattern) {
  if (const std::string remote = virtual_file(pattern.string()); !remote.empty()) {
    if (remote.find('*') != std::string::npos)
      refuse(pattern, "names of object stores and the web hold no *: list each file");
    return {remote};
  }
  const std::string name = pattern.filename().string();
  const std::size_t star = name.find('*');
  if (star == std::string::npos) return spelt_as(pattern);
  const std::string prefix = name.substr(0, star);
  const std::string suffix = name.substr(star + 1);
  std::vector<std::filesystem::path> files;
  std::error_code error;
  const std::filesystem::path folder = pattern.has_parent_path() ? pattern.parent_path() : ".";
  std::filesystem::directory_iterator it(folder, error);
  if (error) refuse(folder, "this folder cannot be read: " + error.message());
  for (const auto& entry : it) {
    const std::string file = entry.path().filename().string();
    if (file.size() >= prefix.size() + suffix.size() && file.compare(0, prefix.size(), prefix) == 0 &&
        file.compare(file.size() - suffix.size(), suffix.size(), suffix) == 0)
      files.push_back(entry.path());
  }
  if (files.empty()) refuse(pattern, "no file matches this pattern");
  std::sort(files.begin(), files.end());
  return files;
}

GridSeries extract_grids(const std::vector<std::filesystem::path>& files, const GridExtraction& params,
                         const std::vector<std::string>& wells, const std::vector<Place>& places,
                         core::Problems& problems) {
  return Extractor(params, wells, places, problems).run(files);
}

}  // namespace phreatic::data
