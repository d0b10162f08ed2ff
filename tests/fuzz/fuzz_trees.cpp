// SPDX-License-Identifier: BSD-3-Clause
// The reader of XGBoost models on arbitrary bytes: it must end with an InputError or with a booster that can be
// evaluated and written.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/forest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  trees::Booster booster;
  try {
    booster = trees::parse_model(text, "fuzz");
  } catch (const core::InputError&) {
    return 0;
  }
  if (booster.features > 64) return 0;
  const std::vector<float> x(3 * std::max<std::size_t>(1, booster.features), 0.5F);
  std::vector<float> margins(3);
  trees::Forest(booster).margins(3, x.data(), margins.data());
  const trees::Booster again = trees::parse_model(trees::to_ubjson_model(booster), "written");
  if (again.trees.size() != booster.trees.size()) std::abort();
  return 0;
}
