// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/gridded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <numbers>

#include "phreatic/core/context.hpp"
#include "phreatic/data/gdal/library.hpp"
#include "phreatic/data/io/netcdf.hpp"

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
}

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw core::InputError(core::Problem{.file = file.string(), .what = what});
}

// An open grid; every call holds the lock.
class Grid {
 public:
  Grid(std::filesystem::path file, const std::string& variable) : file_(std::move(file)) {
    const GdalLibrary& library = gdal();
    const std::lock_guard lock(io::netcdf_mutex());
    GdalError error{};
    if (library.open(file_.c_str(), variable.c_str(), &grid_, &info, error.data(), error.size()) != 0)
      refuse(file_, error.data());
  }
  ~Grid() {
    const std::lock_guard lock(io::netcdf_mutex());
    gdal().close(grid_);
  }
  Grid(const Grid&) = delete;
  Grid& operator=(const Grid&) = delete;

  std::optional<core::Seconds> band_time(int band) {
    const std::lock_guard lock(io::netcdf_mutex());
    GdalError error{};
    long long seconds = 0;
    int known = 0;
    if (gdal().band_time(grid_, band, &seconds, &known, error.data(), error.size()) != 0)
      refuse(file_, error.data());
    return known != 0 ? std::optional<core::Seconds>(seconds) : std::nullopt;
  }

  std::pair<double, double> pixel(double longitude, double latitude) {
    const std::lock_guard lock(io::netcdf_mutex());
    GdalError error{};
    std::pair<double, double> out;
    if (gdal().to_pixel(grid_, 1, &longitude, &latitude, &out.first, &out.second, error.data(),
                        error.size()) != 0)
      refuse(file_, error.data());
    return out;
  }

