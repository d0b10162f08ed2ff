// SPDX-License-Identifier: BSD-3-Clause
// The `data:` block of a study file: where levels, drivers, attributes and places come from, and load(),
// which makes the panel of it. Method and every setting: docs/methods/data.md and docs/guide/input.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/data/panel.hpp"
#include "phreatic/data/series/series.hpp"
#include "phreatic/data/split.hpp"

namespace phreatic::data {

// A part of a record that is left out.
struct ExcludeParams {
  std::vector<std::string> wells;  // empty = all of the source
  core::OptionalDate first;        // nothing = from its beginning
  core::OptionalDate last;         // this day included; nothing = to its end
};
void describe(core::Describer& d, ExcludeParams& p);

// How files of a source are found and written.
struct FileParams {
  // Paths; {id} stands for the well, * for any text in the last part; several are joined in time;
  // .nc = NetCDF, anything else CSV.
  std::vector<std::string> files;
  std::vector<std::string> wells;  // only for these wells
  // Time column or coordinate; several: date and clock, or year, month, day ...; empty = found by its
  // name, else the first column.
  std::vector<std::string> time;
  std::string id_column;  // of a long table (or NetCDF): the column that names the well
  std::string separator = "auto";
  std::string decimal = "auto";
  std::string thousands = "none";
  std::string date_order = "auto";
  std::string time_zone;       // offset that times with an offset are converted to; "" = as written
  int two_digit_years = 1970;  // years of two digits: this one and the 99 after it
  std::string encoding = "auto";
  int header_line = 0;               // line of the column names; 0 = searched
  int skip_lines = 0;                // lines above the one with the column names
  std::vector<std::string> missing;  // numbers and texts that mean "missing"
  std::string qualifiers = "refuse";
  core::TextMap rows;  // only rows with these texts in these columns
  std::vector<ExcludeParams> exclude;
  Duplicates duplicates = Duplicates::same;
};
void describe(core::Describer& d, FileParams& p);

enum class Quantity { level, depth, other };
enum class AggregateChoice { automatic, mean, sum };

// Something to be predicted: groundwater levels, or another series such as discharge.
struct TargetParams {
  FileParams source;
  std::string name = "level";
  std::string column;  // "" = the only one
  Quantity quantity = Quantity::level;
  std::string unit = "m";
  std::optional<double> reference_level_m;      // of the measuring point, for depths
  std::optional<std::string> reference_column;  // the same from a column, in `unit`
  AggregateChoice aggregate = AggregateChoice::automatic;
  double factor = 1;          // numbers of the file are multiplied by it
  std::string role = "auto";  // auto: level for levels and depths, else by the name
};
void describe(core::Describer& d, TargetParams& p);

enum class GapPolicy { refuse, linear, climatology, flag, keep, zero, hold };

struct DriverColumnParams {
  std::vector<std::string> column;  // several: their mean
  std::string name;
  std::string unit;
  double factor = 1;          // numbers of the file are multiplied by it
  std::string role = "auto";  // auto: by the name (role.hpp)
  AggregateChoice aggregate = AggregateChoice::automatic;
  GapPolicy gaps = GapPolicy::refuse;
  int gap_steps = 3;  // longest gap that `linear` fills
};
void describe(core::Describer& d, DriverColumnParams& p);

// Inputs of the models. Without {id} and id_column the file is shared by all its wells.
struct DriverParams {
  FileParams source;
  std::vector<DriverColumnParams> columns;
  double min_coverage = 1;  // share of the file's time steps that a step of the axis needs
};
void describe(core::Describer& d, DriverParams& p);

// A driver from gridded files. files: a path, or with * in its last part a stack of files.
struct GridDriverParams {
  std::string files;
  GridExtraction how;
  DriverColumnParams values;  // without column
  double min_coverage = 1;
};
void describe(core::Describer& d, GridDriverParams& p);

enum class DerivedKind { lag, rolling_sum, rolling_mean, slow_mean, calendar, evaporation };
enum class EvaporationMethod { oudin, hargreaves, makkink, penman };

// Inputs computed from others.
struct DerivedParams {
  DerivedKind kind = DerivedKind::lag;
  std::vector<std::string> from;
  std::vector<int> steps;
  EvaporationMethod method = EvaporationMethod::oudin;  // of evaporation
  std::string name = "pet";                             // of evaporation: the new variable
};
void describe(core::Describer& d, DerivedParams& p);

struct AttributeParams {
  std::string file;
  std::string id_column;                // "" = the first
  std::vector<std::string> columns;     // empty = all
  std::vector<std::string> categories;  // number columns that are codes of classes
  std::vector<std::string> missing;     // numbers and texts that mean "missing"
  std::string separator = "auto";
  std::string decimal = "auto";
};
void describe(core::Describer& d, AttributeParams& p);

struct PlacesParams {
  std::string file;  // "" = places are not known
  std::string id_column;
  std::string longitude;
  std::string latitude;
  std::string crs;  // "" = degrees of longitude and latitude (WGS 84); else of projected coordinates
  std::string elevation;
  std::string elevation_unit = "m";
  std::string separator = "auto";
  std::string decimal = "auto";
};
void describe(core::Describer& d, PlacesParams& p);

// Wells that do not meet these are left out, with the reason.
struct RequireParams {
  core::OptionalDate first_before;  // first observation at or before this day
  core::OptionalDate last_after;    // last observation at or after this day
  bool complete_attributes = false;
  int min_observations = 1;
};
void describe(core::Describer& d, RequireParams& p);

struct DataParams {
  std::string step = "daily";
  core::OptionalDate start;
  core::OptionalDate end;
  std::vector<std::string> wells;
  std::string wells_file;
  std::vector<std::string> exclude;
  std::vector<TargetParams> targets;
  std::vector<DriverParams> drivers;
  std::vector<GridDriverParams> grids;
  std::vector<DerivedParams> derived;
  std::vector<AttributeParams> attributes;
  PlacesParams places;
  RequireParams require;
  bool leave_out_bad_wells = false;
  bool partial_drivers =
      false;  // a well may lack drivers that no source names for it; not a setting of the file
  // For the use of a trained model: no target is needed, the wells are those of the drivers, nothing is split.
  // Not a setting of the file.
  bool for_use = false;
  SplitParams split;
};
void describe(core::Describer& d, DataParams& p);

// ---- what load() returns
// ------------------------------------------------------------------------------------

struct FileRecord {
  std::string path;
  std::string hash;  // XXH3-128
  std::uint64_t bytes = 0;
  std::size_t rows = 0;
};

// Gaps of a driver between its first and last value, on the axis.
struct GapRecord {
  std::string entity;  // "" = a driver shared by all
  std::string variable;
  std::string policy;
  std::size_t steps = 0;   // missing steps
  std::size_t filled = 0;  // of them filled
  std::size_t longest = 0;
  core::Seconds first = 0;
};

// One observed series of a target.
struct TargetRecord {
  std::string entity;
  std::string variable;
  Quantity quantity = Quantity::level;  // as given by the file; the panel holds levels
  std::string unit;                     // as given by the file
  std::optional<double> reference_level_m;
  std::size_t observations = 0;  // rows with a value
  std::size_t steps = 0;         // steps of the axis with a value
  core::Seconds first = 0;
  core::Seconds last = 0;
};

// What a record holds, in the unit of its file and in that of the study.
struct SeriesSummary {
  std::string entity;  // "" = shared by wells
  std::string variable;
  std::string file;
  std::string unit;       // of the file, as declared
  std::size_t count = 0;  // rows with a value
  core::Seconds first = 0;
  core::Seconds last = 0;
  double min = 0;
  double mean = 0;
  double max = 0;
  std::string study_unit;  // of a step of the axis
  double study_min = 0;
  double study_mean = 0;
  double study_max = 0;
};

struct LeftOut {
  std::string entity;
  std::string reason;
};

struct LoadedData {
  Panel panel;
  std::vector<std::size_t> targets;  // variables of the panel that are predicted
  std::vector<std::size_t> inputs;   // variables that models may take: drivers, flag channels, derived
  Split split;                       // by date and held-out wells
  std::vector<FileRecord> files;
  std::vector<std::string> said;  // what was detected, sorted, merged or filled; one sentence each
  std::vector<std::string> warnings;
  std::vector<GapRecord> gaps;
  std::vector<TargetRecord> records;
  std::vector<SeriesSummary> summaries;  // one per series of a file, in the order of sources
  std::vector<LeftOut> left_out;
};

// Replaces ${PHREATIC_SHARED_DATA} by the environment variable or, when that is not set, by ../shared/data
// beside the working directory; relative paths start at `base`. Throws InputError for any other ${...}.
std::filesystem::path expand_path(const std::string& text, const std::filesystem::path& base);

// Wells for which a file matching the pattern exists, sorted: {id} may stand in any part of the path, in
// several parts the same; * behind it stands for any text. What matches but is no file (a folder, a link to
// nothing) is a well too: reading it says what is wrong. Throws InputError when the folder is missing or
// cannot be read.
std::vector<std::string> find_wells(const std::string& pattern, const std::filesystem::path& base);

// The path of one well.
std::filesystem::path well_path(const std::string& pattern, const std::string& well,
                                const std::filesystem::path& base);

// A path as the disk spells its letters and marks (core/unicode.hpp): all files whose names look the same, sorted; the
// path itself where none is there.
std::vector<std::filesystem::path> spelt_as(const std::filesystem::path& path);

// All files of a source for one well ("" where {id} does not occur), in order. Throws InputError when a pattern
// matches nothing.
std::vector<std::filesystem::path> source_paths(const FileParams& source, const std::string& well,
                                                const std::filesystem::path& base);
bool has_id(const FileParams& source);  // does {id} stand in a path?

// Reads everything. Adds every problem to `problems`; what is returned then holds what could be read, so that
// `check` can go on, and must not be used to train. With params.leave_out_bad_wells the wells concerned are
// left out instead. Same files and settings: same result, whatever the number of threads.
LoadedData load(const DataParams& params, const std::filesystem::path& base, core::Problems& problems,
                core::Context context);

// The provenance as JSON text: files with hashes, what was said, gaps, records, wells left out.
std::string provenance_json(const LoadedData& data);

}  // namespace phreatic::data
