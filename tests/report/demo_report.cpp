// SPDX-License-Identifier: BSD-3-Clause
// Writes the demonstration report that the browser tests open.
//   demo_report FILE.html [WELLS YEARS [FIGURES_FOLDER]]
#include <cstdio>
#include <cstdlib>

#include "demo_data.hpp"

int main(int argc, char** argv) {
  namespace report = phreatic::report;
  if (argc < 2) {
    std::fputs("usage: demo_report FILE.html [WELLS YEARS [FIGURES_FOLDER]]\n", stderr);
    return 2;
  }
  const int wells = argc > 3 ? std::atoi(argv[2]) : 48;
  const int years = argc > 3 ? std::atoi(argv[3]) : 15;
  const auto page = report::demo::report(wells, years);
  report::write_html(page, argv[1]);
  if (argc > 4) {
    for (const auto& warning : report::write_figures(page, argv[4]))
      std::fprintf(stderr, "%s\n", warning.c_str());
  }
  return 0;
}
