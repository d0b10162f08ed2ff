// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/report/model.hpp"
#include "phreatic/studies/tuning/kind.hpp"
#include "phreatic/studies/tuning/settings.hpp"
#include "phreatic/studies/tuning/trials_file.hpp"

namespace phreatic::studies::tuning {
namespace {

namespace fs = std::filesystem;
using stats::TrialState;

report::Quantity score_quantity(const Trials& trials) {
  std::string name = trials.score_name;
  name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
  return {name, "", 4};
}

report::Figure history_of(const Trials& trials) {
  report::Scatter scatter;
  scatter.x = {"Trial", "", 0};
  scatter.y = score_quantity(trials);
  report::ScatterGroup complete{"complete", {}, {}, {}};
  report::ScatterGroup pruned{"given up", {}, {}, {}};
  report::ScatterGroup best{"best so far", {}, {}, {}};
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < trials.made.size(); ++i) {
    const Trial& t = trials.made[i];
    const double number = static_cast<double>(i + 1);
    if (t.state == TrialState::failed || !std::isfinite(t.score)) continue;
    const bool is_best = t.state == TrialState::complete && t.score < lowest;
    if (is_best) lowest = t.score;
    report::ScatterGroup& group = t.state == TrialState::pruned ? pruned : is_best ? best : complete;
    group.x.push_back(number);
    group.y.push_back(t.score);
  }
  scatter.groups = {complete, pruned, best};
  std::erase_if(scatter.groups, [](const report::ScatterGroup& g) { return g.x.empty(); });
  return {"history", "Trial by trial", "Score of every trial; of those given up the best they had reached.",
          "", scatter};
}

report::Figure importance_of(const SearchParams& params, const std::vector<double>& share) {
  report::Bars bars;
  bars.quantity = {"Share of what tells the better tenth of the trials from all", "%", 1};
  report::NamedSeries series;
  series.name = "importance";
  std::vector<std::size_t> order(share.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return share[a] > share[b]; });
  for (const std::size_t i : order) {
    bars.categories.push_back(params.search[i].setting);
    series.values.push_back(100 * share[i]);
  }
  bars.groups = {series};
  return {
      "importance", "Which settings mattered",
      "Each setting alone, over the ranges that were searched; settings that act only together look small.",
      "", bars};
}

// Score against the values of one setting.
report::Figure slice_of(const Trials& trials, const SearchParams& params, std::size_t d) {
  const SearchedSetting& setting = params.search[d];
  report::Scatter scatter;
  const bool log = setting.scale == SearchScale::log;
  scatter.x = {log ? "log10 of " + setting.setting : setting.setting, "", 3};
  scatter.y = score_quantity(trials);
  report::ScatterGroup complete{"complete", {}, {}, {}};
  report::ScatterGroup pruned{"given up", {}, {}, {}};
  for (const Trial& t : trials.made) {
    if (t.state == TrialState::failed || !std::isfinite(t.score)) continue;
    report::ScatterGroup& group = t.state == TrialState::pruned ? pruned : complete;
    group.x.push_back(log ? std::log10(t.values[d]) : t.values[d]);
    group.y.push_back(t.score);
  }
  scatter.groups = {complete, pruned};
  std::erase_if(scatter.groups, [](const report::ScatterGroup& g) { return g.x.empty(); });
  scatter.x_names = setting.values;
  return {"setting-" + report::slug(setting.setting), setting.setting, "", "", scatter};
}

