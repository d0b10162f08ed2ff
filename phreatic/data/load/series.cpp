// SPDX-License-Identifier: BSD-3-Clause
// From a file to series on the grid: order and duplicates of dates, units, depth to level, aggregation.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <limits>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/unicode.hpp"
#include "phreatic/core/units.hpp"
#include "phreatic/data/io/cf_series.hpp"
#include "phreatic/data/load/internal.hpp"
#include "phreatic/data/load/table_parts.hpp"

namespace phreatic::data::loading {
namespace {

std::string time_text(core::Seconds time) {
  return time % core::kSecondsPerDay == 0 ? core::format_date(time) : core::format_datetime(time);
}

class SeriesMaker {
 public:
  SeriesMaker(const Job& job, const io::CsvTable& table, const StepGrid& grid, JobResult& result)
      : job_(job), table_(table), grid_(grid), result_(result) {}

  void add(const std::string& well, const std::vector<Part>& parts) {
    RawSeries raw = gather(parts, table_.number_names.size());
    const std::string where = well.empty() ? job_.where : "well " + well;
    if (!plausible(well, raw.times, parts, where)) return;
    exclude(well, raw);
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
      const std::string& of = use.well.empty() ? well : use.well;
      if (unit_agrees(of, use, use.well.empty() ? where : "well " + of, native))
        add_use(of, use, raw, native);
    }
  }

 private:
  // What a file tells about its units, in an attribute, a row or a column's name, must not contradict the study.
  bool unit_agrees(const std::string& well, const Use& use, const std::string& where, core::Seconds native) {
    for (const std::size_t number : use.numbers) {
      const std::string& name = table_.number_names[number];
      std::string told = number < table_.number_units.size() ? table_.number_units[number] : "";
      const bool attribute = !told.empty();
      if (told.empty()) told = unit_in_name(name);
      if (told.empty()) hint_at_unit(well, use, name, native);
      if (told.empty() || told == use.unit) continue;
      const bool netcdf = is_netcdf(table_.file);
      if (!units_contradict(told, use.unit, netcdf ? 0 : native)) continue;
      if (use.column != nullptr && use.column->factor != 1) continue;  // converted by hand
      if (use.target != nullptr && use.target->factor != 1) continue;
      result_.problems.push_back(
          {well, core::Problem{
                     .file = table_.file,
                     .where = where,
                     .what = attribute ? fmt::format("the file gives '{}' in {}, the study declares {}", name,
                                                     told, use.unit)
                                       : fmt::format("the column name '{}' tells {}, the study declares {}",
                                                     name, told, use.unit),
                     .mend = fmt::format("Declare the unit of the file: unit: {}", told)}});
      return false;
    }
    return true;
  }

  // A unit in a name without brackets, such as 'level_cm', is no declaration: it is told.
  void hint_at_unit(const std::string& well, const Use& use, const std::string& name, core::Seconds native) {
    if (use.well == name && !name.empty()) return;  // the name is that of a well
    const NameHint found = unit_hinted_in_name(name);
    const std::string& hint = found.unit;
    const bool by_hand = (use.column != nullptr && use.column->factor != 1) ||
                         (use.target != nullptr && use.target->factor != 1);
    const auto told = core::find_unit(hint);
    const auto declared = core::find_unit(use.unit);
    if (!told || !declared || by_hand || !units_contradict(hint, use.unit, native)) return;
    // 'm' and 'k' stand for other things too: only where the study gives the same kind of quantity in another unit.
    if (hint.size() == 1 && !found.sure && told->dimension != declared->dimension) return;
    // 'in' is a preposition too: only of lengths and water.
    if (hint == "inch" && declared->dimension != "m" && declared->dimension != "mm/d") return;
    result_.doubts.push_back(
        {well, fmt::format("the name of column '{}' {} {}, the study declares {}; if the numbers are in {}, "
                           "declare unit: {}",
                           name, found.how, hint, use.unit, hint, hint)});
  }

  // A name that says depth, numbers that may be depths, and a study that takes them as levels: told.
  void hint_at_depth(const std::string& well, const Use& use, const SeriesSummary& summary) {
    if (use.target == nullptr || use.target->quantity != Quantity::level || use.target->factor < 0) return;
    const std::string& name = table_.number_names[use.numbers.front()];
    if (!names_a_depth(name) || !(summary.mean > 0)) return;
    result_.doubts.push_back(
        {well,
         fmt::format("the name of column '{}' tells a depth, its numbers are taken as levels: the hydrograph "
                     "is upside down if they count downwards; then declare quantity: depth",
                     name)});
  }

