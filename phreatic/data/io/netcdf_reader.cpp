// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <netcdf.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_recorder.hpp"
#include "phreatic/core/files/path_text.hpp"
#include "phreatic/data/io/classic_header.hpp"
#include "phreatic/data/io/netcdf_lock.hpp"

namespace phreatic::data::io {

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
  const NetcdfLock lock;
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
  const NetcdfLock lock;
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
  const NetcdfLock lock;
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
  const NetcdfLock lock;
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
  const NetcdfLock lock;
  check(nc_get_var_double(id_, known.id, values.data()), "variable '" + variable + "' cannot be read");
  return values;
}

std::vector<float> NcReader::slab(const std::string& variable, const std::vector<std::size_t>& start,
                                  const std::vector<std::size_t>& count) const {
  const Known& known = find(variable);
  PHREATIC_ASSERT(start.size() == known.dimensions.size() && count.size() == known.dimensions.size());
  std::vector<float> values = room<std::vector<float>>(count, variable);
  const NetcdfLock lock;
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
    const NetcdfLock lock;
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
    const NetcdfLock lock;
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
