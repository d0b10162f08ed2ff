// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/series/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "phreatic/core/parallel.hpp"

namespace phreatic::data {

void describe(core::Describer& d, FlagParams& p) {
  d.field("jump", p.jump,
          {.help = "Change between neighbours that is flagged, in robust standard deviations", .min = 1});
  d.field(
      "outlier", p.outlier,
      {.help = "Deviation from the running median that is flagged, in robust standard deviations", .min = 1});
  d.field("outlier_half_window", p.outlier_half_window,
          {.help = "Observations each side of the running median", .min = 2});
  d.field("shift_window", p.shift_window,
          {.help = "Observations each side of a jump whose medians are compared", .min = 3});
  d.field("flat_observations", p.flat_observations,
          {.help = "Shortest run of equal values that is flagged", .min = 3});
  d.field("rain_days", p.rain_days,
          {.help = "Days before a rise within which rain may explain it", .unit = "d", .min = 0});
  d.field("rain_quantile", p.rain_quantile,
          {.help = "Quantile of the rain of all such stretches from which on it explains a rise",
           .min = 0,
           .max = 1});
}

namespace {

constexpr double kMadToSigma = 1.4826;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double median_of(const std::vector<double>& x, std::size_t first, std::size_t end) {
  return median(
      {x.begin() + static_cast<std::ptrdiff_t>(first), x.begin() + static_cast<std::ptrdiff_t>(end)});
}

// Observations in order with their steps.
struct Observed {
  std::vector<double> x;
  std::vector<std::size_t> step;
};

// Robust standard deviation of the changes per unit of sqrt(gap in steps); never below the resolution of the
// data.
double change_scale(const Observed& o) {
  std::vector<double> changes;
  double resolution = 0;
  for (std::size_t i = 1; i < o.x.size(); ++i) {
    const double change = std::abs(o.x[i] - o.x[i - 1]);
    if (change > 0 && (resolution == 0 || change < resolution)) resolution = change;
    changes.push_back(change / std::sqrt(static_cast<double>(o.step[i] - o.step[i - 1])));
  }
  double mean = 0;
  for (const double change : changes) mean += change / static_cast<double>(changes.size());
  return std::max({kMadToSigma * median(std::move(changes)), 0.5 * mean, resolution});
}

bool is_outlier(const Observed& o, std::size_t i, double scale, const FlagParams& p, double& deviation) {
  const auto half = static_cast<std::size_t>(p.outlier_half_window);
  const std::size_t first = i > half ? i - half : 0;
  const std::size_t end = std::min(o.x.size(), i + half + 1);
  std::vector<double> near;
  for (std::size_t j = first; j < end; ++j) {
    if (j != i) near.push_back(o.x[j]);
  }
  const double centre = median(near);
  for (double& value : near) value = std::abs(value - centre);
  deviation = o.x[i] - centre;
  return std::abs(deviation) > p.outlier * std::max(kMadToSigma * median(std::move(near)), scale);
}

// A jump whose level stays: medians before and after differ by about as much. By more: it is part of a rise
// or fall of several days, which rain and floods make.
bool persists(const Observed& o, std::size_t i, double change, const FlagParams& p, double& shift) {
  const auto window = static_cast<std::size_t>(p.shift_window);
  if (i < window || i + window > o.x.size()) return false;
  shift = median_of(o.x, i, i + window) - median_of(o.x, i - window, i);
  return shift * change > 0 && std::abs(std::abs(shift) / std::abs(change) - 1) < 0.3;
}

void flag_changes(const Observed& o, const FlagParams& p, std::vector<Flag>& flags) {
  const double scale = change_scale(o);
  std::vector<bool> out(o.x.size(), false);
  for (std::size_t i = 1; i + 1 < o.x.size(); ++i) {
    double deviation = 0;
    const double back = o.x[i] - o.x[i - 1];
    const double forth = o.x[i + 1] - o.x[i];
    const bool spike =
        back * forth < 0 && std::min(std::abs(back), std::abs(forth)) > 0.5 * p.outlier * scale;
    if (!spike || !is_outlier(o, i, scale, p, deviation)) continue;
    out[i] = true;
    flags.push_back({0, 0, FlagKind::outlier, o.step[i], o.step[i], deviation, o.x[i] - deviation, o.x[i]});
  }
  // A jump that goes on where the last one ended, in its direction, is part of it.
  const auto goes_on = [&](std::size_t before, double change) {
    return !flags.empty() && flags.back().kind == FlagKind::jump && flags.back().last == o.step[before] &&
           flags.back().size * change > 0;
  };
  std::size_t before = 0;
  for (std::size_t i = 1; i < o.x.size(); ++i) {
    if (out[i]) continue;
    const double change = o.x[i] - o.x[before];
    const double gap = std::sqrt(static_cast<double>(o.step[i] - o.step[before]));
    if (!out[before] && std::abs(change) > p.jump * scale * gap) {
      double shift = 0;
      const bool stays = persists(o, i, change, p, shift);
      if (!stays && goes_on(before, change)) {
        flags.back().last = o.step[i];
        flags.back().size += change;
      } else {
        flags.push_back({0, 0, stays ? FlagKind::datum_shift : FlagKind::jump, o.step[before], o.step[i],
                         stays ? shift : change});
        if (stays) {
          flags.back().after = median_of(o.x, i, i + static_cast<std::size_t>(p.shift_window));
          flags.back().before = flags.back().after - shift;
        }
      }
    }
    before = i;
  }
}

// Runs of equal values, longer than four times the 95th percentile of all runs.
void flag_flat(const Observed& o, const FlagParams& p, std::vector<Flag>& flags) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;  // first, length
  for (std::size_t i = 0; i < o.x.size();) {
    std::size_t end = i + 1;
    while (end < o.x.size() && o.x[end] == o.x[i]) ++end;
    runs.emplace_back(i, end - i);
    i = end;
  }
  std::vector<std::size_t> lengths;
  for (const auto& run : runs) lengths.push_back(run.second);
  std::sort(lengths.begin(), lengths.end());
  const std::size_t usual = lengths[lengths.size() * 95 / 100];
  const std::size_t shortest = std::max(static_cast<std::size_t>(p.flat_observations), 4 * usual);
  for (const auto& [first, length] : runs) {
    if (length < shortest) continue;
    const std::size_t last = o.step[first + length - 1];
    std::erase_if(flags, [&](const Flag& f) {  // catching up afterwards is the same fault
      return f.kind != FlagKind::flat && f.first == last && f.last > last;
    });
    flags.push_back({0, 0, FlagKind::flat, o.step[first], last, o.x[first]});
  }
}

// Whether much rain fell in the steps up to a rise: more than in all but a few stretches of that length.
bool rain_explains(const Flag& flag, std::span<const double> rain, double step_days, const FlagParams& p) {
  const auto before = static_cast<std::size_t>(std::ceil(p.rain_days / step_days));
  const std::size_t length = before + flag.last - flag.first + 1;
  if (length > rain.size() || flag.last + 1 < length) return false;
  std::vector<double> sums;
  double sum = 0;
  for (std::size_t t = 0; t < rain.size(); ++t) {
    sum += std::isnan(rain[t]) ? 0 : rain[t];
    if (t >= length) sum -= std::isnan(rain[t - length]) ? 0 : rain[t - length];
    if (t + 1 >= length) sums.push_back(sum);
  }
  const double fell = sums[flag.last + 1 - length];
  const auto less = std::count_if(sums.begin(), sums.end(), [&](double s) { return s < fell; });
  return static_cast<double>(less) >= p.rain_quantile * static_cast<double>(sums.size());
}

}  // namespace

