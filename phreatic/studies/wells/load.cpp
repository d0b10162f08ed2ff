// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/load.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/data/flags.hpp"
#include "phreatic/studies/wells/virtual_wells.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;

// A folder that lives as long as this object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "phreatic-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw core::RunError(name + ": cannot create a temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Levels of the evaluation source on the panel's axis.
std::vector<double> read_evaluation(const SourceSettings& settings, const data::DataParams& params,
                                    const fs::path& base, const data::Panel& panel, core::Context& context) {
  data::DataParams other = params;
  other.targets = settings.evaluation;
  other.wells = panel.entities;
  other.exclude.clear();
  other.require = {};
  core::Problems problems;
  const data::LoadedData loaded = data::load(other, base, problems, context);
  problems.throw_if_any();
  const std::size_t times = panel.time_count();
  std::vector<double> out(panel.entity_count() * times, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    const auto entity = loaded.panel.find_entity(panel.entities[e]);
    if (!entity) continue;
    const auto series = loaded.panel.series(*entity, loaded.targets.front());
    for (std::size_t t = 0; t < loaded.panel.time_count(); ++t) {
      const auto step = panel.axis.index_of(loaded.panel.axis.start(t));
      if (step) out[e * times + *step] = series[t];
    }
  }
  return out;
}

hydrographs::Prepared prepare(data::LoadedData loaded) {
  hydrographs::Prepared prepared;
  prepared.panel = std::move(loaded.panel);
  prepared.target = loaded.targets.front();
  prepared.drivers = loaded.inputs;
  prepared.split = loaded.split;
  for (const std::string& entity : prepared.panel.entities) {
    const auto& variable = prepared.panel.variables[prepared.target].name;
    const auto found = std::find_if(
        loaded.records.begin(), loaded.records.end(),
        [&](const data::TargetRecord& r) { return r.entity == entity && r.variable == variable; });
    prepared.records.push_back(
        found != loaded.records.end() ? *found : data::TargetRecord{.entity = entity, .variable = variable});
  }
  prepared.loaded = std::move(loaded);
  return prepared;
}

void say_findings(const hydrographs::Prepared& prepared, core::Log& log) {
  for (const std::string& line : prepared.loaded.said) log.detail(line);
  for (const std::string& line : prepared.loaded.warnings) log.warn(line);
  for (const data::LeftOut& well : prepared.loaded.left_out)
    log.info("left out: " + well.entity + ": " + well.reason);
  if (!prepared.loaded.split.said.empty()) log.detail(prepared.loaded.split.said);
}

}  // namespace

void describe(core::Describer& d, SourceSettings& p) {
  d.field("virtual_wells", p.virtual_wells, {.help = "Wells made by the simulator"});
  d.section("data", p.data, "Where levels, drivers and attributes come from");
  d.list("evaluation", p.evaluation, "Levels that only the evaluation may see");
  d.choice("scope", p.scope, {{"global", hydrographs::Scope::global}, {"single", hydrographs::Scope::single}},
           {.help = "One model for all wells, or one for each"});
}

SourceSettings sources_of(const WellsSettings& settings) {
  return {settings.virtual_wells, settings.data, settings.evaluation, settings.task.scope};
}

fs::path base_folder(const WellsSettings& settings, const std::string& study_file) {
  // An absolute folder stands for itself.
  return fs::absolute("." / fs::path(study_file).parent_path() / settings.folder).lexically_normal();
}

hydrographs::Prepared load_wells(const SourceSettings& settings, const fs::path& base,
                                 const std::string& study_file, core::Context& context) {
  data::DataParams params = settings.data;
  params.partial_drivers =
      settings.scope == hydrographs::Scope::single;  // each model takes what its well has
  if (settings.virtual_wells) use_virtual_files(params);
  core::Problems problems;
  if (params.targets.empty()) {
    problems.add({.file = study_file,
                  .where = "data.targets",
                  .what = "no levels are named",
                  .allowed = "a block with at least 'files: folder/{id}.csv'",
                  .mend = "See 'phreatic help data' or 'phreatic init wells DIR'"});
  }
  problems.throw_if_any();
  data::LoadedData loaded = data::load(params, base, problems, context);
  problems.throw_if_any();
  hydrographs::Prepared prepared = prepare(std::move(loaded));
  if (!settings.evaluation.empty())
    prepared.evaluation = read_evaluation(settings, params, base, prepared.panel, context);
  say_findings(prepared, context.log);
  return prepared;
}

