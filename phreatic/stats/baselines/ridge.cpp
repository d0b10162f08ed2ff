// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/ridge.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct Feature {
  std::string name;
  std::vector<double> values;
};

std::vector<std::size_t> to_steps(const std::vector<double>& days, double step_days, std::size_t smallest) {
  std::vector<std::size_t> steps;
  for (const double d : days) {
    const auto n = static_cast<std::size_t>(std::llround(std::max(d, 0.0) / step_days));
    if (n >= smallest && std::find(steps.begin(), steps.end(), n) == steps.end()) steps.push_back(n);
  }
  return steps;
}

std::vector<double> lagged(Series x, std::size_t lag) {
  std::vector<double> values(x.size(), kUndefined);
  for (std::size_t t = lag; t < x.size(); ++t) values[t] = x[t - lag];
  return values;
}

// Mean over the `window` steps that end at t; running sums of values less their mean keep the digits.
std::vector<double> rolling_mean(Series x, std::size_t window, double present_share) {
  const double centre = mean(x);
  std::vector<double> values(x.size(), kUndefined);
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t t = 0; t < x.size(); ++t) {
    if (!std::isnan(x[t])) {
      sum += x[t] - centre;
      ++count;
    }
    if (t >= window && !std::isnan(x[t - window])) {
      sum -= x[t - window] - centre;
      --count;
    }
    if (t + 1 >= window && count > 0 &&
        static_cast<double>(count) >= present_share * static_cast<double>(window)) {
      values[t] = centre + sum / static_cast<double>(count);
    }
  }
  return values;
}

std::vector<Feature> make_features(const BaselineData& data, const RidgeParams& params) {
  const double step_days = data.axis.mean_step_days();
  std::vector<Feature> features;
  for (std::size_t v = 0; v < data.drivers.size(); ++v) {
    PHREATIC_ASSERT(data.drivers[v].size() == data.axis.size());
    const std::string& name = data.driver_names[v];
    for (const std::size_t lag : to_steps(params.lags_days, step_days, 0)) {
      features.push_back({fmt::format("{} lag {}", name, lag), lagged(data.drivers[v], lag)});
    }
    for (const std::size_t window : to_steps(params.windows_days, step_days, 2)) {
      features.push_back({fmt::format("{} mean {}", name, window),
                          rolling_mean(data.drivers[v], window, params.present_share)});
    }
  }
  const std::vector<int> days = days_of_year(data.axis);
  for (int k = 1; k <= params.harmonics; ++k) {
    Feature cosine{fmt::format("cos {}", k), std::vector<double>(days.size())};
    Feature sine{fmt::format("sin {}", k), std::vector<double>(days.size())};
    for (std::size_t t = 0; t < days.size(); ++t) {
      const double angle = 2 * std::numbers::pi * k * (days[t] - 1) / 365.25;
      cosine.values[t] = std::cos(angle);
      sine.values[t] = std::sin(angle);
    }
    features.push_back(std::move(cosine));
    features.push_back(std::move(sine));
  }
  return features;
}

bool complete_at(const std::vector<Feature>& features, std::size_t t) {
  return std::none_of(features.begin(), features.end(),
                      [t](const Feature& f) { return std::isnan(f.values[t]); });
}

std::vector<std::size_t> rows_in(const BaselineData& data, const std::vector<Feature>& features,
                                 core::StepRange range) {
  std::vector<std::size_t> rows;
  for (std::size_t t = range.begin; t < range.end; ++t) {
    if (!std::isnan(data.target[t]) && complete_at(features, t)) rows.push_back(t);
  }
  return rows;
}

