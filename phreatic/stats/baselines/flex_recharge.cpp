// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/flex_recharge.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

constexpr double kSpinUpDays = 731;

// The two stores, moved by at most one day at a time.
class Stores {
 public:
  explicit Stores(const FlexRecharge& p) : p_(p), root_zone_mm_(0.5 * p.root_zone_mm) {}

  // Recharge in mm/d during `days`, with rain, melt and evaporation in mm/d held.
  double advance(double rain, double melt, double evaporation, double days) {
    const double demand = p_.evaporation_factor * evaporation;
    const double intercepted = std::min(demand, interception_mm_ / days);
    interception_mm_ += days * (rain - intercepted);
    const double over = std::max(interception_mm_ - p_.interception_mm, 0.0) / days;
    interception_mm_ -= days * over;
    const double through = over + melt;

    root_zone_mm_ = std::min(root_zone_mm_, p_.root_zone_mm);  // the rest runs off
    const double full = root_zone_mm_ / p_.root_zone_mm;
    const double recharge =
        std::min(p_.conductivity_mm_per_day * std::pow(full, p_.exponent), root_zone_mm_ / days);
    const double wanted = (demand - intercepted) * std::min(1.0, full / p_.evaporation_limit);
    const double evaporated = std::min(wanted, root_zone_mm_ / days + through - recharge);
    root_zone_mm_ += days * (through - recharge - evaporated);
    root_zone_mm_ = std::max(root_zone_mm_, 0.0);
    return recharge;
  }

 private:
  const FlexRecharge& p_;
  double interception_mm_ = 0;
  double root_zone_mm_;
};

}  // namespace

std::vector<std::vector<double>> flex_recharges(const std::vector<FlexInputs>& sets,
                                                Series evaporation_mm_per_day, double step_days) {
  PHREATIC_ASSERT(step_days > 0);
  const std::size_t steps = evaporation_mm_per_day.size();
  std::vector<Stores> stores;
  for (const FlexInputs& set : sets) {
    PHREATIC_ASSERT(set.rain_mm_per_day.size() == steps);
    PHREATIC_ASSERT(set.melt_mm_per_day.empty() || set.melt_mm_per_day.size() == steps);
    stores.emplace_back(set.parameters);
  }
  const auto cuts = static_cast<int>(std::max(std::ceil(step_days - 1e-6), 1.0));
  const double days = step_days / cuts;
  const auto step = [&](std::size_t i, std::size_t t) {
    const FlexInputs& set = sets[i];
    double sum = 0;
    for (int cut = 0; cut < cuts; ++cut)
      sum += stores[i].advance(set.rain_mm_per_day[t],
                               set.melt_mm_per_day.empty() ? 0.0 : set.melt_mm_per_day[t],
                               evaporation_mm_per_day[t], days);
    return sum / cuts;
  };
  const auto spin_up = std::min(steps, static_cast<std::size_t>(std::ceil(kSpinUpDays / step_days)));
  for (std::size_t t = 0; t < spin_up; ++t) {
    for (std::size_t i = 0; i < sets.size(); ++i) step(i, t);
  }
  std::vector<std::vector<double>> recharge(sets.size(), std::vector<double>(steps));
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < sets.size(); ++i) recharge[i][t] = step(i, t);
  }
  return recharge;
}

std::vector<double> flex_recharge(Series rain_mm_per_day, Series melt_mm_per_day,
                                  Series evaporation_mm_per_day, const FlexRecharge& p, double step_days) {
  return std::move(
      flex_recharges({{p, rain_mm_per_day, melt_mm_per_day}}, evaporation_mm_per_day, step_days).front());
}

}  // namespace phreatic::stats
