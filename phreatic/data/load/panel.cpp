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
#include "phreatic/data/derive.hpp"
#include "phreatic/data/gaps.hpp"
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
    source = {SourceState::read, file, series.column};
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
            sources_[e * variables_.list.size() + v] = {SourceState::failed, result.path};
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
      data_.split = make_split(data_.panel, data_.targets, params_.split, problems_);
      if (!data_.split.said.empty()) data_.said.push_back(data_.split.said);
      check_targets(data_, sources_, found);
    }
    check_drivers(data_, variables_.driver_columns.size(), params_.partial_drivers, sources_, found);
    fill_all_gaps(found);
    take_problems(found);
    add_derived();
  }

  // The steps of all training periods: nothing later enters a climatology.
  StepRange fit_range() const {
    StepRange fit{data_.panel.time_count(), data_.panel.time_count()};
    for (const EntitySplit& split : data_.split.entities) {
      fit.begin = std::min(fit.begin, split.train.begin);
      fit.end = std::min(fit.end, split.train.end);
    }
    return fit;
  }

  // The settings of a driver for one well: those of the source that gave it.
  const DriverColumnParams& column_of(std::size_t e, std::size_t driver) const {
    const SeriesSource& source = sources_[e * variables_.list.size() + variables_.targets + driver];
    return source.column != nullptr ? *source.column : *variables_.driver_columns[driver];
  }

  void fill_all_gaps(std::vector<WellProblem>& problems) {
    const StepRange fit = fit_range();
    const std::size_t drivers = variables_.driver_columns.size();
    std::vector<std::size_t> flagged;
    for (std::size_t i = 0; i < drivers; ++i) {
      for (std::size_t e = 0; e < wells_.size(); ++e) {
        if (column_of(e, i).gaps != GapPolicy::flag) continue;
        flagged.push_back(variables_.targets + i);
        break;
      }
    }
    const std::size_t first_flag = data_.panel.variable_count();
    std::vector<Variable> flags;
    for (const std::size_t v : flagged)
      flags.push_back({variables_.list[v].name + "_missing", "-", variables_.list[v].role, true});
    add_variables(flags);
    std::vector<GapResult> gaps(wells_.size() * drivers);
    core::parallel_for(wells_.size(), [&](std::size_t e) {
      for (std::size_t i = 0; i < drivers; ++i) {
        const DriverColumnParams& column = column_of(e, i);
        const std::size_t v = variables_.targets + i;
        const auto flag = std::find(flagged.begin(), flagged.end(), v) - flagged.begin();
        const bool has_flag = flag < static_cast<std::ptrdiff_t>(flagged.size());
        const std::span<double> flag_series =
            has_flag ? data_.panel.series(e, first_flag + static_cast<std::size_t>(flag))
                     : std::span<double>();
        gaps[e * drivers + i] = fill_gaps(data_.panel.series(e, v), data_.panel.axis, fit, column.gaps,
                                          column.gap_steps, flag_series);
      }
    });
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      for (std::size_t i = 0; i < drivers; ++i) record_gap(e, i, gaps[e * drivers + i], problems);
    }
  }

  void record_gap(std::size_t e, std::size_t driver, const GapResult& gap,
                  std::vector<WellProblem>& problems) {
    if (gap.steps == 0) return;
    const DriverColumnParams& column = column_of(e, driver);
    const Variable& variable = variables_.list[variables_.targets + driver];
    const core::Seconds first = data_.panel.axis.start(gap.first);
    data_.gaps.push_back(
        {wells_[e], variable.name, gap_policy_name(column.gaps), gap.steps, gap.filled, gap.longest, first});
    if (!gap.refused) return;
    core::Problem problem{.file = sources_[e * variables_.list.size() + variables_.targets + driver].file,
                          .where = fmt::format("well {}, driver '{}'", wells_[e], variable.name)};
    problem.what = fmt::format(
        "{} steps are missing between its first and last value, the first at {}, the longest gap has {} "
        "steps",
        gap.steps, core::format_date(first), gap.longest);
    if (column.gaps == GapPolicy::linear)
      problem.what += fmt::format(", more than gap_steps = {}", column.gap_steps);
    problem.allowed = "no gap, or a named policy";
    const bool water = variable.role == Role::precipitation || variable.role == Role::pumping ||
                       variable.unit.rfind("mm/", 0) == 0;
    problem.mend = fmt::format(
        "Mend the file, or set gaps: {}linear, climatology, flag, hold or keep for this column of this "
        "source",
        water ? "zero (the file holds only steps with water), " : "");
    problems.push_back({wells_[e], problem});
  }

  // Appends variables full of NaN as inputs.
  void add_variables(const std::vector<Variable>& more) {
    if (more.empty()) return;
    std::vector<Variable> all = data_.panel.variables;
    all.insert(all.end(), more.begin(), more.end());
    Panel panel = make_panel(data_.panel.axis, wells_, all);
    panel.places = data_.panel.places;
    const std::size_t block = data_.panel.variable_count() * data_.panel.time_count();
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      const auto from = data_.panel.values.begin() + static_cast<std::ptrdiff_t>(e * block);
      std::copy(from, from + static_cast<std::ptrdiff_t>(block), panel.series(e, 0).begin());
    }
    for (std::size_t v = data_.panel.variable_count(); v < all.size(); ++v) data_.inputs.push_back(v);
    data_.panel = std::move(panel);
  }

  static bool has_value(std::span<const double> series) {
    return std::any_of(series.begin(), series.end(), [](double x) { return !std::isnan(x); });
  }

  // Has the well all that the input is computed from?
  bool has_sources(const DerivedVariable& what, std::size_t e) const {
    if (what.kind == DerivedKind::calendar) return false;
    if (what.kind != DerivedKind::evaporation) return has_value(data_.panel.series(e, what.from));
    return std::all_of(what.weather.begin(), what.weather.end(),
                       [&](std::size_t v) { return has_value(data_.panel.series(e, v)); });
  }

  // A derived input without any value would leave the models without a word.
  void refuse_empty(const std::vector<DerivedVariable>& derived, std::size_t first) {
    for (std::size_t i = 0; i < derived.size(); ++i) {
      std::string empty;
      std::size_t count = 0;
      for (std::size_t e = 0; e < wells_.size(); ++e) {
        if (!has_sources(derived[i], e) || has_value(data_.panel.series(e, first + i))) continue;
        if (++count <= 5) empty += (empty.empty() ? "" : ", ") + wells_[e];
      }
      if (count > 5) empty += fmt::format(" and {} more", count - 5);
      if (count > 0)
        problems_.add(
            {.where = "data.derived, '" + derived[i].variable.name + "'",
             .what = derived[i].kind == DerivedKind::evaporation
                         ? fmt::format("it has no value for {}: no step has all of its weather", empty)
                         : fmt::format("it has no value for {}: {} steps are asked for, the record "
                                       "has {} and gaps count",
                                       empty, derived[i].steps, data_.panel.time_count()),
             .mend = "Shorten its steps, or close the gaps of what it is computed from"});
    }
  }

  std::string wells_without(double Place::*what) const {
    std::string out;
    std::size_t count = 0;
    for (std::size_t e = 0; e < wells_.size(); ++e) {
      if (std::isnan(data_.panel.places[e].*what) && ++count <= 5)
        out += (out.empty() ? "" : ", ") + wells_[e];
    }
    return count > 5 ? out + fmt::format(" and {} more", count - 5) : out;
  }

  // Evaporation needs the latitude; where the elevation is unknown, the air is that of the sea's level.
  void check_places(const DerivedVariable& one) {
    const std::string latitude = needs_latitude(one) ? wells_without(&Place::latitude) : "";
    if (!latitude.empty())
      problems_.add(
          {.where = "data.derived, '" + one.variable.name + "'",
           .what = "the latitude is not known of " + latitude,
           .mend = "Name a table of the wells' coordinates under data.places, or use method: makkink"});
    const std::string elevation = needs_elevation(one) ? wells_without(&Place::elevation_m) : "";
    if (!elevation.empty())
      data_.said.push_back(
          fmt::format("{}: elevation unknown of {}: computed with the air pressure at sea level",
                      one.variable.name, elevation));
  }

  void add_derived() {
    const std::vector<DerivedVariable> derived =
        list_derived(params_.derived, data_.panel.variables, data_.panel.axis.step(), problems_);
    const std::size_t first = data_.panel.variable_count();
    std::vector<Variable> names;
    for (const DerivedVariable& one : derived) {
      names.push_back(one.variable);
      check_places(one);
    }
    add_variables(names);
    core::parallel_for(wells_.size(), [&](std::size_t e) {
      for (std::size_t i = 0; i < derived.size(); ++i)
        compute_derived(data_.panel, e, derived[i], data_.panel.series(e, first + i));
    });
    refuse_empty(derived, first);
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
