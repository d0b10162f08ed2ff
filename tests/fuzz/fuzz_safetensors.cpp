// SPDX-License-Identifier: BSD-3-Clause
// The reader of model files on arbitrary bytes: arrays or an InputError, and what was read is written and read again
// the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/files/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  try {
    const learn::SafeTensors read =
        learn::parse_safetensors({reinterpret_cast<const char*>(bytes), size}, "fuzz.safetensors");
    const std::string text = learn::format_safetensors(read);
    const learn::SafeTensors again = learn::parse_safetensors(text, "again.safetensors");
    if (again.tensors.size() != read.tensors.size() || again.metadata != read.metadata) std::abort();
    for (std::size_t i = 0; i < read.tensors.size(); ++i) {
      const learn::StoredTensor& a = read.tensors[i];
      const learn::StoredTensor& b = again.tensors[i];
      if (a.name != b.name || a.dtype != b.dtype || a.shape != b.shape || a.bytes != b.bytes) std::abort();
    }
  } catch (const core::InputError&) {
  }
  return 0;
}
