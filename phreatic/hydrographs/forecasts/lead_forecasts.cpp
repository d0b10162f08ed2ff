// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/forecasts/lead_forecasts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/stats/baselines/damped_anomaly.hpp"

namespace phreatic::hydrographs {
namespace {

namespace io = phreatic::data::io;

io::NcSchema schema_of(const LeadForecasts& f) {
  using io::NcType;
  io::NcSchema schema;
  schema.dimensions = {{"station", f.wells.size()}, {"lead", f.leads}, {"time", f.times()}};
  schema.attributes = {{"title", "Forecasts of groundwater levels"},
                       {"source", "phreatic " PHREATIC_VERSION},
                       {"featureType", "timeSeries"},
                       {"time_step", core::format_step(f.axis.step())}};
  schema.variables = {
      {"station_name", NcType::text, {"station"}, "", {{"long_name", "well"}, {"cf_role", "timeseries_id"}}},
      {"lead", NcType::int64, {"lead"}, "1", {{"long_name", "steps between issue date and forecast time"}}},
      {"time",
       NcType::int64,
       {"time"},
       "seconds since 1970-01-01 00:00:00",
       {{"standard_name", "time"}, {"calendar", "proleptic_gregorian"}}}};
  const auto add = [&](const char* name, const char* about) {
    schema.variables.push_back(
        {name, NcType::float64, {"station", "lead", "time"}, f.unit, {{"long_name", about}}, true});
  };
  add("forecast", "level forecast `lead` steps before: median of the members");
  add("lower", "lower end of the band");
  add("upper", "upper end of the band");
  if (!f.network_weight.empty())
    schema.variables.push_back({"network_weight",
                                NcType::float64,
                                {"station", "lead"},
                                "1",
                                {{"long_name", "kept of the networks' correction of the damped anomaly"}},
                                true});
  return schema;
}

// The forecast's series on the panel's axis.
std::vector<double> on_panel(const Prepared& prepared, const LeadForecasts& f,
                             std::span<const double> values) {
  std::vector<double> out(prepared.panel.time_count(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t t = 0; t < f.times(); ++t) {
    const auto step = prepared.panel.axis.index_of(f.axis.start(t));
    if (step) out[*step] = values[t];
  }
  return out;
}

// The observations of steps that were forecast; all of them where none was. A forecast needs a whole window up to
// the horizon, simple models do not: both are scored on the same steps.
std::vector<double> where_forecast(std::vector<double> observed, const std::vector<double>& forecast) {
  const auto missing = [](double v) { return std::isnan(v); };
  if (std::all_of(forecast.begin(), forecast.end(), missing)) return observed;
  for (std::size_t t = 0; t < observed.size(); ++t) {
    if (std::isnan(forecast[t])) observed[t] = std::numeric_limits<double>::quiet_NaN();
  }
  return observed;
}

}  // namespace

void write_forecasts(const LeadForecasts& f, const std::filesystem::path& path) {
  io::write_netcdf(path, schema_of(f), [&](io::NcWriter& writer) {
    writer.put("station_name", f.wells);
    std::vector<std::int64_t> numbers;
    for (std::size_t lead = 1; lead <= f.leads; ++lead) numbers.push_back(static_cast<std::int64_t>(lead));
    writer.put("lead", numbers);
    numbers.clear();
    for (std::size_t t = 0; t < f.times(); ++t) numbers.push_back(f.axis.start(t));
    writer.put("time", numbers);
    writer.put("forecast", f.level);
    writer.put("lower", f.lower);
    writer.put("upper", f.upper);
    if (!f.network_weight.empty()) writer.put("network_weight", f.network_weight);
  });
}

LeadForecasts read_forecasts(const std::filesystem::path& path) {
  const io::NcReader reader(path);
  LeadForecasts f;
  f.wells = reader.texts("station_name");
  f.leads = reader.raw("lead").size();
  f.level = reader.values("forecast");
  f.lower = reader.values("lower");
  f.upper = reader.values("upper");
  if (reader.has("network_weight")) f.network_weight = reader.values("network_weight");
  f.unit = reader.text_attribute("forecast", "units").value_or("m");
  const std::vector<double> times = reader.raw("time");
  const auto step = core::parse_step(reader.text_attribute("", "time_step").value_or(""));
  const std::size_t size = f.wells.size() * f.leads * times.size();
  if (!step || times.empty() || f.level.size() != size || f.lower.size() != size || f.upper.size() != size ||
      (!f.network_weight.empty() && f.network_weight.size() != f.wells.size() * f.leads)) {
    throw core::InputError(
        {.file = path.string(), .what = "is damaged", .mend = "Run 'phreatic predict' again"});
  }
  f.axis = core::TimeAxis(static_cast<core::Seconds>(times.front()), *step, times.size());
  return f;
}

std::string lead_period(std::size_t lead) { return fmt::format("test lead {}", lead); }

namespace {

// By lead and well, the network first, then the simple models.
void for_each_lead(const Prepared& prepared, const EvaluationParams& params, const LeadForecasts& f,
                   const LeadWork& work) {
  const std::string variable = prepared.panel.variables[prepared.target].name;
  for (std::size_t lead = 1; lead <= f.leads; ++lead) {
    for (std::size_t e = 0; e < f.wells.size(); ++e) {
      const learn::StepRange calibration = prepared.calibration(e);
      LeadSeries out;
      out.well = e;
      out.key = {f.wells[e], variable, lead_period(lead), params.model, params.weather, lead};
      out.training = inside(prepared.level(e), calibration);
      out.simulated = on_panel(prepared, f, f.series(f.level, e, lead));
      out.observed = where_forecast(inside(prepared.scored_level(e), prepared.test(e)), out.simulated);
      out.lower = on_panel(prepared, f, f.series(f.lower, e, lead));
      out.upper = on_panel(prepared, f, f.series(f.upper, e, lead));
      work(out);
      out.lower.clear();
      out.upper.clear();
      const std::vector<double> known = prepared.known_level(e);
      stats::BaselineData data;
      data.axis = prepared.panel.axis;
      data.target = known;
      data.train = {calibration.begin, calibration.end};
      const auto simple = [&](const stats::BaselineResult& result) {
        out.key.model = result.name;
        out.key.weather = weather_of_baseline(result.name);
        out.simulated = result.simulated;
        work(out);
      };
      simple(stats::lagged_persistence_baseline(data, lead));
      simple(stats::damped_anomaly_baseline(data, lead, {}));
    }
  }
}

}  // namespace

void summarise_leads(stats::MetricTable& rows, const EvaluationParams& params) {
  stats::append_summary(rows, "NSE", {0.7});
  stats::append_summary(rows, "RMSE", {});
  stats::append_summary(rows, "network_weight", {});
  stats::append_summary(rows, stats::level_name("coverage", params.band_level), {});
}

void score_leads(const Prepared& prepared, const EvaluationParams& params, const LeadForecasts& f,
                 stats::MetricTable& table, const LeadWork& also) {
  stats::MetricTable rows;
  for_each_lead(prepared, params, f, [&](const LeadSeries& s) {
    stats::append_point_metrics(rows, s.key, s.observed, s.simulated, s.training);
    if (!s.lower.empty())
      stats::append_interval_metrics(rows, s.key, s.observed, s.lower, s.upper, params.band_level);
    if (also) also(s);
    if (f.network_weight.empty() || s.lower.empty()) return;
    rows.push_back({s.key.entity, s.key.variable, s.key.period, "network_weight",
                    f.network_weight[s.well * f.leads + s.key.lead - 1], s.key.model, s.key.weather});
  });
  summarise_leads(rows, params);
  table.insert(table.end(), rows.begin(), rows.end());
}

}  // namespace phreatic::hydrographs
