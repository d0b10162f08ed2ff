// SPDX-License-Identifier: BSD-3-Clause
// What decides where water stays: Shapley values of the mapping surrogates.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/recharge/page/page_data.hpp"
#include "phreatic/trees/importance.hpp"

namespace phreatic::studies::recharge {
namespace {

using report::Section;

struct Input {
  std::string name;
  double mean_absolute = 0, variance = 0;
  const std::vector<double>* values = nullptr;  // Shapley values
};

// Inputs of a target, the most important first.
std::vector<Input> importance(const PageData& data, const std::string& target) {
  std::vector<Input> out;
  for (const TableColumn& column : data.shap.columns) {
    if (column.name.rfind(target + " ", 0) != 0 || column.name == target + " base") continue;
    Input input{column.name.substr(target.size() + 1), 0, 0, &column.numbers};
    const double middle = stats::mean(column.numbers);
    for (const double v : column.numbers) {
      input.mean_absolute += std::abs(v) / static_cast<double>(column.numbers.size());
      input.variance += (v - middle) * (v - middle) / static_cast<double>(column.numbers.size());
    }
    out.push_back(input);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Input& a, const Input& b) { return a.mean_absolute > b.mean_absolute; });
  return out;
}

// Share of the sites with a lower value.
std::vector<double> levels_of(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> out;
  for (const double v : values) {
    const auto lower = std::lower_bound(sorted.begin(), sorted.end(), v) - sorted.begin();
    out.push_back(sorted.size() > 1 ? static_cast<double>(lower) / static_cast<double>(sorted.size() - 1)
                                    : 0.5);
  }
  return out;
}

report::Figure beeswarm(const PageData& data, const std::vector<Input>& inputs, const std::string& words,
                        const std::string& id) {
  report::Beeswarm swarm;
  swarm.noun = "site";
  swarm.quantity = {"log10 of the factor on " + words, "", 3};
  swarm.labels = data.shap.ids;
  for (const Input& input : inputs) {
    swarm.features.push_back(data.input_words(input.name));
    swarm.values.insert(swarm.values.end(), input.values->begin(), input.values->end());
    const std::vector<double> level = levels_of(data.features.numbers(input.name));
    swarm.levels.insert(swarm.levels.end(), level.begin(), level.end());
  }
  return {"beeswarm-" + id, "Every site: " + words,
          "Each dot is a site: how far the input moves its prediction from the average (log10 of the "
          "factor), coloured "
          "by the input's own value.",
          "", swarm};
}

// Contribution against value with a smooth trend (trees::dependence), as factors.
report::Figure dependence_figure(const PageData& data, const Input& input, const std::string& words,
                                 const std::string& id) {
  const auto& values = data.features.numbers(input.name);
  trees::Contributions contributions{values.size(), {input.name}, 0, *input.values};
  trees::Table table{{input.name}, values.size(), {}};
  for (const double v : values) table.values.push_back(static_cast<float>(v));
  const trees::Dependence trend = trees::dependence(contributions, table, 0, {.span = 0.3, .points = 40});
  report::Scatter chart;
  chart.x = {data.input_label(input.name), "", 2};
  chart.y = {"Factor on " + words, "-", 2};
  report::ScatterGroup group{"sites", data.shap.ids, values, *input.values};
  for (double& v : group.y) v = std::pow(10, v);
  chart.groups.push_back(group);
  chart.fit_x = trend.trend_value;
  for (const double v : trend.trend) chart.fit_y.push_back(std::pow(10, v));
  return {id, data.input_label(input.name),
          fmt::format("Factor by which {} changes {}, site by site (1: as on average), with a smooth trend.",
                      data.input_words(input.name), words),
          "", chart};
}

void add_causes(const PageData& data, const std::string& target, const std::string& words,
                const std::string& id, Section& section) {
  const std::vector<Input> inputs = importance(data, target);
  if (inputs.empty()) return;
  report::Bars bars;
  bars.quantity = {"Typical factor", "-", 2};
  bars.groups = {{"10^(mean |SHAP|)", {}}};
  const double all = std::accumulate(inputs.begin(), inputs.end(), 0.0,
                                     [](double s, const Input& i) { return s + i.variance; });
  std::string shares;
  for (const Input& input : inputs) {
    bars.categories.push_back(data.input_words(input.name));
    bars.groups[0].values.push_back(std::pow(10, input.mean_absolute));
    if (all > 0)
      shares +=
          fmt::format("{}{} {:.0f} %", shares.empty() ? "" : ", ", input.name, 100 * input.variance / all);
  }
  section.figures.push_back(
      {"importance-" + id, "What decides " + words,
       fmt::format(
           "By how much an input typically multiplies {}. Share of the variance of Shapley values: {}.",
           words, shares),
       "", bars});
  section.figures.push_back(beeswarm(data, inputs, words, id));
  for (std::size_t i = 0; i < std::min<std::size_t>(4, inputs.size()); ++i)
    section.figures.push_back(
        dependence_figure(data, inputs[i], words, fmt::format("dependence-{}-{}", id, i + 1)));
}

// S0 at the sites as rate or area grows, all else as it is, and what one unit more adds.
void add_returns(const PageData& data, const std::string& input, const report::Quantity& quantity,
                 Section& section) {
  report::Lines chart;
  chart.x = quantity;
  chart.y = {data.response_name(), "1000 m3", 0};
  std::vector<double> value, low, middle, high, gain;
  for (std::size_t i = 0; i < data.returns.ids.size(); ++i) {
    if (data.returns.texts("input")[i] != input) continue;
    value.push_back(data.returns.numbers("value")[i]);
    low.push_back(1e-3 * data.returns.numbers("p10")[i]);
    middle.push_back(1e-3 * data.returns.numbers("p50")[i]);
    high.push_back(1e-3 * data.returns.numbers("p90")[i]);
    gain.push_back(1e-3 * data.returns.numbers("gain")[i]);
  }
  if (value.size() < 2) return;
  chart.lines.push_back({"a tenth of the sites below", report::Role::other_model, value, low, {}, {}});
  chart.lines.push_back({"median site", report::Role::model, value, middle, {}, {}});
  chart.lines.push_back({"a tenth of the sites above", report::Role::other_model, value, high, {}, {}});
  section.figures.push_back(
      {"returns-" + input, "What more " + input + " adds",
       fmt::format(
           "Response of the sites with the same {} each, by {}. One {} more adds {:.1f} thousand m3 at the "
           "median site at the low end and {:.1f} at the high end.",
           input, data.mapping_models(), quantity.unit, gain[1], gain.back()),
       "", chart});
}

}  // namespace

