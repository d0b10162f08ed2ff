// SPDX-License-Identifier: BSD-3-Clause
// From series on the grid to the panel: axis, gaps, derived inputs, attributes, places, split, checks, wells
// left out; in this order.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "phreatic/core/parallel.hpp"
#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {
namespace {

constexpr std::size_t kSameProblems = 2;  // more wells with the same problem are told as one
constexpr std::size_t kMaxCells = std::size_t{1} << 34;

class PanelBuilder {
 public:
  PanelBuilder(const PanelInput& input, std::vector<JobResult> results, LoadedData& data,
               core::Problems& problems)
      : input_(input),
        params_(input.params),
        wells_(input.wells),
        variables_(input.variables),
        results_(std::move(results)),
        data_(data),
        problems_(problems) {}

  void run() {
    if (!build_panel()) return;
    require_observations();
    load_places(params_.places, input_.base, data_, problems_);
    split_and_fill();
    load_attributes(params_, input_.base, data_, problems_);
    require_attributes();
    drop_bad_wells();
    fill_attributes(data_, problems_);
  }

 private:
  void take_messages() {
    for (JobResult& result : results_) {
      for (const FileRecord& file : result.files) {
        if (!file.hash.empty()) data_.files.push_back(file);
      }
      data_.said.insert(data_.said.end(), result.said.begin(), result.said.end());
      take_problems(result.problems);
      data_.warnings.insert(data_.warnings.end(), result.warnings.begin(), result.warnings.end());
    }
  }

  // Doubts become warnings, once for all wells with the same.
  void take_doubts() {
    std::vector<std::string> order;
    std::map<std::string, std::vector<std::string>> wells_with;
    for (const JobResult& result : results_) {
      for (const Doubt& doubt : result.doubts) {
        const auto [found, added] = wells_with.try_emplace(doubt.text);
        if (added) order.push_back(doubt.text);
        std::vector<std::string>& wells = found->second;
        if (std::find(wells.begin(), wells.end(), doubt.well) == wells.end()) wells.push_back(doubt.well);
      }
    }
    for (const std::string& text : order) {
      const std::vector<std::string>& wells = wells_with[text];
      std::string where;
      for (std::size_t i = 0; i < std::min<std::size_t>(wells.size(), 3); ++i)
        where += (i == 0 ? "" : ", ") + wells[i];
      if (wells.size() > 3) where += fmt::format(" and {} more", wells.size() - 3);
      data_.warnings.push_back(
          where.empty() ? text : fmt::format("{} {}: {}", wells.size() == 1 ? "well" : "wells", where, text));
    }
  }

