// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/forecasts/lead_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/calendar.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kPriorRecords = 4;
constexpr double kOneSided95 = 1.645;
constexpr double kFewestBetter = 0.75;  // of the entities

// Adds f r and f^2 of one unit's predictions of a target, for entities that are unit.simulates.
void add_predictions(const learn::SeriesSet& set, const learn::Predictions& predictions, std::size_t target,
                     const Unit& unit, const std::vector<std::size_t>& year_of, LeadSums& sums) {
  const learn::EnsembleSummary summary = learn::summarize(predictions);
  const std::size_t heads = predictions.heads.back();
  const std::size_t middle = predictions.heads[target] + predictions.outputs(target) / 2;
  for (std::size_t w = 0; w < predictions.windows.size(); ++w) {
    const learn::Window& window = predictions.windows[w];
    for (std::size_t h = 0; h < sums.leads; ++h) {
      const std::size_t step = window.warmup + h;
      const learn::OutputScale scale = learn::output_scale(set, window, target, step);
      const double y =
          set.entities[window.entity].targets[(window.first + step) * set.targets.size() + target];
      const double f =
          (summary.median[(predictions.offsets[w] + h) * heads + middle] - scale.centre) / scale.spread;
      const double r = (y - scale.centre) / scale.spread;
      if (std::isnan(f) || std::isnan(r)) continue;
      const std::size_t year = year_of[window.first + step];
      const std::size_t at = (unit.simulates[window.entity] * sums.years + year) * sums.leads + h;
      sums.products[at] += f * r;
      sums.squares[at] += f * f;
      sums.errors[at] += r * r;
    }
  }
}

// Windows of the unit's entities whose scored steps it has not learnt from, and their levels.
learn::SeriesSet unseen_series(const Prepared& prepared, const Models& models, const Unit& unit,
                               std::vector<learn::StepRange>& unseen) {
  const UnitModel about = read_unit_model(models.folder, unit.name);
  UnitScaling scaling = scaling_on(about, prepared, unit.simulates);
  for (const std::size_t e : unit.simulates) {
    unseen.push_back(unseen_steps(about, prepared, e));
    for (DampedAnchor& anchor : scaling.anchors[e]) anchor.weight.assign(anchor.spread.size(), 1.0);
  }
  learn::SeriesSet set = make_series(prepared, models.task, scaling, unit.simulates, false);
  for (std::size_t i = 0; i < unit.simulates.size(); ++i) {
    const std::size_t e = unit.simulates[i];
    const auto level = prepared.level(e);
    for (std::size_t t = unseen[i].begin; t < unseen[i].end; ++t)
      set.entities[i].targets[t * set.targets.size() + prepared.number] =
          static_cast<float>(scaling.targets[e][prepared.number]->scaled(level[t]));
  }
  return set;
}

}  // namespace

namespace {

// Of each step the calendar year, counted from that of the first.
std::vector<std::size_t> years_of(const core::TimeAxis& axis) {
  std::vector<std::size_t> years;
  const int first = core::year_of(axis.start(0));
  for (std::size_t t = 0; t < axis.size(); ++t)
    years.push_back(static_cast<std::size_t>(core::year_of(axis.start(t)) - first));
  return years;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  return 0.5 * (values[(values.size() - 1) / 2] + values[values.size() / 2]);
}

// The sums of one lead over each entity's own r^2, so that all entities count alike: by entity, and by year.
struct Shares {
  std::vector<double> products, squares;            // [entity]
  std::vector<double> year_products, year_squares;  // [year], over the entities
};

Shares shares_at(const LeadSums& sums, std::size_t lead) {
  const std::size_t entities = sums.products.size() / (sums.leads * sums.years);
  Shares shares;
  shares.year_products.assign(sums.years, 0.0);
  shares.year_squares.assign(sums.years, 0.0);
  for (std::size_t e = 0; e < entities; ++e) {
    const auto at = [&](std::size_t p) { return (e * sums.years + p) * sums.leads + lead; };
    double errors = 0;
    for (std::size_t p = 0; p < sums.years; ++p) errors += sums.errors[at(p)];
    if (errors == 0) errors = 1;
    double products = 0;
    double squares = 0;
    for (std::size_t p = 0; p < sums.years; ++p) {
      products += sums.products[at(p)] / errors;
      squares += sums.squares[at(p)] / errors;
      shares.year_products[p] += sums.products[at(p)] / errors;
      shares.year_squares[p] += sums.squares[at(p)] / errors;
    }
    shares.products.push_back(products);
    shares.squares.push_back(squares);
  }
  return shares;
}

// Standard error of sum (g - b q) over independent draws that sum to 0; 0 for fewer than two.
double standard_error(const std::vector<double>& g, const std::vector<double>& q, double b) {
  double squares = 0;
  double draws = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (q[i] == 0) continue;
    squares += std::pow(g[i] - b * q[i], 2);
    ++draws;
  }
  return draws > 1 ? std::sqrt(squares * draws / (draws - 1)) : 0;
}

struct PooledWeight {
  double best = 1;
  double careful = 1;
};

