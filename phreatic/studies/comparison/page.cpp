// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/report/model.hpp"
#include "phreatic/studies/comparison/kind.hpp"
#include "phreatic/studies/comparison/places.hpp"
#include "phreatic/studies/comparison/results.hpp"
#include "phreatic/studies/comparison/settings.hpp"

namespace phreatic::studies::comparison {
namespace {

std::vector<const ModelScore*> of_target(const ComparisonResults& results, const std::string& target) {
  std::vector<const ModelScore*> out;
  for (const ModelScore& s : results.scores) {
    if (s.target == target) out.push_back(&s);
  }
  return out;
}

std::vector<std::string> targets_of(const ComparisonResults& results) {
  std::vector<std::string> out;
  for (const ModelScore& s : results.scores) {
    if (std::find(out.begin(), out.end(), s.target) == out.end()) out.push_back(s.target);
  }
  return out;
}

// NaN counts as the lowest.
const ModelScore& best_of(const std::vector<const ModelScore*>& scores) {
  return **std::max_element(scores.begin(), scores.end(), [](const ModelScore* a, const ModelScore* b) {
    return (std::isnan(a->nse_median) && !std::isnan(b->nse_median)) || a->nse_median < b->nse_median;
  });
}

report::Figure score_table(const std::string& target, const std::vector<const ModelScore*>& scores) {
  std::vector<std::string> models;
  std::vector<double> columns[9];
  for (const ModelScore* s : scores) {
    models.push_back(s->model);
    const double numbers[] = {
        s->nse_median,   s->nse_mean,          s->r2_median,      s->kge_median,
        s->rmse_median,  100 * s->share_above, 100 * s->coverage, static_cast<double>(s->beaten_at),
        s->train_seconds};
    for (std::size_t k = 0; k < 9; ++k) columns[k].push_back(numbers[k]);
  }
  report::Table table;
  table.columns = {
      {"Model", "", 0, "", models},
      {"Median NSE", "", 3, "Over wells, test period", columns[0]},
      {"Mean NSE", "", 3, "Over wells, test period", columns[1]},
      {"R2", "", 3, "Median over wells of the squared correlation: blind to bias and scale", columns[2]},
      {"KGE", "", 3, "Median over wells, Kling-Gupta efficiency of 2009", columns[3]},
      {"RMSE", "", 3, "Median over wells, in the target's unit", columns[4]},
      {"NSE > 0.7", "%", 0, "Share of the wells", columns[5]},
      {"Coverage", "%", 0, "Of the band, mean over wells", columns[6]},
      {"Beaten at", "", 0, "Wells at which a simple model has the higher NSE", columns[7]},
      {"Training", "s", 0, "Of the run: with joint networks, of all targets", columns[8]}};
  table.sort_column = 1;
  table.descending = true;
  return {"scores-" + report::slug(target), "Scores", "", "", table};
}

report::Figure difference_table(const std::string& target, const ComparisonResults& results) {
  std::vector<std::string> first, second, said;
  std::vector<double> columns[6];
  for (const ModelDifference& d : results.differences) {
    if (d.target != target) continue;
    first.push_back(d.first);
    second.push_back(d.second);
    const stats::DifferenceInterval& m = d.nse.median;
    const double numbers[] = {
        m.value, m.low, m.high, m.p_value, d.nse.mean.value, static_cast<double>(d.nse.first_better)};
    for (std::size_t k = 0; k < 6; ++k) columns[k].push_back(numbers[k]);
    said.push_back(m.low > 0    ? d.first + " is better"
                   : m.high < 0 ? d.second + " is better"
                                : "may be chance");
  }
  report::Table table;
  table.columns = {
      {"Model", "", 0, "", first},
      {"Less", "", 0, "", second},
      {"Difference", "", 3, "Of the median NSE", columns[0]},
      {"Low", "", 3, "End of its interval", columns[1]},
      {"High", "", 3, "End of its interval", columns[2]},
      {"p", "", 3, "Two-sided; of one pair, without regard to how many were looked at", columns[3]},
      {"Of the mean NSE", "", 3, "", columns[4]},
      {"Wells better", "", 0, "At which the first has the higher NSE", columns[5]},
      {"Says", "", 0, "Whether the interval holds 0", said}};
  return {"differences-" + report::slug(target), "Which differences may be chance?",
          "Paired bootstrap over wells and blocks of time: both models on the same wells and steps.", "",
          table};
}

report::Figure curves_of(const std::string& target, const std::vector<const ModelScore*>& scores) {
  report::SkillDistribution curves;
  const ModelScore& best = best_of(scores);
  for (const ModelScore* s : scores)
    curves.items.push_back({s->model, s == &best ? report::Role::model : report::Role::other_model, s->nse});
  return {"curves-" + report::slug(target), "How many wells are simulated how well?",
          "Share of wells with an NSE of at most x.", "", curves};
}

// NSE may be as low as it likes; what lies below -1 counts in the boxes.
report::Figure skill_boxes(const std::string& target, const std::vector<const ModelScore*>& scores) {
  report::BoxPlot boxes;
  boxes.quantity = {"Skill in the test period", "", 2};
  report::BoxGroup r2{"R2", {}, {}}, nse{"NSE", {}, {}};
  bool low = false;
  for (const ModelScore* s : scores) {
    boxes.categories.push_back(s->model);
    r2.values.push_back(s->r2);
    r2.labels.push_back(s->r2.empty() ? std::vector<std::string>{} : s->entities);
    nse.values.push_back(s->nse);
    nse.labels.push_back(s->entities);
    low = low || std::any_of(s->nse.begin(), s->nse.end(), [](double v) { return v < -1; });
  }
  boxes.groups = {r2, nse};
  if (low) boxes.limits = {-1, 1};
  boxes.noun = "place";
  return {"boxes-" + report::slug(target), "Skill, model by model",
          "R2 is the squared correlation, blind to bias and scale.", "", boxes};
}

// What stands between the best model and each other.
std::string finding(const std::string& target, const ComparisonResults& results) {
  const ModelScore& best = best_of(of_target(results, target));
  std::string alike;
  for (const ModelDifference& d : results.differences) {
    if (d.target != target || (d.first != best.model && d.second != best.model)) continue;
    if (d.nse.median.low > 0 || d.nse.median.high < 0) continue;
    alike += (alike.empty() ? "" : ", ") + (d.first == best.model ? d.second : d.first);
  }
  const bool only = targets_of(results).size() == 1;
  return fmt::format(
      "{}{} has the highest median NSE, {:.2f}, over {} wells or gauges; {}.", only ? "" : target + ": ",
      best.model, best.nse_median, best.entities.size(),
      alike.empty() ? "no other comes near enough for chance" : "the lead over " + alike + " may be chance");
}

}  // namespace

Page page(const std::filesystem::path& run) {
  const ComparisonSettings settings = read_settings(read_study(run.string(), {}));
  const ComparisonResults results = read_results(run / "comparison.json");
  Page out;
  out.figures = settings.figures;
  report::Report& report = out.report;
  report.title = settings.title;
  for (const std::string& target : targets_of(results)) {
    const std::vector<const ModelScore*> scores = of_target(results, target);
    report.finding += (report.finding.empty() ? "" : " ") + finding(target, results);
    for (const ModelScore* s : scores) {
      if (s->beaten_at > 0)
        report.warnings.push_back(fmt::format("{}, {}: a simple model has the higher NSE at {} of {}.",
                                              target, s->model, s->beaten_at, s->entities.size()));
    }
    std::vector<report::Figure> figures = {score_table(target, scores), difference_table(target, results)};
    figures.insert(figures.begin() + 1, skill_boxes(target, scores));
    if (scores.size() <= 6) figures.insert(figures.begin() + 2, curves_of(target, scores));
    report.sections.push_back(
        {report::slug(target),
         "How good are the models? (" + target + ")",
         {"All numbers are of the test period. Choosing the best of them here uses it up: "
          "declare the one that counts before."},
         std::move(figures)});
  }
  std::vector<ModelScore> known;
  for (const ModelScore& s : results.scores) {
    if (!s.folder.empty()) known.push_back(s);
  }
  add_places(run, known, report);
  report.provenance.command =
      fmt::format("phreatic run {} --out {}", (run / "study.yml").string(), run.string());
  return out;
}

}  // namespace phreatic::studies::comparison
