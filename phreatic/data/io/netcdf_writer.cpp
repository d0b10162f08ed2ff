// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <hdf5.h>
#include <netcdf.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/netcdf_lock.hpp"

namespace phreatic::data::io {

std::mutex& netcdf_mutex() {
  static std::mutex mutex;
  return mutex;
}

namespace {

nc_type nc_type_of(NcType type) {
  switch (type) {
    case NcType::float32:
      return NC_FLOAT;
    case NcType::float64:
      return NC_DOUBLE;
    case NcType::int32:
      return NC_INT;
    case NcType::int64:
      return NC_INT64;
    case NcType::text:
      return NC_STRING;
  }
  return NC_FLOAT;
}

int put_values(int file, int variable, const std::size_t* start, const std::size_t* count,
               const float* values) {
  return nc_put_vara_float(file, variable, start, count, values);
}
int put_values(int file, int variable, const std::size_t* start, const std::size_t* count,
               const double* values) {
  return nc_put_vara_double(file, variable, start, count, values);
}
int put_values(int file, int variable, const std::size_t* start, const std::size_t* count,
               const std::int64_t* values) {
  static_assert(sizeof(long long) == sizeof(std::int64_t));
  return nc_put_vara_longlong(file, variable, start, count, reinterpret_cast<const long long*>(values));
}

constexpr std::size_t kRecordCache = std::size_t{1} << 20;  // bytes
constexpr std::size_t kCacheSlots = 521;                    // a prime, as the library asks

std::size_t product(const std::vector<std::size_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{1}, std::multiplies<>());
}

}  // namespace

struct NcWriter::Known {
  std::string name;
  int id = 0;
  std::vector<std::size_t> shape;
  std::size_t records = 0;  // appended so far
  bool unlimited = false;
};

namespace {

// What the system said: HDF5 keeps it within its own stack of errors.
std::string system_cause() {
  std::string cause;
  const auto look = [](unsigned, const H5E_error2_t* one, void* out) -> herr_t {
    const std::string text = one->desc == nullptr ? "" : one->desc;
    const std::string before = "error message = '";
    const std::size_t begin = text.find(before);
    if (begin != std::string::npos) {
      const std::size_t from = begin + before.size();
      *static_cast<std::string*>(out) = " (" + text.substr(from, text.find('\'', from) - from) + ")";
    }
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look, &cause);
  return cause;
}

// The library does not say why the system refused: a disk without room is the usual cause. The path is told as the
// user knows it, without the ending of the temporary file.
std::string failure_text(const std::string& path, const std::string& doing, int status) {
  constexpr std::uintmax_t kNoRoom = std::uintmax_t{1} << 20;
  std::error_code error;
  const std::filesystem::path file(path.substr(0, path.rfind(".phreatic-part")));
  const auto room = std::filesystem::space(file.has_parent_path() ? file.parent_path() : ".", error);
  const bool full = !error && room.available < kNoRoom;
  return fmt::format(
      "{}: cannot {}: {}", file.string(), doing,
      full ? std::string("no space left on the disk; free some space and run again with --resume")
           : nc_strerror(status) + system_cause());
}

}  // namespace

void NcWriter::check(int status, const std::string& doing) const {
  if (status != NC_NOERR) throw core::RunError(failure_text(path_, doing, status));
}

NcWriter::NcWriter(const std::string& path, const NcSchema& schema) : path_(path) {
  const NetcdfLock lock;
  check(nc_create(path.c_str(), NC_NETCDF4 | NC_CLOBBER, &id_), "create the file");
  open_ = true;
  const auto put_attribute = [&](int variable, const std::string& name, const NcValue& value) {
    int status = NC_NOERR;
    if (const auto* text = std::get_if<std::string>(&value)) {
      status = nc_put_att_text(id_, variable, name.c_str(), text->size(), text->c_str());
    } else if (const auto* number = std::get_if<double>(&value)) {
      status = nc_put_att_double(id_, variable, name.c_str(), NC_DOUBLE, 1, number);
    } else {
      status = nc_put_att_int(id_, variable, name.c_str(), NC_INT, 1, &std::get<int>(value));
    }
    check(status, "write the attribute " + name);
  };
  std::vector<int> dimension_ids(schema.dimensions.size());
  for (std::size_t d = 0; d < schema.dimensions.size(); ++d) {
    const NcDimension& dimension = schema.dimensions[d];
    check(nc_def_dim(id_, dimension.name.c_str(), dimension.size == 0 ? NC_UNLIMITED : dimension.size,
                     &dimension_ids[d]),
          "define the dimension " + dimension.name);
  }
  for (const NcVariable& variable : schema.variables) {
    Known known;
    known.name = variable.name;
    std::vector<int> ids;
    for (const std::string& name : variable.dimensions) {
      const auto found = std::find_if(schema.dimensions.begin(), schema.dimensions.end(),
                                      [&](const NcDimension& d) { return d.name == name; });
      PHREATIC_ASSERT(found != schema.dimensions.end());
      if (known.shape.empty()) known.unlimited = found->size == 0;
      ids.push_back(dimension_ids[static_cast<std::size_t>(found - schema.dimensions.begin())]);
      known.shape.push_back(found->size);
    }
    check(nc_def_var(id_, variable.name.c_str(), nc_type_of(variable.type), static_cast<int>(ids.size()),
                     ids.data(), &known.id),
          "define the variable " + variable.name);
    if (variable.type != NcType::text && variable.deflate > 0 && !ids.empty())
      check(nc_def_var_deflate(id_, known.id, 1, 1, variable.deflate), "set compression");
    if (!variable.chunks.empty())
      check(nc_def_var_chunking(id_, known.id, NC_CHUNKED, variable.chunks.data()), "set chunk sizes");
    // Records are appended and never looked at again; the library would keep 16 MiB of each such variable.
    if (known.unlimited && variable.chunks.empty() && variable.type != NcType::text)
      check(nc_set_var_chunk_cache(id_, known.id, kRecordCache, kCacheSlots, 1.0F),
            "set the cache of chunks");
    if (variable.fill) {
      const float single = std::numeric_limits<float>::quiet_NaN();
      const double full = std::numeric_limits<double>::quiet_NaN();
      PHREATIC_ASSERT(variable.type == NcType::float32 || variable.type == NcType::float64);
      const void* value = variable.type == NcType::float32 ? static_cast<const void*>(&single) : &full;
      check(nc_def_var_fill(id_, known.id, NC_FILL, value), "set the fill value");
    }
    if (!variable.units.empty()) put_attribute(known.id, "units", variable.units);
    for (const auto& [name, value] : variable.attributes) put_attribute(known.id, name, value);
    known_.push_back(std::move(known));
  }
  const bool has_conventions = std::any_of(schema.attributes.begin(), schema.attributes.end(),
                                           [](const auto& a) { return a.first == "Conventions"; });
  if (!has_conventions) put_attribute(NC_GLOBAL, "Conventions", std::string("CF-1.8"));
  for (const auto& [name, value] : schema.attributes) put_attribute(NC_GLOBAL, name, value);
  check(nc_enddef(id_), "write the header");
}

