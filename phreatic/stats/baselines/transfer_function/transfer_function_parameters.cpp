// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/transfer_function/transfer_function_parameters.hpp"

#include <cmath>

namespace phreatic::stats {
namespace {

using Model = TransferFunctionModel;
constexpr double kUnbounded = std::numeric_limits<double>::infinity();

class List {
 public:
  void solved(const std::string& name, const std::string& unit, double lower, double upper,
              std::function<double&(Model&)> value) {
    parameters.push_back({name, unit, lower, upper, true, false, 0, std::move(value)});
  }
  void searched(const std::string& name, const std::string& unit, double lower, double upper,
                std::function<double&(Model&)> value, double usual_within = 0) {
    parameters.push_back({name, unit, lower, upper, false, lower > 0, usual_within, std::move(value)});
  }
  void response(const std::string& name, ResponseKind kind, const std::function<Response&(Model&)>& of) {
    if (kind == ResponseKind::constant) return;
    if (kind == ResponseKind::gamma) {
      searched(name + ".n", "-", 0.1, 5, [of](Model& m) -> double& { return of(m).n; });
    }
    searched(name + ".a", "d", 0.01, 10000, [of](Model& m) -> double& { return of(m).a_days; });
    if (kind == ResponseKind::hantush) {
      searched(name + ".b", "-", 1e-6, 25, [of](Model& m) -> double& { return of(m).b; });
    }
  }
  void flex() {
    searched(
        "recharge.root_zone", "mm", 10, 1000, [](Model& m) -> double& { return m.flex->root_zone_mm; }, 0.8);
    searched(
        "recharge.conductivity", "mm/d", 1, 1000,
        [](Model& m) -> double& { return m.flex->conductivity_mm_per_day; }, 1.6);
    searched(
        "recharge.exponent", "-", 0.01, 5, [](Model& m) -> double& { return m.flex->exponent; }, 0.8);
    searched(
        "recharge.evaporation_factor", "-", 0.25, 2,
        [](Model& m) -> double& { return m.flex->evaporation_factor; }, 0.4);
  }
  // With Flex recharge the threshold stays where it is, as in pastas: root zone and snow make up for each
  // other.
  void snow(bool flex) {
    searched(
        "snow.melt", "mm/d/degC", flex ? 1.0 : 0.5, 20,
        [](Model& m) -> double& { return m.snow->melt_mm_per_day_degC; }, flex ? 0.8 : 0);
    if (flex) return;
    searched("snow.threshold", "degC", -3, 3, [](Model& m) -> double& { return m.snow->threshold_degC; });
  }
  std::vector<ModelParameter> parameters;
};

}  // namespace

std::vector<ModelParameter> model_parameters(const TransferFunctionModel& shape,
                                             const TransferFunctionInputs& inputs,
                                             const TransferFunctionParams& params) {
  List list;
  list.solved("base", "m", -kUnbounded, kUnbounded, [](Model& m) -> double& { return m.base_m; });
  if (!inputs.precipitation.empty()) {
    list.solved("recharge.gain", "m/(mm/d)", 0, kUnbounded,
                [](Model& m) -> double& { return m.recharge.gain; });
    list.response("recharge", shape.recharge.kind, [](Model& m) -> Response& { return m.recharge; });
    if (shape.flex) {
      list.flex();
    } else if (!inputs.evaporation.empty()) {
      list.solved("recharge.evaporation_factor", "-", 0, params.evaporation_factor_max,
                  [](Model& m) -> double& { return m.evaporation_factor; });
    }
    if (shape.snow) list.snow(shape.flex.has_value());
  }
  for (std::size_t j = 0; j < inputs.stresses.size(); ++j) {
    const StressInput& stress = inputs.stresses[j];
    list.solved(stress.name + ".gain", "m per " + stress.unit,
                stress.sign == StressSign::positive ? 0 : -kUnbounded,
                stress.sign == StressSign::negative ? 0 : kUnbounded,
                [j](Model& m) -> double& { return m.stresses[j].gain; });
    list.response(stress.name, stress.response, [j](Model& m) -> Response& { return m.stresses[j]; });
  }
  if (!std::isnan(shape.noise_decay_days)) {
    list.searched("noise.decay", "d", 0.001, 5000, [](Model& m) -> double& { return m.noise_decay_days; });
  }
  return std::move(list.parameters);
}

}  // namespace phreatic::stats
