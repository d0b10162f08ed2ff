// SPDX-License-Identifier: BSD-3-Clause
// Functions with known attributions, for the tests of explain. Sums in double, results in float32.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "phreatic/model/differentiable.hpp"

namespace phreatic::explain::test {

// f(x, s) = g(u) of one row u = [T][F] then [S], with gradient; subclasses give one row in double.
class RowFunction : public model::Differentiable {
 public:
  RowFunction(std::size_t lags, std::size_t features, std::size_t statics = 0)
      : lags_(lags), features_(features), statics_(statics) {}
  model::Shape shape() const override { return {lags_, features_, statics_}; }
  model::Target target() const override { return {"level"}; }
  std::size_t cells() const { return lags_ * features_ + statics_; }

  virtual double row(const std::vector<double>& u, std::vector<double>& gradient) const = 0;

  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override {
    evaluations += batch;
    const std::size_t dynamic = lags_ * features_;
    std::vector<double> u(cells()), gradient(cells());
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t i = 0; i < dynamic; ++i) u[i] = inputs[b * dynamic + i];
      for (std::size_t s = 0; s < statics_; ++s) u[dynamic + s] = statics[b * statics_ + s];
      values[b] = static_cast<float>(row(u, gradient));
      for (std::size_t i = 0; gradients != nullptr && i < dynamic; ++i) {
        gradients[b * dynamic + i] = static_cast<float>(gradient[i]);
      }
    }
  }
  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    value_and_gradient(batch, inputs, statics, values, nullptr);
  }
  std::size_t evaluations = 0;

 private:
  std::size_t lags_, features_, statics_;
};

// w . u
class Linear : public RowFunction {
 public:
  Linear(std::size_t lags, std::size_t features, std::vector<double> w, std::size_t statics = 0)
      : RowFunction(lags, features, statics), w_(std::move(w)) {}
  double row(const std::vector<double>& u, std::vector<double>& gradient) const override {
    double sum = 0;
    for (std::size_t i = 0; i < u.size(); ++i) sum += w_[i] * u[i];
    gradient = w_;
    return sum;
  }

 private:
  std::vector<double> w_;
};

// u' Q u / 2, Q symmetric [cells][cells]: interactions of every pair.
class Quadratic : public RowFunction {
 public:
  Quadratic(std::size_t lags, std::size_t features, std::vector<double> q, std::size_t statics = 0)
      : RowFunction(lags, features, statics), q_(std::move(q)) {}
  double row(const std::vector<double>& u, std::vector<double>& gradient) const override {
    double sum = 0;
    for (std::size_t i = 0; i < u.size(); ++i) {
      gradient[i] = 0;
      for (std::size_t j = 0; j < u.size(); ++j) gradient[i] += q_[i * u.size() + j] * u[j];
      sum += gradient[i] * u[i] / 2;
    }
    return sum;
  }

 private:
  std::vector<double> q_;
};

// sum_h v_h tanh(w_h . u + b_h)
class Mlp : public RowFunction {
 public:
  Mlp(std::size_t lags, std::size_t features, std::vector<std::vector<double>> w, std::vector<double> b,
      std::vector<double> v, double constant = 0, std::size_t statics = 0)
      : RowFunction(lags, features, statics),
        w_(std::move(w)),
        b_(std::move(b)),
        v_(std::move(v)),
        constant_(constant) {}
  double row(const std::vector<double>& u, std::vector<double>& gradient) const override {
    double sum = constant_;
    gradient.assign(u.size(), 0.0);
    for (std::size_t h = 0; h < v_.size(); ++h) {
      const double y = std::tanh(argument(h, u));
      sum += v_[h] * y;
      for (std::size_t i = 0; i < u.size(); ++i) gradient[i] += v_[h] * (1 - y * y) * w_[h][i];
    }
    return sum;
  }
  // Exact integral of the gradient along the path from r to u times (u - r): tanh has a closed one.
  std::vector<double> path(const std::vector<double>& u, const std::vector<double>& r) const {
    std::vector<double> phi(u.size(), 0.0);
    for (std::size_t h = 0; h < v_.size(); ++h) {
      const double a = argument(h, r), b = argument(h, u);
      const double mean_slope =
          std::abs(b - a) > 1e-9 ? (std::tanh(b) - std::tanh(a)) / (b - a) : 1 - std::tanh(a) * std::tanh(a);
      for (std::size_t i = 0; i < u.size(); ++i) phi[i] += v_[h] * w_[h][i] * mean_slope * (u[i] - r[i]);
    }
    return phi;
  }

 private:
  double argument(std::size_t h, const std::vector<double>& u) const {
    double z = b_[h];
    for (std::size_t i = 0; i < u.size(); ++i) z += w_[h][i] * u[i];
    return z;
  }
  std::vector<std::vector<double>> w_;
  std::vector<double> b_, v_;
  double constant_;
};

// The mean of several functions, which are its members. Counts the rows that members were asked for.
class Ensemble : public model::Differentiable {
 public:
  explicit Ensemble(std::vector<std::unique_ptr<Mlp>> members) : members_(std::move(members)) {}
  model::Shape shape() const override { return members_[0]->shape(); }
  model::Target target() const override { return members_[0]->target(); }
  std::size_t members() const override { return members_.size(); }

  void value_and_gradient(std::size_t batch, const float* inputs, const float* statics, float* values,
                          float* gradients) override {
    const std::size_t cells = batch * shape().cells();
    const auto share = 1.0F / static_cast<float>(members_.size());
    std::vector<float> v(batch), g(cells);
    std::fill_n(values, batch, 0.0F);
    if (gradients != nullptr) std::fill_n(gradients, cells, 0.0F);
    for (const auto& f : members_) {
      f->value_and_gradient(batch, inputs, statics, v.data(), gradients != nullptr ? g.data() : nullptr);
      for (std::size_t i = 0; i < batch; ++i) values[i] += share * v[i];
      for (std::size_t i = 0; gradients != nullptr && i < cells; ++i) gradients[i] += share * g[i];
    }
  }
  void value(std::size_t batch, const float* inputs, const float* statics, float* values) override {
    value_and_gradient(batch, inputs, statics, values, nullptr);
  }
  void member_value(std::size_t member, std::size_t batch, const float* inputs, const float* statics,
                    float* values) override {
    asked[member] += batch;
    members_[member]->value(batch, inputs, statics, values);
  }
  void member_value_and_gradient(std::size_t member, std::size_t batch, const float* inputs,
                                 const float* statics, float* values, float* gradients) override {
    asked[member] += batch;
    members_[member]->value_and_gradient(batch, inputs, statics, values, gradients);
  }
  std::vector<double> path(const std::vector<double>& u, const std::vector<double>& r) const {
    std::vector<double> phi(u.size(), 0.0);
    for (const auto& f : members_) {
      const auto one = f->path(u, r);
      for (std::size_t i = 0; i < phi.size(); ++i) phi[i] += one[i] / static_cast<double>(members_.size());
    }
    return phi;
  }
  std::map<std::size_t, std::size_t> asked;

 private:
  std::vector<std::unique_ptr<Mlp>> members_;
};

}  // namespace phreatic::explain::test
