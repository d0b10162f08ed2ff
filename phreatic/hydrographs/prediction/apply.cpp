// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/prediction/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/prediction/band_book.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

namespace fs = std::filesystem;

fs::path model_folder(const fs::path& given) {
  return fs::is_directory(given / "model") ? given / "model" : given;
}

// The units as indices of the panel: an entity that the model knows is simulated by the units that simulated
// it in the run, any other by all that have learnt from several entities.
Models models_on(const fs::path& folder, const std::vector<UnitModel>& units, const Prepared& data) {
  Models models;
  models.folder = folder / "units";
  std::vector<bool> simulated(data.panel.entity_count(), false);
  for (const UnitModel& about : units) {
    Unit unit;
    unit.name = about.name;
    unit.block = about.block;
    const auto learnt = std::count_if(about.entities.begin(), about.entities.end(),
                                      [](const UnitModel::Entity& e) { return e.learnt; });
    for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
      const UnitModel::Entity* known = about.find(data.panel.entities[e]);
      bool elsewhere = false;
      for (const UnitModel& other : units)
        elsewhere = elsewhere || other.find(data.panel.entities[e]) != nullptr;
      const bool mine = known != nullptr ? known->simulated : !elsewhere && learnt > 1;
      if (!mine) continue;
      unit.simulates.push_back(e);
      simulated[e] = true;
    }
    models.units.push_back(std::move(unit));
  }
  core::Problems problems;
  for (std::size_t e = 0; e < simulated.size(); ++e) {
    if (simulated[e]) continue;
    problems.add({.where = "well " + data.panel.entities[e],
                  .what = "is unknown to the model, whose networks have each learnt from one well alone",
                  .allowed = "the wells that it was trained on",
                  .mend = "Leave the well out, or train with 'scope: global'"});
  }
  problems.throw_if_any();
  std::erase_if(models.units, [](const Unit& unit) { return unit.simulates.empty(); });
  return models;
}

std::vector<RangeCount> count_ranges(const std::vector<UnitModel>& units, const Models& models,
                                     const Prepared& data) {
  std::vector<RangeCount> counts;
  std::vector<bool> done(data.panel.entity_count(), false);
  for (const Unit& unit : models.units) {
    const auto about =
        std::find_if(units.begin(), units.end(), [&](const UnitModel& u) { return u.name == unit.name; });
    for (const std::size_t e : unit.simulates) {
      if (done[e]) continue;  // the units of a well have learnt from the same calibration periods
      done[e] = true;
      for (const UnitModel::Input& input : about->inputs) {
        const auto v = data.panel.find_variable(input.variable.name);
        RangeCount count{data.panel.entities[e], input.variable.name, input.variable.unit,
                         input.scale.training_min, input.scale.training_max};
        count.lowest = INFINITY;
        count.highest = -INFINITY;
        for (const double value : data.panel.series(e, *v)) {
          if (std::isnan(value)) continue;
          ++count.steps;
          count.below += value < count.training_min ? 1 : 0;
          count.above += value > count.training_max ? 1 : 0;
          count.lowest = std::min(count.lowest, value);
          count.highest = std::max(count.highest, value);
        }
        if (count.steps == 0) count.lowest = count.highest = std::nan("");
        counts.push_back(count);
      }
    }
  }
  return counts;
}

void say_ranges(const std::vector<RangeCount>& ranges, std::vector<std::string>& said) {
  struct Sum {
    std::size_t steps = 0, outside = 0, wells = 0;
    const RangeCount* one = nullptr;
    double lowest = INFINITY, highest = -INFINITY;
  };
  std::map<std::string, Sum> sums;
  for (const RangeCount& count : ranges) {
    Sum& sum = sums[count.input];
    sum.one = &count;
    sum.steps += count.steps;
    sum.outside += count.below + count.above;
    sum.wells += count.below + count.above > 0 ? 1 : 0;
    if (count.steps == 0) continue;
    sum.lowest = std::min(sum.lowest, count.lowest);
    sum.highest = std::max(sum.highest, count.highest);
  }
  for (const auto& [input, sum] : sums) {
    if (sum.outside == 0) continue;
    said.push_back(
        fmt::format("{}: {} of {} steps, in {} wells, lie outside the range seen in training, {:g} to {:g} "
                    "{} (here {:g} to "
                    "{:g}): there the model extrapolates",
                    input, sum.outside, sum.steps, sum.wells, sum.one->training_min, sum.one->training_max,
                    sum.one->unit, sum.lowest, sum.highest));
  }
}

RunSeries series_of(const Prepared& data, const std::vector<Simulation>& simulations) {
  RunSeries series = collect_series(data, simulations, {});
  std::erase_if(series.fields, [](const RunSeries::Field& field) {
    return field.name.starts_with("out_of_sample") || field.name.starts_with("left_out");
  });
  return series;
}

