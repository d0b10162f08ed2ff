// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/ssvaer/network.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "phreatic/core/random.hpp"

namespace phreatic::learn {
namespace {

constexpr double kLowest = -10, kHighest = 5;  // of log s_y^2

Matrix activated(const Matrix& z, Activation f) {
  if (f == Activation::tanh) return z.array().tanh();
  if (f == Activation::relu) return z.cwiseMax(0.0);
  return z;
}

// Gradient through the activation, from its output.
Matrix through(const Matrix& d, const Matrix& a, Activation f) {
  if (f == Activation::tanh) return d.array() * (1 - a.array().square());
  if (f == Activation::relu) return d.array() * (a.array() > 0).cast<double>();
  return d;
}

std::vector<int> joined(int first, std::vector<int> sizes, int last) {
  sizes.insert(sizes.begin(), first);
  sizes.push_back(last);
  return sizes;
}

Matrix zeros_like(const Matrix& m) { return Matrix::Zero(m.rows(), m.cols()); }

}  // namespace

Perceptron::Perceptron(const std::vector<int>& sizes, Activation inner, Activation last) {
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    Layer layer;
    layer.w = layer.dw = Matrix::Zero(sizes[l], sizes[l + 1]);
    layer.b = layer.db = Matrix::Zero(1, sizes[l + 1]);
    layer.activation = l + 2 == sizes.size() ? last : inner;
    layers.push_back(std::move(layer));
  }
}

void Perceptron::start(std::uint64_t seed, std::uint64_t which) {
  core::RandomStream random(seed, "ssvaer weights", which);
  for (Layer& layer : layers) {
    const auto in = static_cast<double>(layer.w.rows());
    const auto out = static_cast<double>(layer.w.cols());
    const double bound = layer.activation == Activation::relu ? std::sqrt(6 / in) : std::sqrt(6 / (in + out));
    for (Eigen::Index i = 0; i < layer.w.size(); ++i) layer.w.data()[i] = random.uniform(-bound, bound);
  }
}

Matrix Perceptron::forward(const Matrix& x, Trace* trace) const {
  Matrix a = x;
  if (trace != nullptr) *trace = {a};
  for (const Layer& layer : layers) {
    Matrix z = a * layer.w;
    z.rowwise() += layer.b.row(0);
    a = activated(z, layer.activation);
    if (trace != nullptr) trace->push_back(a);
  }
  return a;
}

Matrix Perceptron::backward(const Trace& trace, Matrix d) {
  for (std::size_t l = layers.size(); l-- > 0;) {
    Layer& layer = layers[l];
    d = through(d, trace[l + 1], layer.activation);
    layer.dw += trace[l].transpose() * d;
    layer.db += d.colwise().sum();
    d = d * layer.w.transpose();
  }
  return d;
}

SsvaerNetwork::SsvaerNetwork(const SsvaerParams& p, std::size_t covariates, bool ordered)
    : params_(p), ordered_(ordered) {
  const auto inputs = static_cast<int>(covariates);
  std::vector<int> share = p.share;
  share.insert(share.begin(), inputs);
  const int common = share.back();
  share_ = {share, Activation::tanh, Activation::tanh};
  const auto head = [&](int outputs, Activation inner, Activation last) {
    return Perceptron({common, p.hidden, outputs}, inner, last);
  };
  mu_z_ = head(p.latent, Activation::relu, Activation::linear);
  log_z_ = head(p.latent, Activation::relu, Activation::linear);
  mu_y_ = head(1, Activation::tanh, Activation::linear);
  log_y_ = head(1, Activation::relu, Activation::linear);
  if (ordered) dy_ = head(1, Activation::tanh, Activation::tanh);
  generator_ = Perceptron({ordered ? 2 : 1, 2, p.latent}, Activation::relu, Activation::linear);
  decoder_ = Perceptron(joined(p.latent, p.decoder, inputs), Activation::relu, Activation::linear);
  std::uint64_t which = 0;
  for (Perceptron* part : parts()) part->start(p.seed, which++);
}

std::vector<Perceptron*> SsvaerNetwork::parts() {
  return {&share_, &mu_z_, &log_z_, &mu_y_, &log_y_, &dy_, &generator_, &decoder_};
}

