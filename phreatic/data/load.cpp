// SPDX-License-Identifier: BSD-3-Clause
// load(): wells, files, axis, panel, gaps, derived inputs, attributes, places, split, checks; in this order.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "phreatic/core/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/derive.hpp"
#include "phreatic/data/gaps.hpp"
#include "phreatic/data/load_internal.hpp"

namespace phreatic::data {
namespace {

using loading::Job;
using loading::JobResult;
using loading::LoadedSeries;
using loading::SourceState;
using loading::Variables;
using loading::WellProblem;

constexpr std::uintmax_t kLargeFile = std::uintmax_t{16} << 20;
constexpr std::size_t kSameProblems = 2;  // more wells with the same problem are told as one
constexpr std::size_t kMaxCells = std::size_t{1} << 34;

class Loader {
 public:
  Loader(const DataParams& params, const std::filesystem::path& base, core::Problems& problems,
         core::Context context)
      : params_(params), base_(base), problems_(problems), context_(context) {}

  LoadedData run() {
    if (!check_settings()) return std::move(data_);
    declared_wells();
    make_grid();
    read_long_tables_first();
    if (wells_.empty()) {
      if (problems_.empty()) problems_.add({.where = "data.targets", .what = "no wells were found"});
      return std::move(data_);
    }
    jobs_ = loading::make_jobs(params_, base_, wells_, *step_, variables_, problems_);
    run_jobs(wells_sorted());
    if (variables_.list.empty() || !build_panel()) return std::move(data_);
    require_observations();
    split_and_fill();
    loading::load_attributes(params_, base_, data_, problems_);
    loading::load_places(params_.places, base_, data_, problems_);
    require_attributes();
    drop_bad_wells();
    loading::fill_attributes(data_);
    say();
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
    if (params_.targets.empty()) {
      problems_.add({.where = "data",
                     .what = "'targets' is missing: nothing to predict",
                     .mend = "Name the files with the levels, e.g. targets: {files: wells/{id}.csv}"});
    }
    if (params_.start && params_.end && *params_.end < *params_.start)
      problems_.add({.where = "data", .what = "'end' lies before 'start'"});
    return step_.has_value() && !params_.targets.empty();
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
        if (found.empty()) found = found_by_pattern(target.source.files);
        wells.insert(wells.end(), found.begin(), found.end());
      }
    }
    set_wells(wells);
  }

