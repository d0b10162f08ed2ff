// SPDX-License-Identifier: BSD-3-Clause
// The output files of a run, growing step by step.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/checkpoint.hpp"
#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/results/binary_files.hpp"
#include "phreatic/flow/mf6/results/listing.hpp"
#include "phreatic/flow/mf6/results/package_outputs.hpp"
#include "phreatic/flow/mf6/results/printed_tables.hpp"
#include "phreatic/flow/mf6/run.hpp"

namespace phreatic::flow::mf6 {

// Observations of every step: CSV, or MODFLOW 6's binary layout (mf6io, "Binary observation output").
struct ObservationFile {
  AppendFile file;
  std::vector<std::size_t> observations;  // of the model's
  bool binary = false;
};

class RunOutputs {
 public:
  // Goes on with the files of `from` unless that is null. Throws InputError for files that collide or cannot be written.
  RunOutputs(const RunRequest& request, const Model& model, const Observer& observer, const Checkpoint* from);

  void start(const ReadResult& read);
  void step(const Simulation& simulation, const StepReport& report);
  void finish(const std::string& last_line);
  Checkpoint checkpoint();

  std::vector<std::string> files();
  std::vector<std::string> observation_files() const;  // CSV files
  std::string head_file() const { return heads_ ? heads_->path().string() : ""; }
  std::string budget_file() const { return budget_ ? budget_->path().string() : ""; }

 private:
  std::unique_ptr<AppendFile> open(const std::string& name);
  void open_observations(const std::string& name, const std::vector<std::size_t>& list);
  void volumes(const Simulation& simulation, const StepReport& report, const OutputPeriod* rules);
  void tables(const Simulation& simulation, const StepTime& time, bool heads, bool budget);
  std::vector<AppendFile*> all();
  void flush();

  const RunRequest& request_;
  const Model& model_;
  const Observer& observer_;
  const Checkpoint* from_;
  std::filesystem::path folder_;  // names in the record and the checkpoint are seen from here
  std::unique_ptr<AppendFile> heads_, budget_, list_, csv_;
  std::unique_ptr<PackageOutputs> packages_;
  std::vector<ObservationFile> observation_files_;
  std::vector<std::string> other_files_;
  VolumeBudget volumes_;
  std::vector<PrintedTables> printed_;  // of the packages
  std::vector<PackageBudget>
      package_budgets_;  // of the packages; those without unknowns of their own have no rows
};

}  // namespace phreatic::flow::mf6
