// SPDX-License-Identifier: BSD-3-Clause
// Settings of the modelling of series, in blocks: a function takes those that it uses. Free of libtorch.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"
#include "phreatic/explain/periods.hpp"
#include "phreatic/explain/types.hpp"
#include "phreatic/learn/settings.hpp"
#include "phreatic/stats/bands/conformal.hpp"

namespace phreatic::hydrographs {

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
enum class ForecastTarget { damped_anomaly, change, level };

struct ForecastParams {
  HorizonDrivers drivers = HorizonDrivers::known;  // hidden: drivers end at the issue date, as levels do
  bool past_levels = true;  // the level known last, at every step up to the issue date, is an input
  // What the network learns: the error of the damped anomaly, the change since the level known last (both with
  // past levels only), or the level itself.
  ForecastTarget target = ForecastTarget::damped_anomaly;
};
void describe(core::Describer& d, ForecastParams& p);

// How one of several targets is learnt; what it is and where it is read from stands in data.targets.
enum class TargetLoss { study, nse, one_minus_r2, mse, mae, huber, quantile };

struct TargetTask {
  std::string name;                     // of data.targets
  TargetLoss loss = TargetLoss::study;  // study: TaskParams::learn.loss
  double weight = 1;                    // factor of its loss in the sum over targets
  int interval = 1;                     // steps that one observation is the mean of
  core::OptionalDate interval_begins;   // a day on which an interval begins; nothing: the first observation
};
void describe(core::Describer& d, TargetTask& p);

// What is learnt, from what, and how.
struct TaskParams {
  std::vector<TargetTask> targets;  // those that are learnt otherwise than by default
  ValidationParams validation;
  Scope scope = Scope::global;
  AttributeUse attributes = AttributeUse::real;
  learn::LearnParams learn;
  ForecastParams forecast;
  bool observed_targets = false;  // a driver may hold a target's own observations; the headline says so

  bool forecasts() const { return learn.window.mode == learn::WindowMode::forecast; }
  bool anchored() const {
    return forecasts() && forecast.past_levels && forecast.target == ForecastTarget::change;
  }
  bool anchored_by_lead() const {
    return forecasts() && forecast.past_levels && forecast.target == ForecastTarget::damped_anomaly;
  }
};
void describe(core::Describer& d, TaskParams& p);

// How the target of this name is learnt: as the study says, else by default.
TargetTask task_of(const std::vector<TargetTask>& targets, const std::string& name);

// Names that `baselines` may hold. "damped_anomaly" is made in forecasts only.
const std::vector<std::string>& baseline_names();

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

// Winters whose steps references may end in: all, or the mild half of the well's own (explain/periods.hpp).
enum class ReferenceWinters { all, mild };

struct ExplainParams {
  bool enabled = true;
  std::string period = "test";  // test | calibration | all
  int stride = 7;               // steps between explained dates
  int reference_windows = 128;  // per entity, spread over its calibration period
  ReferenceWinters reference_winters = ReferenceWinters::all;
  int reference_alike =
      0;  // references of a date that are kept: those whose drivers other than temperature are most alike; 0: all
  bool keep_cube = true;  // write every lag x driver attribution to explain/attributions.nc
  int compare_dates =
      0;              // of each well, on which other methods are asked too (method_agreement.hpp); 0: none
  bool types = true;  // group wells into types of dynamics
  bool truth = true;  // virtual wells: compare with the true contributions
  explain::ExpectedGradientsParams expected_gradients;
  explain::FrostParams frost;
  explain::TypesParams type_rules;
};
void describe(core::Describer& d, ExplainParams& p);

// Evaluation from rolling origins (rolling.hpp). Lengths in steps of the study.
enum class OriginTraining { expanding, sliding };

struct RollingParams {
  int origins = 0;  // 0: none
  int test = 365;   // steps that are scored after each origin
  int step = 0;     // from one origin to the next; 0: as many as are scored
  OriginTraining training = OriginTraining::expanding;
  int training_length = 0;  // steps before the origin that a sliding window holds
  double validation = 0.2;  // share of them, at the end, that stops training and calibrates bands
  core::OptionalDate last;  // last day that is scored; nothing: of the last observation
};
void describe(core::Describer& d, RollingParams& p);

// What does not fit together in these blocks, which stand in `file`.
void check_blocks(const TaskParams& task, const UncertaintyParams& uncertainty, const std::string& file,
                  core::Problems& problems);

}  // namespace phreatic::hydrographs