// Leaves out features that would cost too many training rows.
void drop_rare(std::vector<Feature>& features, const BaselineData& data, double row_share,
               RidgeModel& model) {
  std::erase_if(features, [&](const Feature& f) {
    std::size_t observed = 0;
    std::size_t present = 0;
    for (std::size_t t = data.train.begin; t < data.train.end; ++t) {
      if (std::isnan(data.target[t])) continue;
      ++observed;
      present += std::isnan(f.values[t]) ? 0 : 1;
    }
    const bool rare = static_cast<double>(present) < row_share * static_cast<double>(observed);
    if (rare) model.left_out.push_back(f.name + " (missing)");
    return rare;
  });
}

// Fills the model's features with means and standard deviations over the training rows; drops constant ones.
void standardise(std::vector<Feature>& features, const std::vector<std::size_t>& rows, RidgeModel& model) {
  std::vector<Feature> kept;
  for (Feature& f : features) {
    std::vector<double> values;
    values.reserve(rows.size());
    for (const std::size_t t : rows) values.push_back(f.values[t]);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (rows.empty()) continue;
    // Running sums leave rounding noise on means of a constant.
    if (*high - *low <= 1e-12 * std::max(std::abs(*low), std::abs(*high))) {
      model.left_out.push_back(f.name + " (constant)");
      continue;
    }
    const double m = mean(values);
    double sum = 0;
    for (const double v : values) sum += (v - m) * (v - m);
    model.features.push_back(f.name);
    model.feature_mean.push_back(m);
    model.feature_sd.push_back(std::sqrt(sum / static_cast<double>(values.size())));
    kept.push_back(std::move(f));
  }
  features = std::move(kept);
}

Eigen::MatrixXd design(const std::vector<Feature>& features, const RidgeModel& model,
                       const std::vector<std::size_t>& rows) {
  Eigen::MatrixXd z(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(features.size()));
  for (std::size_t j = 0; j < features.size(); ++j) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      z(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          (features[j].values[rows[i]] - model.feature_mean[j]) / model.feature_sd[j];
    }
  }
  return z;
}

Eigen::VectorXd target_at(Series target, const std::vector<std::size_t>& rows) {
  Eigen::VectorXd y(static_cast<Eigen::Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) y(static_cast<Eigen::Index>(i)) = target[rows[i]];
  return y;
}

// Ridge solutions for every penalty from one decomposition z'z = V S V'.
class Solver {
 public:
  Solver(const Eigen::MatrixXd& z, const Eigen::VectorXd& centred)
      : n_(static_cast<double>(z.rows())), z_(z), centred_(centred), eigen_(z.transpose() * z) {
    right_ = eigen_.eigenvectors().transpose() * (z.transpose() * centred);
  }
  Eigen::VectorXd solve(double penalty) const {
    return eigen_.eigenvectors() * (right_.array() * shrinkage(penalty)).matrix();
  }
  // Mean squared leave-one-out error; the intercept takes 1/n of each row's leverage.
  double leave_one_out(double penalty) const {
    const Eigen::VectorXd residual = centred_ - z_ * solve(penalty);
    const Eigen::MatrixXd rotated = z_ * eigen_.eigenvectors();
    const Eigen::VectorXd leverage = rotated.cwiseAbs2() * shrinkage(penalty).matrix();
    return (residual.array() / (1 - 1 / n_ - leverage.array()).max(1e-12)).square().mean();
  }

 private:
  Eigen::ArrayXd shrinkage(double penalty) const {
    return (eigen_.eigenvalues().array().max(0) + penalty * n_).inverse();
  }
  double n_;
  const Eigen::MatrixXd& z_;
  const Eigen::VectorXd& centred_;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen_;
  Eigen::VectorXd right_;
};

struct Choice {
  double penalty = 0;
  double score = std::numeric_limits<double>::infinity();
  nlohmann::ordered_json path = nlohmann::ordered_json::array();
};

