// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/observers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "phreatic/core/random.hpp"

namespace phreatic::basin {

std::string to_text(FaultKind kind) {
  static const std::array<std::string, 3> names = {"spike", "jump", "stuck"};
  return names[static_cast<std::size_t>(kind)];
}

namespace {

// Length >= 1 of a spell of mean `mean` days.
std::size_t spell(core::RandomStream& stream, double mean) {
  return 1 + static_cast<std::size_t>(-std::max(0.0, mean - 1.0) * std::log(1.0 - stream.uniform()));
}

void plant(FaultKind kind, double per_year, double size_m, double days, std::size_t count,
           core::RandomStream& stream, std::vector<Fault>& faults) {
  if (per_year <= 0) return;
  for (std::size_t t = 0; t < count; ++t) {
    if (stream.uniform() >= per_year / 365.25) continue;
    Fault fault{kind, t, 1, 0.0};
    if (kind == FaultKind::stuck) fault.days = std::min(spell(stream, days), count - t);
    if (kind == FaultKind::jump) fault.days = count - t;
    if (kind != FaultKind::stuck) {
      fault.size_m = size_m * (0.5 + stream.uniform()) * (stream.uniform() < 0.5 ? -1.0 : 1.0);
    }
    faults.push_back(fault);
  }
}

void apply(const Fault& fault, std::vector<double>& level) {
  for (std::size_t t = fault.first; t < fault.first + fault.days; ++t) {
    level[t] = fault.kind == FaultKind::stuck ? level[fault.first] : level[t] + fault.size_m;
  }
}

}  // namespace

Observation observe(const ObserverParams& p, std::span<const double> true_level_m, std::uint64_t seed,
                    std::uint64_t well) {
  const std::size_t days = true_level_m.size();
  Observation out;
  out.level_m.assign(true_level_m.begin(), true_level_m.end());
  core::RandomStream noise(seed, "observer.noise", well);
  for (double& level : out.level_m) level += p.noise_sd_m * noise.normal();

  core::RandomStream faults(seed, "observer.faults", well);
  plant(FaultKind::jump, p.jumps_per_year, p.jump_m, 1, days, faults, out.faults);
  plant(FaultKind::spike, p.spikes_per_year, p.spike_m, 1, days, faults, out.faults);
  plant(FaultKind::stuck, p.stuck_per_year, 0, p.stuck_days, days, faults, out.faults);
  for (const Fault& fault : out.faults) apply(fault, out.level_m);
  std::stable_sort(out.faults.begin(), out.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.first < b.first; });

  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  core::RandomStream gaps(seed, "observer.gaps", well);
  const double start = p.gap_share / (p.gap_days * (1.0 - p.gap_share));
  for (std::size_t t = 0; t < days; ++t) {
    if (gaps.uniform() >= start) continue;
    const std::size_t end = std::min(days, t + spell(gaps, p.gap_days));
    for (; t < end; ++t) out.level_m[t] = kMissing;
  }
  for (std::size_t t = 0; t < days; ++t) {
    if (t % static_cast<std::size_t>(p.step_days) != 0) out.level_m[t] = kMissing;
  }
  return out;
}

void describe(core::Describer& d, ObserverParams& p) {
  d.field("step", p.step_days, {.help = "Days between observations", .unit = "d", .min = 1, .max = 366});
  d.field("noise_sd", p.noise_sd_m,
          {.help = "Standard deviation of the logger's noise", .unit = "m", .min = 0});
  d.field("gap_share", p.gap_share, {.help = "Share of days in gaps", .min = 0, .max = 0.9});
  d.field("gap_days", p.gap_days, {.help = "Mean length of a gap", .unit = "d", .min = 1});
  d.field("spikes_per_year", p.spikes_per_year,
          {.help = "Single wrong values", .unit = "1/a", .min = 0, .max = 365});
  d.field("spike", p.spike_m, {.help = "Their usual size", .unit = "m", .min = 0});
  d.field("jumps_per_year", p.jumps_per_year,
          {.help = "Lasting shifts of the datum", .unit = "1/a", .min = 0, .max = 365});
  d.field("jump", p.jump_m, {.help = "Their usual size", .unit = "m", .min = 0});
  d.field("stuck_per_year", p.stuck_per_year,
          {.help = "Spells in which the logger repeats one value", .unit = "1/a", .min = 0, .max = 365});
  d.field("stuck_days", p.stuck_days, {.help = "Their mean length", .unit = "d", .min = 1});
}

}  // namespace phreatic::basin
