// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/baselines/response.hpp"
#include "phreatic/stats/least_squares.hpp"

namespace phreatic::stats {
namespace {

using Point = std::vector<double>;  // nonlinear parameters: logarithms, but the snow's threshold as it is
using Columns = std::vector<std::vector<double>>;

struct Bounds {
  double lower;
  double upper;
};
constexpr Bounds kShape{0.1, 5};           // n
constexpr Bounds kScaleDays{0.01, 10000};  // a
constexpr Bounds kMelt{0.5, 15};           // k
constexpr Bounds kThreshold{-3, 3};        // T0
constexpr Bounds kDecayDays{0.001, 5000};  // alpha

// Starting values: every recharge shape and scale with every scale of the further stresses.
constexpr double kStartShapes[] = {0.7, 1.3, 2.5};
constexpr double kStartScalesDays[] = {5, 20, 80, 300, 1000};
constexpr double kStartStressScalesDays[] = {1, 10, 100};

struct Observation {
  std::size_t step;
  double level_m;  // less the mean level
};

// What does not change during a fit.
struct Setting {
  const TransferFunctionInputs& inputs;
  const TransferFunctionParams& params;
  bool snow;
  std::size_t steps;  // up to the end of the training period
  std::vector<Observation> observed;
  double mean_level_m;
  bool has_evaporation;
};

double mean_of(std::span<const double> x, std::size_t until) {
  const std::size_t n = until == 0 ? x.size() : std::min(until, x.size());
  return n == 0 ? 0
                : std::accumulate(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n), 0.0) /
                      static_cast<double>(n);
}

std::vector<double> anomaly_of(std::span<const double> x, std::size_t until, std::size_t steps) {
  const double m = mean_of(x, until);
  std::vector<double> a(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(steps));
  for (double& v : a) v -= m;
  return a;
}

class Layout {
 public:
  explicit Layout(const Setting& s, bool noise) : s_(s), noise_(noise) {
    add_response(s.params.response);
    if (s.snow) {
      add(std::log(kMelt.lower), std::log(kMelt.upper));
      add(kThreshold.lower, kThreshold.upper);
    }
    for (const StressParams& stress : s.params.stresses) add_response(stress.response);
    if (noise) add(std::log(kDecayDays.lower), std::log(kDecayDays.upper));
  }
  const std::vector<double>& lower() const { return lower_; }
  const std::vector<double>& upper() const { return upper_; }

  // Gains are left at 0.
  TransferFunctionModel model_at(std::span<const double> x) const {
    TransferFunctionModel m;
    std::size_t i = 0;
    const auto take = [&](ResponseKind kind) {
      Response r;
      if (kind == ResponseKind::gamma) r.n = std::exp(x[i++]);
      r.a_days = std::exp(x[i++]);
      return r;
    };
    m.recharge = take(s_.params.response);
    if (s_.snow) {
      m.snow = DegreeDay{std::exp(x[i]), x[i + 1]};
      i += 2;
    }
    for (const StressParams& stress : s_.params.stresses) m.stresses.push_back(take(stress.response));
    if (noise_) m.noise_decay_days = std::exp(x[i]);
    return m;
  }

  Point start(double n, double a_days, double stress_a_days, double decay_days) const {
    Point x;
    const auto put = [&](ResponseKind kind, double shape, double scale) {
      if (kind == ResponseKind::gamma) x.push_back(std::log(shape));
      x.push_back(std::log(scale));
    };
    put(s_.params.response, n, a_days);
    if (s_.snow) {
      x.push_back(std::log(DegreeDay{}.melt_mm_per_day_degC));
      x.push_back(DegreeDay{}.threshold_degC);
    }
    for (const StressParams& stress : s_.params.stresses) put(stress.response, 1, stress_a_days);
    if (noise_) x.push_back(std::log(decay_days));
    return x;
  }

