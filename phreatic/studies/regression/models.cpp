// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/regression/models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/regression/gwr.hpp"
#include "phreatic/stats/regression/ols.hpp"
#include "phreatic/studies/regression/residual_process.hpp"

namespace phreatic::studies::regression {
namespace {

std::vector<std::string> terms_of(std::vector<std::string> names) {
  names.emplace_back("intercept");
  return names;
}

// The covariates of OLS, or a status that says what is wrong with them.
stats::OlsFit checked_ols(const learn::RowTable& training) {
  stats::OlsFit fit = stats::ols(training.covariates, training.target, training.covariate_count());
  core::Problems problems;
  for (const std::size_t k : fit.constant)
    problems.add({.file = training.source,
                  .where = "column '" + training.covariate_names[k] + "'",
                  .what = "is the same in all training rows",
                  .mend = "Leave this covariate out"});
  for (const std::size_t k : fit.dependent)
    problems.add({.file = training.source,
                  .where = "column '" + training.covariate_names[k] + "'",
                  .what = "is a linear combination of the covariates before it (X'X is singular)",
                  .mend = "Leave one of them out"});
  if (problems.empty() && !fit.solved)
    problems.add({.file = training.source,
                  .what = fmt::format("{} training rows for {} coefficients", training.rows,
                                      training.covariate_count() + 1),
                  .mend = "Take fewer covariates or more rows"});
  problems.throw_if_any();
  return fit;
}

FittedModel fit_ols(const PreparedTable& data) {
  const learn::RowTable training = learn::select_rows(data.table, data.rows_of(Part::training));
  const stats::OlsFit fit = checked_ols(training);
  FittedModel out{"ols"};
  out.terms = terms_of(data.table.covariate_names);
  for (std::size_t i = 0; i < data.table.rows; ++i) {
    out.value.push_back(stats::ols_value(fit.coefficients, data.table.covariates_of(i)));
    out.coefficients.insert(out.coefficients.end(), fit.coefficients.begin(), fit.coefficients.end());
    for (std::size_t k = 0; k < out.terms.size(); ++k) out.standard_errors.push_back(fit.standard_error(k));
  }
  return out;
}

FittedModel fit_gwr(const PreparedTable& data, const RegressionModels& settings, bool with_time) {
  const learn::RowTable& table = data.table;
  learn::RowTable training = learn::select_rows(table, data.rows_of(Part::training));
  checked_ols(training);
  if (!with_time) training.t.clear();
  const stats::GwrFit fit = stats::gwr(
      {training.x, training.y, training.t, training.covariates, training.target, training.covariate_count()},
      settings.gwr);
  FittedModel out{with_time ? "gtwr" : "gwr"};
  if (!fit.solved) {
    throw core::InputError({.file = table.source,
                            .where = out.name,
                            .what = "X'X is singular at some place for every bandwidth tried",
                            .mend = "Take fewer covariates, give gwr.neighbours, or kernel: gaussian"});
  }
  out.terms = terms_of(table.covariate_names);
  std::size_t singular = 0;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const std::vector<double> b =
        stats::gwr_coefficients(fit, table.x[i], table.y[i], with_time ? table.t[i] : 0);
    out.value.push_back(stats::ols_value(b, table.covariates_of(i)));
    out.coefficients.insert(out.coefficients.end(), b.begin(), b.end());
    singular += std::isnan(b[0]) ? 1 : 0;
  }
  if (singular > 0)
    out.warnings.push_back(
        fmt::format("{}: X'X is singular at {} rows, which have no prediction", out.name, singular));
  out.facts = {{"neighbours", static_cast<double>(fit.neighbours)}, {"AICc", fit.aicc}, {"tr S", fit.trace}};
  if (with_time) out.facts.emplace_back("time ratio", fit.time_ratio);
  return out;
}

// Standard deviations of the local coefficients over refits to training rows drawn with replacement.
std::vector<double> bootstrap_errors(const PreparedTable& data, const learn::GnnwrParams& params, int refits,
                                     core::Context& context) {
  const std::vector<std::size_t> training = data.rows_of(Part::training);
  const std::vector<std::size_t> validation = data.rows_of(Part::validation);
  std::vector<double> sum;
  std::vector<double> squares;
  core::Log silent(true);
  core::Context quiet{silent, false};
  core::Progress progress("refits", static_cast<std::size_t>(refits), "fits", context.show_progress);
  for (int b = 0; b < refits; ++b) {
    core::RandomStream random(params.training.seed, "table bootstrap", static_cast<std::uint64_t>(b));
    std::vector<std::size_t> rows = validation;
    for (std::size_t i = 0; i < training.size(); ++i) rows.push_back(training[random.below(training.size())]);
    learn::RowSplit split;
    for (std::size_t i = 0; i < rows.size(); ++i)
      (i < validation.size() ? split.validation : split.training).push_back(i);
    learn::GnnwrParams refit = params;
    refit.training.seed += 7919 * static_cast<std::uint64_t>(b + 1);
    const learn::GnnwrFit fit = learn::fit_gnnwr(learn::select_rows(data.table, rows), split, refit, quiet);
    const std::vector<double> c = learn::predict(fit.model, data.table).coefficients;
    sum.resize(c.size(), 0.0);
    squares.resize(c.size(), 0.0);
    for (std::size_t i = 0; i < c.size(); ++i) {
      sum[i] += c[i];
      squares[i] += c[i] * c[i];
    }
    progress.advance();
  }
  const double n = refits;
  for (std::size_t i = 0; i < sum.size(); ++i)
    squares[i] = std::sqrt(std::max(0.0, (squares[i] - sum[i] * sum[i] / n) / (n - 1)));
  return squares;
}

FittedModel fit_network(const PreparedTable& data, const RegressionModels& settings, bool with_time,
                        int index, const std::filesystem::path& folder, core::Context& context) {
  learn::GnnwrParams params = settings.network;
  params.time = with_time;
  params.training.seed += static_cast<std::uint64_t>(index);
  FittedModel out{with_time ? "gtnnwr" : "gnnwr", fmt::format("seed {}", params.training.seed)};
  const learn::GnnwrFit fit = learn::fit_gnnwr(
      data.table, {data.rows_of(Part::training), data.rows_of(Part::validation)}, params, context);
  const learn::GnnwrPrediction p = learn::predict(fit.model, data.table);
  out.value = p.value;
  out.terms = terms_of(fit.model.covariate_names);
  out.coefficients = p.coefficients;
  out.history = fit.history;
  out.warnings = fit.warnings;
  const learn::GnnwrDiagnostics& d = fit.diagnostics;
  out.facts = {{"AIC", d.aic},
               {"AICc", d.aicc},
               {"F1", d.f1},
               {"tr S", d.trace},
               {"train R2", d.r2},
               {"validation R2", d.r2_validation},
               {"best epoch", fit.history[0].best_epoch + 1.0},
               {"restarts", 1.0 * fit.history[0].restarts}};
  if (p.outside > 0)
    out.warnings.push_back(fmt::format(
        "{}: {} rows have a covariate more than 10 % outside of the training range", out.name, p.outside));
  learn::save_model(fit.model, folder / out.name / fmt::format("seed_{}", params.training.seed));
  if (index == 0 && settings.bootstrap > 1)
    out.standard_errors = bootstrap_errors(data, params, settings.bootstrap, context);
  return out;
}

// Place (and time) and covariates of some rows as SSVAER takes them; `labelled`: with their targets.
learn::SsvaerRows autoencoder_rows(const learn::RowTable& table, const std::vector<std::size_t>& which,
                                   bool labelled) {
  learn::SsvaerRows out;
  out.source = table.source;
  out.covariates = table.covariate_count() + (table.t.empty() ? 2 : 3);
  for (const std::size_t i : which) {
    out.x.insert(out.x.end(), {table.x[i], table.y[i]});
    if (!table.t.empty()) out.x.push_back(table.t[i]);
    out.x.insert(out.x.end(), table.covariates_of(i), table.covariates_of(i) + table.covariate_count());
    out.y.push_back(labelled ? table.target[i] : NAN);
  }
  out.rows = which.size();
  return out;
}

// Learns from the covariates of the scored rows too, never from their targets.
FittedModel fit_autoencoder(const PreparedTable& data, const RegressionModels& settings, int index,
                            core::Context& context) {
  learn::SsvaerParams params = settings.ssvaer;
  params.seed += static_cast<std::uint64_t>(index);
  FittedModel out{"ssvaer", fmt::format("seed {}", params.seed)};
  learn::SsvaerRows training = autoencoder_rows(data.table, data.rows_of(Part::training), true);
  const learn::SsvaerRows others = autoencoder_rows(data.table, data.rows_of(Part::test), false);
  training.x.insert(training.x.end(), others.x.begin(), others.x.end());
  training.y.insert(training.y.end(), others.y.begin(), others.y.end());
  training.rows += others.rows;
  const learn::SsvaerModel model = learn::fit_ssvaer(
      training, autoencoder_rows(data.table, data.rows_of(Part::validation), true), params, context);
  std::vector<std::size_t> all(data.table.rows);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  out.value = learn::predict(model, autoencoder_rows(data.table, all, false).x).value;
  out.facts = {{"best epoch", model.history.best_epoch + 1.0}};
  return out;
}

bool is_network(const std::string& name) { return name.starts_with("gnnwr") || name.starts_with("gtnnwr"); }

std::vector<double> taken(const std::vector<double>& values, const std::vector<std::size_t>& rows) {
  std::vector<double> out;
  for (const std::size_t i : rows) out.push_back(values[i]);
  return out;
}

}  // namespace

