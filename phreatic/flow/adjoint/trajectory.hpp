// SPDX-License-Identifier: BSD-3-Clause
// The run about which an adjoint is taken: heads, lengths and bounds of every step. Kept in memory up to a
// budget, beyond it in a scratch file, which is read backwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/flow/model.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {

struct TrajectoryParams {
  double memory_mb = 512;                // heads and bounds of steps beyond this go to the scratch file
  std::filesystem::path scratch_folder;  // where it lies; empty: the system's folder for temporary files
};

// One file without a name, removed with the object. Throws RunError (disk full, folder not writable).
class ScratchFile {
 public:
  explicit ScratchFile(const std::filesystem::path& folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  // Returns where the bytes stand.
  std::uint64_t write(const void* bytes, std::size_t count);
  void read(std::uint64_t offset, void* bytes, std::size_t count) const;
  std::uint64_t size() const { return size_; }

 private:
  std::string place_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

// A step as it was accepted.
struct RecordedStep {
  StepTime time;
  StepStatus status = StepStatus::converged;
  int dried = 0;  // cells that changed their state
  int rewetted = 0;
  std::vector<CellIndex> held;  // cells of loose groups that kept their head
};

class Trajectory {
 public:
  // A copy of the model is kept, without its providers' effects: bounds are those recorded.
  Trajectory(const Simulation& start, TrajectoryParams params);
  ~Trajectory();
  Trajectory(Trajectory&&) noexcept;

  // The step that the simulation has just made.
  void add(const Simulation& simulation);

  const Model& model() const { return *model_; }
  std::size_t steps() const { return steps_.size(); }
  const RecordedStep& step(std::size_t k) const { return steps_[k]; }
  // [cells] at the end of step k, as Simulation::heads(); k = 0 is the start, k = 1 the end of the first step.
  const std::vector<double>& heads(std::size_t k, std::vector<double>& buffer) const;
  // Bounds of a package in step k; valid while the pointer is held.
  std::shared_ptr<const PackageValues> values(std::size_t k, std::size_t package) const;
  // Barriers that hold in step k.
  const std::vector<Barrier>& barriers(std::size_t k) const;

  std::size_t memory_bytes() const { return memory_; }
  std::uint64_t scratch_bytes() const;

 private:
  struct Stored;
  void store_heads(const std::vector<double>& heads);
  std::shared_ptr<Stored> store_values(const PackageValues& values, bool with_aux);
  ScratchFile& scratch();

  TrajectoryParams params_;
  std::unique_ptr<Model> model_;
  std::vector<RecordedStep> steps_;
  std::vector<std::vector<double>> heads_;  // empty: in the scratch file
  std::vector<std::uint64_t> head_offset_;
  std::vector<std::vector<std::shared_ptr<Stored>>>
      values_;                                              // [steps][packages], shared while nothing changes
  std::vector<std::shared_ptr<const PackageValues>> last_;  // [packages] as of the last step
  std::unique_ptr<ScratchFile> scratch_;
  std::size_t memory_ = 0;
};

// Runs the model to its end and records it. Steps that do not converge end the run, unless the model says
// CONTINUE; they are recorded with their status. `after_step` may be empty.
Trajectory record_run(Model model, const EngineOptions& engine, const TrajectoryParams& params,
                      const std::function<void(const StepReport&)>& after_step = {});

}  // namespace phreatic::flow
