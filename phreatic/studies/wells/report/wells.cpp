// SPDX-License-Identifier: BSD-3-Clause
// The table of wells and each well's panel.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/explain/periods.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/report/figures.hpp"
#include "phreatic/studies/wells/report/words.hpp"

namespace phreatic::studies::wells {
namespace {

std::vector<double> values_of(const ReportData& data, const std::string& field, std::size_t e) {
  const hydrographs::RunSeries::Field* found = data.series.find(field);
  if (found == nullptr) return {};
  const auto series = data.series.series(*found, e);
  return {series.begin(), series.end()};
}

void add_frost(const ReportData& data, std::size_t e, std::vector<report::Period>& periods) {
  const std::vector<double> temperature = values_of(data, "driver_temperature", e);
  if (temperature.empty() || data.series.axis.mean_step_days() > 10) return;
  for (const explain::Period& p :
       explain::freeze_thaw_periods(data.series.axis, temperature, data.settings.explain.frost)) {
    periods.push_back(
        {p.name == "freezing" ? report::PeriodKind::freezing : report::PeriodKind::thawing, p.start, p.end});
  }
}

std::vector<report::Period> periods_of(const ReportData& data, std::size_t e) {
  std::vector<report::Period> periods;
  const nlohmann::json& well = facts_of_entity(data, e);
  if (!well.is_null()) {
    const std::pair<const char*, report::PeriodKind> kinds[] = {
        {"training", report::PeriodKind::training},
        {"validation", report::PeriodKind::validation},
        {"test", report::PeriodKind::test}};
    for (const auto& [name, kind] : kinds) {
      const auto& range = well[name];
      if (range.size() == 2 && range[1].get<core::Seconds>() > range[0].get<core::Seconds>()) {
        periods.push_back({kind, range[0].get<core::Seconds>(), range[1].get<core::Seconds>()});
      }
    }
  }
  add_frost(data, e, periods);
  return periods;
}

// Depth to water is shown as the user gave it: the axis points down.
void show_as_depth(report::Hydrograph& h, double reference) {
  for (auto* series : {&h.observed, &h.simulated, &h.lower, &h.upper}) {
    for (double& v : *series) v = reference - v;
  }
  for (report::NamedSeries& baseline : h.baselines) {
    for (double& v : baseline.values) v = reference - v;
  }
  std::swap(h.lower, h.upper);
  h.downward = true;
  h.quantity.name = "Depth to water";
}

// What depth to water is measured from; 0 where it is unknown.
double depth_reference(const ReportData& data, std::size_t e) {
  const nlohmann::json& well = facts_of_entity(data, e);
  const double reference = well.is_null() ? report::kUnknown : number_of(well, "reference_level_m");
  return std::isnan(reference) ? 0.0 : reference;
}

}  // namespace

report::Hydrograph hydrograph(const ReportData& data, std::size_t e) {
  report::Hydrograph h;
  h.entity = data.series.entities[e];
  if (data.number > 0) {
    h.quantity.name = data.target;
  } else if (!data.settings.level_datum.empty()) {
    h.quantity.name += " above " + data.settings.level_datum;
  }
  h.quantity.unit = data.level_unit();
  h.axis = data.series.axis;
  h.observed = values_of(data, "observed", e);
  h.simulated = values_of(data, "simulated", e);
  h.lower = values_of(data, "lower", e);
  h.upper = values_of(data, "upper", e);
  h.band_level = data.settings.uncertainty.conformal.level;
  for (const std::string& baseline : data.settings.baselines)
    h.baselines.push_back({model_words(baseline), values_of(data, "baseline_" + baseline, e)});
  const std::string rain = "driver_" + data.name_of_role(data::Role::precipitation);
  h.precipitation = values_of(data, rain, e);
  if (const auto* field = data.series.find(rain)) h.precipitation_quantity.unit = field->unit;
  h.periods = periods_of(data, e);
  const nlohmann::json& well = facts_of_entity(data, e);
  if (data.number == 0 && !well.is_null() && well.value("depth", false)) {
    const double reference = number_of(well, "reference_level_m");
    show_as_depth(h, depth_reference(data, e));
    h.quantity.name = "Depth to water below the measuring point";
    h.detail = std::isnan(reference) ? "below the measuring point"
                                     : fmt::format("measuring point at {:.2f} m", reference);
  }
  return h;
}

namespace {

report::Panel panel(const ReportData& data, std::size_t e) {
  report::Panel p;
  p.entity = data.series.entities[e];
  const auto fact = [&](const std::string& name, const std::string& metric, const std::string& format,
                        const std::string& unit) {
    const double value = data.metric(p.entity, metric, data.model());
    p.facts.push_back({name, std::isnan(value) ? "-"
                                               : fmt::format(fmt::runtime(format), value) +
                                                     (unit.empty() ? "" : " " + unit)});
  };
  const double level = data.settings.uncertainty.conformal.level;
  fact("NSE", "NSE", "{:.3f}", "");
  fact("KGE", "KGE", "{:.3f}", "");
  fact("RMSE", "RMSE", "{:.3f}", data.level_unit());
  fact("Bias", "bias", "{:+.3f}", data.level_unit());
  fact(fmt::format("Coverage of the {:.0f} % band", 100 * level), stats::level_name("coverage", level),
       "{:.3f}", "");
  for (const PublishedMark& mark : data.settings.published) {
    if (mark.well == p.entity)
      p.facts.push_back({mark.label, fmt::format("{} {:.3f}", mark.metric, mark.value)});
  }
  const nlohmann::json& well = facts_of_entity(data, e);
  if (!well.is_null()) p.warnings = well.value("warnings", std::vector<std::string>{});
  p.hydrograph = hydrograph(data, e);
  if (auto figure = forecast_figure(data, e, *p.hydrograph, depth_reference(data, e)))
    p.figures.push_back(std::move(*figure));
  if (data.explanation) {
    p.figures.push_back({"lags", "When the drivers act",
                         "Mean absolute contribution by driver and days before the explained date.", "",
                         lag_heatmap(data, {e}, p.entity)});
    p.figures.push_back({"seasons", "In which season",
                         "Mean contribution by month, each driver around its own yearly mean.", "",
                         seasonal_figure(data, {e}, p.entity)});
  }
  return p;
}

report::Table well_table(const ReportData& data) {
  report::Table table;
  const double level = data.settings.uncertainty.conformal.level;
  table.columns.push_back({"well", "", 0, "", data.series.entities});
  const auto column = [&](const std::string& metric, const std::string& unit, int digits) {
    table.columns.push_back(metric_column(metric, unit, digits, data.over_wells(metric, data.model())));
  };
  column("NSE", "", 3);
  column("NSE_trainmean", "", 3);
  column("R2", "", 3);
  column("KGE", "", 3);
  column("RMSE", data.level_unit(), 3);
  column("bias", data.level_unit(), 3);
  table.columns.push_back(
      metric_column("coverage", "", 2, data.over_wells(stats::level_name("coverage", level), data.model())));
  column("n", "", 0);
  for (const std::string& baseline : data.settings.baselines) {
    table.columns.push_back({"NSE " + model_words(baseline), "", 3, "", data.over_wells("NSE", baseline)});
  }
  if (!data.settings.baselines.empty()) {
    table.columns.push_back(
        {"beaten by", "", 0,
         "simple models whose NSE is higher than the network's at this well, by 0.005 or more",
         beaten_by(data)});
  }
  const auto names = data.types.is_null() ? std::vector<std::string>{}
                                          : data.types.value("well_types", std::vector<std::string>{});
  if (names.size() == data.series.entities.size())
    table.columns.push_back({"type", "", 0, "Type of dynamics", names});
  table.entity_column = 0;
  table.sort_column = 1;  // the worst well first: it is the one to look at
  return table;
}

// Entities that get a panel: all up to `most`; of more half of them the worst by NSE, half evenly over the ranks of the
// others. In the order of the series.
std::vector<std::size_t> chosen_for_panels(const std::vector<double>& nse, std::size_t most) {
  std::vector<std::size_t> order(nse.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (order.size() <= most) return order;
  const auto rank = [&](std::size_t e) {
    return std::isnan(nse[e]) ? -std::numeric_limits<double>::infinity() : nse[e];
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  const std::size_t worst = (most + 1) / 2;
  const std::size_t spread = most - worst;
  std::vector<std::size_t> chosen(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(worst));
  for (std::size_t i = 0; i < spread; ++i)  // the last one is the best
    chosen.push_back(order[worst + (i + 1) * (order.size() - worst) / spread - 1]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::vector<std::string> beaten_by(const ReportData& data) {
  std::vector<std::string> out;
  for (const std::string& well : data.series.entities) {
    const double own = data.metric(well, "NSE", data.model());
    std::string names;
    for (const std::string& baseline : data.settings.baselines) {
      if (data.metric(well, "NSE", baseline) - own >= kHigherNse)
        names += (names.empty() ? "" : ", ") + model_words(baseline);
    }
    out.push_back(names);
  }
  return out;
}

void add_panels(const ReportData& data, report::Panels& panels) {
  for (const std::size_t e : chosen_for_panels(data.over_wells("NSE", data.model()),
                                               static_cast<std::size_t>(data.settings.report_panels))) {
    report::Panel more = panel(data, e);
    const auto known = std::find_if(panels.panels.begin(), panels.panels.end(),
                                    [&](const report::Panel& p) { return p.entity == more.entity; });
    if (known == panels.panels.end()) {
      panels.panels.push_back(std::move(more));
      continue;
    }
    // An entity with several targets: one panel.
    const std::string end = "-" + std::to_string(data.number + 1);
    for (report::Fact& fact : more.facts)
      known->facts.push_back({fact.name + ", " + data.target, fact.value});
    known->figures.push_back({"hydrograph" + end, data.target, "", "", *more.hydrograph});
    for (report::Figure& figure : more.figures) {
      figure.id += end;
      figure.heading += ": " + data.target;
      known->figures.push_back(std::move(figure));
    }
  }
}

report::Figure target_table(const ReportData& data) {
  return {"entities", "Skill by place", "Test period, the worst first. A click opens the place's panel.", "",
          well_table(data)};
}

report::Panels well_panels(const ReportData& data) {
  report::Panels wells;
  wells.heading = "Show me my well";
  wells.paragraphs = {
      "Test period, every well of the study. Click a row, or press Enter on it, to open the well."};
  const auto most = static_cast<std::size_t>(data.settings.report_panels);
  if (const std::size_t count = data.series.entities.size(); count > most) {
    wells.paragraphs = {
        fmt::format("Test period, every well of the study. {} of the {} wells have a panel with their levels "
                    "and causes, so that "
                    "the page stays small: the {} with the lowest NSE, and {} spread evenly over the others "
                    "in the order of "
                    "their NSE. Click the row of one of them, or press Enter on it, to open it. The levels "
                    "of all wells are in "
                    "predictions.csv, their contributions in explain/contributions.csv; how many wells have "
                    "a panel is a setting "
                    "of the study ('phreatic help wells').",
                    most, count, (most + 1) / 2, most / 2)};
  }
  wells.table = {"wells", "", "Skill in the test period by well, the worst first.", "", well_table(data)};
  add_panels(data, wells);
  return wells;
}

}  // namespace phreatic::studies::wells
