// SPDX-License-Identifier: BSD-3-Clause
// The committed fuzzing corpus through the fuzz targets' functions, without libFuzzer.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"

#define LLVMFuzzerTestOneInput fuzz_csv_input
#include "../fuzz/fuzz_csv.cpp"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_study_input
#include "../fuzz/fuzz_study.cpp"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_netcdf_input
#include "../fuzz/fuzz_netcdf.cpp"
#undef LLVMFuzzerTestOneInput

namespace phreatic::data {
namespace {

// Each file, each of its beginnings, and copies with some bytes changed.
void run(const std::string& folder, int (*target)(const std::uint8_t*, std::size_t)) {
  std::size_t files = 0;
  core::RandomStream random(11, "bytes");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string text = core::read_file(entry.path());
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
  EXPECT_GE(files, 3U);
}

TEST(FuzzCorpus, Csv) { run("tests/fuzz/corpus/csv", fuzz_csv_input); }
TEST(FuzzCorpus, Netcdf) { run("tests/fuzz/corpus/netcdf", fuzz_netcdf_input); }

// The NetCDF library copies names of classic files whole, however long.
TEST(FuzzCorpus, ANameLongerThanTheLibraryAllowsIsHeld) {
  const auto number = [](std::uint32_t n) {
    return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
                       static_cast<char>(n)};
  };
  const std::string name(5000, 'x');
  const std::string file = std::string("\0CDF\1", 5) + number(0) + number(10) + number(1) + number(5000) +
                           name + number(3) + number(0) + number(0) + number(0) + number(0);
  fuzz_netcdf_input(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const auto path =
      std::filesystem::temp_directory_path() / ("phreatic-long-name-" + std::to_string(::getpid()) + ".nc");
  core::write_file_atomic(path, file.substr(1));
  const io::NcReader reader(path);
  ASSERT_EQ(reader.dimensions().size(), 1U);
  EXPECT_EQ(reader.dimensions()[0].name, name);
  std::filesystem::remove(path);
}

TEST(FuzzCorpus, StudyFiles) { run("tests/fuzz/corpus/study", fuzz_study_input); }

}  // namespace
}  // namespace phreatic::data
