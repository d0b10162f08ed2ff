// SPDX-License-Identifier: BSD-3-Clause
// The study file of a regression in space (and time) on a table. docs/guide/regression.md
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/learn/architectures/gnnwr/settings.hpp"
#include "phreatic/learn/architectures/ssvaer/ssvaer.hpp"
#include "phreatic/learn/samples/table.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/regression/gwr.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies::regression {

struct TableParams {
  std::string file;
  std::string x = "x";
  std::string y = "y";
  std::string t;  // a number (day); empty = no time
  std::string target;
  std::string unit;
  std::vector<std::string> covariates;
  learn::Coordinates coordinates = learn::Coordinates::degrees;
  std::vector<double> missing_codes;
};
void describe(core::Describer& d, TableParams& p);

enum class SplitKind { random, blocks, periods, file };

// Which rows are scored, and which say when training stops.
struct TableSplitParams {
  SplitKind kind = SplitKind::blocks;
  double test = 0.15;                   // share of all rows (random), of all blocks (blocks)
  double validation = 0.15;             // share of the rest
  double block_size = 0;                // blocks: in the coordinates' unit; required there
  double block_time = 0;                // blocks: in the unit of t; 0 = not cut in time
  double buffer = 0;                    // blocks: training rows nearer to a scored row are left out
  double test_from = 0;                 // periods: rows from this t on are scored
  double validation_from = 0;           // periods: rows from this t on say when training stops
  std::string file;                     // file: a table with a row number and a part
  std::string row = "id";               // file: column of the zero-based row
  std::string part = "dataset_belong";  // file: column of train, valid, test
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, TableSplitParams& p);

struct RegressionModels {
  std::vector<std::string> models = {"ols", "gwr", "gnnwr"};
  int seeds = 1;      // each network from so many seeds, scored one by one
  int bootstrap = 0;  // refits on resampled training rows, for standard errors of local coefficients
  learn::GnnwrParams network;
  stats::GwrParams gwr;
  learn::SsvaerParams ssvaer;
};
void describe(core::Describer& d, RegressionModels& p);

struct PublishedScore {
  std::string label;
  double value = 0;
};
void describe(core::Describer& d, PublishedScore& p);

struct RegressionSettings {
  std::string study = "regression";
  std::string title = "Regression in space and time";
  TableParams data;
  TableSplitParams split;
  RegressionModels models;
  std::vector<PublishedScore> published;  // NSE of the test rows
  report::FigureParams figures;
};
void describe(core::Describer& d, RegressionSettings& p);

// Paths become absolute: the study that a run keeps is read from another folder. Throws InputError with every problem.
RegressionSettings read_settings(const StudyFile& study);

}  // namespace phreatic::studies::regression
