// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/member.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/network_torch.hpp"
#include "phreatic/learn/training/adam_torch.hpp"
#include "phreatic/learn/training/balance.hpp"
#include "phreatic/learn/training/losses_torch.hpp"
#include "phreatic/learn/training/ranks.hpp"
#include "phreatic/learn/training/robust.hpp"
#include "phreatic/learn/training/validation_torch.hpp"

namespace phreatic::learn {

void adam_update(const TrainingParams& params, double rate, at::Tensor& flat, at::Tensor& gradient,
                 AdamState& state) {
  constexpr double kBeta1 = 0.9;
  constexpr double kBeta2 = 0.999;
  constexpr double kEpsilon = 1e-8;
  ++state.updates;
  const auto t = static_cast<double>(state.updates);
  if (params.weight_decay > 0) {
    if (params.optimizer == OptimizerKind::adamw) {
      flat.mul_(1.0 - rate * params.weight_decay);
    } else {
      gradient.add_(flat, params.weight_decay);
    }
  }
  state.m.mul_(kBeta1).add_(gradient, 1.0 - kBeta1);
  state.v.mul_(kBeta2).addcmul_(gradient, gradient, 1.0 - kBeta2);
  const at::Tensor scale = state.v.sqrt().div_(std::sqrt(1.0 - std::pow(kBeta2, t))).add_(kEpsilon);
  flat.addcdiv_(state.m, scale, -rate / (1.0 - std::pow(kBeta1, t)));
}

double clip_gradient(at::Tensor& gradient, double limit) {
  const double norm = std::sqrt(gradient.to(at::kDouble).square().sum().item<double>());
  if (limit > 0 && norm > limit) gradient.mul_(limit / norm);
  return norm;
}

namespace {

at::Tensor moment_tensor(std::vector<float>& values, const at::Device& device) {
  return tensor_of(values, {static_cast<std::int64_t>(values.size())}, device).clone();
}

std::vector<float> values_of(const at::Tensor& t) {
  const at::Tensor cpu = t.to(at::kCPU).contiguous();
  return {cpu.const_data_ptr<float>(), cpu.const_data_ptr<float>() + cpu.numel()};
}

class MemberTrainer {
 public:
  MemberTrainer(const MemberJob& job, MemberState& state)
      : job_(job),
        state_(state),
        network_(job.plan, state.parameters, job.params.training.device, true),
        losses_(target_losses(job.params, job.samples.targets())),
        validation_(job.samples, losses_, job.params.training.validation_score),
        ranks_(Ranks::from_environment(fmt::format("{}", state.seed))) {
    adam_ = {moment_tensor(state.first_moment, network_.device()),
             moment_tensor(state.second_moment, network_.device()), state.updates};
    if (ranks_) meet_ranks();
  }

  // Mean training loss of epoch e (from 0), or NaN with message() set.
  double train_epoch(int epoch, double rate, const std::function<void(const std::string&)>& batch_done) {
    core::RandomStream random(state_.seed, "shuffle", static_cast<std::uint64_t>(epoch));
    const std::vector<std::size_t> order = random.permutation(job_.samples.size(Part::training));
    const auto size = static_cast<std::size_t>(job_.params.training.batch_size);
    const std::size_t batches = batches_per_epoch(job_);
    double sum = 0;
    double observed = 0;
    errors_ = {std::vector<double>(job_.samples.entities(), 0.0),
               std::vector<double>(job_.samples.entities(), 0.0)};
    sizes_ = {std::vector<double>(losses_.size(), 0.0), std::vector<double>(losses_.size(), 0.0)};
    weigh_targets();
    for (std::size_t b = 0; b < batches; ++b) {
      core::throw_if_interrupted();
      chosen_ = std::span(order).subspan(b * size, std::min(size, order.size() - b * size));
      if (balance() == TargetBalance::gradient_norm && b < kGradientBatches) measure_gradients();
      const double loss = update(rate);
      if (!std::isfinite(loss)) {
        message_ = fmt::format("the loss became {} in epoch {}, batch {} of {}; {}", loss, epoch + 1, b + 1,
                               batches, blame());
        return loss;
      }
      const double count = std::accumulate(batch_.observed.begin(), batch_.observed.end(), 0.0);
      sum += loss * count;
      observed += count;
      batch_done(fmt::format("epoch {}, loss {:.4g}", epoch + 1, sum / std::max(observed, 1.0)));
    }
    if (robust() && ranks_) errors_ = sum_of_ranks(errors_);
    if (robust()) state_.factors = robust_factors(errors_, job_.params.training.robust_ratio);
    if (balance() != TargetBalance::fixed) state_.target_factors = balanced_factors(sizes_);
    return sum / std::max(observed, 1.0);
  }

