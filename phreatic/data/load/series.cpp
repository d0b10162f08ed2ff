// SPDX-License-Identifier: BSD-3-Clause
// From a file to series on the grid: order and duplicates of dates, units, depth to level, aggregation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/units.hpp"
#include "phreatic/data/io/cf_series.hpp"
#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {
namespace {

// Rows [first, end) of a block.
struct Part {
  std::size_t block = 0;
  std::size_t first = 0;
  std::size_t end = 0;
};

RawSeries gather(const io::CsvTable& table, const std::vector<Part>& parts) {
  RawSeries raw;
  std::size_t rows = 0;
  for (const Part& part : parts) rows += part.end - part.first;
  raw.times.reserve(rows);
  raw.columns.resize(table.number_names.size());
  for (std::vector<double>& column : raw.columns) column.reserve(rows);
  for (const Part& part : parts) {
    const io::CsvBlock& block = table.blocks[part.block];
    for (std::size_t row = part.first; row < part.end; ++row) raw.times.push_back(block.times[row]);
    for (std::size_t c = 0; c < raw.columns.size(); ++c) {
      raw.columns[c].insert(raw.columns[c].end(),
                            block.numbers[c].begin() + static_cast<std::ptrdiff_t>(part.first),
                            block.numbers[c].begin() + static_cast<std::ptrdiff_t>(part.end));
    }
  }
  return raw;
}

// The lines of the file at which an entity has this time.
std::vector<std::size_t> lines_at(const io::CsvTable& table, const std::vector<Part>& parts,
                                  core::Seconds time) {
  std::vector<std::size_t> lines;
  std::vector<std::size_t> block_start(table.blocks.size(), 0);
  for (std::size_t b = 1; b < table.blocks.size(); ++b)
    block_start[b] = block_start[b - 1] + table.blocks[b - 1].rows;
  for (const Part& part : parts) {
    for (std::size_t row = part.first; row < part.end; ++row) {
      if (table.blocks[part.block].times[row] == time)
        lines.push_back(table.line_of(block_start[part.block] + row));
    }
  }
  return lines;
}

std::string time_text(core::Seconds time) {
  return time % core::kSecondsPerDay == 0 ? core::format_date(time) : core::format_datetime(time);
}

class SeriesMaker {
 public:
  SeriesMaker(const Job& job, const io::CsvTable& table, const StepGrid& grid, JobResult& result)
      : job_(job), table_(table), grid_(grid), result_(result) {}

  void add(const std::string& well, const std::vector<Part>& parts) {
    RawSeries raw = gather(table_, parts);
    const std::string where = well.empty() ? job_.where : "well " + well;
    if (!plausible(well, raw.times, parts, where)) return;
    const TidyReport report = tidy(raw, job_.source->duplicates);
    if (report.was_unordered)
      result_.said.push_back(fmt::format("{}: {}: dates are not in order; sorted", table_.file, where));
    if (report.refused) {
      refuse_duplicates(well, report, parts, where);
      return;
    }
    if (report.duplicates > 0) {
      result_.said.push_back(fmt::format("{}: {}: {} rows repeat a date and were merged", table_.file, where,
                                         report.duplicates));
    }
    const core::Seconds native = native_step(raw.times);
    for (const Use& use : job_.uses) {
      if (unit_agrees(well, use, where)) add_use(well, use, raw, native);
    }
  }

 private:
  // A file that names its units must not contradict the study.
  bool unit_agrees(const std::string& well, const Use& use, const std::string& where) {
    if (table_.number_units.empty()) return true;
    const std::string& in_file = table_.number_units[use.numbers.front()];
    const auto said = core::find_unit(in_file);
    const auto declared = core::find_unit(use.unit);
    if (!said || !declared ||
        (said->dimension == declared->dimension && said->factor == declared->factor &&
         said->offset == declared->offset))
      return true;
    result_.problems.push_back(
        {well, core::Problem{.file = table_.file,
                             .where = where,
                             .what = fmt::format("the file gives '{}' in {}, the study declares {}",
                                                 table_.number_names[use.numbers.front()], in_file, use.unit),
                             .mend = "Declare the unit of the file"}});
    return false;
  }

  void refuse_duplicates(const std::string& well, const TidyReport& report, const std::vector<Part>& parts,
                         const std::string& where) {
    const std::vector<std::size_t> lines = lines_at(table_, parts, report.refused_time);
    std::string text;
    for (const std::size_t line : lines) text += (text.empty() ? "" : " and ") + std::to_string(line);
    result_.problems.push_back(
        {well, core::Problem{.file = table_.file,
                             .line = lines.empty() ? 0 : lines.front(),
                             .where = where,
                             .what = fmt::format(
                                 "{} stands on lines {}{}{}", time_text(report.refused_time), text,
                                 job_.source->duplicates == Duplicates::same ? " with different values" : "",
                                 report.refused_count > 1
                                     ? fmt::format(" (first of {} such dates)", report.refused_count)
                                     : ""),
                             .allowed = "one value per time",
                             .mend = "Mend the file, or declare duplicates: mean or duplicates: first"}});
  }

  bool plausible(const std::string& well, const std::vector<core::Seconds>& times,
                 const std::vector<Part>& parts, const std::string& where) {
    for (const core::Seconds time : times) {
      const int year = time < 0 || time > core::Seconds{4102444800} ? core::year_of(time) : 2000;
      if (year >= 1700 && year <= 2200) continue;
      const std::vector<std::size_t> lines = lines_at(table_, parts, time);
      result_.problems.push_back(
          {well, core::Problem{.file = table_.file,
                               .line = lines.empty() ? 0 : lines.front(),
                               .where = where,
                               .what = fmt::format("the date {} is not plausible", time_text(time)),
                               .allowed = "years 1700 to 2200"}});
      return false;
    }
    return true;
  }

