// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/report/report.hpp"

namespace phreatic::report {

void describe(core::Describer& d, FigureParams& p) {
  d.field("widths", p.widths_mm,
          {.help = "Widths of the static figures", .unit = "mm", .min = 40, .max = 400});
  d.field("formats", p.formats, {.help = "File formats", .choices = {"svg", "png", "pdf"}});
  d.field("dpi", p.dpi, {.help = "Resolution of PNG files", .unit = "1/inch", .min = 72, .max = 1200});
  d.field("wells", p.wells, {.help = "Also write the charts of every well (gauge, site ...)"});
  d.field("panel_letters", p.panel_letters, {.help = "Put (a), (b) ... on the charts"});
}

}  // namespace phreatic::report