  // Of the first rank where there are several, so that all go the same way.
  double validation_loss() {
    const double loss = validation_.loss(network_);
    return ranks_ ? ranks_->exchange(std::vector<double>{loss}).front().front() : loss;
  }

  void store_state(bool best) {
    state_.parameters = network_.parameters().values();
    state_.first_moment = values_of(adam_.m);
    state_.second_moment = values_of(adam_.v);
    state_.updates = adam_.updates;
    if (best) state_.best = state_.parameters;
  }

  const std::string& message() const { return message_; }

 private:
  // What the observations of the batch are compared with.
  at::Tensor forward(bool dropout) {
    if (dropout) dropout_.start(state_.seed, stream());
    const ForwardCall call = forward_call(batch_, network_.device(), dropout ? &dropout_ : nullptr);
    return interval_means(network_.forward(call), losses_, static_cast<std::int64_t>(batch_.lead));
  }

  double update(double rate) {
    const double value = ranks_ ? gradient_of_ranks() : gradient_of_batch(std::nullopt);
    if (!std::isfinite(value) || !has_gradient_) return value;
    Parameters& parameters = network_.parameters();
    const c10::NoGradGuard no_gradients;
    const double norm = clip_gradient(parameters.gradient(), job_.params.training.clip_gradient_norm);
    if (!std::isfinite(norm)) return norm;
    adam_update(job_.params.training, rate, parameters.flat(), parameters.gradient(), adam_);
    return value;
  }

  // Loss of the chosen windows and its gradient; `shard`: they are a part of a batch with `observed` observations.
  double gradient_of_batch(std::optional<std::size_t> shard, const std::vector<double>& observed = {}) {
    Parameters& parameters = network_.parameters();
    job_.samples.inputs(Part::training, chosen_, batch_);
    job_.samples.observations(Part::training, chosen_, batch_);
    if (shard) batch_.observed = observed;
    shard_ = shard;
    add_target_noise();
    if (job_.indifference) add_noise(*job_.indifference, state_.seed, stream(), batch_);
    parameters.gradient().zero_();
    const at::Tensor prediction = forward(true);
    if (robust()) weigh_entities(prediction.detach());
    const LossInput input = loss_input(prediction);
    if (balance() == TargetBalance::uncertainty) measure_losses(input);
    const at::Tensor loss = masked_loss(trained_, input);
    const double value = loss.item<double>();
    has_gradient_ = std::isfinite(value) && loss.requires_grad();
    if (has_gradient_) loss.backward();
    return value;
  }

  // Each shard's gradient is computed by one rank; all ranks add them up in the order of shards.
  double gradient_of_ranks() {
    const std::span<const std::size_t> whole = chosen_;
    job_.samples.inputs(Part::training, whole, batch_);  // says what observations are laid out for
    job_.samples.observations(Part::training, whole, batch_);
    const std::vector<double> observed = batch_.observed;
    const auto size = static_cast<std::size_t>(network_.parameters().gradient().numel());
    std::vector<double> own;  // of each own shard: loss, gradient
    for (std::size_t s = 0; s < ranks_->shards(); ++s) {
      if (!ranks_->owns(s)) continue;
      std::vector<std::size_t> rows;
      std::copy_if(whole.begin(), whole.end(), std::back_inserter(rows), [&](std::size_t window) {
        return ranks_->shard_of(job_.samples.entity(Part::training, window)) == s;
      });
      chosen_ = rows;
      own.push_back(rows.empty() ? 0.0 : gradient_of_batch(s, observed));
      const bool any = !rows.empty() && has_gradient_;
      const std::vector<float> gradient =
          any ? values_of(network_.parameters().gradient()) : std::vector<float>(size, 0.0F);
      own.insert(own.end(), gradient.begin(), gradient.end());
    }
    chosen_ = whole;
    batch_.observed = observed;
    const std::vector<std::vector<double>> all = ranks_->exchange(own);
    std::vector<double> sum(size + 1, 0.0);
    for (std::size_t s = 0; s < ranks_->shards(); ++s) {
      const double* part = all[s % ranks_->count()].data() + s / ranks_->count() * (size + 1);
      for (std::size_t i = 0; i <= size; ++i) sum[i] += part[i];
    }
    std::vector<float> gradient(sum.begin() + 1, sum.end());
    network_.parameters().gradient().copy_(moment_tensor(gradient, network_.device()));
    has_gradient_ = std::isfinite(sum.front());
    return sum.front();
  }

