// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/comparison/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/report/model.hpp"
#include "phreatic/studies/wells/report/data.hpp"

namespace phreatic::studies::comparison {
namespace {

constexpr std::size_t kMostPlaces = 200;
constexpr std::size_t kMostDots = 400;  // of a model in a scatter
constexpr std::size_t kMostModels = 6;  // with a colour of their own
constexpr const char* kId = "places";

struct Run {
  const ModelScore* score = nullptr;
  wells::ReportData data;
};

std::vector<Run> runs_of(const std::filesystem::path& folder, const std::vector<ModelScore>& scores,
                         const std::string& target) {
  std::vector<Run> out;
  for (const ModelScore& score : scores) {
    if (score.target != target) continue;
    const std::filesystem::path own = folder / score.folder;
    const auto names = wells::read_settings((own / "study.yml").string(), {}).target_names();
    const auto number =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), target) - names.begin());
    out.push_back({&score, wells::read_run(own, number)});
  }
  return out;
}

std::optional<std::size_t> place_in(const Run& run, const std::string& entity) {
  const auto& all = run.data.series.entities;
  const auto at = std::find(all.begin(), all.end(), entity);
  if (at == all.end()) return std::nullopt;
  return static_cast<std::size_t>(at - all.begin());
}

// The model's series on another axis, NaN where it has no such step.
std::vector<double> on_axis(const report::Hydrograph& h, const core::TimeAxis& axis) {
  std::vector<double> out(axis.size(), report::kUnknown);
  for (std::size_t t = 0; t < axis.size() && !h.simulated.empty(); ++t) {
    if (const auto step = h.axis.index_of(axis.start(t))) out[t] = h.simulated[*step];
  }
  return out;
}

std::size_t best_of(const std::vector<Run>& runs) {
  std::size_t best = 0;
  for (std::size_t k = 1; k < runs.size(); ++k) {
    const double now = runs[k].score->nse_median, before = runs[best].score->nse_median;
    if (now > before || std::isnan(before)) best = k;
  }
  return best;
}

bool in_test(const report::Hydrograph& h, core::Seconds at) {
  return std::any_of(h.periods.begin(), h.periods.end(), [&](const report::Period& p) {
    return p.kind == report::PeriodKind::test && at >= p.start && at < p.end;
  });
}

// Simulated against observed in the test period, at most kMostDots evenly chosen steps.
report::Figure scatter_of(const report::Hydrograph& h, const std::vector<report::NamedSeries>& models,
                          const std::string& id) {
  std::vector<std::size_t> steps;
  for (std::size_t t = 0; t < h.axis.size() && !h.observed.empty(); ++t) {
    if (!std::isnan(h.observed[t]) && in_test(h, h.axis.start(t))) steps.push_back(t);
  }
  const std::size_t every = steps.size() / kMostDots + 1;
  report::Scatter figure;
  figure.x = {"Observed", h.quantity.unit, h.quantity.digits};
  figure.y = {"Simulated", h.quantity.unit, h.quantity.digits};
  figure.one_to_one = true;
  for (std::size_t k = 0; k < std::min(models.size(), kMostModels); ++k) {
    report::ScatterGroup dots{models[k].name, {}, {}, {}};
    for (std::size_t i = 0; i < steps.size(); i += every) {
      if (std::isnan(models[k].values[steps[i]])) continue;
      dots.x.push_back(h.observed[steps[i]]);
      dots.y.push_back(models[k].values[steps[i]]);
    }
    figure.groups.push_back(std::move(dots));
  }
  figure.note = every == 1 ? std::string("Every observation of the test period.")
                           : fmt::format("One of {} observations of the test period.", every);
  if (models.size() > kMostModels)
    figure.note += fmt::format(" The first {} of {} models.", kMostModels, models.size());
  return {id, "Simulated against observed", "Dots on the line are right.", "", figure};
}

