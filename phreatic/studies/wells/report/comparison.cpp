// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::wells {
namespace {

using hydrographs::Applied;
using hydrographs::PeriodDifference;
using hydrographs::RangeCount;

// "_discharge" -> "-discharge": the end of a figure's id.
std::string id_end(const Applied& applied) {
  std::string end = applied.suffix;
  std::transform(end.begin(), end.end(), end.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : '-';
  });
  return end;
}

std::vector<std::string> entities_of(const Comparison& one) {
  std::vector<std::string> entities;
  for (const PeriodDifference& d : one.differences) {
    if (d.period == "all") entities.push_back(d.entity);
  }
  return entities;
}

// Periods by the order in which they stand first: all, seasons, years.
std::vector<std::string> periods_of(const Comparison& one) {
  std::vector<std::string> fixed;
  std::set<std::string> years;
  for (const PeriodDifference& d : one.differences) {
    if (d.is_year()) {
      years.insert(d.period);
    } else if (std::find(fixed.begin(), fixed.end(), d.period) == fixed.end()) {
      fixed.push_back(d.period);
    }
  }
  fixed.insert(fixed.end(), years.begin(), years.end());
  return fixed;
}

report::Figure difference_map(const Comparison& one, const ComparisonNames& names) {
  report::Heatmap map;
  map.quantity = {"Difference", one.unit(), 3};
  map.row_name = "well";
  map.column_name = "period";
  map.rows = entities_of(one);
  map.columns = periods_of(one);
  map.values.assign(map.rows.size() * map.columns.size(), report::kUnknown);
  map.diverging = true;
  for (const PeriodDifference& d : one.differences) {
    const auto row = std::find(map.rows.begin(), map.rows.end(), d.entity) - map.rows.begin();
    const auto column = std::find(map.columns.begin(), map.columns.end(), d.period) - map.columns.begin();
    map.values[static_cast<std::size_t>(row) * map.columns.size() + static_cast<std::size_t>(column)] =
        d.second - d.first;
  }
  return {"differences" + id_end(*one.first), "Difference by well and period",
          fmt::format("Mean simulated {} with {} less that with {}, over the steps that both have.",
                      one.first->target, names.second, names.first),
          "", map};
}

report::Figure difference_table(const Comparison& one, const ComparisonNames& names) {
  std::vector<std::string> wells;
  std::vector<std::string> periods;
  std::vector<double> steps;
  std::vector<double> first;
  std::vector<double> second;
  std::vector<double> difference;
  for (const PeriodDifference& d : one.differences) {
    wells.push_back(d.entity);
    periods.push_back(d.period);
    steps.push_back(static_cast<double>(d.steps));
    first.push_back(d.first);
    second.push_back(d.second);
    difference.push_back(d.second - d.first);
  }
  report::Table table;
  table.columns = {{"well", "", 0, "", wells},
                   {"period", "", 0, "All common steps, a season, or a year", periods},
                   {"steps", "", 0, "Steps that both simulations have", steps},
                   {names.first, one.unit(), 3, "Mean over the steps", first},
                   {names.second, one.unit(), 3, "Mean over the steps", second},
                   {"difference", one.unit(), 3, "The second less the first", difference}};
  table.entity_column = 0;
  return {"difference-table" + id_end(*one.first), "The numbers", "The same as in differences.csv.", "",
          table};
}

void add_ranges(const std::string& set, const std::vector<RangeCount>& ranges,
                std::vector<std::string>& wells, std::vector<std::string>& sets,
                std::vector<std::string>& inputs, std::vector<std::vector<double>>& numbers) {
  for (const RangeCount& r : ranges) {
    if (r.below + r.above == 0) continue;
    wells.push_back(r.entity);
    sets.push_back(set);
    inputs.push_back(r.input + " [" + r.unit + "]");
    const double row[] = {r.training_min,
                          r.training_max,
                          r.lowest,
                          r.highest,
                          static_cast<double>(r.below),
                          static_cast<double>(r.above),
                          100.0 * static_cast<double>(r.below + r.above) / static_cast<double>(r.steps)};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i].push_back(row[i]);
  }
}

report::Section range_section(const Comparison& one, const ComparisonNames& names) {
  report::Section section{"ranges", "Where does the model extrapolate?", {}, {}};
  std::vector<std::string> wells;
  std::vector<std::string> sets;
  std::vector<std::string> inputs;
  std::vector<std::vector<double>> numbers(7);
  add_ranges(names.first, one.first->ranges, wells, sets, inputs, numbers);
  add_ranges(names.second, one.second->ranges, wells, sets, inputs, numbers);
  if (wells.empty()) {
    section.paragraphs = {"No input of either set leaves the range that was seen in training."};
    return section;
  }
  section.paragraphs = {
      "Inputs that leave the range seen in training: there nothing that was learnt holds the "
      "simulation, and its band says nothing of it."};
  report::Table table;
  table.columns = {{"well", "", 0, "", wells},
                   {"drivers", "", 0, "Which of the two sets", sets},
                   {"input", "", 0, "", inputs},
                   {"training least", "", 2, "Least value seen in training", numbers[0]},
                   {"training largest", "", 2, "Largest value seen in training", numbers[1]},
                   {"least", "", 2, "Least value here", numbers[2]},
                   {"largest", "", 2, "Largest value here", numbers[3]},
                   {"steps below", "", 0, "Steps under the least", numbers[4]},
                   {"steps above", "", 0, "Steps over the largest", numbers[5]},
                   {"outside", "%", 2, "Share of the steps outside", numbers[6]}};
  table.entity_column = 0;
  table.sort_column = 9;
  table.descending = true;
  section.figures.push_back({"ranges-table", "Inputs outside the training range", "", "", table});
  return section;
}

