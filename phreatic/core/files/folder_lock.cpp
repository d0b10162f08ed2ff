// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/files/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::core {
namespace {

// "process 4711 (phreatic run study.yml --out run) since 2026-11-28 01:02:03 UTC"
std::string describe_holder() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string command{std::istreambuf_iterator<char>(file), {}};
  while (!command.empty() && command.back() == '\0') command.pop_back();
  for (char& ch : command) {
    if (static_cast<unsigned char>(ch) < 32) ch = ' ';
  }
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char since[32];
  std::strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return fmt::format("process {} ({}) since {}", ::getpid(), command, since);
}

std::string holder_in(int descriptor) {
  std::string text(1000, '\0');
  const ssize_t n = ::pread(descriptor, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text.empty() ? "another process" : text;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
  make_folder(folder);
  file_ = folder / ".phreatic-lock";
  for (;;) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
      throw RunError(fmt::format("{}: cannot write here: {}; choose another folder with --out",
                                 file_.string(), std::strerror(errno)));
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      // A file system without locks says so; everything else means that somebody holds it.
      const int error = errno;
      const std::string holder = holder_in(descriptor_);
      ::close(descriptor_);
      descriptor_ = -1;
      if (error != EWOULDBLOCK) {
        throw RunError(fmt::format("{}: cannot be locked: {}; choose a folder on a local disk with --out",
                                   file_.string(), std::strerror(error)));
      }
      throw RunError(
          fmt::format("{}: is being written by {}; wait until it has ended, or choose another "
                      "folder with --out",
                      folder.string(), holder));
    }
    // The holder before us may have removed the file between our open and our lock.
    struct stat ours {};
    struct stat there {};
    if (::fstat(descriptor_, &ours) == 0 && ::stat(file_.c_str(), &there) == 0 &&
        ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
      break;
    ::close(descriptor_);
  }
  const std::string text = describe_holder();
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const std::string reason = std::strerror(errno);
    ::unlink(file_.c_str());
    ::close(descriptor_);
    descriptor_ = -1;
    throw RunError(fmt::format("{}: cannot write: {}; free some space or choose another folder with --out",
                               file_.string(), reason));
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ < 0) return;
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace phreatic::core
