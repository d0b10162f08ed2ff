// SPDX-License-Identifier: BSD-3-Clause
// A trained model's scalers on other data: entities that it knows by name, those that it does not know by their own values.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

class ScalingMaker {
 public:
  ScalingMaker(const UnitModel& unit, const Prepared& prepared) : unit_(unit), prepared_(prepared) {}

  UnitScaling make(const std::vector<std::size_t>& entities) {
    const data::Panel& panel = prepared_.panel;
    const std::string step = core::format_step(panel.axis.step());
    if (step != unit_.step) problem("data.step", "the data are " + step, "the model's step, " + unit_.step);
    for (const UnitModel::Input& input : unit_.inputs) {
      scaling_.inputs.push_back(input.scale);
      if (const auto v = find(input.variable, "driver")) scaling_.variables.push_back(*v);
    }
    scaling_.attributes = unit_.attributes;
    scaling_.statics.resize(panel.entity_count());
    scaling_.targets.resize(panel.entity_count());
    scaling_.anchors.resize(panel.entity_count());
    for (const std::size_t e : entities) add(e);
    problems_.throw_if_any();
    return std::move(scaling_);
  }

 private:
  void problem(const std::string& where, const std::string& what, const std::string& allowed) {
    problems_.add({.where = where, .what = what, .allowed = allowed});
  }

  std::optional<std::size_t> find(const data::Variable& wanted, const char* kind) {
    const auto found = prepared_.panel.find_variable(wanted.name);
    const std::string where = fmt::format("{} '{}'", kind, wanted.name);
    if (!found) {
      problems_.add({.where = where,
                     .what = "is an input of the model and missing in the data",
                     .allowed = fmt::format("a column of this name, in {}", wanted.unit),
                     .mend = "Name it so under 'data.drivers' (or 'data.derived')"});
      return std::nullopt;
    }
    const std::string& unit = prepared_.panel.variables[*found].unit;
    if (unit != wanted.unit)
      problem(where, "is given in " + unit, wanted.unit + ", as the model has learnt it");
    return found;
  }

  void add(std::size_t e) {
    if (const UnitModel::Entity* known = unit_.find(prepared_.panel.entities[e])) {
      scaling_.statics[e] = known->statics;
      scaling_.targets[e] = known->targets;
      scaling_.anchors[e] = known->anchors;
      return;
    }
    add_statics(e);
    for (const data::Variable& target : unit_.targets) add_target(e, target);
    const auto& targets = scaling_.targets[e];
    if (std::any_of(targets.begin(), targets.end(), [](const auto& t) { return t.has_value(); })) return;
    std::string names;
    for (const data::Variable& target : unit_.targets)
      names += fmt::format("{}'{}'", names.empty() ? "" : " or ", target.name);
    problems_.add(
        {.where = "well " + prepared_.panel.entities[e],
         .what = fmt::format(
             "is unknown to the model and has no {}, from which its mean and variation are taken", names),
         .mend = "Name its file under 'data.targets', or leave the well out"});
  }

  void add_statics(std::size_t e) {
    const data::Attributes& attributes = prepared_.panel.attributes;
    for (const data::AttributeScale& scale : unit_.attributes) {
      const auto column = std::find(attributes.names.begin(), attributes.names.end(), scale.name);
      const auto a = static_cast<std::size_t>(column - attributes.names.begin());
      const double value = column == attributes.names.end()
                               ? std::nan("")
                               : attributes.values[e * attributes.names.size() + a];
      if (std::isnan(value) || unit_.attribute_use == AttributeUse::random) {
        problems_.add({.where = "well " + prepared_.panel.entities[e],
                       .what = unit_.attribute_use == AttributeUse::random
                                   ? "is unknown to the model, whose attributes are random numbers"
                                   : "is unknown to the model and has no attribute '" + scale.name + "'",
                       .mend = "Give it under 'data.attributes', or leave the well out"});
        return;
      }
      scaling_.statics[e].push_back(static_cast<float>(scale.affine.scaled(value)));
    }
  }

  void add_target(std::size_t e, const data::Variable& target) {
    const auto v = prepared_.panel.find_variable(target.name);
    const auto values = v ? prepared_.panel.series(e, *v) : std::span<const double>{};
    const DampedAnchor* learnt = learnt_anchor(scaling_.targets[e].size());
    if (std::all_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })) {
      scaling_.targets[e].emplace_back();
      if (learnt != nullptr) scaling_.anchors[e].emplace_back();
      return;
    }
    if (prepared_.panel.variables[*v].unit != target.unit)
      problem("target '" + target.name + "'", "is given in " + prepared_.panel.variables[*v].unit,
              target.unit);
    scaling_.targets[e].push_back(data::fit_affine({values.begin(), values.end()}, data::ScalerKind::zscore));
    if (learnt != nullptr) add_anchor(e, *v, learnt->spread.size());
  }

  // That of target number k at the first entity that has one; none: forecasts start otherwise.
  const DampedAnchor* learnt_anchor(std::size_t k) const {
    for (const UnitModel::Entity& entity : unit_.entities) {
      if (k < entity.anchors.size() && !entity.anchors[k].empty()) return &entity.anchors[k];
    }
    return nullptr;
  }

  // Of an entity that the unit does not know, from all of its values; weights as they are on average.
  void add_anchor(std::size_t e, std::size_t variable, std::size_t leads) {
    const std::size_t k = scaling_.anchors[e].size();
    const learn::StepRange all{0, prepared_.panel.time_count()};
    DampedAnchor anchor = fit_damped_anchor(prepared_, e, variable, {{all}, all}, leads);
    anchor.weight.assign(leads, 0.0);
    double entities = 0;
    for (const UnitModel::Entity& entity : unit_.entities) {
      if (entity.anchors[k].empty()) continue;
      ++entities;
      for (std::size_t h = 0; h < leads; ++h) anchor.weight[h] += entity.anchors[k].weight[h];
    }
    for (double& weight : anchor.weight) weight /= entities;
    scaling_.anchors[e].push_back(std::move(anchor));
  }

  const UnitModel& unit_;
  const Prepared& prepared_;
  UnitScaling scaling_;
  core::Problems problems_;
};

}  // namespace

UnitScaling scaling_on(const UnitModel& unit, const Prepared& prepared,
                       const std::vector<std::size_t>& entities) {
  return ScalingMaker(unit, prepared).make(entities);
}

}  // namespace phreatic::hydrographs
