// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/report/by_group.hpp"
#include "phreatic/studies/wells/report/places.hpp"
#include "phreatic/studies/wells/report/relations.hpp"

namespace phreatic::studies::wells {
namespace {

// Median correlation over the entities by driver and lag.
report::Figure lag_figure(const Analysis& analysis) {
  report::Heatmap map;
  map.quantity = {"Correlation", "", 2};
  map.row_name = "driver";
  map.column_name = "months the driver is ahead";
  for (std::size_t lag = 0; lag <= kLagMonths; ++lag) map.columns.push_back(std::to_string(lag));
  for (const LagRow& row : analysis.lags) {
    if (std::find(map.rows.begin(), map.rows.end(), row.driver) == map.rows.end())
      map.rows.push_back(row.driver);
  }
  for (const std::string& driver : map.rows) {
    for (std::size_t lag = 0; lag <= kLagMonths; ++lag) {
      std::vector<double> all;
      for (const LagRow& row : analysis.lags) {
        if (row.driver == driver && row.lag == lag && !std::isnan(row.pearson.r))
          all.push_back(row.pearson.r);
      }
      map.values.push_back(all.empty() ? report::kUnknown : stats::median(all));
    }
  }
  map.diverging = true;
  map.show_values = true;
  return {"lags", "Drivers ahead of the level",
          "Pearson correlation of monthly means in the training period, median over the places.", "", map};
}

report::Figure index_figure(const Analysis& analysis) {
  report::Heatmap map;
  map.quantity = {"Standardised groundwater index", "", 2};
  map.row_name = "well";
  map.column_name = "month";
  map.rows = analysis.entities;
  map.columns = analysis.months.names;
  map.values = analysis.index;
  map.diverging = true;
  return {"index", "How far from normal",
          "Each month against the training months of the same calendar month: 0 is normal, -2 very low, 2 "
          "very high.",
          "", map};
}

report::Figure entropy_table(const Analysis& analysis) {
  std::vector<double> plain;
  std::vector<double> weighted;
  std::vector<double> windows;
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    plain.push_back(analysis.entropy[e].normalised);
    weighted.push_back(analysis.weighted[e].normalised);
    windows.push_back(static_cast<double>(analysis.entropy[e].windows));
  }
  report::Table table;
  table.columns = {{"well", "", 0, "", analysis.entities},
                   {"entropy", "", 3, "0: one order pattern only, 1: all equally often", plain},
                   {"weighted", "", 3, "The same, each window weighed by its variance", weighted},
                   {"windows", "", 0, "Windows of three months without a gap", windows}};
  table.sort_column = 1;
  return {"entropy", "How regular is it?",
          "Permutation entropy of the monthly means of the training period, order 3.", "", table};
}

// Of each place and driver the lag at which Pearson's correlation is strongest.
report::Figure strongest_lags(const Analysis& analysis) {
  std::vector<std::string> wells, drivers;
  std::vector<double> lag, r, spearman, n, p;
  for (std::size_t first = 0; first < analysis.lags.size(); first += kLagMonths + 1) {
    const LagRow* best = nullptr;
    for (std::size_t i = first; i <= first + kLagMonths; ++i) {
      const LagRow& row = analysis.lags[i];
      if (std::isnan(row.pearson.r)) continue;
      if (best == nullptr || std::abs(row.pearson.r) > std::abs(best->pearson.r)) best = &row;
    }
    if (best == nullptr) continue;
    wells.push_back(best->entity);
    drivers.push_back(best->driver);
    lag.push_back(static_cast<double>(best->lag));
    r.push_back(best->pearson.r);
    spearman.push_back(best->spearman.r);
    n.push_back(best->pearson.effective_n);
    p.push_back(best->p_adjusted);
  }
  report::Table table;
  table.columns = {{"well", "", 0, "", wells},
                   {"driver", "", 0, "", drivers},
                   {"strongest lag", "months", 0, "By which the driver is ahead", lag},
                   {"Pearson", "", 3, "At that lag", r},
                   {"Spearman", "", 3, "At the same lag", spearman},
                   {"effective n", "", 1, "Independent pairs, by both series' autocorrelation", n},
                   {"adjusted p", "", 4, "Benjamini and Hochberg over all rows of lag_correlations.csv", p}};
  return {
      "strongest-lags", "Which driver, how far ahead?",
      "A seasonal driver goes together with a seasonal level whatever moves it: the lag is a hint, no cause.",
      "", table};
}

// Of each driver, at the lag where the median over all places is strongest: how the places of each group spread.
report::Figure lags_by_group(const Analysis& analysis, const WellGroups& groups) {
  std::vector<std::string> drivers, names;
  std::vector<double> lags, wells, low, middle, high, significant;
  for (const LagRow& first : analysis.lags) {
    if (first.lag != 0 || std::find(drivers.begin(), drivers.end(), first.driver) != drivers.end()) continue;
    const std::size_t best = strongest_lag(analysis, first.driver);
    for (std::size_t g = 0; g < std::max<std::size_t>(1, groups.count()); ++g) {
      std::vector<double> r;
      double clear = 0;
      for (const LagRow& row : analysis.lags) {
        if (row.driver != first.driver || row.lag != best || std::isnan(row.pearson.r)) continue;
        if (groups.count() > 0) {
          const auto e = static_cast<std::size_t>(
              std::find(analysis.entities.begin(), analysis.entities.end(), row.entity) -
              analysis.entities.begin());
          const auto at = std::find(groups.used.begin(), groups.used.end(), e);
          if (at == groups.used.end() ||
              groups.labels[static_cast<std::size_t>(at - groups.used.begin())] != static_cast<int>(g))
            continue;
        }
        r.push_back(row.pearson.r);
        clear += row.p_adjusted <= 0.05 ? 1 : 0;
      }
      if (r.empty()) continue;
      drivers.push_back(first.driver);
      names.push_back(groups.count() > 0 ? fmt::format("group {}", g + 1) : std::string("all places"));
      lags.push_back(static_cast<double>(best));
      wells.push_back(static_cast<double>(r.size()));
      low.push_back(stats::quantile(r, 0.25));
      middle.push_back(stats::median(r));
      high.push_back(stats::quantile(r, 0.75));
      significant.push_back(100 * clear / static_cast<double>(r.size()));
    }
  }
  report::Table table;
  table.columns = {{"driver", "", 0, "", drivers},
                   {"places", "", 0, "", names},
                   {"lag", "months", 0, "Where the median over all places is strongest", lags},
                   {"number", "", 0, "Places with a correlation", wells},
                   {"lower quartile", "", 2, "", low},
                   {"median", "", 2, "Pearson's correlation", middle},
                   {"upper quartile", "", 2, "", high},
                   {"significant", "%", 0,
                    "Places at a false discovery rate of 5 %, with effective sample sizes", significant}};
  return {"lags-by-group", "Do groups answer differently?",
          "Correlation of each driver with the level in each group of places.", "", table};
}

// Median and middle 80 % over the places.
report::Figure autocorrelation_figure(const Analysis& analysis, const WellGroups& groups) {
  report::Lines figure;
  figure.x = {"Lag", "months", 0};
  figure.y = {"Autocorrelation", "", 2};
  figure.points = true;
  std::vector<double> x;
  for (std::size_t lag = 0; lag <= kLagMonths; ++lag) x.push_back(static_cast<double>(lag));
  const auto line = [&](const std::string& name, const std::vector<std::size_t>& entities, bool band) {
    // Groups have the colours that they have elsewhere on the page.
    report::Line out{name, band ? report::Role::baseline : report::Role::other_model, x, {}, {}, {}};
    for (std::size_t lag = 0; lag <= kLagMonths; ++lag) {
      std::vector<double> values;
      for (const std::size_t e : entities) {
        const double rho = analysis.autocorrelation[e * (kLagMonths + 1) + lag];
        if (!std::isnan(rho)) values.push_back(rho);
      }
      out.y.push_back(values.empty() ? report::kUnknown : stats::median(values));
      if (!band) continue;
      out.low.push_back(values.empty() ? report::kUnknown : stats::quantile(values, 0.1));
      out.high.push_back(values.empty() ? report::kUnknown : stats::quantile(values, 0.9));
    }
    figure.lines.push_back(std::move(out));
  };
  std::vector<std::size_t> all(analysis.entities.size());
  for (std::size_t e = 0; e < all.size(); ++e) all[e] = e;
  line("all places", all, true);
  for (std::size_t g = 0; g < groups.count(); ++g) {
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < groups.used.size(); ++i) {
      if (groups.labels[i] == static_cast<int>(g)) mine.push_back(groups.used[i]);
    }
    line(fmt::format("group {}", g + 1), mine, false);
  }
  return {
      "autocorrelation", "How long does it remember?",
      "Autocorrelation of monthly means in the training period, median over the places; the band holds their "
      "middle 80 %.",
      "", figure};
}

