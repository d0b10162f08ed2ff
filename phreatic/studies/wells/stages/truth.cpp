// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/truth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/basin/truth/ceiling.hpp"
#include "phreatic/basin/truth/truth.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/explanation/references.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/input/virtual_wells.hpp"

namespace phreatic::studies::wells {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::size_t well_of(const basin::Basin& basin, const std::string& id) {
  const auto found = std::find_if(basin.wells.begin(), basin.wells.end(),
                                  [&](const basin::BasinWell& w) { return w.id == id; });
  PHREATIC_ASSERT(found != basin.wells.end());
  return static_cast<std::size_t>(found - basin.wells.begin());
}

// The same dates and references as the explanation's, on the basin's axis.
std::vector<basin::TruthTask> make_tasks(const basin::Basin& basin, const hydrographs::Prepared& prepared,
                                         const hydrographs::ExplainParams& params,
                                         const hydrographs::Explanation& explanation) {
  const auto day = [&](std::size_t step) {
    const auto index = basin.axis.index_of(prepared.panel.axis.start(step));
    PHREATIC_ASSERT(index.has_value());
    return *index;
  };
  const std::vector<bool> complete(prepared.panel.time_count(), true);
  std::vector<explain::WindowId> explained;
  std::vector<explain::WindowId> references;
  std::vector<basin::Window> reference_windows;
  for (const hydrographs::ExplainedDate& date : explanation.dates) {
    const bool is_new = explained.empty() || explained.back().entity != date.entity;
    explained.push_back({date.entity, prepared.panel.axis.start(date.step)});
    if (!is_new) continue;
    const std::size_t well = well_of(basin, prepared.panel.entities[date.entity]);
    for (const std::size_t t :
         explained_steps(prepared, params, date.entity, explanation.lags, complete).references) {
      references.push_back({date.entity, prepared.panel.axis.start(t)});
      reference_windows.push_back({well, day(t)});
    }
  }
  const explain::References chosen =
      hydrographs::references_of(prepared, params, explanation.lags, references, explained);
  std::vector<basin::TruthTask> tasks;
  for (std::size_t i = 0; i < explained.size(); ++i) {
    const hydrographs::ExplainedDate& date = explanation.dates[i];
    basin::TruthTask task{{well_of(basin, prepared.panel.entities[date.entity]), day(date.step)}, {}};
    for (const std::uint32_t r : chosen.groups[chosen.group_of[i]])
      task.references.push_back(reference_windows[r]);
    tasks.push_back(std::move(task));
  }
  return tasks;
}

// Contributions of the groups that the model was given, [date][group]; NaN where a well has no such driver.
std::vector<double> columns(const std::vector<basin::Contribution>& contributions,
                            const std::vector<std::size_t>& groups) {
  std::vector<double> out;
  for (const basin::Contribution& c : contributions) {
    for (const std::size_t g : groups) out.push_back(c.by_group[g]);
  }
  return out;
}

// Attribution and truth depend on the references by a constant per well; each well's own mean over its dates
// is taken out of neither: the references are the same, so the constants are too.
void score_wells(TruthComparison& out, const hydrographs::Explanation& explanation,
                 const std::vector<double>& attributed) {
  const std::size_t groups = out.groups.size();
  std::vector<double> correlation;
  std::vector<double> slope;
  std::vector<double> error;
  for (std::size_t first = 0; first < explanation.dates.size();) {
    std::size_t end = first;
    while (end < explanation.dates.size() && explanation.dates[end].entity == explanation.dates[first].entity)
      ++end;
    const std::span<const double> a(attributed.data() + first * groups, (end - first) * groups);
    const std::span<const double> b(out.truth_m.data() + first * groups, (end - first) * groups);
    const basin::AttributionScore score = basin::score_pairs(a, b);
    correlation.push_back(score.correlation);
    slope.push_back(score.slope);
    error.push_back(score.relative_rmse);
    first = end;
  }
  out.mean_correlation = stats::mean(correlation);
  out.mean_slope = stats::mean(slope);
  out.mean_relative_rmse = stats::mean(error);
}

}  // namespace

hydrographs::ExplainParams truth_params(hydrographs::ExplainParams params) {
  params.expected_gradients.references = explain::ReferenceChoice::same_day;
  return params;
}

std::vector<int> type_indices(const basin::Basin& basin, const hydrographs::Prepared& prepared) {
  std::vector<int> types;
  for (const std::string& id : prepared.panel.entities)
    types.push_back(static_cast<int>(basin.wells[well_of(basin, id)].type));
  return types;
}

TruthComparison compare_with_truth(const basin::Basin& basin, const hydrographs::Prepared& prepared,
                                   const hydrographs::ExplainParams& params,
                                   const hydrographs::Explanation& explanation, core::Context& context) {
  TruthComparison out;
  const std::vector<basin::DriverGroup> standard = basin::standard_groups();
  std::vector<std::size_t> group_index;
  std::vector<std::size_t> driver_index;
  for (std::size_t g = 0; g < standard.size(); ++g) {
    const auto driver =
        std::find(explanation.drivers.begin(), explanation.drivers.end(), driver_of_group(standard[g].name));
    if (driver == explanation.drivers.end()) continue;
    out.groups.push_back(standard[g].name);
    group_index.push_back(g);
    driver_index.push_back(static_cast<std::size_t>(driver - explanation.drivers.begin()));
  }
  const std::vector<basin::TruthTask> tasks = make_tasks(basin, prepared, params, explanation);
  basin::TruthParams window;
  window.look_back_days = static_cast<int>(explanation.lags);
  context.log.info("truth: Shapley values of the driver groups by the simulator");
  out.truth_m = columns(basin::true_contributions(basin, tasks, standard, window), group_index);
  basin::CeilingParams ceiling;
  ceiling.window = window;
  out.ceiling_m = columns(basin::simulator_expected_gradients(basin, tasks, standard, ceiling), group_index);
  std::vector<double> attributed;
  for (std::size_t row = 0; row < explanation.table.rows(); ++row) {
    for (const std::size_t d : driver_index) attributed.push_back(explanation.table.contribution(row, d));
  }
  // Groups without any effect in a well (no pumping there) are not scored.
  for (std::size_t i = 0; i < out.truth_m.size(); ++i) {
    const std::size_t e = explanation.dates[i / out.groups.size()].entity;
    const auto driver = prepared.panel.series(e, prepared.drivers[driver_index[i % out.groups.size()]]);
    if (std::all_of(driver.begin(), driver.end(), [](double v) { return v == 0 || std::isnan(v); })) {
      out.truth_m[i] = out.ceiling_m[i] = kMissing;
    }
  }
  out.model = basin::score_attribution(attributed, out.truth_m, out.groups);
  out.ceiling = basin::score_attribution(out.ceiling_m, out.truth_m, out.groups);
  score_wells(out, explanation, attributed);
  for (const std::string& id : prepared.panel.entities)
    out.true_types.push_back(basin::to_text(basin.wells[well_of(basin, id)].type));
  return out;
}

}  // namespace phreatic::studies::wells
