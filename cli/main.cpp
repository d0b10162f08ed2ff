// SPDX-License-Identifier: BSD-3-Clause
// phreatic: everything that does not learn. Links neither libtorch nor GDAL, so that it starts in
// milliseconds; commands that learn replace this program by its sibling phreatic-learn.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/command.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/studies/kinds.hpp"

namespace {

namespace fs = std::filesystem;
using phreatic::core::RunError;

constexpr const char* kTorch = "torch==" PHREATIC_TORCH_VERSION;

// In the Python package: the version of the torch that lies beside it, which phreatic-learn is linked with; "" without.
std::string torch_beside(const fs::path& package) {
  std::ifstream version(package.parent_path() / "torch" / "version.py");
  for (std::string line; std::getline(version, line);) {
    const std::size_t begin = line.find('\'');
    if (line.starts_with("__version__") && begin != std::string::npos)
      return line.substr(begin + 1, line.find('\'', begin + 1) - begin - 1);
  }
  return "";
}

// The loader's own message would name a file that users have never heard of.
void check_torch(const fs::path& sibling) {
  const fs::path package = sibling.parent_path().parent_path();
  const bool packaged = fs::exists(package / "__init__.py");
  if (!fs::exists(sibling))
    throw RunError(
        packaged
            ? fmt::format(
                  "this command needs the learning part, which this installation was built without: pip "
                  "install {}, then phreatic again (docs/guide/python.md)",
                  kTorch)
            : fmt::format(
                  "{}: is not there; this command needs the learning part: run ./quickstart, or build with "
                  "-DPHREATIC_LEARN=ON",
                  sibling.string()));
  if (!packaged || fs::exists(PHREATIC_TORCH_LIB "/libtorch_cpu.so") ||
      std::getenv("LD_LIBRARY_PATH") != nullptr)
    return;
  const std::string found = torch_beside(package);
  if (found.substr(0, found.find('+')) == PHREATIC_TORCH_VERSION) return;
  throw RunError(fmt::format("this command needs torch {} beside phreatic in {}, {}: pip install {}",
                             PHREATIC_TORCH_VERSION, package.parent_path().string(),
                             found.empty() ? "where there is none" : "where " + found + " is", kTorch));
}

int become_phreatic_learn(char** argv) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  const fs::path sibling = self.parent_path() / "phreatic-learn";
  check_torch(sibling);
  ::execv(sibling.c_str(), argv);
  throw RunError(fmt::format("{}: cannot be started: {}", sibling.string(), std::strerror(errno)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 0 && fs::path(argv[0]).filename() == "phreatic-learn") {  // as the Python package starts it
    try {
      return become_phreatic_learn(argv);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "phreatic: %s\n", error.what());
      return phreatic::cli::kFailed;
    }
  }
  return phreatic::cli::run_program(
      argc, argv, {phreatic::studies::kinds(), [argv] { return become_phreatic_learn(argv); }});
}
