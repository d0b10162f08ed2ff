// SPDX-License-Identifier: BSD-3-Clause
// Shared between the sources of load(); not for others.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/data/io/csv.hpp"
#include "phreatic/data/sources.hpp"

namespace phreatic::data::loading {

// From the unit of a file to that of the panel.
struct UnitRule {
  AggregateRule aggregate;
  std::string unit;  // in the panel
};
// Problem: unknown unit, or one that does not fit. `dimension` is what is needed ("m"), or "" for any.
std::optional<UnitRule> unit_rule(const std::string& unit, AggregateChoice choice,
                                  const std::string& dimension, const core::Step& step,
                                  const std::string& where, core::Problems& problems);

// As declared; else as the name tells.
Role role_of(const DriverColumnParams& column);
Role role_of(const TargetParams& target);

// What becomes of columns of a file.
struct Use {
  std::size_t variable = 0;          // of the panel
  std::vector<std::size_t> numbers;  // columns of the request; several: their mean
  std::string unit;                  // of the file, as declared
  AggregateRule rule;
  const TargetParams* target = nullptr;  // of a target
  std::size_t reference = 0;             // its column of the request, if target->reference_column
};

// One file to be read once, whatever is taken from it.
struct Job {
  std::string key;  // equal keys: the same reading of the same file
  std::filesystem::path path;
  std::string well;  // "" = of a long table or shared
  const FileParams* source = nullptr;
  std::string where;  // of messages
  io::CsvRequest request;
  std::vector<Use> uses;
};

struct LoadedSeries {
  std::size_t variable = 0;
  std::string well;  // "" = shared by source->wells, or by all
  const FileParams* source = nullptr;
  bool is_target = false;
  TargetRecord record;
  StepSeries steps;
};

// A problem and the well that it is about; "" = of the whole study.
struct WellProblem {
  std::string well;
  core::Problem problem;
};

struct JobResult {
  std::vector<std::string> warnings;   // what was detected and changes values
  std::vector<std::size_t> variables;  // that it should give
  std::vector<LoadedSeries> series;
  FileRecord file;
  std::vector<std::string> said;
  std::vector<WellProblem> problems;
};

// Variables in the order of the panel: targets, drivers.
struct Variables {
  std::vector<Variable> list;
  std::size_t targets = 0;                                // the first ones
  std::vector<const DriverColumnParams*> driver_columns;  // of list[targets + i]
};

// Jobs for all sources, each file once, in order of first mention.
std::vector<Job> make_jobs(const DataParams& params, const std::filesystem::path& base,
                           const std::vector<std::string>& wells, const core::Step& step,
                           Variables& variables, core::Problems& problems);

bool is_netcdf(const std::string& path);

// Reads a file and puts every series on the grid. `sorted_wells` are those wanted of a long table; empty =
// all.
JobResult run_job(const Job& job, const std::vector<std::string>& sorted_wells, const StepGrid& grid);

// A file as rows of times and numbers: CSV or NetCDF.
io::CsvTable read_table(const Job& job, core::Problems& problems);

// One result per gridded driver; its variable is appended to `variables`, its files to `records`.
std::vector<JobResult> load_grids(const DataParams& params, const std::filesystem::path& base,
                                  const std::vector<std::string>& wells, const StepGrid& grid,
                                  Variables& variables, std::vector<FileRecord>& records,
                                  core::Problems& problems);

// What the panel is made of, besides results: one per job, then those of grids.
struct PanelInput {
  const DataParams& params;
  const std::filesystem::path& base;
  const StepGrid& grid;
  const std::vector<std::string>& wells;
  const Variables& variables;
  const std::vector<Job>& jobs;
};
void build_panel(const PanelInput& input, std::vector<JobResult> results, LoadedData& data,
                 core::Problems& problems);

// Attributes and places into data.panel; files and messages into data.
void load_attributes(const DataParams& params, const std::filesystem::path& base, LoadedData& data,
                     core::Problems& problems);
void load_places(const PlacesParams& params, const std::filesystem::path& base, LoadedData& data,
                 core::Problems& problems);

// What is still missing after wells were left out: means over wells for numbers, no class for classes; said.
void fill_attributes(LoadedData& data);

// Whether a well has a source for a variable, and whether that could be read.
enum class SourceState : unsigned char { none, read, failed };
struct SeriesSource {
  SourceState state = SourceState::none;
  std::string file;  // as the user wrote it
};

// Constant or empty targets, drivers that are missing, all NaN or end before the test period. `sources` is
// [entity][variable]; what failed to be read has been reported already.
void check_targets(const LoadedData& data, const std::vector<SeriesSource>& sources,
                   std::vector<WellProblem>& problems);
void check_drivers(LoadedData& data, std::size_t drivers, bool partial,
                   const std::vector<SeriesSource>& sources, std::vector<WellProblem>& problems);

}  // namespace phreatic::data::loading
