// SPDX-License-Identifier: BSD-3-Clause
// "Does it hold at other dates?": skill from rolling origins, with its spread over origins and wells.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/calendar.hpp"
#include "phreatic/hydrographs/evaluation/rolling_scores.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/report/data.hpp"
#include "phreatic/studies/wells/report/words.hpp"

namespace phreatic::studies::wells {
namespace {

constexpr std::size_t kLabel = 17;  // characters of "origin 2016-07-01"

// rolling/metrics.csv by model, period and entity.
class RollingScores {
 public:
  explicit RollingScores(const ReportData& data) : rows_(data.rolling) {
    for (const stats::MetricRow& row : rows_) {
      add(models_, row.model);
      if (row.entity != "all") add(entities_, row.entity);
      if (row.period.rfind("origin ", 0) == 0 && row.period.size() == kLabel) add(origins_, row.period);
      index_.emplace(key(row.entity, row.metric, row.model, row.period), row.value);
    }
  }
  const std::vector<std::string>& models() const { return models_; }
  const std::vector<std::string>& entities() const { return entities_; }
  const std::vector<std::string>& origins() const { return origins_; }
  double value(const std::string& entity, const std::string& metric, const std::string& model,
               const std::string& period) const {
    const auto found = index_.find(key(entity, metric, model, period));
    return found == index_.end() ? std::nan("") : found->second;
  }
  std::vector<double> over_wells(const std::string& metric, const std::string& model,
                                 const std::string& period) const {
    std::vector<double> out;
    for (const std::string& entity : entities_) out.push_back(value(entity, metric, model, period));
    return out;
  }

