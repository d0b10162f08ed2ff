// SPDX-License-Identifier: BSD-3-Clause
// The validation loss of an epoch. Private to learn.
//   pooled       the loss of all validation observations together, as in training
//   median       the median over entities of the loss of each one's observations
//   middle_half  the mean over entities between the quartiles of their losses
//   bounded      the mean over entities of min(loss, three medians)
// With one entity all are the same.
#pragma once

#include <vector>

#include "phreatic/learn/architectures/network_torch.hpp"
#include "phreatic/learn/samples/samples.hpp"
#include "phreatic/learn/training/losses_torch.hpp"

namespace phreatic::learn {

class Validation {
 public:
  Validation(const Samples& samples, std::span<const TargetLoss> losses, ValidationScore score);
  // NaN without observed validation targets; infinity when outputs are not finite.
  double loss(const Network& network);

 private:
  void read_observations();
  void predict(const Network& network);
  // The observed rows of one entity.
  struct EntityRows {
    std::vector<std::int64_t> rows;
    std::vector<double> observed;  // [target]
  };
  double loss_of(const EntityRows& entity) const;
  double pooled() const;

  const Samples& samples_;
  std::span<const TargetLoss> losses_;
  ValidationScore score_;
  std::size_t heads_;
  std::vector<std::size_t> offsets_;    // first row of each sample; a row is a scored step
  std::vector<EntityRows> entities_;    // those with observations
  std::vector<float> target_, weight_;  // [row][target]
  std::vector<float> predicted_;        // [row][head]
  std::vector<double> observed_;        // [target]
};

// What `score` makes of the losses of the entities; must not be empty.
double score_of(std::vector<double> losses, ValidationScore score);

}  // namespace phreatic::learn
