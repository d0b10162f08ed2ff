// SPDX-License-Identifier: BSD-3-Clause
// NetCDF-4 files: named arrays with dimensions, units and attributes, written at once or appended in chunks
// along an unlimited first dimension, and read back whole or in slabs. Every call takes netcdf_mutex(),
// because the HDF5 library underneath is not thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace phreatic::data::io {

// The one lock for everything that touches NetCDF or HDF5 (GDAL's drivers too).
std::mutex& netcdf_mutex();

struct NcDimension {
  std::string name;
  std::size_t size = 0;  // 0 = unlimited
};

enum class NcType { float32, float64, int32, int64, text };
using NcValue = std::variant<std::string, double, int>;
using NcAttributes = std::vector<std::pair<std::string, NcValue>>;

struct NcVariable {
  std::string name;
  NcType type = NcType::float32;
  std::vector<std::string> dimensions;  // slowest first
  std::string units;                    // "" = no units attribute
  NcAttributes attributes;
  bool fill = false;                // _FillValue = NaN, for floats that may be missing
  int deflate = 1;                  // 0..9, arrays only
  std::vector<std::size_t> chunks;  // "" = the library's choice
};

struct NcSchema {
  std::vector<NcDimension> dimensions;
  std::vector<NcVariable> variables;
  NcAttributes attributes;  // global; Conventions = CF-1.8 unless given
};

// Writes one file. Throws RunError (disk full, unwritable), asserts on sizes that do not match the schema.
class NcWriter {
 public:
  NcWriter(const std::string& path, const NcSchema& schema);
  ~NcWriter();
  NcWriter(const NcWriter&) = delete;
  NcWriter& operator=(const NcWriter&) = delete;

  // The whole array of a variable without unlimited dimension, in C order.
  void put(const std::string& variable, std::span<const float> values);
  void put(const std::string& variable, std::span<const double> values);
  void put(const std::string& variable, std::span<const std::int64_t> values);
  void put(const std::string& variable, const std::vector<std::string>& values);
  // A slab: first index and count along each dimension.
  void put_slab(const std::string& variable, const std::vector<std::size_t>& start,
                const std::vector<std::size_t>& count, std::span<const float> values);
  void put_slab(const std::string& variable, const std::vector<std::size_t>& start,
                const std::vector<std::size_t>& count, std::span<const double> values);
  // The next `values.size() / size of one record` records along the unlimited first dimension.
  void append(const std::string& variable, std::span<const float> values);
  void append(const std::string& variable, std::span<const double> values);
  void append(const std::string& variable, std::span<const std::int64_t> values);
  // Finishes the file; without it the destructor closes, but failures are lost.
  void close();

 private:
  struct Known;
  const Known& find(const std::string& variable) const;
  template <class T>
  void write(const std::string& variable, const std::vector<std::size_t>& start,
             const std::vector<std::size_t>& count, std::span<const T> values);
  template <class T>
  void append_records(const std::string& variable, std::span<const T> values);
  void check(int status, const std::string& doing) const;

  std::string path_;
  int id_ = -1;
  bool open_ = false;
  std::vector<Known> known_;
};

// Writes a file atomically (core/files/files.hpp): `fill` puts the data; close() is called after it.
void write_netcdf(const std::filesystem::path& path, const NcSchema& schema,
                  const std::function<void(NcWriter&)>& fill);

// Reads one file. The constructor throws InputError for a missing, truncated or foreign file; the rest throws
// it for variables that are missing or of the wrong kind.
class NcReader {
 public:
  explicit NcReader(const std::filesystem::path& path);
  ~NcReader();
  NcReader(const NcReader&) = delete;
  NcReader& operator=(const NcReader&) = delete;

  const std::string& file() const { return path_; }
  const std::vector<NcDimension>& dimensions() const { return dimensions_; }  // with their present sizes
  std::vector<std::string> variables() const;
  bool has(const std::string& variable) const;
  bool is_text(const std::string& variable) const;
  std::vector<std::string> dimensions_of(const std::string& variable) const;
  std::vector<std::size_t> shape_of(const std::string& variable) const;
  // Attribute of a variable, or of the file for "".
  std::optional<std::string> text_attribute(const std::string& variable, const std::string& name) const;
  std::optional<double> number_attribute(const std::string& variable, const std::string& name) const;
  // Values as they stand in the file.
  std::vector<double> raw(const std::string& variable) const;
  std::vector<float> slab(const std::string& variable, const std::vector<std::size_t>& start,
                          const std::vector<std::size_t>& count) const;
  // Values with _FillValue, missing_value, scale_factor and add_offset applied; missing = NaN.
  std::vector<double> values(const std::string& variable) const;
  // A variable of strings, or of characters (its last dimension is the length).
  std::vector<std::string> texts(const std::string& variable) const;

 private:
  struct Known;
  const Known& find(const std::string& variable) const;
  void check(int status, const std::string& what) const;
  template <class Values>
  Values room(const std::vector<std::size_t>& shape, const std::string& variable) const;

  std::string path_;
  int id_ = -1;
  std::vector<NcDimension> dimensions_;
  std::vector<Known> known_;
};

}  // namespace phreatic::data::io