  std::vector<std::string> found_by_pattern(const std::string& pattern) {
    if (pattern.find("{id}") == std::string::npos) return {};
    try {
      std::vector<std::string> wells = find_wells(pattern, base_);
      if (wells.empty())
        problems_.add({.file = pattern,
                       .what = "no file matches this pattern",
                       .mend = "{id} stands for the well's name in the path"});
      return wells;
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
      return {};
    }
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
    }
    for (const std::string& well : params_.exclude) {
      if (wells_declared_ && std::find(wells.begin(), wells.end(), well) == wells.end())
        problems_.add({.where = "data.exclude", .what = "there is no well '" + well + "'"});
    }
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
    const io::CsvTable table = loading::read_table(jobs.front(), ignored);
    if (table.rows() == 0) return 0;
    core::Seconds first = table.time(0);
    for (const io::CsvBlock& block : table.blocks) {
      for (std::size_t row = 0; row < block.rows; ++row) first = std::min(first, block.times[row]);
    }
    return core::day_of(first) * core::kSecondsPerDay;
  }

  // Long tables of targets name the wells themselves; they are read once, before files that need the names.
  void read_long_tables_first() {
    if (wells_declared_) return;
    Variables variables;
    core::Problems ignored;
    std::vector<Job> jobs;
    for (Job& job : loading::make_jobs(params_, base_, {}, *step_, variables, ignored)) {
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
  }

  // Small files side by side; a large one by itself, which uses all threads.
  void run_jobs(const std::vector<std::string>& sorted_wells) {
    std::vector<std::size_t> small;
    std::vector<JobResult> results(jobs_.size());
    core::Progress progress("reading", jobs_.size(), "files", context_.show_progress && jobs_.size() > 50);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (results_.count(jobs_[i].key) > 0) continue;
      std::error_code error;
      const std::uintmax_t size = std::filesystem::file_size(jobs_[i].path, error);
      if (error || size < kLargeFile) {
        small.push_back(i);
      } else {
        results[i] = loading::run_job(jobs_[i], sorted_wells, grid_);
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
      if (results_.try_emplace(jobs_[i].key, std::move(results[i])).second) order_.push_back(jobs_[i].key);
    }
  }

  void take_messages() {
    for (const std::string& key : order_) {
      JobResult& result = results_.at(key);
      if (!result.file.hash.empty()) data_.files.push_back(result.file);
      data_.said.insert(data_.said.end(), result.said.begin(), result.said.end());
      take_problems(result.problems);
    }
  }

  // Problems of wells that may be left out become reasons; the same problem of several wells becomes one.
  void take_problems(const std::vector<WellProblem>& problems) {
    std::map<std::string, std::vector<std::string>> wells_with;
    const auto key_of = [](const core::Problem& p) { return p.file + p.what; };
    for (const WellProblem& one : problems) wells_with[key_of(one.problem)].push_back(one.well);
    for (const WellProblem& one : problems) {
      if (params_.leave_out_bad_wells && !one.well.empty()) {
        bad_[one.well].push_back(one.problem.text());
        continue;
      }
      const std::vector<std::string>& wells = wells_with[key_of(one.problem)];
      core::Problem problem = one.problem;
      if (wells.size() > kSameProblems) {
        if (one.well != wells.front()) continue;
        problem.what += "; the same for";
        for (std::size_t i = 1; i < std::min<std::size_t>(wells.size(), 6); ++i)
          problem.what += " " + wells[i];
        if (wells.size() > 6) problem.what += fmt::format(" and {} more", wells.size() - 6);
      }
      problems_.add(std::move(problem));
    }
  }

  bool build_panel() {
    take_messages();
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = std::numeric_limits<std::int64_t>::min();
    for (const auto& [key, result] : results_) {
      for (const LoadedSeries& series : result.series) {
        if (series.steps.values.empty()) continue;
        first = std::min(first, series.steps.first);
        end = std::max(end, series.steps.end());
      }
    }
    if (params_.start) first = grid_.index(*params_.start);
    if (params_.end) end = grid_.index(*params_.end) + 1;
    if (first >= end) return false;  // nothing was read: problems say why
    const auto size = static_cast<std::size_t>(end - first);
    if (size * wells_.size() * variables_.list.size() > kMaxCells) {
      problems_.add({.where = "data",
                     .what = fmt::format("{} wells x {} variables x {} steps do not fit into memory",
                                         wells_.size(), variables_.list.size(), size),
                     .mend = "Set data.start and data.end, or a longer step"});
      return false;
    }
    first_step_ = first;
    const core::TimeAxis axis(grid_.start(first), *step_, size);
    data_.panel = make_panel(axis, wells_, variables_.list);
    for (std::size_t v = 0; v < variables_.targets; ++v) data_.targets.push_back(v);
    for (std::size_t v = variables_.targets; v < variables_.list.size(); ++v) data_.inputs.push_back(v);
    place_all();
    return true;
  }

  void place_all() {
    std::map<std::string, std::size_t> entity;
    for (std::size_t e = 0; e < wells_.size(); ++e) entity[wells_[e]] = e;
    states_.assign(wells_.size() * variables_.list.size(), SourceState::none);
    mark_failed();
    for (const std::string& key : order_) {
      for (LoadedSeries& series : results_.at(key).series) {
        if (!series.well.empty()) {
          const auto found = entity.find(series.well);
          if (found != entity.end()) place(series, found->second);
        } else {
          for (std::size_t e = 0; e < wells_.size(); ++e) {
            const std::vector<std::string>& some = series.source->wells;
            if (some.empty() || std::find(some.begin(), some.end(), wells_[e]) != some.end())
              place(series, e);
          }
        }
        std::vector<double>().swap(series.steps.values);
      }
    }
    results_.clear();
  }

  // Variables of files with problems: their absence is not a second problem.
  void mark_failed() {
    for (const Job& job : jobs_) {
      for (const WellProblem& one : results_.at(job.key).problems) {
        for (std::size_t e = 0; e < wells_.size(); ++e) {
          if (!one.well.empty() && one.well != wells_[e]) continue;
          for (const loading::Use& use : job.uses)
            states_[e * variables_.list.size() + use.variable] = SourceState::failed;
        }
      }
    }
  }

  void place(const LoadedSeries& series, std::size_t e) {
    const std::size_t cell = e * variables_.list.size() + series.variable;
    const std::string& name = variables_.list[series.variable].name;
    if (states_[cell] == SourceState::read) {
      problems_.add({.where = "well " + wells_[e],
                     .what = fmt::format("two sources give '{}'", name),
                     .mend = "Restrict one of them with 'wells'"});
      return;
    }
    states_[cell] = SourceState::read;
    const std::span<double> out = data_.panel.series(e, series.variable);
    const std::int64_t shift = series.steps.first - first_step_;
    for (std::size_t i = 0; i < series.steps.values.size(); ++i) {
      const std::int64_t t = shift + static_cast<std::int64_t>(i);
      if (t >= 0 && t < static_cast<std::int64_t>(out.size()))
        out[static_cast<std::size_t>(t)] = series.steps.values[i];
    }
    if (series.is_target) {
      data_.records.push_back(series.record);
      data_.records.back().entity = wells_[e];
    }
  }

  void leave_out(const std::string& well, const std::string& reason) {
    for (const LeftOut& known : data_.left_out) {
      if (known.entity == well) return;
    }
    data_.left_out.push_back({well, reason});
  }

  void require_observations() {
    const RequireParams& r = params_.require;
    std::map<std::string, std::size_t> steps;
    for (const TargetRecord& record : data_.records) {
      steps[record.entity] += record.steps;
      if (record.observations == 0) continue;
      if (r.first_before && record.first >= *r.first_before + core::kSecondsPerDay)
        leave_out(record.entity, "the record starts on " + core::format_date(record.first));
      if (r.last_after && record.last < *r.last_after)
        leave_out(record.entity, "the record ends on " + core::format_date(record.last));
    }
    for (const auto& [well, n] : steps) {
      if (n > 0 && n < static_cast<std::size_t>(r.min_observations))
        leave_out(well, fmt::format("only {} steps are observed", n));
    }
  }

  void require_attributes() {
    const Attributes& attributes = data_.panel.attributes;
    if (!params_.require.complete_attributes || attributes.names.empty()) return;
    for (const auto& [well, missing] : missing_attributes()) leave_out(well, missing);
  }

  std::vector<std::pair<std::string, std::string>> missing_attributes() const {
    std::vector<std::pair<std::string, std::string>> out;
    const Attributes& attributes = data_.panel.attributes;
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      std::string names;
      for (std::size_t a = 0; a < attributes.names.size(); ++a) {
        if (std::isnan(attributes.values[e * attributes.names.size() + a]))
          names += (names.empty() ? "" : ", ") + attributes.names[a];
      }
      if (!names.empty()) out.emplace_back(wells_[e], "attributes are missing: " + names);
    }
    return out;
  }

  void split_and_fill() {
    data_.split = make_split(data_.panel, data_.targets, params_.split, problems_);
    if (!data_.split.said.empty()) data_.said.push_back(data_.split.said);
    std::vector<WellProblem> found;
    loading::check_targets(data_, states_, found);
    loading::check_drivers(data_, variables_.driver_columns.size(), states_, found);
    fill_all_gaps(found);
    take_problems(found);
    add_derived();
  }

  // The steps of all training periods: nothing later enters a climatology.
  Range fit_range() const {
    Range fit{data_.panel.time_count(), data_.panel.time_count()};
    for (const EntitySplit& split : data_.split.entities) {
      fit.first = std::min(fit.first, split.train.first);
      fit.end = std::min(fit.end, split.train.end);
    }
    return fit;
  }

  void fill_all_gaps(std::vector<WellProblem>& problems) {
    const Range fit = fit_range();
    std::vector<std::size_t> flagged;
    for (std::size_t i = 0; i < variables_.driver_columns.size(); ++i) {
      if (variables_.driver_columns[i]->gaps == GapPolicy::flag) flagged.push_back(variables_.targets + i);
    }
    const std::size_t first_flag = data_.panel.variable_count();
    std::vector<Variable> flags;
    for (const std::size_t v : flagged) flags.push_back({variables_.list[v].name + "_missing", "-"});
    add_variables(flags);
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      for (std::size_t i = 0; i < variables_.driver_columns.size(); ++i) {
        const std::size_t v = variables_.targets + i;
        const auto flag = std::find(flagged.begin(), flagged.end(), v);
        const std::span<double> flag_series =
            flag == flagged.end()
                ? std::span<double>()
                : data_.panel.series(e, first_flag + static_cast<std::size_t>(flag - flagged.begin()));
        fill_one(e, v, *variables_.driver_columns[i], fit, flag_series, problems);
      }
    }
  }

  void fill_one(std::size_t e, std::size_t v, const DriverColumnParams& column, const Range& fit,
                std::span<double> flags, std::vector<WellProblem>& problems) {
    const core::TimeAxis& axis = data_.panel.axis;
    const GapResult gap =
        fill_gaps(data_.panel.series(e, v), axis, fit, column.gaps, column.gap_steps, flags);
    if (gap.steps == 0) return;
    const std::string& name = variables_.list[v].name;
    data_.gaps.push_back({wells_[e], name, gap_policy_name(column.gaps), gap.steps, gap.filled, gap.longest,
                          axis.start(gap.first)});
    if (!gap.refused) return;
    const bool linear = column.gaps == GapPolicy::linear;
    problems.push_back(
        {wells_[e],
         core::Problem{
             .where = fmt::format("well {}, driver '{}'", wells_[e], name),
             .what =
                 fmt::format("{} steps are missing between its first and last value, the first at {}, the "
                             "longest gap has {} steps{}",
                             gap.steps, core::format_date(axis.start(gap.first)), gap.longest,
                             linear ? fmt::format(", more than gap_steps = {}", column.gap_steps) : ""),
             .allowed = "no gap, or a named policy",
             .mend = "Mend the file, or set gaps: linear, climatology, flag or keep for this column"}});
  }

  // Appends variables full of NaN as inputs.
  void add_variables(const std::vector<Variable>& more) {
    if (more.empty()) return;
    std::vector<Variable> all = data_.panel.variables;
    all.insert(all.end(), more.begin(), more.end());
    Panel panel = make_panel(data_.panel.axis, wells_, all);
    const std::size_t block = data_.panel.variable_count() * data_.panel.time_count();
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      const auto from = data_.panel.values.begin() + static_cast<std::ptrdiff_t>(e * block);
      std::copy(from, from + static_cast<std::ptrdiff_t>(block), panel.series(e, 0).begin());
    }
    for (std::size_t v = data_.panel.variable_count(); v < all.size(); ++v) data_.inputs.push_back(v);
    data_.panel = std::move(panel);
  }

  void add_derived() {
    const std::vector<DerivedVariable> derived =
        list_derived(params_.derived, data_.panel.variables, problems_);
    const std::size_t first = data_.panel.variable_count();
    std::vector<Variable> names;
    for (const DerivedVariable& one : derived) names.push_back(one.variable);
    add_variables(names);
    core::parallel_for(wells_.size(), [&](std::size_t e) {
      for (std::size_t i = 0; i < derived.size(); ++i)
        compute_derived(data_.panel, e, derived[i], data_.panel.series(e, first + i));
    });
  }

  // Wells with reasons leave the panel, the split and the records.
  void drop_bad_wells() {
    for (const auto& [well, reasons] : bad_) {
      std::string text;
      for (const std::string& reason : reasons) text += (text.empty() ? "" : "; ") + reason;
      leave_out(well, text);
    }
    if (data_.left_out.empty()) return;
    std::set<std::string> gone;
    for (const LeftOut& one : data_.left_out) gone.insert(one.entity);
    std::vector<std::size_t> kept;
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      if (gone.count(wells_[e]) == 0) kept.push_back(e);
    }
    if (kept.empty())
      problems_.add({.where = "data", .what = "no well is left: " + data_.left_out.front().reason});
    keep_wells(kept);
    std::erase_if(data_.records, [&](const TargetRecord& r) { return gone.count(r.entity) > 0; });
    std::erase_if(data_.gaps, [&](const GapRecord& g) { return gone.count(g.entity) > 0; });
  }

  void keep_wells(const std::vector<std::size_t>& kept) {
    Panel& old = data_.panel;
    std::vector<std::string> names;
    for (const std::size_t e : kept) names.push_back(old.entities[e]);
    Panel panel = make_panel(old.axis, names, old.variables);
    const std::size_t block = old.variable_count() * old.time_count();
    const std::size_t attributes = old.attributes.names.size();
    panel.attributes.names = old.attributes.names;
    std::vector<EntitySplit> splits;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const std::size_t e = kept[i];
      const auto from = old.values.begin() + static_cast<std::ptrdiff_t>(e * block);
      std::copy(from, from + static_cast<std::ptrdiff_t>(block),
                panel.values.begin() + static_cast<std::ptrdiff_t>(i * block));
      panel.places[i] = old.places[e];
      for (std::size_t a = 0; a < attributes; ++a)
        panel.attributes.values.push_back(old.attributes.values[e * attributes + a]);
      if (e < data_.split.entities.size()) splits.push_back(data_.split.entities[e]);
    }
    data_.split.entities = std::move(splits);
    old = std::move(panel);
  }

  void say() {
    for (const std::string& text : data_.said) context_.log.detail(text);
    for (const LeftOut& one : data_.left_out)
      context_.log.warn("well " + one.entity + " is left out: " + one.reason);
    for (const std::string& text : data_.warnings) context_.log.warn(text);
  }

  const DataParams& params_;
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
  std::map<std::string, JobResult> results_;
  std::vector<std::string> order_;
  std::int64_t first_step_ = 0;
  std::vector<SourceState> states_;
  std::map<std::string, std::vector<std::string>> bad_;
};

}  // namespace

LoadedData load(const DataParams& params, const std::filesystem::path& base, core::Problems& problems,
                core::Context context) {
  return Loader(params, base, problems, context).run();
}

}  // namespace phreatic::data
