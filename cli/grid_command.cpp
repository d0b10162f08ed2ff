// SPDX-License-Identifier: BSD-3-Clause
// grid: what a file of grids holds, regridding, class shares, zonal statistics, slopes, wetness (docs/guide/grids.md).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/grid/regrid/resample.hpp"
#include "phreatic/data/grid/regrid/shares.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/data/grid/slope.hpp"
#include "phreatic/data/grid/wetness.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/data/io/geotiff.hpp"

namespace phreatic::cli {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string band_label(const data::GridStack& stack, std::size_t band) {
  if (!stack.times().empty()) {
    const core::Seconds time = stack.times()[band];
    return time % core::kSecondsPerDay == 0 ? core::format_date(time) : core::format_datetime(time);
  }
  return stack.open(band).band_name(stack.band(band));
}

// Options that several of the commands share.
struct Source {
  std::vector<std::string> files;
  data::GridSource how;

  void add_options(CLI::App& app) {
    app.add_option("FILES", files, "Grids of one variable that GDAL reads; a name may hold a *")->required();
    app.add_option("--variable", how.variable, "Variable of files that hold several");
    app.add_option("--crs", how.crs,
                   "Their coordinate system, where they have none or a wrong one (EPSG:4326)");
    app.add_option("--unit", how.unit, "Their unit; refused where a file says another one");
    app.add_option("--to-unit", how.to_unit, "Unit in which the values are wanted");
    app.add_option("--missing", how.missing, "Values that mean missing, beside the files' own")
        ->delimiter(',');
    app.add_flag("--no-fill-values", how.no_fill_values, "Take every value as one, however it looks");
  }
  std::vector<std::filesystem::path> paths() const {
    std::vector<std::filesystem::path> out;
    for (const std::string& file : files) {
      for (const auto& path : data::list_files(file)) out.push_back(path);
    }
    return out;
  }
};

struct Target {
  std::string like, like_variable;
  std::vector<double> bounds;
  double cell = 0;
  std::string crs;

  void add_options(CLI::App& app) {
    auto* other = app.add_option("--like", like, "File whose cells are wanted");
    app.add_option("--like-variable", like_variable, "Its variable, where it holds several")->needs(other);
    app.add_option("--bounds", bounds, "West, south, east and north of the new grid")
        ->expected(4)
        ->delimiter(',')
        ->excludes(other);
    app.add_option("--cell", cell, "Size of the new cells, in units of the coordinate system")
        ->excludes(other);
    app.add_option("--target-crs", crs, "Coordinate system of the new grid; default: that of the source")
        ->excludes(other);
  }
  data::GeoGrid grid(const data::GeoGrid& source) const {
    if (!like.empty()) return data::GridFile(like, {.variable = like_variable}).grid();
    if (bounds.size() != 4 || !(cell > 0))
      throw core::InputError({.where = "target grid",
                              .what = "is not given",
                              .mend = "Give --like FILE, or --bounds W,S,E,N and --cell SIZE"});
    const std::string system = crs.empty() ? source.crs : crs;
    const bool geographic = system.empty() ? source.geographic : data::find_crs(system).geographic;
    return data::grid_from_bounds(bounds[0], bounds[1], bounds[2], bounds[3], cell, system, geographic);
  }
};

void say(core::Log& log, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) log.warn(line);
}

class GridCommand : public Command {
 public:
  std::string name() const override { return "grid"; }
  std::string summary() const override {
    return "Look at grids, regrid them, share classes, sum over polygons, slopes, wetness";
  }
  void add_options(CLI::App& app) override {
    app.require_subcommand(1);
    app.add_option("--threads", threads_, "Threads; 0: all cores")->check(CLI::Range(0, 1024));
    auto* info = app.add_subcommand("info", "Cells, coordinate system, times, unit and range of values");
    source_.add_options(*info);
    info->callback([this] { work_ = &GridCommand::info; });
    auto* regrid = app.add_subcommand("regrid", "Values on other cells: conservative, bilinear or nearest");
    source_.add_options(*regrid);
    target_.add_options(*regrid);
    regrid->add_option("--method", method_, "conservative, bilinear or nearest")
        ->check(CLI::IsMember({"conservative", "bilinear", "nearest"}))
        ->capture_default_str();
    add_output(*regrid, ".tif (Cloud-optimised GeoTIFF) or .nc (CF cube)");
    regrid->callback([this] { work_ = &GridCommand::regrid; });
    auto* shares = app.add_subcommand("shares", "Share of every class (land cover ...) in larger cells");
    source_.add_options(*shares);
    target_.add_options(*shares);
    shares->add_option("--classes", shares_.classes, "Classes that are wanted; default: all")->delimiter(',');
    shares->add_flag("--majority", majority_, "The class with the largest share in place of the shares");
    add_output(*shares, ".tif (Cloud-optimised GeoTIFF)");
    shares->callback([this] { work_ = &GridCommand::shares; });
    add_zonal(app);
    auto* slope = app.add_subcommand("slope", "Slope in degrees of a map of elevations (Horn's differences)");
    source_.add_options(*slope);
    slope->add_option("--out", out_, "File to write: .tif (Cloud-optimised GeoTIFF)")->required();
    slope->callback([this] { work_ = &GridCommand::slope; });
    auto* wetness = app.add_subcommand(
        "wetness", "Topographic wetness index ln(a / tan b) of a map of elevations, pits filled");
    source_.add_options(*wetness);
    wetness->add_option("--out", out_, "File to write: .tif (Cloud-optimised GeoTIFF)")->required();
    wetness->callback([this] { work_ = &GridCommand::wetness; });
  }
  int run() override {
    core::set_thread_count(threads_ > 0 ? threads_ : core::thread_count());
    return (this->*work_)();
  }

