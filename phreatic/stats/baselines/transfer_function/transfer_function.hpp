// SPDX-License-Identifier: BSD-3-Clause
// Impulse-response transfer-function model of a level (vonasmuth2002, collenteur2019;
// docs/methods/baselines.md):
//   h_t = d + A sum_k block_k R_{t-k} + sum_j A_j sum_k block_{j,k} x_{j,t-k}
//   linear recharge  R = W - f E,  W rain (plus melt with the degree-day store), E potential evaporation
//   Flex recharge    R from an interception store and a root zone (flex_recharge.hpp; collenteur2021)
// A in m per mm/d. The further stresses x_j (river stage, pumping) each have a response of their own
// (response.hpp). Before the axis begins every stress is at its mean until the end of the training period.
//
// Noise (vonasmuth2005), optional: residual r at observation i, Dt_i days after the one before,
//   v_i = r_i - exp(-Dt_i / alpha) r_{i-1},  weight w_i ~ (1 - exp(-2 Dt_i / alpha))^(-1/2), geometric
//   mean 1.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/baselines/degree_day.hpp"
#include "phreatic/stats/baselines/flex_recharge.hpp"
#include "phreatic/stats/baselines/response.hpp"

namespace phreatic::stats {

enum class StressSign { any, positive, negative };  // of the gain: a river raises, pumping lowers the level
enum class RechargeChoice { automatic, linear, flex };
enum class SnowChoice { automatic, on, off };
enum class NoiseChoice { none, ar1 };

struct TransferFunctionParams {
  RechargeChoice recharge = RechargeChoice::automatic;  // automatic: both are fitted, blocks left out choose
  ResponseKind response = ResponseKind::gamma;          // to linear recharge
  ResponseKind flex_response = ResponseKind::exponential;
  ResponseKind stage_response = ResponseKind::exponential;
  ResponseKind pumping_response = ResponseKind::hantush;
  double evaporation_factor_max = 2;        // of f in linear recharge
  SnowChoice snow = SnowChoice::automatic;  // automatic: tried where it freezes
  NoiseChoice noise = NoiseChoice::none;
  double prior = 1;         // weight of what is known beforehand of root zone and snow, where blocks left out
                            // gain by it; 0: nothing
  int starts = 3;           // grid points from which the fit goes on
  int max_iterations = 60;  // per start
};
void describe(core::Describer& d, TransferFunctionParams& p);

struct TransferFunctionModel {
  double base_m = 0;                 // d
  Response recharge;                 // unread where the inputs have no precipitation
  double evaporation_factor = 0;     // f of linear recharge
  std::optional<FlexRecharge> flex;  // in place of linear recharge
  std::optional<DegreeDay> snow;
  std::vector<Response> stresses;                                      // as in the inputs
  double noise_decay_days = std::numeric_limits<double>::quiet_NaN();  // alpha; NaN without noise model
};

struct StressInput {
  Series values;
  std::string name;
  ResponseKind response = ResponseKind::exponential;
  StressSign sign = StressSign::any;
  std::string unit = "unit";  // of the values, for the gain's unit
};

// Complete series (no gaps) of one length.
struct TransferFunctionInputs {
  Series precipitation;  // empty: no recharge, at least one stress
  Series evaporation;    // empty: none
  Series temperature;    // empty: no snow
  std::vector<StressInput> stresses;
  double step_days = 1;
  std::size_t mean_until = 0;  // steps before this one give the means that stand for the past; 0: all
  std::size_t steps() const;
};

// Level in m at every step.
std::vector<double> simulate(const TransferFunctionModel& model, const TransferFunctionInputs& inputs);

// Parts that sum to simulate() less d: recharge first (if there is precipitation), then each stress;
// [part][time].
std::vector<std::vector<double>> contributions(const TransferFunctionModel& model,
                                               const TransferFunctionInputs& inputs);

// Recharge of the model, mm/d, at the first `steps` steps. The inputs have precipitation.
std::vector<double> recharge_of(const TransferFunctionModel& model, const TransferFunctionInputs& inputs,
                                std::size_t steps);

}  // namespace phreatic::stats
