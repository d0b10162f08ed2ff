// SPDX-License-Identifier: BSD-3-Clause
// MODFLOW 6's binary result files, byte for byte: heads (.hds), budget (.cbc), grid (.grb); little endian,
// without record markers (mf6io guide, "Description of binary output files").
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "phreatic/flow/model.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

// A file that grows. Opened anew it is empty; opened at `size` it is cut to that size and goes on there.
// Throws RunError (disk full, folder not writable, shorter than `size`).
class AppendFile {
 public:
  explicit AppendFile(std::filesystem::path path);
  AppendFile(std::filesystem::path path, std::uint64_t size);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&&) = delete;

  void write(const void* bytes, std::size_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }
  template <class T>
  void value(T v) {
    write(&v, sizeof v);
  }
  void flush();  // to the disk
  std::uint64_t size() const { return size_ + buffer_.size(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  void drain();
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;  // written
  std::string buffer_;
};

// One record per layer.
void write_heads(AppendFile& file, const Grid& grid, const StepTime& time, std::span<const double> heads);

// The terms of a step in MODFLOW 6's order: storage, flow between cells, saturation, packages.
void write_budget(AppendFile& file, const Simulation& simulation, const StepTime& time);

// Grid file. `icelltype` as in Flow.
void write_grid(const std::filesystem::path& path, const Grid& grid, const CellArray<std::int8_t>& icelltype);

// Connections of the active cells in row order: ia [cells + 1] and ja, both 1-based as in the grid file; a
// row holds its cell and then the neighbours by number; inactive cells have empty rows.
struct Connections {
  std::vector<std::int32_t> ia;
  std::vector<std::int32_t> ja;
};
Connections connections(const Grid& grid);

}  // namespace phreatic::flow::mf6
