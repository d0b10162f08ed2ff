// SPDX-License-Identifier: BSD-3-Clause
// "Can I trust it?": skill over wells against baselines and published marks, where it is good, whether bands
// hold, how training went, whether attributions add up.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/report/data.hpp"
#include "phreatic/studies/wells/report/places.hpp"
#include "phreatic/studies/wells/report/words.hpp"

namespace phreatic::studies::wells {
namespace {

report::Figure skill_distribution(const ReportData& data) {
  report::SkillDistribution figure;
  figure.items.push_back(
      {model_words(data.model()), report::Role::model, data.over_wells("NSE", data.model())});
  for (const std::string& baseline : data.settings.baselines) {
    figure.items.push_back({model_words(baseline), report::Role::baseline, data.over_wells("NSE", baseline)});
  }
  for (const PublishedMark& mark : data.settings.published) {
    if (mark.metric == "NSE" && mark.well.empty()) figure.marks.push_back({mark.label, mark.value});
  }
  return {"skill-distribution", "Skill over the wells",
          "Share of wells with a Nash-Sutcliffe efficiency (NSE) of at most the value on the axis, in the "
          "test period. The further right "
          "and the lower a curve, the better; 1 is perfect, 0 is no better than the mean level.",
          "", figure};
}

report::Figure skill_map(const ReportData& data) {
  report::PointMap map;
  map.reference_system = "WGS 84";
  for (std::size_t e = 0; e < data.series.entities.size(); ++e) {
    report::MapPoint point = point_of(data.series.entities, data.series.places, e);
    point.value = data.metric(point.entity, "NSE", data.model());
    map.points.push_back(point);
  }
  return {"skill-map", "Where it is good",
          "Wells coloured by NSE in the test period; click a well to open it.", "", map};
}

// Which wells a simple model serves better.
report::Figure beaten_map(const ReportData& data) {
  report::Figure figure = skill_map(data);
  auto& map = std::get<report::PointMap>(figure.content);
  map.categories = {"the network has the highest NSE", "a simple model has a higher NSE"};
  const std::vector<std::string> better = beaten_by(data);
  for (std::size_t e = 0; e < map.points.size(); ++e) {
    if (!std::isnan(map.points[e].value)) map.points[e].category = better[e].empty() ? 0 : 1;
  }
  figure.id = "beaten-map";
  figure.heading = "Where a simple model is better";
  figure.caption = "NSE in the test period; the table of wells names the simple model.";
  return figure;
}

report::Figure coverage(const ReportData& data) {
  report::Coverage figure;
  const double level = data.settings.uncertainty.conformal.level;
  figure.variable = "Test period";
  figure.main_level = level;
  figure.entities = data.series.entities;
  figure.entity_actual = data.over_wells(stats::level_name("coverage", level), data.model());
  figure.entity_width = data.over_wells(stats::level_name("interval_width", level), data.model());
  figure.nominal = {level};
  figure.actual = {stats::mean(figure.entity_actual)};
  figure.width_quantity.unit = data.level_unit();
  return {"coverage", "Are the bands honest?",
          fmt::format("Share of the observations of the test period inside the {:.0f} % band, well by well. "
                      "Points near the line keep the "
                      "promise; points far below it are wells whose test period differs from what the band "
                      "was calibrated on.",
                      100 * level),
          "", figure};
}

std::vector<double> numbers(const nlohmann::json& list) {
  std::vector<double> out;
  for (const auto& value : list) out.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return out;
}

report::Figure learning_curves(const ReportData& data) {
  report::LearningCurves figure;
  constexpr std::size_t kMost = 12;  // more curves are a tangle
  std::size_t count = 0;
  for (const auto& unit : data.training.value("units", nlohmann::json::array())) {
    for (const auto& member : unit.value("members", nlohmann::json::array())) {
      if (count++ >= kMost) continue;
      figure.curves.push_back({fmt::format("{}, seed {}", unit.value("name", ""), member.value("seed", 0)),
                               numbers(member["training_loss"]), numbers(member["validation_loss"]),
                               member.value("best_epoch", 0) - 1});
    }
  }
  return {"learning-curves", "How training went",
          fmt::format("Loss per epoch of {} of {} networks; the mark is the epoch whose weights were kept.",
                      std::min(count, kMost), count),
          "", figure};
}

report::Figure baseline_table(const ReportData& data) {
  report::Table table;
  std::vector<std::string> names = {data.model()};
  names.insert(names.end(), data.settings.baselines.begin(), data.settings.baselines.end());
  const double level = data.settings.uncertainty.conformal.level;
  const auto column = [&](const std::string& title, const std::string& unit, int digits,
                          const std::string& help, auto value) {
    std::vector<double> cells;
    for (const std::string& name : names) cells.push_back(value(name));
    table.columns.push_back({title, unit, digits, help, cells});
  };
  std::vector<std::string> words;
  for (const std::string& name : names) words.push_back(model_words(name));
  table.columns.push_back({"model", "", 0, "", words});
  column("median NSE", "", 3, "median over wells; " + metric_help("NSE"),
         [&](const std::string& m) { return stats::median(data.over_wells("NSE", m)); });
  column("mean NSE, training mean", "", 3, "mean over wells; " + metric_help("NSE_trainmean"),
         [&](const std::string& m) { return stats::mean(data.over_wells("NSE_trainmean", m)); });
  column("wells > 0.7", "%", 0, "share of wells with NSE above 0.7",
         [&](const std::string& m) { return 100 * stats::share_above(data.over_wells("NSE", m), 0.7); });
  column("median RMSE", data.level_unit(), 3, "median over wells; " + metric_help("RMSE"),
         [&](const std::string& m) { return stats::median(data.over_wells("RMSE", m)); });
  column("median interval score", data.level_unit(), 3, "median over wells; " + metric_help("interval_score"),
         [&](const std::string& m) {
           return stats::median(data.over_wells(stats::level_name("interval_score", level), m));
         });
  return {"baselines", "Against simple models", "A network earns its place only where it beats these.", "",
          table};
}

report::Figure completeness(const ReportData& data) {
  report::Completeness figure;
  const hydrographs::Explanation& x = *data.explanation;
  const std::size_t every = std::max<std::size_t>(1, x.dates.size() / 2000);
  for (std::size_t i = 0; i < x.dates.size(); i += every) {
    const hydrographs::ExplainedDate& date = x.dates[i];
    figure.labels.push_back(data.series.entities[date.entity] + " " +
                            core::format_date(data.series.axis.start(date.step)));
    figure.difference.push_back(date.value_m - date.base_m);
    figure.attribution_sum.push_back(date.value_m - date.base_m + date.residual_m);
  }
  return {"completeness", "Do the contributions add up?",
          fmt::format("Sum of all contributions against simulated level minus base value, one point per "
                      "explained date. {} of {} dates reached "
                      "the wanted standard error; the largest residual is {:.2g} of a well's training range.",
                      data.explain_facts.value("converged", 0), data.explain_facts.value("windows", 0),
                      data.explain_facts.value("largest_residual", std::nan(""))),
          "", figure};
}

}  // namespace

report::Section trust_section(const ReportData& data) {
  report::Section section{"trust", "Can I trust it?", {}, {}};
  section.figures.push_back(skill_distribution(data));
  section.figures.push_back(baseline_table(data));
  section.figures.push_back(skill_map(data));
  const std::vector<std::string> better = beaten_by(data);
  if (std::any_of(better.begin(), better.end(), [](const auto& b) { return !b.empty(); }))
    section.figures.push_back(beaten_map(data));
  section.figures.push_back(coverage(data));
  if (!data.training.is_null()) section.figures.push_back(learning_curves(data));
  if (data.explanation) section.figures.push_back(completeness(data));
  return section;
}

}  // namespace phreatic::studies::wells
