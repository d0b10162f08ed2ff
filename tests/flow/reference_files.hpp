// SPDX-License-Identifier: BSD-3-Clause
// MODFLOW 6 result files as the tests need them, read by code that stands apart from the library's writers.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace phreatic::flow::testing {

// The folder with the shared data, or empty when there is none.
inline std::filesystem::path shared_data() {
  const char* named = std::getenv("PHREATIC_SHARED_DATA");
  const std::filesystem::path folder = named != nullptr ? named : "../shared/data";
  return std::filesystem::exists(folder) ? folder : std::filesystem::path{};
}

class Bytes {
 public:
  explicit Bytes(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }
  bool more() const { return at_ < bytes_.size(); }
  template <class T>
  T take() {
    T value{};
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string text(std::size_t n) {
    std::string value(bytes_.data() + at_, n);
    at_ += n;
    value.erase(0, value.find_first_not_of(' '));
    value.erase(value.find_last_not_of(' ') + 1);
    return value;
  }
  std::vector<double> doubles(std::size_t n) {
    std::vector<double> values(n);
    std::memcpy(values.data(), bytes_.data() + at_, 8 * n);
    at_ += 8 * n;
    return values;
  }

 private:
  std::vector<char> bytes_;
  std::size_t at_ = 0;
};

struct SavedHeads {
  int step = 0;                // 1-based
  int period = 0;              // 1-based
  std::vector<double> values;  // [cells]
};

inline std::vector<SavedHeads> read_heads(const std::filesystem::path& path) {
  std::vector<SavedHeads> all;
  Bytes in(path);
  while (in.more()) {
    const int step = in.take<std::int32_t>();
    const int period = in.take<std::int32_t>();
    in.take<double>();
    in.take<double>();
    in.text(16);
    const auto columns = static_cast<std::size_t>(in.take<std::int32_t>());
    const auto rows = static_cast<std::size_t>(in.take<std::int32_t>());
    const int layer = in.take<std::int32_t>();
    if (layer == 1) all.push_back({step, period, {}});
    const std::vector<double> values = in.doubles(columns * rows);
    all.back().values.insert(all.back().values.end(), values.begin(), values.end());
  }
  return all;
}

struct BudgetTerm {
  int step = 0;    // 1-based
  int period = 0;  // 1-based
  std::string text;
  std::string package;             // lists only
  std::vector<double> array;       // imeth 1
  std::vector<std::int32_t> cell;  // lists: 1-based cell, and bound
  std::vector<std::int32_t> bound;
  std::vector<double> flow;
};

inline std::vector<BudgetTerm> read_budget(const std::filesystem::path& path) {
  std::vector<BudgetTerm> all;
  Bytes in(path);
  while (in.more()) {
    BudgetTerm term;
    term.step = in.take<std::int32_t>();
    term.period = in.take<std::int32_t>();
    term.text = in.text(16);
    std::size_t size = 1;
    for (int d = 0; d < 3; ++d) size *= static_cast<std::size_t>(std::abs(in.take<std::int32_t>()));
    const int method = in.take<std::int32_t>();
    for (int i = 0; i < 3; ++i) in.take<double>();
    if (method == 1) {
      term.array = in.doubles(size);
      all.push_back(std::move(term));
      continue;
    }
    for (int i = 0; i < 3; ++i) in.text(16);
    term.package = in.text(16);
    const int columns = in.take<std::int32_t>();
    for (int i = 1; i < columns; ++i) in.text(16);
    const int rows = in.take<std::int32_t>();
    for (int i = 0; i < rows; ++i) {
      term.cell.push_back(in.take<std::int32_t>());
      term.bound.push_back(in.take<std::int32_t>());
      term.flow.push_back(in.doubles(static_cast<std::size_t>(columns)).front());
    }
    all.push_back(std::move(term));
  }
  return all;
}

}  // namespace phreatic::flow::testing