  void read(int band, int column, int row, int columns, int rows, std::vector<double>& values) {
    values.resize(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    const std::lock_guard lock(io::netcdf_mutex());
    GdalError error{};
    if (gdal().read(grid_, band, column, row, columns, rows, values.data(), error.data(), error.size()) != 0)
      refuse(file_, error.data());
  }

  PhreaticGridInfo info{};

 private:
  std::filesystem::path file_;
  PhreaticGrid* grid_ = nullptr;
};

// Height over width of a cell on the ground.
double cell_aspect(const PhreaticGridInfo& info, double latitude) {
  const double width = std::hypot(info.transform[1], info.transform[4]);
  const double height = std::hypot(info.transform[2], info.transform[5]);
  const double shrink = info.geographic != 0 ? std::cos(latitude * std::numbers::pi / 180) : 1;
  return shrink > 1e-6 ? height / (width * shrink) : 1;
}

// yyyymmddhh, yyyymmdd or yyyymm: the first such run of digits in the name.
std::optional<core::Seconds> time_in_name(const std::string& name) {
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
    const std::size_t length = end - i;
    if (length == 6 || length == 8 || length == 10) {
      const std::string digits = name.substr(i, length);
      const std::string day = length == 6 ? "01" : digits.substr(6, 2);
      const auto date =
          core::parse_date(digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + day, core::DateOrder::iso);
      const int hour = length == 10 ? std::stoi(digits.substr(8, 2)) : 0;
      if (date && hour < 24) return *date + hour * core::Seconds{3600};
    }
    i = std::max(end, i + 1);
  }
  return std::nullopt;
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
    try {
      for (const std::filesystem::path& file : files) {
        core::throw_if_interrupted();
        Grid grid(file, params_.variable);
        if (!ready_ && !prepare(grid, file)) return {};
        if (grid.info.width != first_.width || grid.info.height != first_.height ||
            !std::equal(std::begin(first_.transform), std::end(first_.transform),
                        std::begin(grid.info.transform)))
          refuse(file, "its cells are not those of the first file of the stack");
        for (int band = 0; band < grid.info.bands; ++band) take_band(grid, file, band);
      }
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
      return {};
    }
    sort();
    return std::move(out_);
  }

 private:
  bool prepare(Grid& grid, const std::filesystem::path& file) {
    first_ = grid.info;
    ready_ = true;
    if (grid.info.has_crs == 0)
      out_.said.push_back(file.string() + ": no coordinate system; taken as longitude and latitude");
    const std::size_t before = problems_.size();
    std::vector<Shape> shapes;
    if (params_.method == GridMethod::polygon_mean)
      shapes = read_shapes(params_.polygons, params_.polygon_layer, params_.polygon_id);
    for (std::size_t w = 0; w < wells_.size(); ++w) {
      weights_.push_back(params_.method == GridMethod::polygon_mean ? of_polygon(grid, file, shapes, w)
                                                                    : of_point(grid, file, w));
    }
    left_ = grid.info.width;
    top_ = grid.info.height;
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

  std::vector<CellWeight> of_point(Grid& grid, const std::filesystem::path& file, std::size_t w) {
    const Place& place = places_[w];
    if (std::isnan(place.longitude) || std::isnan(place.latitude)) {
      problems_.add({.where = "well " + wells_[w],
                     .what = "its place is not known, so no cell of the grid can be found",
                     .mend = "Give places with longitude and latitude"});
      return {};
    }
    auto [column, row] = grid.pixel(place.longitude, place.latitude);
    if (grid.info.geographic != 0 &&
        (column < 0 || column >= grid.info.width))  // grids from 0 to 360 degrees
      std::tie(column, row) =
          grid.pixel(place.longitude + (place.longitude < 0 ? 360 : -360), place.latitude);
    std::vector<CellWeight> weights =
        point_weights(column, row, grid.info.width, grid.info.height, params_.method, params_.neighbours,
                      cell_aspect(grid.info, place.latitude));
    if (weights.empty()) {
      problems_.add(
          {.file = file.string(),
           .where = "well " + wells_[w],
           .what = fmt::format("its place ({}, {}) lies outside the grid", place.longitude, place.latitude),
           .mend = "Check the place's order of longitude and latitude, or take a larger grid"});
    }
    return weights;
  }

  std::vector<CellWeight> of_polygon(Grid& grid, const std::filesystem::path& file,
                                     const std::vector<Shape>& shapes, std::size_t w) {
    std::vector<std::vector<std::pair<double, double>>> rings;
    for (const Shape& shape : shapes) {
      if (!shape.is_polygon || shape.id != wells_[w]) continue;
      rings.emplace_back();
      for (const GeoPoint& p : shape.points) rings.back().push_back(grid.pixel(p.longitude, p.latitude));
    }
    std::vector<CellWeight> weights = polygon_weights(rings, grid.info.width, grid.info.height);
    if (weights.empty()) {
      problems_.add({.file = rings.empty() ? params_.polygons : file.string(),
                     .where = "well " + wells_[w],
                     .what = rings.empty() ? "there is no polygon with this name"
                                           : "its polygon lies outside the grid"});
    }
    return weights;
  }

  void take_band(Grid& grid, const std::filesystem::path& file, int band) {
    std::optional<core::Seconds> time = grid.band_time(band);
    if (!time && grid.info.bands == 1) time = time_in_name(file.filename().string());
    if (!time) {
      refuse(file, fmt::format("the time of band {} is neither in the file nor, as yyyymmdd, in its name",
                               band + 1));
    }
    const int columns = right_ - left_ + 1;
    grid.read(band, left_, top_, columns, bottom_ - top_ + 1, window_);
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

  const GridExtraction& params_;
  const std::vector<std::string>& wells_;
  const std::vector<Place>& places_;
  core::Problems& problems_;
  GridSeries out_;
  bool ready_ = false;
  PhreaticGridInfo first_{};
  std::vector<std::vector<CellWeight>> weights_;  // per well
  int left_ = 0;
  int right_ = -1;
  int top_ = 0;
  int bottom_ = -1;
  std::vector<double> window_;
};

}  // namespace

std::vector<std::filesystem::path> list_files(const std::filesystem::path& pattern) {
  const std::string name = pattern.filename().string();
  const std::size_t star = name.find('*');
  if (star == std::string::npos) return {pattern};
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

std::vector<Shape> read_shapes(const std::filesystem::path& path, const std::string& layer,
                               const std::string& id_field) {
  struct Collected {
    std::vector<Shape> shapes;
    int part = -1;
  } collected;
  const PhreaticVertex vertex = [](void* user, const char* id, int part, int is_polygon, double longitude,
                                   double latitude) {
    auto& out = *static_cast<Collected*>(user);
    if (part != out.part) out.shapes.push_back({id, is_polygon != 0, {}});
    out.part = part;
    out.shapes.back().points.push_back({longitude, latitude});
  };
  const GdalLibrary& library = gdal();
  const std::lock_guard lock(io::netcdf_mutex());
  GdalError error{};
  if (library.shapes(path.c_str(), layer.c_str(), id_field.c_str(), vertex, &collected, error.data(),
                     error.size()) != 0)
    refuse(path, error.data());
  return std::move(collected.shapes);
}

}  // namespace phreatic::data
