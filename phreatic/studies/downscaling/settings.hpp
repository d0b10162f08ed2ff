// SPDX-License-Identifier: BSD-3-Clause
// The study file of a downscaling study (docs/guide/downscaling.md). Every described field is a key of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/series/monthly.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/fusion/three_cornered_hat.hpp"
#include "phreatic/stats/series/trend.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies::downscaling {

// A further sensor of a variable: merged with the first by weights, its bias over the months in common taken off.
struct SensorInput {
  std::vector<std::string> files;
  std::string variable, unit, crs;
  std::vector<double> missing;
  double weight = 1;
};

// Files of one variable; a name may hold a * in its last part.
struct GridInput {
  std::string name;
  std::vector<std::string> files;
  std::string variable;
  std::string unit;
  std::string crs;
  std::vector<double> missing;
  data::MonthStamp stamp = data::MonthStamp::inside;
  double weight = 1;  // beside further sensors
  std::vector<SensorInput> sensors;
};

struct ProductInput : GridInput {
  std::optional<double> uncertainty_mm;  // where fewer than three products let none be estimated
};
struct StorageInput : GridInput {
  double uncertainty_mm = 0;
};
// What months between those of a covariate's files get: nothing, the value of the last month before (a yearly layer), or a
// value between the last and the next.
enum class Between { missing, hold, interpolate };
struct CovariateInput : GridInput {
  std::vector<std::string> terrain;  // of a map of elevations: slope, wetness
  Between between = Between::missing;
  std::vector<int> sums;  // further covariates: sums over so many months up to the month itself
  bool optional = false;  // what it is worth is measured: everything is done without it too
  bool classes = false;   // classes (land cover): the share of each becomes a covariate
};

struct RegionParams {
  double west = 0, south = 0, east = 0, north = 0;
  double coarse = 0.5, fine = 0.1;  // degrees
  double min_coverage = 0.5;
};
void describe(core::Describer& d, RegionParams& p);

struct PeriodParams {
  core::OptionalDate start, end;  // months; default: those of the products
};
void describe(core::Describer& d, PeriodParams& p);

enum class GapPolicy { leave, interpolate, season };
struct StorageParams {
  int baseline_first = 2004, baseline_last = 2009;  // years
  GapPolicy gaps = GapPolicy::interpolate;
  int gap_months = 3;  // longest gap that is interpolated
  stats::HatParams hat;
};
void describe(core::Describer& d, StorageParams& p);

// Where models learn and storage is conserved: on the coarse cells, or on the products' footprints, which hold many.
enum class LearnScale { coarse, footprint };
struct ModelParams {
  std::vector<std::string> methods = {"ols"};
  bool combine = true;  // the models combined too, with weights that are not negative
  LearnScale scale = LearnScale::coarse;
  bool anomalies = false;  // covariates that change as anomalies of each cell's own mean, as storage is
  bool season = true;      // sine and cosine of the month among the covariates
  double mascon_deg = 3;   // footprint of the products
  double block_deg = 3;    // of spatial validation
  int folds = 4;
  double tolerance_mm = 1e-4;
  std::uint64_t seed = 0;
};
void describe(core::Describer& d, ModelParams& p);

struct AnalysisParams {
  stats::TrendVariance variance = stats::TrendVariance::hamed_rao;
  double false_discovery_rate = 0.05;
  double level = 0.95;  // of the slopes' intervals
  int seasonal = 13;    // span of STL
  bool robust = false;
  int bootstrap = 500;
  int block_months = 12;
};
void describe(core::Describer& d, AnalysisParams& p);

struct ZonesInput {
  std::string file;
  std::string id;
  std::string layer;
};
void describe(core::Describer& d, ZonesInput& p);

struct WellsInput {
  std::string levels;  // long table: well, date, level
  std::string places;  // well, longitude, latitude, specific yield
  std::string well = "well", date = "date", level = "level_m";
  std::string longitude = "longitude", latitude = "latitude", specific_yield = "specific_yield";
  bool depth = false;  // depth to water: turned over
  int min_months = 24;
};
void describe(core::Describer& d, WellsInput& p);

struct Settings {
  std::string study = "downscaling";
  std::string title = "Groundwater storage, downscaled";
  RegionParams region;
  PeriodParams period;
  std::vector<ProductInput> products;
  std::vector<StorageInput> storages;
  std::vector<CovariateInput> covariates;
  std::vector<GridInput> truth;  // at most one: a finer field to score against, used for nothing else
  std::vector<GridInput>
      areas;  // at most one: classes of fine cells whose scores are told apart; used for nothing else
  std::string causes;  // table of the true shares of variance; used for nothing but a comparison
  StorageParams storage;
  ModelParams model;
  AnalysisParams analysis;
  ZonesInput zones;
  WellsInput wells;
  report::FigureParams figures;
};
void describe(core::Describer& d, SensorInput& p);
void describe(core::Describer& d, GridInput& p);
void describe(core::Describer& d, ProductInput& p);
void describe(core::Describer& d, StorageInput& p);
void describe(core::Describer& d, CovariateInput& p);
void describe(core::Describer& d, Settings& p);

// Reads and checks a study file; paths become absolute. Throws InputError.
Settings read_settings(const StudyFile& study);
// Zones and wells are read late: that their files are there is looked at first. Throws InputError.
void require_tables(const Settings& s);

// All files that the settings name, patterns resolved; without those of object stores, which are not watched for changes.
std::vector<std::filesystem::path> input_files(const Settings& settings);

}  // namespace phreatic::studies::downscaling
