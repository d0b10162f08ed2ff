// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_recorder.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/files/folder_lock.hpp"

namespace phreatic::core {
namespace {

namespace fs = std::filesystem;

class FolderLocks : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "phreatic-lock-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(FolderLocks, ASecondWriterIsToldWhoHoldsTheFolder) {
  const FolderLock first(folder_);
  try {
    const FolderLock second(folder_ / "." / "");  // the same folder, spelt otherwise
    FAIL() << "locked twice";
  } catch (const RunError& error) {
    EXPECT_NE(std::string(error.what()).find(std::to_string(::getpid())), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("--out"), std::string::npos) << error.what();
  }
}

TEST_F(FolderLocks, ALockThatWasGivenUpLeavesNothingAndCanBeTakenAgain) {
  { const FolderLock first(folder_); }
  EXPECT_TRUE(fs::is_empty(folder_));
  const FolderLock again(folder_);
}

TEST_F(FolderLocks, TheLockOfAKilledProcessHoldsNobodyUp) {
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(folder_);
    ::_exit(0);  // as by kill: no destructor runs
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(fs::exists(folder_ / ".phreatic-lock"));
  EXPECT_NO_THROW(const FolderLock lock(folder_));
}

TEST_F(FolderLocks, ARecorderSeesEveryFileThatIsReadAndNoneAfterIt) {
  write_file_atomic(folder_ / "a", "1");
  write_file_atomic(folder_ / "b", "2");
  std::set<fs::path> seen;
  {
    const ReadRecorder recorder;
    read_file(folder_ / "." / "a");
    seen = recorder.files();
  }
  read_file(folder_ / "b");
  EXPECT_EQ(seen, std::set<fs::path>{folder_ / "a"});
}

}  // namespace
}  // namespace phreatic::core
