// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/settings.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "phreatic/core/files/path_text.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/studies/downscaling/models/models.hpp"

namespace phreatic::studies::downscaling {
namespace {

void check_region(const RegionParams& r, const std::string& file, core::Problems& problems) {
  const auto add = [&](const std::string& what, const std::string& allowed) {
    problems.add({.file = file, .where = "region", .what = what, .allowed = allowed});
  };
  if (!(r.east > r.west) || !(r.north > r.south)) add("has no area", "west < east, south < north");
  if (r.south < -90 || r.north > 90) add("reaches beyond a pole", "latitudes from -90 to 90");
  if (r.west < -180 || r.east > 360 || r.east - r.west > 360)
    add("has longitudes out of range", "-180 to 180 or 0 to 360");
  const auto whole = [](double x) { return std::abs(x - std::round(x)) < 1e-6; };
  const double ratio = r.coarse / r.fine;
  if (!whole(ratio) || ratio < 1.5)
    add(fmt::format("coarse cells of {:g} and fine ones of {:g} degrees do not nest", r.coarse, r.fine),
        "a whole number of fine cells, at least 2, on a side of a coarse one");
  if (!whole((r.east - r.west) / r.coarse) || !whole((r.north - r.south) / r.coarse))
    add(fmt::format("is {:g} x {:g} degrees: coarse cells of {:g} would stick out of the fine grid",
                    r.east - r.west, r.north - r.south, r.coarse),
        "a whole number of coarse cells");
}

void check_names(const Settings& s, const std::string& file, core::Problems& problems) {
  std::set<std::string> names;
  const auto check = [&](const GridInput& input, const std::string& list) {
    if (!names.insert(input.name).second)
      problems.add({.file = file,
                    .where = list,
                    .what = "the name '" + input.name + "' stands twice",
                    .mend = "Give every input a name of its own"});
    if (input.files.empty())
      problems.add({.file = file, .where = list + " " + input.name, .what = "names no files"});
  };
  for (const auto& p : s.products) check(p, "products");
  for (const auto& p : s.storages) check(p, "storages");
  for (const auto& p : s.covariates) check(p, "covariates");
  for (const auto& p : s.truth) check(p, "truth");
  for (const auto& p : s.areas) check(p, "areas");
  std::set<std::vector<std::string>> files;
  for (const auto& p : s.products) {
    std::vector<std::string> key = p.files;
    key.push_back(p.variable);
    if (!files.insert(key).second)
      problems.add({.file = file,
                    .where = "products " + p.name,
                    .what = "is the same files and variable as another product",
                    .mend = "Three-cornered hats need products of their own; leave it out"});
  }
}

}  // namespace

void describe(core::Describer& d, SensorInput& p) {
  d.field("files", p.files, {.help = "Files of this sensor; a name may hold a *", .required = true});
  d.field("variable", p.variable, {.help = "Variable of files that hold several"});
  d.field("unit", p.unit, {.help = "Unit of the values; refused where a file says another one"});
  d.field("crs", p.crs, {.help = "Coordinate system of files that have none"});
  d.field("missing", p.missing, {.help = "Values that mean missing, beside the files' own"});
  d.field("weight", p.weight,
          {.help = "Of this sensor where others have the month too", .min = 1e-6, .max = 1e6});
}
void describe(core::Describer& d, GridInput& p) {
  d.field("name", p.name, {.help = "Name in tables and figures", .required = true});
  d.field("files", p.files,
          {.help = "Files of one variable, in any order; a name may hold a *", .required = true});
  d.field("variable", p.variable, {.help = "Variable of files that hold several"});
  d.field("unit", p.unit, {.help = "Unit of the values; refused where a file says another one"});
  d.field("crs", p.crs, {.help = "Coordinate system of files that have none"});
  d.field("missing", p.missing, {.help = "Values that mean missing, beside the files' own"});
  d.choice(
      "stamp", p.stamp, {{"inside", data::MonthStamp::inside}, {"end", data::MonthStamp::end}},
      {.help = "Where in its month a value is stamped: inside it, or at its end (the start of the next)"});
  d.field("weight", p.weight,
          {.help = "Of these files where further sensors have the month too", .min = 1e-6, .max = 1e6});
  d.list("sensors", p.sensors,
         "Further sensors of the same variable; the bias of each against the first, over the months in "
         "common, is taken "
         "off");
}
void describe(core::Describer& d, ProductInput& p) {
  describe(d, static_cast<GridInput&>(p));
  d.field("uncertainty_mm", p.uncertainty_mm,
          {.help = "Standard deviation of its errors; read only with fewer than three products",
           .unit = "mm",
           .min = 0});
}
void describe(core::Describer& d, StorageInput& p) {
  describe(d, static_cast<GridInput&>(p));
  d.field("uncertainty_mm", p.uncertainty_mm,
          {.help = "Standard deviation of its errors", .unit = "mm", .min = 0});
}
void describe(core::Describer& d, CovariateInput& p) {
  describe(d, static_cast<GridInput&>(p));
  d.field("sums", p.sums,
          {.help = "Also its sums over so many months", .unit = "months", .min = 2, .max = 120});
  d.field(
      "terrain", p.terrain,
      {.help =
           "Of a map of elevations also its slope and its topographic wetness index, made on its own cells",
       .choices = {"slope", "wetness"}});
  d.choice(
      "between", p.between,
      {{"missing", Between::missing}, {"hold", Between::hold}, {"interpolate", Between::interpolate}},
      {.help = "Months between those of the files, as of a yearly layer: without value, the value of the "
               "month before, or linear between the two"});
  d.field(
      "optional", p.optional,
      {.help =
           "What the covariate is worth is measured (extraction, irrigated area): all models are fitted and "
           "validated without it too"});
  d.field("classes", p.classes, {.help = "Values are classes: the share of each becomes a covariate"});
}

void describe(core::Describer& d, RegionParams& p) {
  d.field("west", p.west, {.help = "Western edge", .unit = "degrees", .required = true});
  d.field("south", p.south, {.help = "Southern edge", .unit = "degrees", .required = true});
  d.field("east", p.east, {.help = "Eastern edge", .unit = "degrees", .required = true});
  d.field("north", p.north, {.help = "Northern edge", .unit = "degrees", .required = true});
  d.field("coarse", p.coarse,
          {.help = "Cells on which models learn and storage is conserved", .unit = "degrees", .min = 1e-3});
  d.field("fine", p.fine, {.help = "Cells of the result", .unit = "degrees", .min = 1e-4});
  d.field("min_coverage", p.min_coverage,
          {.help = "Share of a cell that must have values", .min = 0, .max = 1});
}
void describe(core::Describer& d, PeriodParams& p) {
  d.field("start", p.start, {.help = "First month; default: the first that every product has"});
  d.field("end", p.end, {.help = "Last month; default: the last that every product has"});
}
void describe(core::Describer& d, StorageParams& p) {
  d.field("baseline_first", p.baseline_first, {.help = "First year of the common baseline of anomalies"});
  d.field("baseline_last", p.baseline_last, {.help = "Its last year"});
  d.choice(
      "gaps", p.gaps,
      {{"leave", GapPolicy::leave}, {"interpolate", GapPolicy::interpolate}, {"season", GapPolicy::season}},
      {.help = "Months that no product has: left, interpolated where short, or all filled (longer ones by "
               "trend and season)"});
  d.field("gap_months", p.gap_months,
          {.help = "Longest gap that is interpolated", .unit = "months", .min = 1, .max = 24});
  d.section("hat", p.hat, "Three-cornered hat of the products");
}
void describe(core::Describer& d, ModelParams& p) {
  d.field("methods", p.methods, {.help = "Models; the first that validates best makes the result"});
  d.field("combine", p.combine,
          {.help = "With several methods also all of them combined, with weights that are not negative, from "
                   "held-out "
                   "blocks and years"});
  d.choice(
      "scale", p.scale, {{"coarse", LearnScale::coarse}, {"footprint", LearnScale::footprint}},
      {.help =
           "Where models learn and storage is conserved: on coarse cells, or on footprints of mascon_deg, "
           "for products whose coarse cells are copies of one mascon"});
  d.field("anomalies", p.anomalies,
          {.help = "Covariates that change are taken as anomalies of each cell's own mean, as storage is"});
  d.field("season", p.season, {.help = "Sine and cosine of the month among the covariates"});
  d.field("mascon_deg", p.mascon_deg, {.help = "Footprint of the products", .unit = "degrees", .min = 0.1});
  d.field("block_deg", p.block_deg,
          {.help = "Side of the blocks of spatial validation", .unit = "degrees", .min = 0.1});
  d.field("folds", p.folds, {.help = "Parts of the validations by block and by year", .min = 2, .max = 50});
  d.field("tolerance_mm", p.tolerance_mm,
          {.help = "Largest closure error at the coarse cells before the last exact shift",
           .unit = "mm",
           .min = 1e-9});
  d.field("seed", p.seed, {.help = "Of folds, models and bootstraps"});
}
void describe(core::Describer& d, AnalysisParams& p) {
  d.choice("variance", p.variance,
           {{"independent", stats::TrendVariance::independent},
            {"hamed_rao", stats::TrendVariance::hamed_rao},
            {"yue_wang", stats::TrendVariance::yue_wang}},
           {.help = "Mann-Kendall's variance: of independent values, or corrected for autocorrelation"});
  d.field("false_discovery_rate", p.false_discovery_rate,
          {.help = "Of the maps of significant trends", .min = 0.001, .max = 0.5});
  d.field("level", p.level, {.help = "Of the intervals", .min = 0.5, .max = 0.999});
  d.field("seasonal", p.seasonal,
          {.help = "Span of STL's seasonal LOESS, odd", .unit = "years", .min = 7, .max = 99});
  d.field("robust", p.robust, {.help = "STL with robust weights"});
  d.field("bootstrap", p.bootstrap, {.help = "Draws of block bootstraps", .min = 100, .max = 100000});
  d.field("block_months", p.block_months,
          {.help = "Length of their blocks", .unit = "months", .min = 1, .max = 120});
}
void describe(core::Describer& d, ZonesInput& p) {
  d.field("file", p.file, {.help = "Vector file of polygons (river basins); empty: none"});
  d.field("id", p.id, {.help = "Field with their names; empty numbers them"});
  d.field("layer", p.layer, {.help = "Layer; empty: the first"});
}
void describe(core::Describer& d, WellsInput& p) {
  d.field("levels", p.levels, {.help = "Long table of levels; empty: no wells"});
  d.field("places", p.places, {.help = "Table of the wells' places and specific yields"});
  d.field("well", p.well, {.help = "Column of the wells' names, in both"});
  d.field("date", p.date, {.help = "Column of dates"});
  d.field("level", p.level, {.help = "Column of levels", .unit = "m"});
  d.field("longitude", p.longitude, {.help = "Column of longitudes"});
  d.field("latitude", p.latitude, {.help = "Column of latitudes"});
  d.field("specific_yield", p.specific_yield, {.help = "Column of specific yields"});
  d.field("depth", p.depth, {.help = "Levels are depths to water"});
  d.field("min_months", p.min_months, {.help = "Fewest months that a scored well has", .min = 12});
}
void describe(core::Describer& d, Settings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"downscaling"}});
  d.field("title", p.title, {.help = "Title of the report"});
  d.section("region", p.region, "Where, and on which cells");
  d.section("period", p.period, "When");
  d.list("products", p.products,
         "Products of terrestrial water storage (or of groundwater storage, without storages)");
  d.list("storages", p.storages, "What is taken off: soil moisture, snow, canopy, surface water");
  d.list("covariates", p.covariates, "What the fine pattern is learnt from");
  d.list("truth", p.truth, "A finer field to score against; used for nothing else");
  d.list("areas", p.areas,
         "Classes of fine cells (a layer of whole numbers) whose scores against the truth are told apart");
  d.field(
      "causes", p.causes,
      {.help = "Table (driver, share) of the true shares of variance by covariate, of a made region: ranks "
               "of importance are compared with them, and with further columns (other definitions); they are "
               "used for nothing else"});
  d.section("storage", p.storage, "Anomalies, gaps, errors");
  d.section("model", p.model, "Models and their validation");
  d.section("analysis", p.analysis, "Trends, seasons, drivers");
  d.section("zones", p.zones, "Polygons to rank");
  d.section("wells", p.wells, "Wells to compare with");
  d.section("figures", p.figures, "Figures as files");
}

