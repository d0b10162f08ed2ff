// SPDX-License-Identifier: BSD-3-Clause
// What training one network leaves on disk: a checkpoint after every epoch, and the finished member. Each is
// one safetensors file whose metadata carries the state as JSON, so that one rename replaces all of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/learn/architectures/layout.hpp"
#include "phreatic/learn/trainer.hpp"
#include "phreatic/learn/training/selection.hpp"

namespace phreatic::learn {

// What a resume compares. `machine` and `threads` are those of the run that wrote the checkpoint.
struct Stamp {
  std::string settings;  // JSON of LearnParams without the number of members
  std::string data;      // data_hash
  std::string machine;   // machine_fingerprint; not in finished members
  int threads = 0;       // recorded, not compared: results do not depend on it
};

// All that the next epoch depends on. Random numbers are keyed by (seed, purpose, epoch, batch), so that the
// counters are `epochs` and `updates`.
struct MemberState {
  std::uint64_t seed = 0;
  int epochs = 0;            // done
  std::int64_t updates = 0;  // Adam's step count
  SelectionState selection;
  std::vector<EpochRecord> curve;
  std::vector<double> factors;         // [entity] of training/robust.hpp for the next epoch; empty: all 1
  std::vector<double> target_factors;  // [target] of training/balance.hpp for the next epoch; empty: all 1
  std::vector<float> parameters;
  std::vector<float> first_moment;
  std::vector<float> second_moment;
  std::vector<float> best;
};

std::filesystem::path checkpoint_path(const std::filesystem::path& folder, std::size_t member);
std::filesystem::path member_path(const std::filesystem::path& folder, std::size_t member);

void write_checkpoint(const std::filesystem::path& path, const ParameterLayout& layout, const Stamp& stamp,
                      const MemberState& state);
// Nothing when the file is not there. Throws InputError when it is corrupt, or when `stamp` differs from the
// file's (machine only for ResumeMode::exact), saying in what.
std::optional<MemberState> read_checkpoint(const std::filesystem::path& path, const ParameterLayout& layout,
                                           const Stamp& stamp, ResumeMode mode);

void write_member(const std::filesystem::path& path, const ParameterLayout& layout, const Stamp& stamp,
                  const MemberResult& result, const std::vector<float>& parameters);
std::optional<MemberResult> read_member_result(const std::filesystem::path& path, const Stamp& stamp);

}  // namespace phreatic::learn
