// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/placewise_gtwr.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "phreatic/core/parallel.hpp"
#include "phreatic/studies/downscaling/models/local_squares.hpp"
#include "phreatic/studies/downscaling/models/placewise_gwr.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kDaysOfYear = 365.25;
constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr double kRowsOfTerm = 3;  // that must count at least, as (sum of weights)^2 / sum of their squares
constexpr double kYears[] = {2, 4, 8, kForever};  // that are tried as H

// Sums over rows: the lower triangle of x x', x y and y y.
struct Moments {
  Eigen::MatrixXd xx;
  Eigen::VectorXd xy;
  double yy = 0;
  double weights = 0, squares = 0;  // sums of the weights of rows, and of their squares
  explicit Moments(Eigen::Index terms)
      : xx(Eigen::MatrixXd::Zero(terms, terms)), xy(Eigen::VectorXd::Zero(terms)) {}
  void add(const Moments& other, double weight) {
    xx += weight * other.xx;
    xy += weight * other.xy;
    weights += weight * other.weights;
    squares += weight * weight * other.squares;
  }
};

double weight_in_time(double days, double years) {
  if (std::isinf(years)) return 1;
  const double u = days / (years * kDaysOfYear), left = std::max(0.0, 1 - u * u);
  return left * left;
}

}  // namespace

struct PlacewiseGtwr::Sums {
  explicit Sums(const Rows& training);
  double aicc(std::size_t neighbours, double years) const;
  std::vector<Moments> at_time(double days, double years) const;  // [place]
  bool solve(const std::vector<Moments>& sums, const OnSphere& at, std::size_t neighbours, Eigen::VectorXd& b,
             Eigen::MatrixXd* inverse) const;
  Eigen::VectorXd coefficients(const std::vector<Moments>& sums, double longitude, double latitude) const;

  Eigen::Index terms_;
  double rows_;
  Standard standard_;
  std::vector<OnSphere> at_;
  std::vector<std::map<double, Moments>> of_place_;  // [place] by days
  std::vector<Moments> all_;                         // [place] of all months
  std::size_t neighbours_ = 0;
  double years_ = kForever;
};

PlacewiseGtwr::Sums::Sums(const Rows& training)
    : terms_(static_cast<Eigen::Index>(training.names.size()) + 1),
      rows_(static_cast<double>(training.count)),
      standard_(training) {
  std::map<std::pair<double, double>, std::size_t> known;
  for (std::size_t i = 0; i < training.count; ++i) {
    const std::pair place{training.longitude[i], training.latitude[i]};
    const auto [found, is_new] = known.try_emplace(place, at_.size());
    if (is_new) {
      at_.push_back(on_sphere(place.first, place.second));
      of_place_.emplace_back();
    }
    const Eigen::VectorXd x = standard_.row(training, i);
    Moments& to = of_place_[found->second].try_emplace(training.days[i], terms_).first->second;
    to.xx += x * x.transpose();
    to.xy += x * training.y[i];
    to.yy += training.y[i] * training.y[i];
    to.weights += 1;
    to.squares += 1;
  }
  all_ = at_time(0, kForever);
}

std::vector<Moments> PlacewiseGtwr::Sums::at_time(double days, double years) const {
  std::vector<Moments> out(at_.size(), Moments(terms_));
  core::parallel_for(out.size(), [&](std::size_t q) {
    for (const auto& [day, moments] : of_place_[q]) {
      const double weight = weight_in_time(day - days, years);
      if (weight > 0) out[q].add(moments, weight);
    }
  });
  return out;
}

bool PlacewiseGtwr::Sums::solve(const std::vector<Moments>& sums, const OnSphere& at, std::size_t neighbours,
                                Eigen::VectorXd& b, Eigen::MatrixXd* inverse) const {
  const std::vector<double> weights = bisquare_weights(at, at_, neighbours);
  Moments here(terms_);
  for (std::size_t q = 0; q < at_.size(); ++q) {
    if (weights[q] > 0) here.add(sums[q], weights[q]);
  }
  if (here.weights * here.weights < kRowsOfTerm * static_cast<double>(terms_) * here.squares) return false;
  if (inverse == nullptr) return solve_gram(here.xx, here.xy, b);
  if (!invert(here.xx, *inverse)) return false;
  b = *inverse * here.xy;
  return true;
}

