// SPDX-License-Identifier: BSD-3-Clause
// Zarr stores, and grids of object stores through GDAL's virtual files, on a local stand-in for S3.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "grids.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/data/series/monthly.hpp"

namespace phreatic::data {
namespace {

namespace fs = std::filesystem;

const GeoGrid kGrid = degrees(74, 36, 76, 37, 0.25);
const std::vector<core::Seconds> kTimes = {core::days_from_civil({2004, 1, 15}) * core::kSecondsPerDay,
                                           core::days_from_civil({2004, 2, 15}) * core::kSecondsPerDay,
                                           core::days_from_civil({2004, 4, 15}) * core::kSecondsPerDay};

double value(std::size_t cell, std::size_t time) {
  return cell == 3 && time == 1 ? kNaN : 0.5 * static_cast<double>(cell) + 100 * static_cast<double>(time);
}

void write(const std::string& path) {
  write_cube(path, {kGrid, kTimes, {{"gws", "mm", "storage"}}, {{"title", "test"}}}, [](CubeWriter& cube) {
    for (std::size_t t = 0; t < kTimes.size(); ++t) {
      for (int row = 0; row < kGrid.height; row += 2) {  // in strips
        const Window strip{0, row, kGrid.width, 2};
        std::vector<double> v;
        for (std::size_t i = 0; i < strip.cells(); ++i)
          v.push_back(value(static_cast<std::size_t>(row * kGrid.width) + i, t));
        cube.put(0, t, strip, v);
      }
    }
  });
}

void expect_cube(const fs::path& path) {
  const MonthlyValues back = read_monthly_grids({path}, {});
  EXPECT_EQ(back.unit, "mm");
  ASSERT_TRUE(back.grid.has_value());
  EXPECT_EQ(compare(*back.grid, kGrid).relation, GridRelation::same);
  ASSERT_EQ(back.axis.size(), 4U) << "January to April";
  for (std::size_t i = 0; i < kGrid.cells(); ++i) {
    EXPECT_EQ(back.values[4 * i], value(i, 0));
    EXPECT_EQ(back.values[4 * i + 3], value(i, 2));
    EXPECT_TRUE(std::isnan(back.values[4 * i + 2])) << "no March";
  }
  EXPECT_TRUE(std::isnan(back.values[4 * 3 + 1]));
}

TEST(Zarr, CubesComeBackWithTimesUnitAndCells) {
  const Scratch scratch;
  write(scratch.path("c.zarr"));
  write(scratch.path("c.zarr"));  // an old store is replaced
  EXPECT_FALSE(fs::exists(scratch.path("c.zarr.partial")));
  expect_cube(scratch.path("c.zarr"));
}

TEST(Zarr, AFolderThatIsNoStoreIsNotReplaced) {
  const Scratch scratch;
  fs::create_directory(scratch.path("c.zarr"));
  core::write_file_atomic(scratch.path("c.zarr/mine.txt"), "x");
  EXPECT_THROW(write(scratch.path("c.zarr")), core::InputError);
  EXPECT_TRUE(fs::exists(scratch.path("c.zarr/mine.txt")));
}

TEST(Zarr, XarrayOpensOurStores) {
  const char* python = std::getenv("PHREATIC_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "PHREATIC_PEERS_PYTHON is not set";
  if (std::system(fmt::format("{} -c 'import zarr' 2> /dev/null", python).c_str()) != 0)
    GTEST_SKIP() << "the peers' Python has no zarr (tests/reference/peers.txt)";
  const Scratch scratch;
  write(scratch.path("c.zarr"));
  const std::string check =
      "import xarray, sys; d = xarray.open_zarr(sys.argv[1]); g = d.gws; "
      "assert g.dims == ('time', 'latitude', 'longitude') and g.units == 'mm', g; "
      "assert str(d.time.values[2])[:10] == '2004-04-15'; "
      "assert float(g.sel(latitude=36.875, longitude=74.375).values[2]) == 200.5; "
      "assert bool(g.isnull().sum() == 1)";
  EXPECT_EQ(std::system(
                fmt::format("{} -W error::RuntimeWarning -c \"{}\" {}", python, check, scratch.path("c.zarr"))
                    .c_str()),
            0);
}

TEST(VirtualFiles, OfStoresAndTheWebHaveNamesOfTheirOwn) {
  EXPECT_EQ(virtual_file("s3://cubes/a.tif"), "/vsis3/cubes/a.tif");
  EXPECT_EQ(virtual_file("https://a.b/c.nc"), "/vsicurl/https://a.b/c.nc");
  EXPECT_EQ(virtual_file("/vsizip/a.zip/b.tif"), "/vsizip/a.zip/b.tif");
  EXPECT_EQ(virtual_file("grids/a.tif"), "");
  EXPECT_THROW(list_files("s3://cubes/*.tif"), core::InputError);
}

// The program of the stand-in, which ends with this object.
class Store {
 public:
  Store(const char* python, const std::string& folder) : folder_(folder) {
    const std::string log = folder + ".log";
    static_cast<void>(std::system(
        fmt::format("{} tests/reference/data/object_store.py {} > {} 2>&1 &", python, folder, log).c_str()));
    for (int i = 0; i < 1200 && port.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      std::ifstream(folder + ".port") >> port;
    }
  }
  ~Store() { std::ofstream(folder_ + ".stop") << "stop"; }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  std::string port;

 private:
  std::string folder_;
};

TEST(VirtualFiles, CogZarrAndNetCdfAreReadFromAnObjectStore) {
  const char* python = std::getenv("PHREATIC_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "PHREATIC_PEERS_PYTHON is not set";
  if (std::system(fmt::format("{} -c 'import moto.server, boto3' 2> /dev/null", python).c_str()) != 0)
    GTEST_SKIP() << "the peers' Python has no moto (tests/reference/peers.txt)";
  const Scratch scratch;
  const std::string folder = scratch.path("bucket");
  fs::create_directory(folder);
  write(folder + "/c.zarr");
  write(folder + "/c.nc");
  std::vector<double> band;
  for (std::size_t i = 0; i < kGrid.cells(); ++i) band.push_back(static_cast<double>(i));
  write_grid(folder + "/dem.tif", kGrid, {band});
  const Store store(python, folder);
  ASSERT_FALSE(store.port.empty()) << core::read_file(folder + ".log");
  for (const auto& [name, setting] :
       {std::pair<const char*, std::string>{"AWS_S3_ENDPOINT", "127.0.0.1:" + store.port},
        {"AWS_HTTPS", "NO"},
        {"NO_PROXY", "127.0.0.1"},
        {"AWS_VIRTUAL_HOSTING", "FALSE"},
        {"AWS_ACCESS_KEY_ID", "test"},
        {"AWS_SECRET_ACCESS_KEY", "test"}})
    ::setenv(name, setting.c_str(), 1);
  std::vector<double> back;
  const GridFile dem(list_files("s3://cubes/dem.tif").front(), {});
  dem.read(0, {0, 0, kGrid.width, kGrid.height}, back);
  EXPECT_EQ(back, band);
  expect_cube(list_files("s3://cubes/c.zarr").front());
  expect_cube(list_files("s3://cubes/c.nc").front());
}

}  // namespace
}  // namespace phreatic::data
