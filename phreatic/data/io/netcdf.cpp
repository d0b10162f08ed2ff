// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/io/netcdf.hpp"

#include <fmt/format.h>
#include <hdf5.h>
#include <netcdf.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/file_recorder.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/core/path_text.hpp"
#include "phreatic/data/io/classic_header.hpp"

namespace phreatic::data::io {

std::mutex& netcdf_mutex() {
  static std::mutex mutex;
  return mutex;
}

namespace {

// Holds the mutex. HDF5 prints its errors to standard error, per thread, unless told not to. At the program's end it
// would close what a failure left open, and crash where the disk is full: files are closed here, or not at all.
class Lock {
 public:
  Lock() : lock_(netcdf_mutex()) {
    static const bool leaves_exit_alone = H5dont_atexit() >= 0;
    (void)leaves_exit_alone;
    thread_local bool quiet = false;
    if (!quiet) H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    quiet = true;
  }

 private:
  std::lock_guard<std::mutex> lock_;
};

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

std::size_t product(const std::vector<std::size_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{1}, std::multiplies<>());
}

}  // namespace

// ---- writing
// ------------------------------------------------------------------------------------------------------

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
  const Lock lock;
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
  const Lock lock;
  close_created(path_, id_);
}

void NcWriter::close() {
  const Lock lock;
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
  const Lock lock;
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
  const Lock lock;
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

// ---- reading
// ------------------------------------------------------------------------------------------------------

struct NcReader::Known {
  std::string name;
  int id = 0;
  nc_type type = NC_NAT;
  std::vector<std::size_t> dimensions;  // indices
};

void NcReader::check(int status, const std::string& what) const {
  if (status == NC_NOERR) return;
  throw core::InputError(core::Problem{.file = path_,
                                       .what = fmt::format("{}: {}", what, nc_strerror(status)),
                                       .mend = "The file may be truncated or damaged; get it again"});
}

NcReader::NcReader(const std::filesystem::path& path) : path_(path.string()) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw core::InputError(
        core::Problem{.file = path_, .what = "there is no such file", .mend = core::check_path(path)});
  if (std::filesystem::is_directory(status))
    throw core::InputError(core::Problem{.file = path_, .what = "this is a folder, a file is needed"});
  core::note_read(path);
  const ClassicHeader header = look_at_header(path);
  if (!header.damage.empty())
    throw core::InputError(core::Problem{.file = path_,
                                         .what = "this is not a complete NetCDF file: " + header.damage,
                                         .mend = "The file may be truncated or damaged; get it again"});
  const Lock lock;
  int id = -1;
  check(nc_open(path_.c_str(), NC_NOWRITE, &id), "this is not a complete NetCDF file");
  id_ = id;
  try {
    int dimension_count = 0;
    int variable_count = 0;
    check(nc_inq(id_, &dimension_count, &variable_count, nullptr, nullptr), "the header cannot be read");
    // The library copies names of classic files whole, whatever NC_MAX_NAME says.
    std::string name(std::max<std::size_t>(header.longest_name, NC_MAX_NAME) + 1, '\0');
    for (int d = 0; d < dimension_count; ++d) {
      std::size_t size = 0;
      check(nc_inq_dim(id_, d, name.data(), &size), "the header cannot be read");
      dimensions_.push_back({name.c_str(), size});
    }
    for (int v = 0; v < variable_count; ++v) {
      int count = 0;
      check(nc_inq_varndims(id_, v, &count), "the header cannot be read");
      std::vector<int> ids(static_cast<std::size_t>(count));
      Known known;
      known.id = v;
      check(nc_inq_var(id_, v, name.data(), &known.type, nullptr, ids.data(), nullptr),
            "the header cannot be read");
      known.name = name.c_str();
      for (const int d : ids) known.dimensions.push_back(static_cast<std::size_t>(d));
      known_.push_back(std::move(known));
    }
  } catch (...) {
    nc_close(id_);
    throw;
  }
}

NcReader::~NcReader() {
  const Lock lock;
  nc_close(id_);
}

std::vector<std::string> NcReader::variables() const {
  std::vector<std::string> names;
  for (const Known& known : known_) names.push_back(known.name);
  return names;
}

bool NcReader::has(const std::string& variable) const {
  return std::any_of(known_.begin(), known_.end(), [&](const Known& k) { return k.name == variable; });
}

const NcReader::Known& NcReader::find(const std::string& variable) const {
  for (const Known& known : known_) {
    if (known.name == variable) return known;
  }
  const std::string near = core::nearest(variable, variables());
  std::string allowed;
  for (const Known& known : known_) allowed += (allowed.empty() ? "'" : ", '") + known.name + "'";
  throw core::InputError(
      core::Problem{.file = path_,
                    .what = fmt::format("there is no variable '{}'{}", variable,
                                        near.empty() ? "" : "; did you mean '" + near + "'?"),
                    .allowed = allowed});
}

bool NcReader::is_text(const std::string& variable) const {
  const nc_type type = find(variable).type;
  return type == NC_STRING || type == NC_CHAR;
}

std::vector<std::string> NcReader::dimensions_of(const std::string& variable) const {
  std::vector<std::string> names;
  for (const std::size_t d : find(variable).dimensions) names.push_back(dimensions_[d].name);
  return names;
}

