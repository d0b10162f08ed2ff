// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/placewise_gwr.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <numbers>

#include "phreatic/core/parallel.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kWiden = 1.0000001;  // so that the N-th place itself has a weight above zero
constexpr double kSingular = 1e-10;   // smallest pivot of X'WX scaled to a diagonal of ones
// Shares of the places that are tried as N.
constexpr std::array<double, 10> kShares = {0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.25, 0.4, 0.7, 1.0};

std::array<double, 3> on_sphere(double longitude, double latitude) {
  const double x = longitude * std::numbers::pi / 180, y = latitude * std::numbers::pi / 180;
  return {std::cos(y) * std::cos(x), std::cos(y) * std::sin(x), std::sin(y)};
}

double squared_distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < 3; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

// Inverse of a Gram matrix; false where it is singular.
bool invert(const Eigen::MatrixXd& gram, Eigen::MatrixXd& inverse) {
  const Eigen::VectorXd scale = gram.diagonal().cwiseSqrt().cwiseInverse();
  if (!scale.allFinite()) return false;
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(scale.asDiagonal() * gram * scale.asDiagonal());
  if (!(ldlt.vectorD().minCoeff() > kSingular)) return false;
  const auto size = gram.rows();
  inverse = scale.asDiagonal() * ldlt.solve(Eigen::MatrixXd::Identity(size, size)) * scale.asDiagonal();
  return true;
}

}  // namespace

struct PlacewiseGwr::Sums {
  struct Place {
    std::array<double, 3> at{};  // on the unit sphere
    Eigen::MatrixXd xx;          // [terms][terms]
    Eigen::VectorXd xy;
    double yy = 0;
  };
  explicit Sums(const Rows& training);
  bool solve(const std::array<double, 3>& at, std::size_t neighbours, Eigen::VectorXd& b,
             Eigen::MatrixXd* inverse) const;
  double aicc(std::size_t neighbours) const;  // infinite where some place cannot be solved
  Eigen::VectorXd coefficients(double longitude, double latitude) const;

  std::vector<Place> places_;
  double rows_ = 0;
  Eigen::VectorXd mean_, scale_;  // of the covariates
  std::size_t neighbours_ = 0;
};

PlacewiseGwr::Sums::Sums(const Rows& training) : rows_(static_cast<double>(training.count)) {
  const auto p = static_cast<Eigen::Index>(training.names.size());
  const auto row = [&](std::size_t i) { return Eigen::Map<const Eigen::VectorXd>(training.row(i), p); };
  mean_ = scale_ = Eigen::VectorXd::Zero(p);
  for (std::size_t i = 0; i < training.count; ++i) mean_ += row(i) / rows_;
  for (std::size_t i = 0; i < training.count; ++i) scale_ += (row(i) - mean_).cwiseAbs2() / rows_;
  for (double& s : scale_) s = s > 0 ? std::sqrt(s) : 1;
  std::map<std::pair<double, double>, std::size_t> known;
  Eigen::VectorXd x(p + 1);
  for (std::size_t i = 0; i < training.count; ++i) {
    const std::pair place{training.longitude[i], training.latitude[i]};
    const auto [found, is_new] = known.try_emplace(place, places_.size());
    if (is_new)
      places_.push_back({on_sphere(place.first, place.second), Eigen::MatrixXd::Zero(p + 1, p + 1),
                         Eigen::VectorXd::Zero(p + 1)});
    x << (row(i) - mean_).cwiseQuotient(scale_), 1;
    Place& to = places_[found->second];
    to.xx += x * x.transpose();
    to.xy += x * training.y[i];
    to.yy += training.y[i] * training.y[i];
  }
  double least = std::numeric_limits<double>::infinity();
  for (const double share : kShares) {
    const auto n = static_cast<std::size_t>(std::ceil(share * static_cast<double>(places_.size())));
    if (n < 2) continue;
    const double found = aicc(n);
    if (!(found < least)) continue;
    least = found;
    neighbours_ = n;
  }
}