  void exclude(const std::string& well, RawSeries& raw) {
    for (const ExcludeParams& part : job_.source->exclude) {
      if (!part.wells.empty() && std::find(part.wells.begin(), part.wells.end(), well) == part.wells.end())
        continue;
      const core::Seconds first = part.first.value_or(std::numeric_limits<core::Seconds>::min());
      const core::Seconds end =
          part.last ? *part.last + core::kSecondsPerDay : std::numeric_limits<core::Seconds>::max();
      std::size_t count = 0;
      for (std::size_t i = 0; i < raw.times.size(); ++i) {
        if (raw.times[i] < first || raw.times[i] >= end) continue;
        ++count;
        for (std::vector<double>& column : raw.columns) column[i] = std::numeric_limits<double>::quiet_NaN();
      }
      const std::string period =
          fmt::format("{} to {}", part.first ? core::format_date(*part.first) : "the beginning",
                      part.last ? core::format_date(*part.last) : "the end");
      if (count == 0) {
        result_.doubts.push_back(
            {well, fmt::format("{}: 'exclude' names {}, where there are no rows", table_.file, period)});
      } else {
        result_.said.push_back(fmt::format("{}: {}: {} rows from {} are left out by 'exclude'", table_.file,
                                           well.empty() ? job_.where : "well " + well, count, period));
      }
    }
  }

  void refuse_duplicates(const std::string& well, const TidyReport& report, const std::vector<Part>& parts,
                         const std::string& where) {
    const std::vector<Place> places = places_of(parts, report.refused_time);
    std::string text;
    for (const Place& place : places) {
      text += (text.empty() ? "" : " and ") + std::to_string(place.line);
      if (place.table == places.front().table) continue;
      text += " of " + place.table->file;
      if (core::composed(place.table->file) == core::composed(places.front().table->file))
        text += " (the same name, its letters and marks written in another way)";
    }
    const std::string apart = what_tells_apart(job_, places);
    result_.problems.push_back(
        {well,
         core::Problem{
             .file = table_.file,
             .line = places.empty() ? 0 : places.front().line,
             .where = where,
             .what = fmt::format("{} stands on lines {}{}{}{}", time_text(report.refused_time), text,
                                 job_.source->duplicates == Duplicates::same ? " with different values" : "",
                                 report.refused_count > 1
                                     ? fmt::format(" (first of {} such dates)", report.refused_count)
                                     : "",
                                 apart.empty() ? "" : "; " + apart),
             .allowed = "one value per time",
             .mend = apart.empty() ? "Mend the file, or declare duplicates: mean or duplicates: first"
                                   : "Choose rows as shown; duplicates: mean would mix them"}});
  }

