// SPDX-License-Identifier: BSD-3-Clause
// Causes, maps and the plan.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/recharge/page/page_data.hpp"

namespace phreatic::studies::recharge {
namespace {

using report::Figure;
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
    bars.categories.push_back(data.input_label(input.name));
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
  for (std::size_t i = 0; i < std::min<std::size_t>(4, inputs.size()); ++i) {
    report::Scatter chart;
    chart.x = {data.input_label(inputs[i].name), "", 2};
    chart.y = {"Factor on " + words, "-", 2};
    report::ScatterGroup group{"sites", data.shap.ids, data.features.numbers(inputs[i].name),
                               *inputs[i].values};
    for (double& v : group.y) v = std::pow(10, v);
    chart.groups.push_back(group);
    section.figures.push_back({fmt::format("dependence-{}-{}", id, i + 1), data.input_label(inputs[i].name),
                               fmt::format("Factor by which {} changes {}, site by site (1: as on average).",
                                           data.input_label(inputs[i].name), words),
                               "", chart});
  }
}

// Sites as points, cells outside the training range hatched.
Figure map_figure(const PageData& data, const PageMap& map, const std::string& id,
                  const report::Quantity& quantity, bool log_scale, const std::string& heading,
                  const std::string& caption, double factor = 1) {
  report::FieldMap field;
  field.quantity = quantity;
  field.log_scale = log_scale;
  field.projected = true;
  field.reference_system = map.grid.crs;
  field.columns = static_cast<std::size_t>(map.grid.width);
  field.rows = static_cast<std::size_t>(map.grid.height);
  field.cell_width = std::hypot(map.grid.transform[1], map.grid.transform[4]);
  field.cell_height = std::hypot(map.grid.transform[2], map.grid.transform[5]);
  const bool aligned = data::is_aligned(map.grid);
  field.left = aligned ? map.grid.transform[0] : 0;
  field.top = aligned ? map.grid.transform[3] : field.cell_height * static_cast<double>(field.rows);
  if (!aligned) field.reference_system = "metres along the model's rows and columns";
  field.values = map.values;
  for (double& v : field.values) v *= factor;
  for (const double share : data.applicability.values)
    field.outside.push_back(!std::isnan(share) && share < data.settings.scan.least_applicability);
  const auto point = [&](const Table& table, std::size_t i, const std::string& name) {
    const double x = field.left + (table.numbers("column")[i] - 0.5) * field.cell_width;
    const double y = field.top - (table.numbers("row")[i] - 0.5) * field.cell_height;
    field.points.push_back({name, x, y});
  };
  for (std::size_t i = 0; i < data.plan_sites.ids.size(); ++i)
    point(data.plan_sites, i, data.plan_sites.ids[i]);
  return {id, heading, caption, "", field};
}

report::Table plan_table(const PageData& data) {
  report::Table table;
  table.columns.push_back({"site", "", 0, "of the plan", data.plan_sites.ids});
  const std::string response = data.steady_only() ? "steady response" : "S0";
  const std::vector<std::tuple<std::string, std::string, std::string, int>> columns = {
      {"row", "row", "", 0},
      {"column", "column", "", 0},
      {"area_km2", "area", "km2", 2},
      {"s0_predicted_m3", response + " predicted", "m3", 0},
      {"s0_simulated_m3", response + " simulated", "m3", 0},
      {"k_predicted_per_day", "k predicted", "1/d", 4},
      {"k_simulated_per_day", "k simulated", "1/d", 4},
      {"left_predicted", "left predicted", "", 2},
      {"left_simulated", "left simulated", "", 2},
      {"water_simulated_m3", "water in storage", "m3", 0}};
  for (const auto& [column, name, unit, digits] : columns) {
    if (data.steady_only() &&
        (column.rfind("k_", 0) == 0 || column.rfind("left_", 0) == 0 || column == "water_simulated_m3"))
      continue;
    table.columns.push_back({name, unit, digits, name, data.plan_sites.numbers(column)});
  }
  return table;
}

// How far the surrogate's promise holds: the best of many predictions are those that err upwards most.
std::string held_of_plan(const PageData& data) {
  const std::vector<double> predicted = data.plan_sites.numbers("s0_predicted_m3");
  const std::vector<double> simulated = data.plan_sites.numbers("s0_simulated_m3");
  double promised = 0, held = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    if (std::isnan(predicted[i]) || std::isnan(simulated[i])) continue;
    promised += predicted[i];
    held += simulated[i];
  }
  if (promised <= 0) return {};
  std::string before;
  const auto& rounds = data.plan.contains("rounds") ? data.plan["rounds"] : nlohmann::json::array();
  for (std::size_t r = 0; r + 1 < rounds.size(); ++r)
    before += fmt::format("{}{:.0f} %", r == 0 ? "" : ", ",
                          100 * rounds[r].value("held_m3", 0.0) / rounds[r].value("promised_m3", 1.0));
  return fmt::format(" Simulated, the sites have {:.0f} % of the response that was predicted for them{}.",
                     100 * held / promised,
                     before.empty() ? ": the best of many predictions are those that err upwards most"
                                    : " (plans before, from which the surrogates learnt: " + before +
                                          "; the best of many predictions are those that err upwards most)");
}

