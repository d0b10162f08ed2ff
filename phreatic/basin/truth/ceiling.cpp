// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/ceiling.hpp"

#include <cmath>

#include "phreatic/basin/groundwater/truth.hpp"
#include "phreatic/basin/truth/windows.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {

namespace {

using GroupOf = std::array<std::size_t, kDriverCount>;

// Buffers for points on the path between a reference and the target.
struct Path {
  explicit Path(std::size_t days) {
    for (auto& b : base) b.resize(days);
    for (auto& m : moved) m.resize(days);
  }
  std::array<std::vector<double>, kDriverCount> base, moved;
};

void set_point(const Forcing& target, const Forcing& reference, const GroupOf& group_of, std::size_t groups,
               double alpha, std::array<std::vector<double>, kDriverCount>& out) {
  for (std::size_t d = 0; d < kDriverCount; ++d) {
    const double a = group_of[d] < groups ? alpha : 1.0;  // a driver in no group stays the target's
    for (std::size_t t = 0; t < out[d].size(); ++t) {
      out[d][t] = reference.series[d][t] + a * (target.series[d][t] - reference.series[d][t]);
    }
  }
}

double level_with_group(const WellModel& model, const WellState& start, const Path& path,
                        const GroupOf& group_of, std::size_t group) {
  Forcing f;
  for (std::size_t d = 0; d < kDriverCount; ++d) {
    f.series[d] = group_of[d] == group ? path.moved[d] : path.base[d];
  }
  return final_level_m(model, f, start);
}

Contribution explain(const Basin& basin, const TruthTask& task, const GroupOf& group_of, std::size_t groups,
                     const CeilingParams& p) {
  const WellModel model(basin.wells[task.target.well].params);
  const WellState start = window_state(basin, task.target, p.window, model);
  const Forcing target = window_forcing(basin, task.target, p.window.look_back_days);
  Contribution out;
  out.level = final_level_m(model, target, start);
  out.by_group.assign(groups, 0.0);
  std::vector<double> squares(groups, 0.0);
  Path path(target.days());
  const auto n = static_cast<double>(task.references.size());
  constexpr double kGolden = 0.6180339887498949;
  double shift = 0.5;
  for (const Window& window : task.references) {
    const Forcing reference = window_forcing(basin, window, p.window.look_back_days);
    std::vector<double> phi(groups, 0.0);
    for (int k = 0; k < p.alphas; ++k) {
      const double alpha = (k + shift) / p.alphas;
      set_point(target, reference, group_of, groups, alpha, path.base);
      for (const double sign : {1.0, -1.0}) {
        set_point(target, reference, group_of, groups, alpha + sign * p.step, path.moved);
        for (std::size_t g = 0; g < groups; ++g) {
          phi[g] += sign * level_with_group(model, start, path, group_of, g) / (2.0 * p.step * p.alphas);
        }
      }
    }
    shift = std::fmod(shift + kGolden, 1.0);
    for (std::size_t g = 0; g < groups; ++g) {
      out.by_group[g] += phi[g] / n;
      squares[g] += phi[g] * phi[g] / n;
    }
    set_point(target, reference, group_of, groups, 0.0, path.base);
    out.reference_level += level_with_group(model, start, path, group_of, groups) / n;
  }
  for (std::size_t g = 0; g < groups; ++g) {
    const double variance = std::max(0.0, squares[g] - out.by_group[g] * out.by_group[g]);
    out.standard_error.push_back(n > 1 ? std::sqrt(variance / (n - 1)) : 0.0);
  }
  return out;
}

}  // namespace

std::vector<Contribution> simulator_expected_gradients(const Basin& basin, std::span<const TruthTask> tasks,
                                                       std::span<const DriverGroup> groups,
                                                       const CeilingParams& p) {
  if (basin.ground) return groundwater_expected_gradients(basin, tasks, groups, p);
  check_tasks(basin, tasks, p.window);
  const GroupOf group_of = group_of_driver(groups);
  std::vector<Contribution> out(tasks.size());
  core::parallel_for(tasks.size(),
                     [&](std::size_t i) { out[i] = explain(basin, tasks[i], group_of, groups.size(), p); });
  return out;
}

LevelGradient level_gradient(const WellModel& model, const Forcing& window, const WellState& start,
                             const std::array<double, kDriverCount>& steps) {
  LevelGradient out;
  const std::size_t days = window.days();
  const WellRun base = simulate_well(model, window, start);
  PHREATIC_ASSERT(days > 0);
  out.level_m = base.level_m.back();
  for (auto& g : out.gradient) g.resize(days);
  for (std::size_t t = 0; t < days; ++t) {
    const WellState& morning = t == 0 ? start : base.states[t - 1];
    const Forcing rest = window.part(t + 1, days - t - 1);
    for (std::size_t d = 0; d < kDriverCount; ++d) {
      std::array<double, kDriverCount> day{};
      for (std::size_t k = 0; k < kDriverCount; ++k) day[k] = window.series[k][t];
      const double value = day[d];
      const bool may_fall = d == static_cast<std::size_t>(Driver::temperature) || value >= steps[d];
      const auto level_at = [&](double x) {
        day[d] = x;
        WellState s = morning;
        model.step(day[0], day[1], day[2], day[3], s);
        return final_level_m(model, rest, s);
      };
      const double upper = level_at(value + steps[d]);
      const double lower = may_fall ? level_at(value - steps[d]) : out.level_m;
      out.gradient[d][t] = (upper - lower) / (may_fall ? 2.0 * steps[d] : steps[d]);
    }
  }
  return out;
}

void describe(core::Describer& d, CeilingParams& p) {
  d.section("window", p.window, "Look-back and start");
  d.field("alphas", p.alphas, {.help = "Points on the path to each reference", .min = 1, .max = 1000});
  d.field(
      "step", p.step,
      {.help = "Step of the central difference, as a share of target - reference", .min = 1e-6, .max = 0.1});
}

}  // namespace phreatic::basin
