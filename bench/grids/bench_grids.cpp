// SPDX-License-Identifier: BSD-3-Clause
// Zonal statistics and conservative regridding, and the land cover that class shares are measured on.
//   bench_grids landcover PATH            43,200 x 41,760 cells of one second (1.8 G), nine classes in patches
//   bench_grids generate FOLDER           values.tif (3600 x 1800), months.tif (1440 x 720, 12 bands), both also as
//                                         .bin (doubles, row by row), zones.geojson (500 polygons)
//   bench_grids zonal FOLDER THREADS      "seconds of one reading, seconds of all with one reading, sum of the means"
//   bench_grids regrid FOLDER THREADS     the same for twelve months to cells of one degree
// The last two count processor seconds of the process with a further word `processor`.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/regrid/resample.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/data/io/geotiff.hpp"

namespace {

using namespace phreatic;

std::uint32_t mix(std::uint32_t a, std::uint32_t b) {
  std::uint32_t h = a * 2654435761U ^ (b + 0x9E3779B9U) * 2246822519U;
  h ^= h >> 15;
  h *= 3266489917U;
  return h ^ h >> 13;
}

void landcover(const std::string& path) {
  constexpr int kWidth = 43200;
  constexpr int kHeight = 41760;
  const data::GeoGrid grid = data::grid_from_bounds(74, 35, 74 + kWidth / 3600.0, 35 + kHeight / 3600.0,
                                                    1 / 3600.0, "EPSG:4326", true);
  const data::io::RasterSchema schema{
      .grid = grid, .bands = {"land cover"}, .type = data::io::RasterType::bytes, .missing = 0};
  data::io::write_geotiff(path, schema, [&](data::io::RasterWriter& writer) {
    constexpr int kRows = 512;
    std::vector<std::uint8_t> codes;
    for (int top = 0; top < kHeight; top += kRows) {
      const int rows = std::min(kRows, kHeight - top);
      codes.resize(static_cast<std::size_t>(rows) * kWidth);
      core::parallel_for(static_cast<std::size_t>(rows), [&](std::size_t r) {
        const auto row = static_cast<std::uint32_t>(top) + static_cast<std::uint32_t>(r);
        for (std::uint32_t c = 0; c < kWidth; ++c) {
          const bool other = mix(row, c) % 64 == 0;
          const std::uint32_t patch = other ? mix(c, row) : mix(row / 37, c / 53 + row / 37 % 7);
          codes[r * kWidth + c] = static_cast<std::uint8_t>(10 * (1 + patch % 9));
        }
      });
      writer.put(0, {0, top, kWidth, rows}, std::span<const std::uint8_t>(codes));
    }
  });
}

std::vector<double> values(std::size_t n, std::uint64_t seed) {
  core::RandomStream random(seed, "bench", 0, 0);
  std::vector<double> out(n);
  for (double& v : out) v = random.uniform(0, 100);
  return out;
}

void write_both(const std::filesystem::path& stem, const data::GeoGrid& grid, int bands) {
  data::io::RasterSchema schema{.grid = grid};
  for (int b = 0; b < bands; ++b) schema.bands.push_back(fmt::format("month {}", b + 1));
  std::ofstream raw(stem.string() + ".bin", std::ios::binary);
  data::io::write_geotiff(stem.string() + ".tif", schema, [&](data::io::RasterWriter& writer) {
    for (int b = 0; b < bands; ++b) {
      const std::vector<double> v = values(grid.cells(), static_cast<std::uint64_t>(b) + 1);
      writer.put(static_cast<std::size_t>(b), {0, 0, grid.width, grid.height}, std::span<const double>(v));
      raw.write(reinterpret_cast<const char*>(v.data()),
                static_cast<std::streamsize>(v.size() * sizeof(double)));
    }
  });
}

void generate(const std::filesystem::path& folder) {
  core::make_folder(folder);
  write_both(folder / "values", data::grid_from_bounds(-180, -90, 180, 90, 0.1, "EPSG:4326", true), 1);
  write_both(folder / "months", data::grid_from_bounds(-180, -90, 180, 90, 0.25, "EPSG:4326", true), 12);
  core::RandomStream random(1, "zones", 0, 0);
  std::string text = "{\"type\":\"FeatureCollection\",\"features\":[";
  for (int z = 0; z < 500; ++z) {
    const double x = random.uniform(-160, 160);
    const double y = random.uniform(-70, 70);
    const double size = std::pow(10, random.uniform(-1, 1));
    text += fmt::format(
        "{}{{\"type\":\"Feature\",\"properties\":{{\"name\":\"{}\"}},\"geometry\":{{\"type\":\"Polygon\","
        "\"coordinates\":[[",
        z == 0 ? "" : ",", z);
    std::string first;
    for (int k = 0; k < 200; ++k) {
      const double angle = 2 * std::numbers::pi * k / 200;
      const double radius = size * random.uniform(0.7, 1);
      const std::string vertex =
          fmt::format("[{},{}]", x + radius * std::cos(angle), y + radius * std::sin(angle));
      if (k == 0) first = vertex;
      text += vertex + ",";
    }
    text += first + "]]}}";
  }
  core::write_file_atomic(folder / "zones.geojson", text + "]}\n");
}

bool by_processor = false;

double now() {
  if (by_processor) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double seconds_since(double start) { return now() - start; }

void zonal(const std::filesystem::path& folder) {
  const double start = now();
  core::Log log(true);
  std::vector<std::string> said;
  const data::GridStack stack({folder / "values.tif"}, {});
  const data::ZoneFile zones =
      data::zones_on_grid(folder / "zones.geojson", {.id = "name"}, stack.grid(), said);
  std::vector<double> all;
  const double reading = now();
  stack.open(0).read(0, {0, 0, stack.grid().width, stack.grid().height}, all);
  const double read = seconds_since(reading);
  const data::ZonalParams params{.statistics = {"mean", "count", "min", "max", "stdev"},
                                 .weights = data::ZonalWeights::cells};
  const data::ZonalTable out = data::zonal(stack, zones.zones, params, {log, false});
  double sum = 0;
  for (std::size_t z = 0; z < out.zones.size(); ++z) sum += out.values[z * params.statistics.size()];
  fmt::print("{:.4f} {:.4f} {:.9g}\n", read, seconds_since(start) - read, sum);
}

void regrid(const std::filesystem::path& folder) {
  const double start = now();
  const data::GridStack stack({folder / "months.tif"}, {});
  const data::GeoGrid target = data::grid_from_bounds(-180, -90, 180, 90, 1, "EPSG:4326", true);
  const data::Regridder regridder(stack.grid(), target, {});
  double sum = 0;
  for (std::size_t b = 0; b < stack.size(); ++b) {
    regridder.band(stack.open(b), stack.band(b), [&](const data::Window&, std::span<const double> v) {
      for (const double x : v) sum += x;
    });
  }
  const double all = seconds_since(start);
  const double reading = now();
  std::vector<double> values;
  for (std::size_t b = 0; b < stack.size(); ++b)
    stack.open(b).read(stack.band(b), {0, 0, stack.grid().width, stack.grid().height}, values);
  fmt::print("{:.4f} {:.4f} {:.9g}\n", seconds_since(reading), all, sum);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  by_processor = argc > 4 && std::string(argv[4]) == "processor";
  if (argc > 3) core::set_thread_count(std::atoi(argv[3]));
  if (what == "landcover") {
    landcover(argv[2]);
  } else if (what == "generate") {
    generate(argv[2]);
  } else if (what == "zonal") {
    zonal(argv[2]);
  } else if (what == "regrid") {
    regrid(argv[2]);
  } else {
    fmt::print(stderr,
               "usage: bench_grids landcover PATH | generate FOLDER | zonal FOLDER THREADS | regrid FOLDER "
               "THREADS\n");
    return 2;
  }
  return 0;
}
