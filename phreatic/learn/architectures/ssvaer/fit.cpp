// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/ssvaer/network.hpp"

namespace phreatic::learn {
namespace {

// fewest: labelled rows of the training; 0 for validation, whose rows are all labelled.
void check_rows(const SsvaerRows& rows, std::size_t fewest, core::Problems& problems) {
  const bool all_labelled = fewest == 0;
  PHREATIC_ASSERT(rows.x.size() == rows.rows * rows.covariates && rows.y.size() == rows.rows);
  PHREATIC_ASSERT(rows.next.empty() || rows.next.size() == rows.rows);
  const auto bad = std::find_if(rows.x.begin(), rows.x.end(), [](double v) { return !std::isfinite(v); });
  if (bad != rows.x.end())
    problems.add(
        {.file = rows.source,
         .where = fmt::format("row {}", (bad - rows.x.begin()) / static_cast<long>(rows.covariates) + 1),
         .what = "has a covariate that is not a finite number",
         .mend = "Leave out or fill such rows"});
  std::size_t labelled = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double y : rows.y) {
    if (std::isnan(y)) continue;
    ++labelled;
    low = std::min(low, y);
    high = std::max(high, y);
  }
  if (labelled < std::max<std::size_t>(1, fewest))
    problems.add({.file = rows.source,
                  .what = fmt::format("has {} rows with a target for {}", labelled,
                                      all_labelled ? "validation" : "training"),
                  .allowed = fmt::format("at least {}", std::max<std::size_t>(1, fewest))});
  else if (!all_labelled && !(high > low))
    problems.add({.file = rows.source,
                  .what = fmt::format("has the target {:g} in every row", low),
                  .mend = "There is nothing to learn; look at the column of the target"});
}

// Means and standard deviations of labelled rows; a constant column has scale 1.
void fit_scales(const SsvaerRows& rows, SsvaerModel& model) {
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < rows.rows; ++i) {
    if (!std::isnan(rows.y[i])) which.push_back(i);
  }
  const auto n = static_cast<double>(which.size());
  const auto fit = [&](const auto& value, double& mean, double& scale) {
    mean = scale = 0;
    for (const std::size_t i : which) mean += value(i) / n;
    for (const std::size_t i : which) scale += std::pow(value(i) - mean, 2) / n;
    scale = scale > 1e-24 * (1 + mean * mean) ? std::sqrt(scale) : 1;
  };
  model.mean.resize(rows.covariates);
  model.scale.resize(rows.covariates);
  for (std::size_t k = 0; k < rows.covariates; ++k)
    fit([&](std::size_t i) { return rows.x[i * rows.covariates + k]; }, model.mean[k], model.scale[k]);
  fit([&](std::size_t i) { return rows.y[i]; }, model.y_mean, model.y_scale);
}

