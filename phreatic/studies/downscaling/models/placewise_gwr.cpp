// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/placewise_gwr.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include "phreatic/core/parallel.hpp"
#include "phreatic/studies/downscaling/models/local_squares.hpp"

namespace phreatic::studies::downscaling {
namespace {

// Shares of the places that are tried as N.
constexpr std::array<double, 10> kShares = {0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.25, 0.4, 0.7, 1.0};

}  // namespace

struct PlacewiseGwr::Sums {
  struct Place {
    Eigen::MatrixXd xx;  // [terms][terms]
    Eigen::VectorXd xy;
    double yy = 0;
  };
  explicit Sums(const Rows& training);
  bool solve(const OnSphere& at, std::size_t neighbours, Eigen::VectorXd& b, Eigen::MatrixXd* inverse) const;
  double aicc(std::size_t neighbours) const;  // infinite where some place cannot be solved
  Eigen::VectorXd coefficients(double longitude, double latitude) const;
  // Of the place of each row. Fields are predicted a month at a time: coefficients of a place are kept.
  std::vector<const Eigen::VectorXd*> known(const Rows& rows) const;

  mutable std::mutex mutex_;
  mutable std::map<std::pair<double, double>, Eigen::VectorXd> kept_;  // by longitude and latitude
  std::vector<OnSphere> at_;
  std::vector<Place> places_;
  double rows_ = 0;
  Standard standard_;
  std::size_t neighbours_ = 0;
};

PlacewiseGwr::Sums::Sums(const Rows& training)
    : rows_(static_cast<double>(training.count)), standard_(training) {
  const auto terms = static_cast<Eigen::Index>(training.names.size()) + 1;
  std::map<std::pair<double, double>, std::size_t> known;
  for (std::size_t i = 0; i < training.count; ++i) {
    const std::pair place{training.longitude[i], training.latitude[i]};
    const auto [found, is_new] = known.try_emplace(place, places_.size());
    if (is_new) {
      at_.push_back(on_sphere(place.first, place.second));
      places_.push_back({Eigen::MatrixXd::Zero(terms, terms), Eigen::VectorXd::Zero(terms)});
    }
    const Eigen::VectorXd x = standard_.row(training, i);
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

bool PlacewiseGwr::Sums::solve(const OnSphere& at, std::size_t neighbours, Eigen::VectorXd& b,
                               Eigen::MatrixXd* inverse) const {
  const std::vector<double> weights = bisquare_weights(at, at_, neighbours);
  const auto size = standard_.mean.size() + 1;
  Eigen::MatrixXd xx = Eigen::MatrixXd::Zero(size, size);
  Eigen::VectorXd xy = Eigen::VectorXd::Zero(size);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (weights[i] == 0) continue;
    xx += weights[i] * places_[i].xx;
    xy += weights[i] * places_[i].xy;
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
    if (!solve(at_[i], neighbours, b, &inverse)) {
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
  return corrected_aic(rows_, sum, freedom);
}

Eigen::VectorXd PlacewiseGwr::Sums::coefficients(double longitude, double latitude) const {
  const auto p = standard_.mean.size();
  Eigen::VectorXd b;
  // Beyond the places of training a bandwidth may be singular; then all places count alike.
  if (!solve(on_sphere(longitude, latitude), neighbours_, b, nullptr) &&
      !solve(on_sphere(longitude, latitude), 0, b, nullptr)) {
    b = Eigen::VectorXd::Zero(p + 1);  // covariates that depend on each other: the mean
    double sum = 0;
    for (const Place& place : places_) sum += place.xy[p];
    b[p] = sum / rows_;
  }
  standard_.back(b);
  return b;
}

std::vector<const Eigen::VectorXd*> PlacewiseGwr::Sums::known(const Rows& rows) const {
  const std::lock_guard lock(mutex_);
  std::vector<const Eigen::VectorXd*> out;
  std::vector<std::pair<std::pair<double, double>, Eigen::VectorXd*>> wanted;
  for (std::size_t i = 0; i < rows.count; ++i) {
    const auto [found, is_new] = kept_.try_emplace({rows.longitude[i], rows.latitude[i]});
    out.push_back(&found->second);
    if (is_new) wanted.emplace_back(found->first, &found->second);
  }
  core::parallel_for(wanted.size(), [&](std::size_t k) {
    *wanted[k].second = coefficients(wanted[k].first.first, wanted[k].first.second);
  });
  return out;
}

PlacewiseGwr::PlacewiseGwr(const Rows& training) : sums_(std::make_shared<const Sums>(training)) {}

std::size_t PlacewiseGwr::neighbours() const { return sums_->neighbours_; }
std::size_t PlacewiseGwr::places() const { return sums_->places_.size(); }

std::vector<double> PlacewiseGwr::coefficients(double longitude, double latitude) const {
  const Eigen::VectorXd b = sums_->coefficients(longitude, latitude);
  return {b.begin(), b.end()};
}

std::vector<double> PlacewiseGwr::predict(const Rows& rows) const {
  std::vector<const Eigen::VectorXd*> of_row = sums_->known(rows);
  const auto p = sums_->standard_.mean.size();
  std::vector<double> out(rows.count);
  for (std::size_t i = 0; i < rows.count; ++i) {
    const Eigen::VectorXd& own = *of_row[i];
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
