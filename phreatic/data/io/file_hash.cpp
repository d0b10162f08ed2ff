// SPDX-License-Identifier: BSD-3-Clause
#define XXH_INLINE_ALL
#include "phreatic/data/io/file_hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_recorder.hpp"

namespace phreatic::data::io {

std::string hash_large_file(const std::filesystem::path& path) {
  core::note_read(path);
  const auto close = [](std::FILE* f) { std::fclose(f); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
  if (!file) throw core::InputError(core::Problem{.file = path.string(), .what = "cannot be read"});
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  std::vector<char> block(std::size_t{1} << 20);
  for (;;) {
    const std::size_t got = std::fread(block.data(), 1, block.size(), file.get());
    XXH3_128bits_update(&state, block.data(), got);
    if (got < block.size()) break;
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace phreatic::data::io
