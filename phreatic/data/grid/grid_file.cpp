// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/grid_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_recorder.hpp"
#include "phreatic/core/files/path_text.hpp"
#include "phreatic/core/units.hpp"
#include "phreatic/data/gdal/library.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/io/cf_time.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::data {

void describe(core::Describer& d, GridSource& p) {
  d.field("variable", p.variable, {.help = "Variable of files that hold several"});
  d.field("crs", p.crs,
          {.help = "Coordinate system, where the file has none or a wrong one (EPSG:4326 ...)"});
  d.field("unit", p.unit, {.help = "Unit of the values; empty: as the file says"});
  d.field("to_unit", p.to_unit, {.help = "Unit in which the values are wanted; empty: as they are"});
  d.field("missing", p.missing, {.help = "Values that mean missing, beside the one that the file declares"});
  d.field("no_fill_values", p.no_fill_values,
          {.help = "Take every value as one, also those that look like undeclared fill values"});
}

namespace {

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

}  // namespace

struct GridFile::Open {
  PhreaticGrid* grid = nullptr;
  PhreaticGridInfo info{};
  std::optional<io::CfTime> cf_time;
  Open() = default;
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() {
    if (grid == nullptr) return;
    const std::lock_guard lock(io::netcdf_mutex());
    gdal().close(grid);
  }
};

namespace {

// What can be said of a file that GDAL does not open, and what to do. Names that are no file of their own
// (/vsizip/..., NETCDF:...) keep GDAL's words.
core::Problem why_closed(const std::string& file, const std::string& variable,
                         const std::string& gdal_words) {
  core::Problem problem{.file = file, .what = gdal_words};
  if (file.rfind("/vsi", 0) == 0 || gdal_words.rfind("cannot be opened", 0) != 0) return problem;
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    if (file.find(':') == std::string::npos) {
      problem.what = "there is no such file";
      problem.mend = core::check_path(file);
    }
    return problem;
  }
  if (!std::filesystem::is_regular_file(status)) return problem;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return problem;
  if (size == 0) {
    problem.what = "the file is empty";
    problem.mend = "Get it again";
    return problem;
  }
  std::array<char, 8> start{};
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  const std::string_view head(start.data(), start.size());
  const auto begins = [&](std::string_view text) { return head.substr(0, text.size()) == text; };
  const std::string kind = begins(std::string_view("II*\0", 4)) || begins(std::string_view("MM\0*", 4)) ||
                                   begins(std::string_view("II+\0", 4)) ||
                                   begins(std::string_view("MM\0+", 4))
                               ? "TIFF"
                           : begins("CDF")     ? "NetCDF"
                           : begins("\x89HDF") ? "NetCDF-4 or HDF5"
                           : begins("GRIB")    ? "GRIB"
                                               : "";
  if (kind.empty()) {
    problem.what += "; it does not begin as a TIFF, NetCDF, HDF5 or GRIB file does";
    problem.mend = "Check its format";
  } else if (!variable.empty()) {
    problem.what = fmt::format("'{}' of this {} file {}", variable, kind, gdal_words);
    problem.mend = "Check the variable's name; if it is right, the file is damaged: get it again";
  } else {
    problem.what = fmt::format("it begins as a {} file ({} bytes) and is truncated or damaged; {}", kind,
                               size, gdal_words);
    problem.mend = "Get it again";
  }
  return problem;
}

}  // namespace

GridFile::GridFile(const std::filesystem::path& path, const GridSource& source)
    : file_(path.string()), source_(source), open_(std::make_unique<Open>()) {
  std::error_code ignored;
  if (!file_.starts_with("/vsi") && !std::filesystem::is_directory(path, ignored)) core::note_read(path);
  const GdalLibrary& library = gdal();
  {
    const std::lock_guard lock(io::netcdf_mutex());
    GdalError error{};
    if (library.open(file_.c_str(), source.variable.c_str(), &open_->grid, &open_->info, error.data(),
                     error.size()) != 0)
      throw core::InputError(why_closed(file_, source.variable, error.data()));
  }
  place(source);
  settle_unit(source);
  const std::string units = text(-1, "time_units");
  if (!units.empty()) open_->cf_time = io::parse_cf_time(units, text(-1, "time_calendar"), file_, "its time");
}

