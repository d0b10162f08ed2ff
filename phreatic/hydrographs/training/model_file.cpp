// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/training/model_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::hydrographs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kUnitsFile = "models.json";

json affine_json(const data::Affine& a) { return {{"centre", a.centre}, {"scale", a.scale}}; }

data::Affine affine_from(const json& item) {
  const data::Affine a{item.at("centre").get<double>(), item.at("scale").get<double>()};
  if (!std::isfinite(a.centre) || !std::isfinite(a.scale) || a.scale <= 0)
    throw std::invalid_argument("a scale is not a positive number");
  return a;
}

json variable_json(const data::Variable& v) {
  return {{"name", v.name}, {"unit", v.unit}, {"role", data::to_text(v.role)}, {"derived", v.derived}};
}

data::Variable variable_from(const json& item) {
  const auto role = data::parse_role(item.at("role").get<std::string>());
  if (!role) throw std::invalid_argument("unknown role '" + item.at("role").get<std::string>() + "'");
  return {item.at("name").get<std::string>(), item.at("unit").get<std::string>(), *role,
          item.at("derived").get<bool>()};
}

// NaN, which JSON has not, as null.
json numbers_json(std::span<const double> values) {
  json list = json::array();
  for (const double v : values) list.push_back(std::isnan(v) ? json(nullptr) : json(v));
  return list;
}

std::vector<double> numbers_from(const json& list) {
  std::vector<double> out;
  for (const json& v : list) out.push_back(v.is_null() ? std::nan("") : v.get<double>());
  return out;
}

json damped_json(const stats::DampedAnomaly& d) {
  return {{"usual_by_day_of_year", numbers_json(d.usual)}, {"rho_by_distance", numbers_json(d.rho)}};
}

stats::DampedAnomaly damped_from(const json& item) {
  stats::DampedAnomaly d;
  const std::vector<double> usual = numbers_from(item.at("usual_by_day_of_year"));
  if (usual.size() != d.usual.size()) throw std::invalid_argument("a year has not 366 days");
  std::copy(usual.begin(), usual.end(), d.usual.begin());
  d.rho = numbers_from(item.at("rho_by_distance"));
  return d;
}

json anchor_json(const DampedAnchor& anchor) {
  if (anchor.empty()) return {};
  return {{"calibration", damped_json(anchor.calibration)},
          {"usual_error_by_lead", numbers_json(anchor.spread)},
          {"network_weight_by_lead", numbers_json(anchor.weight)}};
}

DampedAnchor anchor_from(const json& item) {
  DampedAnchor anchor;
  if (item.is_null()) return anchor;
  anchor.calibration = damped_from(item.at("calibration"));
  anchor.spread = numbers_from(item.at("usual_error_by_lead"));
  anchor.weight = numbers_from(item.at("network_weight_by_lead"));
  const auto bad = [](double v) { return !(v >= 0) || std::isinf(v); };
  if (anchor.spread.empty() || anchor.spread.size() != anchor.weight.size() ||
      std::any_of(anchor.spread.begin(), anchor.spread.end(), bad) ||
      std::any_of(anchor.weight.begin(), anchor.weight.end(), bad))
    throw std::invalid_argument("errors or weights by lead are no list of numbers of 0 or more");
  return anchor;
}

json entity_json(const UnitModel::Entity& entity) {
  json targets = json::array();
  for (const auto& target : entity.targets) targets.push_back(target ? affine_json(*target) : json());
  json out = {{"name", entity.name},
              {"learnt", entity.learnt},
              {"simulated", entity.simulated},
              {"statics", entity.statics},
              {"targets", targets},
              {"unseen", {entity.unseen_first, entity.unseen_end}}};
  for (const DampedAnchor& anchor : entity.anchors) out["damped_anomaly"].push_back(anchor_json(anchor));
  return out;
}

UnitModel::Entity entity_from(const json& item) {
  UnitModel::Entity entity;
  entity.name = item.at("name").get<std::string>();
  entity.learnt = item.at("learnt").get<bool>();
  entity.simulated = item.at("simulated").get<bool>();
  entity.statics = item.at("statics").get<std::vector<float>>();
  for (const json& target : item.at("targets"))
    entity.targets.push_back(target.is_null() ? std::nullopt : std::optional(affine_from(target)));
  if (item.contains("damped_anomaly")) {
    for (const json& anchor : item.at("damped_anomaly")) entity.anchors.push_back(anchor_from(anchor));
  }
  entity.unseen_first = item.at("unseen").at(0).get<core::Seconds>();
  entity.unseen_end = item.at("unseen").at(1).get<core::Seconds>();
  return entity;
}

const std::pair<AttributeUse, const char*> kUses[] = {
    {AttributeUse::real, "real"}, {AttributeUse::none, "none"}, {AttributeUse::random, "random"}};