  void add_use(const std::string& well, const Use& use, const RawSeries& raw, core::Seconds native) {
    LoadedSeries out;
    out.variable = use.variable;
    out.well = well;
    out.source = job_.source;
    std::vector<double> mixed;
    const std::vector<double>* values = &raw.columns[use.numbers.front()];
    AggregateRule rule = use.rule;
    if (use.numbers.size() > 1) {
      mixed = mean_of(raw, use.numbers);
      values = &mixed;
    }
    if (use.target != nullptr) {
      out.is_target = true;
      if (use.target->quantity == Quantity::depth) {
        mixed = to_level(raw, use, *values);
        rule.factor = 1;
        rule.offset = 0;
        values = &mixed;
      }
      fill_record(out.record, well, *use.target, raw.times, *values);
    }
    out.steps = to_steps(raw.times, *values, native, grid_, rule);
    for (const double value : out.steps.values) out.record.steps += std::isnan(value) ? 0U : 1U;
    result_.series.push_back(std::move(out));
  }

  static std::vector<double> mean_of(const RawSeries& raw, const std::vector<std::size_t>& columns) {
    std::vector<double> mean(raw.times.size(), 0.0);
    for (std::size_t row = 0; row < mean.size(); ++row) {
      for (const std::size_t c : columns) mean[row] += raw.columns[c][row];
      mean[row] /= static_cast<double>(columns.size());
    }
    return mean;
  }

  // level = reference - depth, in metres; without a reference the measuring point is zero.
  static std::vector<double> to_level(const RawSeries& raw, const Use& use,
                                      const std::vector<double>& depth) {
    const double fixed = use.target->reference_level_m.value_or(0);
    const bool from_column = use.target->reference_column.has_value();
    std::vector<double> level(depth.size());
    for (std::size_t row = 0; row < level.size(); ++row) {
      const double reference = from_column ? raw.columns[use.reference][row] * use.rule.factor : fixed;
      level[row] = reference - depth[row] * use.rule.factor;
    }
    return level;
  }

  static void fill_record(TargetRecord& record, const std::string& well, const TargetParams& target,
                          const std::vector<core::Seconds>& times, const std::vector<double>& values) {
    record.entity = well;
    record.variable = target.name;
    record.quantity = target.quantity;
    record.unit = target.unit;
    record.reference_level_m = target.reference_level_m;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (std::isnan(values[i])) continue;
      if (record.observations == 0) record.first = times[i];
      record.last = times[i];
      ++record.observations;
    }
  }

  const Job& job_;
  const io::CsvTable& table_;
  const StepGrid& grid_;
  JobResult& result_;
};

// Parts of each entity of a long table, in order of first appearance.
std::vector<std::vector<Part>> parts_by_id(const io::CsvTable& table) {
  std::vector<std::vector<Part>> parts(table.id_names.size());
  for (std::size_t b = 0; b < table.blocks.size(); ++b) {
    const io::CsvBlock& block = table.blocks[b];
    for (std::size_t r = 0; r < block.ids.size(); ++r) {
      const std::size_t end = r + 1 < block.ids.size() ? block.ids[r + 1].first_row : block.rows;
      parts[block.ids[r].id].push_back({b, block.ids[r].first_row, end});
    }
  }
  return parts;
}

std::vector<Part> whole(const io::CsvTable& table) {
  std::vector<Part> parts;
  for (std::size_t b = 0; b < table.blocks.size(); ++b) parts.push_back({b, 0, table.blocks[b].rows});
  return parts;
}

}  // namespace

namespace {
void append(JobResult& to, JobResult from) {
  std::move(from.series.begin(), from.series.end(), std::back_inserter(to.series));
  to.said.insert(to.said.end(), from.said.begin(), from.said.end());
  to.problems.insert(to.problems.end(), from.problems.begin(), from.problems.end());
}
}  // namespace

JobResult run_job(const Job& job, const std::vector<std::string>& sorted_wells, const StepGrid& grid) {
  JobResult result;
  for (const Use& use : job.uses) result.variables.push_back(use.variable);
  core::Problems problems;
  const io::CsvTable table = read_table(job, problems);
  result.file = {table.file, table.hash, table.bytes, table.rows()};
  if (!table.said.empty()) result.said.push_back(table.file + ": " + table.said);
  for (const core::Problem& problem : problems.items()) result.problems.push_back({job.well, problem});
  if (!problems.empty()) return result;
  if (table.id_names.empty()) {
    SeriesMaker(job, table, grid, result).add(job.well, whole(table));
    return result;
  }
  const std::vector<std::vector<Part>> parts = parts_by_id(table);
  std::vector<JobResult> one(parts.size());
  core::parallel_for(parts.size(), [&](std::size_t i) {
    const std::string& well = table.id_names[i];
    const std::vector<std::string>& some = job.source->wells;
    const bool in_study =
        sorted_wells.empty() || std::binary_search(sorted_wells.begin(), sorted_wells.end(), well);
    const bool in_source = some.empty() || std::find(some.begin(), some.end(), well) != some.end();
    if (in_study && in_source) SeriesMaker(job, table, grid, one[i]).add(well, parts[i]);
  });
  for (JobResult& r : one) append(result, std::move(r));
  return result;
}

bool is_netcdf(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".nc" || extension == ".nc4";
}

io::CsvTable read_table(const Job& job, core::Problems& problems) {
  if (is_netcdf(job.path.string())) return io::read_series_table(job.path, job.request, problems);
  return io::read_csv(job.path, job.request, problems);
}

}  // namespace phreatic::data::loading
