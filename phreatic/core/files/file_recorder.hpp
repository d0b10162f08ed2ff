// SPDX-License-Identifier: BSD-3-Clause
// Which files were opened for reading: every function of ours that opens one says so with note_read();
// whoever wants to know (the engine of the studies, which compares with what a stage declared) sets a
// recorder for a while.
#pragma once

#include <filesystem>
#include <set>

namespace phreatic::core {

// Says that `path` is opened for reading. Costs one load while nobody records.
void note_read(const std::filesystem::path& path);

// Records the files that any thread opens during this object's life, as absolute paths without symbolic dots.
// Recorders nest: the innermost records.
class ReadRecorder {
 public:
  ReadRecorder();
  ~ReadRecorder();
  ReadRecorder(const ReadRecorder&) = delete;
  ReadRecorder& operator=(const ReadRecorder&) = delete;
  // What was opened until now.
  std::set<std::filesystem::path> files() const;

 private:
  friend void note_read(const std::filesystem::path& path);
  std::set<std::filesystem::path> files_;
  ReadRecorder* outer_ = nullptr;
};

}  // namespace phreatic::core
