// SPDX-License-Identifier: BSD-3-Clause
// Draws the orders of convergence for docs/methods/flow.md and prints them as a table.
//   test_flow_orders docs/methods/figures
#include <cstdio>
#include <functional>

#include "orders.hpp"
#include "phreatic/report/report.hpp"

namespace {

namespace report = phreatic::report;
namespace testing = phreatic::flow::testing;

struct Case {
  const char* name;
  std::vector<int> parts;
  std::function<double(int)> error;
};

report::Figure figure_of(const char* id, const char* axis, const std::vector<Case>& cases) {
  report::Lines lines;
  lines.x = {axis, "", 0};
  lines.y = {"Largest error", "m", 6};
  lines.log_x = lines.log_y = true;
  lines.points = true;
  for (const Case& c : cases) {
    report::Line line{
        c.name, lines.lines.empty() ? report::Role::model : report::Role::other_model, {}, {}, {}, {}};
    for (const int n : c.parts) {
      line.x.push_back(n);
      line.y.push_back(c.error(n));
      const std::size_t at = line.y.size() - 1;
      std::printf("| %s | %d | %.3g | ", c.name, n, line.y[at]);
      if (at > 0)
        std::printf("%.2f", std::log(line.y[at - 1] / line.y[at]) / std::log(line.x[at] / line.x[at - 1]));
      std::printf(" |\n");
    }
    lines.lines.push_back(line);
  }
  return {id, "", "", "", lines};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: test_flow_orders FOLDER\n", stderr);
    return 2;
  }
  const std::vector<int> cells = {25, 50, 100, 200, 400};
  std::printf("| case | cells or steps | largest error, m | order |\n|---|---:|---:|---:|\n");
  report::Report page;
  page.title = "Orders of convergence";
  report::Section section{"orders", "Orders of convergence", {}, {}};
  section.figures.push_back(
      figure_of("flow-order-in-space", "Cells",
                {{"smooth source", cells, testing::smooth_source_error},
                 {"Dupuit, Picard", cells, [](int n) { return testing::dupuit_error(n, false); }},
                 {"Dupuit, Newton", cells, [](int n) { return testing::dupuit_error(n, true); }}}));
  section.figures.push_back(
      figure_of("flow-order-in-time", "Steps",
                {{"draining reservoir", {10, 20, 40, 80, 160, 320}, testing::drainage_error}}));
  page.sections.push_back(section);
  for (const std::string& warning :
       report::write_figures(page, argv[1], {.widths_mm = {85}, .formats = {"svg"}}))
    std::fprintf(stderr, "%s\n", warning.c_str());
  return 0;
}
