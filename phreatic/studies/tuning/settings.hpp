// SPDX-License-Identifier: BSD-3-Clause
// The study file of a search over another study's settings. docs/guide/tuning.md
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/search/tpe.hpp"
#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::tuning {

enum class SearchScale { linear, log };

// One setting of the tuned study: a range of numbers, or a list of values.
struct SearchedSetting {
  std::string setting;  // "training.learning_rate"
  std::vector<std::string> values;
  std::optional<double> low;
  std::optional<double> high;
  SearchScale scale = SearchScale::linear;
  double step = 0;
  bool whole = false;
};
void describe(core::Describer& d, SearchedSetting& p);

struct SearchParams {
  int trials = 30;
  bool prune = true;
  std::vector<std::string> fixed;  // key=value
  std::vector<SearchedSetting> search;
  stats::TpeParams sampler;
  stats::PruningParams pruning;
};
void describe(core::Describer& d, SearchParams& p);

struct TuningSettings {
  std::string study = "tuning";
  std::string title = "Search for settings";
  std::string tuned;  // the study file whose settings are searched, relative to this one
  SearchParams search;
  report::FigureParams figures;
};
void describe(core::Describer& d, TuningSettings& p);

// Throws InputError with every problem of the file itself.
TuningSettings read_settings(const StudyFile& study);

// The tuned study with the settings of `fixed`, and those of a trial where there are any.
StudyFile tuned_study(const TuningSettings& settings, const std::string& study_file,
                      const std::vector<std::string>& overrides = {});

// Throws InputError where a searched setting is none of the kind's, or decides what the score is (data, split, loss).
void check_names(const TuningSettings& settings, const std::string& study_file, const Kind& tuned);

std::vector<stats::SearchDimension> space_of(const SearchParams& params);
// "training.learning_rate=0.0031", of every searched setting.
std::vector<std::string> overrides_of(const SearchParams& params, const std::vector<double>& values);
// A value as it stands in a study file.
std::string text_of(const SearchedSetting& setting, double value);

}  // namespace phreatic::studies::tuning
