// SPDX-License-Identifier: BSD-3-Clause
// phreatic: everything that does not learn. Links neither libtorch nor GDAL, so that it starts in
// milliseconds; commands that learn replace this program by its sibling phreatic-learn.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/command.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/studies/kinds.hpp"

namespace {

int become_phreatic_learn(char** argv) {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path sibling = self.parent_path() / "phreatic-learn";
  ::execv(sibling.c_str(), argv);
  throw phreatic::core::RunError(
      fmt::format("{}: cannot be started: {}; this command needs the learning part: run ./quickstart, or "
                  "build with -DPHREATIC_LEARN=ON",
                  sibling.string(), std::strerror(errno)));
}

}  // namespace

int main(int argc, char** argv) {
  return phreatic::cli::run_program(
      argc, argv, {phreatic::studies::kinds(), [argv] { return become_phreatic_learn(argv); }});
}
