// SPDX-License-Identifier: BSD-3-Clause
// Where input windows come from, and which of them are references (baselines) of which. Windows are cut from
// series when needed, never stored one by one: 70,000 windows of a year of daily data would take gigabytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/model/predictor.hpp"

namespace phreatic::explain {

// One window: the steps up to and including `time`, of one entity. Values are in the model's scaled space.
struct WindowId {
  std::size_t entity = 0;
  core::Seconds time = 0;  // label of its last step: the date that is explained
};

// A list of windows of T steps x F features, with S static attributes each. Const calls are thread-safe.
class WindowSource {
 public:
  virtual ~WindowSource() = default;
  virtual std::size_t size() const = 0;
  virtual std::size_t steps() const = 0;
  virtual std::size_t features() const = 0;
  virtual std::size_t statics() const { return 0; }
  // Writes window `index` as [T][F].
  virtual void inputs(std::size_t index, std::span<float> out) const = 0;
  // Writes its S static attributes.
  virtual void static_inputs(std::size_t /*index*/, std::span<float> /*out*/) const {}
};

inline model::Shape shape_of(const WindowSource& source) {
  return {source.steps(), source.features(), source.statics()};
}

// Windows stored whole: inputs [n][T][F], statics [n][S] (may be empty). For small sets and for inputs that
// are not slices of one series.
class DenseWindows : public WindowSource {
 public:
  DenseWindows(std::size_t steps, std::size_t features, std::vector<float> inputs, std::size_t statics = 0,
               std::vector<float> static_inputs = {});
  std::size_t size() const override { return count_; }
  std::size_t steps() const override { return steps_; }
  std::size_t features() const override { return features_; }
  std::size_t statics() const override { return statics_; }
  void inputs(std::size_t index, std::span<float> out) const override;
  void static_inputs(std::size_t index, std::span<float> out) const override;

 private:
  std::size_t steps_, features_, statics_, count_;
  std::vector<float> inputs_, static_inputs_;
};

// Windows as slices of scaled series [entity][time][F] that the caller keeps alive, statics [entity][S].
class SeriesWindows : public WindowSource {
 public:
  struct Slice {
    std::size_t entity = 0;
    std::size_t last = 0;  // index on the time axis of the window's last step; >= steps - 1
  };
  SeriesWindows(std::span<const float> series, std::size_t entities, std::size_t times, std::size_t features,
                std::size_t steps, std::vector<Slice> slices, std::span<const float> static_inputs = {});
  std::size_t size() const override { return slices_.size(); }
  std::size_t steps() const override { return steps_; }
  std::size_t features() const override { return features_; }
  std::size_t statics() const override { return statics_; }
  void inputs(std::size_t index, std::span<float> out) const override;
  void static_inputs(std::size_t index, std::span<float> out) const override;

 private:
  std::span<const float> series_;
  std::span<const float> static_inputs_;
  std::size_t times_, features_, steps_, statics_;
  std::vector<Slice> slices_;
};

// What an attribution is measured against. The choice changes the question, so it is recorded in the result:
//   all_training  the training windows of all entities ("why this level and not a typical one of the
//                 region?")
//   same_entity   those of the entity itself ("... and not its own usual one?")
//   same_season   those of the entity within some days of the same day of the year ("... of this season?")
//   same_day      those of the entity that end on the same day of another year: whole years are exchanged, so
//                 that seasons stay in phase ("... and not the one of other years at this date?")
enum class ReferenceChoice { all_training, same_entity, same_season, same_day };
std::string to_text(ReferenceChoice choice);

// For each explained window a group of references: indices into a list of training windows. All references
// of a group weigh the same.
struct References {
  ReferenceChoice choice = ReferenceChoice::same_entity;
  std::vector<std::vector<std::uint32_t>> groups;  // [group] -> indices of reference windows
  std::vector<std::uint32_t> group_of;             // [explained window] -> group
};

// Groups the training windows for the explained ones. `half_width_days` is for same_season: a reference
// belongs when its day of the year is that near to the middle of the explained date's half-month. Throws
// InputError naming the entity when a window has no reference.
References choose_references(std::span<const WindowId> training, std::span<const WindowId> explained,
                             ReferenceChoice choice, double half_width_days = 30);

}  // namespace phreatic::explain
