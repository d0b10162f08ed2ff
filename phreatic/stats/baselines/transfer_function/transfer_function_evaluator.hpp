// SPDX-License-Identifier: BSD-3-Clause
// The projected residuals of transfer_function_fit.hpp: every gain solved for given shapes.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "phreatic/stats/baselines/transfer_function/transfer_function_fit.hpp"

namespace phreatic::stats {

struct LevelObservation {
  std::size_t step;
  double level_m;  // less the mean level
};

// The observations in `train`, and their mean level.
struct LevelObservations {
  std::vector<LevelObservation> values;
  double mean_m = 0;
};
LevelObservations observations_in(Series target, core::StepRange train);

// von Asmuth's noise series of values at the observations, weighted; the first observation keeps its value.
void whiten(const std::vector<LevelObservation>& observed, double step_days, double decay_days,
            std::vector<double>& values);

// The most recent results by the parameters that gave them: a difference in one parameter leaves the columns
// of all other stresses as they are.
template <class T>
class Recent {
 public:
  template <class Make>
  const T& get(const std::vector<double>& key, const Make& make) {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      if (kept_[i].first != key) continue;
      std::rotate(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(i),
                  kept_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      return kept_.front().second;
    }
    put(key, make());
    return kept_.front().second;
  }
  bool has(const std::vector<double>& key) const {
    return std::any_of(kept_.begin(), kept_.end(), [&](const auto& kept) { return kept.first == key; });
  }
  void put(const std::vector<double>& key, T value) {
    if (kept_.size() == kMost) kept_.pop_back();
    kept_.insert(kept_.begin(), {key, std::move(value)});
  }

 private:
  static constexpr std::size_t kMost = 10;
  std::vector<std::pair<std::vector<double>, T>> kept_;
};

class TransferFunctionEvaluator {
 public:
  // References are kept.
  TransferFunctionEvaluator(const TransferFunctionInputs& inputs, const TransferFunctionParams& params,
                            const LevelObservations& observations, bool flex, std::size_t steps);

  // Makes the Flex recharge of all models that solve() is asked for next, side by side. No more than a few.
  void prepare(const std::vector<TransferFunctionModel>& models);
  // Fills the gains, factor and base of `m` and returns the (weighted) residuals at the observations.
  std::vector<double> solve(TransferFunctionModel& m);
  int evaluations() const { return evaluations_; }

 private:
  using Columns = std::vector<std::vector<double>>;
  struct Water {
    std::vector<double> anomaly;
    double mean = 0;
  };

  Columns columns_of(const TransferFunctionModel& m);
  Columns recharge_columns(const TransferFunctionModel& m);
  std::vector<double> at_observations(const std::vector<double>& series, double factor) const;
  std::vector<double> convolved(const Response& r, const std::vector<double>& x, std::size_t stress);
  std::size_t needed_steps() const;
  Water water_of(const TransferFunctionModel& m) const;
  Water as_water(const std::vector<double>& water) const { return {anomaly_of(water), mean_of(water)}; }
  void set_gains(TransferFunctionModel& m, const std::vector<double>& b) const;
  double sign_of(std::size_t stress) const;
  double mean_of(std::span<const double> x) const;
  std::vector<double> anomaly_of(std::span<const double> x) const;

  const TransferFunctionInputs& inputs_;
  const TransferFunctionParams& params_;
  const LevelObservations& observations_;
  bool rain_;
  bool factor_;  // linear recharge with evaporation: f is solved
  std::size_t steps_;
  Convolver convolver_;
  std::size_t water_spectrum_ = 0;
  std::vector<double> water_key_;  // of the spectrum
  std::vector<double> evaporation_;
  std::size_t evaporation_spectrum_ = 0;
  std::vector<std::vector<double>> stresses_;
  std::vector<std::size_t> stress_spectra_;
  std::vector<bool> nonnegative_;
  Recent<Water> waters_;
  Recent<RainAndMelt> rain_and_melt_;  // for Flex recharge with snow
  Recent<Columns> recharge_;
  std::vector<Recent<std::vector<double>>> others_;
  double mean_water_ = 0;  // of the last solve()
  int evaluations_ = 0;
};

}  // namespace phreatic::stats
