// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/truth.hpp"

#include <bit>
#include <cmath>
#include <numeric>

#include "phreatic/basin/groundwater/truth.hpp"
#include "phreatic/basin/truth/windows.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {

std::vector<DriverGroup> standard_groups() {
  std::vector<DriverGroup> out;
  for (const Driver driver :
       {Driver::precipitation, Driver::temperature, Driver::et_demand, Driver::pumping}) {
    out.push_back({to_text(driver), {driver}});
  }
  return out;
}

std::vector<double> shapley_values(std::span<const double> values, std::size_t players) {
  PHREATIC_ASSERT(values.size() == std::size_t{1} << players);
  // weight[s] = s! (G - s - 1)! / G! = 1 / (G binomial(G - 1, s))
  std::vector<double> weight(players);
  double binomial = 1;
  for (std::size_t s = 0; s < players; ++s) {
    weight[s] = 1.0 / (static_cast<double>(players) * binomial);
    binomial *= static_cast<double>(players - 1 - s) / static_cast<double>(s + 1);
  }
  std::vector<double> out(players, 0.0);
  for (std::size_t coalition = 0; coalition < values.size(); ++coalition) {
    const auto size = static_cast<std::size_t>(std::popcount(coalition));
    for (std::size_t i = 0; i < players; ++i) {
      const std::size_t bit = std::size_t{1} << i;
      if ((coalition & bit) == 0) out[i] += weight[size] * (values[coalition | bit] - values[coalition]);
    }
  }
  return out;
}

namespace {

using GroupOf = std::array<std::size_t, kDriverCount>;

// Values of all coalitions for one reference. A group whose drivers are the same in both windows changes
// nothing, so that its coalitions are copied instead of simulated.
std::vector<double> coalition_values(const WellModel& model, const WellState& start, const Forcing& target,
                                     const Forcing& reference, const GroupOf& group_of, std::size_t groups) {
  std::size_t idle = 0;  // bits of groups without a difference
  for (std::size_t g = 0; g < groups; ++g) {
    bool same = true;
    for (std::size_t d = 0; d < kDriverCount; ++d) {
      if (group_of[d] == g)
        same =
            same && std::equal(target.series[d].begin(), target.series[d].end(), reference.series[d].begin());
    }
    if (same) idle |= std::size_t{1} << g;
  }
  std::vector<double> values(std::size_t{1} << groups);
  for (std::size_t coalition = 0; coalition < values.size(); ++coalition) {
    if ((coalition & idle) != 0) {
      values[coalition] = values[coalition & ~idle];
      continue;
    }
    Forcing mixed = target;
    for (std::size_t d = 0; d < kDriverCount; ++d) {
      const std::size_t g = group_of[d];
      if (g < groups && (coalition >> g & 1U) == 0) mixed.series[d] = reference.series[d];
    }
    values[coalition] = final_level_m(model, mixed, start);
  }
  return values;
}

Contribution contribution(const Basin& basin, const TruthTask& task, const GroupOf& group_of,
                          std::size_t groups, const TruthParams& p) {
  const WellModel model(basin.wells[task.target.well].params);
  const WellState start = window_state(basin, task.target, p, model);
  const Forcing target = window_forcing(basin, task.target, p.look_back_days);
  Contribution out;
  out.by_group.assign(groups, 0.0);
  std::vector<double> squares(groups, 0.0);
  const auto n = static_cast<double>(task.references.size());
  for (const Window& window : task.references) {
    const Forcing reference = window_forcing(basin, window, p.look_back_days);
    const std::vector<double> values = coalition_values(model, start, target, reference, group_of, groups);
    const std::vector<double> phi = shapley_values(values, groups);
    for (std::size_t g = 0; g < groups; ++g) {
      out.by_group[g] += phi[g] / n;
      squares[g] += phi[g] * phi[g] / n;
    }
    out.level = values.back();
    out.reference_level += values.front() / n;
  }
  for (std::size_t g = 0; g < groups; ++g) {
    const double variance = std::max(0.0, squares[g] - out.by_group[g] * out.by_group[g]);
    out.standard_error.push_back(n > 1 ? std::sqrt(variance / (n - 1)) : 0.0);
  }
  return out;
}

}  // namespace

std::vector<Contribution> true_contributions(const Basin& basin, std::span<const TruthTask> tasks,
                                             std::span<const DriverGroup> groups, const TruthParams& p) {
  if (basin.ground) return groundwater_contributions(basin, tasks, groups, p);
  check_tasks(basin, tasks, p);
  const GroupOf group_of = group_of_driver(groups);
  std::vector<Contribution> out(tasks.size());
  core::parallel_for(tasks.size(), [&](std::size_t i) {
    out[i] = contribution(basin, tasks[i], group_of, groups.size(), p);
  });
  return out;
}

void describe(core::Describer& d, TruthParams& p) {
  d.field("look_back", p.look_back_days,
          {.help = "Days before a date whose drivers are switched off", .unit = "d", .min = 1, .max = 36500});
  d.choice("initial_state", p.initial,
           {{"history", InitialState::history}, {"neutral", InitialState::neutral}},
           {.help = "State at the start of the look-back: the well's own, or neutral"});
}

}  // namespace phreatic::basin
