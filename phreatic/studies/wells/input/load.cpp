// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/input/load.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/studies/wells/input/virtual_wells.hpp"
#include "phreatic/studies/wells/input_findings.hpp"

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

// One target of the evaluation source on the panel's axis, [entity][time].
std::vector<double> on_panel(const data::LoadedData& loaded, std::size_t variable, const data::Panel& panel) {
  const std::size_t times = panel.time_count();
  std::vector<double> out(panel.entity_count() * times, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    const auto entity = loaded.panel.find_entity(panel.entities[e]);
    if (!entity) continue;
    const auto series = loaded.panel.series(*entity, variable);
    for (std::size_t t = 0; t < loaded.panel.time_count(); ++t) {
      const auto step = panel.axis.index_of(loaded.panel.axis.start(t));
      if (step) out[e * times + *step] = series[t];
    }
  }
  return out;
}

// The evaluation source by target: a single one is that of the study whatever its name, several go by name.
std::map<std::size_t, std::vector<double>> read_evaluation(const SourceSettings& settings,
                                                           const data::DataParams& params,
                                                           const fs::path& base,
                                                           const hydrographs::Prepared& prepared,
                                                           core::Context& context) {
  data::DataParams other = params;
  other.targets = settings.evaluation;
  other.wells = prepared.panel.entities;
  other.exclude.clear();
  other.require = {};
  core::Problems problems;
  const data::LoadedData loaded = data::load(other, base, problems, context);
  problems.throw_if_any();
  const data::Panel& panel = prepared.panel;
  std::map<std::size_t, std::vector<double>> out;
  if (prepared.others.empty()) {
    out[prepared.target] = on_panel(loaded, loaded.targets.front(), panel);
    return out;
  }
  for (const std::size_t v : loaded.targets) {
    const std::string& name = loaded.panel.variables[v].name;
    const auto known = prepared.targets();
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](std::size_t k) { return panel.variables[k].name == name; });
    if (found == known.end()) {
      problems.add({.where = "evaluation, '" + name + "'",
                    .what = "is no target of the study",
                    .mend = "Name it as under 'data.targets'"});
      continue;
    }
    out[*found] = on_panel(loaded, v, panel);
  }
  problems.throw_if_any();
  return out;
}

hydrographs::Prepared prepare(data::LoadedData loaded) {
  hydrographs::Prepared prepared;
  prepared.panel = std::move(loaded.panel);
  if (!loaded.targets.empty()) {
    prepared.target = loaded.targets.front();
    prepared.others.assign(loaded.targets.begin() + 1, loaded.targets.end());
  }
  prepared.drivers = loaded.inputs;
  prepared.split = loaded.split;
  for (const std::string& entity : prepared.panel.entities) {
    // Of the first target that the entity has.
    data::TargetRecord record{.entity = entity, .variable = prepared.panel.variables[prepared.target].name};
    for (const std::size_t v : prepared.targets()) {
      const auto found =
          std::find_if(loaded.records.begin(), loaded.records.end(), [&](const data::TargetRecord& r) {
            return r.entity == entity && r.variable == prepared.panel.variables[v].name;
          });
      if (found == loaded.records.end()) continue;
      record = *found;
      break;
    }
    prepared.records.push_back(record);
  }
  prepared.loaded = std::move(loaded);
  return prepared;
}

void say_findings(const hydrographs::Prepared& prepared, core::Log& log) {
  for (const std::string& line : prepared.loaded.said) log.detail(line);
  for (const std::string& line : prepared.loaded.warnings) log.warn(line);
  for (const data::LeftOut& well : prepared.loaded.left_out)
    log.info("left out: " + well.entity + ": " + well.reason);
}

}  // namespace

void describe(core::Describer& d, SourceSettings& p) {
  d.field("virtual_wells", p.virtual_wells, {.help = "Wells made by the simulator"});
  d.section("data", p.data, "Where levels, drivers and attributes come from");
  d.list("evaluation", p.evaluation, "Levels that only the evaluation may see");
  d.choice("scope", p.scope, {{"global", hydrographs::Scope::global}, {"single", hydrographs::Scope::single}},
           {.help = "One model for all wells, or one for each"});
  d.list("targets", p.targets, "How targets are learnt where there are several");
  d.field("attributes_are_used", p.with_attributes, {.help = "Whether a model gets static attributes"});
}

SourceSettings sources_of(const WellsSettings& settings) {
  return {settings.virtual_wells, settings.data,
          settings.evaluation,    settings.task.scope,
          settings.task.targets,  settings.task.attributes != hydrographs::AttributeUse::none};
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
  if (!settings.with_attributes) params.attributes.clear();  // what no model gets need not be complete
  core::Problems problems;
  if (params.targets.empty() && !params.for_use) {
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
    prepared.evaluation = read_evaluation(settings, params, base, prepared, context);
  for (const std::string& line : input_findings(prepared)) context.log.warn(line);
  hydrographs::group_observations(prepared, settings.targets, context.log);
  say_findings(prepared, context.log);
  return prepared;
}

hydrographs::Prepared load_for_check(const WellsSettings& settings, const std::string& study_file,
                                     core::Context& context) {
  if (!settings.virtual_wells)
    return load_wells(sources_of(settings), base_folder(settings, study_file), study_file, context);
  const TemporaryFolder temporary;
  basin::make_and_write_basin(settings.basin, temporary.path());
  return load_wells(sources_of(settings), temporary.path(), study_file, context);
}

hydrographs::Prepared load_for_use(const WellsSettings& settings, const std::string& study_file,
                                   core::Context& context) {
  WellsSettings use = settings;
  use.data.for_use = true;
  use.task.attributes = hydrographs::AttributeUse::real;  // the model says which it needs
  use.evaluation.clear();
  return load_for_check(use, study_file, context);
}

}  // namespace phreatic::studies::wells
