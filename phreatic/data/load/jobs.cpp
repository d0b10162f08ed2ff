// SPDX-License-Identifier: BSD-3-Clause
// From settings to the files to be read, each once.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

Role role_of(const DriverColumnParams& column) {
  if (const auto declared = parse_role(column.role)) return *declared;
  return role_of_name(column.name).value_or(Role::other);
}

Role role_of(const TargetParams& target) {
  if (const auto declared = parse_role(target.role)) return *declared;
  if (target.quantity != Quantity::other) return Role::level;
  return role_of_name(target.name).value_or(Role::other);
}

namespace {

class JobMaker {
 public:
  JobMaker(const DataParams& params, const std::filesystem::path& base, const std::vector<std::string>& wells,
           const core::Step& step, Variables& variables, core::Problems& problems)
      : params_(params),
        base_(base),
        wells_(wells),
        step_(step),
        variables_(variables),
        problems_(problems) {}

  std::vector<Job> run() {
    for (std::size_t i = 0; i < params_.targets.size(); ++i)
      add_target(params_.targets[i], fmt::format("data.targets.{}", i + 1));
    variables_.targets = variables_.list.size();
    for (std::size_t i = 0; i < params_.drivers.size(); ++i)
      add_driver(params_.drivers[i], fmt::format("data.drivers.{}", i + 1));
    return std::move(jobs_);
  }

 private:
  // Index of the variable; a problem when its unit or role changes between sources.
  std::size_t variable(const std::string& name, const std::string& unit, Role role, bool is_target,
                       const std::string& where) {
    for (std::size_t v = 0; v < variables_.list.size(); ++v) {
      if (variables_.list[v].name != name) continue;
      const bool was_target = is_target || v < variables_.targets;
      if (was_target != is_target) {
        problems_.add({.where = where,
                       .what = "'" + name + "' is both a target and a driver",
                       .mend = "Give the driver another name"});
      } else if (variables_.list[v].unit != unit) {
        problems_.add({.where = where,
                       .what = fmt::format("variable '{}' is in {} here and in {} in another source", name,
                                           unit, variables_.list[v].unit)});
      } else if (variables_.list[v].role != role) {
        problems_.add({.where = where,
                       .what = fmt::format("variable '{}' has the role {} here and {} in another source",
                                           name, to_text(role), to_text(variables_.list[v].role)),
                       .mend = "Give the same 'role' in every source of it"});
      }
      return v;
    }
    variables_.list.push_back({name, unit, role});
    return variables_.list.size() - 1;
  }

  void add_target(const TargetParams& target, const std::string& where) {
    const std::string dimension = target.quantity == Quantity::other ? "" : "m";
    const auto rule =
        unit_rule(target.unit, target.aggregate, dimension, role_of(target), step_, where, problems_);
    if (!rule) return;
    check_source(target.source, where);
    Use use;
    use.variable = variable(target.name, rule->unit, role_of(target), true, where);
    use.rule = rule->aggregate;
    use.rule.factor *= target.factor;
    use.target = &target;
    use.unit = target.unit;
    use.name = target.name;
    use.role = role_of(target);
    if (target.column.find("{id}") != std::string::npos) {
      add_wide(target.source, where, target.column, use);
      return;
    }
    std::vector<std::string> columns;
    if (!target.column.empty()) columns.push_back(target.column);
    if (target.reference_column) {
      if (columns.empty()) problems_.add({.where = where, .what = "reference_column needs 'column' as well"});
      columns.push_back(*target.reference_column);
    }
    const bool many = has_id(target.source) || !target.source.id_column.empty();
    if (!many && wanted(target.source).size() != 1 && !target.source.files.empty() &&
        !is_netcdf(target.source.files.front())) {
      problems_.add(
          {.where = where,
           .what = fmt::format("'{}' is one file, but for {} wells", joined(target.source.files),
                               wanted(target.source).size()),
           .mend = "Put {id} into the path, name the id_column of a long table, give one well, or, where "
                   "each well has a column, write column: '{id}'"});
      return;
    }
    for_each_file(target.source, where, columns, {use}, target.reference_column ? 1 : 0);
  }

  void add_driver(const DriverParams& driver, const std::string& where) {
    std::vector<Use> uses;
    std::vector<std::string> columns;
    check_source(driver.source, where);
    for (const DriverColumnParams& column : driver.columns) {
      const std::string place = where + ".columns '" + column.name + "'";
      if (column.name.empty() || column.column.empty()) continue;  // reported by the reader
      const auto rule =
          unit_rule(column.unit, column.aggregate, "", role_of(column), step_, place, problems_);
      if (!rule) continue;
      Use use;
      const std::size_t before = variables_.list.size();
      use.variable = variable(column.name, rule->unit, role_of(column), false, place);
      if (variables_.list.size() > before) variables_.driver_columns.push_back(&column);
      use.rule = rule->aggregate;
      use.rule.factor *= column.factor;
      use.rule.min_coverage = driver.min_coverage;
      use.unit = column.unit;
      use.name = column.name;
      use.role = role_of(column);
      use.column = &column;
      if (column.column.front().find("{id}") != std::string::npos) {
        add_wide(driver.source, where, column.column.front(), use);
        continue;
      }
      for (const std::string& name : column.column) use.numbers.push_back(place_of(columns, name));
      uses.push_back(use);
    }
    if (!uses.empty()) for_each_file(driver.source, where, columns, uses, 0);
  }