  bool plausible(const std::string& well, const std::vector<core::Seconds>& times,
                 const std::vector<Part>& parts, const std::string& where) {
    for (const core::Seconds time : times) {
      const int year = time < 0 || time > core::Seconds{4102444800} ? core::year_of(time) : 2000;
      if (year >= 1700 && year <= 2200) continue;
      const std::vector<Place> places = places_of(parts, time);
      result_.problems.push_back(
          {well, core::Problem{.file = table_.file,
                               .line = places.empty() ? 0 : places.front().line,
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
    out.column = use.column;
    const RecordView view{well, table_.file, use, raw.times, *values, native};
    out.summary = summary_of(view);
    look_at(view, out.summary, result_);
    hint_at_depth(well, use, out.summary);
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
    if (rule.rate_per_day) check_rate(well, use, raw.times, native);
    out.steps = to_steps(raw.times, *values, native, grid_, rule);
    if (use.column != nullptr) out.incomplete = incomplete_steps(raw.times, *values, out.steps, rule, native);
    summarise_steps(out);
    result_.series.push_back(std::move(out));
  }

  // Steps that have values of the file and are missing on the axis: there were too few.
  IncompleteSteps incomplete_steps(const std::vector<core::Seconds>& times, const std::vector<double>& values,
                                   const StepSeries& steps, const AggregateRule& rule,
                                   core::Seconds native) const {
    IncompleteSteps out{.native = native, .min_coverage = rule.min_coverage};
    if (rule.min_coverage <= 0 || native <= 0) return out;
    const auto look = [&](std::int64_t step, std::size_t present) {
      if (present == 0) return;
      ++out.with_values;
      if (!std::isnan(steps.values[static_cast<std::size_t>(step - steps.first)])) return;
      ++out.count;
      out.most = std::max(out.most, present);
      const core::Seconds length = grid_.start(step + 1) - grid_.start(step);
      out.expected =
          std::max(out.expected, std::floor(static_cast<double>(length) / static_cast<double>(native)));
    };
    std::int64_t step = steps.first;
    std::size_t present = 0;
    for (std::size_t row = 0; row < times.size(); ++row) {
      const std::int64_t at = grid_.index(times[row]);
      if (at != step) look(step, std::exchange(present, 0));
      step = at;
      if (!std::isnan(values[row])) ++present;
    }
    look(step, present);
    return out;
  }

  void check_rate(const std::string& well, const Use& use, const std::vector<core::Seconds>& times,
                  core::Seconds native) {
    const auto irregular = irregular_rate(use.name, use.unit, times, native, grid_);
    if (!irregular) return;
    if (!irregular->told.empty()) {
      result_.doubts.push_back({well, irregular->told});
      return;
    }
    core::Problem problem = irregular->problem;
    problem.file = table_.file;
    problem.where = well.empty() ? "" : "well " + well;
    result_.problems.push_back({well, problem});
  }

  // The steps that have a value, and the summary in the study's unit, as the models see it.
  static void summarise_steps(LoadedSeries& out) {
    const Numbers numbers = numbers_of(out.steps.values);
    out.record.steps += numbers.count;
    out.summary.study_min = numbers.min;
    out.summary.study_max = numbers.max;
    out.summary.study_mean = numbers.mean;
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

void append(JobResult& to, JobResult from) {
  std::move(from.series.begin(), from.series.end(), std::back_inserter(to.series));
  to.said.insert(to.said.end(), from.said.begin(), from.said.end());
  to.problems.insert(to.problems.end(), from.problems.begin(), from.problems.end());
  to.doubts.insert(to.doubts.end(), from.doubts.begin(), from.doubts.end());
}

// Files whose names differ only in how letters and their marks are written are one well's.
void say_look_alikes(const Job& job, JobResult& result) {
  for (std::size_t i = 1; i < job.paths.size(); ++i) {
    if (job.paths[i] == job.paths[i - 1] ||
        core::composed(job.paths[i].string()) != core::composed(job.paths[i - 1].string()))
      continue;
    result.doubts.push_back(
        {job.well,
         fmt::format("two files are named '{}', with letters and their marks written in two ways; they are "
                     "read as two files of one well",
                     core::composed(job.paths[i].filename().string()))});
  }
}

}  // namespace

JobResult run_job(const Job& job, const std::vector<std::string>& sorted_wells, const StepGrid& grid) {
  JobResult result;
  for (const Use& use : job.uses) result.variables.push_back(use.variable);
  std::vector<io::CsvTable> tables;
  for (const std::filesystem::path& path : job.paths) {
    core::Problems problems;
    tables.push_back(read_table(job, path, problems));
    const io::CsvTable& table = tables.back();
    result.files.push_back({table.file, table.hash, table.bytes, table.rows()});
    if (!table.said.empty()) result.said.push_back(table.file + ": " + table.said);
    for (const std::string& doubt : table.doubts) result.doubts.push_back({job.well, doubt});
    for (const core::Problem& problem : problems.items()) result.problems.push_back({job.well, problem});
  }
  if (!result.files.empty()) result.path = result.files.front().path;
  say_look_alikes(job, result);
  if (tables.empty() || !result.problems.empty()) return result;
  // Parts of each entity over all files, in order of first appearance.
  std::vector<std::string> names;
  std::vector<std::vector<Part>> parts;
  for (const io::CsvTable& table : tables) {
    const bool single = table.id_names.empty();
    std::vector<std::vector<Part>> here =
        single ? std::vector<std::vector<Part>>{whole(table)} : parts_by_id(table);
    for (std::size_t i = 0; i < here.size(); ++i) {
      const std::string& name = single ? job.well : table.id_names[i];
      const auto known = tables.size() == 1 ? names.end() : std::find(names.begin(), names.end(), name);
      if (known == names.end()) {
        names.push_back(name);
        parts.push_back(std::move(here[i]));
      } else {
        std::vector<Part>& all = parts[static_cast<std::size_t>(known - names.begin())];
        all.insert(all.end(), here[i].begin(), here[i].end());
      }
    }
  }
  const bool by_id = !tables.front().id_names.empty();
  std::vector<JobResult> one(parts.size());
  core::parallel_for(parts.size(), [&](std::size_t i) {
    const std::vector<std::string>& some = job.source->wells;
    const bool in_study =
        sorted_wells.empty() || std::binary_search(sorted_wells.begin(), sorted_wells.end(), names[i]);
    const bool in_source = some.empty() || std::find(some.begin(), some.end(), names[i]) != some.end();
    if (!by_id || (in_study && in_source))
      SeriesMaker(job, tables.front(), grid, one[i]).add(names[i], parts[i]);
  });
  for (JobResult& r : one) append(result, std::move(r));
  return result;
}

bool is_netcdf(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".nc" || extension == ".nc4";
}

io::CsvTable read_table(const Job& job, const std::filesystem::path& path, core::Problems& problems) {
  if (is_netcdf(path.string())) return io::read_series_table(path, job.request, problems);
  return io::read_csv(path, job.request, problems);
}

}  // namespace phreatic::data::loading
