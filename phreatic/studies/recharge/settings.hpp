// SPDX-License-Identifier: BSD-3-Clause
// The study file of a recharge study (docs/methods/recharge.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/learn/architectures/unet/params.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies::recharge {

struct ModelParams {
  std::string folder = "model";
  std::string name_file = "mfsim.nam";
  bool keep_arrays = false;      // flow::mf6::ReadRequest::keep_arrays
  core::OptionalDate first_day;  // of the simulation: dates in messages and in the report
  double closure_m = 1e-5;       // heads of a step are solved at least to this
};
void describe(core::Describer& d, ModelParams& p);

// Days from the simulation's start. Recharge goes in from `start` to `end`; storage is followed to `last`. None where all
// periods of the model are steady.
struct WindowParams {
  double start_day = -1;
  double end_day = -1;
  double last_day = -1;  // -1: the end of the simulation
  bool given() const { return start_day >= 0 || end_day >= 0; }
};
void describe(core::Describer& d, WindowParams& p);

// Daily weather, from which the representative year is chosen.
struct YearParams {
  std::string weather;             // CSV; empty: no year is chosen
  int first_month = 4;             // of the years that are compared
  double low = 0.25, high = 0.75;  // quantiles of the climatology
};
void describe(core::Describer& d, YearParams& p);

enum class ScenarioEngine { embedded, mf6 };
struct ScenarioParams {
  std::uint64_t seed = 1;
  ScenarioEngine engine = ScenarioEngine::embedded;
  std::string mf6;   // executable of MODFLOW 6; empty: the environment's MF6, then mf6
  std::string file;  // sites of the user's own; empty: designed
  int sites = 120;
  int per_run = 6;
  int most_runs = 0;     // 0: as many as the spacing needs
  bool shorten = false;  // leave out sites that do not fit into most_runs
  std::vector<double> rate_mm_per_day = {5, 25};
  std::vector<double> area_km2 = {0.1, 1};
  double edge_buffer_m = 2250;
  double spacing_factors = 6;  // leakage factors
  double spacing_m = 0;        // > 0: in place of them
  std::string mask;            // GeoTIFF on the model's grid: sites only where it is > 0
  bool steady = true;
  bool rises = false;  // on where surrogates.models has unet
};
void describe(core::Describer& d, ScenarioParams& p);

enum class Volume { aquifer, water };
struct TargetParams {
  Volume volume = Volume::aquifer;
  double huber = 1.345;
  double smallest_share = 0.01;  // points with S > this part of S0
  int fewest_points = 5;
  double exponential_r2 = 0.95;  // below: the tail is told to be no exponential
  bool two_phases = false;       // also two exponentials (scenarios/two_phases.hpp)
  double overlap = 0.02;         // above: told
  double edge_rise = 0.01;       // of the largest rise, above: told
};
void describe(core::Describer& d, TargetParams& p);

inline constexpr const char* kSoilYield = "soil";
struct FeatureParams {
  double merge_resistance_days = 200;
  std::vector<double> sigmas_m = {250, 500, 750, 1000, 1500};
  double collinear_r2 = 0.65;
  bool directions = false;                  // also the river density of the poorest and the richest side
  std::vector<std::string> specific_yield;  // surrogates/yield.hpp; empty: that of the model
  double soil_air_entry_m = 0.25;           // of specific_yield: [soil]
  double soil_pore_index = 0.35;
};
void describe(core::Describer& d, FeatureParams& p);

struct AdjointParams {
  bool use = true;
  int dates = 8;  // instants from the end of recharge on
  double tolerance = 1e-6;
};
void describe(core::Describer& d, AdjointParams& p);

struct TuningParams {
  int samples = 0;  // sets of parameters; 0: none is searched
  std::string mode = "racing";
  int folds = 10;
  int repeats = 1;
};
void describe(core::Describer& d, TuningParams& p);

// Of the surrogate that makes maps from maps.
struct UnetSettings {
  learn::UnetParams net;
  double patch_m = 3200;          // side of the squares around sites
  double cell_m = 0;              // of the network, a multiple of the model's; 0: the model's
  std::vector<std::string> maps;  // inputs beyond the six
  double sum_weight = 1;
  double ratio_weight = 1;
  bool augment = true;
  int members = 1;  // networks from as many random starts, whose storages are averaged
  int batch_size = 12;
  double learning_rate = 1e-3;
  double factor = 0.5;  // of the learning rate, after `plateau` epochs without gain
  int plateau = 4;
  int epochs = 120;
  int patience = 10;
  bool importance = true;
  learn::DeviceKind device = learn::DeviceKind::cpu;
};
void describe(core::Describer& d, UnetSettings& p);

struct SurrogateParams {
  std::uint64_t seed = 1;
  std::vector<std::string> models = {"rate-area", "adjoint", "log-linear", "gam", "trees"};
  double test_share = 0.3;
  int blocks = 6;
  double buffer_sigmas = 3;
  int folds = 5;  // of the choice of sigma
  TuningParams tuning;
  std::vector<int> curve;  // numbers of training sites of the learning curves; empty: none
  bool transfer = false;   // also trained on one half of the sites and used on the other
  bool has_unet() const;
};
void describe(core::Describer& d, SurrogateParams& p);

struct ScanParams {
  double area_km2 = 0.1;
  double rate_mm_per_day = 15;
  std::vector<double> days = {30, 90, 180};
  double least_applicability = 0.999;  // share of the inputs within the training range
  bool shap = true;                    // also maps of Shapley values
};
void describe(core::Describer& d, ScanParams& p);

struct PlanParams {
  int sites = 6;
  int rounds = 4;
  double water_budget_m3_per_day = 0;  // 0: no limit
  double least_depth_m = 0.5;          // of the water table under a site, without added recharge
  std::string exclude;                 // GeoTIFF on the model's grid: no site where it is > 0
  double weight_response = 0.5;
  double weight_left = 0.5;
  double weight_depth = 0;       // of the depth to water while recharge flows
  bool shap_weights = false;     // in place of the weights: decision/weights.hpp
  std::vector<double> pairwise;  // in place of the weights: response/left, response/depth, left/depth
  std::vector<double> owa;       // order weights, of the highest score first; empty: a weighted sum
  int weight_draws = 1000;
  int top = 50;  // cells listed
};
void describe(core::Describer& d, PlanParams& p);

struct RechargeSettings {
  std::string study = "recharge";
  std::string title = "Where recharged water stays";
  ModelParams model;
  WindowParams window;
  YearParams year;
  ScenarioParams scenarios;
  TargetParams targets;
  FeatureParams features;
  AdjointParams adjoint;
  SurrogateParams surrogates;
  UnetSettings unet;
  ScanParams scan;
  PlanParams plan;
  report::FigureParams figures;
  std::string folder;  // that relative paths start from; empty: that of the study file
};
void describe(core::Describer& d, RechargeSettings& p);

// What the page alone uses.
struct PageBlock {
  std::string title;
  report::FigureParams figures;
};
void describe(core::Describer& d, PageBlock& p);

// With paths made absolute. Throws InputError with every problem.
RechargeSettings read_settings(const StudyFile& study);

std::string day_text(const ModelParams& model, double day);  // "day 544" or "2013-02-25 (day 544)"

}  // namespace phreatic::studies::recharge