std::vector<std::string> inputs_by_importance(const PageData& data, const std::string& target) {
  std::vector<std::string> out;
  for (const Input& input : importance(data, target)) out.push_back(input.name);
  return out;
}

report::Waterfall site_waterfall(const PageData& data, const std::string& target, const std::string& name,
                                 std::size_t site) {
  report::Waterfall fall;
  fall.entity = data.shap.ids[site];
  fall.quantity = {"log10 of " + name, "", 3};
  fall.base_value = data.shap.numbers(target + " base")[site];
  fall.prediction = fall.base_value;
  for (const Input& input : importance(data, target)) {
    fall.drivers.push_back(
        fmt::format("{} = {:.3g}", data.input_words(input.name), data.features.numbers(input.name)[site]));
    fall.values.push_back((*input.values)[site]);
    fall.prediction += fall.values.back();
  }
  const double simulated = data.targets.numbers(target)[site];
  if (simulated > 0) fall.observed = std::log10(simulated);
  return fall;
}

Section causes_section(const PageData& data) {
  Section section{"causes", "What decides where water stays?", {}, {}};
  section.paragraphs.push_back(
      fmt::format("Shapley values of {} on log10 targets are factors when back-transformed: 1.5 "
                  "means half as much again as on "
                  "average. Maps were averaged with a Gaussian kernel of {:g} m.",
                  data.mapping_models(), data.training.value("sigma_m", 0.0)));
  std::string pairs;
  for (const auto& p : data.training["pairs"])
    pairs += fmt::format("{}{} and {} ({:.2f})", pairs.empty() ? "" : ", ", p.value("a", ""),
                         p.value("b", ""), p.value("r2", 0.0));
  section.paragraphs.push_back(
      pairs.empty()
          ? fmt::format("No pair of inputs has an R2 above {:g}.", data.settings.features.collinear_r2)
          : fmt::format(
                "Effects of inputs that go together cannot be told apart. Pairs with an R2 above {:g}: {}.",
                data.settings.features.collinear_r2, pairs));
  report::Bars vif;
  vif.quantity = {"Variance inflation factor", "-", 1};
  vif.groups = {{"all inputs", {}}};
  for (const auto& [name, value] : data.training["vif"].items()) {
    vif.categories.push_back(data.input_words(name));
    vif.groups[0].values.push_back(value.is_number() ? value.get<double>() : report::kUnknown);
  }
  add_causes(data, data.response_column(), "the response", "response", section);
  if (!data.steady_only()) add_causes(data, "k_per_day", "the decay", "decay", section);
  add_returns(data, "rate", {"Rate", "mm/d", 1}, section);
  add_returns(data, "area", {"Area", "km2", 2}, section);
  section.figures.push_back(
      {"vif", "How much inputs tell about each other",
       "1 / (1 - R2 of an input on all others); above about 5 its own effect is uncertain.", "", vif});
  return section;
}

}  // namespace phreatic::studies::recharge
