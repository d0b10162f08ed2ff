// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/io/cf_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/unicode.hpp"
#include "phreatic/data/io/cf_time.hpp"
#include "phreatic/data/io/file_hash.hpp"

namespace phreatic::data::io {
namespace {

[[noreturn]] void refuse(const NcReader& reader, const std::string& variable, const std::string& what,
                         const std::string& allowed = "") {
  throw core::InputError(core::Problem{
      .file = reader.file(), .where = "variable '" + variable + "'", .what = what, .allowed = allowed});
}

}  // namespace

std::vector<core::Seconds> read_times(const NcReader& reader, const std::string& variable) {
  const CfTime time = parse_cf_time(reader.text_attribute(variable, "units").value_or(""),
                                    reader.text_attribute(variable, "calendar").value_or(""), reader.file(),
                                    "variable '" + variable + "'");
  std::vector<core::Seconds> times;
  for (const double value : reader.values(variable)) {
    if (!std::isfinite(value) || std::abs(value) > 1e12) refuse(reader, variable, "a time is missing");
    times.push_back(time.at(value));
  }
  return times;
}

namespace {

std::optional<std::string> variable_with(const NcReader& reader, const std::string& attribute,
                                         const std::string& value) {
  for (const std::string& name : reader.variables()) {
    if (reader.text_attribute(name, attribute) == value) return name;
  }
  return std::nullopt;
}

// The declared time variable, or the one with standard_name time, a usual name, or "... since ..." units.
std::string find_time(const NcReader& reader, const std::string& declared) {
  if (!declared.empty()) {
    reader.shape_of(declared);  // throws when it is not there
    return declared;
  }
  for (const char* name : {"time", "date", "datetime"}) {
    if (reader.has(name)) return name;
  }
  if (const auto found = variable_with(reader, "standard_name", "time")) return *found;
  for (const std::string& name : reader.variables()) {
    if (reader.text_attribute(name, "units").value_or("").find(" since ") != std::string::npos) return name;
  }
  throw core::InputError(core::Problem{.file = reader.file(),
                                       .what = "there is no time coordinate",
                                       .mend = "Name it with 'time' for this source"});
}

// The named variables, or the only one that depends on the time dimension and is no coordinate.
std::vector<std::string> find_numbers(const NcReader& reader, const CsvRequest& request,
                                      const std::string& time) {
  if (!request.numbers.empty()) {
    for (const std::string& name : request.numbers) reader.shape_of(name);
    return request.numbers;
  }
  const std::vector<std::string> time_dimensions = reader.dimensions_of(time);
  std::vector<std::string> found;
  for (const std::string& name : reader.variables()) {
    const std::vector<std::string> dimensions = reader.dimensions_of(name);
    const bool along_time = !dimensions.empty() && dimensions.back() == time_dimensions.back();
    const bool bounds = reader.text_attribute(time, "bounds") == name;
    const bool index = reader.text_attribute(name, "instance_dimension").has_value();
    if (along_time && name != time && !bounds && !index && !reader.is_text(name)) found.push_back(name);
  }
  if (found.size() == 1) return found;
  std::string allowed;
  for (const std::string& name : found) allowed += (allowed.empty() ? "'" : ", '") + name + "'";
  throw core::InputError(core::Problem{.file = reader.file(),
                                       .what = "which variable holds the values is not declared",
                                       .allowed = allowed,
                                       .mend = "Declare 'column' for this source"});
}

class TableBuilder {
 public:
  TableBuilder(const NcReader& reader, const CsvRequest& request, CsvTable& table)
      : reader_(reader), request_(request), table_(table) {}

  void run() {
    time_ = find_time(reader_, request_.time);
    table_.time_name = time_;
    table_.number_names = find_numbers(reader_, request_, time_);
    times_ = read_times(reader_, time_);
    for (const std::string& name : table_.number_names) {
      table_.number_units.push_back(reader_.text_attribute(name, "units").value_or(""));
      numbers_.push_back(reader_.values(name));
      for (double& value : numbers_.back()) {
        for (const double code : request_.dialect.missing_codes) {
          if (value == code) value = std::nan("");
        }
      }
    }
    block_.numbers.resize(numbers_.size());
    find_ids();
    if (ids_.empty()) {
      single();
    } else {
      stations();
    }
    if (block_.rows > 0) table_.blocks.push_back(std::move(block_));
  }

