// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/periods.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace phreatic::explain {

namespace {

constexpr double kLatentHeatJPerM3 = 3.34e8;  // of freezing, per m3 of water
constexpr int kMonths = 12;

// One winter year as steps [first, last) of the axis.
struct WinterYear {
  std::size_t first = 0;
  std::size_t last = 0;
};

double step_days(const core::TimeAxis& axis, std::size_t step) {
  const core::Seconds end = step + 1 < axis.size() ? axis.start(step + 1) : axis.end();
  return static_cast<double>(end - axis.start(step)) / core::kSecondsPerDay;
}

std::vector<WinterYear> winter_years(const core::TimeAxis& axis, int first_month) {
  std::vector<WinterYear> years;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    const core::Seconds t = axis.start(i);
    const bool new_year =
        i == 0 || (core::month_of(t) == first_month && core::month_of(axis.start(i - 1)) != first_month);
    if (new_year) {
      if (!years.empty()) years.back().last = i;
      years.push_back({i, axis.size()});
    }
  }
  return years;
}

// The steps (after, before] of the largest fall of the cumulative temperature curve, and its size in K d.
struct LargestFall {
  std::size_t top = 0;     // the curve is highest at the start of this step
  std::size_t bottom = 0;  // ... lowest at the start of this one
  double size = 0;
  bool gap = false;
};

LargestFall largest_fall(const core::TimeAxis& axis, std::span<const double> temperature,
                         const WinterYear& year) {
  LargestFall fall;
  double sum = 0;
  double highest = 0;
  std::size_t top = year.first;
  for (std::size_t i = year.first; i < year.last; ++i) {
    if (std::isnan(temperature[i])) {
      fall.gap = true;
      return fall;
    }
    sum += temperature[i] * step_days(axis, i);
    if (sum >= highest) {
      highest = sum;
      top = i + 1;
    } else if (highest - sum > fall.size) {
      fall = {top, i + 1, highest - sum, false};
    }
  }
  return fall;
}

void add_period(std::vector<Period>& periods, const core::TimeAxis& axis, const std::string& name,
                std::size_t first, std::size_t last) {
  const core::Seconds end = last < axis.size() ? axis.start(last) : axis.end();
  periods.push_back({name, axis.start(first), end, core::year_of(end - 1)});
}

core::Seconds first_of_month(int year, int month) {
  return core::days_from_civil({year, month, 1}) * core::kSecondsPerDay;
}

}  // namespace

void describe(core::Describer& d, FrostParams& p) {
  d.field("frozen_conductivity", p.frozen_conductivity,
          {.help = "Thermal conductivity of frozen soil", .unit = "W/m/K", .min = 0.05, .max = 10});
  d.field("thawed_conductivity", p.thawed_conductivity,
          {.help = "Thermal conductivity of thawed soil", .unit = "W/m/K", .min = 0.05, .max = 10});
  d.field("water_content", p.water_content,
          {.help = "Water that freezes in a volume of soil", .unit = "-", .min = 0.01, .max = 1});
  d.field("winter_starts_month", p.winter_starts_month,
          {.help = "Month from whose first day a winter is counted (2 south of the equator)",
           .min = 1,
           .max = 12});
  d.field("least_frost_index", p.least_frost_index,
          {.help = "A winter whose cumulative temperature falls by less has no freezing period",
           .unit = "K d",
           .min = 0});
}

std::vector<double> frost_depth_m(const core::TimeAxis& axis, std::span<const double> temperature_c,
                                  const FrostParams& params) {
  const double per_kelvin_day =
      2 * static_cast<double>(core::kSecondsPerDay) / (kLatentHeatJPerM3 * params.water_content);
  std::vector<double> depth(axis.size());
  for (const WinterYear& year : winter_years(axis, params.winter_starts_month)) {
    double frozen_squared = 0;  // depth of the frozen front squared, m2
    double thawed_squared = 0;  // ... of the thawed front from the surface
    for (std::size_t i = year.first; i < year.last; ++i) {
      const double degree_days = temperature_c[i] * step_days(axis, i);
      if (degree_days < 0) {
        const double area = -degree_days * per_kelvin_day * params.frozen_conductivity;
        const double refrozen = std::min(area, thawed_squared);
        thawed_squared -= refrozen;
        frozen_squared += area - refrozen;
      } else {
        thawed_squared += degree_days * per_kelvin_day * params.thawed_conductivity;
      }
      if (thawed_squared >= frozen_squared) frozen_squared = thawed_squared = 0;
      if (std::isnan(degree_days)) frozen_squared = thawed_squared = std::nan("");
      depth[i] = std::sqrt(frozen_squared);
    }
  }
  return depth;
}

