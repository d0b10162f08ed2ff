// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/files/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_recorder.hpp"
#include "phreatic/core/files/path_text.hpp"

namespace phreatic::core {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Followed by the writer's process number; nobody else names files so.
constexpr std::string_view kPartMark = ".phreatic-part";

// The process that writes, or wrote, a temporary file of this name; 0 when the name is not such a file's.
pid_t writer_of_part(std::string_view name) {
  const std::size_t mark = name.rfind(kPartMark);
  if (mark == std::string_view::npos) return 0;
  pid_t writer = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + mark + kPartMark.size(), end, writer);
  return read.ec == std::errc{} && read.ptr == end ? writer : 0;
}

[[noreturn]] void fail(const std::string& path, const char* doing) {
  const int error = errno;
  std::string mend;
  if (error == ENOSPC || error == EDQUOT) mend = "; free some space and run again with --resume";
  if (error == EACCES || error == EROFS) mend = "; choose another folder with --out";
  throw RunError(fmt::format("{}: cannot {}: {}{}", path, doing, std::strerror(error), mend));
}

void write_all(const Descriptor& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(path, "write");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sync_path(const std::string& path, int flags) {
  const Descriptor file(path, flags);
  if (!file.ok() || ::fsync(file.get()) != 0) fail(path, "sync to disk");
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  note_read(path);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    const std::string reason = errno == ENOENT ? "there is no such file" : std::strerror(errno);
    throw InputError(Problem{.file = path.string(), .what = reason, .mend = check_path(path)});
  }
  if (S_ISDIR(info.st_mode))
    throw InputError(Problem{.file = path.string(), .what = "this is a folder, a file is needed"});
  if (!S_ISREG(info.st_mode))
    throw InputError(Problem{.file = path.string(),
                             .what = "this is a pipe or a device, not a file that can be read again",
                             .mend = "Write its content into a file and name that"});
  const Descriptor file(path.string(), O_RDONLY);
  if (!file.ok())
    throw InputError(
        Problem{.file = path.string(), .what = fmt::format("cannot be read: {}", std::strerror(errno))});
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  for (;;) {
    if (done == bytes.size()) {
      char extra = 0;
      const ssize_t more = ::read(file.get(), &extra, 1);  // pipes and growing files
      if (more <= 0) break;
      bytes.push_back(extra);
      ++done;
      bytes.resize(std::max<std::size_t>(4096, bytes.size() * 2));
      continue;
    }
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw InputError(
          Problem{.file = path.string(), .what = fmt::format("cannot be read: {}", std::strerror(errno))});
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

void write_file_atomic(const std::filesystem::path& path, std::string_view bytes) {
  write_atomic_with(path, [&](const std::string& temporary) {
    const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (!file.ok()) fail(path.string(), "create");
    write_all(file, bytes, path.string());
  });
}

void write_atomic_with(const std::filesystem::path& path,
                       const std::function<void(const std::string& temporary)>& write) {
  const std::string temporary = fmt::format("{}{}{}", path.string(), kPartMark, ::getpid());
  try {
    write(temporary);
    sync_path(temporary, O_RDONLY);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path.string(), "rename into place");
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_path(folder_of(path).string(), O_RDONLY | O_DIRECTORY);
}

std::size_t remove_abandoned_parts(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> abandoned;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const pid_t writer = writer_of_part(at->path().filename().string());
    if (writer > 0 && ::kill(writer, 0) != 0 && errno == ESRCH) abandoned.push_back(at->path());
  }
  return static_cast<std::size_t>(std::count_if(
      abandoned.begin(), abandoned.end(), [](const auto& path) { return ::unlink(path.c_str()) == 0; }));
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path)) {
    throw RunError(fmt::format("{}: cannot create this folder: {}; choose another with --out", path.string(),
                               error ? error.message() : "a file of that name is in the way"));
  }
}

std::string hash_bytes(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string hash_file(const std::filesystem::path& path) { return hash_bytes(read_file(path)); }

}  // namespace phreatic::core
