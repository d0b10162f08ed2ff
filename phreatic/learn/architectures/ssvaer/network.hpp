// SPDX-License-Identifier: BSD-3-Clause
// The network of SSVAER, forward and backward in double precision.
//   h = share(x);  mu_z, log s_z^2, mu_y, log s_y^2, dy = heads(h);  z = mu_z + s_z e,  y' = mu_y + s_y e,
//   g = generator(y', dy);  reconstructions decoder(z) and decoder(g + e)
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "phreatic/learn/architectures/ssvaer/ssvaer.hpp"

namespace phreatic::learn {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

enum class Activation { linear, tanh, relu };

// A stack of dense layers, a_l = f(a_(l-1) W_l + b_l).
class Perceptron {
 public:
  Perceptron() = default;
  // sizes: inputs first. `last` is the activation of the last layer, `inner` of the others.
  Perceptron(const std::vector<int>& sizes, Activation inner, Activation last);
  // Uniform within sqrt(6 / (in + out)) (glorot2010), or within sqrt(6 / in) before a ReLU (he2015); biases 0.
  void start(std::uint64_t seed, std::uint64_t which);

  using Trace = std::vector<Matrix>;  // the input and every layer's output
  Matrix forward(const Matrix& x, Trace* trace = nullptr) const;
  // Adds to the gradients; returns the gradient of the input.
  Matrix backward(const Trace& trace, Matrix d);

  struct Layer {
    Matrix w, b;  // [in][out], [1][out]
    Matrix dw, db;
    Activation activation = Activation::linear;
  };
  std::vector<Layer> layers;
};

struct SsvaerBatch {
  Matrix x;                   // [rows][covariates], standardised
  Matrix y;                   // [rows][1], NaN where not known
  std::vector<int> has_next;  // [rows], or empty
  Matrix x_next;              // [rows][covariates]; rows without one are not read
  Matrix e_z, e_y, e_g,
      e_next;  // standard normal numbers: [rows][latent], [rows][1], [rows][latent], [rows][1]
};

struct SsvaerLoss {
  double reconstruction = 0, divergence = 0, labelled = 0, unlabelled = 0;  // the last with its weight
  double total(double weight) const { return reconstruction + weight * divergence + labelled + unlabelled; }
};

class SsvaerNetwork {
 public:
  SsvaerNetwork(const SsvaerParams& params, std::size_t covariates, bool ordered);
  // With `learn`, also the gradients, from zero.
  SsvaerLoss loss(const SsvaerBatch& batch, bool learn);
  void adam(double rate, std::uint64_t step);
  // mu_y and log s_y^2.
  std::pair<Matrix, Matrix> predict(const Matrix& x) const;
  // Every stack in a fixed order, for files and tests.
  std::vector<Perceptron*> parts();

 private:
  struct Heads {
    Matrix h, mu_z, log_z, mu_y, log_y, dy;
    Perceptron::Trace share_t, mu_z_t, log_z_t, mu_y_t, log_y_t, dy_t;
    Matrix d_mu_z, d_log_z, d_mu_y, d_log_y, d_dy;  // gradients
    Matrix open;                                    // 1 where log s_y^2 was not clamped
  };
  Heads heads(const Matrix& x) const;
  void backward(Heads& at);
  struct Latent;
  double latent_divergence(Heads& at, const Matrix& y, Matrix& d_y, double share, const Matrix* rows,
                           bool learn, Matrix* generated);

  SsvaerParams params_;
  bool ordered_;
  Perceptron share_, mu_z_, log_z_, mu_y_, log_y_, dy_, generator_, decoder_;
  std::vector<Matrix> m_, v_;  // of Adam
};

}  // namespace phreatic::learn
