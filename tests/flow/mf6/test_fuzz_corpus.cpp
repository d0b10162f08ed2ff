// SPDX-License-Identifier: BSD-3-Clause
// The committed fuzzing corpus of the readers of folders, results and saved states, without libFuzzer: each file, each of its beginnings,
// and copies with some bytes changed.
#include <gtest/gtest.h>

#include <filesystem>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"

#define LLVMFuzzerTestOneInput fuzz_mf6_input
#include "tests/fuzz/fuzz_mf6.cpp"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_results_input
#include "tests/fuzz/fuzz_results.cpp"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_state_input
#include "tests/fuzz/fuzz_state.cpp"
#undef LLVMFuzzerTestOneInput

namespace {

void run(const std::string& folder, int (*target)(const std::uint8_t*, std::size_t), std::size_t at_least) {
  std::size_t files = 0;
  phreatic::core::RandomStream random(13, "bytes");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string text = phreatic::core::read_file(entry.path());
    const auto call = [&](const std::string& s) {
      target(reinterpret_cast<const std::uint8_t*>(s.data()), s.size());
    };
    for (std::size_t n = 0; n <= text.size(); ++n) call(text.substr(0, n));
    for (int i = 0; i < 300; ++i) {
      std::string changed = text;
      for (int k = 0; k < 3; ++k)
        changed[random.below(changed.size())] = static_cast<char>(random.below(256));
      call(changed);
    }
    ++files;
  }
  EXPECT_GE(files, at_least);
}

TEST(FuzzCorpus, Mf6EndsWithAModelOrProblems) { run("tests/fuzz/corpus/mf6", fuzz_mf6_input, 10); }
TEST(FuzzCorpus, ResultsEndWithRecordsOrAreRefused) {
  run("tests/fuzz/corpus/results", fuzz_results_input, 3);
}
TEST(FuzzCorpus, SavedStatesAreReadOrRefused) { run("tests/fuzz/corpus/state", fuzz_state_input, 1); }

}  // namespace