  // Do all stand at the same place? And what no sum over shards can give is refused.
  void meet_ranks() {
    const bool not_a_sum = std::any_of(losses_.begin(), losses_.end(), [](const TargetLoss& t) {
      return t.loss.kind == LossKind::one_minus_r2;
    });
    if (not_a_sum || balance() == TargetBalance::uncertainty)
      throw core::InputError(
          {.where = not_a_sum ? "loss.kind" : "training.target_balance",
           .what = not_a_sum
                       ? "one_minus_r2 is no sum over entities, so several ranks cannot share its batches"
                       : "uncertainty is measured on whole batches, which several ranks share",
           .allowed = not_a_sum ? "nse, mse, mae, huber, quantile" : "fixed, gradient_norm",
           .mend = "Choose another, or train in one process (unset RANK and WORLD_SIZE)"});
    double sum = 0;
    for (const float v : state_.parameters) sum += static_cast<double>(v);
    const std::vector<double> own = {static_cast<double>(state_.epochs), static_cast<double>(state_.updates),
                                     sum, static_cast<double>(job_.samples.size(Part::training))};
    for (const std::vector<double>& other : ranks_->exchange(own)) {
      if (other == own) continue;
      throw core::RunError(fmt::format(
          "the ranks do not stand at the same place: rank {} has {} epochs, {} updates and {} windows, "
          "another has {}, "
          "{} and {}. Remove the folders of the ranks, or give all of them the same state, and start again",
          ranks_->rank(), own[0], own[1], own[3], other[0], other[1], other[3]));
    }
  }

  // An entity's errors are taken down by one rank alone.
  EntityErrors sum_of_ranks(const EntityErrors& own) {
    std::vector<double> numbers = own.squares;
    numbers.insert(numbers.end(), own.count.begin(), own.count.end());
    const std::size_t entities = own.squares.size();
    EntityErrors sum{std::vector<double>(entities, 0.0), std::vector<double>(entities, 0.0)};
    for (const std::vector<double>& one : ranks_->exchange(numbers)) {
      for (std::size_t e = 0; e < entities; ++e) {
        sum.squares[e] += one[e];
        sum.count[e] += one[entities + e];
      }
    }
    return sum;
  }

  // Numbers of random streams: of the update, and of its shard where ranks share it.
  std::uint64_t stream() const {
    const auto update = static_cast<std::uint64_t>(adam_.updates);
    return shard_ ? (static_cast<std::uint64_t>(*shard_) + 1) << 48 | update : update;
  }

  LossInput loss_input(const at::Tensor& prediction) {
    const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(batch_.rows),
                                             static_cast<std::int64_t>(batch_.scored),
                                             static_cast<std::int64_t>(losses_.size())};
    return {prediction, tensor_of(batch_.target, shape, network_.device()),
            tensor_of(batch_.weight, shape, network_.device()), batch_.observed};
  }

  bool robust() const { return job_.params.training.entity_weights == EntityWeights::robust; }

