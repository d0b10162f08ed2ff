// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/steps.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace phreatic::learn {
namespace {

constexpr int kDecayEvery = 200;  // epochs; rise_and_decay

double descent(const GnnwrTrainingParams& p, double share) {
  return p.final_rate + (p.learning_rate - p.final_rate) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

}  // namespace

double rate_of(const GnnwrTrainingParams& p, int epoch) {
  switch (p.schedule) {
    case GnnwrSchedule::constant:
      return p.learning_rate;
    case GnnwrSchedule::multi_step: {
      const auto passed = std::count_if(p.milestones.begin(), p.milestones.end(),
                                        [&](int milestone) { return milestone <= epoch; });
      return p.learning_rate * std::pow(p.factor, static_cast<double>(passed));
    }
    case GnnwrSchedule::cosine:
      return descent(p, std::min(1.0, static_cast<double>(epoch) / p.period_epochs));
    case GnnwrSchedule::warm_restarts: {
      int start = 0;
      int length = p.period_epochs;
      while (epoch - start >= length) {
        start += length;
        length *= p.period_factor;
      }
      return descent(p, static_cast<double>(epoch - start) / length);
    }
    case GnnwrSchedule::rise_and_decay:
      if (epoch < p.rise_epochs)
        return p.final_rate + (p.learning_rate - p.final_rate) * epoch / p.rise_epochs;
      return p.learning_rate * std::pow(p.factor, std::max(0, epoch - p.hold_epochs) / kDecayEvery);
  }
  return p.learning_rate;
}

kernels::DenseStep step_of(const GnnwrTrainingParams& p, int epoch, std::uint64_t update) {
  using Kind = kernels::DenseStepKind;
  kernels::DenseStep step;
  step.rate = static_cast<float>(rate_of(p, epoch));
  step.decay = static_cast<float>(p.weight_decay);
  switch (p.optimizer) {
    case GnnwrOptimizer::sgd:
      step.kind = Kind::sgd;
      break;
    case GnnwrOptimizer::adagrad:
      step.kind = Kind::adagrad;
      step.epsilon = 1e-10F;
      break;
    case GnnwrOptimizer::rmsprop:
      step.kind = Kind::rmsprop;
      step.a = 0.99F;
      step.epsilon = 1e-8F;
      break;
    case GnnwrOptimizer::adadelta:
      step.kind = Kind::adadelta;
      step.a = 0.9F;
      step.epsilon = 1e-6F;
      break;
    case GnnwrOptimizer::adam:
    case GnnwrOptimizer::adamw:
      step.kind = p.optimizer == GnnwrOptimizer::adam ? Kind::adam : Kind::adamw;
      step.a = 0.9F;
      step.b = 0.999F;
      step.epsilon = 1e-8F;
      step.correction1 = static_cast<float>(1 - std::pow(0.9, static_cast<double>(update)));
      step.correction2 = static_cast<float>(std::sqrt(1 - std::pow(0.999, static_cast<double>(update))));
      break;
  }
  return step;
}

}  // namespace phreatic::learn