std::vector<FittedModel> fit_models(const PreparedTable& data, const RegressionModels& settings,
                                    const std::filesystem::path& folder, core::Context& context) {
  std::vector<FittedModel> out;
  for (const std::string& name : settings.models) {
    if (name == "ols") out.push_back(fit_ols(data));
    if (name == "gwr" || name == "gtwr") out.push_back(fit_gwr(data, settings, name == "gtwr"));
    for (int s = 0; name == "ssvaer" && s < settings.seeds; ++s)
      out.push_back(fit_autoencoder(data, settings, s, context));
    if (!is_network(name)) continue;
    const bool with_time = name.starts_with("gtnnwr");
    for (int s = 0; s < settings.seeds; ++s) {
      // The same network of the same seed is fitted once, whether with a process on its residuals or without.
      const std::string seed =
          fmt::format("seed {}", settings.network.training.seed + static_cast<std::uint64_t>(s));
      const auto known = std::find_if(out.begin(), out.end(), [&](const FittedModel& m) {
        return m.name == (with_time ? "gtnnwr" : "gnnwr") && m.seed == seed;
      });
      FittedModel network =
          known != out.end() ? *known : fit_network(data, settings, with_time, s, folder, context);
      if (name.ends_with("_gp")) {
        learn::GnnwrParams params = settings.network;
        params.time = with_time;
        params.training.seed += static_cast<std::uint64_t>(s);
        network = with_residual_process(data, params, network, context);
      }
      out.push_back(std::move(network));
      core::throw_if_interrupted();
    }
  }
  return out;
}

stats::MetricTable score(const PreparedTable& data, const std::vector<FittedModel>& models) {
  stats::MetricTable table;
  const std::vector<double> training = taken(data.table.target, data.rows_of(Part::training));
  for (const Part part : {Part::test, Part::validation, Part::training}) {
    const std::vector<std::size_t> rows = data.rows_of(part);
    for (const FittedModel& model : models) {
      const stats::MetricKey key{model.seed.empty() ? "table" : model.seed, data.table.target_name,
                                 part_name(part), model.name, "unused"};
      stats::append_point_metrics(table, key, taken(data.table.target, rows), taken(model.value, rows),
                                  training);
    }
  }
  std::erase_if(table, [](const stats::MetricRow& row) { return row.metric == "persistence_index"; });
  stats::append_summary(table, "NSE", {0.7, 0.76});
  stats::append_summary(table, "RMSE", {});
  return table;
}

}  // namespace phreatic::studies::regression