double PlacewiseGtwr::Sums::aicc(std::size_t neighbours, double years) const {
  std::map<double, std::vector<std::size_t>> places_of_day;
  for (std::size_t q = 0; q < at_.size(); ++q) {
    for (const auto& [day, moments] : of_place_[q]) places_of_day[day].push_back(q);
  }
  double squares = 0, trace = 0;
  for (const auto& [day, places] : places_of_day) {
    const std::vector<Moments> sums = std::isinf(years) ? all_ : at_time(day, years);
    std::vector<std::pair<double, double>> found(places.size(), {kForever, 0.0});
    core::parallel_for(places.size(), [&](std::size_t i) {
      Eigen::VectorXd b;
      Eigen::MatrixXd inverse;
      if (!solve(sums, at_[places[i]], neighbours, b, &inverse)) return;
      const Moments& own = of_place_[places[i]].at(day);
      found[i] = {own.yy - 2 * b.dot(own.xy) + b.dot(own.xx * b), (inverse * own.xx).trace()};
    });
    for (const auto& [s, t] : found) {
      squares += s;
      trace += t;
    }
    if (std::isinf(squares)) break;
  }
  return corrected_aic(rows_, squares, trace);
}

Eigen::VectorXd PlacewiseGtwr::Sums::coefficients(const std::vector<Moments>& sums, double longitude,
                                                  double latitude) const {
  const OnSphere at = on_sphere(longitude, latitude);
  Eigen::VectorXd b;
  // Beyond the places and months of training a bandwidth may hold too few rows; then all rows count alike.
  if (!solve(sums, at, neighbours_, b, nullptr) && !solve(all_, at, 0, b, nullptr)) {
    b = Eigen::VectorXd::Zero(terms_);  // covariates that depend on each other: the mean
    for (const Moments& m : all_) b[terms_ - 1] += m.xy[terms_ - 1] / rows_;
  }
  standard_.back(b);
  return b;
}

PlacewiseGtwr::PlacewiseGtwr(const Rows& training) {
  auto sums = std::make_shared<Sums>(training);
  const std::size_t of_gwr = PlacewiseGwr(training).neighbours();
  double least = kForever;
  for (const std::size_t n : {of_gwr, std::min(2 * of_gwr, sums->at_.size())}) {
    for (const double years : kYears) {
      if (n == 0) continue;
      const double found = sums->aicc(n, years);
      if (!(found < least)) continue;
      least = found;
      sums->neighbours_ = n;
      sums->years_ = years;
    }
  }
  sums_ = std::move(sums);
}

PlacewiseGtwr::PlacewiseGtwr(const Rows& training, std::size_t neighbours, double years) {
  auto sums = std::make_shared<Sums>(training);
  sums->neighbours_ = neighbours;
  sums->years_ = years;
  sums_ = std::move(sums);
}

std::size_t PlacewiseGtwr::neighbours() const { return sums_->neighbours_; }
double PlacewiseGtwr::years() const { return sums_->years_; }

std::vector<double> PlacewiseGtwr::coefficients(double longitude, double latitude, double days) const {
  const Eigen::VectorXd b = sums_->coefficients(sums_->at_time(days, sums_->years_), longitude, latitude);
  return {b.begin(), b.end()};
}

std::vector<double> PlacewiseGtwr::predict(const Rows& rows) const {
  std::map<double, std::vector<std::size_t>> of_day;
  for (std::size_t i = 0; i < rows.count; ++i) of_day[rows.days[i]].push_back(i);
  const Eigen::Index p = sums_->terms_ - 1;
  std::vector<double> out(rows.count);
  for (const auto& [day, members] : of_day) {
    const std::vector<Moments> sums =
        std::isinf(sums_->years_) ? sums_->all_ : sums_->at_time(day, sums_->years_);
    std::map<std::pair<double, double>, std::vector<std::size_t>> of_place;
    for (const std::size_t i : members) of_place[{rows.longitude[i], rows.latitude[i]}].push_back(i);
    const std::vector<std::pair<std::pair<double, double>, std::vector<std::size_t>>> places(of_place.begin(),
                                                                                             of_place.end());
    core::parallel_for(places.size(), [&](std::size_t k) {
      const auto& [place, here] = places[k];
      const Eigen::VectorXd b = sums_->coefficients(sums, place.first, place.second);
      for (const std::size_t i : here)
        out[i] = b[p] + b.head(p).dot(Eigen::Map<const Eigen::VectorXd>(rows.row(i), p));
    });
  }
  return out;
}

Predictor fit_gtwr(const Rows& training, std::uint64_t, core::Context& context) {
  const PlacewiseGtwr model(training);
  if (model.neighbours() == 0)
    context.log.warn("model gtwr: its equations are singular for every bandwidth; it is least squares");
  else if (std::isinf(model.years()))
    context.log.info(
        "model gtwr: months all count alike by AICc, so that it is geographically weighted alone");
  return [model](const Rows& rows) { return model.predict(rows); };
}

}  // namespace phreatic::studies::downscaling