  // fixed for a network of one target, which has nothing to be weighed against.
  TargetBalance balance() const {
    return losses_.size() > 1 ? job_.params.training.target_balance : TargetBalance::fixed;
  }
  // The losses that are trained on: with the factors that the last epoch gave.
  void weigh_targets() {
    trained_ = losses_;
    for (std::size_t k = 0; k < state_.target_factors.size(); ++k)
      trained_[k].weight *= state_.target_factors[k];
  }
  // The loss of target k alone, without its weight.
  at::Tensor loss_alone(const LossInput& input, std::size_t k) const {
    std::vector<TargetLoss> alone = losses_;
    for (std::size_t i = 0; i < alone.size(); ++i) alone[i].weight = i == k ? 1 : 0;
    return masked_loss(alone, input);
  }
  void measure_losses(const LossInput& input) {
    LossInput known = input;
    known.prediction = input.prediction.detach();
    for (std::size_t k = 0; k < losses_.size(); ++k) {
      sizes_.sum[k] += loss_alone(known, k).item<double>() * batch_.observed[k];
      sizes_.count[k] += batch_.observed[k];
    }
  }
  // Lengths of the gradients of the targets' losses on the chosen batch, dropout off.
  void measure_gradients() {
    Parameters& parameters = network_.parameters();
    job_.samples.inputs(Part::training, chosen_, batch_);
    job_.samples.observations(Part::training, chosen_, batch_);
    for (std::size_t k = 0; k < losses_.size(); ++k) {
      if (batch_.observed[k] == 0) continue;
      parameters.gradient().zero_();
      loss_alone(loss_input(forward(false)), k).backward();
      const c10::NoGradGuard no_gradients;
      double squares = 0;
      for (const Parameter& p : job_.layout.parameters) {
        if (p.name.starts_with("branch.") || p.name.starts_with("head.")) continue;  // not shared
        squares += parameters.gradient()
                       .narrow(0, static_cast<std::int64_t>(p.offset), static_cast<std::int64_t>(p.count))
                       .to(at::kDouble)
                       .square()
                       .sum()
                       .item<double>();
      }
      if (!std::isfinite(squares)) continue;  // the update will say what is wrong
      sizes_.sum[k] += std::sqrt(squares);
      sizes_.count[k] += 1;
    }
  }

  // Takes down the errors of the batch's entities and gives them the weights of this epoch.
  void weigh_entities(const at::Tensor& prediction) {
    const at::Tensor f = middle_outputs(prediction).to(at::kCPU, at::kFloat).contiguous();
    const float* value = f.const_data_ptr<float>();
    const std::size_t row = batch_.scored * losses_.size();
    for (std::size_t b = 0; b < batch_.rows; ++b) {
      const std::size_t entity = job_.samples.entity(Part::training, chosen_[b]);
      for (std::size_t i = b * row; i < (b + 1) * row; ++i) {
        if (batch_.weight[i] == 0) continue;
        const double error = static_cast<double>(batch_.target[i]) - value[i];
        errors_.squares[entity] += batch_.weight[i] * error * error;
        errors_.count[entity] += 1;
        if (!state_.factors.empty()) batch_.weight[i] *= static_cast<float>(state_.factors[entity]);
      }
    }
  }

  void add_target_noise() {
    const double noise = job_.params.training.target_noise_std;
    if (noise <= 0) return;
    core::RandomStream random(state_.seed, "target_noise", stream());
    for (float& y : batch_.target) y += static_cast<float>(noise * random.normal());
  }

  // Where it comes from, as far as one can say (dropout off): the entity with the largest weighted error, or
  // with outputs that are not finite.
  std::string blame() {
    const c10::NoGradGuard no_gradients;
    if (ranks_) {  // the batch holds the last shard alone
      job_.samples.inputs(Part::training, chosen_, batch_);
      job_.samples.observations(Part::training, chosen_, batch_);
    }
    const LossInput input = loss_input(forward(false));
    const auto rows = static_cast<std::int64_t>(batch_.rows);
    const at::Tensor f = first_outputs(input.prediction).reshape({rows, -1}).to(at::kDouble);
    const at::Tensor y = input.target.reshape({rows, -1}).to(at::kDouble);
    const at::Tensor w = input.weight.reshape({rows, -1}).to(at::kDouble);
    const at::Tensor error = ((f - y).square() * w).nan_to_num(std::numeric_limits<double>::max()).amax(1);
    const auto worst = static_cast<std::size_t>(error.argmax().item<std::int64_t>());
    const bool finite = f.isfinite().all().item<bool>();
    const std::size_t entity = job_.samples.entity(Part::training, chosen_[worst]);
    return fmt::format(
        "the largest weighted error is that of '{}'{}", job_.samples.entity_name(entity),
        finite ? "; look at its targets and weight, or lower learning_rate"
               : ", outputs are not finite; look at its inputs and scaling, or lower learning_rate");
  }