bool PlacewiseGwr::Sums::solve(const std::array<double, 3>& at, std::size_t neighbours, Eigen::VectorXd& b,
                               Eigen::MatrixXd* inverse) const {
  std::vector<double> squared;
  for (const Place& place : places_) squared.push_back(squared_distance(at, place.at));
  double reach = std::numeric_limits<double>::infinity();
  if (neighbours > 0) {
    std::vector<double> sorted = squared;
    const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(neighbours, sorted.size()) - 1);
    std::nth_element(sorted.begin(), nth, sorted.end());
    reach = *nth * kWiden * kWiden;
  }
  const auto size = mean_.size() + 1;
  Eigen::MatrixXd xx = Eigen::MatrixXd::Zero(size, size);
  Eigen::VectorXd xy = Eigen::VectorXd::Zero(size);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const double u = std::isinf(reach) ? 0 : squared[i] / reach;
    if (!(u < 1)) continue;
    const double w = (1 - u) * (1 - u);
    xx += w * places_[i].xx;
    xy += w * places_[i].xy;
  }
  Eigen::MatrixXd own;
  if (!invert(xx, own)) return false;
  b = own * xy;
  if (inverse != nullptr) *inverse = own;
  return true;
}

double PlacewiseGwr::Sums::aicc(std::size_t neighbours) const {
  std::vector<double> rss(places_.size()), trace(places_.size());
  core::parallel_for(places_.size(), [&](std::size_t i) {
    const Place& place = places_[i];
    Eigen::VectorXd b;
    Eigen::MatrixXd inverse;
    if (!solve(place.at, neighbours, b, &inverse)) {
      rss[i] = std::numeric_limits<double>::infinity();
      return;
    }
    rss[i] = place.yy - 2 * b.dot(place.xy) + b.dot(place.xx * b);
    trace[i] = (inverse * place.xx).trace();  // a row's weight at its own place is 1
  });
  double sum = 0, freedom = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    sum += rss[i];
    freedom += trace[i];
  }
  if (!std::isfinite(sum) || rows_ - 2 - freedom <= 0) return std::numeric_limits<double>::infinity();
  return rows_ * std::log(2 * std::numbers::pi * std::max(sum, 1e-12) / rows_) +
         rows_ * (rows_ + freedom) / (rows_ - 2 - freedom);
}

Eigen::VectorXd PlacewiseGwr::Sums::coefficients(double longitude, double latitude) const {
  const auto p = mean_.size();
  Eigen::VectorXd b;
  // Beyond the places of training a bandwidth may be singular; then all places count alike.
  if (!solve(on_sphere(longitude, latitude), neighbours_, b, nullptr) &&
      !solve(on_sphere(longitude, latitude), 0, b, nullptr)) {
    b = Eigen::VectorXd::Zero(p + 1);  // covariates that depend on each other: the mean
    double sum = 0;
    for (const Place& place : places_) sum += place.xy[p];
    b[p] = sum / rows_;
  }
  b.head(p) = b.head(p).cwiseQuotient(scale_);
  b[p] -= b.head(p).dot(mean_);
  return b;
}

PlacewiseGwr::PlacewiseGwr(const Rows& training) : sums_(std::make_shared<const Sums>(training)) {}

std::size_t PlacewiseGwr::neighbours() const { return sums_->neighbours_; }
std::size_t PlacewiseGwr::places() const { return sums_->places_.size(); }

std::vector<double> PlacewiseGwr::coefficients(double longitude, double latitude) const {
  const Eigen::VectorXd b = sums_->coefficients(longitude, latitude);
  return {b.begin(), b.end()};
}

std::vector<double> PlacewiseGwr::predict(const Rows& rows) const {
  std::map<std::pair<double, double>, std::size_t> known;
  std::vector<std::pair<double, double>> places;
  std::vector<std::size_t> of_row;
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::pair place{rows.longitude[i], rows.latitude[i]};
    const auto [found, is_new] = known.try_emplace(place, places.size());
    if (is_new) places.push_back(place);
    of_row.push_back(found->second);
  }
  std::vector<Eigen::VectorXd> b(places.size());
  core::parallel_for(places.size(),
                     [&](std::size_t k) { b[k] = sums_->coefficients(places[k].first, places[k].second); });
  const auto p = sums_->mean_.size();
  std::vector<double> out(rows.count);
  for (std::size_t i = 0; i < rows.count; ++i) {
    const Eigen::VectorXd& own = b[of_row[i]];
    out[i] = own[p] + own.head(p).dot(Eigen::Map<const Eigen::VectorXd>(rows.row(i), p));
  }
  return out;
}

Predictor fit_gwr(const Rows& training, std::uint64_t, core::Context& context) {
  const PlacewiseGwr model(training);
  if (model.neighbours() == 0)
    context.log.warn("model gwr: its equations are singular for every bandwidth; it is least squares");
  return [model](const Rows& rows) { return model.predict(rows); };
}

}  // namespace phreatic::studies::downscaling
