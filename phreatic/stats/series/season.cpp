// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/season.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kYearDays = 365.25;
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double distance_days(int a, int b) {
  const double d = std::abs(a - b);
  return std::min(d, kYearDays - d);
}

// The values of each day of the year.
std::array<std::vector<double>, 366> by_day(Series values, std::span<const int> days) {
  PHREATIC_ASSERT(values.size() == days.size());
  std::array<std::vector<double>, 366> groups;
  for (std::size_t t = 0; t < values.size(); ++t) {
    PHREATIC_ASSERT(days[t] >= 1 && days[t] <= 366);
    if (!std::isnan(values[t])) groups[static_cast<std::size_t>(days[t] - 1)].push_back(values[t]);
  }
  return groups;
}

Eigen::RowVectorXd basis(int day, int harmonics) {
  Eigen::RowVectorXd row(2 * harmonics + 1);
  row(0) = 1;
  const double angle = 2 * std::numbers::pi * (day - 1) / kYearDays;
  for (Eigen::Index k = 1; k <= harmonics; ++k) {
    const double phase = static_cast<double>(k) * angle;
    row(2 * k - 1) = std::cos(phase);
    row(2 * k) = std::sin(phase);
  }
  return row;
}

}  // namespace

std::vector<int> days_of_year(const core::TimeAxis& axis) {
  std::vector<int> days(axis.size());
  for (std::size_t t = 0; t < days.size(); ++t) days[t] = core::day_of_year(axis.start(t));
  return days;
}

double steps_per_year(const core::TimeAxis& axis) {
  if (axis.size() < 2) return 1;
  const auto span = static_cast<double>(axis.start(axis.size() - 1) - axis.start(0));
  return kYearDays * static_cast<double>(core::kSecondsPerDay) * static_cast<double>(axis.size() - 1) / span;
}

YearTable seasonal_mean(Series values, std::span<const int> days, double half_width_days) {
  PHREATIC_ASSERT(half_width_days > 0);
  const auto groups = by_day(values, days);
  YearTable sums{};
  YearTable counts{};
  for (std::size_t d = 0; d < groups.size(); ++d) {
    counts[d] = static_cast<double>(groups[d].size());
    for (const double v : groups[d]) sums[d] += v;
  }
  YearTable table;
  for (int day = 1; day <= 366; ++day) {
    double sum = 0;
    double weights = 0;
    for (int other = 1; other <= 366; ++other) {
      const double x = distance_days(day, other) / half_width_days;
      if (x >= 1) continue;
      const double weight = std::pow(1 - x * x * x, 3);
      sum += weight * sums[static_cast<std::size_t>(other - 1)];
      weights += weight * counts[static_cast<std::size_t>(other - 1)];
    }
    table[static_cast<std::size_t>(day - 1)] = weights > 0 ? sum / weights : kUndefined;
  }
  return table;
}

YearTable seasonal_quantile(Series values, std::span<const int> days, double half_width_days, double p) {
  const auto groups = by_day(values, days);
  YearTable table;
  for (int day = 1; day <= 366; ++day) {
    std::vector<double> near;
    for (int other = 1; other <= 366; ++other) {
      const auto& group = groups[static_cast<std::size_t>(other - 1)];
      if (distance_days(day, other) <= half_width_days) near.insert(near.end(), group.begin(), group.end());
    }
    table[static_cast<std::size_t>(day - 1)] = quantile(near, p);
  }
  return table;
}

YearTable seasonal_harmonics(Series values, std::span<const int> days, int harmonics) {
  PHREATIC_ASSERT(values.size() == days.size() && harmonics >= 0);
  const auto present = std::count_if(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
  YearTable table;
  table.fill(kUndefined);
  if (present == 0) return table;
  while (harmonics > 0 && present < std::ptrdiff_t{2} * (2 * harmonics + 1)) --harmonics;
  const int terms = 2 * harmonics + 1;
  const double level = mean(values);
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(terms, terms);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(terms);
  for (std::size_t t = 0; t < values.size(); ++t) {
    if (std::isnan(values[t])) continue;
    const Eigen::RowVectorXd row = basis(days[t], harmonics);
    normal += row.transpose() * row;
    right += row.transpose() * (values[t] - level);
  }
  const Eigen::VectorXd weights = normal.completeOrthogonalDecomposition().solve(right);
  for (int day = 1; day <= 366; ++day) {
    table[static_cast<std::size_t>(day - 1)] = level + basis(day, harmonics).dot(weights);
  }
  return table;
}

std::vector<double> expand(const YearTable& table, std::span<const int> days) {
  std::vector<double> values(days.size());
  for (std::size_t t = 0; t < days.size(); ++t) values[t] = table[static_cast<std::size_t>(days[t] - 1)];
  return values;
}

}  // namespace phreatic::stats