  static std::size_t place_of(std::vector<std::string>& list, const std::string& name) {
    const auto found = std::find(list.begin(), list.end(), name);
    if (found != list.end()) return static_cast<std::size_t>(found - list.begin());
    list.push_back(name);
    return list.size() - 1;
  }

  // The wells of the study that a source is for.
  std::vector<std::string> wanted(const FileParams& source) const {
    if (source.wells.empty()) return wells_;
    std::vector<std::string> some;
    for (const std::string& well : source.wells) {
      if (std::find(wells_.begin(), wells_.end(), well) != wells_.end()) some.push_back(well);
    }
    return some;
  }

  // Settings that NetCDF files have no use for are told, not ignored.
  void check_source(const FileParams& source, const std::string& where) {
    if (source.files.empty() || !is_netcdf(source.files.front())) return;
    if (!source.rows.empty())
      problems_.add({.where = where, .what = "'rows' chooses rows of a table; a NetCDF file has none"});
    if (source.time.size() > 1)
      problems_.add(
          {.where = where, .what = "'time' names several columns; a NetCDF file has one time coordinate"});
  }

  // A table with one column per well: one reading for all of them.
  void add_wide(const FileParams& source, const std::string& where, const std::string& pattern,
                const Use& use) {
    if (source.files.empty()) return;
    std::vector<std::string> columns;
    std::vector<Use> uses;
    for (const std::string& well : wanted(source)) {
      Use one = use;
      one.well = well;
      std::string column = pattern;
      for (std::size_t at = column.find("{id}"); at != std::string::npos;
           at = column.find("{id}", at + well.size()))
        column.replace(at, 4, well);
      one.numbers = {place_of(columns, column)};
      uses.push_back(one);
    }
    if (uses.empty()) return;
    try {
      add_use(source_paths(source, "", base_), "", source, where, columns, uses);
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
    }
  }

  void for_each_file(const FileParams& source, const std::string& where,
                     const std::vector<std::string>& columns, std::vector<Use> uses, std::size_t reference) {
    if (source.files.empty()) return;  // reported by the reader
    for (Use& use : uses) {
      if (use.numbers.empty()) use.numbers = {0};
      use.reference = reference;
    }
    const std::vector<std::string> wells = wanted(source);
    const bool one_well = source.id_column.empty() && source.wells.size() == 1 && wells.size() == 1;
    const bool only_well = source.id_column.empty() && uses.front().target != nullptr && wells.size() == 1;
    const std::vector<std::string> one = {one_well || only_well ? wells.front() : ""};
    for (const std::string& well : has_id(source) ? wells : one) {
      try {
        add_use(source_paths(source, well, base_), well, source, where, columns, uses);
      } catch (const core::InputError& error) {
        problems_.add_all(error.problems());
      }
    }
  }

  // All settings of a source besides its paths, as text.
  const std::string& how_read(const FileParams& source) {
    const auto [found, added] = how_read_.try_emplace(&source);
    if (added) {
      FileParams settings = source;
      settings.files.clear();
      found->second = core::to_yaml(settings);
    }
    return found->second;
  }

  // Adds to the job of the same files, read the same way, or makes one.
  void add_use(const std::vector<std::filesystem::path>& paths, const std::string& well,
               const FileParams& source, const std::string& where, const std::vector<std::string>& columns,
               const std::vector<Use>& uses) {
    const bool named = !columns.empty();
    std::string key = well + "|" + how_read(source);
    for (const std::filesystem::path& path : paths) key += "|" + path.string();
    if (!named) key += "|" + where;  // "the only column" cannot be joined with others
    const auto [found, added] = job_of_.try_emplace(key, jobs_.size());
    if (added) {
      Job job;
      job.paths = paths;
      job.key = key;
      job.well = well;
      job.source = &source;
      job.where = well.empty() ? where : "well " + well;
      job.request.dialect = dialect_of(source);
      job.request.where = job.where;
      if (!source.time.empty()) {
        job.request.time = source.time.front();
        job.request.more_time.assign(source.time.begin() + 1, source.time.end());
      }
      job.request.id = source.id_column;
      job.request.rows = source.rows;
      jobs_.push_back(std::move(job));
    }
    Job& job = jobs_[found->second];
    std::vector<std::size_t> places;
    for (const std::string& column : columns) places.push_back(place_of(job.request.numbers, column));
    for (Use use : uses) {
      if (named) {
        for (std::size_t& n : use.numbers) n = places[n];
        use.reference = places[std::min(use.reference, places.size() - 1)];
      }
      job.uses.push_back(std::move(use));
    }
  }

  const DataParams& params_;
  const std::filesystem::path& base_;
  const std::vector<std::string>& wells_;
  core::Step step_;
  Variables& variables_;
  core::Problems& problems_;
  std::vector<Job> jobs_;
  std::map<std::string, std::size_t> job_of_;
  std::map<const FileParams*, std::string> how_read_;
};

}  // namespace

std::vector<Job> make_jobs(const DataParams& params, const std::filesystem::path& base,
                           const std::vector<std::string>& wells, const core::Step& step,
                           Variables& variables, core::Problems& problems) {
  return JobMaker(params, base, wells, step, variables, problems).run();
}

}  // namespace phreatic::data::loading
