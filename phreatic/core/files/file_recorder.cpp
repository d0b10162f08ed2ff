// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/files/file_recorder.hpp"

#include <atomic>
#include <mutex>

namespace phreatic::core {
namespace {

std::atomic<ReadRecorder*> current{nullptr};
std::mutex guard;  // of `current` and of what it points to

}  // namespace

void note_read(const std::filesystem::path& path) {
  if (current.load(std::memory_order_relaxed) == nullptr) return;
  const std::lock_guard lock(guard);
  if (ReadRecorder* recorder = current.load(); recorder != nullptr)
    recorder->files_.insert(std::filesystem::absolute(path).lexically_normal());
}

ReadRecorder::ReadRecorder() {
  const std::lock_guard lock(guard);
  outer_ = current.exchange(this);
}

ReadRecorder::~ReadRecorder() {
  const std::lock_guard lock(guard);
  current = outer_;
}

std::set<std::filesystem::path> ReadRecorder::files() const {
  const std::lock_guard lock(guard);
  return files_;
}

}  // namespace phreatic::core
