// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/binary_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/steps/specific_discharge.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;

[[noreturn]] void fail(const std::filesystem::path& path, const char* doing) {
  throw core::RunError(fmt::format("{}: cannot {}: {}", path.string(), doing, std::strerror(errno)));
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text.substr(0, width));
  out.resize(width, ' ');
  return out;
}

std::string right(std::string_view text, std::size_t width) {
  const std::string_view cut = text.substr(0, width);
  return std::string(width - cut.size(), ' ') + std::string(cut);
}

std::int32_t int32(std::size_t n) { return static_cast<std::int32_t>(n); }

// Neighbours of an active cell by increasing number: above, back, left, right, front, below. visit(cell,
// face) with the face 0..5 in that order.
template <class Visit>
void visit_neighbours(const Grid& grid, std::size_t n, Visit visit) {
  const auto ncol = static_cast<std::size_t>(grid.ncol);
  const std::size_t layer = grid.layer_cells();
  const auto active = [&](std::size_t m) { return grid.idomain[m] > 0; };
  for (std::size_t up = n; up >= layer;) {
    up -= layer;
    if (active(up)) visit(up, 0);
    if (grid.idomain[up] >= 0) break;
  }
  const std::size_t in_layer = n % layer;
  const std::size_t column = n % ncol;
  if (in_layer >= ncol && active(n - ncol)) visit(n - ncol, 1);
  if (column > 0 && active(n - 1)) visit(n - 1, 2);
  if (column + 1 < ncol && active(n + 1)) visit(n + 1, 3);
  if (in_layer + ncol < layer && active(n + ncol)) visit(n + ncol, 4);
  for (std::size_t down = n + layer; down < grid.cells(); down += layer) {
    if (active(down)) visit(down, 5);
    if (grid.idomain[down] >= 0) break;
  }
}

struct Header {
  AppendFile& file;
  const StepTime& time;
  const Grid& grid;

  void start(std::string_view text, std::int32_t n1, std::int32_t n2, std::int32_t n3, std::int32_t method) {
    file.value<std::int32_t>(time.step + 1);
    file.value<std::int32_t>(time.period + 1);
    file.write(right(text, 16));
    for (const std::int32_t n : {n1, n2, -n3, method}) file.value(n);
    for (const double t : {time.dt, time.period_time, time.end}) file.value(t);
  }
  void array(std::string_view text, const std::vector<double>& values) {
    start(text, grid.ncol, grid.nrow, grid.nlay, 1);
    file.write(values.data(), values.size() * sizeof(double));
  }
  void list(std::string_view text, const std::string& model, const std::string& from,
            const std::string& package, const std::vector<std::string>& aux, std::size_t rows) {
    start(text, grid.ncol, grid.nrow, grid.nlay, 6);
    for (const std::string& name : {model, from, model, package}) file.write(padded(name, 16));
    file.value(int32(aux.size() + 1));
    for (const std::string& name : aux) file.write(padded(name, 16));
    file.value(int32(rows));
  }
};

void write_faces(Header& header, const Simulation& simulation) {
  const Grid& grid = header.grid;
  const FaceFlows faces = simulation.face_flows();
  std::vector<double> row;
  std::vector<double> all;
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] <= 0) continue;
    all.push_back(0);
    visit_neighbours(grid, n, [&](std::size_t m, int face) {
      switch (face) {
        case 0:
          all.push_back(faces.down[m]);
          break;
        case 1:
          all.push_back(faces.front[m]);
          break;
        case 2:
          all.push_back(faces.right[m]);
          break;
        case 3:
          all.push_back(-faces.right[n]);
          break;
        case 4:
          all.push_back(-faces.front[n]);
          break;
        default:
          all.push_back(-faces.down[n]);
      }
    });
  }
  header.start("FLOW-JA-FACE", int32(all.size()), 1, 1, 1);
  header.file.write(all.data(), all.size() * sizeof(double));
}

void write_specific_discharge(Header& header, const Simulation& simulation) {
  const Grid& grid = header.grid;
  const SpecificDischarge q = specific_discharge(simulation);
  std::size_t count = 0;
  for (std::size_t n = 0; n < grid.cells(); ++n) count += grid.idomain[n] > 0 ? 1 : 0;
  header.list("DATA-SPDIS", simulation.model().name, "NPF", "NPF",
              {right("qx", 16), right("qy", 16), right("qz", 16)}, count);
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] <= 0) continue;
    header.file.value(int32(n + 1));
    header.file.value(int32(n + 1));
    for (const double v : {0.0, q.x[n], q.y[n], q.z[n]}) header.file.value(v);
  }
}