report::Table ranking_table(const PageData& data) {
  report::Table table;
  table.columns.push_back({"rank", "", 0, "by the weighted sum", data.ranking.ids});
  const std::vector<std::tuple<std::string, std::string, std::string, int>> columns = {
      {"row", "row", "", 0},
      {"column", "column", "", 0},
      {"s0_m3", data.steady_only() ? "steady response" : "S0", "m3", 0},
      {"fraction_left", "left", "", 2},
      {"score", "score", "", 3},
      {"pareto", "Pareto front", "", 0},
      {"stability", "stability", "", 2}};
  for (const auto& [column, name, unit, digits] : columns) {
    if (data.steady_only() && (column == "fraction_left" || column == "pareto")) continue;
    table.columns.push_back({name, unit, digits, name, data.ranking.numbers(column)});
  }
  table.columns.back().help =
      "share of the draws of weights in which the cell is among the plan's number of best cells";
  return table;
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
    vif.categories.push_back(data.input_label(name));
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

Section map_section(const PageData& data) {
  Section section{"maps", "Where does water stay?", {}, {}};
  const ScanParams& scan = data.settings.scan;
  section.paragraphs.push_back(fmt::format(
      "Every cell as the centre of a site of about {:g} km2 with {:g} mm/d, by {}. Ranks and plan "
      "follow from these maps{}. Hatched: inputs "
      "outside of the range of the "
      "training sites, where the model says nothing. Points: the plan's sites.",
      scan.area_km2, scan.rate_mm_per_day, data.mapping_models(),
      data.settings.plan.rounds > 1 ? " and from what the rounds of the plan taught" : ""));
  section.figures.push_back(
      map_figure(data, data.s0, "map-response", {data.response_name(), "1000 m3", 1}, false, "Response",
                 data.steady_only() ? "Rise of the water table times area, for recharge that never stops."
                                    : "Storage at the end of recharge.",
                 1e-3));
  if (!data.steady_only()) {
    section.figures.push_back(map_figure(data, data.k, "map-decay", {"Decay coefficient", "1/d", 4}, true,
                                         "Decay", "How fast storage drains."));
    section.figures.push_back(
        map_figure(data, data.left, "map-left", {"Fraction left", "-", 2}, false, "What is left",
                   fmt::format("Fraction of S0 left after {:g} days.", scan.days.back())));
  }
  if (!data.adjoint_response.values.empty()) {
    section.figures.push_back(map_figure(
        data, data.adjoint_response, "map-adjoint-response",
        {data.steady_only() ? "Steady response per m3/d" : "Storage per m3",
         data.steady_only() ? "d" : "m3/m3", 2},
        false, "Response by the adjoint",
        fmt::format("{} around the cell, by runs backward alone: no "
                    "scenario and no training, and wrong where drains and rivers switch.",
                    data.steady_only() ? "Rise times area for each m3/d"
                                       : "Storage at the end of recharge for each m3 infiltrated")));
    if (!data.steady_only())
      section.figures.push_back(map_figure(data, data.adjoint_k, "map-adjoint-decay",
                                           {"Decay coefficient", "1/d", 4}, true, "Decay by the adjoint",
                                           "How fast storage drains, by runs backward alone."));
  }
  return section;
}

Section plan_section(const PageData& data) {
  Section section{"plan", "Which sites?", {}, {}};
  const auto& p = data.plan;
  section.paragraphs.push_back(fmt::format(
      "{} cells can hold the site; {} have no room, {} lie outside the training range, {} have a water table "
      "above {:g} m, {} are excluded. "
      "{}",
      p.value("candidates", 0), p.value("no_room", 0), p.value("extrapolated", 0), p.value("shallow", 0),
      data.settings.plan.least_depth_m, p.value("excluded", 0),
      data.steady_only()
          ? "Ranks are by response and depth to water: a steady model says nothing of what is left."
          : fmt::format("{} are on the Pareto front of response and fraction left.", p.value("pareto", 0))));
  if (p.value("sites", 0) < p.value("sites_wanted", 0))
    section.paragraphs.push_back(fmt::format("Only {} of {} sites fit the spacing and the water budget.",
                                             p.value("sites", 0), p.value("sites_wanted", 0)));
  if (!data.plan_sites.ids.empty())
    section.figures.push_back({"plan-table", "The plan, simulated together",
                               "Best cells that keep their distance, with what the surrogate said and what "
                               "the engine then simulated with all of them at once." +
                                   held_of_plan(data),
                               "", plan_table(data)});
  if (!data.ranking.ids.empty())
    section.figures.push_back({"ranking", "Best cells",
                               data.steady_only()
                                   ? "Cells by their response."
                                   : "Cells by the weighted sum of response and fraction left.",
                               "", ranking_table(data)});
  return section;
}

}  // namespace phreatic::studies::recharge
