// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/evaluation/evaluation.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/series/standard_index.hpp"

namespace phreatic::studies::wells {
namespace {

using hydrographs::Prepared;

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{:.6g}", value); }

constexpr std::size_t kMostPlacesApart = 6;  // of another target; more become their mean

void add_lags(const Prepared& prepared, std::size_t e, const std::vector<double>& levels,
              const std::vector<OtherSeries>& others, Analysis& out) {
  const auto add = [&](const std::string& name, const std::vector<double>& values) {
    const auto pearson = stats::lag_correlations(values, levels, kLagMonths, stats::CorrelationKind::pearson);
    const auto spearman =
        stats::lag_correlations(values, levels, kLagMonths, stats::CorrelationKind::spearman);
    for (std::size_t lag = 0; lag <= kLagMonths; ++lag)
      out.lags.push_back({prepared.panel.entities[e], name, lag, pearson[lag], spearman[lag], 0});
  };
  for (const std::size_t v : prepared.drivers) {
    const data::Variable& driver = prepared.panel.variables[v];
    if (!driver.derived)
      add(driver.name,
          monthly_means(hydrographs::inside(prepared.panel.series(e, v), prepared.training(e)), out.months));
  }
  for (const OtherSeries& other : others) add(other.name, other.months);
}

std::vector<double> mean_series(const std::vector<std::vector<double>>& series) {
  std::vector<double> out;
  for (std::size_t m = 0; m < series.front().size(); ++m) {
    double sum = 0, count = 0;
    for (const std::vector<double>& one : series) {
      if (std::isnan(one[m])) continue;
      sum += one[m];
      count += 1;
    }
    out.push_back(count > 0 ? sum / count : std::nan(""));
  }
  return out;
}

void add_index(const Prepared& prepared, std::size_t e, const std::vector<double>& training, Analysis& out) {
  const auto reference = stats::index_reference(training, out.months.calendar_month, 12);
  const std::vector<double> all = monthly_means(prepared.known_level(e), out.months);
  const std::vector<double> index = stats::standard_index(reference, all, out.months.calendar_month);
  out.index.insert(out.index.end(), index.begin(), index.end());
}

}  // namespace

std::vector<OtherSeries> other_series(const Prepared& all, const Prepared& mine) {
  std::vector<OtherSeries> out;
  const Months months = months_of(all.panel.axis);
  for (const std::size_t v : all.targets()) {
    if (v == mine.target) continue;
    const std::string& name = all.panel.variables[v].name;
    std::vector<std::string> places;
    std::vector<std::vector<double>> series;
    for (std::size_t e = 0; e < all.panel.entities.size(); ++e) {
      if (!hydrographs::observes(all, e, v)) continue;
      places.push_back(all.panel.entities[e]);
      series.push_back(monthly_means(hydrographs::inside(all.panel.series(e, v), all.training(e)), months));
    }
    if (places.size() > kMostPlacesApart) {
      std::vector<std::vector<double>> varying;
      for (const std::vector<double>& one : series) {
        if (std::vector<double> z = standardised(one); !z.empty()) varying.push_back(std::move(z));
      }
      if (!varying.empty())
        out.push_back({fmt::format("{}, mean of {} places", name, varying.size()), mean_series(varying)});
      continue;
    }
    for (std::size_t k = 0; k < places.size(); ++k)
      out.push_back({name + " at " + places[k], std::move(series[k])});
  }
  return out;
}

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

std::vector<double> standardised(std::span<const double> series) {
  const double m = stats::mean(series);
  double squares = 0;
  double n = 0;
  for (const double v : series) {
    if (std::isnan(v)) continue;
    squares += (v - m) * (v - m);
    n += 1;
  }
  const double deviation = n > 0 ? std::sqrt(squares / n) : 0;
  if (!(deviation > 1e-12 * std::max(1.0, std::abs(m)))) return {};
  std::vector<double> out;
  for (const double v : series) out.push_back((v - m) / deviation);
  return out;
}

void refuse_long_steps(const core::TimeAxis& axis) {
  if (axis.mean_step_days() <= 31.5) return;
  throw core::InputError({.where = "data.step",
                          .what = "is '" + core::format_step(axis.step()) +
                                  "'; the analysis compares months, which such steps do not show",
                          .allowed = "a step of a month or less",
                          .mend = "Set 'data.step: monthly' where the series have values of every month"});
}

std::string Analysis::finding() const {
  std::size_t significant = 0;
  for (const LagRow& row : lags) significant += row.p_adjusted <= 0.05 ? 1 : 0;
  return fmt::format(
      "{} of {} correlations of a driver with a series at 0 to {} months are significant at a false "
      "discovery rate of 5 %.",
      significant, lags.size(), kLagMonths);
}

namespace {

// What a reader must know of a series before believing its numbers.
void add_notes(const std::string& entity, const std::vector<double>& training, std::size_t first,
               std::size_t last, Analysis& out) {
  std::size_t present = 0;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double v : training) {
    if (std::isnan(v)) continue;
    ++present;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  const std::size_t months = last - first;
  if (present == 0) {
    out.notes.push_back(entity + ": nothing is observed in the training period; it has no statistics");
  } else if (low == high) {
    out.notes.push_back(
        fmt::format("{}: constant over the {} observed months of the training period; it has no "
                    "correlation, no weighted entropy, and no place among the groups",
                    entity, present));
  } else if (2 * present < months) {
    out.notes.push_back(
        fmt::format("{}: {} of the {} months of the training period are observed; its entropy and "
                    "lags stand on those",
                    entity, present, months));
  }
}

constexpr std::size_t kFewestWellsOfRelations = 5;

// NaN pairs are passed over; `values` [entity].
Relation relation_of(const data::Attributes& attributes, std::size_t a, const std::string& quantity,
                     const std::vector<double>& values, double& p) {
  std::vector<std::size_t> entities;
  std::vector<double> x, y;
  for (std::size_t e = 0; e < values.size(); ++e) {
    const double attribute = attributes.values[e * attributes.names.size() + a];
    if (std::isnan(attribute) || std::isnan(values[e])) continue;
    entities.push_back(e);
    x.push_back(attribute);
    y.push_back(values[e]);
  }
  Relation out{attributes.names[a], quantity, x.size(), 0, 0, 0, 0, entities, x, y};
  out.r = out.low = out.high = p = std::nan("");
  if (x.size() < kFewestWellsOfRelations) return out;
  out.r = stats::pearson(x, y);
  if (std::isnan(out.r)) return out;
  const double deviation = 1 / std::sqrt(static_cast<double>(x.size()) - 3);
  const double z = std::atanh(std::clamp(out.r, -0.999999, 0.999999));
  constexpr double kNormal975 = 1.959964;
  out.low = std::tanh(z - kNormal975 * deviation);
  out.high = std::tanh(z + kNormal975 * deviation);
  p = std::erfc(std::abs(z) / deviation / std::sqrt(2.0));
  return out;
}

void add_relations(const Prepared& prepared, Analysis& out) {
  const data::Attributes& attributes = prepared.panel.attributes;
  std::vector<double> entropy, weighted, memory;
  for (std::size_t e = 0; e < out.entities.size(); ++e) {
    entropy.push_back(out.entropy[e].normalised);
    weighted.push_back(out.weighted[e].normalised);
    memory.push_back(out.autocorrelation[e * (kLagMonths + 1) + 1]);
  }
  std::vector<double> p;
  for (std::size_t a = 0; a < attributes.names.size(); ++a) {
    for (const auto& [quantity, values] :
         {std::pair{"entropy", &entropy}, std::pair{"weighted entropy", &weighted},
          std::pair{"autocorrelation of one month", &memory}, std::pair{"NSE of the run", &out.nse},
          std::pair{"R2 of the run", &out.r2}}) {
      if (values->empty()) continue;
      p.emplace_back();
      const Relation relation = relation_of(attributes, a, quantity, *values, p.back());
      if (std::isnan(relation.r)) {
        p.pop_back();
      } else {
        out.relations.push_back(relation);
      }
    }
  }
  const std::vector<double> adjusted = stats::benjamini_hochberg(p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) out.relations[i].p_adjusted = adjusted[i];
}

// Of the network, which is the first model of the table.
void add_skill(const stats::MetricTable& run, Analysis& out) {
  if (run.empty()) return;
  out.nse.assign(out.entities.size(), std::nan(""));
  out.r2 = out.nse;
  for (const stats::MetricRow& row : run) {
    const auto e = std::find(out.entities.begin(), out.entities.end(), row.entity);
    if (e == out.entities.end() || row.model != run.front().model || row.variable != out.target ||
        row.period != "test")
      continue;
    const auto at = static_cast<std::size_t>(e - out.entities.begin());
    if (row.metric == "NSE") out.nse[at] = row.value;
    if (row.metric == "R2") out.r2[at] = row.value;
  }
  if (std::all_of(out.nse.begin(), out.nse.end(), [](double v) { return std::isnan(v); }))
    out.notes.push_back("the run of 'analysis.run' has no score of " + out.target + " at these places");
}

}  // namespace

Analysis analyse(const Prepared& prepared, const stats::MetricTable& run,
                 const std::vector<OtherSeries>& others) {
  refuse_long_steps(prepared.panel.axis);
  Analysis out;
  for (const OtherSeries& other : others) out.others.push_back(other.name);
  const data::Variable& target = prepared.panel.variables[prepared.target];
  out.target = target.name;
  out.unit = target.unit;
  out.places = prepared.panel.places;
  out.months = months_of(prepared.panel.axis);
  out.entities = prepared.panel.entities;
  for (std::size_t e = 0; e < out.entities.size(); ++e) {
    const std::vector<double> training =
        monthly_means(hydrographs::inside(prepared.level(e), prepared.training(e)), out.months);
    out.entropy.push_back(stats::permutation_entropy(training, {}));
    out.weighted.push_back(stats::permutation_entropy(training, {.weighted = true}));
    const core::StepRange steps = prepared.training(e);
    if (!steps.empty())
      add_notes(out.entities[e], training, out.months.of_step[steps.begin],
                out.months.of_step[steps.end - 1] + 1, out);
    out.training.insert(out.training.end(), training.begin(), training.end());
    const std::vector<double> rho = stats::autocorrelation(training, kLagMonths);
    out.autocorrelation.insert(out.autocorrelation.end(), rho.begin(), rho.end());
    add_lags(prepared, e, training, others, out);
    add_index(prepared, e, training, out);
  }
  std::vector<double> p;
  for (const LagRow& row : out.lags) p.push_back(row.pearson.p_value);
  const std::vector<double> adjusted = stats::benjamini_hochberg(p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) out.lags[i].p_adjusted = adjusted[i];
  add_skill(run, out);
  add_relations(prepared, out);
  return out;
}

void write_analysis(const Analysis& analysis, const std::filesystem::path& folder,
                    const std::string& suffix) {
  std::string text = "well,windows,entropy_bits,entropy_normalised,weighted_bits,weighted_normalised\n";
  for (std::size_t e = 0; e < analysis.entities.size(); ++e)
    text +=
        fmt::format("{},{},{},{},{},{}\n", core::csv_cell(analysis.entities[e]), analysis.entropy[e].windows,
                    number(analysis.entropy[e].bits), number(analysis.entropy[e].normalised),
                    number(analysis.weighted[e].bits), number(analysis.weighted[e].normalised));
  core::write_file_atomic(folder / ("entropy" + suffix + ".csv"), text);
  text = "well,driver,lag_months,n,effective_n,pearson,p_value,p_adjusted,spearman\n";
  for (const LagRow& row : analysis.lags)
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{}\n", core::csv_cell(row.entity), core::csv_cell(row.driver),
                    row.lag, row.pearson.n, number(row.pearson.effective_n), number(row.pearson.r),
                    number(row.pearson.p_value), number(row.p_adjusted), number(row.spearman.r));
  core::write_file_atomic(folder / ("lag_correlations" + suffix + ".csv"), text);
  text = "well,month,index\n";
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    for (std::size_t m = 0; m < analysis.months.names.size(); ++m)
      text += fmt::format("{},{},{}\n", core::csv_cell(analysis.entities[e]), analysis.months.names[m],
                          number(analysis.index[e * analysis.months.names.size() + m]));
  }
  core::write_file_atomic(folder / ("groundwater_index" + suffix + ".csv"), text);
  text = "well,lag_months,autocorrelation\n";
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    for (std::size_t lag = 0; lag <= kLagMonths; ++lag)
      text += fmt::format("{},{},{}\n", core::csv_cell(analysis.entities[e]), lag,
                          number(analysis.autocorrelation[e * (kLagMonths + 1) + lag]));
  }
  core::write_file_atomic(folder / ("autocorrelation" + suffix + ".csv"), text);
  text = "attribute,quantity,wells,r,low,high,p_adjusted\n";
  for (const Relation& row : analysis.relations)
    text += fmt::format("{},{},{},{},{},{},{}\n", core::csv_cell(row.attribute), row.quantity, row.wells,
                        number(row.r), number(row.low), number(row.high), number(row.p_adjusted));
  core::write_file_atomic(folder / ("relations" + suffix + ".csv"), text);
}

}  // namespace phreatic::studies::wells
