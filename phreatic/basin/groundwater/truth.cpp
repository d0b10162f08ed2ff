// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/groundwater/truth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "phreatic/basin/truth/windows.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {

namespace {

using GroupOf = std::array<std::size_t, kDriverCount>;
using Levels = std::vector<double>;  // [wells] at the end of a run

// A date that is computed: its window's start state, its references (last days), its tasks.
struct DatePlan {
  std::size_t last = 0;
  std::vector<std::size_t> references;
  std::vector<std::size_t> tasks;
  CoupledState start;
};

std::vector<std::size_t> evenly(const std::set<std::size_t>& from, int most) {
  const std::vector<std::size_t> all(from.begin(), from.end());
  const std::size_t n = std::min(all.size(), static_cast<std::size_t>(most));
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(all[(2 * i + 1) * all.size() / (2 * n)]);
  return out;
}

std::vector<DatePlan> plan_dates(const Basin& basin, std::span<const TruthTask> tasks, const TruthParams& p) {
  if (p.initial != InitialState::history) {
    throw core::InputError({.where = "initial_state",
                            .what = "a basin with groundwater has no neutral state",
                            .allowed = "history"});
  }
  check_tasks(basin, tasks, p);
  std::set<std::size_t> dates;
  for (const TruthTask& task : tasks) dates.insert(task.target.last);
  std::vector<DatePlan> plans;
  std::vector<std::size_t> starts;
  for (const std::size_t last : evenly(dates, basin.params.grid.truth_dates)) {
    DatePlan plan;
    plan.last = last;
    std::set<std::size_t> references;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].target.last != last) continue;
      plan.tasks.push_back(i);
      for (const Window& window : tasks[i].references) references.insert(window.last);
    }
    plan.references = evenly(references, basin.params.grid.truth_references);
    starts.push_back(last + 1 - static_cast<std::size_t>(p.look_back_days));
    plans.push_back(std::move(plan));
  }
  std::vector<CoupledState> states = states_before(*basin.ground, starts);
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i].start = std::move(states[i]);
  return plans;
}

// One run over a window: `share` of each driver is the target's, the rest the reference's.
Levels run_window(const GroundwaterRun& run, const DatePlan& plan, std::size_t reference, std::size_t length,
                  const std::array<double, kDriverCount>& share) {
  CoupledBasin coupled(run.land, run.initial.ground.heads, length);
  coupled.restore(plan.start);
  for (std::size_t t = 0; t < length; ++t) {
    const std::size_t target_day = run.skip + plan.last + 1 - length + t;
    const std::size_t reference_day = run.skip + reference + 1 - length + t;
    DriverDays days;
    for (std::size_t d = 0; d < kDriverCount; ++d) {
      if (share[d] == 1) {
        days[d] = {target_day, target_day, 0};
      } else {
        days[d] = {reference_day, target_day, share[d]};
      }
    }
    coupled.step(run.drivers, days, false);
  }
  Levels out;
  for (const std::size_t cell : run.well_cells) out.push_back(coupled.heads()[cell]);
  return out;
}

// Whether a driver is the same in both windows everywhere.
bool same_driver(const BasinDrivers& drivers, std::size_t driver, std::size_t a, std::size_t b,
                 std::size_t length) {
  const std::vector<double>& series = driver < 3 ? drivers.weather[driver] : drivers.pumping_mm;
  const std::size_t days = drivers.axis.size();
  for (std::size_t place = 0; place * days < series.size(); ++place) {
    const double* s = series.data() + place * days;
    if (!std::equal(s + a, s + a + length, s + b)) return false;
  }
  return true;
}

// A run that has to be made, and where its levels go.
struct Job {
  std::size_t plan = 0;
  std::size_t reference = 0;  // index into plan's references
  std::size_t value = 0;      // index into the values of this reference
  std::array<double, kDriverCount> share{};
};

// values[plan][reference][value] = levels at all wells.
using Values = std::vector<std::vector<std::vector<Levels>>>;

void run_jobs(const GroundwaterRun& run, const std::vector<DatePlan>& plans, const std::vector<Job>& jobs,
              std::size_t length, Values& values) {
  core::parallel_for(jobs.size(), [&](std::size_t i) {
    const Job& job = jobs[i];
    const DatePlan& plan = plans[job.plan];
    values[job.plan][job.reference][job.value] =
        run_window(run, plan, plan.references[job.reference], length, job.share);
  });
}

// Groups whose drivers do not differ between the two windows, as bits.
std::size_t idle_groups(const GroundwaterRun& run, const DatePlan& plan, std::size_t reference,
                        std::size_t length, const GroupOf& group_of, std::size_t groups) {
  std::size_t idle = 0;
  for (std::size_t g = 0; g < groups; ++g) {
    bool same = true;
    for (std::size_t d = 0; d < kDriverCount; ++d) {
      if (group_of[d] == g)
        same = same && same_driver(run.drivers, d, run.skip + plan.last + 1 - length,
                                   run.skip + reference + 1 - length, length);
    }
    if (same) idle |= std::size_t{1} << g;
  }
  return idle;
}

Contribution unknown(std::size_t groups) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  return {std::vector<double>(groups, kMissing), std::vector<double>(groups, kMissing), kMissing, kMissing};
}

// Mean and standard error over references; phi[reference][group].
void summarise(const std::vector<std::vector<double>>& phi, Contribution& out) {
  const auto n = static_cast<double>(phi.size());
  for (std::size_t g = 0; g < out.by_group.size(); ++g) {
    double mean = 0;
    double squares = 0;
    for (const std::vector<double>& one : phi) {
      mean += one[g] / n;
      squares += one[g] * one[g] / n;
    }
    out.by_group[g] = mean;
    out.standard_error[g] = n > 1 ? std::sqrt(std::max(0.0, squares - mean * mean) / (n - 1)) : 0.0;
  }
}

