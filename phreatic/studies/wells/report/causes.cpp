// SPDX-License-Identifier: BSD-3-Clause
// "What does it say?": contributions by lag, season and period; types of dynamics; the comparison with the
// truth.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "phreatic/explain/aggregate.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/wells/report/data.hpp"
#include "phreatic/studies/wells/report/figures.hpp"
#include "phreatic/studies/wells/report/places.hpp"
#include "phreatic/studies/wells/report/words.hpp"
#include "phreatic/studies/wells/types.hpp"

namespace phreatic::studies::wells {
namespace {

using nlohmann::json;

const std::vector<std::string> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

report::Figure driver_share_bars(const ReportData& data) {
  const hydrographs::Explanation& x = *data.explanation;
  report::Bars bars;
  bars.quantity = {"Share of the contributions", "%", 0};
  bars.categories = x.drivers;
  std::vector<double> mean(x.drivers.size(), 0.0);
  std::vector<std::vector<double>> all(x.drivers.size());
  for (std::size_t w = 0; w < x.table.entities.size(); ++w) {
    const explain::DriverShares shares = explain::driver_shares(x.table, w);
    for (std::size_t d = 0; d < mean.size() && d < shares.share.size(); ++d)
      all[d].push_back(100 * shares.share[d]);
  }
  std::vector<double> low;
  std::vector<double> high;
  for (std::size_t d = 0; d < mean.size(); ++d) {
    mean[d] = stats::mean(all[d]);
    low.push_back(stats::quantile(all[d], 0.1));
    high.push_back(stats::quantile(all[d], 0.9));
  }
  bars.groups.push_back({"mean over wells", mean});
  bars.low.push_back(low);
  bars.high.push_back(high);
  return {"driver-shares", "What moves the levels",
          "Share of each driver in the varying part of the contributions (mean absolute deviation from the "
          "well's own mean), averaged over wells; "
          "the lines span the middle 80 % of the wells.",
          "", bars};
}

// Per entity, share of its explained dates within the wanted standard error.
std::vector<double> shares_converged(const hydrographs::Explanation& x) {
  std::vector<double> all(x.table.entities.size(), 0.0);
  std::vector<double> converged = all;
  for (const hydrographs::ExplainedDate& date : x.dates) {
    all[date.entity] += 1;
    converged[date.entity] += date.converged ? 1 : 0;
  }
  for (std::size_t e = 0; e < all.size(); ++e)
    converged[e] = all[e] > 0 ? converged[e] / all[e] : report::kUnknown;
  return converged;
}

report::Figure memory_table(const ReportData& data) {
  const hydrographs::Explanation& x = *data.explanation;
  const double days = data.series.axis.mean_step_days();
  std::vector<double> half;
  std::vector<double> most;
  std::vector<double> oldest;
  std::vector<double> converged = shares_converged(x);
  for (std::size_t w = 0; w < x.table.entities.size(); ++w) {
    half.push_back(days * static_cast<double>(explain::memory_length(x.profile, w, 0.5)));
    most.push_back(days * static_cast<double>(explain::memory_length(x.profile, w, 0.9)));
    oldest.push_back(100 * explain::window_fit(x.profile, w).oldest_share);
    converged[w] *= 100;
  }
  const double oldest_days = days * static_cast<double>(explain::window_fit(x.profile, 0).oldest_steps);
  report::Table table;
  table.columns = {
      {"well", "", 0, "", x.table.entities},
      {"50 % of the memory", "days", 0, "look-back that holds half of the mean absolute contributions", half},
      {"90 % of the memory", "days", 0, "look-back that holds nine tenths of them", most},
      {fmt::format("in the oldest {:.0f} days", oldest_days), "%", 1,
       "share of the contributions there; much more than an even share says that the window is too short",
       oldest},
      {"dates converged", "%", 0, "explained dates within the wanted standard error", converged}};
  table.entity_column = 0;
  table.sort_column = 1;
  return {"memory", "How long wells remember", "How far back the drivers act on today's level.", "", table};
}

// Features of a signature: the shares of the groups of drivers, then twelve months of each (explain/types.hpp).
constexpr std::string_view kShare = " share";
void read_signature(const json& features, std::size_t groups, report::Cluster& cluster) {
  std::vector<double> values;
  for (const json& v : features) values.push_back(v.is_number() ? v.get<double>() : std::nan(""));
  values.resize(13 * groups, std::nan(""));
  for (std::size_t g = 0; g < groups; ++g) cluster.share.push_back(100 * values[g]);
  cluster.mean.assign(values.begin() + static_cast<std::ptrdiff_t>(groups), values.end());
}

report::Figure period_table(const json& types) {
  report::Table table;
  std::vector<std::string> type;
  std::vector<std::string> period;
  std::vector<double> observed;
  std::vector<double> simulated;
  std::vector<double> sign;
  std::map<std::string, std::vector<double>> shares;
  const json rows = types.value("periods", json::array());
  std::vector<std::string> drivers = types.value("drivers", std::vector<std::string>{});
  for (const json& row : rows) {
    type.push_back(row.value("type", ""));
    period.push_back(row.value("period", ""));
    observed.push_back(number_of(row, "observed_change"));
    simulated.push_back(number_of(row, "simulated_change"));
    sign.push_back(100 * number_of(row, "same_sign"));
    for (std::size_t d = 0; d < drivers.size(); ++d)
      shares[drivers[d]].push_back(
          100 * (row["share"][d].is_number() ? row["share"][d].get<double>() : std::nan("")));
  }
  table.columns = {
      {"type", "", 0, "", type},
      {"period", "", 0, "", period},
      {"observed change", "m", 3, "Mean change of level from the period's first to its last date", observed},
      {"simulated change", "m", 3, "The same, simulated", simulated},
      {"same sign", "%", 0, "Share of wells and years whose simulated change has the observed sign", sign}};
  for (const std::string& driver : drivers)
    table.columns.push_back({driver, "%", 0, "Share of the driver in the change", shares[driver]});
  return {"type-periods", "Types and periods",
          "Change of level over each kind of period, and which driver it comes from, by type of dynamics.",
          "", table};
}

}  // namespace

double number_of(const json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : std::nan("");
}

report::AttributionHeatmap lag_heatmap(const ReportData& data, const std::vector<std::size_t>& wells,
                                       const std::string& entity) {
  const hydrographs::Explanation& x = *data.explanation;
  report::AttributionHeatmap map;
  map.entity = entity;
  map.detail = "mean absolute contribution over the explained dates";
  map.quantity = {"Mean |contribution|", data.level_unit(), 4};
  map.magnitude = true;
  map.variables = x.drivers;
  // Coarser steps far back, so that a year of daily lags can be read.
  const double days = data.series.axis.mean_step_days();
  const std::size_t drivers = x.drivers.size();
  const std::size_t bin = std::max<std::size_t>(1, x.lags / 60);
  const std::size_t bins = (x.lags + bin - 1) / bin;
  map.values.assign(drivers * bins, std::nan(""));
  std::vector<double> given(drivers, 0.0);  // wells that have the driver
  for (const std::size_t w : wells) {
    for (std::size_t d = 0; d < drivers; ++d)
      given[d] += x.lags > 0 && !std::isnan(x.profile.mean_absolute[w * x.lags * drivers + d]) ? 1 : 0;
  }
  explain::LagProfile all{1, x.lags, drivers, {}, std::vector<double>(x.lags * drivers, 0.0)};
  for (std::size_t b = 0; b < bins; ++b) map.lags.push_back(days * static_cast<double>(b * bin));
  for (const std::size_t w : wells) {
    for (std::size_t lag = 0; lag < x.lags; ++lag) {
      for (std::size_t d = 0; d < drivers; ++d) {
        const double here = x.profile.mean_absolute[(w * x.lags + lag) * drivers + d];
        double& sum = map.values[d * bins + lag / bin];
        if (std::isnan(here)) continue;
        sum = (std::isnan(sum) ? 0.0 : sum) + here / given[d];
        all.mean_absolute[lag * drivers + d] += here / given[d];
      }
    }
  }
  map.half_within = days * static_cast<double>(explain::memory_length(all, 0, 0.5));
  map.most_within = days * static_cast<double>(explain::memory_length(all, 0, 0.9));
  return map;
}

namespace {

report::Figure agreement_table(const json& agreement) {
  report::Table table;
  std::vector<std::string> names;
  std::vector<double> correlation, rank, same;
  for (const json& row : agreement.value("methods", json::array())) {
    names.push_back(row.value("method", ""));
    correlation.push_back(number_of(row, "correlation"));
    rank.push_back(number_of(row, "rank_correlation"));
    same.push_back(100 * number_of(row, "same_strongest"));
  }
  table.columns = {
      {"method", "", 0, "", names},
      {"correlation", "", 2, "Median over the wells, of contributions over dates and drivers", correlation},
      {"rank correlation", "", 2, "Median over the wells, of the drivers by importance", rank},
      {"same strongest driver", "%", 0, "Share of the wells", same}};
  return {
      "method-agreement", "Do other methods say the same?",
      "Other methods of explanation beside expected gradients, on some dates of each well; "
      "explain/methods.csv has "
      "the numbers. They answer other questions: where the order of the drivers differs, no order is safe.",
      "", table};
}

}  // namespace

report::SeasonalAttribution seasonal_figure(const ReportData& data, const std::vector<std::size_t>& wells,
                                            const std::string& entity) {
  const hydrographs::Explanation& x = *data.explanation;
  const std::vector<double> profile = explain::seasonal_profile(x.table);
  const std::size_t columns = x.table.drivers.size();
  report::SeasonalAttribution figure;
  figure.entity = entity;
  figure.quantity.unit = data.level_unit();
  figure.categories = kMonths;
  for (std::size_t d = 0; d < x.drivers.size() && d < 6; ++d) {
    std::vector<double> values;
    double mean = 0;
    for (std::size_t m = 0; m < 12; ++m) {
      std::vector<double> these;
      for (const std::size_t w : wells) these.push_back(profile[(w * 12 + m) * columns + d]);
      values.push_back(stats::mean(these));
      mean += values.back() / 12;
    }
    if (std::isnan(mean)) mean = 0;
    for (double& v : values) v -= mean;
    figure.drivers.push_back({x.drivers[d], values});
  }
  return figure;
}

report::Section cause_section(const ReportData& data) {
  report::Section section{"causes", "What does it say?", {}, {}};
  if (!data.explanation) {
    section.paragraphs.push_back(
        "The simulated levels have not been explained in this run (explain.enabled is false).");
    return section;
  }
  std::vector<std::size_t> all(data.series.entities.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  section.paragraphs.push_back(fmt::format(
      "Contributions are expected gradients: how much each driver at each lag moved the "
      "simulated level away from the mean over {} reference "
      "windows {}{}{}. They say what the model does, not what nature does; where a well's skill is "
      "low, its contributions mean little.",
      data.settings.explain.reference_windows,
      reference_words(data.settings.explain.expected_gradients.references),
      data.settings.explain.reference_winters == hydrographs::ReferenceWinters::mild
          ? ", in the half of the winters with the least frost"
          : "",
      data.settings.explain.reference_alike > 0
          ? fmt::format(", of them the {} whose drivers other than temperature were most alike",
                        data.settings.explain.reference_alike)
          : ""));
  section.figures.push_back(driver_share_bars(data));
  section.figures.push_back(
      {"lags", "When they act",
       "Mean absolute contribution by driver and days before the explained date, over all wells.", "",
       lag_heatmap(data, all, "")});
  section.figures.push_back({"seasons", "In which season",
                             "Mean contribution by month, each driver around its own yearly mean, stacked "
                             "around zero: above the line it lifts the "
                             "level in that month, below it lowers it.",
                             "", seasonal_figure(data, all, "")});
  section.figures.push_back(memory_table(data));
  if (!data.agreement.is_null()) section.figures.push_back(agreement_table(data.agreement));
  return section;
}

namespace {

report::PointMap map_of_wells(const ReportData& data, const std::vector<std::string>& categories,
                              const std::vector<int>& labels) {
  report::PointMap map;
  map.reference_system = "WGS 84";
  map.categories = categories;
  for (std::size_t e = 0; e < data.series.entities.size() && e < labels.size(); ++e) {
    report::MapPoint point = point_of(data.series.entities, data.series.places, e);
    point.category = labels[e];
    map.points.push_back(point);
  }
  return map;
}

// Where the wells are too few for types.
std::optional<report::Section> without_types(const ReportData& data, report::Section section) {
  const std::size_t wells = data.series.entities.size();
  const bool few = data.explanation && wells < kFewestWellsForTypes;
  if (!few || data.settings.forecasts() || !data.settings.explain.types) return std::nullopt;
  section.paragraphs.push_back(
      fmt::format("With {} wells groups would say more about chance than about the wells: no types are "
                  "claimed below {}.",
                  wells, kFewestWellsForTypes));
  section.figures.push_back({"type-map", "Where the wells are", "The wells, without types.", "",
                             map_of_wells(data, {"no type claimed"}, std::vector<int>(wells, 0))});
  return section;
}

report::ClusterSignatures signatures_of(const json& types) {
  report::ClusterSignatures figure;
  figure.quantity = {"Standardised signature", "", 2};
  for (const std::string& feature : types.value("features", std::vector<std::string>{})) {
    if (feature.ends_with(kShare)) figure.rows.push_back(feature.substr(0, feature.size() - kShare.size()));
  }
  figure.columns = kMonths;
  for (const json& cluster : types.value("clusters", json::array())) {
    if (figure.clusters.size() == 6) break;
    report::Cluster c;
    c.name = cluster.value("name", "");
    c.evidence = cluster.value("evidence", "");
    c.size = cluster.value("size", 0);
    read_signature(cluster["mean"], figure.rows.size(), c);
    figure.clusters.push_back(c);
  }
  return figure;
}

// Silhouettes of all numbers of types that were tried.
report::Lines evidence_of(const json& types, std::size_t chosen) {
  report::Lines evidence;
  evidence.x = {"Number of types", "", 0};
  evidence.y = {"Mean silhouette width", "", 2};
  evidence.points = true;
  report::Line line;
  line.name = "silhouette";
  for (const json& row : types.value("k", json::array())) {
    line.x.push_back(row.value("k", 0));
    line.y.push_back(number_of(row, "silhouette"));
  }
  evidence.lines.push_back(line);
  evidence.x_marks.push_back({"chosen", static_cast<double>(chosen)});
  return evidence;
}

}  // namespace

std::optional<report::Section> type_section(const ReportData& data) {
  report::Section section{"types", "Types of dynamics", {}, {}};
  if (data.types.is_null()) return without_types(data, std::move(section));
  section.paragraphs.push_back(data.types.value("summary", ""));
  const report::ClusterSignatures figure = signatures_of(data.types);
  if (!figure.clusters.empty()) {
    section.figures.push_back(
        {"type-signatures", "Signatures",
         "Mean signature of each type: the monthly contribution of each driver, standardised over the wells "
         "(blue lifts the level, red lowers it), and each driver's share in the varying part.",
         "", figure});
  }
  std::vector<std::string> names;
  for (const report::Cluster& c : figure.clusters) names.push_back(c.name);
  section.figures.push_back({"type-map", "Where they are", "Wells by type of dynamics.", "",
                             map_of_wells(data, names, data.types.value("labels", std::vector<int>{}))});
  section.figures.push_back(
      {"type-count", "Why this number of types",
       "How well the wells separate for each number of types; see the text for the rule.", "",
       evidence_of(data.types, figure.clusters.size())});
  if (data.types.contains("periods") && !data.types["periods"].empty())
    section.figures.push_back(period_table(data.types));
  return section;
}

std::optional<report::Section> truth_section(const ReportData& data) {
  if (data.truth.is_null()) return std::nullopt;
  report::Section section{"truth", "Against the truth", {}, {}};
  section.paragraphs.push_back(
      "These wells are virtual: the simulator that made them gives the true contribution of each driver "
      "group as its Shapley value, for the same dates "
      "and references: the same day of the other years, so that whole years take the place of whole years. "
      "The ceiling is the same explainer applied to the simulator itself.");
  report::Table table;
  std::vector<std::string> names;
  std::vector<std::vector<double>> cells(6);
  const json rows = data.truth.value("scores", json::array());
  for (const json& row : rows) {
    names.push_back(row.value("group", ""));
    const char* keys[6] = {"correlation",         "slope",         "relative_rmse",
                           "ceiling_correlation", "ceiling_slope", "ceiling_relative_rmse"};
    for (std::size_t k = 0; k < 6; ++k) cells[k].push_back(number_of(row, keys[k]));
  }
  table.columns = {{"driver group", "", 0, "all: pooled over groups", names},
                   {"correlation", "", 3, "Of attributed and true contribution", cells[0]},
                   {"slope", "", 2, "1: the right size", cells[1]},
                   {"relative RMSE", "", 2, "RMSE over the standard deviation of the truth", cells[2]},
                   {"ceiling: correlation", "", 3, "Expected gradients of the simulator", cells[3]},
                   {"ceiling: slope", "", 2, "", cells[4]},
                   {"ceiling: relative RMSE", "", 2, "", cells[5]}};
  section.figures.push_back(
      {"truth-scores", "Scores", "How near the attributions come to the known causes.", "", table});
  report::Scatter scatter;
  scatter.x = {"True contribution", data.level_unit(), 2};
  scatter.y = {"Attributed contribution", data.level_unit(), 2};
  scatter.one_to_one = true;
  for (const json& group : data.truth.value("sample", json::array())) {
    report::ScatterGroup g;
    g.name = group.value("group", "");
    g.x = group.value("truth", std::vector<double>{});
    g.y = group.value("attributed", std::vector<double>{});
    scatter.groups.push_back(g);
  }
  section.figures.push_back(
      {"truth-scatter", "Attributed and true",
       "One point per well and date (a sample); on the line the model has the cause right.", "", scatter});
  return section;
}

}  // namespace phreatic::studies::wells
