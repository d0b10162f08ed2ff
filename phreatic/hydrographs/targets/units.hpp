// SPDX-License-Identifier: BSD-3-Clause
// Model units: which network learns from which wells and steps, and which wells it then simulates.
//
//   scope global   one unit for all wells               (with static attributes)
//   scope single   one unit per well
//   well folds     k units; each leaves out a k-th of the wells and simulates only those (ungauged wells)
//   blocked validation multiplies units: unit b leaves out the b-th of B blocks of each well's calibration
//   period, stops on it, and gives out-of-sample residuals there (Bergmeir and Benitez 2012, key
//   bergmeir2012); in the test period all blocks' members are pooled.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/data/scalers.hpp"
#include "phreatic/hydrographs/baselines/damped_anchor.hpp"
#include "phreatic/hydrographs/settings.hpp"
#include "phreatic/hydrographs/targets/prepared.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::hydrographs {

struct Unit {
  std::string name;  // also its folder under model/: "all", "all-block2", "Germany-block0", "fold3"
  std::vector<std::size_t> learns_from;  // entities of the panel
  std::vector<std::size_t> simulates;    // entities of the panel
  int block = -1;                        // validation block; -1: the study's validation period
};

// `split` says how many folds of wells there are.
std::vector<Unit> plan_units(const Prepared& prepared, const data::SplitParams& split,
                             const TaskParams& task);

// Wells that are simulated by the same units, in the order of their first unit.
struct UnitGroup {
  std::vector<Unit> units;
  std::vector<std::size_t> simulates;  // entities of the panel
};
std::vector<UnitGroup> group_units(const std::vector<Unit>& units);

// Trained units: each has its ensemble in folder/<unit>.
struct Models {
  std::vector<Unit> units;
  TaskParams task;
  std::filesystem::path folder;
};

// Steps of `entity` that a unit trains on (one or two ranges) and validates on.
struct UnitSteps {
  std::vector<learn::StepRange> training;
  learn::StepRange validation;
};
UnitSteps unit_steps(const Prepared& prepared, const ValidationParams& validation, const Unit& unit,
                     std::size_t entity);

// How the series of one unit are scaled: inputs and attributes fitted on the calibration steps of the wells
// it learns from, never on later ones; kept in the model's folder and read back from there (model_file.hpp).
struct UnitScaling {
  std::vector<std::size_t> variables;    // drivers the unit uses, as indices of the panel
  std::vector<data::InputScale> inputs;  // of `variables`
  std::vector<data::AttributeScale> attributes;
  // [entity of the panel], empty for those that the unit neither learns from nor simulates:
  std::vector<std::vector<float>> statics;  // [attribute], scaled
  // [target of Prepared::targets()]; nothing: the entity has no observation of it.
  std::vector<std::vector<std::optional<data::Affine>>> targets;
  // The same, where forecasts start from the damped anomaly.
  std::vector<std::vector<DampedAnchor>> anchors;
};
UnitScaling fit_scaling(const Prepared& prepared, const TaskParams& task, const Unit& unit);

// A target of each entity is scaled by its own calibration mean and standard deviation. An entity that the
// unit has not learnt from is put back to its unit by its own two numbers too: what is tested there is its
// dynamics (as in heudorfer2024). Where there are several targets, nothing for an entity without this one.
std::optional<data::Affine> target_scaling(const Prepared& prepared, std::size_t entity,
                                           std::size_t variable);

// Name of the past-only input of forecasts: at each step the level known last, missing before the first.
inline constexpr const char* kPastLevel = "past_level";
// The same of any target, by its number: kPastLevel for the first, "past_<name>" for the others.
std::string past_input(const Prepared& prepared, std::size_t target);

// Scaled series of `entities`, in that order, as the networks see them. `with_targets` (training):
// calibration levels are put in, and only those: no later level enters the set. Without it, forecasts get
// every known level as a past-only input; windows show it up to their issue date.
learn::SeriesSet make_series(const Prepared& prepared, const TaskParams& task, const UnitScaling& scaling,
                             const std::vector<std::size_t>& entities, bool with_targets);

}  // namespace phreatic::hydrographs