 private:
  void find_ids() {
    std::string name = request_.id;
    if (name.empty()) name = variable_with(reader_, "cf_role", "timeseries_id").value_or("");
    if (name.empty()) return;
    ids_ = reader_.texts(name);
    for (std::string& id : ids_) id = core::composed(id);
    const std::vector<std::string> dimensions = reader_.dimensions_of(name);
    if (!dimensions.empty()) station_dimension_ = dimensions.front();
  }

  void push(std::size_t time, std::size_t value) {
    const std::int64_t day = core::day_of(times_[time]);
    block_.times.push(day, static_cast<std::int32_t>(times_[time] - day * core::kSecondsPerDay));
    for (std::size_t k = 0; k < numbers_.size(); ++k) block_.numbers[k].push_back(numbers_[k][value]);
    ++block_.rows;
  }

  void begin_station(std::size_t station) {
    block_.ids.push_back({static_cast<std::uint32_t>(block_.rows), static_cast<std::uint32_t>(station)});
  }

  void need_size(std::size_t wanted) const {
    for (std::size_t k = 0; k < numbers_.size(); ++k) {
      if (numbers_[k].size() != wanted)
        refuse(reader_, table_.number_names[k],
               fmt::format("it has {} values, the time coordinate asks for {}", numbers_[k].size(), wanted));
    }
  }

  void single() {
    need_size(times_.size());
    for (std::size_t t = 0; t < times_.size(); ++t) push(t, t);
  }

  void stations() {
    table_.id_names = ids_;
    const std::size_t n = ids_.size();
    if (const auto row_size = variable_having("sample_dimension")) return contiguous(*row_size);
    if (const auto index = variable_having("instance_dimension")) return indexed(*index);
    const bool own_times = reader_.shape_of(time_).size() == 2;
    const std::size_t steps = own_times ? times_.size() / std::max<std::size_t>(n, 1) : times_.size();
    need_size(n * steps);
    const bool time_first =
        reader_.dimensions_of(table_.number_names.front()).front() != station_dimension_ && n != 1;
    for (std::size_t s = 0; s < n; ++s) {
      begin_station(s);
      for (std::size_t t = 0; t < steps; ++t) {
        const std::size_t cell = time_first ? t * n + s : s * steps + t;
        push(own_times ? cell : t, cell);
      }
    }
  }

  std::optional<std::string> variable_having(const std::string& attribute) const {
    for (const std::string& name : reader_.variables()) {
      if (reader_.text_attribute(name, attribute)) return name;
    }
    return std::nullopt;
  }

  void contiguous(const std::string& row_size) {
    need_size(times_.size());
    std::size_t row = 0;
    const std::vector<double> sizes = reader_.raw(row_size);
    if (sizes.size() != ids_.size()) refuse(reader_, row_size, "it does not have one value per station");
    for (std::size_t s = 0; s < sizes.size(); ++s) {
      begin_station(s);
      if (!(sizes[s] >= 0) || sizes[s] > static_cast<double>(times_.size() - row))
        refuse(reader_, row_size, "its sum exceeds the number of observations");
      const std::size_t end = row + static_cast<std::size_t>(sizes[s]);
      for (; row < end; ++row) push(row, row);
    }
  }

  void indexed(const std::string& index) {
    need_size(times_.size());
    const std::vector<double> station = reader_.raw(index);
    if (station.size() != times_.size()) refuse(reader_, index, "it does not have one value per observation");
    for (std::size_t row = 0; row < station.size(); ++row) {
      if (!(station[row] >= 0) || station[row] >= static_cast<double>(ids_.size()))
        refuse(reader_, index, "an index is out of range");
      begin_station(static_cast<std::size_t>(station[row]));
      push(row, row);
    }
  }

