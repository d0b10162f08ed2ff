// SPDX-License-Identifier: BSD-3-Clause
// Impulse-response transfer-function model of a level
// (vonasmuth2002, collenteur2019; docs/methods/baselines.md):
//   h_t = d + A sum_k block_k(n, a) R_{t-k} + sum_j A_j sum_k block_k(n_j, a_j) x_{j,t-k}
//   R = P - f E,  P rain (plus melt with the degree-day store), E potential evaporation, 0 <= f <= f_max
// A in m per mm/d, a in days. The further stresses x_j (river stage, pumping) each have a response of their
// own. Before the axis begins every stress is at its mean until the end of the training period.
//
// Noise (vonasmuth2005), optional: residual r at observation i, Dt_i days after the one before,
//   v_i = r_i - exp(-Dt_i / alpha) r_{i-1},  weight w_i ~ (1 - exp(-2 Dt_i / alpha))^(-1/2), geometric
//   mean 1.
//
// Fitting: d, A, f and A_j enter linearly; for given (n, a, snow, n_j, a_j, alpha) they are solved exactly
// within their bounds (golub1973), and Levenberg-Marquardt moves only the rest, from the best points of a
// grid.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/params.hpp"
#include "phreatic/stats/baselines/baseline.hpp"
#include "phreatic/stats/baselines/degree_day.hpp"

namespace phreatic::stats {

enum class ResponseKind { gamma, exponential };
enum class StressSign { any, positive, negative };  // of the gain: a river raises, pumping lowers the level
enum class SnowChoice { automatic, on, off };
enum class NoiseChoice { none, ar1 };

struct StressParams {
  std::string driver;
  ResponseKind response = ResponseKind::gamma;
  StressSign sign = StressSign::any;
};
void describe(core::Describer& d, StressParams& p);

struct TransferFunctionParams {
  std::string precipitation = "precipitation";  // mm/d
  std::string evaporation = "evaporation";  // mm/d; not among the drivers: max(temperature, 0) in its place
  std::string temperature = "temperature";  // degC
  ResponseKind response = ResponseKind::gamma;
  double evaporation_factor_max = 2;
  SnowChoice snow = SnowChoice::automatic;  // automatic: both are fitted where it freezes, validation chooses
  NoiseChoice noise = NoiseChoice::none;
  std::vector<StressParams> stresses;
  int starts = 3;           // grid points from which the fit goes on
  int max_iterations = 60;  // per start
};
void describe(core::Describer& d, TransferFunctionParams& p);

struct Response {
  double gain = 0;  // m per unit of the stress held for ever
  double n = 1;
  double a_days = 10;
};

struct TransferFunctionModel {
  double base_m = 0;  // d
  Response recharge;
  double evaporation_factor = 0;  // f
  std::optional<DegreeDay> snow;
  std::vector<Response> stresses;                                      // as in the inputs
  double noise_decay_days = std::numeric_limits<double>::quiet_NaN();  // alpha; NaN without noise model
};

// Complete series (no gaps) of one length.
struct TransferFunctionInputs {
  Series precipitation;
  Series evaporation;  // empty: none
  Series temperature;  // empty: no snow
  std::vector<Series> stresses;
  double step_days = 1;
  std::size_t mean_until = 0;  // steps before this one give the means that stand for the past
};

// Level in m at every step.
std::vector<double> simulate(const TransferFunctionModel& model, const TransferFunctionInputs& inputs);

// Parts that sum to simulate() less d: recharge first, then each stress; [part][time].
std::vector<std::vector<double>> contributions(const TransferFunctionModel& model,
                                               const TransferFunctionInputs& inputs);

struct TransferFunctionResult {
  bool ok = false;     // false: see reason; nothing is predicted
  std::string reason;  // "precipitation is not among the drivers", "fewer than 10 training observations" ...
  bool converged = false;
  TransferFunctionModel model;
  std::vector<std::vector<double>> parts;  // contributions(), over the whole axis
  BaselineResult result;                   // name "transfer_function"
};

// Gaps of a driver are filled with its training mean for the day of the year (seasonal_mean(), half width
// 15 days), or its training mean; how many is in the description.
TransferFunctionResult transfer_function_baseline(const BaselineData& data,
                                                  const TransferFunctionParams& params);

}  // namespace phreatic::stats
