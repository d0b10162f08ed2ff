// SPDX-License-Identifier: BSD-3-Clause
// How sites responded, and how well surrogates know it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/recharge/page/page_data.hpp"

namespace phreatic::studies::recharge {
namespace {

using report::Figure;
using report::Section;

std::vector<double> days_of(const Table& storage) {
  std::vector<double> out;
  for (const std::string& id : storage.ids) out.push_back(std::stod(id));
  return out;
}

// Storage of a site with its fitted exponential.
report::Lines storage_curve(const PageData& data, std::size_t site) {
  report::Lines chart;
  chart.x = {"Days after the end of recharge", "d", 0};
  chart.y = {"Storage", "1000 m3", 1};
  const std::vector<double> days = days_of(data.storage);
  std::vector<double> simulated = data.storage.numbers(data.targets.ids[site]);
  for (double& v : simulated) v *= 1e-3;
  chart.lines.push_back({"simulated", report::Role::other_model, days, simulated, {}, {}});
  const double k = data.targets.numbers("k_per_day")[site];
  const double intercept = data.targets.numbers("decay_intercept")[site];
  if (!std::isnan(k)) {
    std::vector<double> fitted;
    for (const double t : days) fitted.push_back(1e-3 * std::exp(intercept - k * t));
    chart.lines.push_back({"fitted exponential", report::Role::model, days, fitted, {}, {}});
  }
  return chart;
}

// Six sites from the slowest to the fastest decay.
std::vector<std::size_t> six_sites(const Table& targets) {
  std::vector<std::size_t> fitted;
  const auto& k = targets.numbers("k_per_day");
  for (std::size_t i = 0; i < k.size(); ++i) {
    if (!std::isnan(k[i])) fitted.push_back(i);
  }
  std::stable_sort(fitted.begin(), fitted.end(), [&](std::size_t a, std::size_t b) { return k[a] < k[b]; });
  std::vector<std::size_t> out;
  const std::size_t n = std::min<std::size_t>(6, fitted.size());
  for (std::size_t i = 0; i < n; ++i) out.push_back(fitted[n > 1 ? i * (fitted.size() - 1) / (n - 1) : 0]);
  return out;
}

Figure distribution(const PageData& data, const std::string& id, const std::string& column,
                    const report::Quantity& quantity, double factor, const std::string& caption) {
  report::SkillDistribution chart;
  chart.quantity = quantity;
  chart.noun = "site";
  std::vector<double> values = data.targets.numbers(column);
  for (double& v : values) v *= factor;
  chart.limits = {0, stats::quantile(values, 0.99)};
  chart.items.push_back({"simulated", report::Role::model, values});
  return {id, quantity.name, caption, "", chart};
}

Figure steady_figure(const PageData& data) {
  report::Scatter chart;
  chart.x = {"Steady response", "1000 m3", 0};
  chart.y = {"Response at the end of recharge", "1000 m3", 0};
  chart.one_to_one = true;
  report::ScatterGroup group{"sites", {}, {}, {}};
  std::vector<double> ratio;
  for (std::size_t i = 0; i < data.targets.ids.size(); ++i) {
    const double steady = data.targets.numbers("steady_m3")[i];
    const double transient = data.targets.numbers("aquifer_m3")[i];
    if (std::isnan(steady) || std::isnan(transient)) continue;
    group.labels.push_back(data.targets.ids[i]);
    group.x.push_back(1e-3 * steady);
    group.y.push_back(1e-3 * transient);
    ratio.push_back(transient / steady);
  }
  const auto above = std::count_if(ratio.begin(), ratio.end(), [](double r) { return r > 1; });
  const std::string caption = fmt::format(
      "Response at the end of recharge against that of steady recharge: on average {:.0f} % of it, 5 % to 95 "
      "% of sites "
      "{:.0f} to {:.0f} %, R2 {:.2f}; {} of {} sites above it. A site can be above because the steady state "
      "is one of mean "
      "stresses, while the season's drains and rivers take less.",
      100 * stats::mean(ratio), 100 * stats::quantile(ratio, 0.05), 100 * stats::quantile(ratio, 0.95),
      stats::r2(group.x, group.y), above, ratio.size());
  chart.groups.push_back(group);
  return {"transient-steady", "Transient against steady response", caption, "", chart};
}

report::Table score_table(const PageData& data) {
  std::vector<std::string> target, split, model;
  const std::vector<std::pair<std::string, std::string>> metrics = {
      {"n", "sites scored"},
      {"R2", "1 - SSE / SST of back-transformed predictions"},
      {"R2_smeared", "the same with the smearing correction"},
      {"R2_log", "of logarithms"},
      {"R2_normalised", "of the volume over the infiltrated water; for water stored: of the efficiency"},
      {"MAE", "mean absolute error"},
      {"MAPE", "mean absolute error in percent"},
      {"MAPE_constant", "that of a constant"},
      {"ratio_10", "10 % quantile of simulated over predicted"},
      {"ratio_50", "its median"},
      {"ratio_90", "its 90 % quantile"},
      {"bias_percent", "of the sum, without smearing"},
      {"bias_percent_smeared", "of the sum, with smearing"}};
  std::vector<std::vector<double>> values(metrics.size());
  for (const stats::MetricRow& row : data.metrics) {
    if (row.metric != "n") continue;
    target.push_back(row.variable);
    split.push_back(row.period == "random"        ? "random sites"
                    : row.period == "random half" ? "half of the random sites"
                                                  : "spatial blocks");
    model.push_back(row.model);
    for (std::size_t m = 0; m < metrics.size(); ++m)
      values[m].push_back(data.metric(row.variable, row.period, metrics[m].first, row.model));
  }
  report::Table table;
  table.columns = {{"target", "", 0, "what is predicted", target},
                   {"left out", "", 0, "which sites the model had not seen", split},
                   {"model", "", 0, "the surrogate", model}};
  for (std::size_t m = 0; m < metrics.size(); ++m)
    table.columns.push_back({metrics[m].first, "",
                             metrics[m].first == "n"     ? 0
                             : metrics[m].first == "MAE" ? 4
                                                         : 2,
                             metrics[m].second, values[m]});
  return table;
}

Figure against(const PageData& data, const std::string& column, const std::string& name,
               const std::string& unit, double factor, int digits) {
  report::Scatter chart;
  chart.x = {name + ", simulated", unit, digits};
  chart.y = {name + ", predicted", unit, digits};
  chart.one_to_one = true;
  const std::string model = data.mapping_model(column);
  for (const auto& [period, words] :
       {std::pair{"random", "random test sites"}, std::pair{"blocks", "left-out spatial blocks"}}) {
    const std::string predicted = fmt::format("{} {} {}", column, period, model);
    if (!data.predictions.has(predicted)) continue;
    report::ScatterGroup group{words, {}, {}, {}};
    for (std::size_t i = 0; i < data.predictions.ids.size(); ++i) {
      const double p = data.predictions.numbers(predicted)[i];
      const double o = data.targets.numbers(column)[i];
      if (std::isnan(p) || std::isnan(o)) continue;
      group.labels.push_back(data.predictions.ids[i]);
      group.x.push_back(factor * o);
      group.y.push_back(factor * p);
    }
    chart.groups.push_back(group);
  }
  return {
      "predicted-" + std::string(column == "k_per_day" ? "decay" : "response"), name,
      fmt::format("{} of the model '{}' against what the engine simulated, at sites that it had not seen.",
                  name, model),
      "", chart};
}

// How the mapping model comes to its prediction for a site.
Figure waterfall_figure(const PageData& data, const std::string& target, const std::string& name,
                        const std::string& id, std::size_t site) {
  return {
      "waterfall-" + id, name + ", input by input",
      fmt::format(
          "From the average over the sites to the prediction of the model '{}' for this one (log10: 0.3 is a "
          "factor of 2); observed: what was simulated.",
          data.mapping_model(target)),
      "", site_waterfall(data, target, name, site)};
}

}  // namespace

Section response_section(const PageData& data) {
  Section section{"response", "How do sites respond?", {}, {}};
  if (data.steady_only()) {
    const auto& steady = data.targets.numbers("steady_m3");
    section.paragraphs.push_back(
        fmt::format("The steady response of the sites, the rise of the water table times area when recharge "
                    "never stops, is "
                    "{:.0f} / {:.0f} / {:.0f} thousand m3 (10 %, 50 %, 90 % of sites).",
                    1e-3 * stats::quantile(steady, 0.1), 1e-3 * stats::quantile(steady, 0.5),
                    1e-3 * stats::quantile(steady, 0.9)));
    section.figures.push_back(distribution(data, "distribution-response", "steady_m3",
                                           {"Steady response", "1000 m3", 0}, 1e-3,
                                           "Share of sites whose steady response is at most so large."));
    return section;
  }
  const auto& s0 = data.targets.numbers("s0_m3");
  const auto& k = data.targets.numbers("k_per_day");
  const auto& efficiency = data.targets.numbers("efficiency");
  section.paragraphs.push_back(
      fmt::format("Recharge flowed from {} to {}. At its end the sites' response S0 was {:.0f} / {:.0f} / "
                  "{:.0f} thousand m3 (10 %, 50 %, "
                  "90 % of sites), of the infiltrated water {:.0f} / {:.0f} / {:.0f} % was still in storage. "
                  "Storage then fell by the "
                  "decay coefficient k of {:.4f} / {:.4f} / {:.4f} 1/d.",
                  data.baseline.value("start", ""), data.baseline.value("end", ""),
                  1e-3 * stats::quantile(s0, 0.1), 1e-3 * stats::quantile(s0, 0.5),
                  1e-3 * stats::quantile(s0, 0.9), 100 * stats::quantile(efficiency, 0.1),
                  100 * stats::quantile(efficiency, 0.5), 100 * stats::quantile(efficiency, 0.9),
                  stats::quantile(k, 0.1), stats::quantile(k, 0.5), stats::quantile(k, 0.9)));
  std::size_t n = 0;
  for (const std::size_t i : six_sites(data.targets))
    section.figures.push_back(
        {fmt::format("storage-{}", ++n), data.targets.ids[i],
         fmt::format("Storage at {}: k = {:.4f} 1/d, half-life {:.0f} d, R2 of the logarithm {:.3f}.",
                     data.targets.ids[i], k[i], data.targets.numbers("half_life_days")[i],
                     data.targets.numbers("decay_r2")[i]),
         "", storage_curve(data, i)});
  section.figures.push_back(distribution(data, "distribution-response", "s0_m3",
                                         {"Response S0", "1000 m3", 0}, 1e-3,
                                         "Share of sites whose response is at most so large."));
  section.figures.push_back(distribution(data, "distribution-decay", "k_per_day",
                                         {"Decay coefficient k", "1/d", 4}, 1,
                                         "Share of sites whose storage decays at most so fast."));
  const auto& steady = data.targets.numbers("steady_m3");
  if (std::any_of(steady.begin(), steady.end(), [](double v) { return !std::isnan(v); }))
    section.figures.push_back(steady_figure(data));
  return section;
}

Section models_section(const PageData& data) {
  Section section{"models", "How well do surrogates know it?", {}, {}};
  section.paragraphs.push_back(fmt::format(
      "All models learnt log10 of the target from {} inputs, with the same splits: {} random test sites, and "
      "{} spatial blocks "
      "whose sites were predicted by models that had seen no site within {:g} sigma of them (sigma {:g} m). "
      "Back-transformed logarithms underestimate the mean: volumes are multiplied by the smearing factor "
      "(mean of 10^residual of left-out sites), the decay coefficient and the adjoint's own answer, which is "
      "not fitted, are not; both are scored. Every model is scored at the same sites: a split whose training "
      "sites are too few for the model with all inputs is predicted by none. Models 'without' some inputs "
      "stand beside and make no maps.",
      data.features.columns.size(), data.training.value("random_test", 0), data.settings.surrogates.blocks,
      data.settings.surrogates.buffer_sigmas, data.training.value("sigma_m", 0.0)));
  section.figures.push_back(
      {"scores", "Scores", "One row for each target, split and model.", "", score_table(data)});
  section.figures.push_back(against(data, data.response_column(), data.response_name(), "1000 m3", 1e-3, 0));
  if (!data.steady_only())
    section.figures.push_back(against(data, "k_per_day", "Decay coefficient k", "1/d", 1, 4));
  return section;
}

report::Panels site_panels(const PageData& data) {
  report::Panels panels;
  panels.id = "sites";
  panels.noun = "site";
  panels.heading = "Sites";
  report::Table table;
  table.entity_column = 0;
  table.columns.push_back({"site", "", 0, "name", data.targets.ids});
  const auto add = [&](const Table& from, const std::string& column, const std::string& name,
                       const std::string& unit, int digits) {
    table.columns.push_back({name, unit, digits, name, from.numbers(column)});
  };
  add(data.sites, "rate_mm_per_day", "rate", "mm/d", 1);
  add(data.sites, "area_km2", "area", "km2", 2);
  if (data.steady_only()) {
    add(data.targets, "steady_m3", "steady response", "m3", 0);
  } else {
    add(data.targets, "s0_m3", "S0", "m3", 0);
    add(data.targets, "efficiency", "efficiency", "", 2);
    add(data.targets, "k_per_day", "k", "1/d", 4);
    add(data.targets, "half_life_days", "half-life", "d", 0);
    add(data.targets, "decay_r2", "R2 of the fit", "", 3);
  }
  panels.table = {"site-table", "", "Every simulated site.", "", table};
  for (std::size_t i = 0; i < data.targets.ids.size(); ++i) {
    report::Panel panel;
    panel.entity = data.targets.ids[i];
    panel.facts = {{"row, column", fmt::format("{:.0f}, {:.0f}", data.sites.numbers("row")[i],
                                               data.sites.numbers("column")[i])},
                   {"run", fmt::format("{:.0f}", data.sites.numbers("run")[i])},
                   {"rate", fmt::format("{:.1f} mm/d", data.sites.numbers("rate_mm_per_day")[i])},
                   {"area", fmt::format("{:.3f} km2", data.sites.numbers("area_km2")[i])}};
    if (data.targets.columns.back().texts.size() > i && !data.targets.columns.back().texts[i].empty())
      panel.warnings.push_back(data.targets.columns.back().texts[i]);
    if (!data.steady_only())
      panel.figures.push_back({"storage", "Storage",
                               "Storage after the end of recharge, with the fitted exponential.", "",
                               storage_curve(data, i)});
    panel.figures.push_back(
        waterfall_figure(data, data.response_column(), data.response_name(), "response", i));
    if (!data.steady_only())
      panel.figures.push_back(waterfall_figure(data, "k_per_day", "decay coefficient k", "decay", i));
    panels.panels.push_back(std::move(panel));
  }
  return panels;
}

}  // namespace phreatic::studies::recharge
