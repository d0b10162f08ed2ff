// SPDX-License-Identifier: BSD-3-Clause
// Training of one network of an ensemble. The header is free of libtorch.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/learn/architectures/architecture.hpp"
#include "phreatic/learn/files/checkpoint.hpp"
#include "phreatic/learn/samples/samples.hpp"
#include "phreatic/learn/trainer.hpp"
#include "phreatic/learn/training/indifference.hpp"

namespace phreatic::learn {

struct MemberJob {
  const Samples& samples;
  const LearnParams& params;
  const NetworkPlan& plan;
  const ParameterLayout& layout;
  std::vector<double> first_factors =
      {};  // [entity] of training/robust.hpp for the first epoch; empty: all 1
  std::optional<Indifference> indifference = std::nullopt;
};

struct MemberHooks {
  std::function<void(const MemberState&)> save;        // after every epoch
  std::function<bool(const EpochRecord&)> keep_going;  // after every epoch; false prunes
  std::function<void(const std::string& note)> batch_done;
};

// The state before the first epoch.
MemberState first_state(const MemberJob& job, std::uint64_t seed);

// Runs the epochs that `state` has not done yet; on return state.best holds the kept weights. Throws
// Interrupted at a batch boundary.
MemberResult train_member(const MemberJob& job, MemberState& state, const MemberHooks& hooks);

std::size_t batches_per_epoch(const MemberJob& job);

}  // namespace phreatic::learn
