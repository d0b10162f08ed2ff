// SPDX-License-Identifier: BSD-3-Clause
// `phreatic analyse`: what the observed series say before any model: complexity, how drivers and levels go together
// by lag, how far from normal a month was. Statistics that later months are measured against are those of the
// training period.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/hydrographs/targets/prepared.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/stats/series/permutation_entropy.hpp"

namespace phreatic::studies::wells {

inline constexpr std::size_t kLagMonths = 12;

// Means of calendar months, NaN for a month without a value; month m is the m-th of the axis.
struct Months {
  std::vector<std::string> names;    // "2014-03"
  std::vector<int> calendar_month;   // 0 ... 11
  std::vector<std::size_t> of_step;  // [time] its month
};
Months months_of(const core::TimeAxis& axis);
std::vector<double> monthly_means(std::span<const double> values, const Months& months);
// Mean 0, standard deviation 1, NaN kept; empty for a series that does not vary.
std::vector<double> standardised(std::span<const double> series);

// A series of another target: discharge at a gauge beside levels at wells, or the mean of many standardised.
struct OtherSeries {
  std::string name;            // "discharge at G1", "level, mean of 25 places"
  std::vector<double> months;  // [month] of the training period
};

struct LagRow {
  std::string entity, driver;  // a driver of the study, or another target's series
  std::size_t lag = 0;         // months by which the driver is ahead
  stats::Correlation pearson, spearman;
  double p_adjusted = 0;  // Pearson's, by Benjamini and Hochberg over all rows
};

// How a number of the wells goes with a static attribute (distance to the river, depth ...) over the wells.
struct Relation {
  std::string attribute, quantity;
  std::size_t wells = 0;
  double r = 0;                       // Pearson's
  double low = 0, high = 0;           // 95 % by Fisher's z, wells taken as independent
  double p_adjusted = 0;              // of Fisher's z, by Benjamini and Hochberg over all relations
  std::vector<std::size_t> entities;  // [pair] that have both
  std::vector<double> x, y;           // [pair] attribute, quantity
};

struct Analysis {
  std::string target, unit;
  Months months;
  std::vector<std::string> entities;
  std::vector<data::Place> places;                           // [entity]; may be empty
  std::vector<double> training;                              // [entity][month] means of the training period
  std::vector<stats::PermutationEntropy> entropy, weighted;  // [entity]
  std::vector<std::string> others;      // other targets' series among the drivers of `lags`
  std::vector<LagRow> lags;             // [entity][driver][lag]
  std::vector<double> autocorrelation;  // [entity][lag] of monthly means
  std::vector<Relation>
      relations;  // of entropies, autocorrelation and skill with attributes; five wells at least
  std::vector<double> nse,
      r2;  // [entity] of a run's network in the test period, NaN where not scored; empty without a run
  std::vector<double> index;       // [entity][month] standardised groundwater index
  std::vector<std::string> notes;  // of series that are constant, hardly or not observed
  std::string finding() const;
};

// Of the target that is scored. Entropy and correlations see training steps only; the index of every month is that
// against the training months of the same calendar month, NaN where those are fewer than five. Throws InputError
// when the axis' step is longer than a month.
// `run`: metrics of a finished run, which relations then tell of too; empty: none. `others`: series that stand beside
// the drivers (other_series).
Analysis analyse(const hydrographs::Prepared& prepared, const stats::MetricTable& run = {},
                 const std::vector<OtherSeries>& others = {});

// Of every target but `mine`, in `all` (data of all targets): each of its places, or, where they are more than six, the mean of the
// standardised months of those that vary.
std::vector<OtherSeries> other_series(const hydrographs::Prepared& all, const hydrographs::Prepared& mine);

// entropy.csv, lag_correlations.csv, groundwater_index.csv, autocorrelation.csv, relations.csv; `suffix` before the ending.
void write_analysis(const Analysis& analysis, const std::filesystem::path& folder, const std::string& suffix);

}  // namespace phreatic::studies::wells
