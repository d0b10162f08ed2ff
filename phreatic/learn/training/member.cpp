// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/member.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/recurrent/network_torch.hpp"
#include "phreatic/learn/samples/batches.hpp"
#include "phreatic/learn/training/adam_torch.hpp"
#include "phreatic/learn/training/losses_torch.hpp"

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

constexpr std::size_t kDropoutChunk = std::size_t{1} << 16;

// Keeps each value with probability 1 - p and scales it by 1 / (1 - p). 16 random bits a value; chunks have
// streams of their own, so that the threads do not matter.
void fill_dropout(std::vector<float>& mask, double p, std::uint64_t seed, std::uint64_t update) {
  const auto threshold = static_cast<std::uint32_t>(std::lround(p * 65536.0));
  const auto kept = static_cast<float>(1.0 / (1.0 - threshold / 65536.0));
  const std::size_t chunks = (mask.size() + kDropoutChunk - 1) / kDropoutChunk;
  core::parallel_for(chunks, [&](std::size_t c) {
    core::RandomStream random(seed, "dropout", update, c);
    const std::size_t end = std::min(mask.size(), (c + 1) * kDropoutChunk);
    for (std::size_t i = c * kDropoutChunk; i < end; i += 2) {
      const std::uint32_t word = random();
      mask[i] = (word & 0xffffU) < threshold ? 0.0F : kept;
      if (i + 1 < end) mask[i + 1] = (word >> 16) < threshold ? 0.0F : kept;
    }
  });
}

at::Tensor moment_tensor(std::vector<float>& values, const at::Device& device) {
  return tensor_of(values, {static_cast<std::int64_t>(values.size())}, device).clone();
}

std::vector<float> values_of(const at::Tensor& t) {
  const at::Tensor cpu = t.to(at::kCPU).contiguous();
  return {cpu.const_data_ptr<float>(), cpu.const_data_ptr<float>() + cpu.numel()};
}

struct LossTensors {
  at::Tensor target;
  at::Tensor weight;
};

class MemberTrainer {
 public:
  MemberTrainer(const MemberJob& job, MemberState& state)
      : job_(job),
        state_(state),
        network_(job.shape, state.parameters, job.params.training.device, true),
        maker_(job.set, job.shape) {
    adam_ = {moment_tensor(state.first_moment, network_.device()),
             moment_tensor(state.second_moment, network_.device()), state.updates};
    offsets_.push_back(0);
    for (const Window& w : job.windows.validation) offsets_.push_back(offsets_.back() + w.scored());
  }

  // Mean training loss of epoch e (from 0), or NaN with message() set.
  double train_epoch(int epoch, double rate, const std::function<void(const std::string&)>& batch_done) {
    const std::vector<Window>& windows = job_.windows.training;
    core::RandomStream random(state_.seed, "shuffle", static_cast<std::uint64_t>(epoch));
    const std::vector<std::size_t> order = random.permutation(windows.size());
    const auto size = static_cast<std::size_t>(job_.params.training.batch_size);
    const std::size_t batches = batches_per_epoch(job_);
    double sum = 0;
    double observed = 0;
    for (std::size_t b = 0; b < batches; ++b) {
      core::throw_if_interrupted();
      chosen_.clear();
      for (std::size_t i = b * size; i < std::min(order.size(), (b + 1) * size); ++i)
        chosen_.push_back(windows[order[i]]);
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
    return sum / std::max(observed, 1.0);
  }

  // NaN without observed validation targets; infinity when outputs are not finite.
  double validation_loss() {
    const std::vector<Window>& windows = job_.windows.validation;
    if (windows.empty()) return std::nan("");
    const std::size_t heads = job_.shape.heads();
    std::vector<float> predicted(offsets_.back() * heads);
    run_windows(network_, maker_, windows, offsets_, predicted.data());
    const double loss = loss_of_rows(predicted);
    return has_validation_ && !std::isfinite(loss) ? std::numeric_limits<double>::infinity() : loss;
  }

  void store_state(bool best) {
    state_.parameters = network_.values();
    state_.first_moment = values_of(adam_.m);
    state_.second_moment = values_of(adam_.v);
    state_.updates = adam_.updates;
    if (best) state_.best = state_.parameters;
  }

  const std::string& message() const { return message_; }

 private:
  at::Tensor forward(bool dropout) {
    const NetworkShape& shape = job_.shape;
    const auto rows = static_cast<std::int64_t>(batch_.rows);
    const auto scored = static_cast<std::int64_t>(batch_.scored);
    const at::Tensor x = tensor_of(
        batch_.x,
        {rows, static_cast<std::int64_t>(batch_.steps), static_cast<std::int64_t>(shape.sequence_inputs())},
        network_.device());
    at::Tensor statics;
    if (shape.sets_state())
      statics =
          tensor_of(batch_.statics, {rows, static_cast<std::int64_t>(shape.statics)}, network_.device());
    at::Tensor mask;
    if (dropout && shape.model.output_dropout > 0) {
      const auto hidden = static_cast<std::int64_t>(shape.hidden());
      dropout_.resize(static_cast<std::size_t>(rows * scored * hidden));
      fill_dropout(dropout_, shape.model.output_dropout, state_.seed,
                   static_cast<std::uint64_t>(adam_.updates));
      mask = tensor_of(dropout_, {rows, scored, hidden}, network_.device());
    }
    return network_.forward(x, statics, scored, mask);
  }

  double update(double rate) {
    maker_.inputs(chosen_, batch_);
    maker_.targets(chosen_, job_.weights, batch_);
    add_target_noise();
    network_.gradient().zero_();
    const at::Tensor loss = masked_loss(job_.params.loss, loss_input(forward(true)));
    const double value = loss.item<double>();
    if (!std::isfinite(value) || !loss.requires_grad()) return value;
    loss.backward();
    const c10::NoGradGuard no_gradients;
    const double norm = clip_gradient(network_.gradient(), job_.params.training.clip_gradient_norm);
    if (!std::isfinite(norm)) return norm;
    adam_update(job_.params.training, rate, network_.flat(), network_.gradient(), adam_);
    return value;
  }

  LossInput loss_input(const at::Tensor& prediction) {
    const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(batch_.rows),
                                             static_cast<std::int64_t>(batch_.scored),
                                             static_cast<std::int64_t>(job_.shape.targets)};
    return {prediction, tensor_of(batch_.target, shape, network_.device()),
            tensor_of(batch_.weight, shape, network_.device()), batch_.observed};
  }

