// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "demo_data.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/report/model.hpp"

namespace phreatic::report::demo {
namespace {

const std::vector<std::string> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::vector<double> row(const std::vector<double>& values, int index, int size) {
  return {values.begin() + index * size, values.begin() + (index + 1) * size};
}

std::vector<double> mean_of(const std::vector<Well>& wells, const std::vector<double> Well::*field,
                            int type) {
  std::vector<double> mean((wells.front().*field).size(), 0);
  double n = 0;
  for (const auto& w : wells) {
    if (type >= 0 && w.type != type) continue;
    n += 1;
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += (w.*field)[i];
  }
  for (auto& v : mean) v /= std::max(1.0, n);
  return mean;
}

AttributionHeatmap heatmap(const std::string& entity, const std::vector<double>& values) {
  AttributionHeatmap h;
  h.entity = entity;
  h.detail = "mean over the test period";
  h.variables = kVariables;
  for (int l = 0; l < kLags; ++l) h.lags.push_back(l);
  h.values = values;
  double sum = 0;
  for (const double v : values) sum += v;
  h.base_value = 151.204;
  h.residual = 0.0021;
  h.prediction = h.base_value + sum + h.residual;
  h.limits = {-0.02, 0.02};
  return h;
}

SeasonalAttribution seasonal(const std::string& entity, const std::vector<double>& values) {
  SeasonalAttribution s;
  s.entity = entity;
  s.categories = kMonths;
  std::vector<double> sum(12, 0);
  for (int v = 0; v < 4; ++v) {
    s.drivers.push_back({kVariables[v], row(values, v, 12)});
    for (int m = 0; m < 12; ++m) sum[m] += values[v * 12 + m];
  }
  s.simulated = sum;
  for (int m = 0; m < 12; ++m) s.observed.push_back(sum[m] + 0.03 * std::sin(m * 1.7));
  return s;
}

Panel panel(const Well& w, int years) {
  Panel p;
  p.entity = w.name;
  p.facts = {{"Type of dynamics", kTypes[w.type]},
             {"Land surface", "154.2 m"},
             {"Screen", "12\u201314 m below surface"},
             {"Observations", std::to_string(std::count_if(w.observed.begin(), w.observed.end(),
                                                           [](double v) { return !std::isnan(v); }))}};
  if (w.nse < 0.3)
    p.warnings = {"The model does not follow this well (NSE below 0.3): do not use its simulation."};
  Hydrograph& h = p.hydrograph.emplace();
  h.entity = w.name;
  h.detail = "screen 12\u201314 m, datum Yellow Sea 1985";
  h.axis = axis(years);
  if (w.depth) h.quantity = {"Depth to water", "m", 2}, h.downward = true;
  h.observed = w.observed;
  h.simulated = w.simulated;
  h.lower = w.lower;
  h.upper = w.upper;
  h.baselines = {{"Seasonal climatology", w.climatology}};
  h.precipitation = w.precipitation;
  h.periods = periods(years);
  p.figures.push_back(
      {"attribution", "Attribution by lag",
       "Which day of the past moves the level, and by how much: blue raises it, red lowers it.", "",
       heatmap(w.name, w.attribution)});
  p.figures.push_back(
      {"seasonal", "Attribution by month",
       "Mean contribution of each driver in each month, stacked around zero; the line is their sum.", "",
       seasonal(w.name, w.seasonal)});
  Waterfall fall{w.name, "2019-05-14", {"Groundwater level", "m", 2},
                 151.2,  kVariables,   {0.31, -0.08, -0.22, w.type == 2 ? -0.35 : 0.0},
                 0,      151.27};
  fall.prediction = fall.base_value;
  for (const double v : fall.values) fall.prediction += v;
  p.figures.push_back(
      {"waterfall", "One date explained", "2019-05-14, from the base value to the prediction.", "", fall});
  return p;
}

Table table(const std::vector<Well>& wells) {
  std::vector<std::string> names, types;
  std::vector<double> nse, rmse, coverage, climatology, n;
  for (const auto& w : wells) {
    names.push_back(w.name);
    types.push_back(kTypes[w.type]);
    nse.push_back(w.nse);
    rmse.push_back(w.rmse);
    coverage.push_back(w.coverage * 100);
    climatology.push_back(w.nse_climatology);
    n.push_back(static_cast<double>(
        std::count_if(w.observed.begin(), w.observed.end(), [](double v) { return !std::isnan(v); })));
  }
  Table t;
  t.columns = {
      {"Well", "", 0, "", names},
      {"Type", "", 0, "Type of dynamics from the attribution signatures", types},
      {"NSE", "", 2,
       "Nash\u2013Sutcliffe efficiency over the test period; 1 = perfect, 0 = as good as the mean", nse},
      {"NSE climatology", "", 2, "The same for the seasonal climatology", climatology},
      {"RMSE", "m", 2, "Root mean square error over the test period", rmse},
      {"Coverage", "%", 0, "Share of test observations inside the 90 % band", coverage},
      {"Observations", "", 0, "Observed values in all periods", n}};
  t.entity_column = 0;
  t.sort_column = 2;
  t.descending = true;
  return t;
}

PointMap map(const std::vector<Well>& wells, bool types) {
  PointMap m;
  m.reference_system = "WGS 84";
  for (const auto& w : wells)
    m.points.push_back({w.name, w.longitude, w.latitude, w.nse, types ? w.type : -1});
  if (types) m.categories = kTypes;
  Polyline river;
  for (int i = 0; i <= 60; ++i) {
    river.x.push_back(122.9 + 0.065 * i);
    river.y.push_back(46.6 - 0.03 * i + 0.14 * std::sin(i * 0.35) + 0.05 * std::sin(i * 1.1));
  }
  Polyline lake{{124.6, 124.8, 124.9, 124.75, 124.55}, {45.2, 45.25, 45.15, 45.05, 45.1}, true};
  m.rivers = {lake, river};
  return m;
}

SkillDistribution distribution(const std::vector<Well>& wells) {
  Distribution model{"LSTM, 10 seeds", Role::model, {}};
  Distribution ridge{"Lagged ridge", Role::baseline, {}};
  Distribution climatology{"Climatology", Role::baseline, {}};
  for (const auto& w : wells) {
    model.values.push_back(w.nse);
    ridge.values.push_back(w.nse_ridge);
    climatology.values.push_back(w.nse_climatology);
  }
  SkillDistribution s;
  s.items = {model, ridge, climatology};
  s.marks = {{"threshold 0.7", 0.7}};
  return s;
}

LearningCurves learning() {
  LearningCurves c;
  c.loss = {"Loss (1 \u2212 NSE)", "", 3};
  c.log_scale = true;
  for (int seed = 0; seed < 5; ++seed) {
    core::RandomStream random(3, "demo learning", static_cast<std::uint64_t>(seed));
    LearningCurve curve{"seed " + std::to_string(seed), {}, {}, -1};
    for (int e = 0; e < 40; ++e) {
      curve.training.push_back(0.12 + 0.7 * std::exp(-e / 6.0) + 0.01 * random.uniform());
      curve.validation.push_back(0.19 + 0.65 * std::exp(-e / 7.0) + 0.0012 * std::max(0, e - 24) +
                                 0.02 * random.uniform());
    }
    curve.best_epoch = static_cast<int>(std::min_element(curve.validation.begin(), curve.validation.end()) -
                                        curve.validation.begin());
    c.curves.push_back(curve);
  }
  return c;
}

Coverage coverage(const std::vector<Well>& wells) {
  Coverage c;
  c.variable = "Test period";
  c.nominal = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
  c.actual = {0.09, 0.19, 0.31, 0.42, 0.52, 0.61, 0.69, 0.79, 0.886, 0.94};
  for (const auto& w : wells) {
    c.entities.push_back(w.name);
    c.entity_actual.push_back(w.coverage);
    c.entity_width.push_back(w.upper[0] - w.lower[0]);
  }
  return c;
}

Completeness completeness(const std::vector<Well>& wells) {
  Completeness c;
  core::RandomStream random(5, "demo completeness");
  for (const auto& w : wells) {
    c.labels.push_back(w.name);
    c.difference.push_back(0.4 * random.normal());
    c.attribution_sum.push_back(c.difference.back() + 0.004 * random.normal());
  }
  c.tolerance = 0.01;
  return c;
}

ClusterSignatures signatures(const std::vector<Well>& wells) {
  ClusterSignatures c;
  c.quantity = {"Mean attribution", "m", 2};
  c.rows = kVariables;
  c.columns = kMonths;
  for (int type = 0; type < 3; ++type) {
    Cluster cluster;
    cluster.name = kTypes[type];
    cluster.size = static_cast<int>(
        std::count_if(wells.begin(), wells.end(), [&](const Well& w) { return w.type == type; }));
    cluster.evidence =
        type == 2 ? "pumping has the largest share of the absolute attribution (0.41)."
        : type == 0
            ? "evapotranspiration has 0.38 of the absolute attribution (rule: at least 0.30)."
            : "levels fall after peaks as a recession; evapotranspiration has 0.17 (rule: below 0.30).";
    cluster.mean = mean_of(wells, &Well::seasonal, type);
    cluster.share = {46, 14, 29, 11};
    c.clusters.push_back(cluster);
  }
  return c;
}

Bars importance() {
  Bars b;
  b.quantity = {"Share of absolute attribution", "%", 0};
  b.categories = kVariables;
  b.groups = {{"All wells", {46, 14, 29, 11}}};
  b.low = {{40, 10, 22, 2}};
  b.high = {{52, 18, 36, 20}};
  return b;
}

BoxPlot skill_boxes(const std::vector<Well>& wells) {
  BoxPlot b;
  b.quantity = {"NSE", "", 2};
  b.categories = kTypes;
  for (const bool ridge : {false, true}) {
    BoxGroup group{ridge ? "ridge" : "model", std::vector<std::vector<double>>(3),
                   std::vector<std::vector<std::string>>(3)};
    for (const Well& w : wells) {
      group.values[static_cast<std::size_t>(w.type)].push_back(ridge ? w.nse_ridge : w.nse);
      group.labels[static_cast<std::size_t>(w.type)].push_back(w.name);
    }
    b.groups.push_back(group);
  }
  return b;
}

Scatter river_scatter(const std::vector<Well>& wells) {
  Scatter s;
  s.x = {"Distance to the river", "km", 1};
  s.y = {"NSE", "", 2};
  ScatterGroup g{"Wells", {}, {}, {}};
  core::RandomStream random(6, "demo scatter");
  for (const auto& w : wells) {
    g.labels.push_back(w.name);
    g.x.push_back(40 * random.uniform());
    g.y.push_back(w.nse);
  }
  s.groups = {g};
  for (int i = 0; i <= 20; ++i) {
    const double x = 2.0 * i;
    s.fit_x.push_back(x);
    s.fit_y.push_back(0.75 - 0.001 * x);
    s.fit_low.push_back(0.75 - 0.001 * x - 0.05 - 0.00008 * (x - 20) * (x - 20));
    s.fit_high.push_back(0.75 - 0.001 * x + 0.05 + 0.00008 * (x - 20) * (x - 20));
  }
  s.note = "r = \u22120.05 (95 %: \u22120.33 to 0.24), n = " + std::to_string(wells.size()) + ".";
  return s;
}

Lines silhouette() {
  Lines l;
  l.x = {"Number of types", "", 0};
  l.y = {"Mean silhouette", "", 2};
  l.points = true;
  l.lines = {{"Attribution signatures",
              Role::model,
              {2, 3, 4, 5, 6, 7, 8},
              {0.48, 0.61, 0.52, 0.44, 0.39, 0.35, 0.33},
              {},
              {}},
             {"Raw levels",
              Role::baseline,
              {2, 3, 4, 5, 6, 7, 8},
              {0.31, 0.28, 0.27, 0.22, 0.2, 0.2, 0.18},
              {},
              {}}};
  l.x_marks = {{"chosen", 3}};
  return l;
}

Heatmap correlations(const std::vector<Well>& wells) {
  Heatmap h;
  h.quantity = {"Spearman correlation", "", 2};
  h.row_name = "Well";
  h.column_name = "Driver";
  h.columns = kVariables;
  h.diverging = true;
  h.show_values = true;
  h.limits = {-1, 1};
  core::RandomStream random(7, "demo correlation");
  for (std::size_t i = 0; i < std::min<std::size_t>(12, wells.size()); ++i) {
    h.rows.push_back(wells[i].name);
    for (int v = 0; v < 4; ++v)
      h.values.push_back(v == 3 && wells[i].type != 2 ? kUnknown : std::tanh(0.8 * random.normal()));
  }
  return h;
}

void skill_section(Report& r, const std::vector<Well>& wells) {
  Section s{"skill",
            "Can I trust it?",
            {"Skill is measured over the test period 2017\u20132019, which nothing before the one final "
             "evaluation has seen. NSE of 1 is perfect; 0 is no better than the mean of the scored period."},
            {}};
  s.figures.push_back({"skill-map", "Where it works",
                       "Each dot is a well coloured by its NSE; click a dot to open the well. Poor wells are "
                       "not confined to one area.",
                       "", map(wells, false)});
  s.figures.push_back({"skill-distribution", "How often it works",
                       "Share of wells at or below each NSE: the further right a curve, the better. The "
                       "model is right of both baselines everywhere.",
                       "", distribution(wells)});
  s.figures.push_back(
      {"learning", "Training",
       "Loss of the five seeds: validation flattens after about 25 epochs and the best epoch was kept.", "",
       learning()});
  s.figures.push_back({"skill-boxes", "Skill by type of dynamics",
                       "The model is better than ridge in every type.", "", skill_boxes(wells)});
  s.figures.push_back({"river", "Skill and distance to the river",
                       "No relation between skill and distance to the river.", "", river_scatter(wells)});
  s.figures.push_back(
      {"coverage", "Are the bands honest?",
       "Left: claimed against observed coverage. Right: coverage of the 90 % band at each well.", "",
       coverage(wells)});
  r.sections.push_back(s);
}

void meaning_section(Report& r, const std::vector<Well>& wells) {
  Section s{"explanation",
            "What does it say?",
            {"Expected gradients attribute each simulated level to the weather and pumping of the days "
             "before it, in metres."},
            {}};
  s.figures.push_back({"attribution", "Memory",
                       "Mean attribution over all wells by lag: rain acts for about two months, "
                       "evapotranspiration mainly within four weeks.",
                       "", heatmap("", mean_of(wells, &Well::attribution, -1))});
  s.figures.push_back({"seasonal", "Seasons", "Mean contribution of each driver per month.", "",
                       seasonal("", mean_of(wells, &Well::seasonal, -1))});
  s.figures.push_back({"importance", "Importance",
                       "Share of each driver; whiskers span the middle 80 % of the wells.", "",
                       importance()});
  s.figures.push_back({"types", "Types of dynamics",
                       "Mean attribution of each driver by month, for each type.", "", signatures(wells)});
  s.figures.push_back({"type-map", "Where the types are", "Each well by its type.", "", map(wells, true)});
  s.figures.push_back(
      {"silhouette", "Why three types", "The silhouette is largest for three types.", "", silhouette()});
  s.figures.push_back(
      {"correlation", "Correlation with the drivers",
       "Spearman correlation of level and driver at the best lag; hatched = the well has no such input.", "",
       correlations(wells)});
  s.figures.push_back({"completeness", "Do attributions add up?",
                       "Left: the sum of attributions against what it must be. Right: what is missing.", "",
                       completeness(wells)});
  r.sections.push_back(s);
}

}  // namespace

Report report(int well_count, int years) {
  const auto list = wells(well_count, years);
  Report r;
  std::vector<double> nse;
  for (const auto& w : list) nse.push_back(w.nse);
  std::sort(nse.begin(), nse.end());
  const auto good = std::count_if(nse.begin(), nse.end(), [](double v) { return v > 0.7; });
  r.title = "Groundwater levels, invented plain";
  r.subtitle = "Demonstration with invented data, 2005-01-01 to 2019-12-31, run 2026-11-21";
  r.finding =
      fmt::format("{} of {} wells reach NSE > 0.7; median {:.2f}; the 90 % band holds 89 % of observations.",
                  good, list.size(), nse[nse.size() / 2]);
  r.warnings = {"Well W08: the simulation does not follow the observations (NSE below 0); see its residuals.",
                "Two wells have no coordinates and are missing from the map."};
  r.sections.push_back(
      {"done",
       "What was done?",
       {fmt::format(
            "A long short-term memory network was trained on daily weather and pumping at {} wells, with the "
            "years 2005\u20132015 for training, 2016 for validation and 2017\u20132019 for the test.",
            list.size()),
        "All numbers on this page are invented; it shows what a report looks like."},
       {}});
  skill_section(r, list);
  meaning_section(r, list);
  r.sections.push_back(field_section(list));
  r.panels.heading = "Show me my well";
  r.panels.paragraphs = {"Choose a well in the table. The page's address then leads to the same view."};
  r.panels.table = {"wells-table", "", "One row per well; sorted by NSE.", "", table(list)};
  for (const auto& w : list) r.panels.panels.push_back(panel(w, years));
  r.provenance.facts = {{"Phreatic", "0.1.0"},
                        {"Seed", "20261121"},
                        {"Input", "wells.csv  XXH3 0123456789abcdef0123456789abcdef"},
                        {"Wall time", "4 min 12 s on 2 cores"}};
  r.provenance.command = "phreatic run examples/virtual-wells.yml --out runs/virtual-wells";
  r.provenance.study =
      "experiment_name: virtual-wells\nseed: 20261121\ntraining:\n  epochs: 40\n  learning_rate: 0.001\n";
  return r;
}

}  // namespace phreatic::report::demo