 private:
  void add(double low, double high) {
    lower_.push_back(low);
    upper_.push_back(high);
  }
  void add_response(ResponseKind kind) {
    if (kind == ResponseKind::gamma) add(std::log(kShape.lower), std::log(kShape.upper));
    add(std::log(kScaleDays.lower), std::log(kScaleDays.upper));
  }
  const Setting& s_;
  bool noise_;
  std::vector<double> lower_;
  std::vector<double> upper_;
};

// von Asmuth's noise series of any column, weighted; the first observation keeps its value.
void whiten(const Setting& s, double decay_days, std::vector<double>& values) {
  const std::size_t n = values.size();
  std::vector<double> keep(n, 1);   // 1 - exp(-2 Dt / alpha)
  std::vector<double> carry(n, 0);  // exp(-Dt / alpha)
  double log_sum = 0;
  for (std::size_t i = 1; i < n; ++i) {
    const double days = static_cast<double>(s.observed[i].step - s.observed[i - 1].step) * s.inputs.step_days;
    carry[i] = std::exp(-days / decay_days);
    keep[i] = -std::expm1(-2 * days / decay_days);
    log_sum += std::log(keep[i]);
  }
  const double norm = std::exp(0.5 * log_sum / static_cast<double>(n));
  for (std::size_t i = n; i-- > 0;) {
    const double before = i == 0 ? 0 : values[i - 1];
    values[i] = (values[i] - carry[i] * before) * norm / std::sqrt(keep[i]);
  }
}

// Evaluates the projected residuals: the linear coefficients are solved for every shape.
class Evaluator {
 public:
  explicit Evaluator(const Setting& s) : s_(s), convolver_(s.steps) {
    rain_ = convolver_.add(anomaly_of(s.inputs.precipitation, s.inputs.mean_until, s.steps));
    recharge_.push_back(rain_);
    mean_rain_ = mean_of(s.inputs.precipitation, s.inputs.mean_until);
    if (s.has_evaporation) {
      recharge_.push_back(convolver_.add(anomaly_of(s.inputs.evaporation, s.inputs.mean_until, s.steps)));
    }
    for (const Series stress : s.inputs.stresses) {
      others_.push_back(convolver_.add(anomaly_of(stress, s.inputs.mean_until, s.steps)));
    }
    nonnegative_.assign(recharge_.size(), true);
    for (const StressParams& p : s.params.stresses) nonnegative_.push_back(p.sign != StressSign::any);
    nonnegative_.push_back(false);
  }
  int evaluations() const { return evaluations_; }

  // Fills the gains of `m` and returns the (weighted) residuals.
  std::vector<double> solve(TransferFunctionModel& m) {
    ++evaluations_;
    const Columns raw = columns_of(m);
    Columns z = raw;
    std::vector<double> y;
    y.reserve(s_.observed.size());
    for (const Observation& o : s_.observed) y.push_back(o.level_m);
    if (!std::isnan(m.noise_decay_days)) {
      whiten(s_, m.noise_decay_days, y);
      for (auto& column : z) whiten(s_, m.noise_decay_days, column);
    }
    const std::vector<double> b = nonnegative_least_squares(z, y, nonnegative_);
    for (std::size_t j = 0; j < z.size(); ++j) {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] -= b[j] * z[j][i];
    }
    set_gains(m, b);
    return y;
  }

 private:
  std::vector<double> at_observations(const std::vector<double>& series, double factor) const {
    std::vector<double> column;
    column.reserve(s_.observed.size());
    for (const Observation& o : s_.observed) column.push_back(factor * series[o.step]);
    return column;
  }

  // Columns: rain; rain - f_max evaporation; each stress times its sign; ones. With nonnegative coefficients
  // the first two span exactly A >= 0, 0 <= f <= f_max.
  Columns columns_of(const TransferFunctionModel& m) {
    const TransferFunctionInputs& in = s_.inputs;
    if (m.snow) {
      const auto water = rain_and_melt(in.precipitation, in.temperature, *m.snow, in.step_days);
      mean_rain_ = mean_of(water, in.mean_until);
      convolver_.replace(rain_, anomaly_of(water, in.mean_until, s_.steps));
    }
    const auto response = [&](const Response& r) {
      return block_response(r.n, r.a_days / in.step_days, s_.steps);
    };
    auto recharge = convolver_.convolve(response(m.recharge), recharge_);
    Columns columns{at_observations(recharge[0], 1)};
    if (s_.has_evaporation) {
      for (std::size_t t = 0; t < s_.steps; ++t) {
        recharge[1][t] = recharge[0][t] - s_.params.evaporation_factor_max * recharge[1][t];
      }
      columns.push_back(at_observations(recharge[1], 1));
    }
    for (std::size_t j = 0; j < others_.size(); ++j) {
      const auto level = convolver_.convolve(response(m.stresses[j]), std::span(&others_[j], 1)).front();
      columns.push_back(at_observations(level, sign_of(j)));
    }
    columns.emplace_back(s_.observed.size(), 1.0);
    return columns;
  }

  double sign_of(std::size_t stress) const {
    return s_.params.stresses[stress].sign == StressSign::negative ? -1 : 1;
  }

  void set_gains(TransferFunctionModel& m, const std::vector<double>& b) const {
    m.recharge.gain = b[0] + (s_.has_evaporation ? b[1] : 0);
    m.evaporation_factor = s_.has_evaporation && m.recharge.gain > 0
                               ? s_.params.evaporation_factor_max * b[1] / m.recharge.gain
                               : 0;
    m.base_m = s_.mean_level_m + b.back() - m.recharge.gain * mean_rain_;
    if (s_.has_evaporation) {
      m.base_m +=
          m.recharge.gain * m.evaporation_factor * mean_of(s_.inputs.evaporation, s_.inputs.mean_until);
    }
    for (std::size_t j = 0; j < others_.size(); ++j) {
      m.stresses[j].gain = sign_of(j) * b[recharge_.size() + j];
      m.base_m -= m.stresses[j].gain * mean_of(s_.inputs.stresses[j], s_.inputs.mean_until);
    }
  }