 private:
  void add_output(CLI::App& app, const std::string& kinds) {
    app.add_option("--min-coverage", min_coverage_, "Share of a new cell that must have values")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--out", out_, "File to write: " + kinds)->required();
  }

  void add_zonal(CLI::App& app) {
    auto* zonal = app.add_subcommand("zonal", "Statistics over polygons, by exact shares of cells");
    source_.add_options(*zonal);
    zonal->add_option("--zones", zones_, "Vector file of polygons")->required();
    zonal->add_option("--layer", zone_params_.layer, "Its layer; default: the first");
    zonal->add_option("--id", zone_params_.id, "Its field with the zones' names; default: their numbers");
    zonal->add_option("--zones-crs", zone_params_.crs,
                      "Its coordinate system, where it has none or a wrong one");
    zonal->add_flag("--repair", zone_params_.repair, "Mend polygons that cross themselves");
    zonal
        ->add_option(
            "--statistics", zonal_.statistics,
            "count sum mean min max stdev variance median q05 (percentiles) majority variety covered")
        ->delimiter(',');
    zonal
        ->add_option("--weights", weights_,
                     "area: cells weigh as their area on the sphere; cells: all the same")
        ->check(CLI::IsMember({"area", "cells"}))
        ->capture_default_str();
    zonal->add_option("--out", out_, "File to write: .csv or .gpkg (GeoPackage)")->required();
    zonal->callback([this] { work_ = &GridCommand::zonal; });
  }

  int info() {
    const data::GridStack stack(source_.paths(), source_.how);
    const data::GeoGrid& grid = stack.grid();
    fmt::print("cells        {}\n", data::describe(grid));
    fmt::print("system       {}\n", grid.crs.empty() ? "not declared" : data::find_crs(grid.crs).name);
    fmt::print("unit         {}\n", stack.unit().empty() ? "not declared" : stack.unit());
    if (stack.times().empty()) {
      fmt::print("bands        {} without a time\n", stack.size());
    } else {
      fmt::print("bands        {} from {} to {}\n", stack.size(), band_label(stack, 0),
                 band_label(stack, stack.size() - 1));
    }
    std::vector<double> values;
    double least = INFINITY, most = -INFINITY, sum = 0;
    std::size_t count = 0, all = 0;
    for (std::size_t b = 0; b < stack.size(); ++b) {
      const data::GridFile& file = stack.open(b);
      for (const data::Window& piece : data::pieces(file, {0, 0, grid.width, grid.height})) {
        core::throw_if_interrupted();
        file.read(stack.band(b), piece, values);
        all += values.size();
        for (const double v : values) {
          if (std::isnan(v)) continue;
          least = std::min(least, v);
          most = std::max(most, v);
          sum += v;
          ++count;
        }
      }
    }
    if (count == 0) {
      fmt::print("values       none of {} cells has one\n", all);
    } else {
      fmt::print("values       {:.6g} to {:.6g}, mean {:.6g}; {} of {} have none\n", least, most,
                 sum / static_cast<double>(count), all - count, all);
    }
    core::Log log;
    say(log, stack.said());
    stack.finish();
    return kDone;
  }

