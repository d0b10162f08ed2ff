// SPDX-License-Identifier: BSD-3-Clause
// "How far ahead?": skill by lead against persistence, and in each well's panel the forecast from the last
// issue date whose outcome is known.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/report/figures.hpp"
#include "phreatic/studies/wells/report/words.hpp"

namespace phreatic::studies::wells {
namespace {

class LeadScores {
 public:
  explicit LeadScores(const ReportData& data) : data_(data), leads_(data.forecasts->leads) {}

  std::vector<double> numbers() const {
    std::vector<double> out;
    for (std::size_t lead = 1; lead <= leads_; ++lead) out.push_back(static_cast<double>(lead));
    return out;
  }
  std::vector<double> medians(const std::string& metric, const std::string& model) const {
    return each(
        [&](const std::string& period) { return stats::median(data_.over_wells(metric, model, period)); });
  }
  std::vector<double> means(const std::string& metric) const {
    return each([&](const std::string& period) {
      return stats::mean(data_.over_wells(metric, data_.model(), period));
    });
  }
  // Share of the wells, in percent, whose error is smaller than that of a simple model.
  std::vector<double> better_than(const std::string& model) const {
    return each([&](const std::string& period) {
      const std::vector<double> own = data_.over_wells("RMSE", data_.model(), period);
      const std::vector<double> simple = data_.over_wells("RMSE", model, period);
      double better = 0, scored = 0;
      for (std::size_t e = 0; e < own.size(); ++e) {
        if (std::isnan(own[e]) || std::isnan(simple[e])) continue;
        ++scored;
        if (own[e] < simple[e]) ++better;
      }
      return scored > 0 ? 100 * better / scored : report::kUnknown;
    });
  }
  // The same number at every lead: models that do not look at levels.
  std::vector<double> constant(const std::string& metric, const std::string& model) const {
    return std::vector<double>(leads_, stats::median(data_.over_wells(metric, model)));
  }