void add_place(const std::vector<Run>& runs, const std::string& entity, const std::string& target,
               std::vector<report::Panel>& panels) {
  const Run& best = runs[best_of(runs)];
  const auto own = place_in(best, entity);
  if (!own) return;
  report::Hydrograph h = wells::hydrograph(best.data, *own);
  h.detail = fmt::format("simulated by {}, the model of the highest median NSE", best.score->model);
  h.baselines.clear();
  std::vector<report::NamedSeries> models;
  std::vector<report::Fact> facts;
  for (const Run& run : runs) {
    const auto at = place_in(run, entity);
    if (!at) continue;
    report::NamedSeries series{run.score->model, on_axis(wells::hydrograph(run.data, *at), h.axis)};
    facts.push_back({fmt::format("NSE, {}", run.score->model), fmt::format("{:.3f}", run.score->nse[*at])});
    if (&run != &best) h.baselines.push_back(series);
    models.push_back(std::move(series));
  }
  report::Figure scatter = scatter_of(h, models, "scatter-" + report::slug(target));
  const auto known =
      std::find_if(panels.begin(), panels.end(), [&](const report::Panel& p) { return p.entity == entity; });
  if (known == panels.end()) {
    panels.push_back({entity, facts, {}, std::move(h), {std::move(scatter)}});
    return;
  }
  // A place with several targets: one panel.
  known->facts.insert(known->facts.end(), facts.begin(), facts.end());
  known->figures.push_back(
      {"hydrograph-" + report::slug(target), "Simulated and observed " + target, "", "", std::move(h)});
  known->figures.push_back(std::move(scatter));
}

// Targets in their order, with the places that any model has.
std::vector<std::pair<std::string, std::vector<std::string>>> places_of(
    const std::vector<ModelScore>& scores) {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const ModelScore& score : scores) {
    if (out.empty() || out.back().first != score.target) out.push_back({score.target, {}});
    for (const std::string& entity : score.entities) {
      std::vector<std::string>& places = out.back().second;
      if (std::find(places.begin(), places.end(), entity) == places.end()) places.push_back(entity);
    }
  }
  return out;
}

report::Figure place_table(const std::vector<ModelScore>& scores,
                           const std::vector<std::pair<std::string, std::vector<std::string>>>& places) {
  std::vector<std::string> entities, targets, models;
  for (const auto& [target, all] : places) {
    for (const std::string& entity : all) {
      entities.push_back(entity);
      targets.push_back(target);
    }
  }
  for (const ModelScore& score : scores) {
    if (std::find(models.begin(), models.end(), score.model) == models.end()) models.push_back(score.model);
  }
  report::Table table;
  table.columns = {{"place", "", 0, "", entities}};
  if (places.size() > 1) table.columns.push_back({"target", "", 0, "", targets});
  for (const std::string& model : models) {
    std::vector<double> nse(entities.size(), report::kUnknown);
    for (const ModelScore& score : scores) {
      if (score.model != model) continue;
      for (std::size_t e = 0; e < score.entities.size(); ++e) {
        for (std::size_t i = 0; i < entities.size(); ++i) {
          if (entities[i] == score.entities[e] && targets[i] == score.target) nse[i] = score.nse[e];
        }
      }
    }
    table.columns.push_back({"NSE " + model, "", 3, "", nse});
  }
  table.entity_column = 0;
  return {"places-table", "",
          "NSE of the test period. A row opens the place: what was observed and what each model simulates.",
          "", table};
}

}  // namespace

void add_places(const std::filesystem::path& folder, const std::vector<ModelScore>& scores,
                report::Report& report) {
  const auto places = places_of(scores);
  std::size_t count = 0;
  for (const auto& [target, all] : places) count += all.size();
  if (count == 0) return;
  if (count > kMostPlaces) {
    report.notes.push_back(
        fmt::format("{} places are more than the {} that this page draws one by one: the "
                    "reports of the runs have them.",
                    count, kMostPlaces));
    return;
  }
  report.panels.id = kId;
  report.panels.noun = "place";
  report.panels.heading = "Places";
  report.panels.paragraphs = {
      "The line is the model of the highest median NSE; the others are shown by a click on their names."};
  report.panels.table = place_table(scores, places);
  for (const auto& [target, all] : places) {
    const std::vector<Run> runs = runs_of(folder, scores, target);
    for (const std::string& entity : all) add_place(runs, entity, target, report.panels.panels);
  }
}

}  // namespace phreatic::studies::comparison
