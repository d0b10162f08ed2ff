// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/result_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::flow::mf6 {
namespace {

[[noreturn]] void broken(const std::string& path, std::uint64_t offset, const std::string& what) {
  throw core::InputError({.file = path, .what = fmt::format("{} at byte {}", what, offset)});
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

// Reads values from the bytes of a file.
class Bytes {
 public:
  Bytes(std::string path, std::string bytes) : path_(std::move(path)), bytes_(std::move(bytes)) {}
  bool done() const { return at_ == bytes_.size(); }
  std::size_t at() const { return at_; }
  template <class T>
  T value() {
    T v;
    std::memcpy(&v, take(sizeof v).data(), sizeof v);
    return v;
  }
  std::string text(std::size_t n) { return trimmed(take(n)); }
  std::string_view take(std::size_t n) {
    if (n > bytes_.size() - at_)
      broken(path_, at_, fmt::format("the file ends where {} bytes are needed,", n));
    const std::string_view out = std::string_view(bytes_).substr(at_, n);
    at_ += n;
    return out;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string bytes_;
  std::size_t at_ = 0;
};

void read_list(Bytes& bytes, BudgetTerm& term) {
  for (int i = 0; i < 3; ++i) bytes.take(16);
  term.package = bytes.text(16);
  const auto columns = bytes.value<std::int32_t>();
  if (columns < 1 || columns > 10000)
    broken(bytes.path(), bytes.at(), fmt::format("{} columns in a list", columns));
  for (std::int32_t i = 1; i < columns; ++i) term.aux_names.push_back(bytes.text(16));
  const auto rows = bytes.value<std::int32_t>();
  if (rows < 0) broken(bytes.path(), bytes.at(), fmt::format("{} rows in a list", rows));
  const std::size_t row_bytes = 8 + 8 * static_cast<std::size_t>(columns);
  const std::string_view data = bytes.take(static_cast<std::size_t>(rows) * row_bytes);
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    const char* at = data.data() + r * row_bytes;
    std::array<std::int32_t, 2> ids;
    std::memcpy(ids.data(), at, sizeof ids);
    term.cell.push_back(ids[0]);
    term.row.push_back(ids[1]);
    for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c) {
      double v = 0;
      std::memcpy(&v, at + 8 + 8 * c, sizeof v);
      (c == 0 ? term.values : term.aux).push_back(v);
    }
  }
}

}  // namespace

HeadFile::HeadFile(const std::filesystem::path& path) : path_(path.string()) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw core::InputError({.file = path_, .what = "there is no such file, or it cannot be read"});
  in.seekg(0, std::ios::end);
  const auto size = static_cast<std::uint64_t>(in.tellg());
  std::uint64_t at = 0;
  while (at < size) {
    std::array<char, 52> head;
    in.seekg(static_cast<std::streamoff>(at));
    if (size - at < head.size() || !in.read(head.data(), head.size()))
      broken(path_, at, "the file ends inside a record");
    Record record;
    std::array<std::int32_t, 2> ids;
    std::array<double, 2> times;
    std::array<std::int32_t, 3> dims;
    std::memcpy(ids.data(), head.data(), sizeof ids);
    std::memcpy(times.data(), head.data() + 8, sizeof times);
    std::memcpy(dims.data(), head.data() + 40, sizeof dims);
    record = {ids[1], ids[0], dims[2], times[0], times[1], dims[0], dims[1], at + head.size()};
    const auto values =
        static_cast<std::uint64_t>(std::max(dims[0], 0)) * static_cast<std::uint64_t>(std::max(dims[1], 0));
    if (values == 0 || ids[0] < 1 || ids[1] < 1) broken(path_, at, "no record of heads");
    at = record.offset + values * sizeof(double);
    if (at > size) broken(path_, record.offset, "the file ends inside a record");
    records_.push_back(record);
  }
}

std::vector<double> HeadFile::values(const Record& record) const {
  std::vector<double> out(static_cast<std::size_t>(record.ncol) * static_cast<std::size_t>(record.nrow));
  std::ifstream in(path_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(record.offset));
  if (!in.read(reinterpret_cast<char*>(out.data()),
               static_cast<std::streamsize>(out.size() * sizeof(double))))
    broken(path_, record.offset, "the file ends inside a record");
  return out;
}

std::vector<std::pair<int, int>> HeadFile::steps() const {
  std::vector<std::pair<int, int>> out;
  for (const Record& r : records_) {
    if (out.empty() || out.back() != std::pair{r.period, r.step}) out.emplace_back(r.period, r.step);
  }
  return out;
}

double BudgetTerm::inflow() const {
  double sum = 0;
  for (const double v : values) sum += v > 0 ? v : 0;
  return sum;
}

double BudgetTerm::outflow() const {
  double sum = 0;
  for (const double v : values) sum -= v < 0 ? v : 0;
  return sum;
}

std::vector<BudgetTerm> read_budget(const std::filesystem::path& path,
                                    const std::vector<std::string>& leave_out) {
  Bytes bytes(path.string(), core::read_file(path));
  std::vector<BudgetTerm> terms;
  while (!bytes.done()) {
    BudgetTerm term;
    term.step = bytes.value<std::int32_t>();
    term.period = bytes.value<std::int32_t>();
    term.text = bytes.text(16);
    std::array<std::int64_t, 3> dims;
    for (std::int64_t& n : dims) n = bytes.value<std::int32_t>();
    const auto method = bytes.value<std::int32_t>();
    term.dt = bytes.value<double>();
    bytes.value<double>();
    term.time = bytes.value<double>();
    term.list = method == 6;
    if (method == 6) {
      read_list(bytes, term);
    } else if (method == 1 && dims[0] > 0 && dims[1] > 0 && dims[2] != 0) {
      const auto count =
          static_cast<std::size_t>(dims[0] * dims[1]) * static_cast<std::size_t>(std::abs(dims[2]));
      const std::string_view data = bytes.take(count * sizeof(double));
      term.values.resize(count);
      std::memcpy(term.values.data(), data.data(), data.size());
    } else {
      broken(path.string(), bytes.at(),
             fmt::format("term '{}' is stored in method {}; 1 and 6 are known;", term.text, method));
    }
    if (std::find(leave_out.begin(), leave_out.end(), term.text) == leave_out.end())
      terms.push_back(std::move(term));
  }
  return terms;
}

std::filesystem::path recorded_file(const std::filesystem::path& run, const std::string& file) {
  if (file.empty()) return {};
  for (const std::filesystem::path& place :
       {run / file, run / std::filesystem::path(file).filename(), std::filesystem::path(file)}) {
    if (std::filesystem::exists(place)) return place;
  }
  return {};
}

}  // namespace phreatic::flow::mf6