hydrographs::Prepared load_for_check(const WellsSettings& settings, const std::string& study_file,
                                     core::Context& context) {
  if (!settings.virtual_wells)
    return load_wells(sources_of(settings), base_folder(settings, study_file), study_file, context);
  const TemporaryFolder temporary;
  basin::write_basin(basin::make_basin(settings.basin), temporary.path());
  return load_wells(sources_of(settings), temporary.path(), study_file, context);
}

namespace {
// The role, or what to do about a name that tells none.
std::string role_text(const data::Variable& variable) {
  if (variable.role != data::Role::other) return data::to_text(variable.role);
  return variable.derived ? "derived" : "no role (its name tells none; give it one with 'role:')";
}
}  // namespace

std::vector<std::string> describe_data(const hydrographs::Prepared& prepared) {
  std::vector<std::string> lines;
  const data::Panel& panel = prepared.panel;
  const auto span = [&](const learn::StepRange& steps) {
    if (steps.end <= steps.begin) return std::string("none");
    return core::format_date(panel.axis.start(steps.begin)) + ".." +
           core::format_date(panel.axis.start(steps.end - 1));
  };
  lines.push_back(fmt::format("{} wells, {} steps ({}), {} to {}", panel.entity_count(), panel.time_count(),
                              core::format_step(panel.axis.step()), core::format_date(panel.axis.start(0)),
                              core::format_date(panel.axis.start(panel.time_count() - 1))));
  std::string drivers;
  for (const std::size_t v : prepared.drivers)
    drivers += fmt::format("{}{} [{}], {}", drivers.empty() ? "" : "; ", panel.variables[v].name,
                           panel.variables[v].unit, role_text(panel.variables[v]));
  lines.push_back("drivers: " + drivers);
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    const auto level = prepared.level(e);
    const auto n = std::count_if(level.begin(), level.end(), [](double v) { return !std::isnan(v); });
    lines.push_back(fmt::format("{}: {} levels; train {}, validation {}, test {}", panel.entities[e], n,
                                span(prepared.training(e)), span(prepared.validation(e)),
                                span(prepared.test(e))));
  }
  for (const data::LeftOut& well : prepared.loaded.left_out)
    lines.push_back("left out: " + well.entity + ": " + well.reason);
  for (const std::string& warning : prepared.loaded.warnings) lines.push_back("warning: " + warning);
  return lines;
}

std::vector<std::string> describe_flags(const hydrographs::Prepared& prepared) {
  std::vector<std::string> lines;
  const std::vector<data::Flag> flags = data::flag_panel(prepared.panel, {prepared.target}, {});
  for (auto first = flags.begin(); first != flags.end();) {
    const auto end =
        std::find_if(first, flags.end(), [&](const data::Flag& f) { return f.entity != first->entity; });
    std::map<std::string, std::size_t> kinds;
    for (auto flag = first; flag != end; ++flag) ++kinds[data::flag_name(flag->kind)];
    std::string counted;
    for (const auto& [kind, count] : kinds)
      counted += fmt::format("{}{} {}{}", counted.empty() ? "" : ", ", count, kind,
                             count == 1 ? "" : (kind == "flat stretch" ? "es" : "s"));
    lines.push_back(fmt::format("look at: {}; {} in all ({}), the report lists them",
                                data::flag_text(*first, prepared.panel), end - first, counted));
    first = end;
  }
  return lines;
}

}  // namespace phreatic::studies::wells