Values empty_values(const std::vector<DatePlan>& plans, std::size_t count) {
  Values values(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i)
    values[i].assign(plans[i].references.size(), std::vector<Levels>(count));
  return values;
}

}  // namespace

std::vector<Contribution> groundwater_contributions(const Basin& basin, std::span<const TruthTask> tasks,
                                                    std::span<const DriverGroup> groups,
                                                    const TruthParams& p) {
  const GroundwaterRun& run = *basin.ground;
  const GroupOf group_of = group_of_driver(groups);
  const std::vector<DatePlan> plans = plan_dates(basin, tasks, p);
  const std::size_t coalitions = std::size_t{1} << groups.size();
  const auto length = static_cast<std::size_t>(p.look_back_days);
  Values values = empty_values(plans, coalitions);
  std::vector<Job> jobs;
  std::vector<std::vector<std::size_t>> idle(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (std::size_t r = 0; r < plans[i].references.size(); ++r) {
      idle[i].push_back(idle_groups(run, plans[i], plans[i].references[r], length, group_of, groups.size()));
      for (std::size_t c = 0; c < coalitions; ++c) {
        // All together is the same for every reference; without the idle groups the same as with them.
        if ((c & idle[i][r]) != 0 || (r > 0 && (c | idle[i][r]) == coalitions - 1)) continue;
        Job job{i, r, c, {}};
        for (std::size_t d = 0; d < kDriverCount; ++d)
          job.share[d] = group_of[d] == groups.size() || (c >> group_of[d] & 1U) != 0 ? 1.0 : 0.0;
        jobs.push_back(job);
      }
    }
  }
  run_jobs(run, plans, jobs, length, values);
  std::vector<Contribution> out(tasks.size(), unknown(groups.size()));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const Levels& whole = values[i][0][(coalitions - 1) & ~idle[i][0]];
    for (const std::size_t task : plans[i].tasks) {
      const std::size_t well = tasks[task].target.well;
      Contribution& one = out[task];
      one.level = whole[well];
      one.reference_level = 0;
      std::vector<std::vector<double>> phi;
      for (std::size_t r = 0; r < plans[i].references.size(); ++r) {
        std::vector<double> game(coalitions);
        for (std::size_t c = 0; c < coalitions; ++c) {
          const bool all = (c | idle[i][r]) == coalitions - 1;
          game[c] = all ? whole[well] : values[i][r][c & ~idle[i][r]][well];
        }
        phi.push_back(shapley_values(game, groups.size()));
        one.reference_level += game.front() / static_cast<double>(plans[i].references.size());
      }
      summarise(phi, one);
    }
  }
  return out;
}

std::vector<Contribution> groundwater_expected_gradients(const Basin& basin, std::span<const TruthTask> tasks,
                                                         std::span<const DriverGroup> groups,
                                                         const CeilingParams& p) {
  const GroundwaterRun& run = *basin.ground;
  const GroupOf group_of = group_of_driver(groups);
  const std::vector<DatePlan> plans = plan_dates(basin, tasks, p.window);
  const auto length = static_cast<std::size_t>(p.window.look_back_days);
  const auto alphas = static_cast<std::size_t>(p.alphas);
  const std::size_t directions = 2 * groups.size();
  const std::size_t at_reference = alphas * directions;
  Values values = empty_values(plans, at_reference + 2);
  const std::size_t at_target = at_reference + 1;
  std::vector<Job> jobs;
  constexpr double kGolden = 0.6180339887498949;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    double shift = 0.5;
    for (std::size_t r = 0; r < plans[i].references.size(); ++r) {
      const auto add = [&](std::size_t value, double alpha, std::size_t group, double moved) {
        Job job{i, r, value, {}};
        for (std::size_t d = 0; d < kDriverCount; ++d)
          job.share[d] = group_of[d] == groups.size() ? 1.0 : (group_of[d] == group ? moved : alpha);
        jobs.push_back(job);
      };
      for (std::size_t k = 0; k < alphas; ++k) {
        const double alpha = (static_cast<double>(k) + shift) / static_cast<double>(alphas);
        for (std::size_t g = 0; g < groups.size(); ++g) {
          add(k * directions + 2 * g, alpha, g, alpha + p.step);
          add(k * directions + 2 * g + 1, alpha, g, alpha - p.step);
        }
      }
      add(at_reference, 0, groups.size(), 0);
      if (r == 0) add(at_target, 1, groups.size(), 1);
      shift = std::fmod(shift + kGolden, 1.0);
    }
  }
  run_jobs(run, plans, jobs, length, values);
  std::vector<Contribution> out(tasks.size(), unknown(groups.size()));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (const std::size_t task : plans[i].tasks) {
      const std::size_t well = tasks[task].target.well;
      Contribution& one = out[task];
      one.level = values[i][0][at_target][well];
      one.reference_level = 0;
      std::vector<std::vector<double>> phi;
      for (const std::vector<Levels>& v : values[i]) {
        std::vector<double> now(groups.size(), 0.0);
        for (std::size_t k = 0; k < alphas; ++k) {
          for (std::size_t g = 0; g < groups.size(); ++g) {
            const std::size_t at = k * directions + 2 * g;
            now[g] += (v[at][well] - v[at + 1][well]) / (2.0 * p.step * static_cast<double>(alphas));
          }
        }
        phi.push_back(now);
        one.reference_level += v[at_reference][well] / static_cast<double>(values[i].size());
      }
      summarise(phi, one);
    }
  }
  return out;
}

}  // namespace phreatic::basin