report::Heatmap node_map(const stats::Som& som, const report::Quantity& quantity,
                         const std::vector<double>& values, bool show) {
  report::Heatmap map;
  map.quantity = quantity;
  map.row_name = "row";
  map.column_name = "column";
  for (int r = 1; r <= som.rows; ++r) map.rows.push_back(std::to_string(r));
  for (int c = 1; c <= som.columns; ++c) map.columns.push_back(std::to_string(c));
  map.values = values;
  map.show_values = show;
  map.hexagonal = som.grid == stats::SomGrid::hexagonal;
  return map;
}

report::Figure quality_table(const WellGroups& groups) {
  std::vector<std::string> names;
  std::vector<double> nodes, empty, quantisation, topographic;
  for (const WellMap& map : groups.maps) {
    names.push_back(map.som.grid == stats::SomGrid::hexagonal ? "hexagonal" : "rectangular");
    nodes.push_back(static_cast<double>(map.som.nodes()));
    empty.push_back(static_cast<double>(std::count(map.quality.hits.begin(), map.quality.hits.end(), 0U)));
    quantisation.push_back(map.quality.quantisation_error);
    topographic.push_back(map.quality.topographic_error);
  }
  report::Table table;
  table.columns = {
      {"grid", "", 0, "", names},
      {"nodes", "", 0, "", nodes},
      {"without a well", "", 0, "Nodes that are no well's nearest", empty},
      {"quantisation error", "", 3, "Mean distance of a well to its node, over all months", quantisation},
      {"topographic error", "", 3, "Share of the wells whose two nearest nodes are not neighbours",
       topographic}};
  return {"som-quality", "How well do the maps fit?",
          "The series are standardised monthly means of the training period.", "", table};
}

