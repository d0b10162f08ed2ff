// SPDX-License-Identifier: BSD-3-Clause
// load(): settings, wells, files. panel.cpp makes the panel of what was read.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <map>
#include <new>
#include <set>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/load/internal.hpp"

namespace phreatic::data {
namespace {

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7f;
}

// With ? for each control character, as a terminal may do anything at one.
std::string without_controls(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

using loading::Job;
using loading::JobResult;
using loading::LoadedSeries;
using loading::Variables;

constexpr std::uintmax_t kLargeFile = std::uintmax_t{16} << 20;

class Loader {
 public:
  Loader(const DataParams& params, const std::filesystem::path& base, core::Problems& problems,
         core::Context context)
      : params_(params), base_(base), problems_(problems), context_(context) {}

  LoadedData run() {
    if (!check_settings()) return std::move(data_);
    declared_wells();
    make_grid();
    const core::Problems of_columns = read_long_tables_first();
    if (wells_.empty()) {
      for (const auto& [key, result] : results_) {
        for (const loading::WellProblem& one : result.problems) problems_.add(one.problem);
      }
      if (problems_.empty()) problems_.add_all(of_columns.items());  // a unit that is not known
      if (problems_.empty())
        problems_.add({.where = "data.targets",
                       .what = "no wells were found",
                       .mend = "Put {id} into the path (one file per well), name the id_column of a long "
                               "table or the well of a "
                               "file, or, where each well has a column, write column: '{id}'"});
      return std::move(data_);
    }
    tell_excluded_strangers();
    jobs_ = loading::make_jobs(params_, base_, wells_, *step_, variables_, problems_);
    run_jobs(wells_sorted());
    if (variables_.list.empty()) return std::move(data_);
    std::vector<JobResult> results;
    for (const Job& job : jobs_) results.push_back(std::move(results_.at(job.key)));
    results_.clear();
    for (JobResult& result :
         loading::load_grids(params_, base_, wells_, grid_, variables_, data_.files, problems_))
      results.push_back(std::move(result));
    loading::build_panel({params_, base_, grid_, wells_, variables_, jobs_}, std::move(results), data_,
                         problems_);
    return std::move(data_);
  }

 private:
  bool check_settings() {
    step_ = core::parse_step(params_.step);
    if (!step_) {
      problems_.add(
          {.where = "data.step",
           .what = "'" + params_.step + "' is not a step",
           .allowed = "hourly, daily, 5-day, 10-day, weekly, monthly, or such as 3-day and 6-hour"});
    }
    if (params_.targets.empty() && !params_.for_use) {
      problems_.add({.where = "data",
                     .what = "'targets' is missing: nothing to predict",
                     .mend = "Name the files with the levels, e.g. targets: {files: wells/{id}.csv}"});
    }
    if (params_.start && params_.end && *params_.end < *params_.start)
      problems_.add({.where = "data", .what = "'end' lies before 'start'"});
    return step_.has_value() && (params_.for_use || !params_.targets.empty());
  }

  // From the study file, or from the files that match the targets' patterns.
  void declared_wells() {
    std::vector<std::string> wells = params_.wells;
    if (!params_.wells_file.empty()) {
      for (std::string& well : lines_of(params_.wells_file)) wells.push_back(std::move(well));
    }
    wells_declared_ = !wells.empty();
    if (!wells_declared_) {
      for (const TargetParams& target : params_.targets) {
        std::vector<std::string> found = target.source.wells;
        for (const std::string& pattern : target.source.files) {
          if (target.source.wells.empty()) {
            const std::vector<std::string> more = found_by_pattern(pattern);
            found.insert(found.end(), more.begin(), more.end());
          }
        }
        wells.insert(wells.end(), found.begin(), found.end());
      }
      for (const DriverParams& driver : params_.drivers) {
        if (!params_.targets.empty()) break;
        std::vector<std::string> found = driver.source.wells;
        for (const std::string& pattern : driver.source.files) {
          if (!driver.source.wells.empty()) break;
          const std::vector<std::string> more = found_by_pattern(pattern);
          found.insert(found.end(), more.begin(), more.end());
        }
        wells.insert(wells.end(), found.begin(), found.end());
      }
    }
    for (std::size_t i = 0; i < params_.targets.size(); ++i) {
      const std::vector<std::string> found = wells_in_columns(params_.targets[i], wells.size());
      if (!wells_declared_) wells.insert(wells.end(), found.begin(), found.end());
    }
    set_wells(wells);
    divide_wells();
  }

  bool several_targets() const {
    return std::any_of(params_.targets.begin(), params_.targets.end(), [&](const TargetParams& target) {
      return target.name != params_.targets.front().name;
    });
  }

  // Where there are several targets, each is for the wells (gauges ...) that it has a file of. A well without any
  // stays with the first, which says so.
  void divide_wells() {
    if (!several_targets()) return;
    std::set<std::string> some;
    std::vector<TargetParams*> by_file;
    for (TargetParams& target : params_.targets) {
      if (!target.source.wells.empty() || !has_id(target.source)) continue;
      by_file.push_back(&target);
      for (const std::string& pattern : target.source.files) {
        for (const std::string& well : found_by_pattern(pattern)) {
          some.insert(well);
          target.source.wells.push_back(well);
        }
      }
    }
    for (const std::string& well : wells_) {
      if (!by_file.empty() && !some.contains(well) && wells_declared_)
        by_file.front()->source.wells.push_back(well);
    }
  }

  // Wells of a table with one column per well: declared by '{id}' in the column's name; else a table with a date and
  // two or more columns of numbers, of which none was named. The latter is told.
  std::vector<std::string> wells_in_columns(TargetParams& target, std::size_t known) {
    const FileParams& source = target.source;
    const bool declared = target.column.find("{id}") != std::string::npos;
    if (source.files.empty() || !source.id_column.empty() || has_id(source) ||
        loading::is_netcdf(source.files.front()))
      return {};
    if (!declared && (!target.column.empty() || source.wells.size() == 1 || (wells_declared_ && known == 1)))
      return {};
    std::vector<std::string> found;
    try {
      io::CsvRequest request;
      request.dialect = loading::dialect_of(source);
      if (!source.time.empty()) {
        request.time = source.time.front();
        request.more_time.assign(source.time.begin() + 1, source.time.end());
      }
      const auto paths = source_paths(source, "", base_);
      const io::CsvColumns columns = io::read_csv_columns(paths.front(), request);
      const std::string pattern = declared ? target.column : "{id}";
      const std::size_t at = pattern.find("{id}");
      const std::string before = pattern.substr(0, at);
      const std::string behind = pattern.substr(at + 4);
      for (std::size_t c = 0; c < columns.names.size(); ++c) {
        const std::string& name = columns.names[c];
        if (!columns.numeric[c] || name.size() <= before.size() + behind.size() ||
            name.compare(0, before.size(), before) != 0 ||
            name.compare(name.size() - behind.size(), behind.size(), behind) != 0)
          continue;
        found.push_back(name.substr(before.size(), name.size() - before.size() - behind.size()));
      }
    } catch (const core::InputError&) {
      return {};  // told when the file is read
    }
    if (declared) return found;
    if (found.size() < 2) return {};
    target.column = "{id}";
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 6); ++i)
      names += (i == 0 ? "" : ", ") + found[i];
    if (found.size() > 6) names += ", ...";
    data_.warnings.push_back(
        fmt::format("{}: read as a table of one well per column ({} wells: {}); column: '{{id}}' says so, or "
                    "name the one column, or the id_column",
                    source.files.front(), found.size(), names));
    return found;
  }

