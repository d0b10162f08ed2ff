// SPDX-License-Identifier: BSD-3-Clause
// What the runs of a comparison say, and its two tables.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/studies/comparison/settings.hpp"

namespace phreatic::studies::comparison {

// A model's scores on one target, in its test period.
struct ModelScore {
  std::string target;
  std::string model;
  std::vector<std::string> entities;
  std::string folder;                 // of the run, within the comparison's; empty: not known
  std::vector<double> nse, r2, rmse;  // by entity
  double nse_median = 0, nse_mean = 0, r2_median = 0, kge_median = 0, rmse_median = 0, share_above = 0;
  double coverage = 0;        // mean over entities, of the band
  std::size_t beaten_at = 0;  // entities where a simple model has the higher NSE
  double train_seconds = 0;   // of the run, all targets of it
};

struct ModelDifference {
  std::string target, first, second;
  stats::PairedDifference nse;
};

struct ComparisonResults {
  std::vector<ModelScore> scores;            // by target, in the order of the models
  std::vector<ModelDifference> differences;  // by target, every pair, the earlier model first
};

// From the run folders below `folder`. Throws InputError where one is missing or damaged, and where no block of the
// bootstrap is shorter than the test period; `study_file` stands in the message.
ComparisonResults compare_runs(const std::vector<PlannedRun>& runs, const std::vector<std::string>& targets,
                               const stats::PairedBootstrapParams& params,
                               const std::filesystem::path& folder, const std::string& study_file);

// comparison.csv: a row for each target and model; differences.csv: for each target and pair; entities.csv: NSE, R2
// and RMSE of each entity.
void write_tables(const ComparisonResults& results, const std::filesystem::path& scores,
                  const std::filesystem::path& differences, const std::filesystem::path& entities);

// comparison.json, which the report reads back. Throws InputError when it is damaged.
void write_results(const ComparisonResults& results, const std::filesystem::path& path);
ComparisonResults read_results(const std::filesystem::path& path);

}  // namespace phreatic::studies::comparison
