// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/regression/residual_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/regression/gaussian_process.hpp"

namespace phreatic::studies::regression {
namespace {

// Places in 1000 km on the sphere (or 1000 units of the plane's extent), covariates in standard deviations of the
// training rows, time in them too.
struct Features {
  std::vector<std::size_t> groups;
  std::vector<double> values;  // [row][feature]
  std::vector<double> lengths;
};

Features features_of(const learn::RowTable& table, const std::vector<std::size_t>& training, bool with_time) {
  const bool sphere = table.coordinates == learn::Coordinates::degrees;
  std::vector<std::vector<double>> columns;
  const auto standard = [&](const std::vector<double>& v) {
    double mean = 0, squares = 0;
    for (const std::size_t i : training) mean += v[i] / static_cast<double>(training.size());
    for (const std::size_t i : training)
      squares += std::pow(v[i] - mean, 2) / static_cast<double>(training.size());
    std::vector<double> out = v;
    for (double& x : out) x = (x - mean) / (squares > 0 ? std::sqrt(squares) : 1);
    return out;
  };
  if (sphere) {
    columns.assign(3, std::vector<double>(table.rows));
    for (std::size_t i = 0; i < table.rows; ++i) {
      const double lon = table.x[i] * std::numbers::pi / 180, lat = table.y[i] * std::numbers::pi / 180;
      columns[0][i] = 6.371 * std::cos(lat) * std::cos(lon);
      columns[1][i] = 6.371 * std::cos(lat) * std::sin(lon);
      columns[2][i] = 6.371 * std::sin(lat);
    }
  } else {
    // One scale for both directions: that of the larger spread.
    double dx = 0, dy = 0;
    for (const std::size_t i : training) {
      dx = std::max(dx, std::abs(table.x[i] - table.x[training[0]]));
      dy = std::max(dy, std::abs(table.y[i] - table.y[training[0]]));
    }
    const double extent = std::max({dx, dy, 1e-300});
    columns = {table.x, table.y};
    for (auto& column : columns) {
      for (double& v : column) v /= extent;
    }
  }
  Features out;
  out.groups = {columns.size()};
  out.lengths = {sphere ? 0.5 : 0.1};
  for (std::size_t k = 0; k < table.covariate_count(); ++k) {
    std::vector<double> column;
    for (std::size_t i = 0; i < table.rows; ++i) column.push_back(table.covariates_of(i)[k]);
    columns.push_back(standard(column));
  }
  out.groups.push_back(table.covariate_count());
  out.lengths.push_back(3);
  if (with_time) {
    columns.push_back(standard(table.t));
    out.groups.push_back(1);
    out.lengths.push_back(0.3);
  }
  for (std::size_t i = 0; i < table.rows; ++i) {
    for (const auto& column : columns) out.values.push_back(column[i]);
  }
  return out;
}

// Residuals of the training rows by networks that had not seen them: whole folds of rows drawn at random.
std::vector<double> held_out_residuals(const PreparedTable& data, const std::vector<std::size_t>& training,
                                       const learn::GnnwrParams& params, core::Context& context) {
  const std::vector<std::size_t> validation = data.rows_of(Part::validation);
  core::RandomStream random(params.training.seed, "residual folds");
  const std::vector<std::size_t> order = random.permutation(training.size());
  std::vector<double> residuals(training.size());
  core::Log silent(true);
  core::Context quiet{silent, false};
  core::Progress progress("folds", kResidualFolds, "fits", context.show_progress);
  for (std::size_t fold = 0; fold < kResidualFolds; ++fold) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < training.size(); ++i) {
      if (order[i] % kResidualFolds != fold) rows.push_back(training[i]);
    }
    const learn::GnnwrFit fit = learn::fit_gnnwr(data.table, {rows, validation}, params, quiet);
    const std::vector<double> value = learn::predict(fit.model, data.table).value;
    for (std::size_t i = 0; i < training.size(); ++i) {
      if (order[i] % kResidualFolds == fold)
        residuals[i] = data.table.target[training[i]] - value[training[i]];
    }
    progress.advance();
    core::throw_if_interrupted();
  }
  return residuals;
}

}  // namespace

FittedModel with_residual_process(const PreparedTable& data, const learn::GnnwrParams& params,
                                  const FittedModel& network, core::Context& context) {
  const std::vector<std::size_t> training = data.rows_of(Part::training);
  if (training.size() > stats::kMostGaussianRows)
    throw core::InputError(
        {.file = data.table.source,
         .where = network.name + "_gp",
         .what = fmt::format("{} training rows are too many for a Gaussian process", training.size()),
         .allowed = fmt::format("{} at most", stats::kMostGaussianRows),
         .mend = "Leave the model out"});
  const std::vector<double> residuals = held_out_residuals(data, training, params, context);
  const Features features = features_of(data.table, training, params.time);
  const std::size_t width = features.values.size() / data.table.rows;
  std::vector<double> of_training;
  for (const std::size_t i : training)
    of_training.insert(of_training.end(), features.values.begin() + static_cast<std::ptrdiff_t>(i * width),
                       features.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
  const stats::GaussianProcess process =
      stats::fit_gaussian_process(of_training, features.groups, residuals, features.lengths);
  FittedModel out = network;
  out.name += "_gp";
  out.facts.clear();
  out.history.clear();
  if (!process.solved) {
    out.warnings.push_back(out.name + ": no covariance of the residuals is positive definite; the model is " +
                           network.name + " itself");
    return out;
  }
  const std::vector<double> mean = stats::gaussian_process_mean(process, features.values);
  for (std::size_t i = 0; i < out.value.size(); ++i) out.value[i] += mean[i];
  out.facts = {{"signal", process.signal},
               {"noise", process.noise},
               {data.table.coordinates == learn::Coordinates::degrees ? "length in space, 1000 km"
                                                                      : "length in space, extents",
                process.lengths[0]},
               {"length in covariates, standard deviations", process.lengths[1]},
               {"log likelihood", process.log_likelihood}};
  if (params.time) out.facts.emplace_back("length in time, standard deviations", process.lengths[2]);
  return out;
}

}  // namespace phreatic::studies::regression
