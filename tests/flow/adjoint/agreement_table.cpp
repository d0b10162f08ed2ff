// SPDX-License-Identifier: BSD-3-Clause
// The table of agreement of docs/methods/adjoint.md: our sensitivities beside finite differences of MODFLOW 6.
//   test_adjoint_table [MODEL] [--where]
#include <cstdio>
#include <cstring>

#include "reference.hpp"

int main(int argc, char** argv) {
  using namespace phreatic::flow;
  using namespace phreatic::flow::testing;
  const std::filesystem::path all = shared_data() / "adjoint";
  if (shared_data().empty() || !std::filesystem::exists(all)) {
    std::fprintf(stderr, "adjoint is not in the shared data\n");
    return 1;
  }
  const bool where = argc > 1 && std::strcmp(argv[argc - 1], "--where") == 0;
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(all)) {
    if (std::filesystem::exists(entry.path() / "finite_differences.csv")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::printf(
      "| model | parameter | values | largest difference over largest value |\n|---|---|---:|---:|\n");
  for (const std::filesystem::path& folder : folders) {
    if (argc > 1 && argv[1][0] != '-' && folder.filename() != argv[1]) continue;
    AdjointResult result;
    for (const Agreement& a : compare_sensitivities(folder, &result)) {
      std::printf("| %s | %s | %d | %.1e |\n", folder.filename().c_str(), a.parameter.c_str(), a.count,
                  a.worst);
      if (where) std::printf("    %s\n", a.where.c_str());
    }
    if (where)
      std::printf("  residual %.2e, %zu systems, %zu iterations, %zu not solved\n", result.largest_residual,
                  result.systems, result.iterations, result.systems_not_solved);
    std::fflush(stdout);
  }
  return 0;
}
