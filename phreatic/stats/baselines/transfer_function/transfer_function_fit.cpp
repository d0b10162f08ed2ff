// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function/transfer_function_fit.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/baselines/transfer_function/transfer_function_evaluator.hpp"
#include "phreatic/stats/baselines/transfer_function/transfer_function_parameters.hpp"
#include "phreatic/stats/least_squares.hpp"
#include "phreatic/stats/series/correlation.hpp"

namespace phreatic::stats {
namespace {

using Point = std::vector<double>;

// Starting values: every recharge shape, scale and root zone with every scale of the further stresses.
constexpr double kStartShapes[] = {0.7, 1.3, 2.5};
constexpr double kStartScalesDays[] = {5, 20, 80, 300, 1000};
constexpr double kStartStressScalesDays[] = {1, 10, 100};
constexpr double kStartDecayDays = 10;

std::vector<FlexRecharge> root_zones() {
  std::vector<FlexRecharge> zones(4);
  zones[1] = {.root_zone_mm = 80, .conductivity_mm_per_day = 100, .exponent = 4, .evaporation_factor = 0.8};
  zones[2] = {.root_zone_mm = 150, .conductivity_mm_per_day = 10, .exponent = 1.5, .evaporation_factor = 1};
  zones[3] = {
      .root_zone_mm = 300, .conductivity_mm_per_day = 300, .exponent = 3.5, .evaporation_factor = 1.5};
  return zones;
}

double cost_of(const std::vector<double>& r) {
  return std::inner_product(r.begin(), r.end(), r.begin(), 0.0);
}

// The searched parameters as a point.
class Layout {
 public:
  Layout(TransferFunctionModel shape, const TransferFunctionInputs& inputs,
         const TransferFunctionParams& params)
      : shape_(std::move(shape)) {
    for (ModelParameter& p : model_parameters(shape_, inputs, params)) {
      ++free_parameters_;
      if (p.solved) continue;
      usual_within_.push_back(p.logarithmic ? p.usual_within : 0);
      lower_.push_back(p.logarithmic ? std::log(p.lower) : p.lower);
      upper_.push_back(p.logarithmic ? std::log(p.upper) : p.upper);
      searched_.push_back(std::move(p));
    }
  }
  const Point& lower() const { return lower_; }
  const Point& upper() const { return upper_; }
  // Deviations from the usual values, in units of what is known beforehand; 0 for the other parameters.
  Point departures(std::span<const double> x) const {
    const Point usual = point_of(shape_);
    Point out(x.size(), 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (usual_within_[i] > 0) out[i] = (x[i] - usual[i]) / usual_within_[i];
    }
    return out;
  }
  int free_parameters() const { return free_parameters_; }
  const TransferFunctionModel& shape() const { return shape_; }

  // Gains are left at those of the shape.
  TransferFunctionModel model_at(std::span<const double> x) const {
    TransferFunctionModel m = shape_;
    for (std::size_t i = 0; i < x.size(); ++i) {
      searched_[i].value(m) = searched_[i].logarithmic ? std::exp(x[i]) : x[i];
    }
    return m;
  }
  Point point_of(TransferFunctionModel m) const {
    Point x;
    for (const ModelParameter& p : searched_) x.push_back(p.logarithmic ? std::log(p.value(m)) : p.value(m));
    return x;
  }

 private:
  TransferFunctionModel shape_;
  std::vector<ModelParameter> searched_;
  Point usual_within_;
  Point lower_;
  Point upper_;
  int free_parameters_ = 0;
};

TransferFunctionModel shape_of(const TransferFunctionInputs& inputs, const TransferFunctionParams& params,
                               const TransferFunctionStructure& structure) {
  TransferFunctionModel m;
  const bool flex = structure.recharge == RechargeKind::flex;
  m.recharge.kind = flex ? params.flex_response : params.response;
  if (flex) m.flex = FlexRecharge{};
  if (structure.snow) m.snow = DegreeDay{};
  for (const StressInput& stress : inputs.stresses) {
    m.stresses.emplace_back();
    m.stresses.back().kind = stress.response;
  }
  return m;
}

// What stays the same during a fit, and the work on it.
class Fitter {
 public:
  Fitter(const TransferFunctionInputs& inputs, const TransferFunctionParams& params,
         TransferFunctionModel shape, const LevelObservations& observed, std::size_t steps)
      : inputs_(inputs),
        params_(params),
        observed_(observed),
        layout_(std::move(shape), inputs, params),
        evaluator_(inputs, params, observed, layout_.shape().flex.has_value(), steps) {}