  std::vector<std::string> found_by_pattern(const std::string& pattern) {
    if (pattern.find("{id}") == std::string::npos) return {};
    try {
      std::vector<std::string> wells = find_wells(pattern, base_);
      if (wells.empty())
        problems_.add({.file = pattern,
                       .what = "no file matches this pattern",
                       .mend = "{id} stands for the well's name in the path"});
      leave_out_litter(wells, pattern);
      return wells;
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
      return {};
    }
  }

  // What a file system or an open spreadsheet leaves beside files (._A.csv, ~$A.csv) is no well.
  void leave_out_litter(std::vector<std::string>& wells, const std::string& pattern) {
    std::erase_if(wells, [&](const std::string& well) {
      const bool litter = well.starts_with("._") || well.starts_with("~$");
      if (litter)
        data_.said.push_back(fmt::format(
            "{}: the file of '{}' is left out: a file system or an open spreadsheet left it there", pattern,
            well));
      return litter;
    });
  }

  std::vector<std::string> lines_of(const std::string& file) {
    std::vector<std::string> lines;
    try {
      const std::string text = core::read_file(expand_path(file, base_));
      std::size_t position = 0;
      while (position < text.size()) {
        const std::size_t eol = std::min(text.find('\n', position), text.size());
        std::string line = text.substr(position, eol - position);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (!line.empty()) lines.push_back(line);
        position = eol + 1;
      }
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
    }
    return lines;
  }