// Targets that the data lack become variables without any value.
void complete_targets(const std::vector<data::Variable>& targets, Prepared& data) {
  const data::Panel old = data.panel;
  std::vector<data::Variable> variables = old.variables;
  for (const data::Variable& target : targets) {
    if (!old.find_variable(target.name)) variables.push_back(target);
  }
  if (variables.size() > old.variables.size()) {
    data.panel = data::make_panel(old.axis, old.entities, variables);
    data.panel.places = old.places;
    data.panel.attributes = old.attributes;
    for (std::size_t e = 0; e < old.entity_count(); ++e) {
      for (std::size_t v = 0; v < old.variable_count(); ++v) {
        const auto from = old.series(e, v);
        std::copy(from.begin(), from.end(), data.panel.series(e, v).begin());
      }
    }
  }
  data.target = *data.panel.find_variable(targets.front().name);
  data.others.clear();
  for (std::size_t k = 1; k < targets.size(); ++k)
    data.others.push_back(*data.panel.find_variable(targets[k].name));
  data.evaluation.clear();
  data.split = {};
  for (std::size_t e = 0; e < old.entity_count(); ++e)
    data.split.entities.push_back({{0, 0}, {0, 0}, {0, old.time_count()}, false});
}

std::vector<UnitModel> read_units(const fs::path& folder) {
  std::vector<UnitModel> units;
  for (const std::string& name : read_unit_names(folder / "units"))
    units.push_back(read_unit_model(folder / "units", name));
  if (units.empty() || units.front().targets.empty())
    throw core::InputError({.file = folder.string(), .what = "lists no models", .mend = "Train again"});
  return units;
}

void say_gaps(const Applied& applied, const std::vector<Simulation>& simulations,
              std::vector<std::string>& said) {
  for (std::size_t e = 0; e < simulations.size(); ++e) {
    const auto& level = simulations[e].level;
    const auto n = std::count_if(level.begin(), level.end(), [](double v) { return !std::isnan(v); });
    if (n == 0)
      said.push_back(applied.series.entities[e] +
                     ": nothing could be simulated; the drivers have no stretch without gaps that is longer "
                     "than the model's warm-up");
    const auto banded = std::count_if(simulations[e].lower.begin(), simulations[e].lower.end(),
                                      [](double v) { return !std::isnan(v); });
    if (n > 0 && banded == 0)
      said.push_back(applied.series.entities[e] + ": no band, for no errors of the model are known here");
  }
}

}  // namespace

namespace {

// Entities that the model simulates the target for: those it knows with that target, others that have values of
// it. An unknown entity without any target goes with the first, where it is refused.
std::vector<std::size_t> entities_of(const std::vector<UnitModel>& units, const Prepared& data,
                                     std::size_t k) {
  std::vector<std::size_t> kept;
  for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
    bool known = false;
    bool has = false;
    for (const UnitModel& unit : units) {
      const UnitModel::Entity* entity = unit.find(data.panel.entities[e]);
      known = known || entity != nullptr;
      has = has || (entity != nullptr && entity->targets[k].has_value());
    }
    const std::vector<std::size_t> targets = data.targets();
    if (!known) {
      has = observes(data, e, targets[k]);
      const auto any = [&](std::size_t v) { return observes(data, e, v); };
      has = has || (k == 0 && std::none_of(targets.begin(), targets.end(), any));
    }
    if (has) kept.push_back(e);
  }
  return kept;
}

TaskParams task_of_model(const fs::path& units, const UnitModel& unit) {
  TaskParams task;
  task.learn = learn::load_model(units / unit.name)->description().params;
  task.learn.training.device = learn::DeviceKind::cpu;
  task.forecast = unit.forecast;
  task.attributes = unit.attribute_use;
  return task;
}

Applied apply_target(const fs::path& folder, const Prepared& mine, const Models& models,
                     core::Context& context) {
  Applied applied;
  applied.target = mine.panel.variables[mine.target].name;
  applied.suffix = target_suffix(applied.target, mine.number);
  const BandBook book = read_band_book(folder / ("bands" + applied.suffix + ".nc"));
  const auto banding = [&](std::size_t e, std::size_t lead, Simulation& simulation) {
    add_band(book, mine, e, lead, simulation);
  };
  std::vector<Simulation> simulations;
  if (models.task.forecasts()) {
    Forecasted forecasts = forecast_series(mine, models, banding, context);
    applied.leads = std::move(forecasts.leads);
    simulations = std::move(forecasts.horizon);
  } else {
    simulations = simulate_series(mine, models, banding, context);
  }
  applied.series = series_of(mine, simulations);
  say_gaps(applied, simulations, applied.said);
  return applied;
}

}  // namespace