report::Figure table_of(const Trials& trials, const SearchParams& params) {
  std::vector<double> number, score, epochs, seconds;
  std::vector<std::string> state;
  for (std::size_t i = 0; i < trials.made.size(); ++i) {
    const Trial& t = trials.made[i];
    number.push_back(static_cast<double>(i + 1));
    state.push_back(t.message.empty() || t.state != TrialState::failed ? state_name(t.state)
                                                                       : "failed: " + t.message);
    score.push_back(t.state == TrialState::complete ? t.score : NAN);
    epochs.push_back(static_cast<double>(t.steps.size()));
    seconds.push_back(t.seconds);
  }
  report::Table table;
  table.columns = {{"Trial", "", 0, "", number},
                   {"State", "", 0, "", state},
                   {score_quantity(trials).name, "", 5, "Less is better", score},
                   {"Epochs", "", 0, "As far as it was followed one by one", epochs},
                   {"Time", "s", 0, "", seconds}};
  for (std::size_t d = 0; d < params.search.size(); ++d) {
    std::vector<std::string> texts;
    for (const Trial& t : trials.made) texts.push_back(text_of(params.search[d], t.values.at(d)));
    table.columns.push_back({params.search[d].setting, "", 0, "", texts});
  }
  table.sort_column = 2;
  return {"trials", "All trials", "", "", table};
}

// The best trial at an end of a range asks for a wider one.
std::vector<std::string> warnings_of(const Trials& trials, const SearchParams& params, const Trial& best) {
  std::vector<std::string> out;
  for (std::size_t d = 0; d < params.search.size(); ++d) {
    const SearchedSetting& s = params.search[d];
    if (!s.values.empty()) continue;
    const auto scaled = [&](double v) { return s.scale == SearchScale::log ? std::log(v) : v; };
    const double place = (scaled(best.values[d]) - scaled(*s.low)) / (scaled(*s.high) - scaled(*s.low));
    if (place < 0.05 || place > 0.95)
      out.push_back(fmt::format("The best {} ({}) lies at the {} end of what was searched: widen its range.",
                                s.setting, text_of(s, best.values[d]), place < 0.5 ? "lower" : "upper"));
  }
  const auto failed = std::count_if(trials.made.begin(), trials.made.end(),
                                    [](const Trial& t) { return t.state == TrialState::failed; });
  if (failed > 0)
    out.push_back(
        fmt::format("{} of {} trials failed; the table and trials.csv say why.", failed, trials.made.size()));
  return out;
}

}  // namespace

Page page(const fs::path& run) {
  const TuningSettings settings = read_settings(read_study(run.string(), {}));
  const SearchParams& params = settings.search;
  const Trials trials = read_trials(run / "trials.json");
  const std::size_t best = stats::best_trial(trials.plain());
  if (best == trials.made.size())
    throw core::InputError({.file = (run / "trials.json").string(), .what = "holds no complete trial"});
  const Trial& winner = trials.made[best];
  Page out;
  out.figures = settings.figures;
  report::Report& report = out.report;
  report.title = settings.title;
  report.finding =
      fmt::format("Trial {} of {} has the least {}, {:.4g}, with {}.", best + 1, trials.made.size(),
                  trials.score_name, winner.score, fmt::join(overrides_of(params, winner.values), ", "));
  report.warnings = warnings_of(trials, params, winner);
  std::vector<report::Figure> figures = {history_of(trials)};
  std::vector<std::string> said = {
      "Trials are scored by validation, which the search has thereby used up: judge the winner by its test "
      "period, from a run of best.yml."};
  const std::vector<double> share = stats::importance_of_settings(space_of(params), trials.plain());
  if (share.empty()) {
    said.push_back("Importance of settings is not given from fewer than 20 complete trials.");
  } else {
    figures.push_back(importance_of(params, share));
  }
  report.sections.push_back({"search", "What was found?", said, figures});
  std::vector<report::Figure> slices;
  for (std::size_t d = 0; d < params.search.size(); ++d) slices.push_back(slice_of(trials, params, d));
  report.sections.push_back({"settings", "How does the score depend on each setting?", {}, slices});
  report.sections.push_back({"all", "The trials", {}, {table_of(trials, params)}});
  report.provenance.command =
      fmt::format("phreatic tune {} --out {}", (run / "study.yml").string(), run.string());
  return out;
}

}  // namespace phreatic::studies::tuning
