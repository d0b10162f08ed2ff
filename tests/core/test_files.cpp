// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_name.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::core {
namespace {

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("phreatic_files_" + std::to_string(::getpid()));
    make_folder(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(Files, WritesAndReadsBack) {
  const auto path = folder_ / "a.txt";
  write_file_atomic(path, "one");
  write_file_atomic(path, "two");
  EXPECT_EQ(read_file(path), "two");
  EXPECT_EQ(hash_file(path), hash_bytes("two"));
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNoRubbish) {
  const auto path = folder_ / "a.txt";
  write_file_atomic(path, "old");
  EXPECT_THROW(write_atomic_with(path,
                                 [](const std::string& temporary) {
                                   write_file_atomic(temporary, "half");
                                   throw RunError("disk full");
                                 }),
               RunError);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Files, AFullDiskIsARunError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THROW(write_atomic_with("/dev/full/x", [](const std::string&) {}), RunError);
}

TEST_F(Files, MissingFilesAndFoldersAreInputErrors) {
  EXPECT_THROW(read_file(folder_ / "none"), InputError);
  EXPECT_THROW(read_file(folder_), InputError);
}

TEST_F(Files, PartsOfProcessesThatAreGoneAreRemoved) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ASSERT_GT(gone, 0);
  ASSERT_EQ(::waitpid(gone, nullptr, 0), gone);
  make_folder(folder_ / "explain");
  const auto abandoned = folder_ / "explain" / ("attributions.nc.phreatic-part" + std::to_string(gone));
  const auto alive = folder_ / ("a.nc.phreatic-part" + std::to_string(::getpid()));
  const auto users = folder_ / "archive.zip.part12345";
  for (const auto& path : {abandoned, alive, users}) write_file_atomic(path, "half");
  EXPECT_EQ(remove_abandoned_parts(folder_), 1U);
  EXPECT_FALSE(std::filesystem::exists(abandoned));
  EXPECT_TRUE(std::filesystem::exists(alive));
  EXPECT_TRUE(std::filesystem::exists(users));
}

TEST(FileName, NoTwoTextsShareANameAndNoneLeavesItsFolder) {
  EXPECT_EQ(file_name("MW-7_a.1"), "MW-7_a.1");
  EXPECT_EQ(file_name("MW 7"), "MW%207");
  EXPECT_EQ(file_name("MW%207"), "MW%25207");
  EXPECT_EQ(file_name("S\u00fcd"), "S%C3%BCd");
  EXPECT_EQ(file_name(".."), "%2E.");
  EXPECT_EQ(file_name("../x"), "%2E.%2Fx");
  EXPECT_EQ(file_name("a/.."), "a%2F..");
  const std::string a = std::string(300, 'x') + "a";
  const std::string b = std::string(300, 'x') + "b";
  EXPECT_NE(file_name(a), file_name(b));
  EXPECT_LE(file_name(a).size(), 200U);
}

// Known answer of XXH3-128 for no bytes, from the xxHash specification's reference implementation.
TEST(Hash, EmptyInput) { EXPECT_EQ(hash_bytes(""), "99aa06d3014798d86001c324468d497f"); }

}  // namespace
}  // namespace phreatic::core