  int regrid() {
    core::Log log;
    const data::GridStack stack(source_.paths(), source_.how);
    const data::GeoGrid target = target_.grid(stack.grid());
    data::RegridParams params{.min_coverage = min_coverage_};
    if (method_ == "bilinear") params.method = data::ResampleMethod::bilinear;
    if (method_ == "nearest") params.method = data::ResampleMethod::nearest;
    const data::Regridder regridder(stack.grid(), target, params);
    say(log, stack.said());
    say(log, regridder.said());
    core::Progress progress("regrid", stack.size(), "bands");
    const auto every_band =
        [&](const std::function<void(std::size_t, const data::Window&, std::span<const double>)>& put) {
          bool any = false;
          for (std::size_t b = 0; b < stack.size(); ++b) {
            regridder.band(
                stack.open(b), stack.band(b), [&](const data::Window& w, std::span<const double> values) {
                  any = any ||
                        std::any_of(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
                  put(b, w, values);
                });
            progress.advance();
          }
          stack.finish();
          if (!any)
            log.warn(fmt::format("no cell of the result has a value: the source is {}, the result {}",
                                 data::describe(stack.grid()), data::describe(target)));
        };
    if (ends_with(out_, ".nc") || ends_with(out_, ".zarr")) {
      const std::string variable = source_.how.variable.empty() ? "value" : source_.how.variable;
      if (ends_with(out_, ".zarr") && (target.width == 1 || target.height == 1))
        throw core::InputError(
            {.file = out_,
             .what =
                 fmt::format("the grid has {} x {} cells; the size of cells in one row or one column cannot "
                             "be read back from a Zarr store",
                             target.width, target.height),
             .mend = "Write .nc or .tif, or take at least two rows and two columns"});
      if (stack.times().empty() && stack.size() > 1)
        throw core::InputError(
            {.file = out_, .what = "bands without times cannot become a cube in time", .mend = "Write .tif"});
      data::write_cube(out_,
                       {target,
                        stack.times(),
                        {{variable, stack.unit(), ""}},
                        {{"history", "phreatic grid regrid, " + method_}}},
                       [&](data::CubeWriter& cube) {
                         every_band([&](std::size_t b, const data::Window& w, std::span<const double> v) {
                           cube.put(0, b, w, v);
                         });
                       });
      return kDone;
    }
    require_tif();
    data::io::RasterSchema schema{
        .grid = target, .type = data::io::RasterType::float32, .unit = stack.unit()};
    for (std::size_t b = 0; b < stack.size(); ++b) schema.bands.push_back(band_label(stack, b));
    data::io::write_geotiff(out_, schema, [&](data::io::RasterWriter& raster) {
      every_band(
          [&](std::size_t b, const data::Window& w, std::span<const double> v) { raster.put(b, w, v); });
    });
    return kDone;
  }

  int shares() {
    core::Log log;
    require_tif();
    const auto paths = source_.paths();
    if (paths.size() != 1)
      throw core::InputError(
          {.where = "FILES", .what = fmt::format("{} files", paths.size()), .allowed = "one map of classes"});
    const data::GridFile file(paths[0], source_.how);
    const data::GeoGrid target = target_.grid(file.grid());
    shares_.min_coverage = min_coverage_;
    const data::ClassShares result = data::class_shares(file, 0, target, shares_, {log});
    say(log, file.said);
    say(log, result.said);
    const data::Window all{0, 0, target.width, target.height};
    data::io::RasterSchema schema{
        .grid = target, .type = data::io::RasterType::float32, .unit = majority_ ? "" : "1"};
    if (majority_) {
      schema.bands = {"majority"};
    } else {
      for (const int c : result.classes) schema.bands.push_back(fmt::format("class {}", c));
    }
    data::io::write_geotiff(out_, schema, [&](data::io::RasterWriter& raster) {
      if (majority_) {
        raster.put(0, all, std::span<const double>(data::majority(result)));
        return;
      }
      for (std::size_t c = 0; c < result.classes.size(); ++c) {
        const std::vector<double> values(result.shares[c].begin(), result.shares[c].end());
        raster.put(c, all, std::span<const double>(values));
      }
    });
    return kDone;
  }

  int slope() {
    const data::GridStack stack = elevations();
    data::io::write_geotiff(
        out_,
        {.grid = stack.grid(), .bands = {"slope"}, .type = data::io::RasterType::float32, .unit = "degree"},
        [&](data::io::RasterWriter& raster) {
          data::slope_map(
              stack.open(0), stack.band(0),
              [&](const data::Window& w, std::span<const double> values) { raster.put(0, w, values); });
          stack.finish();
        });
    return kDone;
  }

  int wetness() {
    const data::GridStack stack = elevations();
    const data::GeoGrid& grid = stack.grid();
    const data::Window all{0, 0, grid.width, grid.height};
    data::require_wetness_size(source_.files[0], grid);
    std::vector<double> elevation_m;
    stack.open(0).read(stack.band(0), all, elevation_m);
    stack.finish();
    const std::vector<double> index = data::wetness_index(elevation_m, grid);
    data::io::write_geotiff(
        out_, {.grid = grid, .bands = {"wetness index"}, .type = data::io::RasterType::float32, .unit = "1"},
        [&](data::io::RasterWriter& raster) { raster.put(0, all, std::span<const double>(index)); });
    return kDone;
  }

  // One map of elevations in metres.
  data::GridStack elevations() {
    core::Log log;
    require_tif();
    if (source_.how.to_unit.empty() && !source_.how.unit.empty()) source_.how.to_unit = "m";
    data::GridStack stack(source_.paths(), source_.how);
    if (stack.size() != 1)
      throw core::InputError({.where = "FILES",
                              .what = fmt::format("{} bands", stack.size()),
                              .allowed = "one map of elevations"});
    say(log, stack.said());
    const data::GeoGrid& grid = stack.grid();
    if (stack.unit().empty()) log.warn("no unit is declared: elevations are taken as metres");
    if (!stack.unit().empty() && stack.unit() != "m")
      throw core::InputError({.file = source_.files[0],
                              .what = "elevations are in " + stack.unit(),
                              .allowed = "m",
                              .mend = "Give --unit " + stack.unit() + ", which converts, or mend the file"});
    if (!grid.geographic) log.info("sizes of cells are taken as metres");
    return stack;
  }

  int zonal() {
    core::Log log;
    const data::GridStack stack(source_.paths(), source_.how);
    if (weights_ == "cells") zonal_.weights = data::ZonalWeights::cells;
    std::vector<std::string> said = stack.said();
    const data::ZoneFile zones = data::zones_on_grid(zones_, zone_params_, stack.grid(), said);
    say(log, said);
    const data::ZonalTable table = data::zonal(stack, zones.zones, zonal_, {log});
    say(log, table.said);
    if (ends_with(out_, ".gpkg")) {
      write_zone_layer(stack, table);
    } else if (ends_with(out_, ".csv")) {
      core::write_file_atomic(out_, as_csv(stack, table));
    } else {
      throw core::InputError(
          {.where = "--out " + out_, .what = "is of no kind that is written", .allowed = ".csv, .gpkg"});
    }
    return kDone;
  }

  static std::string as_csv(const data::GridStack& stack, const data::ZonalTable& table) {
    std::string out = "zone,band";
    for (const std::string& s : table.statistics) out += "," + s;
    out += "\n";
    const std::size_t n = table.statistics.size();
    for (std::size_t b = 0; b < stack.size(); ++b) {
      const std::string label = core::csv_cell(band_label(stack, b));
      for (std::size_t z = 0; z < table.zones.size(); ++z) {
        out += core::csv_cell(table.zones[z]) + "," + label;
        for (std::size_t s = 0; s < n; ++s) {
          const double v = table.values[(b * table.zones.size() + z) * n + s];
          out += std::isnan(v) ? std::string(",") : fmt::format(",{:.9g}", v);
        }
        out += "\n";
      }
    }
    return out;
  }

  // One row per zone; a column for each band and statistic.
  void write_zone_layer(const data::GridStack& stack, const data::ZonalTable& table) const {
    const std::size_t n = table.statistics.size();
    const std::size_t zones = table.zones.size();
    if (stack.size() * n > 1900)
      throw core::InputError(
          {.file = out_,
           .what = fmt::format("{} bands x {} statistics are too many columns", stack.size(), n),
           .allowed = "1900",
           .mend = "Write .csv"});
    std::vector<std::string> columns;
    std::vector<double> values(table.values.size());
    for (std::size_t b = 0; b < stack.size(); ++b) {
      for (std::size_t s = 0; s < n; ++s) {
        columns.push_back(stack.size() == 1 ? table.statistics[s]
                                            : table.statistics[s] + " " + band_label(stack, b));
        for (std::size_t z = 0; z < zones; ++z)
          values[z * stack.size() * n + b * n + s] = table.values[(b * zones + z) * n + s];
      }
    }
    data::io::write_zones(out_, zones_, zone_params_.layer, columns, values);
  }

  void require_tif() const {
    if (ends_with(out_, ".tif") || ends_with(out_, ".tiff")) return;
    throw core::InputError(
        {.where = "--out " + out_, .what = "is of no kind that is written", .allowed = ".tif"});
  }

  Source source_;
  Target target_;
  std::string method_ = "conservative";
  double min_coverage_ = 0.5;
  std::string out_;
  data::SharesParams shares_;
  bool majority_ = false;
  std::string zones_;
  data::ZoneParams zone_params_;
  data::ZonalParams zonal_;
  std::string weights_ = "area";
  int threads_ = 0;
  int (GridCommand::*work_)() = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_grid_command() { return std::make_unique<GridCommand>(); }

}  // namespace phreatic::cli