  void set_wells(const std::vector<std::string>& wells) {
    std::set<std::string> seen(params_.exclude.begin(), params_.exclude.end());
    for (const std::string& well : wells) {
      if (seen.insert(well).second) wells_.push_back(well);
      if (std::any_of(well.begin(), well.end(), is_control))
        problems_.add({.where = "wells",
                       .what = "the name '" + without_controls(well) + "' has a control character",
                       .mend = "Rename the well (its file, and its rows in tables)"});
    }
    for (const std::string& well : params_.exclude) {
      if (wells_declared_ && std::find(wells.begin(), wells.end(), well) == wells.end())
        problems_.add({.where = "data.exclude", .what = "there is no well '" + well + "'"});
    }
  }

  // 'exclude' of a source may name wells that this study does not have: told, since a slip of the pen looks like it.
  void tell_excluded_strangers() {
    const auto look = [&](const FileParams& source) {
      for (const ExcludeParams& part : source.exclude) {
        if (part.first && part.last && *part.last < *part.first)
          problems_.add({.where = "exclude",
                         .what = fmt::format("'last' ({}) lies before 'first' ({})",
                                             core::format_date(*part.last), core::format_date(*part.first)),
                         .mend = "Turn the two dates round"});
        for (const std::string& well : part.wells) {
          if (std::find(wells_.begin(), wells_.end(), well) == wells_.end())
            data_.warnings.push_back(fmt::format(
                "'exclude' of a source names the well '{}', which this study does not have", well));
        }
      }
    };
    for (const TargetParams& target : params_.targets) look(target.source);
    for (const DriverParams& driver : params_.drivers) look(driver.source);
  }