std::vector<double> predict(const BaselineData& data, const std::vector<Feature>& features,
                            const RidgeModel& model) {
  std::vector<double> simulated(data.axis.size(), kUndefined);
  for (std::size_t t = 0; t < simulated.size(); ++t) {
    if (!complete_at(features, t)) continue;
    simulated[t] = model.intercept;
    for (std::size_t j = 0; j < features.size(); ++j) {
      simulated[t] +=
          model.coefficients[j] * (features[j].values[t] - model.feature_mean[j]) / model.feature_sd[j];
    }
  }
  return simulated;
}

std::string description_of(const RidgeModel& model, const Choice& choice, bool by_validation) {
  nlohmann::ordered_json d{{"model", "ridge"},
                           {"ok", model.ok},
                           {"training_rows", model.training_rows},
                           {"penalty", model.penalty},
                           {"chosen_by", by_validation ? "validation" : "leave-one-out"},
                           {"path", choice.path},
                           {"left_out", model.left_out},
                           {"intercept", model.intercept}};
  for (std::size_t j = 0; j < model.coefficients.size(); ++j) {
    d["features"].push_back({{"name", model.features[j]},
                             {"coefficient", model.coefficients[j]},
                             {"mean", model.feature_mean[j]},
                             {"sd", model.feature_sd[j]}});
  }
  return d.dump();
}

}  // namespace

void describe(core::Describer& d, RidgeParams& p) {
  d.field("lags_days", p.lags_days, {.help = "Lags at which each driver enters", .unit = "d", .min = 0});
  d.field("windows_days", p.windows_days,
          {.help = "Windows over which each driver is averaged", .unit = "d", .min = 0});
  d.field("harmonics", p.harmonics, {.help = "Pairs of sine and cosine of the season", .min = 0, .max = 12});
  d.field("present_share", p.present_share,
          {.help = "Share of a window's values that must be there", .min = 0, .max = 1});
  d.field("row_share", p.row_share,
          {.help = "A feature missing on more than the rest of the training rows is left out",
           .min = 0,
           .max = 1});
  d.field("penalties", p.penalties, {.help = "Ridge penalties to choose from", .min = 1e-12});
}

RidgeResult ridge_baseline(const BaselineData& data, const RidgeParams& params) {
  PHREATIC_ASSERT(data.target.size() == data.axis.size() && data.drivers.size() == data.driver_names.size());
  PHREATIC_ASSERT(!params.penalties.empty());
  RidgeResult result{{}, {"ridge", std::vector<double>(data.axis.size(), kUndefined), ""}};
  RidgeModel& model = result.model;
  std::vector<Feature> features = make_features(data, params);
  drop_rare(features, data, params.row_share, model);
  const std::vector<std::size_t> rows = rows_in(data, features, data.train);
  model.training_rows = rows.size();
  standardise(features, rows, model);
  Choice choice;
  const std::vector<std::size_t> held = rows_in(data, features, data.validation);
  model.ok = rows.size() >= 2 && !features.empty();
  if (model.ok) {
    const Eigen::MatrixXd z = design(features, model, rows);
    const Eigen::VectorXd y = target_at(data.target, rows);
    model.intercept = y.mean();
    const Eigen::VectorXd centred = y.array() - model.intercept;
    const Solver solver(z, centred);
    const Eigen::MatrixXd held_z = design(features, model, held);
    const Eigen::VectorXd held_y = target_at(data.target, held);
    for (const double penalty : params.penalties) {
      const double score =
          held.empty()
              ? solver.leave_one_out(penalty)
              : ((held_z * solver.solve(penalty)).array() + model.intercept - held_y.array()).square().mean();
      choice.path.push_back({{"penalty", penalty}, {"rmse", std::sqrt(score)}});
      if (score < choice.score) {
        choice.score = score;
        choice.penalty = penalty;
      }
    }
    model.penalty = choice.penalty;
    const Eigen::VectorXd b = solver.solve(model.penalty);
    model.coefficients.assign(b.data(), b.data() + b.size());
    result.result.simulated = predict(data, features, model);
  }
  result.result.description = description_of(model, choice, !held.empty());
  return result;
}

}  // namespace phreatic::stats