Matrix scaled(const SsvaerModel& model, const double* x, std::size_t rows) {
  const std::size_t columns = model.mean.size();
  Matrix out(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  for (std::size_t i = 0; i < rows * columns; ++i)
    out.data()[i] = (x[i] - model.mean[i % columns]) / model.scale[i % columns];
  return out;
}

Matrix normals(core::RandomStream& random, std::size_t rows, int columns) {
  Matrix out(static_cast<Eigen::Index>(rows), columns);
  for (Eigen::Index i = 0; i < out.size(); ++i) out.data()[i] = random.normal();
  return out;
}

class Batches {
 public:
  Batches(const SsvaerRows& rows, const SsvaerModel& model, int latent)
      : rows_(rows), x_(scaled(model, rows.x.data(), rows.rows)), y_(x_.rows(), 1), latent_(latent) {
    for (std::size_t i = 0; i < rows.rows; ++i)
      y_(static_cast<Eigen::Index>(i), 0) = (rows.y[i] - model.y_mean) / model.y_scale;
  }
  SsvaerBatch take(const std::size_t* which, std::size_t count, core::RandomStream& random) const {
    SsvaerBatch out;
    out.x.resize(static_cast<Eigen::Index>(count), x_.cols());
    out.y.resize(static_cast<Eigen::Index>(count), 1);
    if (!rows_.next.empty()) out.x_next = Matrix::Zero(static_cast<Eigen::Index>(count), x_.cols());
    for (std::size_t r = 0; r < count; ++r) {
      const auto at = static_cast<Eigen::Index>(r), from = static_cast<Eigen::Index>(which[r]);
      out.x.row(at) = x_.row(from);
      out.y(at, 0) = y_(from, 0);
      if (rows_.next.empty()) continue;
      const std::ptrdiff_t next = rows_.next[which[r]];
      out.has_next.push_back(next >= 0 ? 1 : 0);
      if (next >= 0) out.x_next.row(at) = x_.row(next);
    }
    out.e_z = normals(random, count, latent_);
    out.e_y = normals(random, count, 1);
    out.e_g = normals(random, count, latent_);
    out.e_next = normals(random, count, 1);
    return out;
  }

 private:
  const SsvaerRows& rows_;
  Matrix x_, y_;
  int latent_;
};

double rate_of(const SsvaerParams& p, int epoch) {
  if (epoch < p.warm_up) return p.learning_rate * (epoch + 1) / p.warm_up;
  const double share = static_cast<double>(epoch - p.warm_up) / std::max(1, p.epochs - p.warm_up);
  return p.final_rate + (p.learning_rate - p.final_rate) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

}  // namespace

SsvaerModel fit_ssvaer(const SsvaerRows& training, const SsvaerRows& validation, const SsvaerParams& params,
                       core::Context& context) {
  core::Problems problems;
  check_rows(training, static_cast<std::size_t>(std::max(1, params.fewest)), problems);
  check_rows(validation, 0, problems);
  problems.throw_if_any();
  PHREATIC_ASSERT(training.covariates == validation.covariates);
  SsvaerModel model;
  fit_scales(training, model);
  const Batches rows(training, model, params.latent), held(validation, model, params.latent);
  SsvaerNetwork network(params, training.covariates, !training.next.empty());
  std::vector<std::size_t> held_rows(validation.rows);
  for (std::size_t i = 0; i < held_rows.size(); ++i) held_rows[i] = i;
  core::RandomStream fixed(params.seed, "ssvaer validation");
  const SsvaerBatch held_batch = held.take(held_rows.data(), held_rows.size(), fixed);
  core::Progress progress("SSVAER", static_cast<std::size_t>(params.epochs), "epochs", context.show_progress);
  double best = std::numeric_limits<double>::infinity();
  std::uint64_t step = 0;
  const auto size = static_cast<std::size_t>(params.batch_size);
  for (int epoch = 0; epoch < params.epochs; ++epoch) {
    core::throw_if_interrupted();
    core::RandomStream random(params.seed, "ssvaer epoch", static_cast<std::uint64_t>(epoch));
    const std::vector<std::size_t> order = random.permutation(training.rows);
    double loss = 0;
    for (std::size_t first = 0; first < order.size(); first += size) {
      const std::size_t count = std::min(size, order.size() - first);
      loss +=
          network.loss(rows.take(order.data() + first, count, random), true).total(params.divergence_weight) *
          static_cast<double>(count);
      network.adam(rate_of(params, epoch), ++step);
    }
    model.history.loss.push_back(loss / static_cast<double>(order.size()));
    const double now = network.loss(held_batch, false).total(params.divergence_weight);
    model.history.validation.push_back(now);
    if (now < best) {
      best = now;
      model.history.best_epoch = epoch;
      model.network = std::make_shared<const SsvaerNetwork>(network);
    }
    progress.advance(1, fmt::format("validation loss {:.3f}", best));
    if (params.patience > 0 && epoch - model.history.best_epoch >= params.patience) break;
  }
  if (!model.network) {
    throw core::InputError({.file = training.source,
                            .what = "SSVAER's loss is not a number in any epoch",
                            .mend = "Lower the learning rate"});
  }
  return model;
}

SsvaerPrediction predict(const SsvaerModel& model, const std::vector<double>& x) {
  const std::size_t rows = x.size() / model.mean.size();
  SsvaerPrediction out;
  const auto [mu, log_s] = model.network->predict(scaled(model, x.data(), rows));
  for (Eigen::Index i = 0; i < mu.rows(); ++i) {
    out.value.push_back(model.y_mean + model.y_scale * mu(i, 0));
    out.sd.push_back(model.y_scale * std::exp(0.5 * log_s(i, 0)));
  }
  return out;
}

}  // namespace phreatic::learn
