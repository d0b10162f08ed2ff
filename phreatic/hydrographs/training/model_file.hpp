// SPDX-License-Identifier: BSD-3-Clause
// What a model folder says beside its networks: all that their use needs and no training data.
//
//   model/units/models.json         format, program, the names of the units
//   model/units/<unit>/model.json   of the network (learn/files); its entry "study" is a UnitModel
//   model/units/<unit>/member_*     weights
//   model/bands.nc                  what bands are made of (band_book.hpp)
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {

inline constexpr int kModelFormat = 2;  // 2: forecasts may start from the damped anomaly

// How one unit's inputs and outputs are to be read, by the names of variables and entities.
struct UnitModel {
  struct Input {
    data::Variable variable;
    data::InputScale scale;  // with the range seen in training
  };
  struct Entity {
    std::string name;
    bool learnt = false;         // the unit has learnt from it
    bool simulated = false;      // the unit simulates it (an entity of other folds is only learnt from)
    std::vector<float> statics;  // [attribute], scaled
    std::vector<std::optional<data::Affine>> targets;  // [target]; nothing: it has no observation of it
    // [target], where forecasts start from the damped anomaly; no `training`.
    std::vector<DampedAnchor> anchors;
    // Steps that count as unseen by the unit, [first, end); equal: none.
    core::Seconds unseen_first = 0;
    core::Seconds unseen_end = 0;
  };
  std::string name;
  int block = -1;
  std::string step;  // "daily"
  ForecastParams forecast;
  AttributeUse attribute_use = AttributeUse::real;
  std::vector<Input> inputs;
  std::vector<data::AttributeScale> attributes;
  std::vector<data::Variable> targets;
  std::vector<Entity> entities;

  const Entity* find(const std::string& entity) const;
};

UnitModel describe_unit(const Prepared& prepared, const TaskParams& task, const Unit& unit,
                        const UnitScaling& scaling);
std::string to_json(const UnitModel& unit);
// Throws InputError that names `file` for anything else, also for a format newer than this program's.
UnitModel unit_model_from_json(const std::string& text, const std::string& file);

// Reads models/<unit>/model.json.
UnitModel read_unit_model(const std::filesystem::path& folder, const std::string& unit);

// The unit's scaling on a panel. Entities that the unit does not know get their attributes from the panel, and
// the scale of a target from all of its values there. Throws InputError: an input, attribute or target that
// the panel lacks, an input or target in another unit of measurement, another time step, an unknown entity
// without an attribute or without any value of any target.
UnitScaling scaling_on(const UnitModel& unit, const Prepared& prepared,
                       const std::vector<std::size_t>& entities);
// Steps of `entity` that the unit has not learnt from, on the panel's axis.
learn::StepRange unseen_steps(const UnitModel& unit, const Prepared& prepared, std::size_t entity);

// The names of the units, as models.json lists them. Throws InputError when it is missing, damaged or newer.
void write_unit_names(const std::filesystem::path& folder, const std::vector<Unit>& units);
std::vector<std::string> read_unit_names(const std::filesystem::path& folder);

}  // namespace phreatic::hydrographs