 private:
  template <class Value>
  std::vector<double> each(Value value) const {
    std::vector<double> out;
    for (std::size_t lead = 1; lead <= leads_; ++lead) out.push_back(value(hydrographs::lead_period(lead)));
    return out;
  }
  const ReportData& data_;
  std::size_t leads_;
};

report::Figure rmse_by_lead(const ReportData& data, const LeadScores& scores) {
  report::Lines figure;
  figure.x = {"Lead", core::format_step(data.series.axis.step()) + " steps", 0};
  figure.y = {"Median RMSE over the wells", data.level_unit(), 3};
  figure.points = data.forecasts->leads <= 30;
  const auto line = [&](const std::string& name, report::Role role, const std::vector<double>& y) {
    figure.lines.push_back({model_words(name), role, scores.numbers(), y, {}, {}});
  };
  line(data.model(), report::Role::model, scores.medians("RMSE", data.model()));
  line("persistence", report::Role::baseline, scores.medians("RMSE", "persistence"));
  line("damped_anomaly", report::Role::baseline, scores.medians("RMSE", "damped_anomaly"));
  for (const std::string& name : data.settings.baselines) {
    if (name == "climatology") line(name, report::Role::baseline, scores.constant("RMSE", name));
  }
  return {"rmse-by-lead", "Error by lead",
          "Error in the test period against the number of steps between issue date and forecast. Persistence "
          "keeps the level that was known last, the damped anomaly lets its distance from the season's mean "
          "fade: a "
          "forecast earns its place only where it stays below both. "
          "Climatology is the mean level of the season.",
          "", figure};
}

report::Figure lead_table(const ReportData& data, const LeadScores& scores) {
  const double level = data.settings.uncertainty.conformal.level;
  report::Table table;
  table.columns = {
      {"lead", "steps", 0, "Steps between issue date and forecast", scores.numbers()},
      {"median NSE", "", 3, "Median over wells", scores.medians("NSE", data.model())},
      {"median NSE persistence", "", 3, "Of the level known last", scores.medians("NSE", "persistence")},
      {"median NSE damped anomaly", "", 3, "Of the season's mean and the fading distance from it",
       scores.medians("NSE", "damped_anomaly")},
      {"better than persistence", "%", 0, "Share of the wells with the smaller RMSE",
       scores.better_than("persistence")},
      {"better than damped anomaly", "%", 0, "Share of the wells with the smaller RMSE",
       scores.better_than("damped_anomaly")},
      {"median RMSE", data.level_unit(), 3, "Median over wells", scores.medians("RMSE", data.model())},
      {"coverage", "", 3, "Mean over wells", scores.means(stats::level_name("coverage", level))},
      {"band width", data.level_unit(), 3, "Mean over wells",
       scores.means(stats::level_name("interval_width", level))}};
  if (!data.forecasts->network_weight.empty())
    table.columns.push_back(
        {"network's weight", "", 2,
         "Mean over wells of how much of the network's correction of the damped anomaly is "
         "kept, as found in validation; 0: the forecast is the damped anomaly",
         scores.means("network_weight")});
  return {"skill-by-lead", "Skill by lead", "Test period; the band is calibrated for each lead by itself.",
          "", table};
}

// The last issue date whose forecast is complete and whose last lead was observed; axis.size() if there is
// none.
std::size_t last_known_issue(const ReportData& data, std::size_t e, const std::vector<double>& observed) {
  const hydrographs::LeadForecasts& f = *data.forecasts;
  const std::size_t first = *data.series.axis.index_of(f.axis.start(0));
  for (std::size_t issue = data.series.axis.size(); issue-- > first;) {
    bool complete = issue + f.leads < data.series.axis.size() && !std::isnan(observed[issue + f.leads]);
    for (std::size_t lead = 1; complete && lead <= f.leads; ++lead) {
      const std::size_t t = issue + lead - first;
      complete = t < f.times() && !std::isnan(f.series(f.level, e, lead)[t]);
    }
    if (complete) return issue;
  }
  return data.series.axis.size();
}

}  // namespace

std::optional<report::Section> forecast_section(const ReportData& data) {
  if (!data.forecasts) return std::nullopt;
  const LeadScores scores(data);
  report::Section section{"forecast", "How far ahead?", {}, {}};
  const bool known = data.settings.task.forecast.drivers == hydrographs::HorizonDrivers::known;
  section.paragraphs.push_back(
      fmt::format("From every issue date of the test period the levels of the next {} steps were forecast, "
                  "with the levels observed up to that date{}. {}",
                  data.forecasts->leads, data.settings.task.forecast.past_levels ? "" : " left out",
                  known ? "Drivers after the issue date were taken from the files: where these hold observed "
                          "weather, the skill is that of a perfect weather forecast."
                        : "Nothing after the issue date was used."));
  section.figures = {rmse_by_lead(data, scores), lead_table(data, scores)};
  return section;
}

std::optional<report::Figure> forecast_figure(const ReportData& data, std::size_t e,
                                              const report::Hydrograph& whole, double depth_reference) {
  if (!data.forecasts) return std::nullopt;
  const hydrographs::LeadForecasts& f = *data.forecasts;
  const hydrographs::RunSeries::Field* field = data.series.find("observed");
  if (field == nullptr) return std::nullopt;
  const auto series = data.series.series(*field, e);
  const std::size_t issue = last_known_issue(data, e, {series.begin(), series.end()});
  if (issue == data.series.axis.size()) return std::nullopt;
  const std::size_t before = std::min(issue, std::max<std::size_t>(20, 3 * f.leads));
  const std::size_t from = issue - before;
  const std::size_t size = before + f.leads + 1;
  const std::size_t first = *data.series.axis.index_of(f.axis.start(0));
  const auto part = [&](const std::vector<double>& all) {
    if (all.empty()) return all;
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
    return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  report::Hydrograph h = whole;  // as depth or level, like the well's other chart
  h.axis = core::TimeAxis(data.series.axis.start(from), data.series.axis.step(), size);
  h.observed = part(whole.observed);
  h.precipitation = part(whole.precipitation);
  h.baselines.clear();
  h.periods.clear();
  const auto leads = [&](const std::vector<double>& values) {
    std::vector<double> out(size, report::kUnknown);
    for (std::size_t lead = 1; lead <= f.leads; ++lead) {
      const double level = f.series(values, e, lead)[issue + lead - first];
      out[before + lead] = whole.downward ? depth_reference - level : level;
    }
    return out;
  };
  h.simulated = leads(f.level);
  h.lower = leads(whole.downward ? f.upper : f.lower);
  h.upper = leads(whole.downward ? f.lower : f.upper);
  return report::Figure{"forecast", "The last forecast whose outcome is known",
                        fmt::format("Issued on {}; the line and its band are the {} steps after it.",
                                    core::format_date(data.series.axis.start(issue)), f.leads),
                        "", h};
}

}  // namespace phreatic::studies::wells
