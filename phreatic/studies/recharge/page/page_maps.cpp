// SPDX-License-Identifier: BSD-3-Clause
// Maps and the plan.
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

// Streams: from every cell with one to its neighbours to the right and below that have one.
std::vector<report::Polyline> streams(const PageData& data, const report::FieldMap& field) {
  std::vector<report::Polyline> out;
  const std::size_t rows = field.rows;
  const std::size_t columns = field.columns;
  const auto river = [&](std::size_t r, std::size_t c) { return data.rivers.values[r * columns + c] > 0; };
  const auto x = [&](std::size_t c) {
    return field.left + (static_cast<double>(c) + 0.5) * field.cell_width;
  };
  const auto y = [&](std::size_t r) {
    return field.top - (static_cast<double>(r) + 0.5) * field.cell_height;
  };
  const auto line = [&](std::size_t r, std::size_t c, std::size_t to_r, std::size_t to_c) {
    if (river(to_r, to_c)) out.push_back({{x(c), x(to_c)}, {y(r), y(to_r)}, false});
    return river(to_r, to_c);
  };
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      if (!river(r, c)) continue;
      const bool right = c + 1 < columns && line(r, c, r, c + 1);
      if (r + 1 == rows) continue;
      const bool below = line(r, c, r + 1, c);
      // Corners are joined only where no side is.
      if (!right && !below && c + 1 < columns) line(r, c, r + 1, c + 1);
      if (!below && c > 0 && !river(r, c - 1)) line(r, c, r + 1, c - 1);
    }
  }
  return out;
}

// Points: the plan's sites, or others. Cells outside the training range hatched, streams as lines.
Figure map_figure(const PageData& data, const PageMap& map, const std::string& id,
                  const report::Quantity& quantity, bool log_scale, const std::string& heading,
                  const std::string& caption, double factor = 1, const Table* sites = nullptr) {
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
  field.lines = streams(data, field);
  const auto point = [&](const Table& table, std::size_t i, const std::string& name) {
    const double x = field.left + (table.numbers("column")[i] - 0.5) * field.cell_width;
    const double y = field.top - (table.numbers("row")[i] - 0.5) * field.cell_height;
    field.points.push_back({name, x, y});
  };
  const Table& points = sites == nullptr ? data.plan_sites : *sites;
  for (std::size_t i = 0; i < points.ids.size(); ++i) point(points, i, points.ids[i]);
  return {id, heading, caption, "", field};
}

// Shapley values of an input at every cell, as factors.
void add_shap_maps(const PageData& data, const std::vector<std::pair<std::string, PageMap>>& maps,
                   const std::string& words, const std::string& id, Section& section) {
  for (std::size_t i = 0; i < maps.size(); ++i) {
    PageMap factors = maps[i].second;
    for (double& v : factors.values) v = std::pow(10, v);
    section.figures.push_back(map_figure(data, factors, fmt::format("map-shap-{}-{}", id, i + 1),
                                         {"Factor on " + words, "-", 2}, true,
                                         data.input_words(maps[i].first) + ": factor on " + words,
                                         fmt::format("By how much {} multiplies {} at every cell as a site's "
                                                     "centre (Shapley value; 1: as on average).",
                                                     data.input_words(maps[i].first), words)));
  }
}

// Sites whose response is above their steady one, with what takes the water in the mean state.
void add_above(const PageData& data, Section& section) {
  if (data.above.ids.empty()) return;
  section.figures.push_back(map_figure(data, data.depth, "map-above", {"Depth to water", "m", 1}, false,
                                       "Sites above their steady response",
                                       fmt::format("{} sites that hold more at the end of recharge than "
                                                   "steady recharge would hold for good, on the depth "
                                                   "to water: the steady state is one of mean stresses, and "
                                                   "what takes water there all the year may rest "
                                                   "in the season.",
                                                   data.above.ids.size()),
                                       1, &data.above));
  report::Table table;
  table.entity_column = 0;
  table.columns.push_back({"site", "", 0, "name", data.above.ids});
  table.columns.push_back({"ratio", "", 2, "response over steady response", data.above.numbers("ratio")});
  for (const char* kind : {"drains", "rivers", "evaporation"}) {
    for (const char* state : {"mean state", "season"})
      table.columns.push_back({fmt::format("{}, {}", kind, state), "1/d", 5,
                               "water lost more for a metre of rise, around the site",
                               data.above.numbers(fmt::format("{} {} 1/d", kind, state))});
  }
  table.columns.push_back(
      {"reason", "", 0, "what takes most more in the mean state", data.above.texts("reason")});
  section.figures.push_back(
      {"above-table", "Why they are above it",
       "How strongly drains, rivers and evaporation answer to a higher water table, in the mean "
       "state and in the season of recharge.",
       "", table});
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

}  // namespace

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
  add_shap_maps(data, data.shap_response, "the response", "response", section);
  add_shap_maps(data, data.shap_decay, "the decay", "decay", section);
  section.figures.push_back(
      map_figure(data, data.depth, "map-sites", {"Depth to water", "m", 1}, false, "The simulated sites",
                 "Depth to water while recharge flows, without added recharge, and every simulated "
                 "site: a click opens its storage curve and how its prediction comes about.",
                 1, &data.sites));
  add_above(data, section);
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