SsvaerNetwork::Heads SsvaerNetwork::heads(const Matrix& x) const {
  Heads out;
  out.h = share_.forward(x, &out.share_t);
  out.mu_z = mu_z_.forward(out.h, &out.mu_z_t);
  out.log_z = log_z_.forward(out.h, &out.log_z_t);
  out.mu_y = mu_y_.forward(out.h, &out.mu_y_t);
  const Matrix free = log_y_.forward(out.h, &out.log_y_t);
  out.log_y = free.cwiseMax(kLowest).cwiseMin(kHighest);
  out.open = (free.array() >= kLowest && free.array() <= kHighest).cast<double>();
  out.dy = ordered_ ? dy_.forward(out.h, &out.dy_t) : zeros_like(out.mu_y);
  out.d_mu_z = out.d_log_z = zeros_like(out.mu_z);
  out.d_mu_y = out.d_log_y = out.d_dy = zeros_like(out.mu_y);
  return out;
}

void SsvaerNetwork::backward(Heads& at) {
  Matrix d = mu_z_.backward(at.mu_z_t, at.d_mu_z) + log_z_.backward(at.log_z_t, at.d_log_z) +
             mu_y_.backward(at.mu_y_t, at.d_mu_y) +
             log_y_.backward(at.log_y_t, Matrix(at.d_log_y.cwiseProduct(at.open)));
  if (ordered_) d += dy_.backward(at.dy_t, at.d_dy);
  share_.backward(at.share_t, d);
}

// share * sum over the wanted rows of KL(N(mu_z, s_z^2) || N(generator(y, dy), 1)); adds to the gradients of the heads and
// to d_y, that of y.
double SsvaerNetwork::latent_divergence(Heads& at, const Matrix& y, Matrix& d_y, double share,
                                        const Matrix* rows, bool learn, Matrix* generated) {
  Matrix input(y.rows(), ordered_ ? 2 : 1);
  input.col(0) = y.col(0);
  if (ordered_) input.col(1) = at.dy.col(0);
  Perceptron::Trace trace;
  const Matrix g = generator_.forward(input, &trace);
  if (generated != nullptr) *generated = g;
  const Matrix difference = at.mu_z - g;
  Matrix terms = 0.5 * (at.log_z.array().exp() + difference.array().square() - 1 - at.log_z.array());
  Matrix weight = Matrix::Constant(y.rows(), 1, share);
  if (rows != nullptr) weight = weight.cwiseProduct(*rows);
  const double value = (terms.rowwise().sum().array() * weight.array()).sum();
  if (!learn) return value;
  const Matrix d = difference.array().colwise() * weight.col(0).array();
  at.d_mu_z += d;
  at.d_log_z += Matrix(0.5 * ((at.log_z.array().exp() - 1).colwise() * weight.col(0).array()));
  const Matrix d_input = generator_.backward(trace, Matrix(-d));
  d_y.col(0) += d_input.col(0);
  if (ordered_) at.d_dy.col(0) += d_input.col(1);
  return value;
}

