// SPDX-License-Identifier: BSD-3-Clause
// The reader of a flow run's saved state on arbitrary bytes: a state or an InputError. The bytes are given the checksum
// that they need to be looked into, unless the first one is odd.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/checkpoint.hpp"
#include "tests/fuzz/memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  if (size == 0) return 0;
  std::string content(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (bytes[0] % 2 == 0) content += core::hash_bytes(content);
  const fuzz::MemoryFile file(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  try {
    const auto checkpoint = flow::mf6::read_checkpoint(file.path());
    if (!checkpoint) std::abort();  // the file is there
    if (checkpoint->state.heads.size() * sizeof(double) > size) std::abort();
  } catch (const core::InputError&) {
  }
  return 0;
}
