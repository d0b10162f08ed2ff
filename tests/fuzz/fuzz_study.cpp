// SPDX-License-Identifier: BSD-3-Clause
// The study-file reader on arbitrary bytes: it must end with settings, with problems, or with an InputError.
// What was read without problems must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/sources.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    core::Problems problems;
    data::DataParams params;
    core::read_params(core::parse_yaml(text, "fuzz.yml"), params, problems);
    if (!problems.empty()) return 0;
    const std::string yaml = core::to_yaml(params);
    data::DataParams again;
    core::read_params(core::parse_yaml(yaml, "again.yml"), again, problems);
    if (!problems.empty() || core::to_yaml(again) != yaml) std::abort();
  } catch (const core::InputError&) {
  }
  return 0;
}