 private:
  static void add(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  static std::string key(const std::string& entity, const std::string& metric, const std::string& model,
                         const std::string& period) {
    return entity + '\n' + metric + '\n' + model + '\n' + period;
  }
  const stats::MetricTable& rows_;
  std::vector<std::string> models_, entities_, origins_;
  std::unordered_map<std::string, double> index_;
};

std::vector<double> known(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  return values;
}

double share_quantile(std::vector<double> values, double q) {
  values = known(std::move(values));
  return values.empty() ? std::nan("") : stats::quantile(values, q);
}

double date_of(const std::string& origin) {
  const auto date = core::parse_date(origin.substr(7), core::DateOrder::iso);
  return date ? static_cast<double>(*date) : std::nan("");
}

report::Figure skill_by_origin(const RollingScores& scores) {
  report::Lines figure;
  figure.x = {"Origin", "", 0};
  figure.dates = true;
  figure.y = {"NSE of the wells", "", 2};
  figure.points = true;
  std::vector<double> x;
  for (const std::string& origin : scores.origins()) x.push_back(date_of(origin));
  for (const std::string& model : scores.models()) {
    const bool network = model == scores.models().front();
    report::Line line{
        model_words(model), network ? report::Role::model : report::Role::baseline, x, {}, {}, {}};
    for (const std::string& origin : scores.origins()) {
      const std::vector<double> nse = scores.over_wells("NSE", model, origin);
      line.y.push_back(share_quantile(nse, 0.5));
      if (!network) continue;
      line.low.push_back(share_quantile(nse, 0.1));
      line.high.push_back(share_quantile(nse, 0.9));
    }
    figure.lines.push_back(std::move(line));
  }
  return {
      "rolling-skill", "Skill by origin",
      "Median NSE over the wells in the test period that follows each origin; the band holds the middle 80 % "
      "of the wells of the network.",
      "", figure};
}

report::Figure model_table(const RollingScores& scores, const std::string& unit) {
  report::Table table;
  std::vector<std::string> names;
  for (const std::string& model : scores.models()) names.push_back(model_words(model));
  table.columns.push_back({"model", "", 0, "", names});
  const auto column = [&](const std::string& name, const std::string& in, int digits, const std::string& help,
                          const auto& value) {
    std::vector<double> cells;
    for (const std::string& model : scores.models()) cells.push_back(value(model));
    table.columns.push_back({name, in, digits, help, cells});
  };
  const std::string spread = hydrographs::kOverOrigins;
  column("pooled NSE", "", 3, "Median over the wells; the pairs of all origins together",
         [&](const std::string& m) {
           return share_quantile(scores.over_wells("NSE", m, hydrographs::kAllOrigins), 0.5);
         });
  column("pooled RMSE", unit, 3, "Median over the wells; the pairs of all origins together",
         [&](const std::string& m) {
           return share_quantile(scores.over_wells("RMSE", m, hydrographs::kAllOrigins), 0.5);
         });
  column("median NSE, mean over origins", "", 3, "Mean over the origins of the median over the wells",
         [&](const std::string& m) { return scores.value("all", "NSE_median_mean", m, spread); });
  column("standard deviation", "", 3, "Over the origins, of the median NSE over the wells",
         [&](const std::string& m) { return scores.value("all", "NSE_median_sd", m, spread); });
  column("worst origin", "", 3, "Smallest median NSE of an origin",
         [&](const std::string& m) { return scores.value("all", "NSE_median_min", m, spread); });
  column("best origin", "", 3, "Largest median NSE of an origin",
         [&](const std::string& m) { return scores.value("all", "NSE_median_max", m, spread); });
  return {"rolling-models", "Models over all origins", "Every model was fitted again at each origin.", "",
          table};
}

report::Figure well_table(const RollingScores& scores, const ReportData& data) {
  const std::string& model = scores.models().front();
  const std::string spread = hydrographs::kOverOrigins;
  const std::string coverage = stats::level_name("coverage", data.settings.uncertainty.conformal.level);
  report::Table table;
  table.columns = {
      {"well", "", 0, "", scores.entities()},
      {"pooled NSE", "", 3, "Pairs of all origins together",
       scores.over_wells("NSE", model, hydrographs::kAllOrigins)},
      {"mean NSE", "", 3, "Mean over the origins", scores.over_wells("NSE_mean", model, spread)},
      {"standard deviation", "", 3, "Over the origins", scores.over_wells("NSE_sd", model, spread)},
      {"worst", "", 3, "Smallest NSE of an origin", scores.over_wells("NSE_min", model, spread)},
      {"best", "", 3, "Largest NSE of an origin", scores.over_wells("NSE_max", model, spread)},
      {"coverage", "", 3, "Share of the observations of all origins inside the band",
       scores.over_wells(coverage, model, hydrographs::kAllOrigins)},
      {"origins", "", 0, "With a score", scores.over_wells("NSE_origins_n", model, spread)}};
  table.entity_column = 0;
  return {"rolling-wells", "Wells over all origins", "The network's scores; see rolling/metrics.csv for all.",
          "", table};
}

// Forecasts: the pairs of all origins, lead by lead.
report::Figure lead_table(const RollingScores& scores, const ReportData& data) {
  report::Table table;
  std::vector<std::string> leads;
  for (int lead = 1; lead <= data.settings.task.learn.window.horizon; ++lead)
    leads.push_back(fmt::format(" lead {}", lead));
  std::vector<double> numbers;
  for (std::size_t i = 1; i <= leads.size(); ++i) numbers.push_back(static_cast<double>(i));
  table.columns.push_back({"lead", "steps", 0, "Steps between issue date and forecast", numbers});
  const std::string& network = scores.models().front();
  const auto column = [&](const std::string& name, const std::string& unit, const std::string& metric,
                          const std::string& model) {
    std::vector<double> cells;
    for (const std::string& lead : leads)
      cells.push_back(share_quantile(scores.over_wells(metric, model, hydrographs::kAllOrigins + lead), 0.5));
    table.columns.push_back(
        {name, unit, 3, "Median over the wells; the pairs of all origins together", cells});
  };
  const std::string coverage = stats::level_name("coverage", data.settings.uncertainty.conformal.level);
  column("NSE", "", "NSE", network);
  column("NSE persistence", "", "NSE", "persistence");
  column("NSE damped anomaly", "", "NSE", "damped_anomaly");
  column("RMSE", data.level_unit(), "RMSE", network);
  column("RMSE persistence", data.level_unit(), "RMSE", "persistence");
  column("RMSE damped anomaly", data.level_unit(), "RMSE", "damped_anomaly");
  column("coverage", "", coverage, network);
  return {"rolling-leads", "Leads over all origins",
          "Persistence is the level known when the forecast was issued, the damped anomaly the season's mean "
          "and the "
          "fading distance from it.",
          "", table};
}

}  // namespace

std::optional<report::Section> rolling_section(const ReportData& data) {
  if (data.rolling.empty()) return std::nullopt;
  const RollingScores scores(data);
  const hydrographs::RollingParams& p = data.settings.rolling;
  report::Section section{"rolling", "Does it hold at other dates?", {}, {}};
  section.paragraphs.push_back(fmt::format(
      "At each of {} origins the networks and the simple models were trained and fitted again on {} before "
      "it, and "
      "scored on the {} steps after it. Nothing observed after an origin entered what was trained there.{}",
      scores.origins().size(),
      p.training == hydrographs::OriginTraining::sliding ? fmt::format("the {} steps", p.training_length)
                                                         : std::string("all steps of the training period"),
      p.test,
      data.settings.forecasts()
          ? " Of forecasts, scores without a lead are those of the last lead; forecasts issued "
            "after the origin see the levels up to their issue date."
          : ""));
  section.figures = {skill_by_origin(scores), model_table(scores, data.level_unit()),
                     well_table(scores, data)};
  if (data.settings.forecasts()) section.figures.push_back(lead_table(scores, data));
  return section;
}

}  // namespace phreatic::studies::wells
