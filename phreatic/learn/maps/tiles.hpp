// SPDX-License-Identifier: BSD-3-Clause
// Squares of maps as samples of the trainer (samples/samples.hpp): cells as steps, and two more for the sums and their
// ratios (architectures/unet). Free of libtorch.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "phreatic/learn/maps/maps.hpp"
#include "phreatic/learn/samples/samples.hpp"

namespace phreatic::learn {

// The forms of a square under turning and mirroring: cell `to` of form f has the content of cell source(f, to).
inline constexpr std::size_t kForms = 8;
std::size_t form_source(std::size_t form, std::size_t cell, std::size_t side);

struct MapScales {
  std::vector<float> scales, gains;  // as of MapModel
};
MapScales map_scales(const MapSet& set, std::span<const std::size_t> training);

class TileSamples : public Samples {
 public:
  TileSamples(const MapSet& set, std::span<const std::size_t> training,
              std::span<const std::size_t> validation, const MapScales& scales, const MapWeights& weights,
              std::size_t forms);
  // Training samples are numbered form by form.
  std::size_t size(Part part) const override {
    return part == Part::training ? forms_ * training_.size() : validation_.size();
  }
  std::span<const Target> targets() const override { return targets_; }
  void inputs(Part part, std::span<const std::size_t> which, Batch& batch) const override;
  void observations(Part part, std::span<const std::size_t> which, Batch& batch) const override;
  std::vector<std::vector<std::size_t>> batches(Part part, std::size_t floats_per_step) const override;
  std::size_t length(Part, std::size_t) const override { return steps(); }
  std::size_t scored(Part, std::size_t) const override { return steps(); }
  std::size_t entity(Part part, std::size_t sample) const override { return index(part, sample); }
  const std::string& entity_name(std::size_t entity) const override { return set_.samples[entity].name; }
  std::size_t entities() const override { return set_.samples.size(); }
  std::string hash() const override;

 private:
  std::size_t steps() const { return set_.side * set_.side + kSumSteps; }
  std::size_t index(Part part, std::size_t sample) const {
    return part == Part::training ? training_[sample % training_.size()] : validation_[sample];
  }
  std::size_t form(Part part, std::size_t sample) const {
    return part == Part::training ? sample / training_.size() : 0;
  }
  void add_observations(const MapSample& sample, std::size_t form, std::size_t row, Batch& batch) const;

  const MapSet& set_;
  std::vector<std::size_t> training_, validation_;
  MapScales scales_;
  MapWeights weights_;
  std::size_t forms_;
  std::vector<Target> targets_;
};

}  // namespace phreatic::learn
