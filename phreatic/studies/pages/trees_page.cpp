// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/pages/trees_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/report/model.hpp"

namespace phreatic::studies {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostDots = 1500;    // rows drawn in a beeswarm or a dependence plot
constexpr std::size_t kMostFeatures = 20;  // rows of the beeswarm and bars
constexpr std::size_t kDependences = 12;   // plots
constexpr std::size_t kTableRows = 2000;   // rows of the table of predictions

bool logarithm(const TreesPage& p) { return p.scale != TreesScale::sum; }
double log_base(const TreesPage& p) { return p.scale == TreesScale::log10 ? 10.0 : std::numbers::e; }

std::string target_name(const TreesPage& p) { return p.target.empty() ? "prediction" : p.target; }
std::string margin_name(const TreesPage& p) {
  if (p.scale == TreesScale::log10) return "log10 of " + target_name(p);
  if (p.scale == TreesScale::natural_log) return "ln of " + target_name(p);
  return target_name(p);
}

report::Quantity contribution(const TreesPage& p) {
  return {fmt::format("Contribution to {}", margin_name(p)), logarithm(p) ? "" : p.unit, 4};
}

// Evenly spread rows, all of them when there are few.
std::vector<std::size_t> drawn_rows(std::size_t rows) {
  std::vector<std::size_t> out;
  const std::size_t n = std::min(rows, kMostDots);
  for (std::size_t i = 0; i < n; ++i) out.push_back(i * rows / n);
  return out;
}

std::string drawn_note(const TreesPage& p) {
  const std::size_t n = p.contributions.rows;
  return n > kMostDots ? fmt::format(" {} of the {} rows are drawn.", kMostDots, n) : "";
}

// Share of the rows with a lower value of the feature; NaN where it is missing.
std::vector<double> levels(const trees::Table& table, std::size_t feature,
                           const std::vector<std::size_t>& rows) {
  std::vector<double> sorted;
  for (const std::size_t r : rows) {
    if (!std::isnan(table.row(r)[feature])) sorted.push_back(static_cast<double>(table.row(r)[feature]));
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> out;
  for (const std::size_t r : rows) {
    const auto v = static_cast<double>(table.row(r)[feature]);
    const auto lower = std::lower_bound(sorted.begin(), sorted.end(), v) - sorted.begin();
    out.push_back(std::isnan(v)       ? report::kUnknown
                  : sorted.size() > 1 ? static_cast<double>(lower) / static_cast<double>(sorted.size() - 1)
                                      : 0.5);
  }
  return out;
}

report::Section importance_section(const TreesPage& p, const std::vector<trees::Importance>& list,
                                   const std::vector<std::size_t>& order) {
  report::Section out{"importance", "Which features matter?", {}, {}};
  report::Bars size, share;
  size.quantity = {"Mean of |contribution|", logarithm(p) ? "" : p.unit, 4};
  share.quantity = {"Share of the contributions' variance", "%", 1};
  size.groups.push_back({"mean |contribution|", {}});
  share.groups.push_back({"share of variance", {}});
  report::Beeswarm swarm;
  swarm.quantity = contribution(p);
  const std::vector<std::size_t> rows = drawn_rows(p.contributions.rows);
  for (const std::size_t r : rows) swarm.labels.push_back(p.labels[r]);
  for (const std::size_t f : order) {
    if (swarm.features.size() == kMostFeatures) break;
    size.categories.push_back(list[f].feature);
    share.categories.push_back(list[f].feature);
    size.groups[0].values.push_back(list[f].mean_absolute);
    share.groups[0].values.push_back(100 * list[f].variance_share);
    swarm.features.push_back(list[f].feature);
    for (const std::size_t r : rows) swarm.values.push_back(p.contributions.at(r, f));
    const std::vector<double> level = levels(p.table, f, rows);
    swarm.levels.insert(swarm.levels.end(), level.begin(), level.end());
  }
  const std::string rest = order.size() > kMostFeatures
                               ? fmt::format(" The first {} of {} features.", kMostFeatures, order.size())
                               : "";
  out.figures.push_back(
      {"beeswarm", "Every prediction",
       "Each dot is a row: how far the feature moves its prediction from the average, coloured by the "
       "feature's own value." +
           drawn_note(p) + rest,
       "", swarm});
  out.figures.push_back(
      {"importance-mean", "By size", "Mean of the contributions without their sign." + rest, "", size});
  out.figures.push_back({"importance-variance", "By variance",
                         "Variance of each feature's contributions, as a share of their sum." + rest, "",
                         share});
  return out;
}

report::Section dependence_section(const TreesPage& p, const std::vector<std::size_t>& order) {
  report::Section out{"dependence", "How do predictions go with each feature?", {}, {}};
  const std::vector<std::size_t> rows = drawn_rows(p.contributions.rows);
  for (const std::size_t f : order) {
    if (out.figures.size() == kDependences) break;
    const trees::Dependence d = trees::dependence(p.contributions, p.table, f, {});
    report::Scatter chart;
    chart.x = {d.feature, "", 3};
    chart.y = contribution(p);
    report::ScatterGroup dots{"rows", {}, {}, {}};
    for (const std::size_t r : rows) {
      const auto v = static_cast<double>(p.table.row(r)[f]);
      if (std::isnan(v)) continue;
      dots.labels.push_back(p.labels[r]);
      dots.x.push_back(v);
      dots.y.push_back(p.contributions.at(r, f));
    }
    chart.groups.push_back(std::move(dots));
    chart.fit_x = d.trend_value;
    chart.fit_y = d.trend;
    if (d.missing > 0)
      chart.note =
          fmt::format("{} rows have no value; their mean contribution is {:.4g}", d.missing, d.missing_mean);
    out.figures.push_back({"dependence-" + report::slug(fmt::format("{}-{}", f, d.feature)), d.feature,
                           fmt::format("Contribution of {} against its value, with a smooth trend.{}",
                                       d.feature, drawn_note(p)),
                           "", chart});
  }
  return out;
}

report::Section row_section(const TreesPage& p, const std::vector<std::size_t>& order) {
  report::Section out{"row", "How does one prediction come about?", {}, {}};
  report::Waterfall fall;
  fall.entity = p.labels[p.row];
  fall.quantity = {margin_name(p), logarithm(p) ? "" : p.unit, 4};
  fall.base_value = p.contributions.base;
  double others = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t f = order[i];
    const double phi = p.contributions.at(p.row, f);
    if (i >= kMostFeatures) {
      others += phi;
      continue;
    }
    const auto v = static_cast<double>(p.table.row(p.row)[f]);
    fall.drivers.push_back(std::isnan(v) ? p.contributions.names[f] + " missing"
                                         : fmt::format("{} = {:.4g}", p.contributions.names[f], v));
    fall.values.push_back(phi);
  }
  if (order.size() > kMostFeatures) {
    fall.drivers.push_back(fmt::format("{} others", order.size() - kMostFeatures));
    fall.values.push_back(others);
  }
  fall.prediction = p.contributions.margin(p.row);
  out.figures.push_back(
      {"waterfall", p.labels[p.row],
       "From the average over " +
           std::string(p.background_rows > 0 ? "the background rows" : "the training rows") +
           " to the prediction, feature by feature.",
       "", fall});
  if (!logarithm(p)) return out;
  report::Bars factors;
  factors.quantity = {"Factor on " + target_name(p), "", 3};
  factors.groups.push_back({"factor", {}});
  factors.marks.push_back({"no effect", 1});
  for (std::size_t i = 0; i < fall.drivers.size(); ++i) {
    factors.categories.push_back(fall.drivers[i]);
    factors.groups[0].values.push_back(std::pow(log_base(p), fall.values[i]));
  }
  out.figures.push_back(
      {"factors", "As factors",
       fmt::format("What was learned is a logarithm, so contributions multiply: {:.4g} on average, times "
                   "these factors, "
                   "is {:.4g}. 1.5 is half as much again.",
                   std::pow(log_base(p), p.contributions.base), std::pow(log_base(p), fall.prediction)),
       "", factors});
  return out;
}

report::Section interaction_section(const TreesPage& p, const std::vector<std::size_t>& order) {
  report::Section out{"interactions", "Which features act together?", {}, {}};
  report::Heatmap map;
  map.quantity = {"Mean of |interaction|", logarithm(p) ? "" : p.unit, 4};
  const std::size_t n = std::min(order.size(), kMostFeatures), all = p.contributions.features();
  for (std::size_t i = 0; i < n; ++i) {
    map.rows.push_back(p.contributions.names[order[i]]);
    map.columns.push_back(p.contributions.names[order[i]]);
    // Each pair's two halves together; main effects stand on the diagonal.
    for (std::size_t j = 0; j < n; ++j)
      map.values.push_back((i == j ? 1 : 2) * p.interactions[order[i] * all + order[j]]);
  }
  map.show_values = n <= 8;
  out.figures.push_back(
      {"interactions", "Pairs",
       "Mean size of what two features add together, beyond what each adds alone; main effects on the "
       "diagonal.",
       "", map});
  return out;
}

std::string contributions_csv(const TreesPage& p, const trees::Contributions& c, const char* total) {
  std::string out = "row,base";
  for (const std::string& name : c.names) out += "," + core::csv_cell(name);
  out += fmt::format(",{}\n", total);
  for (std::size_t r = 0; r < c.rows; ++r) {
    out += fmt::format("{},{:.9g}", core::csv_cell(p.labels[r]), c.base);
    for (std::size_t f = 0; f < c.features(); ++f) out += fmt::format(",{:.9g}", c.at(r, f));
    const double margin = p.contributions.margin(r);
    out += fmt::format(",{:.9g}\n", &c == &p.contributions ? margin : std::pow(log_base(p), margin));
  }
  return out;
}

std::string importance_csv(const std::vector<trees::Importance>& list,
                           const std::vector<std::size_t>& order) {
  std::string out = "feature,mean_absolute,variance,variance_share,lowest,highest\n";
  for (const std::size_t f : order)
    out += fmt::format("{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}\n", core::csv_cell(list[f].feature),
                       list[f].mean_absolute, list[f].variance, list[f].variance_share, list[f].lowest,
                       list[f].highest);
  return out;
}

std::string trend_csv(const TreesPage& p, const std::vector<std::size_t>& order) {
  std::string out = "feature,value,trend\n";
  for (const std::size_t f : order) {
    const trees::Dependence d = trees::dependence(p.contributions, p.table, f, {});
    for (std::size_t i = 0; i < d.trend.size(); ++i)
      out += fmt::format("{},{:.9g},{:.9g}\n", core::csv_cell(d.feature), d.trend_value[i], d.trend[i]);
  }
  return out;
}

std::string interactions_csv(const TreesPage& p) {
  std::string out = "feature,other,mean_absolute\n";
  const std::size_t n = p.contributions.features();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j)
      out +=
          fmt::format("{},{},{:.9g}\n", core::csv_cell(p.contributions.names[i]),
                      core::csv_cell(p.contributions.names[j]), (i == j ? 1 : 2) * p.interactions[i * n + j]);
  }
  return out;
}

