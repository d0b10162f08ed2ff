// SPDX-License-Identifier: BSD-3-Clause
// model.json: what a model folder says about its model. Text in and out, free of libtorch.
#pragma once

#include <string>
#include <vector>

#include "phreatic/learn/trainer.hpp"

namespace phreatic::learn {

inline constexpr const char* kModelFile = "model.json";

// One network of the ensemble, as model.json lists it.
struct MemberEntry {
  std::string file;  // "member_000.safetensors", beside model.json
  std::string hash;  // core::hash_bytes of that file
  std::uint64_t seed = 0;
  int best_epoch = 0;
};

struct ModelFile {
  ModelDescription description;
  std::vector<MemberEntry> members;
};

std::string format_model_file(const ModelFile& model);
// Throws InputError naming `file` for text that is no such description.
ModelFile parse_model_file(const std::string& text, const std::string& file);

// The described settings as one JSON object, with the targets as model.json has them.
std::string settings_json(const LearnParams& params, const std::vector<Target>& targets);

}  // namespace phreatic::learn
