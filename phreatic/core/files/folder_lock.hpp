// SPDX-License-Identifier: BSD-3-Clause
// One writer at a time in a folder of results: a lock that the operating system drops when its holder ends,
// however it ends.
#pragma once

#include <filesystem>

namespace phreatic::core {

// Holds `folder` for this object's life by a lock on the file `.phreatic-lock` in it, which names the holder.
class FolderLock {
 public:
  // Makes the folder where it is not there. Throws RunError that names the holder (process, command, since
  // when) when another process, or another object of this one, holds it, and when the lock file cannot be
  // written.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace phreatic::core
