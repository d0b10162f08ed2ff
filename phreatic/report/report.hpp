// SPDX-License-Identifier: BSD-3-Clause
// A report: one self-contained HTML page, and its charts as files for papers.
//
//   Report report;
//   report.title = "Groundwater levels, Lower Rhine";
//   report.finding = "38 of 43 wells reach NSE > 0.7; the 90 % band holds 89 % of observations.";
//   report.sections.push_back({"skill", "Can I trust it?", {"..."}, {{"skill-map", "", "...", "", map}}});
//   write_html(report, out / "report.html");
//   for (const auto& warning : write_figures(report, out / "figures")) log.warn(warning);
//
// Order on the page: title, finding, warnings, notes, sections, panels, provenance.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/report/figures.hpp"

namespace phreatic::report {

struct Section {
  std::string id;       // [a-z0-9-]; the page's anchor
  std::string heading;  // "Can I trust it?"
  std::vector<std::string> paragraphs;
  std::vector<Figure> figures;
};

struct Fact {
  std::string name;   // "Land surface"
  std::string value;  // "34.2 m NAP"
};

// Everything about one entity (well, gauge, recharge site, region); opened from the table, a map or any chart
// that names it.
struct Panel {
  std::string entity;  // unique
  std::vector<Fact> facts;
  std::vector<std::string> warnings;     // "datum shift suspected 2009-04-02"
  std::optional<Hydrograph> hydrograph;  // drawn first, with controls for the years shown
  std::vector<Figure> figures;  // its attribution heat map, seasonal attribution, waterfall; ids unique
                                // within the panel
};

struct Panels {
  std::string id = "wells";   // [a-z0-9-]; the page's anchor
  std::string noun = "well";  // what a panel is about, in the singular: "well", "gauge", "site"
  std::string heading = "Wells";
  std::vector<std::string> paragraphs;
  Figure table;  // a Table with entity_column set; an empty table is left out
  std::vector<Panel> panels;
};

struct Provenance {
  std::vector<Fact> facts;  // version, seed, hashes of inputs, wall time, machine
  std::string command;      // how to run it again
  std::string study;        // the resolved study file
};

struct Report {
  std::string title;
  std::string subtitle;               // study, period, date of the run
  std::string finding;                // one sentence in numbers
  std::vector<std::string> warnings;  // anything that failed, was skipped or falls short
  std::vector<std::string> notes;     // what was decided or found on the way, and is no fault
  std::vector<Section> sections;
  Panels panels;
  Provenance provenance;
};

// Writes the page, atomically. Throws RunError when the file cannot be written.
void write_html(const Report& report, const std::filesystem::path& path);

// The page as text, for tests.
std::string html(const Report& report);

struct FigureParams {
  std::vector<int> widths_mm = {85, 180};
  std::vector<std::string> formats = {"svg", "png", "pdf"};
  int dpi = 300;               // of PNG
  bool wells = false;          // also the hydrograph and figures of every panel (180 mm only)
  bool panel_letters = false;  // (a), (b) ... in the order of the report
};
void describe(core::Describer& d, FigureParams& p);

// Writes <id>_<width>mm.<format> for every chart of the report (tables become <id>.csv) into `folder`, which
// is made. Returns warnings, for example that rsvg-convert is not installed so that PNG and PDF were left
// out. Throws RunError when a file cannot be written.
std::vector<std::string> write_figures(const Report& report, const std::filesystem::path& folder,
                                       const FigureParams& params = {});

}  // namespace phreatic::report
