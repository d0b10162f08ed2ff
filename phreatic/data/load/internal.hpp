// SPDX-License-Identifier: BSD-3-Clause
// Shared between the sources of load(); not for others.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/sources.hpp"

namespace phreatic::data::loading {

// From the unit of a file to that of the panel.
struct UnitRule {
  AggregateRule aggregate;
  std::string unit;  // in the panel
};
// Problem: unknown unit, or one that does not fit. `dimension` is what is needed ("m"), or "" for any. Rain and
// evaporation demand in any length are amounts of water: summed over a step.
std::optional<UnitRule> unit_rule(const std::string& unit, AggregateChoice choice,
                                  const std::string& dimension, Role role, const core::Step& step,
                                  const std::string& where, core::Problems& problems);

// As declared; else as the name tells.
Role role_of(const DriverColumnParams& column);
Role role_of(const TargetParams& target);

// Whether a column's name tells a depth below the ground or a measuring point: "depth_to_water", "Flurabstand".
bool names_a_depth(const std::string& column);

// The unit that a column's name tells, "Stand [cm NAP]", "tp (m)": the text of the unit; "" = none.
std::string unit_in_name(const std::string& column);

// The unit that a column's name has without brackets: at its end ("level_cm", "rain_in"), behind "in" or "en" ("Stand
// in cm"), in braces, or as a word of its own behind the first ("depth_ft_bgs"). The letter m counts in the middle only
// before a datum ("stand_m_NAP"); no word counts that is more often something else. A hint, no declaration.
struct NameHint {
  std::string unit = {};  // "" = none
  std::string how = {};   // "ends in"
  bool sure = false;      // also where a single letter tells another kind of quantity than the study
};
NameHint unit_hinted_in_name(const std::string& column);

// Do the unit that a file tells and the declared one contradict each other? Amounts (mm) and rates (mm/d) agree
// where the file's own step is that of the rate.
bool units_contradict(const std::string& told, const std::string& declared, core::Seconds native);

// How long a rate holds is the distance of its times; where these are irregular, as in a file of wet days, it is not told,
// and a sum over longer steps would count days twice. `told`: seldom, each value is taken for the native step.
struct IrregularRate {
  std::string told;
  core::Problem problem;  // where it is more than seldom
};
std::optional<IrregularRate> irregular_rate(const std::string& name, const std::string& unit,
                                            const std::vector<core::Seconds>& times, core::Seconds native,
                                            const StepGrid& grid);

// How the file of a source is written.
io::CsvDialect dialect_of(const FileParams& source);
// Numbers and texts that mean "missing" into a dialect.
void set_missing(const std::vector<std::string>& missing, io::CsvDialect& dialect);

// What becomes of columns of a file.
struct Use {
  std::size_t variable = 0;          // of the panel
  std::vector<std::size_t> numbers;  // columns of the request; several: their mean
  std::string unit;                  // of the file, as declared
  std::string well = {};             // of a table with one column per well
  std::string name = {};             // of the variable
  Role role = Role::other;
  const DriverColumnParams* column = nullptr;  // of a driver
  AggregateRule rule;
  const TargetParams* target = nullptr;  // of a target
  std::size_t reference = 0;             // its column of the request, if target->reference_column
};

// One file to be read once, whatever is taken from it.
struct Job {
  std::string key;                           // equal keys: the same reading of the same file
  std::vector<std::filesystem::path> paths;  // joined in time
  std::string well;                          // "" = of a long table or shared
  const FileParams* source = nullptr;
  std::string where;  // of messages
  io::CsvRequest request;
  std::vector<Use> uses;
};

// Steps of the axis that have values of the file, but fewer than min_coverage asks for.
struct IncompleteSteps {
  std::size_t count = 0;
  std::size_t with_values = 0;  // steps with any value
  std::size_t most = 0;         // values in the fullest incomplete step
  double expected = 0;          // values that a step holds by the file's own step; of months the longest
  core::Seconds native = 0;     // the file's own step
  double min_coverage = 0;
};

struct LoadedSeries {
  std::size_t variable = 0;
  std::string well;  // "" = shared by source->wells, or by all
  const FileParams* source = nullptr;
  const DriverColumnParams* column = nullptr;  // of a driver: its gap policy
  bool is_target = false;
  TargetRecord record;
  SeriesSummary summary;
  StepSeries steps;
  IncompleteSteps incomplete;  // of a driver
};

// A problem and the well that it is about; "" = of the whole study.
struct WellProblem {
  std::string well;
  core::Problem problem;
};

// Something that may be meant otherwise; told as a warning, once for all wells with the same.
struct Doubt {
  std::string well;  // "" = of a file
  std::string text;
};

struct JobResult {
  std::vector<std::string> warnings;   // what was detected and changes values
  std::vector<std::size_t> variables;  // that it should give
  std::vector<LoadedSeries> series;
  std::string path;  // of its file, or of the first of several
  std::vector<FileRecord> files;
  std::vector<std::string> said;
  std::vector<Doubt> doubts;
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
io::CsvTable read_table(const Job& job, const std::filesystem::path& path, core::Problems& problems);

// Looks at the numbers of a record as they stand in the file: a code for "missing" that was not declared (a
// problem), values that no such variable has in nature (doubts). `native` is the file's own step; `summary`
// is that of the record.
struct RecordView {
  const std::string& well;
  const std::string& file;
  const Use& use;
  const std::vector<core::Seconds>& times;
  const std::vector<double>& values;
  core::Seconds native = 0;
};
void look_at(const RecordView& record, const SeriesSummary& summary, JobResult& result);
// What the numbers of a series are, NaN left out; of none: infinity, -infinity and NaN.
struct Numbers {
  std::size_t count = 0;
  double min = 0;
  double max = 0;
  double mean = 0;
};
Numbers numbers_of(const std::vector<double>& values);
// Count, first, last, least, mean and largest of the file's numbers.
SeriesSummary summary_of(const RecordView& record);

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

// What is still missing after wells were left out: means over wells for numbers, no class for classes; warned
// of. Problem: missing for every well.
void fill_attributes(LoadedData& data, core::Problems& problems);
// Whether a well has a source for a variable, and whether that could be read.
enum class SourceState : unsigned char { none, read, failed };
struct SeriesSource {
  SourceState state = SourceState::none;
  std::string file;                            // as the user wrote it
  const DriverColumnParams* column = nullptr;  // of a driver: its settings in the source that gave it
  IncompleteSteps incomplete;
};

// Constant or empty targets, drivers that are missing, all NaN or end before the test period. `sources` is
// [entity][variable]; what failed to be read has been reported already.
void check_targets(const LoadedData& data, const std::vector<SeriesSource>& sources,
                   std::vector<WellProblem>& problems);
// "each of the 14 steps lacks values: ..."; "" = none is incomplete.
std::string incomplete_text(const IncompleteSteps& steps);
void check_drivers(LoadedData& data, std::size_t drivers, bool partial,
                   const std::vector<SeriesSource>& sources, std::vector<WellProblem>& problems);

// Fills the gaps of drivers by the policy of the source that gave them; a gap without one is a problem. A climatology
// sees the training periods alone. Policy `flag` appends an input of 0 and 1. `sources` is [entity][variable].
void fill_driver_gaps(const Variables& variables, const std::vector<SeriesSource>& sources, LoadedData& data,
                      std::vector<WellProblem>& problems);

// Appends variables full of NaN to the panel, as inputs.
void add_inputs(const std::vector<Variable>& more, LoadedData& data);
// Appends the inputs that are computed from others. Problems: no value, or an unknown latitude.
void add_derived(const DataParams& params, LoadedData& data, core::Problems& problems);

}  // namespace phreatic::data::loading
