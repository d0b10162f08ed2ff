// SPDX-License-Identifier: BSD-3-Clause
// What least squares weighted by distance share: places on the sphere, the N-th nearest, standardised columns, inverses.
#pragma once

#include <Eigen/Dense>
#include <array>
#include <span>
#include <vector>

#include "phreatic/studies/downscaling/models/models.hpp"

namespace phreatic::studies::downscaling {

using OnSphere = std::array<double, 3>;  // of length 1
OnSphere on_sphere(double longitude, double latitude);

// Bisquare weights of the distances to `places` up to the N-th nearest, which has a weight just above zero; all 1 for N = 0.
std::vector<double> bisquare_weights(const OnSphere& at, const std::vector<OnSphere>& places,
                                     std::size_t neighbours);

// Mean and standard deviation (1 where there is none) of the columns.
struct Standard {
  Eigen::VectorXd mean, scale;
  explicit Standard(const Rows& rows);
  Eigen::VectorXd row(const Rows& rows, std::size_t i) const;  // [columns + 1] standardised, and a one
  void back(Eigen::VectorXd& coefficients) const;  // to those of the columns as they are, intercept last
};

// Solution of gram b = right; false where the Gram matrix is singular.
bool solve_gram(const Eigen::MatrixXd& gram, const Eigen::VectorXd& right, Eigen::VectorXd& b);
// Inverse of a Gram matrix; false where it is singular.
bool invert(const Eigen::MatrixXd& gram, Eigen::MatrixXd& inverse);

// Corrected AIC of `rows` rows with a sum of squared residuals and a trace of the hat matrix; infinite where it has none.
double corrected_aic(double rows, double squares, double trace);

}  // namespace phreatic::studies::downscaling
