// SPDX-License-Identifier: BSD-3-Clause
// The table of agreement of docs/methods/adjoint.md: our sensitivities beside finite differences of MODFLOW 6.
//   test_adjoint_table [MODEL] [--where]
// Differences whose forward and backward value lie apart, because a drain or a river switches within the change, are held to that
// distance in the tests and left out of the table; --where shows them all.
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
      "| model | values | largest difference over largest value | of | beyond forward - backward |\n"
      "|---|---:|---:|---|---:|\n");
  for (const std::filesystem::path& folder : folders) {
    if (argc > 1 && argv[1][0] != '-' && folder.filename() != argv[1]) continue;
    AdjointResult result;
    Agreement worst;
    int count = 0;
    for (const Agreement& a : compare_sensitivities(folder, &result)) {
      count += a.count;
      worst.beyond_spread = std::max(worst.beyond_spread, a.beyond_spread);
      if (where)
        std::printf("  %s, %d values: %.1e at %s\n", a.parameter.c_str(), a.count, a.worst, a.where.c_str());
      if (a.smooth_worst <= worst.smooth_worst) continue;
      worst.smooth_worst = a.smooth_worst;
      worst.parameter = a.parameter;
    }
    std::printf("| %s | %d | %.1e | %s | %.1e |\n", folder.filename().c_str(), count, worst.smooth_worst,
                worst.parameter.c_str(), std::max(0.0, worst.beyond_spread));
    if (where)
      std::printf("  residual %.2e, %zu systems, %zu iterations, %zu not solved\n", result.largest_residual,
                  result.systems, result.iterations, result.systems_not_solved);
    std::fflush(stdout);
  }
  return 0;
}