  const Setting& s_;
  Convolver convolver_;
  std::size_t rain_ = 0;
  std::vector<std::size_t> recharge_;
  std::vector<std::size_t> others_;
  std::vector<bool> nonnegative_;
  double mean_rain_ = 0;
  int evaluations_ = 0;
};

double cost_of(const std::vector<double>& r) {
  return std::inner_product(r.begin(), r.end(), r.begin(), 0.0);
}

// Grid points by rising cost, at most params.starts.
std::vector<Point> best_starts(const Setting& s, const Layout& layout, Evaluator& evaluator) {
  std::vector<std::pair<double, Point>> grid;
  for (const double stress_a : kStartStressScalesDays) {
    if (s.params.stresses.empty() && stress_a != kStartStressScalesDays[0]) continue;
    for (const double a : kStartScalesDays) {
      for (const double n : kStartShapes) {
        if (s.params.response == ResponseKind::exponential && n != kStartShapes[0]) continue;
        Point x = layout.start(n, a, stress_a, 1);
        TransferFunctionModel m = layout.model_at(x);
        grid.emplace_back(cost_of(evaluator.solve(m)), std::move(x));
      }
    }
  }
  std::stable_sort(grid.begin(), grid.end(), [](const auto& p, const auto& q) { return p.first < q.first; });
  grid.resize(std::min(grid.size(), static_cast<std::size_t>(std::max(s.params.starts, 1))));
  std::vector<Point> starts;
  starts.reserve(grid.size());
  for (auto& [cost, x] : grid) starts.push_back(std::move(x));
  return starts;
}

LeastSquaresResult fit_from(const Setting& s, const Layout& layout, Evaluator& evaluator,
                            const Point& start) {
  LeastSquaresProblem problem;
  problem.residual_count = s.observed.size();
  problem.lower = layout.lower();
  problem.upper = layout.upper();
  problem.residuals = [&](std::span<const double> x, std::span<double> out) {
    TransferFunctionModel m = layout.model_at(x);
    const std::vector<double> r = evaluator.solve(m);
    std::copy(r.begin(), r.end(), out.begin());
  };
  return least_squares(problem, start, {.max_iterations = s.params.max_iterations});
}

// Decay time whose autocorrelation over the median distance is that of the residuals.
double start_decay_days(const Setting& s, const std::vector<double>& residuals) {
  std::vector<double> days;
  double products = 0;
  for (std::size_t i = 1; i < residuals.size(); ++i) {
    days.push_back(static_cast<double>(s.observed[i].step - s.observed[i - 1].step) * s.inputs.step_days);
    products += residuals[i] * residuals[i - 1];
  }
  const double rho = std::clamp(products / std::max(cost_of(residuals), 1e-300), 0.05, 0.99);
  return days.empty() ? 10 : median(days) / -std::log(rho);
}

}  // namespace

TransferFunctionFit fit_transfer_function(const TransferFunctionInputs& inputs,
                                          const TransferFunctionParams& params, bool snow, Series target,
                                          core::StepRange train) {
  Setting s{inputs, params, snow, train.end, {}, mean(slice(target, train)), !inputs.evaporation.empty()};
  for (std::size_t t = train.begin; t < train.end; ++t) {
    if (!std::isnan(target[t])) s.observed.push_back({t, target[t] - s.mean_level_m});
  }
  PHREATIC_ASSERT(!s.observed.empty());
  Evaluator evaluator(s);
  const Layout plain(s, false);
  const Layout noisy(s, true);
  const bool noise = params.noise == NoiseChoice::ar1;
  const Layout& layout = noise ? noisy : plain;
  LeastSquaresResult best;
  best.cost = std::numeric_limits<double>::infinity();
  for (const Point& start : best_starts(s, plain, evaluator)) {
    LeastSquaresResult r = fit_from(s, plain, evaluator, start);
    if (noise) {
      TransferFunctionModel m = plain.model_at(r.x);
      r.x.push_back(std::log(start_decay_days(s, evaluator.solve(m))));
      r = fit_from(s, noisy, evaluator, r.x);
    }
    if (r.cost < best.cost) best = std::move(r);
  }
  TransferFunctionFit fit;
  fit.free_parameters =
      static_cast<int>(layout.lower().size() + params.stresses.size()) + (s.has_evaporation ? 3 : 2);
  fit.converged = best.converged;
  if (best.x.empty()) return fit;
  fit.model = layout.model_at(best.x);
  fit.cost = cost_of(evaluator.solve(fit.model));
  fit.evaluations = evaluator.evaluations();
  return fit;
}

}  // namespace phreatic::stats