PooledWeight pooled_weight(const Shares& shares) {
  double products = 0;
  double squares = 0;
  for (std::size_t e = 0; e < shares.products.size(); ++e) {
    products += shares.products[e];
    squares += shares.squares[e];
  }
  if (squares == 0) return {};
  const double best = products / squares;
  const double error = std::max(standard_error(shares.products, shares.squares, best),
                                standard_error(shares.year_products, shares.year_squares, best));
  return {best, std::clamp((products - kOneSided95 * error) / squares, 0.0, 1.0)};
}

}  // namespace

LeadWeights weights_of(const LeadSums& sums) {
  LeadWeights out;
  out.entities.resize(sums.leads == 0 ? 0 : sums.products.size() / (sums.leads * sums.years));
  for (std::size_t h = 0; h < sums.leads; ++h) {
    const Shares shares = shares_at(sums, h);
    PooledWeight pooled = pooled_weight(shares);
    std::vector<double> squares, ratios;
    double better = 0;
    for (std::size_t e = 0; e < out.entities.size(); ++e) {
      if (shares.squares[e] == 0) continue;
      squares.push_back(shares.squares[e]);
      ratios.push_back(std::sqrt(std::max(0.0, 1 - 2 * shares.products[e] + shares.squares[e])));
      better += ratios.back() < 1 ? 1 : 0;
    }
    const double share = better / static_cast<double>(ratios.size());
    if (share < kFewestBetter) pooled.careful = 0;
    const double careful = pooled.careful > 0 ? pooled.careful / pooled.best : 0;
    const double prior = squares.empty() ? 0 : kPriorRecords * median(squares);
    for (std::size_t e = 0; e < out.entities.size(); ++e) {
      const double all = shares.squares[e] + prior;
      const double own = all > 0 ? (shares.products[e] + prior * pooled.best) / all : pooled.best;
      const double weight = std::clamp(careful * own, 0.0, 1.0);
      out.entities[e].push_back(weight == 0 ? 0.0 : weight);  // 0 x a negative number is -0
    }
    out.pooled.push_back(pooled.careful);
    out.error_ratio.push_back(median(ratios));
    out.share_better.push_back(share);
  }
  return out;
}

LeadWeights fit_lead_weights(const Prepared& prepared, const Models& models, core::Context& context) {
  LeadSums sums;
  sums.leads = static_cast<std::size_t>(models.task.learn.window.horizon);
  const std::vector<std::size_t> year_of = years_of(prepared.panel.axis);
  sums.years = year_of.back() + 1;
  sums.products.assign(prepared.panel.entity_count() * sums.years * sums.leads, 0.0);
  sums.squares = sums.errors = sums.products;
  core::Context quiet{context.log, false};
  for (const Unit& unit : models.units) {
    core::throw_if_interrupted();
    if (unit.simulates.empty()) continue;
    std::vector<learn::StepRange> unseen;
    const learn::SeriesSet set = unseen_series(prepared, models, unit, unseen);
    const auto model = learn::load_model(models.folder / unit.name, models.task.learn.training.device);
    learn::WindowParams window = model->description().params.window;
    window.stride = 1;
    const auto windows = learn::make_windows(set, unseen, window, true).windows;
    if (windows.empty()) continue;
    add_predictions(set, learn::predict(*model, set, windows, quiet), prepared.number, unit, year_of, sums);
  }
  const LeadWeights weights = weights_of(sums);
  const auto listed = [](const std::vector<double>& values) {
    std::string text;
    for (const double v : values) text += fmt::format("{}{:.2f}", text.empty() ? "" : ", ", v);
    return text;
  };
  const std::string name =
      prepared.others.empty() ? "" : " of " + prepared.panel.variables[prepared.target].name;
  context.log.info(fmt::format(
      "validation{}, by lead: median error of the networks over that of the damped anomaly {}; smaller at "
      "these shares "
      "of the wells {}; kept of the networks' correction {}",
      name, listed(weights.error_ratio), listed(weights.share_better), listed(weights.pooled)));
  return weights;
}

void keep_lead_weights(const Models& models, const std::vector<std::string>& entities, std::size_t target,
                       const LeadWeights& weights) {
  for (const Unit& unit : models.units) {
    UnitModel about = read_unit_model(models.folder, unit.name);
    for (UnitModel::Entity& entity : about.entities) {
      const auto e = static_cast<std::size_t>(std::find(entities.begin(), entities.end(), entity.name) -
                                              entities.begin());
      if (e < entities.size() && !entity.anchors[target].empty())
        entity.anchors[target].weight = weights.entities[e];
    }
    learn::replace_study(models.folder / unit.name, to_json(about));
  }
}

void weigh_leads(const Prepared& prepared, const Models& models, core::Context& context) {
  for_each_target(prepared, [&](const Prepared& cut, const std::vector<std::size_t>& kept) {
    const Models own = only_entities(models, kept);
    keep_lead_weights(own, cut.panel.entities, cut.number, fit_lead_weights(cut, own, context));
  });
}

}  // namespace phreatic::hydrographs