  // The first output of every target, or the middle one of its quantiles.
  at::Tensor first_outputs(const at::Tensor& prediction) const { return chosen_outputs(prediction, false); }
  at::Tensor middle_outputs(const at::Tensor& prediction) const { return chosen_outputs(prediction, true); }
  at::Tensor chosen_outputs(const at::Tensor& prediction, bool middle) const {
    std::vector<at::Tensor> columns;
    std::int64_t head = 0;
    for (const TargetLoss& t : losses_) {
      const auto outputs = static_cast<std::int64_t>(t.loss.outputs_per_target());
      columns.push_back(prediction.select(2, head + (middle ? outputs / 2 : 0)));
      head += static_cast<std::int64_t>(t.loss.outputs_per_target());
    }
    return at::stack(columns, 2);
  }

  const MemberJob& job_;
  MemberState& state_;
  Network network_;
  std::vector<TargetLoss> losses_;   // with their fixed weights
  std::vector<TargetLoss> trained_;  // with those of the epoch
  TargetSums sizes_;
  Validation validation_;
  AdamState adam_;
  Batch batch_;
  EntityErrors errors_;
  std::span<const std::size_t> chosen_;
  Dropout dropout_;
  std::string message_;
  std::unique_ptr<Ranks> ranks_;  // null: this process trains alone
  std::optional<std::size_t> shard_;
  bool has_gradient_ = false;
};

MemberResult result_of(const MemberState& state, TrainStatus status, std::string message) {
  MemberResult result{
      .seed = state.seed, .status = status, .message = std::move(message), .curve = state.curve};
  result.best_epoch = state.selection.best_epoch;
  result.best_validation_loss =
      std::isfinite(state.selection.best_loss) ? state.selection.best_loss : std::nan("");
  return result;
}

}  // namespace

std::size_t batches_per_epoch(const MemberJob& job) {
  const auto size = static_cast<std::size_t>(job.params.training.batch_size);
  const std::size_t all = (job.samples.size(Part::training) + size - 1) / size;
  const auto& limit = job.params.training.max_updates_per_epoch;
  return limit ? std::min(all, static_cast<std::size_t>(*limit)) : all;
}

MemberState first_state(const MemberJob& job, std::uint64_t seed) {
  MemberState state;
  state.seed = seed;
  state.parameters = job.plan.make()->initial(job.layout, seed);
  state.first_moment.assign(job.layout.size, 0.0F);
  state.second_moment.assign(job.layout.size, 0.0F);
  state.best = state.parameters;
  state.factors = job.first_factors;
  return state;
}

namespace {

MemberResult run_epochs(const MemberJob& job, MemberState& state, const MemberHooks& hooks) {
  const TrainingParams& training = job.params.training;
  MemberTrainer trainer(job, state);
  while (state.epochs < training.epochs) {
    if (stops_early(training, state.selection)) return result_of(state, TrainStatus::stopped_early, "");
    const double rate = learning_rate_at(training, state.epochs, state.selection);
    const double loss = trainer.train_epoch(state.epochs, rate, hooks.batch_done);
    if (!std::isfinite(loss)) return result_of(state, TrainStatus::diverged, trainer.message());
    const double validation = trainer.validation_loss();
    ++state.epochs;
    const bool improved = take_validation_loss(training, state.epochs, validation, state.selection);
    state.curve.push_back({state.epochs, rate, loss, validation});
    trainer.store_state(improved);
    hooks.save(state);
    if (!hooks.keep_going(state.curve.back())) return result_of(state, TrainStatus::pruned, "");
  }
  return result_of(state, TrainStatus::finished, "");
}

}  // namespace

MemberResult train_member(const MemberJob& job, MemberState& state, const MemberHooks& hooks) {
  MemberResult result = with_torch([&] {
    prepare_torch(job.params.training.device);
    return run_epochs(job, state, hooks);
  });
  const bool validated = std::any_of(state.curve.begin(), state.curve.end(),
                                     [](const EpochRecord& r) { return !std::isnan(r.validation_loss); });
  if (validated && result.status != TrainStatus::diverged && std::isnan(result.best_validation_loss)) {
    result.status = TrainStatus::diverged;
    result.message = "its validation loss was never finite; look at the inputs of the validation period";
  }
  return result;
}

}  // namespace phreatic::learn