namespace {

// nc_close(), of a file that was created here. The library crashes where the system refuses to close the file (it
// goes on to list the objects of what is half closed): a second handle on the file makes its own closing one that
// closes no descriptor, and that of the handle, which only says that it failed, the last one.
int close_created(const std::string& path, int id) {
  const hid_t second = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const int status = nc_close(id);
  const bool closed = second < 0 || H5Fclose(second) >= 0;
  return status == NC_NOERR && !closed ? NC_EHDFERR : status;
}

}  // namespace

NcWriter::~NcWriter() {
  if (!open_) return;
  const NetcdfLock lock;
  close_created(path_, id_);
}

void NcWriter::close() {
  const NetcdfLock lock;
  open_ = false;
  check(close_created(path_, id_), "finish the file");
}

const NcWriter::Known& NcWriter::find(const std::string& variable) const {
  for (const Known& known : known_) {
    if (known.name == variable) return known;
  }
  core::assertion_failed(("NetCDF variable " + variable + " is in the schema").c_str(), __FILE__, __LINE__);
}

template <class T>
void NcWriter::write(const std::string& variable, const std::vector<std::size_t>& start,
                     const std::vector<std::size_t>& count, std::span<const T> values) {
  const Known& known = find(variable);
  PHREATIC_ASSERT(start.size() == known.shape.size() && count.size() == known.shape.size() &&
                  product(count) == values.size());
  const NetcdfLock lock;
  check(put_values(id_, known.id, start.data(), count.data(), values.data()), "write " + variable);
}

template <class T>
void NcWriter::append_records(const std::string& variable, std::span<const T> values) {
  const Known& known = find(variable);
  PHREATIC_ASSERT(known.unlimited);
  std::vector<std::size_t> count = known.shape;
  count[0] = 1;
  const std::size_t record = product(count);
  PHREATIC_ASSERT(record > 0 && values.size() % record == 0);
  count[0] = values.size() / record;
  std::vector<std::size_t> start(count.size(), 0);
  start[0] = known.records;
  write(variable, start, count, values);
  known_[static_cast<std::size_t>(&known - known_.data())].records += count[0];
}

void NcWriter::put(const std::string& variable, std::span<const float> values) {
  const Known& known = find(variable);
  write(variable, std::vector<std::size_t>(known.shape.size(), 0), known.shape, values);
}
void NcWriter::put(const std::string& variable, std::span<const double> values) {
  const Known& known = find(variable);
  write(variable, std::vector<std::size_t>(known.shape.size(), 0), known.shape, values);
}
void NcWriter::put(const std::string& variable, std::span<const std::int64_t> values) {
  const Known& known = find(variable);
  write(variable, std::vector<std::size_t>(known.shape.size(), 0), known.shape, values);
}
void NcWriter::put(const std::string& variable, const std::vector<std::string>& values) {
  const Known& known = find(variable);
  PHREATIC_ASSERT(product(known.shape) == values.size());
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  const NetcdfLock lock;
  check(nc_put_var_string(id_, known.id, pointers.data()), "write " + variable);
}
void NcWriter::put_slab(const std::string& variable, const std::vector<std::size_t>& start,
                        const std::vector<std::size_t>& count, std::span<const float> values) {
  write(variable, start, count, values);
}
void NcWriter::put_slab(const std::string& variable, const std::vector<std::size_t>& start,
                        const std::vector<std::size_t>& count, std::span<const double> values) {
  write(variable, start, count, values);
}
void NcWriter::append(const std::string& variable, std::span<const float> values) {
  append_records(variable, values);
}
void NcWriter::append(const std::string& variable, std::span<const double> values) {
  append_records(variable, values);
}
void NcWriter::append(const std::string& variable, std::span<const std::int64_t> values) {
  append_records(variable, values);
}

void write_netcdf(const std::filesystem::path& path, const NcSchema& schema,
                  const std::function<void(NcWriter&)>& fill) {
  core::write_atomic_with(path, [&](const std::string& temporary) {
    NcWriter writer(temporary, schema);
    fill(writer);
    writer.close();
  });
}

}  // namespace phreatic::data::io
