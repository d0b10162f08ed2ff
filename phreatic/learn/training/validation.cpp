// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/learn/training/validation_torch.hpp"

namespace phreatic::learn {
namespace {

// A view of [rows][columns]; nothing writes to it.
at::Tensor floats_of(const std::vector<float>& values, std::int64_t rows) {
  const auto columns = static_cast<std::int64_t>(values.size()) / rows;
  return at::from_blob(const_cast<float*>(values.data()), {rows, columns},
                       at::TensorOptions().dtype(at::kFloat));
}

at::Tensor doubles_of(const std::vector<float>& values, std::int64_t rows) {
  return floats_of(values, rows).to(at::kDouble);
}

}  // namespace

Validation::Validation(const Samples& samples, std::span<const TargetLoss> losses, ValidationScore score)
    : samples_(samples), losses_(losses), score_(score), heads_(heads_of(losses)) {
  offsets_.push_back(0);
  for (std::size_t i = 0; i < samples.size(Part::validation); ++i)
    offsets_.push_back(offsets_.back() + samples.scored(Part::validation, i));
  read_observations();
}

void Validation::read_observations() {
  const std::size_t targets = losses_.size();
  target_.assign(offsets_.back() * targets, 0.0F);
  weight_.assign(target_.size(), 0.0F);
  observed_.assign(targets, 0.0);
  std::vector<EntityRows> entities(samples_.entities());
  Batch one;
  for (std::size_t i = 0; i + 1 < offsets_.size(); ++i) {
    samples_.inputs(Part::validation, {&i, 1}, one);
    samples_.observations(Part::validation, {&i, 1}, one);
    const auto at = static_cast<std::ptrdiff_t>(offsets_[i] * targets);
    std::copy(one.target.begin(), one.target.end(), target_.begin() + at);
    std::copy(one.weight.begin(), one.weight.end(), weight_.begin() + at);
    if (std::all_of(one.observed.begin(), one.observed.end(), [](double n) { return n == 0; })) continue;
    EntityRows& own = entities[samples_.entity(Part::validation, i)];
    own.observed.resize(targets, 0.0);
    for (std::size_t k = 0; k < targets; ++k) {
      observed_[k] += one.observed[k];
      own.observed[k] += one.observed[k];
    }
    for (std::size_t r = offsets_[i]; r < offsets_[i + 1]; ++r)
      own.rows.push_back(static_cast<std::int64_t>(r));
  }
  for (EntityRows& own : entities) {
    if (!own.rows.empty()) entities_.push_back(std::move(own));
  }
}

void Validation::predict(const Network& network) {
  predicted_.resize(offsets_.back() * heads_);
  Batch batch;
  for (const auto& which : samples_.batches(Part::validation, network.architecture().floats_per_step())) {
    core::throw_if_interrupted();
    samples_.inputs(Part::validation, which, batch);
    const at::Tensor y =
        interval_means(run_batch(network, batch), losses_, static_cast<std::int64_t>(batch.lead))
            .contiguous();
    const auto* values = y.const_data_ptr<float>();
    for (std::size_t i = 0; i < which.size(); ++i) {
      const std::size_t first = offsets_[which[i]];
      const std::size_t steps = offsets_[which[i] + 1] - first;
      // A shorter sample ends before the batch's last step, as far as it starts to be scored earlier.
      const std::size_t from =
          samples_.length(Part::validation, which[i]) + batch.scored - batch.steps - steps;
      std::memcpy(predicted_.data() + first * heads_, values + (i * batch.scored + from) * heads_,
                  steps * heads_ * sizeof(float));
    }
  }
}

double Validation::pooled() const {
  const auto rows = static_cast<std::int64_t>(offsets_.back());
  return masked_loss(losses_, {doubles_of(predicted_, rows), doubles_of(target_, rows),
                               doubles_of(weight_, rows), observed_})
      .item<double>();
}

double Validation::loss_of(const EntityRows& entity) const {
  const auto all = static_cast<std::int64_t>(offsets_.back());
  std::vector<std::int64_t> rows = entity.rows;
  const at::Tensor index = at::from_blob(rows.data(), {static_cast<std::int64_t>(rows.size())},
                                         at::TensorOptions().dtype(at::kLong));
  const auto chosen = [&](const std::vector<float>& values) {
    return floats_of(values, all).index_select(0, index).to(at::kDouble);
  };
  return masked_loss(losses_, {chosen(predicted_), chosen(target_), chosen(weight_), entity.observed})
      .item<double>();
}

double Validation::loss(const Network& network) {
  if (entities_.empty()) return std::nan("");
  const c10::NoGradGuard no_gradients;
  predict(network);
  double loss = 0;
  if (score_ == ValidationScore::pooled || entities_.size() == 1) {
    loss = pooled();
  } else {
    std::vector<double> losses;
    for (const EntityRows& entity : entities_) losses.push_back(loss_of(entity));
    loss = score_of(std::move(losses), score_);
  }
  return std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity();
}

double score_of(std::vector<double> losses, ValidationScore score) {
  PHREATIC_ASSERT(!losses.empty());
  for (double& loss : losses) {
    if (std::isnan(loss)) loss = std::numeric_limits<double>::infinity();
  }
  std::sort(losses.begin(), losses.end());
  const std::size_t n = losses.size();
  if (score == ValidationScore::median) return 0.5 * (losses[(n - 1) / 2] + losses[n / 2]);
  if (score == ValidationScore::bounded) {
    const double most = 1.5 * (losses[(n - 1) / 2] + losses[n / 2]);  // three medians
    for (double& loss : losses) loss = std::min(loss, most);
  }
  const std::size_t cut = score == ValidationScore::middle_half ? n / 4 : 0;
  double sum = 0;
  for (std::size_t i = cut; i < n - cut; ++i) sum += losses[i];
  return sum / static_cast<double>(n - 2 * cut);
}

}  // namespace phreatic::learn
