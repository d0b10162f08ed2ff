// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/zarr.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/crs.hpp"
#include "phreatic/data/grid/cube_axis.hpp"

namespace phreatic::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "chunks are written as they lie in memory");

std::size_t cells_of(const CubeSchema& s) { return s.grid.cells(); }

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Metadata of the store, as they stand in its files and all together in .zmetadata.
class Metadata {
 public:
  explicit Metadata(fs::path folder) : folder_(std::move(folder)) {}
  void add(const std::string& name, const json& value) {
    all_[name] = value;
    core::write_file_atomic(folder_ / name, value.dump(1) + "\n");
  }
  void array(const std::string& name, const std::string& type, const std::vector<std::size_t>& shape,
             const std::vector<std::size_t>& chunks, json attributes) {
    core::make_folder(folder_ / name);
    add(name + "/.zarray", {{"zarr_format", 2},
                            {"shape", shape},
                            {"chunks", chunks},
                            {"dtype", type},
                            {"compressor", nullptr},
                            {"fill_value", type == "<f4" ? json("NaN") : json(nullptr)},
                            {"order", "C"},
                            {"filters", nullptr}});
    add(name + "/.zattrs", attributes);
  }
  void finish() {
    const json all{{"zarr_consolidated_format", 1}, {"metadata", all_}};
    core::write_file_atomic(folder_ / ".zmetadata", all.dump(1) + "\n");
  }

 private:
  fs::path folder_;
  json all_ = json::object();
};

void write_metadata(const fs::path& folder, const CubeSchema& s) {
  Metadata out(folder);
  out.add(".zgroup", {{"zarr_format", 2}});
  json about{{"Conventions", "CF-1.8"}};
  for (const auto& [key, value] : s.attributes) {
    if (const auto* text = std::get_if<std::string>(&value)) about[key] = *text;
  }
  out.add(".zattrs", about);
  std::vector<std::size_t> shape, chunks;
  json dimensions = json::array();
  if (!s.times.empty()) {
    const std::vector<std::int64_t> times(s.times.begin(), s.times.end());
    out.array("time", "<i8", {times.size()}, {times.size()},
              {{"_ARRAY_DIMENSIONS", {"time"}},
               {"units", "seconds since 1970-01-01 00:00:00"},
               {"calendar", "standard"},
               {"standard_name", "time"},
               {"axis", "T"}});
    core::write_file_atomic(folder / "time/0", bytes_of(times));
    shape.push_back(times.size());
    chunks.push_back(1);
    dimensions.push_back("time");
  }
  const bool degrees = s.grid.geographic;
  for (const CubeAxis& axis :
       {cube_axis(y_edges(s.grid), degrees, false), cube_axis(x_edges(s.grid), degrees, true)}) {
    out.array(axis.name, "<f8", {axis.centres.size()}, {axis.centres.size()},
              {{"_ARRAY_DIMENSIONS", {axis.name}},
               {"units", axis.units},
               {"standard_name", axis.standard_name},
               {"axis", axis.letter}});
    core::write_file_atomic(folder / axis.name / "0", bytes_of(axis.centres));
    shape.push_back(axis.centres.size());
    chunks.push_back(axis.centres.size());
    dimensions.push_back(axis.name);
  }
  for (const CubeVariable& v : s.variables) {
    json attributes{{"_ARRAY_DIMENSIONS", dimensions}, {"units", v.unit}};
    if (!v.long_name.empty()) attributes["long_name"] = v.long_name;
    if (!s.grid.crs.empty()) attributes["_CRS"] = {{"wkt", find_crs(s.grid.crs).wkt}};
    out.array(v.name, "<f4", shape, chunks, attributes);
  }
  out.finish();
}

}  // namespace

fs::path ZarrWriter::chunk() const {
  const std::string place = schema_.times.empty() ? "0.0" : std::to_string(now_->second) + ".0.0";
  return folder_ / schema_.variables[now_->first].name / place;
}

void ZarrWriter::put(std::size_t variable, std::size_t time, const Window& w,
                     std::span<const double> values) {
  const std::pair at{variable, time};
  if (!now_ || *now_ != at) {
    flush();
    now_ = at;
    map_.assign(cells_of(schema_), std::numeric_limits<float>::quiet_NaN());
    if (fs::exists(chunk())) {
      const std::string bytes = core::read_file(chunk());
      PHREATIC_ASSERT(bytes.size() == map_.size() * sizeof(float));
      std::memcpy(map_.data(), bytes.data(), bytes.size());
    }
  }
  const auto columns = static_cast<std::size_t>(w.columns);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = static_cast<std::size_t>(w.row) + i / columns;
    map_[row * static_cast<std::size_t>(schema_.grid.width) + static_cast<std::size_t>(w.column) +
         i % columns] = static_cast<float>(values[i]);
  }
}

void ZarrWriter::flush() {
  if (now_) core::write_file_atomic(chunk(), bytes_of(map_));
}

void write_zarr(const fs::path& path, const CubeSchema& schema,
                const std::function<void(ZarrWriter&)>& fill) {
  if (fs::exists(path) && !fs::exists(path / ".zgroup"))
    throw core::InputError({.file = path.string(),
                            .what = "is there and is no Zarr store",
                            .mend = "Remove it, or write to another name"});
  const fs::path partial = path.string() + ".partial";
  fs::remove_all(partial);
  core::make_folder(partial);
  write_metadata(partial, schema);
  ZarrWriter writer(partial, schema);
  fill(writer);
  writer.flush();
  fs::remove_all(path);
  fs::rename(partial, path);
}

}  // namespace phreatic::data