report::Figure group_map(const Analysis& analysis, const WellGroups& groups) {
  report::PointMap map;
  map.reference_system = "WGS 84";
  for (std::size_t g = 0; g < groups.count(); ++g) map.categories.push_back(fmt::format("group {}", g + 1));
  for (std::size_t i = 0; i < groups.used.size(); ++i) {
    const std::size_t e = groups.used[i];
    report::MapPoint point = point_of(analysis.entities, analysis.places, e);
    point.category = groups.labels[i];
    map.points.push_back(point);
  }
  return {"group-map", "Which wells move together?",
          "Hierarchical clustering by 1 - r of the monthly means of the training period, average linkage.",
          "", map};
}

report::Figure group_table(const Analysis& analysis, const WellGroups& groups) {
  std::vector<std::string> wells;
  std::vector<double> label, silhouette, row, column;
  const WellMap& map = groups.maps.front();
  for (std::size_t i = 0; i < groups.used.size(); ++i) {
    wells.push_back(analysis.entities[groups.used[i]]);
    label.push_back(groups.labels[i] + 1);
    silhouette.push_back(groups.silhouettes[i]);
    row.push_back(map.quality.nodes[i] / map.som.columns + 1);
    column.push_back(map.quality.nodes[i] % map.som.columns + 1);
  }
  report::Table table;
  table.columns = {{"well", "", 0, "", wells},
                   {"group", "", 0, "1 is the largest", label},
                   {"silhouette", "", 3,
                    "1: close to its group and far from the others; below 0: nearer to another", silhouette},
                   {"row", "", 0, "Of its node on the hexagonal map", row},
                   {"column", "", 0, "Of its node on the hexagonal map", column}};
  return {"group-table", "Wells and groups", "The same as in groups.csv.", "", table};
}

report::Figure tree_figure(const Analysis& analysis, const WellGroups& groups) {
  std::vector<double> k;
  for (std::size_t i = 0; i < groups.silhouette_of.size(); ++i) k.push_back(static_cast<double>(i + 2));
  report::Lines figure;
  figure.x = {"Groups", "", 0};
  figure.y = {"Mean silhouette", "", 2};
  figure.points = true;
  figure.lines = {
      {"all " + analysis.target + " series", report::Role::model, k, groups.silhouette_of, {}, {}}};
  return {
      "silhouette", "How many groups?",
      "The larger, the better the groups are parted; above 0.5 they are distinct, below 0.25 hardly there.",
      "", figure};
}

