// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/report/model.hpp"
#include "phreatic/studies/metrics_file.hpp"
#include "phreatic/studies/regression/kind.hpp"
#include "phreatic/studies/regression/settings.hpp"

namespace phreatic::studies::regression {
namespace {

namespace fs = std::filesystem;

data::io::TextTable read_table(const fs::path& path) {
  core::Problems problems;
  data::io::CsvDialect dialect;
  dialect.separator = "comma";
  data::io::TextTable table = data::io::read_text_table(path, dialect, problems);
  problems.throw_if_any();
  return table;
}

double number(const std::string& cell) {
  double value = 0;
  return data::io::parse_cell(cell, '.', value) ? value : NAN;
}

struct Score {
  std::string model;
  std::vector<double> nse, rmse;  // of the test rows, one per seed
};

std::vector<Score> scores_of(const stats::MetricTable& metrics) {
  std::vector<Score> out;
  for (const stats::MetricRow& row : metrics) {
    if (row.period != "test" || row.entity == "all") continue;
    auto found = std::find_if(out.begin(), out.end(), [&](const Score& s) { return s.model == row.model; });
    if (found == out.end()) found = out.insert(out.end(), {row.model, {}, {}});
    if (row.metric == "NSE") found->nse.push_back(row.value);
    if (row.metric == "RMSE") found->rmse.push_back(row.value);
  }
  return out;
}

double mean_of(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x;
  return sum / static_cast<double>(v.size());
}

report::Figure score_table(const std::vector<Score>& scores, const RegressionSettings& settings) {
  std::vector<std::string> model;
  std::vector<double> seeds, mean, low, high, rmse;
  for (const Score& s : scores) {
    model.push_back(s.model);
    seeds.push_back(static_cast<double>(s.nse.size()));
    mean.push_back(mean_of(s.nse));
    low.push_back(*std::min_element(s.nse.begin(), s.nse.end()));
    high.push_back(*std::max_element(s.nse.begin(), s.nse.end()));
    rmse.push_back(mean_of(s.rmse));
  }
  for (const PublishedScore& p : settings.published) {
    model.push_back(p.label);
    seeds.push_back(NAN);
    mean.push_back(p.value);
    for (auto* v : {&low, &high, &rmse}) v->push_back(NAN);
  }
  report::Table table;
  table.columns = {
      {"Model", "", 0, "", model},
      {"Seeds", "", 0, "Networks from different seeds, scored one by one", seeds},
      {"R2", "", 3,
       "1 - squared errors over squared deviations from the mean of the test rows; mean over seeds", mean},
      {"lowest", "", 3, "", low},
      {"highest", "", 3, "", high},
      {"RMSE", settings.data.unit, 3, "Mean over seeds", rmse}};
  return {"scores", "Test rows", "Every model that was fitted, on the same rows.", "", table};
}

report::Figure scatter_of(const data::io::TextTable& predictions, const RegressionSettings& settings) {
  report::Scatter scatter;
  scatter.x = {"Observed", settings.data.unit, 2};
  scatter.y = {"Predicted", settings.data.unit, 2};
  scatter.one_to_one = true;
  const std::size_t observed = predictions.column("observed");
  const std::size_t part = predictions.column("part");
  std::vector<std::string> names;
  for (std::size_t c = observed + 1; c < predictions.header.size() && scatter.groups.size() < 6; ++c) {
    const std::string name = predictions.header[c].substr(0, predictions.header[c].find(' '));
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;  // further seeds
    names.push_back(name);
    report::ScatterGroup group;
    group.name = predictions.header[c];
    for (const auto& row : predictions.rows) {
      if (row[part] != "test") continue;
      group.x.push_back(number(row[observed]));
      group.y.push_back(number(row[c]));
    }
    scatter.groups.push_back(std::move(group));
  }
  return {"scatter", "Test rows one by one", "Predicted against observed; of networks the first seed.", "",
          scatter};
}

// One map per term of the last model, coefficient at every row.
std::vector<report::Figure> maps_of(const data::io::TextTable& table, const RegressionSettings& settings) {
  std::vector<report::Figure> figures;
  if (table.rows.empty()) return figures;
  const std::size_t model = table.column("model");
  const std::size_t term = table.column("term");
  const std::size_t value = table.column("coefficient");
  const std::string chosen = table.rows.back()[model];
  std::map<std::string, std::size_t> place;
  for (const auto& row : table.rows) {
    if (row[model] != chosen) continue;
    if (!place.contains(row[term])) {
      place[row[term]] = figures.size();
      report::PointMap map;
      map.noun = "row";
      map.quantity = {"Coefficient of " + row[term],
                      settings.data.unit.empty() || row[term] == "intercept"
                          ? settings.data.unit
                          : settings.data.unit + " per unit",
                      4};
      map.limits = {};
      map.diverging = true;
      map.projected = settings.data.coordinates == learn::Coordinates::metres;
      figures.push_back({"coefficient-" + report::slug(row[term]), chosen + ": " + row[term],
                         "Local coefficient at every row; zero is the middle of the colours.", "", map});
    }
    auto& map = std::get<report::PointMap>(figures[place[row[term]]].content);
    map.points.push_back({"row " + row[0], number(row[table.column("x")]), number(row[table.column("y")]),
                          number(row[value])});
  }
  return figures;
}

report::Figure learning_of(const nlohmann::json& fits) {
  report::LearningCurves curves;
  curves.loss = {"Mean squared error of training batches", "", 3};
  curves.log_scale = true;
  for (const auto& model : fits.at("models")) {
    if (!model.contains("history")) continue;
    for (const auto& h : model.at("history")) {
      curves.curves.push_back(
          {model.at("name").get<std::string>() + " " + model.at("seed").get<std::string>(),
           h.at("loss").get<std::vector<double>>(),
           {},
           h.at("best_epoch").get<int>()});
    }
  }
  return {"training", "Training", "Loss by epoch; the weights of the best validation R2 are kept.", "",
          curves};
}

std::string finding_of(const std::vector<Score>& scores) {
  const auto best = std::max_element(scores.begin(), scores.end(), [](const Score& a, const Score& b) {
    return mean_of(a.nse) < mean_of(b.nse);
  });
  std::string text = fmt::format("{} explains {:.1f} % of the variance of the test rows (R2 {:.3f}",
                                 best->model, 100 * mean_of(best->nse), mean_of(best->nse));
  if (best->nse.size() > 1)
    text += fmt::format(", mean of {} seeds, {:.3f} to {:.3f}", best->nse.size(),
                        *std::min_element(best->nse.begin(), best->nse.end()),
                        *std::max_element(best->nse.begin(), best->nse.end()));
  text += ")";
  for (const Score& s : scores) {
    if (s.model == "ols" && best->model != "ols")
      text += fmt::format("; ordinary least squares {:.3f}", mean_of(s.nse));
  }
  return text + ".";
}

}  // namespace

Page page(const fs::path& run) {
  const RegressionSettings settings = read_settings(read_study(run.string(), {}));
  const std::vector<Score> scores = scores_of(read_metrics(run / "metrics.csv"));
  if (scores.empty())
    throw core::InputError({.file = (run / "metrics.csv").string(), .what = "scores no model"});
  const auto fits = nlohmann::json::parse(core::read_file(run / "fits.json"));
  Page out;
  report::Report& report = out.report;
  out.figures = settings.figures;
  report.title = settings.title;
  report.finding = finding_of(scores);
  if (settings.split.kind == SplitKind::random)
    report.warnings.push_back(
        "The split is random: neighbours of the scored rows were trained on, so these scores "
        "say how gaps are filled, not how new places are met.");
  for (const auto& model : fits.at("models")) {
    for (const auto& warning : model.at("warnings")) {
      const std::string seed = model.at("seed");
      report.warnings.push_back(seed.empty() ? warning.get<std::string>()
                                             : seed + ": " + warning.get<std::string>());
    }
  }
  std::vector<std::string> said;
  for (const auto& line : fits.at("said")) said.push_back(line.get<std::string>() + ".");
  report.sections.push_back(
      {"skill",
       "Can I trust it?",
       said,
       {score_table(scores, settings), scatter_of(read_table(run / "predictions.csv"), settings)}});
  report.sections.push_back(
      {"coefficients",
       "Where does each covariate matter?",
       {"Change of the target per unit of a covariate, at every row. A network's coefficients "
        "have standard errors in coefficients.csv only where `bootstrap` refits were asked for."},
       maps_of(read_table(run / "coefficients.csv"), settings)});
  report::Figure training = learning_of(fits);
  if (!std::get<report::LearningCurves>(training.content).curves.empty())
    report.sections.push_back({"training", "How were the networks trained?", {}, {training}});
  report.provenance.command = run_command(run);
  return out;
}

}  // namespace phreatic::studies::regression
