// SPDX-License-Identifier: BSD-3-Clause
#include "demo_data.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "phreatic/core/random.hpp"

namespace phreatic::report::demo {
namespace {

constexpr int kFirstYear = 2005;

double season(const core::TimeAxis& axis, std::size_t i, double peak_day) {
  const int day = core::day_of_year(axis.start(i));
  return std::cos(2 * std::numbers::pi * (day - peak_day) / 365.25);
}

// Two-state rain with gamma amounts, wetter in summer.
std::vector<double> rain(const core::TimeAxis& axis, core::RandomStream& random) {
  std::vector<double> p(axis.size(), 0.0);
  bool wet = false;
  for (std::size_t i = 0; i < p.size(); ++i) {
    wet = random.uniform() < (wet ? 0.58 : 0.24);
    if (wet) p[i] = std::round(random.gamma(0.8, 6.0 + 2.5 * season(axis, i, 190)) * 10) / 10;
  }
  return p;
}

// dh/dt = (recharge - pumping) / Sy - h / tau, in metres and days.
std::vector<double> levels(const core::TimeAxis& axis, const std::vector<double>& p, const Well& w,
                           double tau, double base) {
  std::vector<double> h(axis.size());
  double store = 0.3;
  for (std::size_t i = 0; i < h.size(); ++i) {
    const double et = std::max(0.0, 2.0 + 1.9 * season(axis, i, 190)) * (w.type == 0 ? 0.9 : 0.55);
    const double pumping = w.type == 2 ? std::max(0.0, season(axis, i, 200)) * 2.4 : 0;
    store += (std::max(-1.2, p[i] - et) - pumping) / 1000 / 0.18 - store / tau;
    h[i] = base + store;
  }
  return h;
}

void observe(Well& w, const core::TimeAxis& axis, int index, core::RandomStream& random) {
  const std::size_t n = axis.size();
  const double noise = index % 11 == 7 ? 0.5 : 0.04 + 0.09 * random.uniform();
  w.observed.assign(n, kUnknown);
  double error = 0;
  for (std::size_t i = 0; i < n; ++i) {
    error = 0.985 * error + noise * 0.17 * random.normal();
    const bool weekly = index % 6 == 3;
    const bool gap = index % 5 == 1 && i > n / 3 && i < n / 3 + 400;
    if ((weekly && i % 7 != 0) || gap) continue;
    w.observed[i] = w.simulated[i] + error + 0.008 * random.normal();
  }
  w.lower = w.upper = w.simulated;
  for (std::size_t i = 0; i < n; ++i) {
    w.lower[i] -= 1.645 * noise * (index % 9 == 4 ? 0.6 : 1.0);
    w.upper[i] += 1.645 * noise * (index % 9 == 4 ? 0.6 : 1.0);
  }
}

double nse(const std::vector<double>& observed, const std::vector<double>& simulated, std::size_t from) {
  double sum = 0;
  double n = 0;
  for (std::size_t i = from; i < observed.size(); ++i) {
    if (!std::isnan(observed[i])) sum += observed[i], n += 1;
  }
  double error = 0;
  double spread = 0;
  for (std::size_t i = from; i < observed.size(); ++i) {
    if (std::isnan(observed[i])) continue;
    error += std::pow(observed[i] - simulated[i], 2);
    spread += std::pow(observed[i] - sum / n, 2);
  }
  return 1 - error / spread;
}

void score(Well& w, const core::TimeAxis& axis, std::size_t from, core::RandomStream& random) {
  std::vector<double> sum(367, 0);
  std::vector<double> count(367, 0);
  for (std::size_t i = 0; i < from; ++i) {
    if (std::isnan(w.observed[i])) continue;
    sum[core::day_of_year(axis.start(i))] += w.observed[i];
    count[core::day_of_year(axis.start(i))] += 1;
  }
  w.climatology.assign(axis.size(), 0);
  for (std::size_t i = 0; i < axis.size(); ++i) {
    double a = 0;
    double b = 0;
    for (int d = -10; d <= 10; ++d) {
      const int day = (core::day_of_year(axis.start(i)) + d + 365) % 366 + 1;
      a += sum[day];
      b += count[day];
    }
    w.climatology[i] = a / b;
  }
  w.nse = nse(w.observed, w.simulated, from);
  w.nse_climatology = nse(w.observed, w.climatology, from);
  w.nse_ridge = w.nse - 0.08 - 0.2 * random.uniform();
  double inside = 0;
  double n = 0;
  double error = 0;
  for (std::size_t i = from; i < axis.size(); ++i) {
    if (std::isnan(w.observed[i])) continue;
    n += 1;
    inside += w.observed[i] >= w.lower[i] && w.observed[i] <= w.upper[i] ? 1 : 0;
    error += std::pow(w.observed[i] - w.simulated[i], 2);
  }
  w.coverage = inside / n;
  w.rmse = std::sqrt(error / n);
}

void explain(Well& w, double tau, core::RandomStream& random) {
  const double weight[3][4] = {{1, 0.25, -0.8, 0}, {1, -0.3, -0.35, 0}, {0.6, -0.15, -0.3, -1.1}};
  const double peak[4] = {190, 200, 190, 200};
  for (int v = 0; v < 4; ++v) {
    for (int l = 0; l < kLags; ++l) {
      const double t = static_cast<double>(l);
      const double shape = std::pow((t + 1) / 12, v == 0 ? 0.6 : 0.2) * std::exp(-t / (0.3 * tau));
      w.attribution.push_back(0.011 * weight[w.type][v] * shape + 0.0004 * random.normal());
    }
    for (int m = 0; m < 12; ++m) {
      const double phase = std::cos(2 * std::numbers::pi * (m * 30.4 + 15 - peak[v] - 50) / 365.25);
      w.seasonal.push_back(0.22 * weight[w.type][v] * phase + 0.01 * random.normal());
    }
  }
}

}  // namespace

core::TimeAxis axis(int years) {
  const auto first = core::days_from_civil({kFirstYear, 1, 1});
  const auto last = core::days_from_civil({kFirstYear + years, 1, 1});
  return {first * core::kSecondsPerDay, {core::StepUnit::day, 1}, static_cast<std::size_t>(last - first)};
}

std::vector<Period> periods(int years) {
  const auto at = [](int year, int month, int day) {
    return core::days_from_civil({year, month, day}) * core::kSecondsPerDay;
  };
  const int end = kFirstYear + years;
  std::vector<Period> list = {{PeriodKind::training, at(kFirstYear, 1, 1), at(end - 4, 1, 1)},
                              {PeriodKind::validation, at(end - 4, 1, 1), at(end - 3, 1, 1)},
                              {PeriodKind::test, at(end - 3, 1, 1), at(end, 1, 1)}};
  for (int year = kFirstYear; year < end; ++year) {
    list.push_back({PeriodKind::freezing, at(year, 11, 10 + year % 7), at(year + 1, 3, 5 - year % 4)});
    list.push_back({PeriodKind::thawing, at(year, 3, 5 - (year - 1) % 4), at(year, 4, 28 - year % 5)});
  }
  return list;
}

std::vector<Well> wells(int count, int years) {
  const auto time = axis(years);
  const std::size_t test = time.lower_bound(periods(years)[2].start);
  core::RandomStream weather(11, "demo weather");
  const auto p = rain(time, weather);
  std::vector<Well> list;
  for (int k = 0; k < count; ++k) {
    core::RandomStream random(11, "demo well", static_cast<std::uint64_t>(k));
    Well w;
    w.name = std::string("W") + (k < 9 ? "0" : "") + std::to_string(k + 1);
    if (k == 12) w.name = "Alte M\u00fchle \"Nord\" </script>";
    w.type = k % 7 == 5 ? 2 : k % 2;
    w.depth = k == 5;
    w.longitude = 123.2 + 3.1 * random.uniform();
    w.latitude = 44.6 + 2.2 * random.uniform();
    if (k == 20 || k == 33) w.longitude = w.latitude = kUnknown;
    w.precipitation = p;
    const double tau = 60 + 240 * random.uniform();
    w.simulated = levels(time, p, w, tau, w.depth ? 3.5 : 120 + 60 * random.uniform());
    observe(w, time, k, random);
    score(w, time, test, random);
    explain(w, tau, random);
    list.push_back(std::move(w));
  }
  return list;
}

}  // namespace phreatic::report::demo