  const NcReader& reader_;
  const CsvRequest& request_;
  CsvTable& table_;
  std::string time_;
  std::string station_dimension_;
  std::vector<core::Seconds> times_;
  std::vector<std::vector<double>> numbers_;
  std::vector<std::string> ids_;
  CsvBlock block_;
};

}  // namespace

CsvTable read_series_table(const std::filesystem::path& path, const CsvRequest& request,
                           core::Problems& problems) {
  CsvTable table;
  table.file = path.string();
  try {
    const NcReader reader(path);
    TableBuilder(reader, request, table).run();
    std::error_code error;
    table.bytes = std::filesystem::file_size(path, error);
    table.hash = hash_large_file(path);
  } catch (const core::InputError& failure) {
    for (core::Problem problem : failure.problems()) {
      problem.where =
          request.where + (request.where.empty() || problem.where.empty() ? "" : ", ") + problem.where;
      problems.add(std::move(problem));
    }
    table.blocks.clear();
  }
  return table;
}

namespace {

// The step whose axis gives exactly these times.
core::TimeAxis axis_of(const NcReader& reader, const std::string& name,
                       const std::vector<core::Seconds>& times) {
  if (times.empty()) return {};
  const core::Seconds gap = times.size() > 1 ? times[1] - times[0] : core::kSecondsPerDay;
  std::vector<core::Step> candidates = {{core::StepUnit::month, 1}};
  if (gap % core::kSecondsPerDay == 0) {
    candidates.insert(candidates.begin(),
                      {core::StepUnit::day, static_cast<int>(gap / core::kSecondsPerDay)});
  } else if (gap % 3600 == 0) {
    candidates.insert(candidates.begin(), {core::StepUnit::hour, static_cast<int>(gap / 3600)});
  }
  for (const core::Step& step : candidates) {
    if (step.count < 1) continue;
    const core::TimeAxis axis(times.front(), step, times.size());
    bool equal = true;
    for (std::size_t t = 0; t < times.size() && equal; ++t) equal = axis.start(t) == times[t];
    if (equal) return axis;
  }
  refuse(reader, name, "its steps are not regular", "steps of hours, days or one month");
}

}  // namespace

SeriesFile read_series(const std::filesystem::path& path) {
  const NcReader reader(path);
  SeriesFile file;
  const std::string time = find_time(reader, "");
  file.axis = axis_of(reader, time, read_times(reader, time));
  const auto id = variable_with(reader, "cf_role", "timeseries_id");
  if (!id)
    throw core::InputError(
        core::Problem{.file = reader.file(), .what = "no variable has cf_role = timeseries_id"});
  file.stations = reader.texts(*id);
  const auto coordinate = [&](const std::string& standard_name) {
    const auto name = variable_with(reader, "standard_name", standard_name);
    std::vector<double> values(file.stations.size(), std::nan(""));
    if (name && reader.shape_of(*name) == std::vector<std::size_t>{file.stations.size()})
      values = reader.values(*name);
    return values;
  };
  const std::vector<double> longitude = coordinate("longitude");
  const std::vector<double> latitude = coordinate("latitude");
  const std::vector<double> elevation = coordinate("altitude");
  for (std::size_t s = 0; s < file.stations.size(); ++s)
    file.places.push_back({longitude[s], latitude[s], elevation[s]});
  for (const std::string& name : reader.variables()) {
    if (reader.shape_of(name) != std::vector<std::size_t>{file.stations.size(), file.axis.size()} ||
        reader.is_text(name) || reader.text_attribute(time, "bounds") == name)
      continue;
    SeriesArray array;
    array.name = name;
    array.units = reader.text_attribute(name, "units").value_or("");
    array.long_name = reader.text_attribute(name, "long_name").value_or("");
    array.cell_methods = reader.text_attribute(name, "cell_methods").value_or("");
    array.values = reader.values(name);
    file.arrays.push_back(std::move(array));
  }
  return file;
}

}  // namespace phreatic::data::io
