// SPDX-License-Identifier: BSD-3-Clause
// The study file of a comparison: one wells study run with several models, and one table. docs/guide/comparison.md
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/metrics/paired_bootstrap.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies::comparison {

// Targets of one network: all of them in one, or a network for each.
enum class Networks { joint, each };

struct ComparedModel {
  std::string name;              // "MT-LSTM"
  std::vector<std::string> set;  // key=value in place of the study's own
  Networks networks = Networks::joint;
};
void describe(core::Describer& d, ComparedModel& p);

struct ComparisonSettings {
  std::string study = "comparison";
  std::string title = "Models compared";
  std::string compared;          // the wells study, relative to this file
  std::vector<std::string> set;  // for all models
  int seed = 0;                  // of every model's training; 0: as the compared study and `set` say
  std::vector<ComparedModel> models;
  stats::PairedBootstrapParams bootstrap;
  report::FigureParams figures;
};
void describe(core::Describer& d, ComparisonSettings& p);

// Throws InputError with every problem of the file itself.
ComparisonSettings read_settings(const StudyFile& study);

// One run of the compared study.
struct PlannedRun {
  std::string model;
  std::string target;  // the only one; empty: all of the study
  std::string folder;  // in the run folder: "runs/mt-lstm", "runs/st-lstm-level"
  StudyFile study;
  std::string stage() const;  // "mt-lstm"
};
// Throws InputError where the compared study is none of wells, a setting is none of its, or models cannot be compared
// (comparable.hpp).
std::vector<PlannedRun> plan_runs(const ComparisonSettings& settings, const std::string& study_file);

// Names of the compared study's targets.
std::vector<std::string> target_names(const ComparisonSettings& settings, const std::string& study_file);

}  // namespace phreatic::studies::comparison
