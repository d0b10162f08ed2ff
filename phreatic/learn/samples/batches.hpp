// SPDX-License-Identifier: BSD-3-Clause
// Windows of series put together to the arrays of one weight update, free of libtorch.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/learn/samples/dataset.hpp"
#include "phreatic/learn/samples/samples.hpp"

namespace phreatic::learn {

struct LearnParams;

// Factors of entities in the loss, [entity][target]: Series::weights, times 1 / (s + epsilon)^2 for the nse
// loss with s the standard deviation of the entity's observed targets in the scored steps of `training`
// (key kratzert2019).
std::vector<double> loss_weights(const SeriesSet& set, const std::vector<Window>& training,
                                 const LearnParams& params);

// Inputs of windows, one row each. Windows stand at the start of their rows: networks are causal, so that
// what follows a shorter window does not change its outputs. `reach`: wanted Batch::lead; less where the
// warm-up is.
void batch_inputs(const SeriesSet& set, std::span<const Window> windows, std::size_t reach, Batch& batch);
// Their targets, for the sizes that batch_inputs gave.
void batch_targets(const SeriesSet& set, std::span<const Window> windows, const std::vector<double>& weights,
                   Batch& batch);
// Windows in batches of nearly the same length (at most a quarter of the steps is padding), bounded in
// memory; `alike`: only windows of one length and one warm-up stand in a batch.
std::vector<std::vector<std::size_t>> plan_batches(std::span<const Window> windows,
                                                   std::size_t floats_per_step, bool alike);

// Hash of all that training on these windows reads: names, windows, inputs, statics, scored targets, weights.
// What lies outside the windows does not enter.
std::string data_hash(const SeriesSet& set, const WindowSplit& windows);

// Windows of series as samples. What is given must outlive the object.
class WindowSamples : public Samples {
 public:
  WindowSamples(const SeriesSet& set, const WindowSplit& windows, std::vector<double> weights, bool alike);
  std::size_t size(Part part) const override { return list(part).size(); }
  std::span<const Target> targets() const override { return set_.targets; }
  void inputs(Part part, std::span<const std::size_t> which, Batch& batch) const override;
  void observations(Part part, std::span<const std::size_t> which, Batch& batch) const override;
  std::vector<std::vector<std::size_t>> batches(Part part, std::size_t floats_per_step) const override;
  std::size_t length(Part part, std::size_t sample) const override { return list(part)[sample].length; }
  std::size_t scored(Part part, std::size_t sample) const override { return list(part)[sample].scored(); }
  std::size_t entity(Part part, std::size_t sample) const override { return list(part)[sample].entity; }
  const std::string& entity_name(std::size_t entity) const override { return set_.entities[entity].name; }
  std::size_t entities() const override { return set_.entities.size(); }
  std::string hash() const override { return data_hash(set_, windows_); }

 private:
  const std::vector<Window>& list(Part part) const {
    return part == Part::training ? windows_.training : windows_.validation;
  }
  std::vector<Window> chosen(Part part, std::span<const std::size_t> which) const;

  const SeriesSet& set_;
  const WindowSplit& windows_;
  std::vector<double> weights_;
  bool alike_;
};

}  // namespace phreatic::learn
