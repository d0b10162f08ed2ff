// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/decay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/regression/huber.hpp"

namespace phreatic::studies::recharge {

Decay fit_decay(std::span<const double> days, std::span<const double> storage_m3,
                const TargetParams& params) {
  PHREATIC_ASSERT(!days.empty() && days.size() == storage_m3.size());
  constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  Decay out;
  out.s0 = storage_m3.front();
  out.k = out.intercept = out.r2 = out.half_life_days = missing;
  out.phases = {false, missing, missing, missing, missing};
  if (!(out.s0 > 0)) {
    out.status = DecayStatus::no_storage;
    return out;
  }
  std::vector<double> t;
  std::vector<double> s;
  std::vector<double> log_s;
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (!(storage_m3[i] > 0)) {
      out.stopped_day = days[i];
      break;
    }
    if (storage_m3[i] <= params.smallest_share * out.s0) continue;
    t.push_back(days[i]);
    s.push_back(storage_m3[i]);
    log_s.push_back(std::log(storage_m3[i]));
  }
  out.points = t.size();
  if (t.size() < static_cast<std::size_t>(std::max(2, params.fewest_points))) {
    out.status = DecayStatus::too_few_points;
    return out;
  }
  const stats::RobustLine line = stats::huber_line(t, log_s, {.tuning = params.huber});
  out.k = -line.slope;
  out.intercept = line.intercept;
  out.r2 = stats::r2(t, log_s);
  out.exponential = out.r2 >= params.exponential_r2;
  if (params.two_phases && t.size() >= 6) out.phases = fit_two_phases(t, s);
  if (!(out.k > 0)) {
    out.status = DecayStatus::no_decay;
  } else {
    out.half_life_days = std::log(2.0) / out.k;
  }
  return out;
}

std::string remark(const Decay& decay) {
  switch (decay.status) {
    case DecayStatus::no_storage:
      return fmt::format("no storage at the end of recharge ({:g} m3)", decay.s0);
    case DecayStatus::too_few_points:
      return fmt::format("only {} points to fit a decay to", decay.points);
    case DecayStatus::no_decay:
      return "storage does not decay";
    case DecayStatus::fitted:
      break;
  }
  std::string text;
  if (decay.stopped_day >= 0) text = fmt::format("storage below 0 from day {:g} on", decay.stopped_day);
  if (!decay.exponential)
    text += fmt::format("{}the tail is no exponential (R2 {:.2f})", text.empty() ? "" : "; ", decay.r2);
  return text;
}

}  // namespace phreatic::studies::recharge
