// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/csv_cell.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/hydrographs/evaluation.hpp"
#include "phreatic/stats/series/standard_index.hpp"

namespace phreatic::studies::wells {
namespace {

using hydrographs::Prepared;

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{:.6g}", value); }

void add_lags(const Prepared& prepared, std::size_t e, const std::vector<double>& levels, Analysis& out) {
  for (const std::size_t v : prepared.drivers) {
    const data::Variable& driver = prepared.panel.variables[v];
    if (driver.derived) continue;
    const std::vector<double> values =
        monthly_means(hydrographs::inside(prepared.panel.series(e, v), prepared.training(e)), out.months);
    const auto pearson = stats::lag_correlations(values, levels, kLagMonths, stats::CorrelationKind::pearson);
    const auto spearman =
        stats::lag_correlations(values, levels, kLagMonths, stats::CorrelationKind::spearman);
    for (std::size_t lag = 0; lag <= kLagMonths; ++lag)
      out.lags.push_back({prepared.panel.entities[e], driver.name, lag, pearson[lag], spearman[lag], 0});
  }
}

void add_index(const Prepared& prepared, std::size_t e, const std::vector<double>& training, Analysis& out) {
  const auto reference = stats::index_reference(training, out.months.calendar_month, 12);
  const std::vector<double> all = monthly_means(prepared.known_level(e), out.months);
  const std::vector<double> index = stats::standard_index(reference, all, out.months.calendar_month);
  out.index.insert(out.index.end(), index.begin(), index.end());
}

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

}  // namespace

Months months_of(const core::TimeAxis& axis) {
  Months months;
  for (std::size_t t = 0; t < axis.size(); ++t) {
    const std::string name = core::format_date(axis.start(t)).substr(0, 7);
    if (months.names.empty() || months.names.back() != name) {
      months.names.push_back(name);
      months.calendar_month.push_back(core::month_of(axis.start(t)) - 1);
    }
    months.of_step.push_back(months.names.size() - 1);
  }
  return months;
}

std::vector<double> monthly_means(std::span<const double> values, const Months& months) {
  std::vector<double> sum(months.names.size(), 0.0);
  std::vector<double> count(months.names.size(), 0.0);
  for (std::size_t t = 0; t < values.size(); ++t) {
    if (std::isnan(values[t])) continue;
    sum[months.of_step[t]] += values[t];
    count[months.of_step[t]] += 1;
  }
  for (std::size_t m = 0; m < sum.size(); ++m) sum[m] = count[m] > 0 ? sum[m] / count[m] : std::nan("");
  return sum;
}

std::string Analysis::finding() const {
  std::size_t significant = 0;
  for (const LagRow& row : lags) significant += row.p_adjusted <= 0.05 ? 1 : 0;
  return fmt::format(
      "{} of {} correlations of a driver with a series at 0 to {} months are significant at a false "
      "discovery rate of 5 %.",
      significant, lags.size(), kLagMonths);
}

Analysis analyse(const Prepared& prepared) {
  Analysis out;
  out.months = months_of(prepared.panel.axis);
  out.entities = prepared.panel.entities;
  for (std::size_t e = 0; e < out.entities.size(); ++e) {
    const std::vector<double> training =
        monthly_means(hydrographs::inside(prepared.level(e), prepared.training(e)), out.months);
    out.entropy.push_back(stats::permutation_entropy(training, {}));
    out.weighted.push_back(stats::permutation_entropy(training, {.weighted = true}));
    add_lags(prepared, e, training, out);
    add_index(prepared, e, training, out);
  }
  std::vector<double> p;
  for (const LagRow& row : out.lags) p.push_back(row.pearson.p_value);
  const std::vector<double> adjusted = stats::benjamini_hochberg(p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) out.lags[i].p_adjusted = adjusted[i];
  return out;
}

void write_analysis(const Analysis& analysis, const std::filesystem::path& folder) {
  std::string text = "well,windows,entropy_bits,entropy_normalised,weighted_bits,weighted_normalised\n";
  for (std::size_t e = 0; e < analysis.entities.size(); ++e)
    text +=
        fmt::format("{},{},{},{},{},{}\n", core::csv_cell(analysis.entities[e]), analysis.entropy[e].windows,
                    number(analysis.entropy[e].bits), number(analysis.entropy[e].normalised),
                    number(analysis.weighted[e].bits), number(analysis.weighted[e].normalised));
  core::write_file_atomic(folder / "entropy.csv", text);
  text = "well,driver,lag_months,n,effective_n,pearson,p_value,p_adjusted,spearman\n";
  for (const LagRow& row : analysis.lags)
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{}\n", core::csv_cell(row.entity), core::csv_cell(row.driver),
                    row.lag, row.pearson.n, number(row.pearson.effective_n), number(row.pearson.r),
                    number(row.pearson.p_value), number(row.p_adjusted), number(row.spearman.r));
  core::write_file_atomic(folder / "lag_correlations.csv", text);
  text = "well,month,index\n";
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    for (std::size_t m = 0; m < analysis.months.names.size(); ++m)
      text += fmt::format("{},{},{}\n", core::csv_cell(analysis.entities[e]), analysis.months.names[m],
                          number(analysis.index[e * analysis.months.names.size() + m]));
  }
  core::write_file_atomic(folder / "groundwater_index.csv", text);
}

Page analysis_page(const Analysis& analysis, const std::string& title) {
  Page page;
  page.figures.formats = {"svg"};
  page.report.title = title;
  page.report.subtitle = fmt::format("Analysis of the series: {} places, {} to {}", analysis.entities.size(),
                                     analysis.months.names.front(), analysis.months.names.back());
  page.report.finding = analysis.finding();
  page.report.sections.push_back({"series",
                                  "What do the series say?",
                                  {},
                                  {lag_figure(analysis), index_figure(analysis), entropy_table(analysis)}});
  page.report.provenance.command = "phreatic analyse STUDY.yml --out DIR";
  return page;
}

}  // namespace phreatic::studies::wells