Settings read_settings(const StudyFile& study) {
  Settings s;
  core::Problems problems;
  core::read_params(study.tree, s, problems);
  problems.throw_if_any();
  check_region(s.region, study.path, problems);
  check_names(s, study.path, problems);
  if (s.products.empty()) problems.add({.file = study.path, .where = "products", .what = "are none"});
  check_methods(s.model.methods, study.path, problems);
  if (s.covariates.empty()) problems.add({.file = study.path, .where = "covariates", .what = "are none"});
  if (s.truth.size() > 1)
    problems.add({.file = study.path, .where = "truth", .what = "is more than one field"});
  if (s.areas.size() > 1)
    problems.add({.file = study.path, .where = "areas", .what = "is more than one layer"});
  if (s.storage.baseline_last < s.storage.baseline_first)
    problems.add(
        {.file = study.path, .where = "storage.baseline_last", .what = "lies before baseline_first"});
  if (s.analysis.seasonal % 2 == 0)
    problems.add({.file = study.path,
                  .where = "analysis.seasonal",
                  .what = fmt::format("{} is even", s.analysis.seasonal),
                  .allowed = "odd numbers"});
  if (s.wells.levels.empty() != s.wells.places.empty())
    problems.add({.file = study.path, .where = "wells", .what = "levels and places go together"});
  problems.throw_if_any();
  const auto folder = std::filesystem::absolute(study.path).parent_path();
  const auto place = [&](std::string& file) {
    const std::string remote = data::virtual_file(file);
    if (!remote.empty())
      file = remote;
    else if (!file.empty())
      file = (folder / file).lexically_normal().string();
  };
  const auto place_all = [&](GridInput& input) {
    for (std::string& file : input.files) place(file);
    for (SensorInput& sensor : input.sensors) {
      for (std::string& file : sensor.files) place(file);
    }
  };
  for (auto& p : s.products) place_all(p);
  for (auto& p : s.storages) place_all(p);
  for (auto& p : s.covariates) place_all(p);
  for (auto& p : s.truth) place_all(p);
  for (auto& p : s.areas) place_all(p);
  for (std::string* file : {&s.zones.file, &s.wells.levels, &s.wells.places, &s.causes}) place(*file);
  return s;
}