  // Grid points by rising cost, at most params.starts.
  std::vector<Point> best_starts() {
    std::vector<std::pair<double, Point>> grid;
    if (layout_.shape().flex) {
      std::vector<TransferFunctionModel> zones(root_zones().size(), layout_.shape());
      for (std::size_t i = 0; i < zones.size(); ++i) zones[i].flex = root_zones()[i];
      evaluator_.prepare(zones);
    }
    for (TransferFunctionModel m : grid_models()) {
      Point x = layout_.point_of(m);
      grid.emplace_back(cost_of(evaluator_.solve(m)), std::move(x));
    }
    std::stable_sort(grid.begin(), grid.end(),
                     [](const auto& p, const auto& q) { return p.first < q.first; });
    grid.resize(std::min(grid.size(), static_cast<std::size_t>(std::max(params_.starts, 1))));
    std::vector<Point> starts;
    for (auto& [cost, x] : grid) starts.push_back(std::move(x));
    return starts;
  }

  LeastSquaresResult fit_from(const Layout& layout, const Point& start) {
    LeastSquaresProblem problem;
    const std::size_t count = observed_.values.size();
    problem.residual_count = count + (prior_ > 0 ? start.size() : 0);
    problem.prepare = [&](const std::vector<Point>& points) {
      std::vector<TransferFunctionModel> models;
      for (const Point& x : points) models.push_back(layout.model_at(x));
      evaluator_.prepare(models);
    };
    problem.lower = layout.lower();
    problem.upper = layout.upper();
    problem.residuals = [&](std::span<const double> x, std::span<double> out) {
      TransferFunctionModel m = layout.model_at(x);
      const std::vector<double> r = evaluator_.solve(m);
      std::copy(r.begin(), r.end(), out.begin());
      if (prior_ == 0) return;
      const Point departures = layout.departures(x);
      for (std::size_t i = 0; i < departures.size(); ++i) out[count + i] = prior_ * departures[i];
    };
    return least_squares(problem, start, {.max_iterations = params_.max_iterations});
  }

  // What is known beforehand weighs `weight` times as much as the residuals' effective number says: a departure of
  // one deviation costs as much as the residuals of one independent observation.
  void set_prior(double weight, const std::vector<double>& residuals) {
    const double independent = effective_count(residuals);
    if (!(independent >= 1)) return;
    prior_ = std::sqrt(weight * cost_of(residuals) / independent);
  }

  // Decay time whose autocorrelation over the median distance is that of the residuals.
  double start_decay_days(const std::vector<double>& residuals) const {
    std::vector<double> days;
    double products = 0;
    for (std::size_t i = 1; i < residuals.size(); ++i) {
      days.push_back(static_cast<double>(observed_.values[i].step - observed_.values[i - 1].step) *
                     inputs_.step_days);
      products += residuals[i] * residuals[i - 1];
    }
    const double rho = std::clamp(products / std::max(cost_of(residuals), 1e-300), 0.05, 0.99);
    return days.empty() ? kStartDecayDays : median(days) / -std::log(rho);
  }

  const Layout& layout() const { return layout_; }
  TransferFunctionEvaluator& evaluator() { return evaluator_; }

 private:
  std::vector<TransferFunctionModel> grid_models() const {
    std::vector<TransferFunctionModel> models{layout_.shape()};
    const auto spread = [&models](const auto& values, const auto& set) {
      std::vector<TransferFunctionModel> more;
      for (const TransferFunctionModel& m : models) {
        for (const auto& value : values) set(more.emplace_back(m), value);
      }
      models = std::move(more);
    };
    using Model = TransferFunctionModel;
    if (!inputs_.precipitation.empty()) {
      const ResponseKind kind = layout_.shape().recharge.kind;
      if (kind == ResponseKind::gamma) spread(kStartShapes, [](Model& m, double n) { m.recharge.n = n; });
      if (kind != ResponseKind::constant) {
        spread(kStartScalesDays, [](Model& m, double a) { m.recharge.a_days = a; });
      }
      if (layout_.shape().flex) spread(root_zones(), [](Model& m, const FlexRecharge& f) { m.flex = f; });
    }
    if (!inputs_.stresses.empty()) {
      spread(kStartStressScalesDays, [](Model& m, double a) {
        for (Response& r : m.stresses) r.a_days = a;
      });
    }
    return models;
  }

