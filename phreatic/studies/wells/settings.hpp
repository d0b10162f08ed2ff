// SPDX-License-Identifier: BSD-3-Clause
// The study file of a wells study. Free of libtorch, so that `phreatic check` and `phreatic help` start at
// once.
#pragma once

#include <string>
#include <vector>

#include "phreatic/basin/basin.hpp"
#include "phreatic/core/params.hpp"
#include "phreatic/data/sources.hpp"
#include "phreatic/explain/expected_gradients.hpp"
#include "phreatic/explain/periods.hpp"
#include "phreatic/explain/types.hpp"
#include "phreatic/learn/settings.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/bands/conformal.hpp"

namespace phreatic::studies::wells {

enum class Scope { global, single };
enum class ValidationScheme { period, blocks };
enum class AttributeUse { real, none, random };

struct ValidationParams {
  ValidationScheme scheme = ValidationScheme::period;
  int blocks = 5;
};
void describe(core::Describer& d, ValidationParams& p);

// What a forecast (window.mode: forecast) may look at.
enum class HorizonDrivers { known, hidden };
enum class ForecastTarget { change, level };

struct ForecastParams {
  HorizonDrivers drivers = HorizonDrivers::known;  // hidden: drivers end at the issue date, as levels do
  bool past_levels = true;  // the level known last, at every step up to the issue date, is an input
  ForecastTarget target = ForecastTarget::change;  // with past levels only
};
void describe(core::Describer& d, ForecastParams& p);

// What the width of a band follows.
// quantiles: the band is the network's own outer quantiles, moved until they hold what they
// promise (romano2019).
// level_and_balance: needs a driver of the role precipitation; takes evaporation_demand away
// where there is one.
enum class BandScale { constant, level, level_and_balance, spread, seasonal, quantiles };
// Models of several blocks. pool: errors of each block's models there, around the median of all; cross: CV+.
enum class BandFolds { pool, cross };

struct UncertaintyParams {
  BandScale scale = BandScale::level;
  BandFolds folds = BandFolds::pool;
  stats::ConformalParams conformal;
};
void describe(core::Describer& d, UncertaintyParams& p);

struct ExplainSettings {
  bool enabled = true;
  std::string period = "test";  // test | calibration | all
  int stride = 7;               // steps between explained dates
  int reference_windows = 128;  // per well, spread over its calibration period
  bool keep_cube = true;        // write every lag x driver attribution to explain/attributions.nc
  bool types = true;            // group wells into types of dynamics
  bool truth = true;            // virtual wells: compare with the true contributions
  explain::ExpectedGradientsParams expected_gradients;
  explain::FrostParams frost;
  explain::TypesParams type_rules;
};
void describe(core::Describer& d, ExplainSettings& p);

// A published number to show beside ours, with its source.
struct PublishedMark {
  std::string well;  // empty = all wells
  std::string label;
  std::string metric = "NSE";
  double value = 0;
};
void describe(core::Describer& d, PublishedMark& p);

struct WellsSettings {
  std::string study = "wells";
  std::string title = "Groundwater levels at wells";
  bool virtual_wells = false;  // make the data with the `basin` block instead of reading files
  basin::BasinParams basin;
  data::DataParams data;
  std::vector<data::TargetParams>
      evaluation;  // levels that only the evaluation may see; empty: those of `data`
  ValidationParams validation;
  Scope scope = Scope::global;
  AttributeUse attributes = AttributeUse::real;
  learn::LearnParams learn;
  ForecastParams forecast;
  std::vector<std::string> baselines = {"persistence", "climatology", "ridge", "transfer_function"};
  UncertaintyParams uncertainty;
  ExplainSettings explain;
  std::vector<PublishedMark> published;
  report::FigureParams figures;
  std::string folder;  // that relative paths start from; empty: that of the study file

  bool anchored() const {
    return forecasts() && forecast.past_levels && forecast.target == ForecastTarget::change;
  }
  bool forecasts() const { return learn.window.mode == learn::WindowMode::forecast; }
  bool split_by_wells() const { return data.split.folds > 0 || !data.split.held_out.empty(); }
};
void describe(core::Describer& d, WellsSettings& p);

// Reads a study file and applies `overrides` ("training.epochs=5"). Throws InputError with every problem.
WellsSettings read_settings(const std::string& file, const std::vector<std::string>& overrides);

}  // namespace phreatic::studies::wells
