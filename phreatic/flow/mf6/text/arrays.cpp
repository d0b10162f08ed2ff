// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/text/arrays.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace phreatic::flow::mf6 {
namespace {

constexpr std::size_t kHeaderBytes = 52;

template <class T>
constexpr const char* kind_name() {
  return std::is_same_v<T, double> ? "a number" : "a whole number";
}

std::size_t line_of(std::string_view text, std::size_t offset, std::size_t first) {
  return first + static_cast<std::size_t>(
                     std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

// Numbers of a text that starts in line `first_line` of `file`; says what is wrong.
template <class T>
bool take_numbers(Context& context, std::string_view text, const std::string& file, std::size_t first_line,
                  const std::string& where, const ArrayShape& shape, std::size_t count, T* out,
                  NumbersResult<T>& result) {
  result = read_numbers(text, count, out, shape.by_rows ? static_cast<std::size_t>(shape.ncol) : 0);
  if (!result.dropped.empty())
    context.note({file, line_of(text, result.dropped_offset, first_line)},
                 fmt::format("{}: '{}' after the {} numbers of the row is ignored, and so on", where,
                             result.dropped, shape.ncol));
  if (result.found == count) return true;
  const std::string missing = fmt::format("{} of {} values found", result.found, count);
  if (result.wrong_word.empty()) {
    context.problem(
        {file, line_of(text, result.position, first_line)}, where, missing, fmt::format("{} values", count),
        shape.by_rows ? fmt::format("Every row of {} values starts on a line of its own", shape.ncol) : "");
  } else {
    context.problem(
        {file, line_of(text, result.wrong_offset, first_line)}, where,
        fmt::format("'{}' for {} {} ({})", result.wrong_word, shape.describe(result.found),
                    result.not_finite ? "is not a finite number" : fmt::format("is not {}", kind_name<T>()),
                    missing),
        kind_name<T>());
  }
  return false;
}

class File {
 public:
  explicit File(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool ok() const { return fd_ >= 0; }
  std::size_t size() const {
    struct stat info {};
    return ::fstat(fd_, &info) == 0 ? static_cast<std::size_t>(info.st_size) : 0;
  }
  bool read(void* target, std::size_t bytes) {
    char* to = static_cast<char*>(target);
    while (bytes > 0) {
      const ssize_t n = ::read(fd_, to, bytes);
      if (n <= 0) return false;
      to += n;
      bytes -= static_cast<std::size_t>(n);
    }
    return true;
  }

 private:
  int fd_;
};

template <class T>
bool read_binary(Context& context, const ArrayControl& control, const std::string& where,
                 const ArrayShape& shape, std::size_t count, T* out) {
  const std::filesystem::path path = context.path_of(control.file);
  File file(path);
  if (!file.ok()) {
    context.problem(control.place, where,
                    fmt::format("{}: there is no such file, or it cannot be read", path.string()), "",
                    "Paths are relative to the folder of the simulation name file");
    return false;
  }
  context.add_file(path.string());
  const std::size_t wanted = kHeaderBytes + count * sizeof(T);
  if (file.size() != wanted) {
    context.problem(control.place, where, fmt::format("{} has {} bytes", path.string(), file.size()),
                    fmt::format("{} bytes: a header of {} and {} {} values", wanted, kHeaderBytes, count,
                                std::is_same_v<T, double> ? "float64" : "int32"));
    return false;
  }
  std::array<char, kHeaderBytes> header{};
  std::array<std::int32_t, 3> dims{};
  if (!file.read(header.data(), header.size()) || !file.read(out, count * sizeof(T))) {
    context.problem(control.place, where, fmt::format("{} cannot be read", path.string()));
    return false;
  }
  std::memcpy(dims.data(), header.data() + 40, sizeof dims);
  const auto product = static_cast<std::int64_t>(dims[0]) * dims[1];
  const auto n = static_cast<std::int64_t>(count);
  // MODFLOW 6 looks at the size of the file alone; FloPy writes the grid's rows and columns for DELR and
  // DELC.
  if (product != n && product * dims[2] != n && shape.nrow > 1) {
    context.note(
        control.place,
        fmt::format("{}: {} says it has {} columns and {} rows, and is read as {} columns and {} rows", where,
                    path.string(), dims[0], dims[1], shape.ncol, shape.nrow));
  }
  return true;
}

template <class T>
bool check_finite(Context& context, const ArrayControl& control, const std::string& where,
                  const ArrayShape& shape, std::size_t count, const T* values) {
  if constexpr (std::is_same_v<T, double>) {
    std::size_t bad = 0;
    std::size_t first = count;
    for (std::size_t i = 0; i < count; ++i) {
      if (!std::isfinite(values[i])) {
        if (bad++ == 0) first = i;
      }
    }
    if (bad == 0) return true;
    context.problem(
        control.place, where,
        fmt::format("{} at {}{}{}", std::isnan(values[first]) ? "not a number (NaN)" : "infinite",
                    shape.describe(first), bad > 1 ? fmt::format(" and in {} more cells", bad - 1) : "",
                    control.file.empty() ? "" : fmt::format(" of {}", control.file)),
        "finite numbers");
    return false;
  }
  return true;
}

// A constant of the right kind.
template <class T>
bool constant_value(Context& context, const ArrayControl& control, const std::string& where, T& value) {
  if constexpr (std::is_same_v<T, double>) {
    value = control.constant;
  } else {
    value = static_cast<T>(control.constant);
    if (static_cast<double>(value) != control.constant) {
      context.problem(control.place, where,
                      fmt::format("CONSTANT {} is not a whole number", control.constant), "a whole number");
      return false;
    }
  }
  return true;
}

}  // namespace

std::string ArrayShape::describe(std::size_t n) const {
  const std::size_t layer = n / layer_size() + static_cast<std::size_t>(first_layer);
  const std::size_t row = n % layer_size() / static_cast<std::size_t>(ncol);
  const std::size_t column = n % static_cast<std::size_t>(ncol);
  std::string out;
  if (nlay > 1) out += fmt::format("layer {}, ", layer + 1);
  if (nrow > 1) out += fmt::format("row {}, ", row + 1);
  return out + fmt::format("column {}", column + 1);
}

bool read_control(Context& context, LineReader& reader, const std::string& where, const Place& before,
                  ArrayControl& control) {
  if (!reader.next()) {
    context.problem(before, where, "the control line of the array is missing",
                    "CONSTANT, INTERNAL, OPEN/CLOSE");
    return false;
  }
  control = ArrayControl{};
  control.place = {before.file, reader.number()};
  Words words(reader.line());
  const std::string kind = words.upper();
  if (kind == "CONSTANT") {
    return read_number(context, words, control.place, where + " CONSTANT", -1e300, 1e300, "a number",
                       control.constant);
  }
  if (kind == "INTERNAL") {
    control.kind = ArrayControl::Kind::internal;
  } else if (kind == "OPEN/CLOSE") {
    control.kind = ArrayControl::Kind::external;
    control.file = words.next();
  } else {
    context.problem(control.place, where, fmt::format("'{}' does not say where the values are", kind),
                    "CONSTANT, INTERNAL, OPEN/CLOSE");
    return false;
  }
  for (std::string word = words.upper(); !word.empty(); word = words.upper()) {
    if (word == "FACTOR") {
      if (!read_number(context, words, control.place, where + " FACTOR", -1e300, 1e300, "a number",
                       control.factor))
        return false;
      if (control.factor == 0) control.factor = 1;
    } else if (word == "(BINARY)") {
      control.binary = true;
    } else if (word == "IPRN") {
      break;  // for printing; nothing of use follows
    }
  }
  return true;
}

template <class T>
bool read_values(Context& context, const ArrayControl& control, LineReader& reader, const std::string& where,
                 const ArrayShape& shape, std::size_t count, T* out) {
  bool good = true;
  if (control.kind == ArrayControl::Kind::constant) {
    T value{};
    good = constant_value(context, control, where, value);
    std::fill_n(out, count, value);
    return good;
  }
  NumbersResult<T> result;
  if (control.kind == ArrayControl::Kind::internal) {
    good = take_numbers(context, reader.rest(), control.place.file, reader.rest_number(), where, shape, count,
                        out, result);
    reader.skip_to(result.position);
  } else if (control.binary) {
    good = read_binary(context, control, where, shape, count, out) &&
           check_finite(context, control, where, shape, count, out);
  } else {
    const TextFilePtr file = context.open(control.file, control.place);
    good = file && take_numbers(context, file->bytes, file->path, 1, where, shape, count, out, result);
    if (good) {
      LineReader left({file, std::string_view(file->bytes).substr(result.position), 1});
      if (left.next())
        context.note({file->path, 0},
                     fmt::format("more than the {} values needed; the rest is ignored", count));
    }
  }
  if (good && control.factor != 1) {
    for (std::size_t i = 0; i < count; ++i)
      out[i] = static_cast<T>(static_cast<double>(out[i]) * control.factor);
  }
  return good;
}

template <class T>
ArrayData<T> read_array(Context& context, LineReader& reader, Words& name_words, const std::string& where,
                        const ArrayShape& shape) {
  ArrayData<T> data;
  const std::string option = name_words.upper();
  const bool layered = option == "LAYERED";
  const Place before{reader.path(), reader.number()};
  if (option == "NETCDF") {
    context.problem(before, where, "NETCDF input is not supported", "CONSTANT, INTERNAL, OPEN/CLOSE");
    data.places.push_back(before);
    return data;
  }
  const std::size_t parts = layered ? static_cast<std::size_t>(shape.nlay) : 1;
  const std::size_t part_size = shape.size() / parts;
  std::vector<T> constants;  // of the parts so far, as long as all are constant
  data.read = true;
  for (std::size_t part = 0; part < parts; ++part) {
    ArrayControl control;
    if (!read_control(context, reader, where, before, control)) {
      data.read = false;
      if (data.places.empty()) data.places.push_back(before);
      return data;
    }
    data.places.push_back(control.place);
    const bool constant = control.kind == ArrayControl::Kind::constant;
    if (constant && data.values.empty()) {
      T value{};
      data.read = constant_value(context, control, where, value) && data.read;
      constants.push_back(value);
      continue;
    }
    if (data.values.empty()) {
      data.values.resize(shape.size());
      for (std::size_t i = 0; i < constants.size(); ++i)
        std::fill_n(data.values.data() + i * part_size, part_size, constants[i]);
    }
    ArrayShape part_shape = shape;
    part_shape.by_rows = shape.by_rows || layered;
    if (layered) part_shape.first_layer = static_cast<int>(part);
    data.read = read_values(context, control, reader, where, part_shape, part_size,
                            data.values.data() + part * part_size) &&
                data.read;
  }
  if (!data.values.empty()) return data;
  if (std::all_of(constants.begin(), constants.end(), [&](const T& v) { return v == constants[0]; })) {
    data.values.assign(1, constants[0]);
    return data;
  }
  data.values.resize(shape.size());
  for (std::size_t i = 0; i < constants.size(); ++i)
    std::fill_n(data.values.data() + i * part_size, part_size, constants[i]);
  return data;
}

template bool read_values(Context&, const ArrayControl&, LineReader&, const std::string&, const ArrayShape&,
                          std::size_t, double*);
template bool read_values(Context&, const ArrayControl&, LineReader&, const std::string&, const ArrayShape&,
                          std::size_t, std::int32_t*);
template ArrayData<double> read_array(Context&, LineReader&, Words&, const std::string&, const ArrayShape&);
template ArrayData<std::int32_t> read_array(Context&, LineReader&, Words&, const std::string&,
                                            const ArrayShape&);

}  // namespace phreatic::flow::mf6
