// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/trajectory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::flow {

ScratchFile::ScratchFile(const std::filesystem::path& folder) {
  const std::filesystem::path at = folder.empty() ? std::filesystem::temp_directory_path() : folder;
  if (!folder.empty()) core::make_folder(folder);
  place_ = at.string();
  std::string name = (at / "phreatic-adjoint-XXXXXX").string();
  fd_ = ::mkstemp(name.data());
  if (fd_ < 0) throw core::RunError(place_ + ": no scratch file can be made there: " + std::strerror(errno));
  ::unlink(name.c_str());  // it goes with the program, however that ends
}

ScratchFile::~ScratchFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t ScratchFile::write(const void* bytes, std::size_t count) {
  const std::uint64_t start = size_;
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t n = ::pwrite(fd_, from, count, static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      throw core::RunError(place_ + ": the scratch file of the heads of all steps cannot grow beyond " +
                           std::to_string(size_ / 1000000) + " MB: " + std::strerror(n < 0 ? errno : ENOSPC) +
                           "; raise memory_mb, or let scratch name a folder with more space");
    }
    from += n;
    size_ += static_cast<std::uint64_t>(n);
    count -= static_cast<std::size_t>(n);
  }
  return start;
}

void ScratchFile::read(std::uint64_t offset, void* bytes, std::size_t count) const {
  char* to = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t n = ::pread(fd_, to, count, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw core::RunError(place_ + ": the scratch file cannot be read: " + std::strerror(errno));
    to += n;
    offset += static_cast<std::uint64_t>(n);
    count -= static_cast<std::size_t>(n);
  }
}

// Bounds of one step: in memory, or their sizes and where they stand.
struct Trajectory::Stored {
  std::shared_ptr<const PackageValues> kept;
  std::uint64_t offset = 0;
  std::size_t cells = 0, values = 0, aux = 0, rows = 0;
};

namespace {

std::size_t bytes_of(const PackageValues& v) {
  return v.cell.size() * sizeof(CellIndex) + (v.values.size() + v.aux.size()) * sizeof(double) +
         v.row.size() * sizeof(std::int32_t);
}

bool same(const PackageValues& a, const PackageValues& b, bool with_aux) {
  return a.cell == b.cell && a.values == b.values && a.row == b.row && (!with_aux || a.aux == b.aux);
}

template <class T>
void write_vector(ScratchFile& file, const std::vector<T>& v) {
  if (!v.empty()) file.write(v.data(), v.size() * sizeof(T));
}
template <class T>
void read_vector(const ScratchFile& file, std::uint64_t& offset, std::size_t size, std::vector<T>& v) {
  v.resize(size);
  if (size > 0) file.read(offset, v.data(), size * sizeof(T));
  offset += size * sizeof(T);
}

bool needs_aux(const Package& package) { return package.drain_depth_aux >= 0; }

}  // namespace

Trajectory::Trajectory(const Simulation& start, TrajectoryParams params)
    : params_(std::move(params)), model_(std::make_unique<Model>(start.model())) {
  for (Package& package : model_->packages) package.provider = {};
  model_->start_heads = start.heads();  // the simulation has let go of its own
  last_.resize(model_->packages.size());
  store_heads(start.heads());
}
Trajectory::~Trajectory() = default;
Trajectory::Trajectory(Trajectory&&) noexcept = default;

ScratchFile& Trajectory::scratch() {
  if (!scratch_) scratch_ = std::make_unique<ScratchFile>(params_.scratch_folder);
  return *scratch_;
}

std::uint64_t Trajectory::scratch_bytes() const { return scratch_ ? scratch_->size() : 0; }

void Trajectory::store_heads(const std::vector<double>& heads) {
  const std::size_t bytes = heads.size() * sizeof(double);
  if (static_cast<double>(memory_ + bytes) <= 1e6 * params_.memory_mb) {
    memory_ += bytes;
    heads_.push_back(heads);
    head_offset_.push_back(0);
    return;
  }
  heads_.emplace_back();
  head_offset_.push_back(scratch().write(heads.data(), bytes));
}

std::shared_ptr<Trajectory::Stored> Trajectory::store_values(const PackageValues& values, bool with_aux) {
  auto kept = std::make_shared<PackageValues>();
  kept->cell = values.cell;
  kept->values = values.values;
  kept->row = values.row;
  if (with_aux) kept->aux = values.aux;
  auto stored = std::make_shared<Stored>();
  const std::size_t bytes = bytes_of(*kept);
  if (static_cast<double>(memory_ + bytes) <= 1e6 * params_.memory_mb) {
    memory_ += bytes;
    stored->kept = std::move(kept);
    return stored;
  }
  ScratchFile& file = scratch();
  stored->offset = file.size();
  stored->cells = kept->cell.size();
  stored->values = kept->values.size();
  stored->aux = kept->aux.size();
  stored->rows = kept->row.size();
  write_vector(file, kept->cell);
  write_vector(file, kept->values);
  write_vector(file, kept->aux);
  write_vector(file, kept->row);
  return stored;
}

void Trajectory::add(const Simulation& simulation) {
  const StepReport& report = simulation.last_step();
  steps_.push_back({report.time, report.status, report.dried, report.rewetted, simulation.held_cells()});
  store_heads(simulation.heads());
  std::vector<std::shared_ptr<Stored>> now;
  for (std::size_t p = 0; p < model_->packages.size(); ++p) {
    const PackageValues& values = simulation.package_values(p);
    const bool with_aux = needs_aux(model_->packages[p]);
    if (last_[p] && same(*last_[p], values, with_aux)) {
      now.push_back(values_.back()[p]);
      continue;
    }
    now.push_back(store_values(values, with_aux));
    last_[p] = now.back()->kept ? now.back()->kept : std::make_shared<const PackageValues>(values);
  }
  values_.push_back(std::move(now));
}

const std::vector<double>& Trajectory::heads(std::size_t k, std::vector<double>& buffer) const {
  if (!heads_[k].empty()) return heads_[k];
  buffer.resize(model_->grid.cells());
  scratch_->read(head_offset_[k], buffer.data(), buffer.size() * sizeof(double));
  return buffer;
}

std::shared_ptr<const PackageValues> Trajectory::values(std::size_t k, std::size_t package) const {
  const Stored& stored = *values_[k][package];
  if (stored.kept) return stored.kept;
  auto read = std::make_shared<PackageValues>();
  std::uint64_t offset = stored.offset;
  read_vector(*scratch_, offset, stored.cells, read->cell);
  read_vector(*scratch_, offset, stored.values, read->values);
  read_vector(*scratch_, offset, stored.aux, read->aux);
  read_vector(*scratch_, offset, stored.rows, read->row);
  return read;
}

const std::vector<Barrier>& Trajectory::barriers(std::size_t k) const {
  static const std::vector<Barrier> kNone;
  const std::vector<Barrier>* found = &kNone;
  for (const BarrierPeriod& candidate : model_->barriers) {
    if (candidate.period <= steps_[k].time.period) found = &candidate.barriers;
  }
  return *found;
}

Trajectory record_run(Model model, const EngineOptions& engine, const TrajectoryParams& params,
                      const std::function<void(const StepReport&)>& after_step) {
  Simulation simulation(std::move(model), engine);
  Trajectory trajectory(simulation, params);
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    trajectory.add(simulation);
    if (after_step) after_step(report);
    core::throw_if_interrupted();
    const bool goes_on =
        report.status == StepStatus::converged ||
        (report.status == StepStatus::not_converged && simulation.model().solver.continue_unconverged);
    if (!goes_on) break;
  }
  return trajectory;
}

}  // namespace phreatic::flow
