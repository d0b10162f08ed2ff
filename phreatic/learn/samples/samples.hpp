// SPDX-License-Identifier: BSD-3-Clause
// What training learns from, whatever it is cut from (windows of series now; tiles of a raster or rows of a
// table later): numbered samples in two parts, put together to batches of arrays. Free of libtorch.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/learn/samples/target.hpp"

namespace phreatic::learn {

// The arrays of one weight update. Outputs are compared at `scored` steps of each row; those of the `lead`
// steps before them are needed for means over observation intervals only.
struct Batch {
  std::size_t rows = 0;          // B
  std::size_t steps = 0;         // T, of the longest sample; shorter ones are followed by zeros
  std::size_t scored = 0;        // steps from the first that any sample scores to the end
  std::size_t lead = 0;          // output steps before the scored ones
  std::size_t channels = 0;      // C
  std::vector<float> x;          // [B][T][C]
  std::vector<float> statics;    // [B][S]
  std::vector<float> target;     // [B][scored][targets]; 0 where masked
  std::vector<float> weight;     // [B][scored][targets]: entity weight; 0 where masked
  std::vector<double> observed;  // [targets]: how many are not masked
  std::size_t outputs() const { return lead + scored; }  // steps that a network puts out
};

enum class Part { training, validation };

class Samples {
 public:
  virtual ~Samples() = default;
  virtual std::size_t size(Part part) const = 0;
  virtual std::span<const Target> targets() const = 0;
  // Inputs and, in a second step, targets of the samples numbered `which`, one row each.
  virtual void inputs(Part part, std::span<const std::size_t> which, Batch& batch) const = 0;
  virtual void observations(Part part, std::span<const std::size_t> which, Batch& batch) const = 0;
  // The samples of a part as batches of at most about `floats` floats, each step of a row taking
  // `floats_per_step`: for prediction. Does not depend on the machine.
  virtual std::vector<std::vector<std::size_t>> batches(Part part, std::size_t floats_per_step) const = 0;
  // Steps of a sample, the last ones of which are scored, and the entity that it is of.
  virtual std::size_t length(Part part, std::size_t sample) const = 0;
  virtual std::size_t scored(Part part, std::size_t sample) const = 0;
  virtual std::size_t entity(Part part, std::size_t sample) const = 0;
  virtual const std::string& entity_name(std::size_t entity) const = 0;
  virtual std::size_t entities() const = 0;
  // Hash of all that training reads.
  virtual std::string hash() const = 0;
};

}  // namespace phreatic::learn