  void add_target_noise() {
    const double noise = job_.params.training.target_noise_std;
    if (noise <= 0) return;
    core::RandomStream random(state_.seed, "target_noise", static_cast<std::uint64_t>(adam_.updates));
    for (float& y : batch_.target) y += static_cast<float>(noise * random.normal());
  }

  double loss_of_rows(std::vector<float>& predicted) {
    const std::size_t targets = job_.shape.targets;
    std::vector<float> target(offsets_.back() * targets, 0.0F);
    std::vector<float> weight(target.size(), 0.0F);
    std::vector<double> observed(targets, 0.0);
    Batch one;
    for (std::size_t w = 0; w < job_.windows.validation.size(); ++w) {
      const Window& window = job_.windows.validation[w];
      one.rows = 1;
      one.steps = window.length;
      one.scored = window.scored();
      maker_.targets({&window, 1}, job_.weights, one);
      std::copy(one.target.begin(), one.target.end(),
                target.begin() + static_cast<std::ptrdiff_t>(offsets_[w] * targets));
      std::copy(one.weight.begin(), one.weight.end(),
                weight.begin() + static_cast<std::ptrdiff_t>(offsets_[w] * targets));
      for (std::size_t k = 0; k < targets; ++k) observed[k] += one.observed[k];
    }
    has_validation_ = std::accumulate(observed.begin(), observed.end(), 0.0) > 0;
    if (!has_validation_) return std::nan("");
    const c10::NoGradGuard no_gradients;
    const auto rows = static_cast<std::int64_t>(offsets_.back());
    const at::Device cpu(at::kCPU);
    const auto as_double = [&](std::vector<float>& v) {
      return tensor_of(v, {rows, static_cast<std::int64_t>(v.size()) / rows}, cpu).to(at::kDouble);
    };
    return masked_loss(job_.params.loss,
                       {as_double(predicted), as_double(target), as_double(weight), observed})
        .item<double>();
  }

  // Where it comes from, as far as one can say (dropout off): the entity with the largest weighted error, or
  // with outputs that are not finite.
  std::string blame() {
    const c10::NoGradGuard no_gradients;
    LossInput input = loss_input(forward(false));
    const auto rows = static_cast<std::int64_t>(batch_.rows);
    const at::Tensor f = input.prediction.reshape({rows, -1, static_cast<std::int64_t>(job_.shape.outputs)})
                             .select(2, 0)
                             .to(at::kDouble);
    const at::Tensor y = input.target.reshape({rows, -1}).to(at::kDouble);
    const at::Tensor w = input.weight.reshape({rows, -1}).to(at::kDouble);
    const at::Tensor error = ((f - y).square() * w).nan_to_num(std::numeric_limits<double>::max()).amax(1);
    const auto worst = static_cast<std::size_t>(error.argmax().item<std::int64_t>());
    const bool finite = f.isfinite().all().item<bool>();
    return fmt::format(
        "the largest weighted error is that of '{}'{}", job_.set.entities[chosen_[worst].entity].name,
        finite ? "; look at its targets and weight, or lower learning_rate"
               : ", outputs are not finite; look at its inputs and scaling, or lower learning_rate");
  }

  const MemberJob& job_;
  MemberState& state_;
  Network network_;
  BatchMaker maker_;
  AdamState adam_;
  Batch batch_;
  std::vector<Window> chosen_;
  std::vector<float> dropout_;
  std::vector<std::size_t> offsets_;  // of validation windows
  bool has_validation_ = false;
  std::string message_;
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
  const std::size_t all = (job.windows.training.size() + size - 1) / size;
  const auto& limit = job.params.training.max_updates_per_epoch;
  return limit ? std::min(all, static_cast<std::size_t>(*limit)) : all;
}

MemberState first_state(const MemberJob& job, std::uint64_t seed) {
  MemberState state;
  state.seed = seed;
  state.parameters = initial_parameters(job.shape, job.layout, seed);
  state.first_moment.assign(job.layout.size, 0.0F);
  state.second_moment.assign(job.layout.size, 0.0F);
  state.best = state.parameters;
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
  return with_torch([&] {
    prepare_torch(job.params.training.device);
    return run_epochs(job, state, hooks);
  });
}

}  // namespace phreatic::learn