std::string usual_unit(const std::string& spelling) {
  using Spelled = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Spelled, 18> kSpellings = {{{"kg m-2", "mm"},
                                                          {"kg m**-2", "mm"},
                                                          {"kg/m2", "mm"},
                                                          {"kg/m^2", "mm"},
                                                          {"m of water equivalent", "m"},
                                                          {"mm d-1", "mm/d"},
                                                          {"mm day-1", "mm/d"},
                                                          {"mm/day", "mm/d"},
                                                          {"kg m-2 d-1", "mm/d"},
                                                          {"mm h-1", "mm/h"},
                                                          {"mm hr-1", "mm/h"},
                                                          {"mm/hr", "mm/h"},
                                                          {"W m-2", "W/m2"},
                                                          {"W m**-2", "W/m2"},
                                                          {"degrees_celsius", "degC"},
                                                          {"Celsius", "degC"},
                                                          {"kelvin", "K"},
                                                          {"m s**-1", "m/s"}}};
  for (const auto& [written, usual] : kSpellings) {
    if (spelling == written) return std::string(usual);
  }
  return spelling;
}

void GridFile::settle_unit(const GridSource& source) {
  unit_ = usual_unit(text(0, "unit"));
  if (!source.unit.empty() && !unit_.empty() && unit_ != source.unit) {
    const auto map = core::conversion(unit_, source.unit);
    const bool known = core::find_unit(unit_) && core::find_unit(source.unit);
    if (known && !(map && map->factor == 1 && map->offset == 0))
      refuse(fmt::format("the unit is declared as '{}', but the file says '{}'", source.unit, unit_),
             "Declare the file's unit, or leave it out");
    if (!known)
      said.push_back(
          fmt::format("{}: its unit '{}' is taken as '{}', as declared", file_, unit_, source.unit));
  }
  if (!source.unit.empty()) unit_ = source.unit;
  if (source.to_unit.empty() || source.to_unit == unit_) return;
  if (unit_.empty())
    refuse("it does not say its unit, so that values cannot be brought to " + source.to_unit,
           "Declare its unit");
  const auto map = core::conversion(unit_, source.to_unit);
  if (!map) refuse(fmt::format("values in '{}' cannot be brought to '{}'", unit_, source.to_unit));
  factor_ = map->factor;
  offset_ = map->offset;
  unit_ = source.to_unit;
}

GridFile::GridFile(GridFile&&) noexcept = default;
GridFile::~GridFile() = default;

void GridFile::refuse(const std::string& what, const std::string& mend) const {
  throw core::InputError(core::Problem{.file = file_, .what = what, .mend = mend});
}

void GridFile::place(const GridSource& source) {
  const PhreaticGridInfo& info = open_->info;
  if (info.placed == 0)
    refuse(info.width == 1 && info.height == 1 ? "it has a single cell, and does not say how large that is"
                                               : "it does not say where its cells are (no regular grid)",
           info.width == 1 && info.height == 1 ? "Give its axes bounds (CF: lat_bnds, lon_bnds)" : "");
  if (info.placed == 2)
    said.push_back(
        fmt::format("{}: it has a single {} and does not say its size: that of the other axis, {:g}, "
                    "is taken",
                    file_, info.height == 1 ? "row" : "column", std::abs(info.transform[1])));
  grid_.width = info.width;
  grid_.height = info.height;
  std::copy(std::begin(info.transform), std::end(info.transform), grid_.transform.begin());
  grid_.crs = text(-1, "crs");
  if (!source.crs.empty()) {
    if (!grid_.crs.empty() && compare_crs(grid_.crs, source.crs) != CrsRelation::same)
      said.push_back(file_ + ": its own coordinate system is replaced by the declared " + source.crs);
    grid_.crs = source.crs;
  }
  if (!grid_.crs.empty()) {
    grid_.geographic = find_crs(grid_.crs).geographic;
  } else {
    // No system declared: degrees when the axes say so, or when every corner could be one.
    const auto [x0, y0] = to_ground(grid_, 0, 0);
    const auto [x1, y1] = to_ground(grid_, grid_.width, grid_.height);
    grid_.geographic = text(-1, "axes") == "degrees" || (std::max(std::abs(x0), std::abs(x1)) <= 361 &&
                                                         std::max(std::abs(y0), std::abs(y1)) <= 91);
    said.push_back(file_ + (grid_.geographic ? ": no coordinate system; taken as longitude and latitude"
                                             : ": no coordinate system; distances taken as they stand"));
  }
  core::Problems problems;
  check(grid_, file_, problems);
  problems.throw_if_any();
}

