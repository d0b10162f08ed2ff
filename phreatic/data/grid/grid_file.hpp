// SPDX-License-Identifier: BSD-3-Clause
// An open file of grids: whatever GDAL reads (GeoTIFF, NetCDF, GRIB, HDF ...), one variable, bands with times,
// values in windows. And a stack of such files in the order of time. Memory: one window.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/grid/bands.hpp"
#include "phreatic/data/grid/fill_values.hpp"
#include "phreatic/data/grid/geogrid.hpp"

namespace phreatic::data {

// What the user declares about a file of grids.
struct GridSource {
  std::string variable;         // of files that hold several
  std::string crs;              // where the file has none, or a wrong one
  std::string unit;             // of the file's values; "" = as the file says
  std::string to_unit;          // in which they are wanted; "" = as they are
  std::vector<double> missing;  // values that mean missing, beside the file's own
  bool no_fill_values = false;  // every value is one, however it looks
};
void describe(core::Describer& d, GridSource& p);

class GridFile : public Bands {
 public:
  // Throws InputError: cannot be read, several variables and none named, no place, no such coordinate system, a unit
  // declared that contradicts the file's.
  GridFile(const std::filesystem::path& path, const GridSource& source);
  ~GridFile() override;
  GridFile(GridFile&&) noexcept;
  GridFile(const GridFile&) = delete;
  GridFile& operator=(const GridFile&) = delete;

  const std::string& file() const override { return file_; }
  const GeoGrid& grid() const { return grid_; }
  int bands() const;
  std::string band_name(int band) const;
  const std::string& unit() const { return unit_; }
  bool is_whole() const;  // integers
  bool is_bytes() const;  // integers from 0 to 255, without scale and offset
  // Of a file of bytes: the value for missing, if the file or the user declares one.
  std::optional<int> missing_byte() const;
  Window block() const override;
  // As the file says, or for a file of one band as the digits yyyymmdd, yyyymmddhh or yyyymm in its name.
  std::optional<core::Seconds> time(int band) const;
  // An item of metadata of a band (-1: the file), "" without.
  std::string text(int band, const std::string& key) const;
  void read(int band, const Window& window, std::vector<double>& values) const override;
  void read_bytes(int band, const Window& window, std::vector<std::uint8_t>& values) const;
  // Throws InputError when what was read so far looks like an undeclared fill value.
  void refuse_fill_values() const;
  std::vector<std::string> said;  // what was taken for granted

 private:
  struct Open;
  [[noreturn]] void refuse(const std::string& what, const std::string& mend = "") const;
  void place(const GridSource& source);
  void settle_unit(const GridSource& source);

  std::string file_;
  GridSource source_;
  std::unique_ptr<Open> open_;
  GeoGrid grid_;
  std::string unit_;
  double factor_ = 1, offset_ = 0;  // to the wanted unit
  mutable FillWatch watch_;
};

// Units as grids spell them ("kg m-2", "mm h-1", "m of water equivalent") as core/units.hpp knows them; others as they
// are.
std::string usual_unit(const std::string& spelling);

// Bands of one variable in several files. Times increase, or none are known.
class GridStack {
 public:
  // Throws InputError: files whose cells differ (by how much, when they are shifted by part of a cell), two bands of
  // one time, some bands with and some without a time.
  GridStack(const std::vector<std::filesystem::path>& files, const GridSource& source);
  std::size_t size() const { return bands_.size(); }
  const GeoGrid& grid() const { return grid_; }
  const std::vector<core::Seconds>& times() const { return times_; }  // empty: not known
  const std::string& unit() const { return unit_; }
  const std::vector<std::string>& said() const { return said_; }
  // The file of a band; only one is open at a time, the former one is gone with this call (and refused when it
  // holds what looks like undeclared fill values).
  const GridFile& open(std::size_t band) const;
  int band(std::size_t band) const { return bands_[band].band; }
  // Ends the reading: refuses what looks like undeclared fill values in the file that is open.
  void finish() const;

 private:
  struct Band {
    std::size_t file = 0;
    int band = 0;
  };
  void take(std::size_t file, core::Problems& problems, std::vector<std::optional<core::Seconds>>& times);
  void sort(const std::vector<std::optional<core::Seconds>>& times, core::Problems& problems);

  std::vector<std::filesystem::path> paths_;
  GridSource source_;
  mutable std::unique_ptr<GridFile> file_;
  mutable std::size_t opened_ = 0;
  GeoGrid grid_;
  std::string unit_;
  std::vector<std::string> said_;
  std::vector<Band> bands_;
  std::vector<core::Seconds> times_;
};

}  // namespace phreatic::data