std::vector<Period> freeze_thaw_periods(const core::TimeAxis& axis, std::span<const double> temperature_c,
                                        const FrostParams& params) {
  const std::vector<double> depth = frost_depth_m(axis, temperature_c, params);
  std::vector<Period> periods;
  for (const WinterYear& year : winter_years(axis, params.winter_starts_month)) {
    const LargestFall fall = largest_fall(axis, temperature_c, year);
    const bool cut = fall.top == 0 || fall.bottom >= axis.size();
    if (fall.gap || cut || fall.size < params.least_frost_index) continue;
    std::size_t thawed = fall.bottom;
    while (thawed < year.last && depth[thawed] > 0) ++thawed;
    if (thawed == axis.size()) continue;
    add_period(periods, axis, "freezing", fall.top, fall.bottom);
    if (thawed > fall.bottom) add_period(periods, axis, "thawing", fall.bottom, thawed);
  }
  return periods;
}

std::vector<bool> in_mild_winters(const core::TimeAxis& axis, std::span<const double> temperature_c,
                                  const FrostParams& params, std::size_t first, std::size_t last) {
  std::vector<WinterYear> years;
  std::vector<double> frost;
  for (const WinterYear& year : winter_years(axis, params.winter_starts_month)) {
    const bool begins = core::month_of(axis.start(year.first)) == params.winter_starts_month;
    const bool ends = year.last < axis.size() || core::month_of(axis.end()) == params.winter_starts_month;
    if (!begins || !ends || year.first < first || year.last > last) continue;
    double index = 0;
    for (std::size_t i = year.first; i < year.last; ++i)
      index += std::isnan(temperature_c[i]) ? temperature_c[i]
                                            : std::max(0.0, -temperature_c[i]) * step_days(axis, i);
    if (std::isnan(index)) continue;
    years.push_back(year);
    frost.push_back(index);
  }
  if (years.size() < 2) return {};
  std::vector<double> sorted = frost;
  std::sort(sorted.begin(), sorted.end());
  const double limit = sorted[sorted.size() / 2 - 1];
  std::vector<bool> out(axis.size(), false);
  for (std::size_t y = 0; y < years.size(); ++y) {
    for (std::size_t i = years[y].first; frost[y] <= limit && i < years[y].last; ++i) out[i] = true;
  }
  return out;
}

std::vector<Period> wet_dry_periods(const core::TimeAxis& axis, std::span<const double> precipitation) {
  std::array<double, kMonths> sum{};
  std::array<double, kMonths> days{};
  for (std::size_t i = 0; i < axis.size(); ++i) {
    if (std::isnan(precipitation[i])) continue;
    const auto month = static_cast<std::size_t>(core::month_of(axis.start(i)) - 1);
    sum[month] += precipitation[i];
    days[month] += 1;
  }
  std::array<double, kMonths> mean{};
  double overall = 0;
  for (std::size_t m = 0; m < kMonths; ++m) {
    mean[m] = days[m] > 0 ? sum[m] / days[m] : 0;
    overall += mean[m] / kMonths;
  }
  std::size_t best_first = 0, best_length = 0;
  double best_total = 0;
  for (std::size_t first = 0; first < kMonths; ++first) {
    double total = 0;
    for (std::size_t n = 0; n < kMonths && mean[(first + n) % kMonths] > overall; ++n) {
      total += mean[(first + n) % kMonths];
      if (total > best_total) {
        best_total = total;
        best_first = first;
        best_length = n + 1;
      }
    }
  }
  if (best_length == 0) return {};
  const int first = static_cast<int>(best_first) + 1;
  const int last = static_cast<int>((best_first + best_length - 1) % kMonths) + 1;
  std::vector<Period> periods = monthly_periods(axis, "wet", first, last);
  const std::vector<Period> dry =
      monthly_periods(axis, "dry", last % kMonths + 1, (first + 10) % kMonths + 1);
  periods.insert(periods.end(), dry.begin(), dry.end());
  std::sort(periods.begin(), periods.end(),
            [](const Period& a, const Period& b) { return a.start < b.start; });
  return periods;
}

std::vector<Period> monthly_periods(const core::TimeAxis& axis, const std::string& name, int first_month,
                                    int last_month) {
  std::vector<Period> periods;
  if (axis.size() == 0) return periods;
  const bool wraps = last_month < first_month;
  for (int year = core::year_of(axis.start(0)) - 1; year <= core::year_of(axis.end()); ++year) {
    const core::Seconds start = first_of_month(year, first_month);
    const int end_year = year + (wraps ? 1 : 0) + (last_month == kMonths ? 1 : 0);
    const core::Seconds end = first_of_month(end_year, last_month % kMonths + 1);
    if (start >= axis.start(0) && end <= axis.end()) {
      periods.push_back({name, start, end, core::year_of(end - 1)});
    }
  }
  return periods;
}

std::vector<int> period_of(std::span<const core::Seconds> times, std::span<const Period> periods) {
  std::vector<int> result(times.size(), -1);
  for (std::size_t i = 0; i < times.size(); ++i) {
    for (std::size_t p = 0; p < periods.size(); ++p) {
      if (times[i] >= periods[p].start && times[i] < periods[p].end) {
        result[i] = static_cast<int>(p);
        break;
      }
    }
  }
  return result;
}

}  // namespace phreatic::explain