int GridFile::bands() const { return open_->info.bands; }
bool GridFile::is_whole() const {
  return open_->info.whole != 0 && open_->info.scale == 1 && open_->info.offset == 0;
}
bool GridFile::is_bytes() const {
  return open_->info.bytes != 0 && open_->info.scale == 1 && open_->info.offset == 0;
}

std::optional<int> GridFile::missing_byte() const {
  for (const double code : source_.missing) {
    if (code >= 0 && code <= 255) return static_cast<int>(code);
  }
  if (open_->info.has_missing == 0 || !(open_->info.missing >= 0 && open_->info.missing <= 255))
    return std::nullopt;
  return static_cast<int>(open_->info.missing);
}

Window GridFile::block() const { return {0, 0, open_->info.block_width, open_->info.block_height}; }

std::string GridFile::text(int band, const std::string& key) const {
  const std::lock_guard lock(io::netcdf_mutex());
  int size = 0;
  gdal().text(open_->grid, band, key.c_str(), nullptr, &size);
  std::string out(static_cast<std::size_t>(size), '\0');
  gdal().text(open_->grid, band, key.c_str(), out.data(), &size);
  out.resize(out.size() - 1);
  return out;
}

std::string GridFile::band_name(int band) const {
  const std::string name = text(band, "description");
  return name.empty() ? fmt::format("band {}", band + 1) : name;
}

std::optional<core::Seconds> GridFile::time(int band) const {
  if (const std::string grib = text(band, "GRIB_VALID_TIME"); !grib.empty())
    return std::strtoll(grib.c_str(), nullptr, 10);
  if (open_->cf_time) {
    if (const std::string value = text(band, "time_value"); !value.empty())
      return open_->cf_time->at(std::strtod(value.c_str(), nullptr));
  }
  if (bands() != 1) return std::nullopt;
  return time_in_name(std::filesystem::path(file_).filename().string());
}

void GridFile::read(int band, const Window& window, std::vector<double>& values) const {
  values.resize(window.cells());
  {
    const std::lock_guard lock(io::netcdf_mutex());
    GdalError error{};
    if (gdal().read(open_->grid, band, window.column, window.row, window.columns, window.rows, values.data(),
                    error.data(), error.size()) != 0)
      refuse(error.data());
  }
  for (const double code : source_.missing) {
    for (double& v : values) {
      if (v == code) v = std::nan("");
    }
  }
  if (!source_.no_fill_values) watch_.add(values);
  if (factor_ == 1 && offset_ == 0) return;
  for (double& v : values) v = v * factor_ + offset_;
}

void GridFile::read_bytes(int band, const Window& window, std::vector<std::uint8_t>& values) const {
  values.resize(window.cells());
  const std::lock_guard lock(io::netcdf_mutex());
  GdalError error{};
  if (gdal().read_bytes(open_->grid, band, window.column, window.row, window.columns, window.rows,
                        values.data(), error.data(), error.size()) != 0)
    refuse(error.data());
}

void GridFile::refuse_fill_values() const {
  if (source_.no_fill_values) return;
  const auto suspect = watch_.suspect();
  if (!suspect) return;
  refuse(fmt::format(
             "the value {:.9g} stands far outside all others and is met again and again: it looks like a "
             "fill value that the file does not declare",
             *suspect),
         fmt::format("Declare missing {:.9g}, or that no value means missing", *suspect));
}

}  // namespace phreatic::data
