// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/models.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <memory>

#include "phreatic/studies/downscaling/models/learned_models.hpp"
#include "phreatic/studies/downscaling/models/placewise_gtwr.hpp"
#include "phreatic/studies/downscaling/models/placewise_gwr.hpp"

namespace phreatic::studies::downscaling {
namespace {

// Least squares on standardised columns; `terms` makes the columns of a row.
struct Linear {
  std::function<void(const Rows&, std::size_t row, Eigen::VectorXd&)> terms;
  Eigen::Index size = 0;
  Eigen::VectorXd mean, scale, coefficients;
  double intercept = 0;

  void fit(const Rows& rows, double ridge) {
    const auto n = static_cast<double>(rows.count);
    mean = Eigen::VectorXd::Zero(size);
    scale = Eigen::VectorXd::Zero(size);
    Eigen::VectorXd at(size);
    for (std::size_t i = 0; i < rows.count; ++i) {
      terms(rows, i, at);
      mean += at / n;
      intercept += rows.y[i] / n;
    }
    Eigen::MatrixXd xx = Eigen::MatrixXd::Zero(size, size);
    Eigen::VectorXd xy = Eigen::VectorXd::Zero(size);
    for (std::size_t i = 0; i < rows.count; ++i) {
      terms(rows, i, at);
      at -= mean;
      xx.selfadjointView<Eigen::Lower>().rankUpdate(at, 1 / n);
      xy += at * ((rows.y[i] - intercept) / n);
    }
    xx = xx.selfadjointView<Eigen::Lower>();
    scale = xx.diagonal().cwiseSqrt();
    for (Eigen::Index k = 0; k < size; ++k) scale[k] = scale[k] > 0 ? scale[k] : 1;
    const Eigen::MatrixXd r = scale.cwiseInverse().asDiagonal() * xx * scale.cwiseInverse().asDiagonal();
    const Eigen::MatrixXd system = r + ridge * Eigen::MatrixXd::Identity(size, size);
    coefficients = system.completeOrthogonalDecomposition().solve(xy.cwiseQuotient(scale));
  }
  std::vector<double> predict(const Rows& rows) const {
    std::vector<double> out(rows.count);
    Eigen::VectorXd at(size);
    for (std::size_t i = 0; i < rows.count; ++i) {
      terms(rows, i, at);
      out[i] = intercept + coefficients.dot((at - mean).cwiseQuotient(scale));
    }
    return out;
  }
};

Predictor fit_linear(const Rows& training, std::shared_ptr<Linear> model, double ridge) {
  model->fit(training, ridge);
  return [model](const Rows& rows) { return model->predict(rows); };
}

Predictor fit_ols(const Rows& training, std::uint64_t, core::Context&) {
  auto model = std::make_shared<Linear>();
  model->size = static_cast<Eigen::Index>(training.names.size());
  model->terms = [](const Rows& rows, std::size_t i, Eigen::VectorXd& at) {
    at = Eigen::Map<const Eigen::VectorXd>(rows.row(i), at.size());
  };
  return fit_linear(training, model, 0);
}

// Second-order polynomial of standardised covariates, ridge 1e-3.
Predictor fit_quadratic(const Rows& training, std::uint64_t, core::Context&) {
  const auto p = static_cast<Eigen::Index>(training.names.size());
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(p), scale = Eigen::VectorXd::Zero(p);
  const auto row = [p](const Rows& rows, std::size_t i) {
    return Eigen::Map<const Eigen::VectorXd>(rows.row(i), p);
  };
  for (std::size_t i = 0; i < training.count; ++i)
    mean += row(training, i) / static_cast<double>(training.count);
  for (std::size_t i = 0; i < training.count; ++i)
    scale += (row(training, i) - mean).cwiseAbs2() / static_cast<double>(training.count);
  for (double& s : scale) s = s > 0 ? std::sqrt(s) : 1;
  auto model = std::make_shared<Linear>();
  model->size = p + p * (p + 1) / 2;
  model->terms = [p, mean, scale, row](const Rows& rows, std::size_t i, Eigen::VectorXd& at) {
    // Beyond four standard deviations a square says nothing that was learnt.
    const Eigen::VectorXd z = (row(rows, i) - mean).cwiseQuotient(scale).cwiseMax(-4).cwiseMin(4);
    Eigen::Index next = p;
    at.head(p) = z;
    for (Eigen::Index a = 0; a < p; ++a) {
      for (Eigen::Index b = a; b < p; ++b) at[next++] = z[a] * z[b];
    }
  };
  return fit_linear(training, model, 1e-3);
}

}  // namespace

const std::vector<Model>& models() {
  static const std::vector<Model> all = {
      {"ols", "least squares of the covariates", fit_ols},
      {"quadratic", "squares and products of the covariates too, ridge of 0.001", fit_quadratic},
      {"gwr", "coefficients that vary in space, by least squares weighted by distance", fit_gwr},
      {"gtwr", "coefficients that vary in space and time, by least squares weighted by both distances",
       fit_gtwr},
      {"gnnwr", "coefficients that vary in space, by a network of distances", fit_gnnwr},
      {"gtnnwr", "coefficients that vary in space and time", fit_gtnnwr},
      {"ssvaer", "a semi-supervised variational autoencoder, which sees fine cells' covariates too",
       fit_ssvaer},
      {"trees", "gradient-boosted trees, by XGBoost's library", fit_trees},
  };
  return all;
}

const Model* find_model(const std::string& name) {
  for (const Model& model : models()) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

void check_methods(const std::vector<std::string>& methods, const std::string& file,
                   core::Problems& problems) {
  if (methods.empty()) problems.add({.file = file, .where = "model.methods", .what = "are none"});
  std::vector<std::string> known;
  for (const Model& model : models()) known.push_back(model.name);
  for (const std::string& name : methods) {
    if (find_model(name) != nullptr) continue;
    const std::string near = core::nearest(name, known);
    problems.add({.file = file,
                  .where = "model.methods",
                  .what = "'" + name + "' is no model",
                  .allowed = fmt::format("{}", fmt::join(known, ", ")),
                  .mend = near.empty() ? "" : "Did you mean '" + near + "'?"});
  }
}

}  // namespace phreatic::studies::downscaling
