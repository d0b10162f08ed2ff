// SPDX-License-Identifier: BSD-3-Clause
// The study file of a wells study. Free of libtorch, so that `phreatic check` and `phreatic help` start at
// once.
#pragma once

#include <string>
#include <vector>

#include "phreatic/basin/basin.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/sources.hpp"
#include "phreatic/hydrographs/forecasts/outlook.hpp"
#include "phreatic/hydrographs/settings.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/clustering/som.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies::wells {

// A published number to show beside ours, with its source.
struct PublishedMark {
  std::string well;  // empty = all wells
  std::string label;
  std::string metric = "NSE";
  double value = 0;
};
void describe(core::Describer& d, PublishedMark& p);

// How `phreatic analyse` groups wells.
struct AnalysisParams {
  stats::SomParams som;
  int groups = 0;  // 0: as many as the mean silhouette says
  std::string
      run;  // folder of a finished run of the study, whose skill is told by group and attribute; empty: none
};
void describe(core::Describer& d, AnalysisParams& p);

struct WellsSettings {
  std::string study = "wells";
  std::string title = "Groundwater levels at wells";
  std::string level_datum;     // what levels count from, for the axes: "NHN"; empty: not named
  bool virtual_wells = false;  // make the data with the `basin` block instead of reading files
  basin::BasinParams basin;
  data::DataParams data;
  std::vector<data::TargetParams>
      evaluation;                         // levels that only the evaluation may see; empty: those of `data`
  std::vector<std::string> only_targets;  // of data.targets; empty: all. Others are taken out when read
  hydrographs::TaskParams task;
  std::vector<std::string> baselines = hydrographs::baseline_names();
  hydrographs::UncertaintyParams uncertainty;
  hydrographs::RollingParams rolling;
  hydrographs::OutlookParams outlook;  // of forecasts
  hydrographs::ExplainParams explain;
  AnalysisParams analysis;
  std::vector<PublishedMark> published;
  report::FigureParams figures;
  int report_panels = 500;  // wells with a panel of their own in the report
  std::string folder;       // that relative paths start from; empty: that of the study file

  bool forecasts() const { return task.forecasts(); }
  // Names of the targets, in the order of the networks' outputs.
  std::vector<std::string> target_names() const;
  bool gives_outlook() const { return forecasts() && outlook.enabled; }
  // Whether networks select and attend, and what they looked at is written.
  bool shows_attention() const { return explain.enabled && task.learn.model.architecture == "tft"; }
  bool split_by_wells() const { return data.split.folds > 0 || !data.split.held_out.empty(); }
};
void describe(core::Describer& d, WellsSettings& p);

// Reads the settings of a study file. Throws InputError with every problem.
WellsSettings read_settings(const StudyFile& study);
// Reads a study file and applies `overrides` ("training.epochs=5"). Throws InputError with every problem.
WellsSettings read_settings(const std::string& file, const std::vector<std::string>& overrides);

}  // namespace phreatic::studies::wells