void write_saturation(Header& header, const Simulation& simulation) {
  const Grid& grid = header.grid;
  const std::vector<double> saturation = simulation.saturation();
  std::size_t count = 0;
  for (std::size_t n = 0; n < grid.cells(); ++n) count += grid.idomain[n] > 0 ? 1 : 0;
  header.list("DATA-SAT", simulation.model().name, "NPF", "NPF", {right("sat", 16)}, count);
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] <= 0) continue;
    header.file.value(int32(n + 1));
    header.file.value(int32(n + 1));
    header.file.value(0.0);
    header.file.value(saturation[n]);
  }
}

void write_package(Header& header, const Model& model, const Package& package, const PackageFlows& flows,
                   const PackageValues& values) {
  const auto count = static_cast<std::size_t>(
      std::count_if(flows.cell.begin(), flows.cell.end(), [](CellIndex c) { return c != kNoCell; }));
  header.list(flows.text, model.name, model.name, package.name, package.aux_names, count);
  const std::size_t n = flows.cell.size();
  for (std::size_t b = 0; b < n; ++b) {
    if (flows.cell[b] == kNoCell) continue;
    header.file.value<std::int32_t>(flows.cell[b] + 1);
    header.file.value<std::int32_t>((flows.row.empty() ? static_cast<std::int32_t>(b) : flows.row[b]) + 1);
    header.file.value(flows.flow[b]);
    for (std::size_t a = 0; a < package.aux_names.size(); ++a)
      header.file.value(values.aux.empty() ? 0.0 : values.aux[a * n + b]);
  }
}

std::string text_line(const std::string& text, std::size_t width) {
  std::string line = padded(text, width - 1);
  return line + '\n';
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  if (path_.has_parent_path()) core::make_folder(path_.parent_path());
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) fail(path_, "create");
}

AppendFile::AppendFile(std::filesystem::path path, std::uint64_t size) : path_(std::move(path)), size_(size) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd_ < 0) fail(path_, "open to go on");
  struct stat info {};
  if (::fstat(fd_, &info) != 0 || static_cast<std::uint64_t>(info.st_size) < size)
    throw core::RunError(fmt::format("{}: is shorter than when the run was interrupted; run without --resume",
                                     path_.string()));
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0 || ::lseek(fd_, 0, SEEK_END) < 0) fail(path_, "cut");
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(other.fd_), size_(other.size_), buffer_(std::move(other.buffer_)) {
  other.fd_ = -1;
  other.buffer_.clear();
}

AppendFile::~AppendFile() {
  if (fd_ < 0) return;
  try {
    drain();
  } catch (const core::RunError&) {  // flush() is what reports
  }
  ::close(fd_);
}

void AppendFile::write(const void* bytes, std::size_t count) {
  if (buffer_.size() + count > kBuffer) drain();
  if (count < kBuffer) {
    buffer_.append(static_cast<const char*>(bytes), count);
    return;
  }
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t n = ::write(fd_, from, count);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "write");
    from += n;
    size_ += static_cast<std::uint64_t>(n);
    count -= static_cast<std::size_t>(n);
  }
}

void AppendFile::drain() {
  std::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t n = ::write(fd_, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "write");
    size_ += static_cast<std::uint64_t>(n);
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  buffer_.clear();
}

void AppendFile::flush() {
  drain();
  if (::fsync(fd_) != 0 && errno != EINVAL) fail(path_, "sync to disk");
}

void write_heads(AppendFile& file, const Grid& grid, const StepTime& time, std::span<const double> heads) {
  const std::size_t layer = grid.layer_cells();
  for (int k = 0; k < grid.nlay; ++k) {
    file.value<std::int32_t>(time.step + 1);
    file.value<std::int32_t>(time.period + 1);
    file.value(time.period_time);
    file.value(time.end);
    file.write(padded("HEAD", 16));
    for (const std::int32_t n : {grid.ncol, grid.nrow, k + 1}) file.value(n);
    file.write(heads.data() + static_cast<std::size_t>(k) * layer, layer * sizeof(double));
  }
}