std::vector<std::size_t> NcReader::shape_of(const std::string& variable) const {
  std::vector<std::size_t> shape;
  for (const std::size_t d : find(variable).dimensions) shape.push_back(dimensions_[d].size);
  return shape;
}

std::optional<std::string> NcReader::text_attribute(const std::string& variable,
                                                    const std::string& name) const {
  const int id = variable.empty() ? NC_GLOBAL : find(variable).id;
  const Lock lock;
  nc_type type = NC_NAT;
  std::size_t size = 0;
  if (nc_inq_att(id_, id, name.c_str(), &type, &size) != NC_NOERR) return std::nullopt;
  if (type == NC_CHAR) {
    std::string text(size, '\0');
    check(nc_get_att_text(id_, id, name.c_str(), text.data()), "attribute " + name);
    return text.substr(0, text.find('\0'));
  }
  if (type != NC_STRING || size == 0) return std::nullopt;
  std::vector<char*> texts(size, nullptr);
  check(nc_get_att_string(id_, id, name.c_str(), texts.data()), "attribute " + name);
  std::string text = texts[0] == nullptr ? "" : texts[0];
  nc_free_string(size, texts.data());
  return text;
}

std::optional<double> NcReader::number_attribute(const std::string& variable, const std::string& name) const {
  const int id = variable.empty() ? NC_GLOBAL : find(variable).id;
  const Lock lock;
  nc_type type = NC_NAT;
  std::size_t size = 0;
  if (nc_inq_att(id_, id, name.c_str(), &type, &size) != NC_NOERR) return std::nullopt;
  if (type == NC_CHAR || type == NC_STRING || size != 1) return std::nullopt;
  double value = 0;
  check(nc_get_att_double(id_, id, name.c_str(), &value), "attribute " + name);
  return value;
}

// Room for values of a variable, as many as its header says: a damaged one may say any number.
template <class Values>
Values NcReader::room(const std::vector<std::size_t>& shape, const std::string& variable) const {
  std::size_t count = 1;
  bool fits = true;
  for (const std::size_t size : shape) fits = !__builtin_mul_overflow(count, size, &count) && fits;
  Values values;
  try {
    if (fits) values.resize(count);
  } catch (const std::exception&) {  // std::bad_alloc, std::length_error
    fits = false;
  }
  if (!fits)
    throw core::InputError(
        core::Problem{.file = path_,
                      .what = "variable '" + variable + "' has more values than fit into memory",
                      .mend = "The header may be damaged; else cut the file into parts"});
  return values;
}

std::vector<double> NcReader::raw(const std::string& variable) const {
  const Known& known = find(variable);
  if (known.type == NC_CHAR || known.type == NC_STRING)
    throw core::InputError(
        core::Problem{.file = path_, .what = "variable '" + variable + "' holds texts, not numbers"});
  std::vector<double> values = room<std::vector<double>>(shape_of(variable), variable);
  const Lock lock;
  check(nc_get_var_double(id_, known.id, values.data()), "variable '" + variable + "' cannot be read");
  return values;
}

std::vector<float> NcReader::slab(const std::string& variable, const std::vector<std::size_t>& start,
                                  const std::vector<std::size_t>& count) const {
  const Known& known = find(variable);
  PHREATIC_ASSERT(start.size() == known.dimensions.size() && count.size() == known.dimensions.size());
  std::vector<float> values = room<std::vector<float>>(count, variable);
  const Lock lock;
  check(nc_get_vara_float(id_, known.id, start.data(), count.data(), values.data()),
        "variable '" + variable + "' cannot be read");
  return values;
}

std::vector<double> NcReader::values(const std::string& variable) const {
  std::vector<double> values = raw(variable);
  const std::optional<double> fill = number_attribute(variable, "_FillValue");
  const std::optional<double> missing = number_attribute(variable, "missing_value");
  const double scale = number_attribute(variable, "scale_factor").value_or(1);
  const double offset = number_attribute(variable, "add_offset").value_or(0);
  const bool packed = scale != 1 || offset != 0;
  for (double& value : values) {
    if ((fill && value == *fill) || (missing && value == *missing)) {
      value = std::numeric_limits<double>::quiet_NaN();
    } else if (packed) {
      value = value * scale + offset;
    }
  }
  return values;
}

std::vector<std::string> NcReader::texts(const std::string& variable) const {
  const Known& known = find(variable);
  const std::vector<std::size_t> shape = shape_of(variable);
  std::vector<std::string> out;
  if (known.type == NC_STRING) {
    auto pointers = room<std::vector<char*>>(shape, variable);
    const Lock lock;
    check(nc_get_var_string(id_, known.id, pointers.data()), "variable '" + variable + "' cannot be read");
    for (const char* pointer : pointers) out.emplace_back(pointer == nullptr ? "" : pointer);
    nc_free_string(pointers.size(), pointers.data());
    return out;
  }
  if (known.type != NC_CHAR) {  // numbers as names
    for (const double value : raw(variable)) out.push_back(fmt::format("{}", value));
    return out;
  }
  auto all = room<std::string>(shape, variable);
  {
    const Lock lock;
    check(nc_get_var_text(id_, known.id, all.data()), "variable '" + variable + "' cannot be read");
  }
  const std::size_t length = shape.empty() ? 1 : shape.back();
  for (std::size_t at = 0; length > 0 && at < all.size(); at += length) {
    std::string text = all.substr(at, length);
    text = text.substr(0, text.find('\0'));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace phreatic::data::io
