// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/model.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace phreatic::flow {

bool SaveRule::selects(const StepTime& time) const {
  if (all || (first && time.step == 0) || (last && time.last_of_period)) return true;
  if (frequency > 0 && (time.step + 1) % frequency == 0) return true;
  return std::find(steps.begin(), steps.end(), time.step) != steps.end();
}

const OutputPeriod* OutputControl::at(int period) const {
  const OutputPeriod* found = nullptr;
  for (const OutputPeriod& candidate : periods) {
    if (candidate.period <= period) found = &candidate;
  }
  return found;
}

std::vector<double> step_lengths(const StressPeriod& period) {
  std::vector<double> lengths(static_cast<std::size_t>(std::max(period.nstp, 0)));
  if (lengths.empty()) return lengths;
  const auto n = static_cast<double>(lengths.size());
  double dt = period.perlen / n;
  if (period.tsmult != 1) dt = period.perlen * (1 - period.tsmult) / (1 - std::pow(period.tsmult, n));
  for (double& length : lengths) {
    length = dt;
    dt *= period.tsmult;
  }
  return lengths;
}

StressProvider constant_values(PackageValues values) {
  return period_values({PeriodValues{0, std::move(values)}});
}

StressProvider period_values(std::vector<PeriodValues> periods) {
  auto held = std::make_shared<const std::vector<PeriodValues>>(std::move(periods));
  return [held](const StepTime& time, PackageValues& values) {
    const PeriodValues* wanted = nullptr;
    for (const PeriodValues& candidate : *held) {
      if (candidate.period <= time.period) wanted = &candidate;
    }
    const bool begins = wanted != nullptr && wanted->period == time.period && time.step == 0;
    if (!begins && (wanted == nullptr || values.size() == wanted->values.size())) return Change::none;
    values = wanted->values;
    return Change::cells;
  };
}

}  // namespace phreatic::flow