void write_budget(AppendFile& file, const Simulation& simulation, const StepTime& time) {
  const Model& model = simulation.model();
  Header header{file, time, model.grid};
  if (model.storage.present && model.storage.save_flows) {
    const StorageFlows storage = simulation.storage_flows();
    header.array("STO-SS", storage.specific_storage);
    const auto& convert = model.storage.iconvert.values;
    if (std::any_of(convert.begin(), convert.end(), [](int v) { return v != 0; }))
      header.array("STO-SY", storage.specific_yield);
  }
  if (model.save_flows) {  // MODFLOW 6 writes none of the three without SAVE_FLOWS
    write_faces(header, simulation);
    if (model.save_specific_discharge) write_specific_discharge(header, simulation);
    if (model.save_saturation) write_saturation(header, simulation);
  }
  const std::vector<PackageFlows> flows = simulation.package_flows();
  for (std::size_t p = 0; p < flows.size(); ++p) {
    if (model.packages[p].save_flows)
      write_package(header, model, model.packages[p], flows[p], simulation.package_values(p));
  }
}

Connections connections(const Grid& grid) {
  Connections out;
  out.ia.reserve(grid.cells() + 1);
  out.ia.push_back(1);
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] > 0) {
      out.ja.push_back(int32(n + 1));
      visit_neighbours(grid, n, [&](std::size_t m, int) { out.ja.push_back(int32(m + 1)); });
    }
    out.ia.push_back(int32(out.ja.size() + 1));
  }
  return out;
}

void write_grid(const std::filesystem::path& path, const Grid& grid,
                const CellArray<std::int8_t>& icelltype) {
  const Connections links = connections(grid);
  AppendFile file(path);
  for (const char* line : {"GRID DIS", "VERSION 1", "NTXT 16", "LENTXT 100"}) file.write(text_line(line, 50));
  const auto scalar = [&](const char* name, const char* type, const std::string& value) {
    file.write(text_line(fmt::format("{} {} NDIM 0 # {}", name, type, value), 100));
  };
  const auto array = [&](const char* name, const char* type, std::size_t size) {
    file.write(text_line(fmt::format("{} {} NDIM 1 {}", name, type, size), 100));
  };
  scalar("NCELLS", "INTEGER", std::to_string(grid.cells()));
  scalar("NLAY", "INTEGER", std::to_string(grid.nlay));
  scalar("NROW", "INTEGER", std::to_string(grid.nrow));
  scalar("NCOL", "INTEGER", std::to_string(grid.ncol));
  scalar("NJA", "INTEGER", std::to_string(links.ja.size()));
  scalar("XORIGIN", "DOUBLE", fmt::format("{:.15g}", grid.xorigin));
  scalar("YORIGIN", "DOUBLE", fmt::format("{:.15g}", grid.yorigin));
  scalar("ANGROT", "DOUBLE", fmt::format("{:.15g}", grid.angrot));
  array("DELR", "DOUBLE", grid.delr.size());
  array("DELC", "DOUBLE", grid.delc.size());
  array("TOP", "DOUBLE", grid.top.size());
  array("BOTM", "DOUBLE", grid.cells());
  array("IA", "INTEGER", links.ia.size());
  array("JA", "INTEGER", links.ja.size());
  array("IDOMAIN", "INTEGER", grid.cells());
  array("ICELLTYPE", "INTEGER", grid.cells());
  for (const std::size_t n :
       {grid.cells(), static_cast<std::size_t>(grid.nlay), static_cast<std::size_t>(grid.nrow),
        static_cast<std::size_t>(grid.ncol), links.ja.size()})
    file.value(int32(n));
  for (const double v : {grid.xorigin, grid.yorigin, grid.angrot}) file.value(v);
  for (const std::vector<double>* a : {&grid.delr, &grid.delc, &grid.top, &grid.botm})
    file.write(a->data(), a->size() * sizeof(double));
  for (const std::vector<std::int32_t>* a : {&links.ia, &links.ja})
    file.write(a->data(), a->size() * sizeof(std::int32_t));
  for (std::size_t n = 0; n < grid.cells(); ++n) file.value<std::int32_t>(grid.idomain[n]);
  for (std::size_t n = 0; n < grid.cells(); ++n)
    file.value<std::int32_t>(grid.idomain[n] > 0 ? icelltype[n] : 0);
  file.flush();
}

}  // namespace phreatic::flow::mf6