void require_tables(const Settings& s) {
  core::Problems problems;
  for (const std::string& file : {s.zones.file, s.wells.levels, s.wells.places, s.causes}) {
    if (file.empty() || std::filesystem::exists(file)) continue;
    problems.add({.file = file, .what = "there is no such file", .mend = core::check_path(file)});
  }
  problems.throw_if_any();
}

std::vector<std::filesystem::path> input_files(const Settings& s) {
  std::vector<std::filesystem::path> out;
  const auto add_file = [&](const std::string& file) {
    if (!data::virtual_file(file).empty()) return;
    for (const auto& path : data::list_files(file)) {
      if (!std::filesystem::is_directory(path)) {
        out.push_back(path);
        continue;
      }
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {  // a Zarr store
        if (entry.is_regular_file()) out.push_back(entry.path());
      }
    }
  };
  const auto add = [&](const GridInput& input) {
    for (const std::string& file : input.files) add_file(file);
    for (const SensorInput& sensor : input.sensors) {
      for (const std::string& file : sensor.files) add_file(file);
    }
  };
  for (const auto& p : s.products) add(p);
  for (const auto& p : s.storages) add(p);
  for (const auto& p : s.covariates) add(p);
  for (const auto& p : s.truth) add(p);
  for (const auto& p : s.areas) add(p);
  if (!s.causes.empty()) out.emplace_back(s.causes);
  return out;
}

}  // namespace phreatic::studies::downscaling