  // Problems of wells that may be left out become reasons; the same problem of several wells becomes one.
  void take_problems(const std::vector<WellProblem>& problems) {
    std::map<std::string, std::vector<std::string>> wells_with;
    const auto key_of = [](const WellProblem& one) {  // with what it is about, but not whose it is
      std::string where = one.problem.where;
      const std::string whose = "well " + one.well;
      if (where.compare(0, whose.size(), whose) == 0) where.erase(0, whose.size());
      return one.problem.file + one.problem.what + where;
    };
    for (const WellProblem& one : problems) wells_with[key_of(one)].push_back(one.well);
    for (const WellProblem& one : problems) {
      if (params_.leave_out_bad_wells && !one.well.empty()) {
        bad_[one.well].push_back(one.problem.text());
        continue;
      }
      const std::vector<std::string>& wells = wells_with[key_of(one)];
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

  // What is guessed is said, and so is a name that tells nothing.
  void say_roles() {
    for (std::size_t i = 0; i < variables_.driver_columns.size(); ++i) {
      const DriverColumnParams& column = *variables_.driver_columns[i];
      if (column.role != "auto") continue;
      const Role role = variables_.list[variables_.targets + i].role;
      data_.said.push_back(
          role_of_name(column.name)
              ? fmt::format("driver '{}' is taken as {}, by its name", column.name, to_text(role))
              : fmt::format("driver '{}': its name tells no role; 'role:' gives one", column.name));
    }
  }

  bool build_panel() {
    take_messages();
    take_doubts();
    say_roles();
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = std::numeric_limits<std::int64_t>::min();
    for (const JobResult& result : results_) {
      for (const LoadedSeries& series : result.series) {
        if (series.steps.values.empty()) continue;
        first = std::min(first, series.steps.first);
        end = std::max(end, series.steps.end());
      }
    }
    if (params_.start) first = input_.grid.index(*params_.start);
    if (params_.end) end = input_.grid.index(*params_.end) + 1;
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
    const core::TimeAxis axis(input_.grid.start(first), input_.grid.step(), size);
    data_.panel = make_panel(axis, wells_, variables_.list);
    for (std::size_t v = 0; v < variables_.targets; ++v) data_.targets.push_back(v);
    for (std::size_t v = variables_.targets; v < variables_.list.size(); ++v) data_.inputs.push_back(v);
    place_all();
    return true;
  }

  // Where each series goes; then all are copied, several at once.
  void place_all() {
    std::map<std::string, std::size_t> entity;
    for (std::size_t e = 0; e < wells_.size(); ++e) entity[wells_[e]] = e;
    sources_.assign(wells_.size() * variables_.list.size(), {});
    mark_failed();
    std::vector<std::pair<LoadedSeries*, std::size_t>> moves;
    for (JobResult& result : results_) {
      for (LoadedSeries& series : result.series) {
        if (!series.well.empty()) {
          const auto found = entity.find(series.well);
          if (found != entity.end() && claim(series, found->second, result.path))
            moves.emplace_back(&series, found->second);
          continue;
        }
        const std::vector<std::string>& some = series.source->wells;
        for (std::size_t e = 0; e < wells_.size(); ++e) {
          const bool wanted = some.empty() || std::find(some.begin(), some.end(), wells_[e]) != some.end();
          if (wanted && claim(series, e, result.path)) moves.emplace_back(&series, e);
        }
      }
    }
    core::parallel_for(moves.size(), [&](std::size_t i) {
      copy(*moves[i].first, moves[i].second);
      if (!moves[i].first->well.empty()) std::vector<double>().swap(moves[i].first->steps.values);
    });
    results_.clear();
  }

  // False, with a problem, when another source gives the same.
  bool claim(const LoadedSeries& series, std::size_t e, const std::string& file) {
    SeriesSource& source = sources_[e * variables_.list.size() + series.variable];
    if (source.state == SourceState::read) {
      problems_.add({.file = file,
                     .where = "well " + wells_[e],
                     .what = fmt::format("two sources give '{}', the other is {}",
                                         variables_.list[series.variable].name, source.file),
                     .mend = "If they are parts of one record, name both in one source: files: [first.csv, "
                             "second.csv]; if each "
                             "is for other wells, restrict them with 'wells'"});
      return false;
    }
    source = {SourceState::read, file, series.column, series.incomplete};
    data_.summaries.push_back(series.summary);
    data_.summaries.back().entity = wells_[e];
    data_.summaries.back().variable = variables_.list[series.variable].name;
    data_.summaries.back().study_unit = variables_.list[series.variable].unit;
    if (series.is_target) {
      data_.records.push_back(series.record);
      data_.records.back().entity = wells_[e];
    }
    return true;
  }

  void copy(const LoadedSeries& series, std::size_t e) {
    const std::span<double> out = data_.panel.series(e, series.variable);
    const std::int64_t shift = series.steps.first - first_step_;
    for (std::size_t i = 0; i < series.steps.values.size(); ++i) {
      const std::int64_t t = shift + static_cast<std::int64_t>(i);
      if (t >= 0 && t < static_cast<std::int64_t>(out.size()))
        out[static_cast<std::size_t>(t)] = series.steps.values[i];
    }
  }

  // Variables of files with problems: their absence is not a second problem.
  void mark_failed() {
    for (const JobResult& result : results_) {
      for (const WellProblem& one : result.problems) {
        for (std::size_t e = 0; e < wells_.size(); ++e) {
          if (!one.well.empty() && one.well != wells_[e]) continue;
          for (const std::size_t v : result.variables)
            sources_[e * variables_.list.size() + v] = {SourceState::failed, result.path, nullptr, {}};
        }
      }
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
    std::vector<WellProblem> found;
    if (params_.for_use) {
      const std::size_t n = data_.panel.time_count();
      data_.split.entities.assign(data_.panel.entity_count(), {{0, n}, {n, n}, {0, n}, false});
    } else {
      core::Problems of_split;
      data_.split = make_split(data_.panel, data_.targets, params_.split, of_split);
      // Without any level the split is empty; where files could not be read, that is no second problem.
      const bool follows = data_.split.entities.empty() && !params_.leave_out_bad_wells && target_failed();
      for (const core::Problem& problem : of_split.items()) {
        if (!follows || problem.where != "split") problems_.add(problem);
      }
      if (!data_.split.said.empty()) data_.said.push_back(data_.split.said);
      check_targets(data_, sources_, found);
    }
    check_drivers(data_, variables_.driver_columns.size(), params_.partial_drivers, sources_, found);
    fill_driver_gaps(variables_, sources_, data_, found);
    take_problems(found);
    add_derived(params_, data_, problems_);
  }

  bool target_failed() const {
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      for (const std::size_t v : data_.targets) {
        if (sources_[e * variables_.list.size() + v].state == SourceState::failed) return true;
      }
    }
    return false;
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

  const PanelInput& input_;
  const DataParams& params_;
  const std::vector<std::string>& wells_;
  const Variables& variables_;
  std::vector<JobResult> results_;
  LoadedData& data_;
  core::Problems& problems_;
  std::int64_t first_step_ = 0;
  std::vector<SeriesSource> sources_;                    // [entity][variable]
  std::map<std::string, std::vector<std::string>> bad_;  // reasons to leave wells out
};

}  // namespace

void build_panel(const PanelInput& input, std::vector<JobResult> results, LoadedData& data,
                 core::Problems& problems) {
  PanelBuilder(input, std::move(results), data, problems).run();
}

}  // namespace phreatic::data::loading