const std::pair<ForecastTarget, const char*> kForecastTargets[] = {
    {ForecastTarget::damped_anomaly, "damped_anomaly"},
    {ForecastTarget::change, "change"},
    {ForecastTarget::level, "level"}};

const char* name_of(ForecastTarget target) {
  return std::find_if(std::begin(kForecastTargets), std::end(kForecastTargets),
                      [&](const auto& one) { return one.first == target; })
      ->second;
}

ForecastTarget forecast_target_from(const json& root) {
  if (root.contains("learns_change"))  // format 1
    return root.at("learns_change").get<bool>() ? ForecastTarget::change : ForecastTarget::level;
  const auto text = root.at("forecast_target").get<std::string>();
  for (const auto& [target, name] : kForecastTargets) {
    if (text == name) return target;
  }
  throw std::invalid_argument("unknown forecast target '" + text + "'");
}

AttributeUse use_from(const std::string& text) {
  for (const auto& [use, name] : kUses) {
    if (text == name) return use;
  }
  throw std::invalid_argument("unknown use of attributes '" + text + "'");
}

[[noreturn]] void refuse_newer(const std::string& file, int format) {
  throw core::InputError({.file = file,
                          .what = fmt::format("was written by a newer Phreatic (format {})", format),
                          .allowed = fmt::format("formats up to {}", kModelFormat),
                          .mend = "Use that version, or train again with this one"});
}

[[noreturn]] void refuse_damaged(const std::string& file, const std::string& what) {
  throw core::InputError({.file = file,
                          .what = "is no description of a model, or damaged: " + what,
                          .mend = "Copy the whole model folder again, or train again"});
}

json parsed(const std::string& text, const std::string& file) {
  json root = json::parse(text, nullptr, false);
  if (root.is_discarded() || !root.is_object()) refuse_damaged(file, "the text is not a JSON object");
  return root;
}

std::size_t step_at(const core::TimeAxis& axis, core::Seconds time) {
  std::size_t step = 0;
  while (step < axis.size() && axis.start(step) < time) ++step;
  return step;
}

void check_shape(const UnitModel& unit, const std::string& file) {
  for (const UnitModel::Entity& entity : unit.entities) {
    if (entity.statics.size() != unit.attributes.size() || entity.targets.size() != unit.targets.size())
      refuse_damaged(file,
                     "the numbers of '" + entity.name + "' do not fit the lists of attributes and targets");
    if (!entity.anchors.empty() && entity.anchors.size() != unit.targets.size())
      refuse_damaged(file, "the damped anomalies of '" + entity.name + "' do not fit the list of targets");
  }
}

}  // namespace

const UnitModel::Entity* UnitModel::find(const std::string& entity) const {
  const auto found =
      std::find_if(entities.begin(), entities.end(), [&](const Entity& e) { return e.name == entity; });
  return found == entities.end() ? nullptr : &*found;
}

UnitModel describe_unit(const Prepared& prepared, const TaskParams& task, const Unit& unit,
                        const UnitScaling& scaling) {
  UnitModel out;
  out.name = unit.name;
  out.block = unit.block;
  out.step = core::format_step(prepared.panel.axis.step());
  out.forecast = task.forecast;
  out.attribute_use = task.attributes;
  for (std::size_t i = 0; i < scaling.variables.size(); ++i)
    out.inputs.push_back({prepared.panel.variables[scaling.variables[i]], scaling.inputs[i]});
  out.attributes = scaling.attributes;
  for (const std::size_t v : prepared.targets()) out.targets.push_back(prepared.panel.variables[v]);
  const auto has = [](const std::vector<std::size_t>& list, std::size_t e) {
    return std::find(list.begin(), list.end(), e) != list.end();
  };
  const auto time = [&](std::size_t step) {
    return step < prepared.panel.time_count() ? prepared.panel.axis.start(step) : prepared.panel.axis.end();
  };
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    UnitModel::Entity entity{prepared.panel.entities[e], has(unit.learns_from, e), has(unit.simulates, e),
                             scaling.statics[e],         scaling.targets[e],       scaling.anchors[e]};
    if (!entity.learnt && !entity.simulated) continue;
    const learn::StepRange unseen =
        entity.learnt ? unit_steps(prepared, task.validation, unit, e).validation : prepared.calibration(e);
    entity.unseen_first = time(unseen.begin);
    entity.unseen_end = std::max(entity.unseen_first, time(unseen.end));
    out.entities.push_back(std::move(entity));
  }
  return out;
}

