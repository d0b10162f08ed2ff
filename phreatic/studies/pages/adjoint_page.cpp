// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/pages/adjoint_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/flow/mf6/results/netcdf_heads.hpp"
#include "phreatic/studies/pages/block_map.hpp"

namespace phreatic::studies {
namespace {

using flow::mf6::AdjointRun;

class Page {
 public:
  explicit Page(const AdjointRun& run) : run_(run) {}

  report::Report build(const std::string& command) {
    page_.title = "What the aquifer answers: " + run_.model.name;
    page_.subtitle = fmt::format("{}, {} steps, first-order derivatives by one sweep backward",
                                 run_.study.model, run_.steps);
    page_.warnings = run_.warnings;
    page_.finding = finding();
    if (run_.recharge) {
      page_.sections.push_back(stored());
      if (!run_.recharge->captures.empty()) page_.sections.push_back(taken());
    }
    if (run_.sensitivities) page_.sections.push_back(measures());
    page_.provenance.command = command;
    page_.provenance.study = core::to_yaml(run_.study);
    page_.provenance.facts = {
        {"Forward run", fmt::format("{:.1f} s of processor time", run_.forward_s)},
        {"Backward", fmt::format("{:.1f} s of processor time", run_.backward_s)},
        {"Memory beside the model", fmt::format("{:.0f} MB", 1e-6 * static_cast<double>(run_.memory_bytes))}};
    return std::move(page_);
  }

 private:
  std::string unit() const {
    std::string u = run_.model.time_units;
    std::transform(u.begin(), u.end(), u.begin(), [](unsigned char c) { return std::tolower(c); });
    return u == "unknown" || u.empty() ? "time units" : u;
  }

  // As a divisor: "m3/d".
  std::string per_time() const {
    constexpr std::pair<const char*, const char*> kShort[] = {
        {"seconds", "s"}, {"minutes", "min"}, {"hours", "h"}, {"days", "d"}, {"years", "a"}};
    const std::string named = unit();
    for (const auto& [name, sign] : kShort) {
      if (named == name) return std::string("/") + sign;
    }
    return " per time unit";
  }

  std::string length() const {
    const std::string named = flow::mf6::length_unit(run_.model.grid.length_units);
    return named == "1" ? "length unit" : named;
  }

  // Of a measure; "" when the study does not name it.
  std::string unit_of(const std::string& measure) const {
    for (const flow::mf6::MeasureParams& m : run_.study.measures) {
      if (measure != m.name && !measure.starts_with(m.name + " "))
        continue;  // with its time behind, of several
      if (m.kind == flow::mf6::MeasureKind::heads) return length();
      const bool rate = m.kind == flow::mf6::MeasureKind::flow && m.window.empty();
      return length() + "3" + (rate ? per_time() : "");
    }
    return "";
  }

  double mean(const std::vector<double>& share) const {
    double sum = 0;
    double area = 0;
    for (std::size_t c = 0; c < share.size(); ++c) {
      if (std::isnan(share[c])) continue;
      sum += share[c] * run_.model.grid.area(c);
      area += run_.model.grid.area(c);
    }
    return area > 0 ? sum / area : report::kUnknown;
  }

  std::string finding() const {
    if (!run_.recharge || run_.recharge->dates.empty())
      return fmt::format("Derivatives of {} measures by every cell.", run_.sensitivities->measures.size());
    const auto& r = *run_.recharge;
    std::string text = fmt::format("Of a cubic unit recharged over {:g} {}, averaged over the model, ",
                                   r.window_length, unit());
    for (std::size_t d = 0; d < r.dates.size(); ++d) {
      const double after = r.dates[d] - run_.window_end;
      text += fmt::format(
          "{}{:.0f} % {} in storage {}", d == 0 ? "" : (d + 1 == r.dates.size() ? " and " : ", "),
          100 * mean(r.fraction[d]), d == 0 ? "is" : "still",
          after == 0 ? std::string("when recharge ends") : fmt::format("{:g} {} later", after, unit()));
    }
    return text + ".";
  }

  // A map in the model's coordinates; blocks of cells where cells are not equally wide.
  report::Figure map(const std::string& id, const std::string& heading, const std::string& caption,
                     const std::vector<double>& values, report::Quantity quantity) const {
    const flow::Grid& grid = run_.model.grid;
    const auto even = [](const std::vector<double>& widths) {
      const auto [least, most] = std::minmax_element(widths.begin(), widths.end());
      return *most - *least <= 1e-9 * *most;
    };
    if (!even(grid.delr) || !even(grid.delc))
      return {id, heading, caption, "",
              block_map(values, static_cast<std::size_t>(grid.nrow), static_cast<std::size_t>(grid.ncol),
                        std::move(quantity))};
    report::FieldMap map;
    map.quantity = std::move(quantity);
    map.projected = true;
    map.columns = static_cast<std::size_t>(grid.ncol);
    map.rows = static_cast<std::size_t>(grid.nrow);
    map.cell_width = grid.delr.front();
    map.cell_height = grid.delc.front();
    map.left = grid.xorigin;
    map.top = grid.yorigin + map.cell_height * static_cast<double>(grid.nrow);
    map.values = values;
    return {id, heading, caption, "", std::move(map)};
  }