  const TransferFunctionInputs& inputs_;
  const TransferFunctionParams& params_;
  const LevelObservations& observed_;
  Layout layout_;
  TransferFunctionEvaluator evaluator_;
  double prior_ = 0;  // factor of departures
};

// From a point of the model without noise: the fit, then with noise from there.
std::pair<LeastSquaresResult, TransferFunctionModel> refine(Fitter& fitter, const Layout* noisy,
                                                            const Point& start) {
  LeastSquaresResult r = fitter.fit_from(fitter.layout(), start);
  TransferFunctionModel m = fitter.layout().model_at(r.x);
  if (noisy == nullptr) return {r, m};
  m.noise_decay_days = fitter.start_decay_days(fitter.evaluator().solve(m));
  r = fitter.fit_from(*noisy, noisy->point_of(m));
  return {r, noisy->model_at(r.x)};
}

}  // namespace

TransferFunctionFit fit_transfer_function(const TransferFunctionInputs& inputs,
                                          const TransferFunctionParams& params,
                                          const TransferFunctionStructure& structure, Series target,
                                          core::StepRange train,
                                          const std::optional<TransferFunctionModel>& near) {
  PHREATIC_ASSERT(!inputs.precipitation.empty() || !inputs.stresses.empty());
  const LevelObservations observed = observations_in(target, train);
  PHREATIC_ASSERT(!observed.values.empty());
  const TransferFunctionModel shape = shape_of(inputs, params, structure);
  Fitter fitter(inputs, params, shape, observed, train.end);
  TransferFunctionModel with_noise = shape;
  with_noise.noise_decay_days = kStartDecayDays;
  const Layout noisy(with_noise, inputs, params);
  const bool noise = params.noise == NoiseChoice::ar1;
  std::vector<Point> starts;
  if (structure.starts == SearchStarts::grid) starts = fitter.best_starts();
  const std::size_t usual = starts.size();
  starts.push_back(fitter.layout().point_of(shape));
  if (near) starts.push_back(fitter.layout().point_of(*near));
  TransferFunctionFit fit;
  fit.cost = std::numeric_limits<double>::infinity();
  fit.free_parameters = (noise ? noisy : fitter.layout()).free_parameters();
  fit.model = shape;
  fit.usual = shape;
  const auto search = [&] {
    double least = std::numeric_limits<double>::infinity();  // with what is known beforehand
    for (std::size_t i = 0; i < starts.size(); ++i) {
      auto [result, model] = refine(fitter, noise ? &noisy : nullptr, starts[i]);
      if (!std::isfinite(result.cost)) continue;
      const double cost = cost_of(fitter.evaluator().solve(model));  // gives the model its gains
      if (i == usual) fit.usual = model;
      if (!(result.cost < least)) continue;
      least = result.cost;
      fit.cost = cost;
      fit.model = std::move(model);
      fit.converged = result.converged;
    }
  };
  search();
  if (structure.held && shape.flex && params.prior > 0) {
    fitter.set_prior(params.prior, fitter.evaluator().solve(fit.model));
    starts = {fitter.layout().point_of(fit.model)};
    search();
  }
  fit.evaluations = fitter.evaluator().evaluations();
  return fit;
}

std::vector<ParameterEstimate> parameter_estimates(const TransferFunctionModel& model,
                                                   const TransferFunctionInputs& inputs,
                                                   const TransferFunctionParams& params, Series target,
                                                   core::StepRange train) {
  const LevelObservations observed = observations_in(target, train);
  const std::vector<ModelParameter> parameters = model_parameters(model, inputs, params);
  const auto rows = static_cast<Eigen::Index>(observed.values.size());
  const auto residuals = [&](const TransferFunctionModel& m) {
    const std::vector<double> level = simulate(m, inputs);
    std::vector<double> r;
    for (const LevelObservation& o : observed.values)
      r.push_back(o.level_m + observed.mean_m - level[o.step]);
    if (!std::isnan(m.noise_decay_days)) whiten(observed.values, inputs.step_days, m.noise_decay_days, r);
    return Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(r.data(), rows));
  };
  std::vector<ParameterEstimate> estimates;
  std::vector<std::pair<std::size_t, double>> inside;  // parameter, half the difference
  TransferFunctionModel m = model;
  for (std::size_t j = 0; j < parameters.size(); ++j) {
    const ModelParameter& p = parameters[j];
    const double value = p.value(m);
    estimates.push_back({p.name, p.unit, value, std::numeric_limits<double>::quiet_NaN()});
    const double h = 1e-4 * std::max(std::abs(value), p.logarithmic ? 0.0 : 1e-2);
    if (value - 2 * h > p.lower && value + 2 * h < p.upper) inside.emplace_back(j, h);
  }
  if (rows <= static_cast<Eigen::Index>(inside.size()) || inside.empty()) return estimates;
  Eigen::MatrixXd jacobian(rows, static_cast<Eigen::Index>(inside.size()));
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const auto [j, h] = inside[i];
    double& value = parameters[j].value(m);
    const double at = value;
    value = at + h;
    const Eigen::VectorXd above = residuals(m);
    value = at - h;
    jacobian.col(static_cast<Eigen::Index>(i)) = (above - residuals(m)) / (2 * h);
    value = at;
  }
  const Eigen::VectorXd scale = jacobian.colwise().norm().transpose().cwiseMax(1e-300);
  const Eigen::MatrixXd scaled = jacobian * scale.cwiseInverse().asDiagonal();
  const Eigen::FullPivLU<Eigen::MatrixXd> normal(scaled.transpose() * scaled);
  if (!normal.isInvertible()) return estimates;
  const Eigen::MatrixXd inverse = normal.inverse();
  const double variance = residuals(m).squaredNorm() / static_cast<double>(rows - jacobian.cols());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const auto k = static_cast<Eigen::Index>(i);
    estimates[inside[i].first].standard_error = std::sqrt(std::max(variance * inverse(k, k), 0.0)) / scale(k);
  }
  return estimates;
}

}  // namespace phreatic::stats