  std::vector<std::string> wells_sorted() const {
    std::vector<std::string> sorted = wells_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

  // Weeks start on Monday unless `start` says otherwise; steps of several days on the first date of the first
  // file.
  void make_grid() {
    core::Seconds anchor = 0;
    const bool days = step_->unit == core::StepUnit::day && step_->count > 1;
    if (params_.start) {
      anchor = *params_.start;
    } else if (days && step_->count == 7) {
      anchor = core::days_from_civil({1970, 1, 5}) * core::kSecondsPerDay;
    } else if (days) {
      anchor = first_date();
      if (anchor != 0)
        data_.said.push_back(fmt::format("steps of {} days start on {}; set data.start for another day",
                                         step_->count, core::format_date(anchor)));
    }
    grid_ = StepGrid(*step_, anchor);
  }

  core::Seconds first_date() {
    Variables variables;
    core::Problems ignored;
    const std::vector<Job> jobs = loading::make_jobs(params_, base_, wells_, *step_, variables, ignored);
    if (jobs.empty()) return 0;
    const io::CsvTable table = loading::read_table(jobs.front(), jobs.front().paths.front(), ignored);
    if (table.rows() == 0) return 0;
    core::Seconds first = table.time(0);
    for (const io::CsvBlock& block : table.blocks) {
      for (std::size_t row = 0; row < block.rows; ++row) first = std::min(first, block.times[row]);
    }
    return core::day_of(first) * core::kSecondsPerDay;
  }

  // Long tables of targets name the wells themselves; they are read once, before files that need the names.
  // -> what is wrong with the columns as declared; it is told again where they are read, if there is a well
  core::Problems read_long_tables_first() {
    core::Problems of_columns;
    if (wells_declared_) return of_columns;
    Variables variables;
    std::vector<Job> jobs;
    for (Job& job : loading::make_jobs(params_, base_, {}, *step_, variables, of_columns)) {
      const bool targets =
          std::any_of(job.uses.begin(), job.uses.end(), [](const auto& u) { return u.target != nullptr; });
      if (targets && job.source->wells.empty()) jobs.push_back(std::move(job));
    }
    jobs_ = std::move(jobs);
    run_jobs({});
    std::vector<std::string> more;
    for (const auto& [key, result] : results_) {
      for (const LoadedSeries& series : result.series) {
        if (series.is_target && !series.well.empty()) more.push_back(series.well);
      }
    }
    std::sort(more.begin(), more.end());
    more.insert(more.begin(), wells_.begin(), wells_.end());
    wells_.clear();
    set_wells(more);
    return of_columns;
  }

  // Small files side by side; a large one by itself, which uses all threads.
  void run_jobs(const std::vector<std::string>& sorted_wells) {
    std::vector<std::size_t> small;
    std::vector<JobResult> results(jobs_.size());
    core::Progress progress("reading", jobs_.size(), "files", context_.show_progress && jobs_.size() > 50);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (results_.count(jobs_[i].key) > 0) continue;
      std::uintmax_t size = 0;
      for (const std::filesystem::path& path : jobs_[i].paths) {
        std::error_code error;
        const std::uintmax_t bytes = std::filesystem::file_size(path, error);
        size += error ? 0 : bytes;
      }
      if (size < kLargeFile) {
        small.push_back(i);
      } else {
        results[i] = loading::run_job(jobs_[i], sorted_wells, grid_);
        ::malloc_trim(0);  // the rows of the file are free again: hand them back before the panel is made
        progress.advance();
      }
    }
    constexpr std::size_t kBatch = 64;
    for (std::size_t first = 0; first < small.size(); first += kBatch) {
      const std::size_t n = std::min(kBatch, small.size() - first);
      core::parallel_for(n, [&](std::size_t i) {
        const std::size_t job = small[first + i];
        results[job] = loading::run_job(jobs_[job], sorted_wells, grid_);
      });
      progress.advance(n);
      core::throw_if_interrupted();
    }
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      results_.try_emplace(jobs_[i].key, std::move(results[i]));
    }
  }

  DataParams params_;  // its own: tables of one well per column are recognised and noted here
  std::filesystem::path base_;
  core::Problems& problems_;
  core::Context context_;
  LoadedData data_;
  std::optional<core::Step> step_;
  StepGrid grid_;
  std::vector<std::string> wells_;
  bool wells_declared_ = false;
  Variables variables_;
  std::vector<Job> jobs_;
  std::map<std::string, JobResult> results_;  // by key of the job
};

}  // namespace

LoadedData load(const DataParams& params, const std::filesystem::path& base, core::Problems& problems,
                core::Context context) {
  try {
    return Loader(params, base, problems, context).run();
  } catch (const std::bad_alloc&) {
    problems.add({.where = "data",
                  .what = "the wells, variables and steps of this study do not fit into memory",
                  .mend = "Set data.start and data.end, a longer step, or fewer wells"});
    return {};
  }
}

}  // namespace phreatic::data
