// SPDX-License-Identifier: BSD-3-Clause
// "What did the network look at?": selection and attention of the Temporal Fusion Transformer, beside the
// contributions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "phreatic/explain/aggregate.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/report/data.hpp"
#include "phreatic/studies/wells/report/figures.hpp"

namespace phreatic::studies::wells {
namespace {

using nlohmann::json;

struct Weights {
  std::vector<std::string> names;
  std::vector<double> mean, low, high;  // percent
};

Weights weights_of(const json& looks, const std::string& part, const std::vector<std::string>& order) {
  Weights out;
  const auto take = [&](const json& row) {
    out.names.push_back(row.value("variable", ""));
    out.mean.push_back(100 * number_of(row, "mean"));
    out.low.push_back(100 * number_of(row, "p10"));
    out.high.push_back(100 * number_of(row, "p90"));
  };
  if (order.empty()) {
    for (const json& row : looks["selection"])
      if (row.value("part", "") == part) take(row);
    return out;
  }
  out.names = order;
  for (auto* values : {&out.mean, &out.low, &out.high}) values->assign(order.size(), report::kUnknown);
  for (const json& row : looks["selection"]) {
    const auto at = std::find(order.begin(), order.end(), row.value("variable", ""));
    if (row.value("part", "") != part || at == order.end()) continue;
    const auto i = static_cast<std::size_t>(at - order.begin());
    out.mean[i] = 100 * number_of(row, "mean");
    out.low[i] = 100 * number_of(row, "p10");
    out.high[i] = 100 * number_of(row, "p90");
  }
  return out;
}

void add_group(report::Bars& bars, const std::string& name, const Weights& w) {
  if (std::all_of(w.mean.begin(), w.mean.end(), [](double v) { return std::isnan(v); })) return;
  bars.groups.push_back({name, w.mean});
  bars.low.push_back(w.low);
  bars.high.push_back(w.high);
}

// Share of each driver in the contributions, over wells.
Weights contribution_shares(const ReportData& data) {
  Weights out;
  const hydrographs::Explanation& x = *data.explanation;
  for (std::size_t d = 0; d < x.drivers.size(); ++d) {
    std::vector<double> all;
    for (std::size_t w = 0; w < x.table.entities.size(); ++w) {
      const explain::DriverShares shares = explain::driver_shares(x.table, w);
      if (d < shares.share.size() && !std::isnan(shares.share[d])) all.push_back(100 * shares.share[d]);
    }
    out.names.push_back(x.drivers[d]);
    out.mean.push_back(all.empty() ? report::kUnknown : stats::mean(all));
    out.low.push_back(all.empty() ? report::kUnknown : stats::quantile(all, 0.1));
    out.high.push_back(all.empty() ? report::kUnknown : stats::quantile(all, 0.9));
  }
  return out;
}

std::string largest(const Weights& w) {
  std::size_t best = w.mean.size();
  for (std::size_t i = 0; i < w.mean.size(); ++i) {
    if (!std::isnan(w.mean[i]) && (best == w.mean.size() || w.mean[i] > w.mean[best])) best = i;
  }
  return best == w.mean.size() ? "" : w.names[best];
}

report::Figure attention_figure(const ReportData& data) {
  const json& looks = data.looks;
  const json& outputs = looks["outputs"];
  report::Lines lines;
  const bool ahead = data.settings.forecasts();
  lines.x = {ahead ? "Steps from the issue date" : "Steps from the date", "", 0};
  lines.y = {"Attention", "%", 2};
  std::vector<std::size_t> shown = {0};
  if (outputs.size() > 1) shown.push_back(outputs.size() - 1);
  for (const std::size_t k : shown) {
    report::Line line;
    line.name = ahead ? fmt::format("lead {}", k + 1) : std::string("mean over wells");
    if (k > 0) line.role = report::Role::other_model;
    for (std::size_t i = 0; i < looks["steps"].size(); ++i) {
      const auto value = [&](const char* key) {
        const json& v = outputs[k][key][i];
        return v.is_number() ? 100 * v.get<double>() : report::kUnknown;
      };
      line.x.push_back(looks["steps"][i].get<double>());
      line.y.push_back(value("mean"));
      line.low.push_back(value("low"));
      line.high.push_back(value("high"));
    }
    lines.lines.push_back(std::move(line));
  }
  return {"attention-by-lag", "Which steps it looks at",
          "Attention to each step of the window, averaged over heads, members and dates; the band spans the "
          "middle "
          "80 % of the wells.",
          "", lines};
}

// Numbers of a list less their mean, in standard deviations; missing stays missing.
std::vector<double> standard_scores(const json& list) {
  std::vector<double> out, known;
  for (const json& v : list) {
    out.push_back(v.is_number() ? v.get<double>() : report::kUnknown);
    if (v.is_number()) known.push_back(out.back());
  }
  if (known.empty()) return out;
  const double mean = stats::mean(known);
  double squares = 0;
  for (const double v : known) squares += (v - mean) * (v - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(known.size()));
  for (double& v : out) v = deviation > 0 ? (v - mean) / deviation : report::kUnknown;
  return out;
}

// Attention over the dates, and the same dates of each driver (four at most); nothing in runs that did not keep it.
std::vector<report::Figure> attention_over_dates(const json& looks) {
  constexpr std::size_t kMostDrivers = 4, kFewestSpans = 6;
  const json over = looks.value("over_time", json::object());
  std::vector<report::Figure> out;
  if (!over.contains("starts") || over["starts"].size() < kFewestSpans) return out;
  std::vector<double> x;
  for (const json& start : over["starts"]) x.push_back(start.get<double>());
  const std::vector<double> attention = standard_scores(over["attention"]);
  for (const json& driver : over["drivers"]) {
    if (out.size() == kMostDrivers) break;
    const std::string name = driver.value("driver", "");
    report::Lines lines;
    lines.x = {"Date", "", 0};
    lines.y = {"Standard score", "", 1};
    lines.dates = true;
    lines.lines = {{"attention", report::Role::model, x, attention, {}, {}},
                   {name, report::Role::other_model, x, standard_scores(driver["values"]), {}, {}}};
    out.push_back({fmt::format("attention-dates-{}", out.size() + 1), "Attention and " + name,
                   "Means over the wells and ten days, each less its mean and in standard deviations; the "
                   "last dates were "
                   "seen from near ones alone. As numbers: explain/attention_dates.csv.",
                   "", lines});
  }
  return out;
}

// How attention to a step goes with the driver at that step; nothing where it was not written.
std::optional<report::Figure> attention_and_drivers(const json& looks) {
  std::vector<std::string> drivers;
  std::vector<double> r, clear, calm, calm_clear, wells;
  for (const json& row : looks.value("drivers", json::array())) {
    const json& as_is = row["as_is"];
    const json& rest = row["without_season"];
    if (as_is.value("wells", 0) == 0) continue;
    const bool has_rest = rest.value("wells", 0) > 0;
    drivers.push_back(row.value("driver", ""));
    wells.push_back(as_is.value("wells", 0));
    r.push_back(number_of(as_is, "r"));
    clear.push_back(as_is.value("clear", 0));
    calm.push_back(has_rest ? number_of(rest, "r") : report::kUnknown);
    calm_clear.push_back(has_rest ? rest.value("clear", 0) : report::kUnknown);
  }
  if (drivers.empty()) return std::nullopt;
  report::Table table;
  table.columns = {
      {"driver", "", 0, "", drivers},
      {"wells", "", 0, "", wells},
      {"r", "", 2, "Pearson's correlation over time, median over the wells", r},
      {"not 0 at", "wells", 0, "Wells whose 95 % interval, from resampled blocks of 60 days, leaves 0 out",
       clear},
      {"r without seasons", "", 2, "A year's and half a year's wave taken off both; two years or more", calm},
      {"not 0 at (without)", "wells", 0, "The same", calm_clear}};
  return report::Figure{
      "attention-drivers", "Does attention follow a driver?",
      "The attention that a step got against the driver at that step. Two series of the same "
      "seasons go together whatever they have to do with each other; what goes with a driver is not "
      "moved by it. Each well: explain/attention_drivers.csv.",
      "", table};
}

}  // namespace

std::optional<report::Section> attention_section(const ReportData& data) {
  if (data.looks.is_null() || data.looks.value("dates", 0) == 0) return std::nullopt;
  report::Section section{"attention", "What did the network look at?", {}, {}};
  const std::vector<std::string> drivers =
      data.explanation ? data.explanation->drivers : std::vector<std::string>{};
  const Weights past = weights_of(data.looks, "past", drivers);
  report::Bars bars;
  bars.quantity = {"Weight", "%", 0};
  bars.categories = past.names;
  add_group(bars, "selected in the encoder", past);
  add_group(bars, "selected in the decoder", weights_of(data.looks, "future", past.names));
  std::string against;
  if (data.explanation) {
    const Weights shares = contribution_shares(data);
    add_group(bars, "share of the contributions", shares);
    const std::string selected = largest(past);
    const std::string moves = largest(shares);
    against = selected == moves
                  ? fmt::format(" Both the weights and the contributions put {} first.", selected)
                  : fmt::format(" The weights put {} first, the contributions {}: the two disagree.",
                                selected, moves);
  }
  section.paragraphs.push_back(
      fmt::format("Weights of selection and attention at {} explained dates. They say where the network "
                  "looked, not what moved "
                  "the level: contributions (expected gradients) stand beside them.{}",
                  data.looks.value("dates", 0), against));
  section.figures.push_back(
      {"variable-importance", "Which variables it selects",
       "Mean weight of each variable; the lines span the middle 80 % of the dates (weights) "
       "or wells (contributions).",
       "", bars});
  const Weights statics = weights_of(data.looks, "static", {});
  if (!statics.names.empty()) {
    report::Bars own;
    own.quantity = {"Weight", "%", 0};
    own.categories = statics.names;
    add_group(own, "static attributes", statics);
    section.figures.push_back(
        {"static-importance", "Which attributes it selects",
         "Mean weight of each static attribute; the lines span the middle 80 % of the dates.", "", own});
  }
  section.figures.push_back(attention_figure(data));
  for (report::Figure& figure : attention_over_dates(data.looks))
    section.figures.push_back(std::move(figure));
  if (auto followed = attention_and_drivers(data.looks)) section.figures.push_back(std::move(*followed));
  return section;
}

}  // namespace phreatic::studies::wells