std::string to_json(const UnitModel& unit) {
  json inputs = json::array();
  for (const UnitModel::Input& input : unit.inputs) {
    json one = variable_json(input.variable);
    one.update(affine_json(input.scale.affine));
    one["training_min"] = input.scale.training_min;
    one["training_max"] = input.scale.training_max;
    inputs.push_back(std::move(one));
  }
  json attributes = json::array();
  for (const data::AttributeScale& attribute : unit.attributes) {
    attributes.push_back(affine_json(attribute.affine));
    attributes.back()["name"] = attribute.name;
  }
  json targets = json::array();
  for (const data::Variable& target : unit.targets) targets.push_back(variable_json(target));
  json entities = json::array();
  for (const UnitModel::Entity& entity : unit.entities) entities.push_back(entity_json(entity));
  const auto use = std::find_if(std::begin(kUses), std::end(kUses),
                                [&](const auto& one) { return one.first == unit.attribute_use; });
  return json{{"format", kModelFormat},
              {"program", "phreatic " PHREATIC_VERSION},
              {"unit", unit.name},
              {"block", unit.block},
              {"step", unit.step},
              {"scaled", "(value - centre) / scale"},
              {"horizon_drivers_known", unit.forecast.drivers == HorizonDrivers::known},
              {"past_levels", unit.forecast.past_levels},
              {"forecast_target", name_of(unit.forecast.target)},
              {"attribute_use", use->second},
              {"inputs", inputs},
              {"attributes", attributes},
              {"targets", targets},
              {"entities", entities}}
      .dump(1, ' ', false, json::error_handler_t::replace);
}

UnitModel unit_model_from_json(const std::string& text, const std::string& file) {
  const json root = parsed(text, file);
  try {
    if (const int format = root.at("format").get<int>(); format > kModelFormat) refuse_newer(file, format);
    UnitModel unit;
    unit.name = root.at("unit").get<std::string>();
    unit.block = root.at("block").get<int>();
    unit.step = root.at("step").get<std::string>();
    unit.forecast.drivers =
        root.at("horizon_drivers_known").get<bool>() ? HorizonDrivers::known : HorizonDrivers::hidden;
    unit.forecast.past_levels = root.at("past_levels").get<bool>();
    unit.forecast.target = forecast_target_from(root);
    unit.attribute_use = use_from(root.at("attribute_use").get<std::string>());
    for (const json& item : root.at("inputs")) {
      const data::Variable variable = variable_from(item);
      unit.inputs.push_back({variable,
                             {variable.name, affine_from(item), item.at("training_min").get<double>(),
                              item.at("training_max").get<double>()}});
    }
    for (const json& item : root.at("attributes"))
      unit.attributes.push_back({item.at("name").get<std::string>(), affine_from(item)});
    for (const json& item : root.at("targets")) unit.targets.push_back(variable_from(item));
    for (const json& item : root.at("entities")) unit.entities.push_back(entity_from(item));
    check_shape(unit, file);
    return unit;
  } catch (const core::InputError&) {
    throw;
  } catch (const std::exception& error) {
    refuse_damaged(file, error.what());
  }
}

UnitModel read_unit_model(const fs::path& folder, const std::string& unit) {
  const fs::path path = folder / unit / "model.json";
  const json root = parsed(core::read_file(path), path.string());
  if (!root.contains("study")) refuse_damaged(path.string(), "no entry 'study'");
  return unit_model_from_json(root["study"].dump(), path.string());
}

learn::StepRange unseen_steps(const UnitModel& unit, const Prepared& prepared, std::size_t entity) {
  const UnitModel::Entity* known = unit.find(prepared.panel.entities[entity]);
  if (known == nullptr) return {};
  return {step_at(prepared.panel.axis, known->unseen_first), step_at(prepared.panel.axis, known->unseen_end)};
}

void write_unit_names(const fs::path& folder, const std::vector<Unit>& units) {
  json names = json::array();
  for (const Unit& unit : units) names.push_back(unit.name);
  const json root = {{"format", kModelFormat}, {"program", "phreatic " PHREATIC_VERSION}, {"units", names}};
  core::write_file_atomic(folder / kUnitsFile, root.dump(1) + "\n");
}

std::vector<std::string> read_unit_names(const fs::path& folder) {
  const fs::path path = folder / kUnitsFile;
  if (!fs::exists(path))
    throw core::InputError({.file = folder.string(),
                            .what = "holds no trained models (no " + std::string(kUnitsFile) + ")",
                            .allowed = "a run folder, or its folder model/",
                            .mend = "Train with 'phreatic train STUDY'"});
  const json root = parsed(core::read_file(path), path.string());
  try {
    if (const int format = root.at("format").get<int>(); format > kModelFormat)
      refuse_newer(path.string(), format);
    auto names = root.at("units").get<std::vector<std::string>>();
    for (const std::string& name : names) {
      if (fs::path(name).filename() != name || name.starts_with('.'))
        refuse_damaged(path.string(), "'" + name + "' is no plain name");
    }
    return names;
  } catch (const json::exception& error) {
    refuse_damaged(path.string(), error.what());
  }
}

}  // namespace phreatic::hydrographs