SsvaerLoss SsvaerNetwork::loss(const SsvaerBatch& batch, bool learn) {
  for (Perceptron* part : parts()) {
    for (auto& layer : part->layers) {
      layer.dw.setZero();
      layer.db.setZero();
    }
  }
  SsvaerLoss out;
  const auto n = static_cast<double>(batch.x.rows());
  const double of_divergence = params_.divergence_weight / n;
  Heads at = heads(batch.x);
  const Matrix s_z = (0.5 * at.log_z.array()).exp(), s_y = (0.5 * at.log_y.array()).exp();
  const Matrix z = at.mu_z + s_z.cwiseProduct(batch.e_z), y = at.mu_y + s_y.cwiseProduct(batch.e_y);
  Matrix d_y = zeros_like(y), generated;
  const double here = latent_divergence(at, y, d_y, of_divergence, nullptr, learn, &generated);
  // Reconstructions: from the latent point, and from a draw of the generator, through which only the decoder learns.
  const double per_value = 1 / (n * static_cast<double>(batch.x.cols()));
  Matrix d_z = zeros_like(z);
  for (int k = 0; k < 2; ++k) {
    Perceptron::Trace trace;
    const Matrix error = decoder_.forward(k == 0 ? z : Matrix(generated + batch.e_g), &trace) - batch.x;
    out.reconstruction += per_value * error.squaredNorm();
    if (!learn) continue;
    const Matrix d = decoder_.backward(trace, Matrix(2 * per_value * error));
    if (k == 0) d_z = d;
  }
  at.d_mu_z += d_z;
  at.d_log_z += Matrix(0.5 * d_z.array() * batch.e_z.array() * s_z.array());
  double later = 0;
  if (ordered_ && !batch.has_next.empty()) {
    Matrix rows(batch.x.rows(), 1);
    for (Eigen::Index i = 0; i < rows.rows(); ++i) rows(i, 0) = batch.has_next[static_cast<std::size_t>(i)];
    Heads next = heads(batch.x_next);
    const Matrix y_next = at.mu_y + at.dy + s_y.cwiseProduct(batch.e_next);
    Matrix d_next = zeros_like(y_next);
    later = latent_divergence(next, y_next, d_next, of_divergence, &rows, learn, nullptr);
    if (learn) {
      backward(next);
      at.d_mu_y += d_next;
      at.d_dy += d_next;
      at.d_log_y += Matrix(0.5 * d_next.array() * batch.e_next.array() * s_y.array());
    }
  }
  out.divergence = params_.divergence_weight > 0 ? (here + later) / params_.divergence_weight : 0;
  at.d_mu_y += d_y;
  at.d_log_y += Matrix(0.5 * d_y.array() * batch.e_y.array() * s_y.array());
  double labelled = 0;
  for (Eigen::Index i = 0; i < batch.y.rows(); ++i) labelled += std::isnan(batch.y(i, 0)) ? 0 : 1;
  const double unlabelled = (n - labelled) / params_.unlabelled_weight;
  for (Eigen::Index i = 0; i < batch.y.rows(); ++i) {
    const double mu = at.mu_y(i, 0), log_s = at.log_y(i, 0), s2 = std::exp(log_s), target = batch.y(i, 0);
    if (!std::isnan(target)) {
      out.labelled += 0.5 / labelled * ((target - mu) * (target - mu) / s2 + log_s - 1);
      at.d_mu_y(i, 0) += (mu - target) / s2 / labelled;
      at.d_log_y(i, 0) += 0.5 / labelled * (1 - (target - mu) * (target - mu) / s2);
    } else if (params_.unlabelled_weight == 0) {
      continue;
    } else if (params_.unlabelled == UnlabelledLoss::divergence) {
      out.unlabelled += 0.5 / unlabelled * (mu * mu + s2 - 1 - log_s);
      at.d_mu_y(i, 0) += mu / unlabelled;
      at.d_log_y(i, 0) += 0.5 / unlabelled * (s2 - 1);
    } else {
      out.unlabelled += 0.5 / unlabelled * (1 + std::log(2 * std::numbers::pi) + log_s);
      at.d_log_y(i, 0) += 0.5 / unlabelled;
    }
  }
  if (learn) backward(at);
  return out;
}

void SsvaerNetwork::adam(double rate, std::uint64_t step) {
  constexpr double kA = 0.9, kB = 0.999, kEpsilon = 1e-8;
  const double c1 = 1 - std::pow(kA, static_cast<double>(step)),
               c2 = 1 - std::pow(kB, static_cast<double>(step));
  std::size_t k = 0;
  const auto take = [&](Matrix& w, const Matrix& d) {
    if (m_.size() <= k) {
      m_.push_back(zeros_like(w));
      v_.push_back(zeros_like(w));
    }
    m_[k] = kA * m_[k] + (1 - kA) * d;
    v_[k] = kB * v_[k] + (1 - kB) * d.cwiseProduct(d);
    w.array() -= rate * (m_[k].array() / c1) / ((v_[k].array() / c2).sqrt() + kEpsilon);
    ++k;
  };
  for (Perceptron* part : parts()) {
    for (auto& layer : part->layers) {
      take(layer.w, layer.dw);
      take(layer.b, layer.db);
    }
  }
}

std::pair<Matrix, Matrix> SsvaerNetwork::predict(const Matrix& x) const {
  const Matrix h = share_.forward(x);
  return {mu_y_.forward(h), log_y_.forward(h).cwiseMax(kLowest).cwiseMin(kHighest)};
}

}  // namespace phreatic::learn