std::vector<Flag> flag_series(std::span<const double> series, const FlagParams& params) {
  Observed o;
  for (std::size_t t = 0; t < series.size(); ++t) {
    if (std::isnan(series[t])) continue;
    o.x.push_back(series[t]);
    o.step.push_back(t);
  }
  std::vector<Flag> flags;
  if (o.x.size() < 20) return flags;
  flag_changes(o, params, flags);
  flag_flat(o, params, flags);
  std::stable_sort(flags.begin(), flags.end(),
                   [](const Flag& a, const Flag& b) { return a.first < b.first; });
  return flags;
}

std::vector<Flag> flag_panel(const Panel& panel, const std::vector<std::size_t>& targets,
                             const FlagParams& params) {
  std::vector<std::vector<Flag>> by_entity(panel.entity_count());
  const double step_days = panel.axis.mean_step_days();
  core::parallel_for(panel.entity_count(), [&](std::size_t e) {
    const auto rain = panel.find_role(Role::precipitation, e);
    for (const std::size_t v : targets) {
      for (Flag flag : flag_series(panel.series(e, v), params)) {
        flag.entity = e;
        flag.variable = v;
        if (rain && flag.kind == FlagKind::datum_shift && flag.size > 0 &&
            rain_explains(flag, panel.series(e, *rain), step_days, params)) {
          flag.kind = FlagKind::jump;
        }
        by_entity[e].push_back(flag);
      }
    }
  });
  std::vector<Flag> all;
  for (const std::vector<Flag>& some : by_entity) all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::string flag_name(FlagKind kind) {
  switch (kind) {
    case FlagKind::jump:
      return "jump";
    case FlagKind::outlier:
      return "outlier";
    case FlagKind::datum_shift:
      return "datum shift";
    case FlagKind::flat:
      return "flat stretch";
  }
  return "";
}

std::string flag_factor(const Flag& flag) {
  if (flag.before == 0 || flag.after == 0) return "";
  struct Slip {
    double factor;
    const char* text;
  };
  static constexpr std::array<Slip, 9> kSlips = {{{100, "100 (cm for m)"},
                                                  {1000, "1000 (mm for m)"},
                                                  {10, "10 (a decimal mark in the wrong place)"},
                                                  {1 / 0.3048, "3.28 (ft for m)"},
                                                  {1 / 0.0254, "39.4 (inch for m)"},
                                                  {2.54, "2.54 (cm for inch)"},
                                                  {30.48, "30.48 (cm for ft)"},
                                                  {12, "12 (inch for ft)"},
                                                  {-1, "-1 (depth for level)"}}};
  const double ratio = flag.after / flag.before;
  // What the level itself did meanwhile is small beside a factor.
  const auto near = [](double r, double factor) { return std::abs(r / factor - 1) < 0.04; };
  for (const Slip& slip : kSlips) {
    if (near(ratio, slip.factor)) return std::string("about the values before times ") + slip.text;
  }
  for (const Slip& slip : kSlips) {
    if (slip.factor > 0 && near(1 / ratio, slip.factor))
      return std::string("about the values before divided by ") + slip.text;
  }
  return "";
}

std::string flag_text(const Flag& flag, const Panel& panel) {
  const Variable& variable = panel.variables[flag.variable];
  const std::string place =
      fmt::format("well {}, {}: {}", panel.entities[flag.entity], variable.name, flag_name(flag.kind));
  const std::string last = core::format_date(panel.axis.start(flag.last));
  if (flag.kind == FlagKind::flat) {
    return fmt::format("{} at {:.4g} {} from {} to {}", place, flag.size, variable.unit,
                       core::format_date(panel.axis.start(flag.first)), last);
  }
  const std::string factor = flag_factor(flag);
  return fmt::format("{} of {:+.3g} {} on {}{}", place, flag.size, variable.unit, last,
                     factor.empty() ? "" : ": " + factor);
}

}  // namespace phreatic::data