  report::Section stored() const {
    const auto& r = *run_.recharge;
    report::Section section{"stored", "How much of recharged water is still there?", {}, {}};
    section.paragraphs.push_back(
        "Water is recharged at a small constant rate during the window, in one column of cells at a time; a "
        "map "
        "shows for each column which share of it is in storage at a date. First order: large amounts that "
        "make "
        "drains start or raise the table by much store less.");
    report::Lines decay;
    decay.x = {"Time after recharge", unit(), 0};
    decay.y = {"Share in storage", "", 2};
    decay.points = true;
    report::Line line{"mean over the model", report::Role::model, {}, {}, {}, {}};
    for (std::size_t d = 0; d < r.dates.size(); ++d) {
      const double after = r.dates[d] - run_.window_end;
      line.x.push_back(after);
      line.y.push_back(mean(r.fraction[d]));
      section.figures.push_back(
          map(fmt::format("stored-{}", d + 1),
              after == 0 ? "When recharge ends" : fmt::format("{:g} {} later", after, unit()),
              fmt::format("Share of the recharged water in storage at time {:g} {}; mean {:.2f}.", r.dates[d],
                          unit(), mean(r.fraction[d])),
              r.fraction[d], {"Share in storage", "", 2}));
    }
    decay.lines.push_back(line);
    if (r.dates.size() > 1)
      section.figures.push_back({"decay", "Decay", "Mean share in storage, weighted by area.", "", decay});
    if (std::any_of(run_.half_life.begin(), run_.half_life.end(), [](double t) { return !std::isnan(t); }))
      section.figures.push_back(
          map("half-life", "Half-life",
              "Time after recharge until half of what was then stored is left; blank where "
              "more is left at the last date.",
              run_.half_life, {"Half-life", unit(), 0}));
    return section;
  }

  report::Section taken() const {
    const auto& r = *run_.recharge;
    report::Section section{"taken", "Who gets the rest, and who pays for a well?", {}, {}};
    section.paragraphs.push_back(
        "Which package has taken the water that is no longer stored: less flow out of rivers, or more into "
        "rivers, "
        "drains and fixed heads. A well in the uppermost cell that pumps as much during the window is paid "
        "for in the same "
        "shares: streams lose what this map gives them (capture fraction), storage the rest.");
    report::Bars bars;
    bars.quantity = {"Mean share", "", 2};
    bars.groups = {{"share taken", {}}};
    for (const flow::Capture& c : r.captures) {
      const std::string& name = run_.model.packages[c.package].name;
      bars.categories.push_back(name);
      bars.groups[0].values.push_back(mean(c.fraction));
      const bool any = std::any_of(c.fraction.begin(), c.fraction.end(),
                                   [](double x) { return !std::isnan(x) && std::abs(x) > 1e-3; });
      if (any && section.figures.size() < 5)
        section.figures.push_back(
            map(fmt::format("taken-{}", section.figures.size() + 1), name,
                fmt::format("Share taken by {} until time {:g} {}.", name, c.date, unit()), c.fraction,
                {"Share taken", "", 2}));
    }
    section.figures.push_back(
        {"taken-all", "All packages",
         fmt::format("Mean shares until time {:g} {}, weighted by area.", r.captures.front().date, unit()),
         "", bars});
    return section;
  }

  // One map a measure: by recharge of all periods together, else by K of the first layer.
  report::Section measures() const {
    report::Section section{"measures", "Which places matter?", {}, {}};
    report::Table table;
    report::Column names{"Measure", "", 0, "", std::vector<std::string>{}, false};
    report::Column values{"Value", "", 4, "of the measure in this run", std::vector<double>{}, false};
    report::Column units{"Unit", "", 0, "", std::vector<std::string>{}, false};
    const std::size_t layer = run_.model.grid.layer_cells();
    for (const flow::MeasureSensitivity& m : run_.sensitivities->measures) {
      std::get<std::vector<std::string>>(names.cells).push_back(m.name);
      std::get<std::vector<double>>(values.cells).push_back(m.value);
      std::get<std::vector<std::string>>(units.cells).push_back(unit_of(m.name));
      std::vector<double> sum(layer, 0.0);
      std::string by;
      if (!m.recharge.empty()) {
        by = "a rate of recharge in each column, all periods";
        for (const std::vector<double>& part : m.recharge) {
          for (std::size_t c = 0; c < layer; ++c) sum[c] += part[c];
        }
      } else if (!m.k.empty()) {
        by = "conductivity of the first layer";
        std::copy_n(m.k.begin(), layer, sum.begin());
      } else {
        continue;
      }
      if (section.figures.size() < 6)
        section.figures.push_back(map(fmt::format("measure-{}", section.figures.size() + 1), m.name,
                                      fmt::format("Derivative of {} by {}.", m.name, by), sum,
                                      {"Derivative", unit_of(m.name) + " per " + length() + per_time(), 3}));
    }
    table.columns = {names, values, units};
    section.figures.insert(section.figures.begin(),
                           {"measure-values", "", "Measures and their values.", "", table});
    section.paragraphs.push_back(
        "Sums over cells are in sensitivities.csv, every bound in bounds.csv, every map in maps.nc.");
    return section;
  }

  const AdjointRun& run_;
  report::Report page_;
};

}  // namespace

report::Report adjoint_page(const AdjointRun& run, const std::string& command) {
  return Page(run).build(command);
}

}  // namespace phreatic::studies
