// SPDX-License-Identifier: BSD-3-Clause
// The committed fuzzing corpus of the model reader, without libFuzzer: each file, each of its beginnings, and
// copies with some bytes changed.
#include <gtest/gtest.h>

#include <filesystem>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"

#define LLVMFuzzerTestOneInput fuzz_trees_input
#include "tests/fuzz/fuzz_trees.cpp"
#undef LLVMFuzzerTestOneInput

TEST(FuzzCorpus, ModelsEndWithABoosterOrAnError) {
  std::size_t files = 0;
  phreatic::core::RandomStream random(17, "bytes");
  for (const auto& entry : std::filesystem::directory_iterator("tests/fuzz/corpus/trees")) {
    const std::string text = phreatic::core::read_file(entry.path());
    const auto call = [](const std::string& s) {
      fuzz_trees_input(reinterpret_cast<const std::uint8_t*>(s.data()), s.size());
    };
    for (std::size_t n = 0; n <= text.size(); ++n) call(text.substr(0, n));
    for (int i = 0; i < 3000; ++i) {
      std::string changed = text;
      for (int k = 0; k < 3; ++k)
        changed[random.below(changed.size())] = static_cast<char>(random.below(256));
      call(changed);
    }
    ++files;
  }
  EXPECT_EQ(files, 3U);
}