report::Section group_section(const Analysis& analysis, const WellGroups& groups) {
  report::Section section{"groups", "Who moves alike?", groups.notes, {}};
  if (groups.maps.empty()) return section;
  if (!groups.labels.empty())
    section.figures = {group_map(analysis, groups), tree_figure(analysis, groups),
                       group_table(analysis, groups)};
  section.figures.push_back(quality_table(groups));
  for (const WellMap& map : groups.maps) {
    const std::string grid = map.som.grid == stats::SomGrid::hexagonal ? "hexagonal" : "rectangular";
    std::vector<double> hits(map.quality.hits.begin(), map.quality.hits.end());
    section.figures.push_back({"som-hits-" + grid, "Wells on the " + grid + " map",
                               "Number of wells that a node is nearest to.", "",
                               node_map(map.som, {"Wells", "", 0}, hits, true)});
    section.figures.push_back({"u-matrix-" + grid, "U-matrix of the " + grid + " map",
                               "Mean distance of a node to its neighbours: high walls part groups.", "",
                               node_map(map.som, {"Distance", "", 2}, map.u_matrix, false)});
  }
  const WellMap& map = groups.maps.front();
  const char* months[] = {"January", "February", "March",     "April",   "May",      "June",
                          "July",    "August",   "September", "October", "November", "December"};
  for (std::size_t month = 0; month < 12; month += 3) {
    std::vector<double> plane;
    for (std::size_t node = 0; node < map.som.nodes(); ++node) plane.push_back(map.cycle[node * 12 + month]);
    report::Heatmap heat = node_map(map.som, {"Standardised level", "", 2}, plane, false);
    heat.diverging = true;
    section.figures.push_back({fmt::format("component-{}", month + 1),
                               std::string("Component plane: ") + months[month],
                               "Mean of that month in each node of the hexagonal map, in standard deviations "
                               "of the well; som.csv holds all "
                               "twelve.",
                               "", heat});
  }
  return section;
}

void append(report::Section& section, std::vector<report::Figure> figures) {
  for (report::Figure& figure : figures) section.figures.push_back(std::move(figure));
}

std::vector<report::Section> sections_of(const Analysis& series, const WellGroups& groups) {
  report::Section own{"series", "What do the series say?", {}, {index_figure(series), entropy_table(series)}};
  own.figures.push_back(entropy_boxes(series, groups));
  report::Section relations{"relations", "What goes with what?", {}, {}};
  if (!series.lags.empty()) {
    relations.figures = {lag_figure(series), lags_by_group(series, groups), strongest_lags(series)};
    append(relations, lags_of_places(series, groups));
    append(relations, boxes_by_lag(series, groups));
    relations.figures.push_back(lag_boxes(series, groups));
  }
  if (!series.relations.empty()) relations.figures.push_back(relation_table(series));
  append(relations, relation_scatters(series, groups));
  relations.figures.push_back(autocorrelation_figure(series, groups));
  report::Section alike = group_section(series, groups);
  if (!series.nse.empty()) {
    append(alike, skill_by_group(series, groups));
    alike.figures.push_back(skill_map(series));
  }
  return {own, relations, alike};
}

}  // namespace

Page analysis_page(const std::vector<TargetAnalysis>& targets, const std::string& title,
                   const std::string& command) {
  Page page;
  page.figures.formats = {"svg"};
  report::Report& report = page.report;
  const Analysis& first = targets.front().series;
  report.title = title;
  report.subtitle = fmt::format("Analysis of the series: {} places, {} to {}", first.entities.size(),
                                first.months.names.front(), first.months.names.back());
  for (std::size_t k = 0; k < targets.size(); ++k) {
    const Analysis& series = targets[k].series;
    const WellGroups& groups = targets[k].groups;
    report.finding +=
        (k == 0 ? "" : " ") + (targets.size() > 1 ? series.target + ": " : "") + series.finding();
    report.warnings.insert(report.warnings.end(), series.notes.begin(), series.notes.end());
    std::vector<report::Section> sections = sections_of(series, groups);
    for (report::Section& section : sections) {
      if (k > 0) {
        const std::string end = "-" + std::to_string(k + 1);
        section.id += end;
        for (report::Figure& figure : section.figures) figure.id += end;
      }
      if (targets.size() > 1) section.heading = series.target + ": " + section.heading;
      report.sections.push_back(std::move(section));
    }
  }
  report.provenance.command = command;
  return page;
}

}  // namespace phreatic::studies::wells