std::vector<double> values_of(const hydrographs::RunSeries& series, const std::string& field, std::size_t e) {
  const auto* found = series.find(field);
  if (found == nullptr) return {};
  const auto values = series.series(*found, e);
  return {values.begin(), values.end()};
}

// The second series on the first's axis.
std::vector<double> on_axis(const core::TimeAxis& axis, const hydrographs::RunSeries& from,
                            const std::vector<double>& values) {
  std::vector<double> out(axis.size(), report::kUnknown);
  for (std::size_t t = 0; t < axis.size(); ++t) {
    if (const auto step = from.axis.index_of(axis.start(t))) out[t] = values[*step];
  }
  return out;
}

report::Hydrograph both(const Comparison& one, const ComparisonNames& names, const std::string& entity) {
  const hydrographs::RunSeries& first = one.first->series;
  const hydrographs::RunSeries& second = one.second->series;
  const auto index = [&](const hydrographs::RunSeries& of) {
    return static_cast<std::size_t>(std::find(of.entities.begin(), of.entities.end(), entity) -
                                    of.entities.begin());
  };
  report::Hydrograph h;
  h.entity = entity;
  h.detail = "line: " + names.first;
  h.quantity = {one.first->target, one.unit(), 2};
  h.axis = first.axis;
  h.observed = values_of(first, "observed", index(first));
  h.simulated = values_of(first, "simulated", index(first));
  h.lower = values_of(first, "lower", index(first));
  h.upper = values_of(first, "upper", index(first));
  h.baselines.push_back(
      {names.second, on_axis(first.axis, second, values_of(second, "simulated", index(second)))});
  return h;
}

void add_panels(const Comparison& one, const ComparisonNames& names, report::Panels& panels) {
  for (const std::string& entity : entities_of(one)) {
    const auto known = std::find_if(panels.panels.begin(), panels.panels.end(),
                                    [&](const report::Panel& p) { return p.entity == entity; });
    if (known != panels.panels.end()) {
      known->figures.push_back(
          {"both" + id_end(*one.first), one.first->target, "", "", both(one, names, entity)});
      continue;
    }
    report::Panel panel;
    panel.entity = entity;
    panel.hydrograph = both(one, names, entity);
    for (const PeriodDifference& d : one.differences) {
      if (d.entity == entity && !d.is_year())
        panel.facts.push_back(
            {"Difference, " + d.period, fmt::format("{:+.3f} {}", d.second - d.first, one.unit())});
    }
    panels.panels.push_back(std::move(panel));
  }
}

std::string finding(const Comparison& one, const ComparisonNames& names) {
  std::vector<double> all;
  for (const PeriodDifference& d : one.differences) {
    if (d.period == "all") all.push_back(d.second - d.first);
  }
  const auto higher = std::count_if(all.begin(), all.end(), [](double v) { return v > 0; });
  return fmt::format(
      "With {} the mean simulated {} is higher than with {} at {} of {} wells; the median difference "
      "is {:+.3f} {}.",
      names.second, one.first->target, names.first, higher, all.size(), stats::median(all), one.unit());
}

}  // namespace

Page comparison_page(const ComparisonNames& names, const std::vector<Comparison>& comparisons) {
  Page page;
  report::Report& report = page.report;
  report.title = names.first + " and " + names.second;
  report.subtitle = "One trained model (" + names.model + ") with two sets of drivers";
  report.panels.heading = "Show me my well";
  report.panels.paragraphs = {
      "The line and its band are simulated with the first set of drivers; the second is "
      "drawn when its name is clicked."};
  for (const Comparison& one : comparisons) {
    report.finding += (report.finding.empty() ? "" : " ") + finding(one, names);
    report.sections.push_back({"difference" + id_end(*one.first),
                               "What changes? " + one.first->target,
                               {},
                               {difference_map(one, names), difference_table(one, names)}});
    add_panels(one, names, report.panels);
  }
  report.sections.push_back(range_section(comparisons.front(), names));
  for (const Comparison& one : comparisons) {
    for (const std::string& text : one.first->said) report.warnings.push_back(names.first + ": " + text);
    for (const std::string& text : one.second->said) report.warnings.push_back(names.second + ": " + text);
  }
  report.provenance.facts = {{"model", names.model}};
  report.provenance.command = fmt::format("phreatic apply {} {}.yml --compare {}.yml --out DIR", names.model,
                                          names.first, names.second);
  return page;
}

}  // namespace phreatic::studies::wells