report::Section table_section(const TreesPage& p) {
  report::Section out{"rows", "All predictions", {}, {}};
  report::Table table;
  const std::size_t n = std::min(p.contributions.rows, kTableRows);
  std::vector<double> values;
  for (std::size_t r = 0; r < n; ++r) {
    const double margin = p.contributions.margin(r);
    values.push_back(logarithm(p) ? std::pow(log_base(p), margin) : margin);
  }
  table.columns.push_back(
      {"row", "", 0, "name of the row",
       std::vector<std::string>(p.labels.begin(), p.labels.begin() + static_cast<std::ptrdiff_t>(n)), false});
  table.columns.push_back({target_name(p), p.unit, 4, "prediction, on the target's scale", values, true});
  table.sort_column = 1;
  table.descending = true;
  out.figures.push_back(
      {"predictions", "",
       n < p.contributions.rows
           ? fmt::format("The first {} of {} rows; all are in contributions.csv.", n, p.contributions.rows)
           : "All rows.",
       "", table});
  return out;
}

}  // namespace

report::Report trees_page(const TreesPage& p) {
  const std::vector<trees::Importance> list = trees::importance(p.contributions);
  const std::vector<std::size_t> order = trees::by_importance(list);
  report::Report out;
  out.title = fmt::format("What {} is made of", target_name(p));
  out.subtitle =
      fmt::format("{} rows, {} features, {}", p.contributions.rows, p.contributions.features(), p.model);
  out.finding = fmt::format(
      "{} matters most: {:.0f} % of the contributions' variance; predictions start from {:.4g}, the {} "
      "over {}.",
      list[order.front()].feature, 100 * list[order.front()].variance_share,
      logarithm(p) ? std::pow(log_base(p), p.contributions.base) : p.contributions.base,
      logarithm(p) ? "geometric mean" : "average",
      p.background_rows > 0 ? fmt::format("{} background rows", p.background_rows) : "the training rows");
  out.sections = {importance_section(p, list, order), dependence_section(p, order), row_section(p, order)};
  if (!p.interactions.empty()) out.sections.push_back(interaction_section(p, order));
  out.sections.push_back(table_section(p));
  out.sections.front().paragraphs = {
      p.background_rows > 0 ? "Contributions are Shapley values against background rows (interventional): an "
                              "unknown feature takes the "
                              "values that it has in them, whatever the others are."
                            : "Contributions are Shapley values by the covers of the trees' nodes "
                              "(path-dependent): an unknown feature "
                              "follows the training rows that came down the same way.",
      "Features that go together share their contributions in ways that the data do not decide."};
  return out;
}

std::vector<std::string> write_trees_explanation(const TreesPage& page, const fs::path& folder) {
  const std::vector<trees::Importance> list = trees::importance(page.contributions);
  const std::vector<std::size_t> order = trees::by_importance(list);
  core::make_folder(folder);
  std::vector<std::string> out;
  const auto write = [&](const char* name, const std::string& text) {
    core::write_file_atomic(folder / name, text);
    out.push_back((folder / name).string());
  };
  write("contributions.csv", contributions_csv(page, page.contributions, "sum"));
  if (logarithm(page))
    write("factors.csv",
          contributions_csv(page, trees::as_factors(page.contributions, log_base(page)), "prediction"));
  write("importance.csv", importance_csv(list, order));
  write("dependence.csv", trend_csv(page, order));
  if (!page.interactions.empty()) write("interactions.csv", interactions_csv(page));
  const report::Report report = trees_page(page);
  report::write_html(report, folder / "report.html");
  out.push_back((folder / "report.html").string());
  report::write_figures(report, folder / "figures", {.widths_mm = {180}, .formats = {"svg"}});
  out.push_back((folder / "figures").string());
  return out;
}

}  // namespace phreatic::studies