std::vector<Applied> apply_model(const fs::path& model, Prepared data, core::Context& context) {
  const fs::path folder = model_folder(model);
  const std::vector<UnitModel> units = read_units(folder);
  complete_targets(units.front().targets, data);
  Models models = models_on(folder, units, data);
  models.task = task_of_model(models.folder, units.front());
  std::vector<Applied> all;
  for (std::size_t k = 0; k < units.front().targets.size(); ++k) {
    const std::vector<std::size_t> kept = entities_of(units, data, k);
    if (kept.empty()) continue;
    all.push_back(apply_target(folder, only_target(data, k, kept), only_entities(models, kept), context));
  }
  if (all.empty())
    throw core::InputError({.file = model.string(),
                            .what = "simulates none of the wells of the data",
                            .mend = "Name wells that it was trained on, or give levels of the others"});
  std::vector<std::string> ranges;
  all.front().ranges = count_ranges(units, models, data);
  say_ranges(all.front().ranges, ranges);
  all.front().said.insert(all.front().said.begin(), ranges.begin(), ranges.end());
  return all;
}

namespace {

constexpr const char* kSeasons[] = {"winter", "spring", "summer", "autumn"};

std::vector<std::string> periods_of(core::Seconds time) {
  return {"all", core::format_date(time).substr(0, 4), kSeasons[core::month_of(time) % 12 / 3]};
}

}  // namespace

std::vector<PeriodDifference> compare_applied(const Applied& first, const Applied& second) {
  const RunSeries& a = first.series;
  const RunSeries& b = second.series;
  const RunSeries::Field* simulated_a = a.find("simulated");
  const RunSeries::Field* simulated_b = b.find("simulated");
  PHREATIC_ASSERT(simulated_a != nullptr && simulated_b != nullptr);
  std::vector<PeriodDifference> out;
  for (std::size_t e = 0; e < a.entities.size(); ++e) {
    const auto other = std::find(b.entities.begin(), b.entities.end(), a.entities[e]);
    if (other == b.entities.end()) continue;
    const auto x = a.series(*simulated_a, e);
    const auto y = b.series(*simulated_b, static_cast<std::size_t>(other - b.entities.begin()));
    std::map<std::string, PeriodDifference> sums;
    for (std::size_t t = 0; t < x.size(); ++t) {
      const auto step = b.axis.index_of(a.axis.start(t));
      if (!step || std::isnan(x[t]) || std::isnan(y[*step])) continue;
      for (const std::string& period : periods_of(a.axis.start(t))) {
        PeriodDifference& sum = sums[period];
        ++sum.steps;
        sum.first += x[t];
        sum.second += y[*step];
      }
    }
    const auto take = [&](const std::string& period) {
      PeriodDifference sum = sums[period];
      if (sum.steps == 0) return;
      sum.entity = a.entities[e];
      sum.period = period;
      sum.first /= static_cast<double>(sum.steps);
      sum.second /= static_cast<double>(sum.steps);
      out.push_back(sum);
    };
    take("all");
    for (const char* season : kSeasons) take(season);
    std::vector<std::string> years;
    for (const auto& [period, sum] : sums) {
      if (period[0] >= '0' && period[0] <= '9') years.push_back(period);
    }
    for (const std::string& year : years) take(year);
  }
  return out;
}

void write_applied(const Applied& applied, const fs::path& folder) {
  const std::string& end = applied.suffix;
  write_run_series(applied.series, folder / ("predictions" + end + ".nc"),
                   folder / ("predictions" + end + ".csv"));
  if (applied.leads) write_forecasts(*applied.leads, folder / ("forecasts" + end + ".nc"));
  if (applied.ranges.empty()) return;
  std::string rows = "well,input,unit,training_min,training_max,min,max,steps,below,above\n";
  for (const RangeCount& r : applied.ranges)
    rows += fmt::format("{},{},{},{:.9g},{:.9g},{:.9g},{:.9g},{},{},{}\n", core::csv_cell(r.entity),
                        core::csv_cell(r.input), r.unit, r.training_min, r.training_max, r.lowest, r.highest,
                        r.steps, r.below, r.above);
  core::write_file_atomic(folder / "ranges.csv", rows);
}

void write_differences(const std::vector<PeriodDifference>& differences, const std::string& unit,
                       const fs::path& path) {
  std::string rows = fmt::format("well,period,steps,first_{0},second_{0},difference_{0}\n", unit);
  for (const PeriodDifference& d : differences)
    rows += fmt::format("{},{},{},{:.9g},{:.9g},{:.9g}\n", core::csv_cell(d.entity), d.period, d.steps,
                        d.first, d.second, d.second - d.first);
  core::write_file_atomic(path, rows);
}

}  // namespace phreatic::hydrographs
