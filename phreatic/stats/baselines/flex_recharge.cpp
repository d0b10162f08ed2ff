// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/flex_recharge.hpp"

#include <algorithm>
#include <cmath>

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

std::vector<double> flex_recharge(Series rain_mm_per_day, Series melt_mm_per_day,
                                  Series evaporation_mm_per_day, const FlexRecharge& p, double step_days) {
  PHREATIC_ASSERT(rain_mm_per_day.size() == evaporation_mm_per_day.size() && step_days > 0);
  PHREATIC_ASSERT(melt_mm_per_day.empty() || melt_mm_per_day.size() == rain_mm_per_day.size());
  const auto cuts = static_cast<int>(std::max(std::ceil(step_days - 1e-6), 1.0));
  const double days = step_days / cuts;
  Stores stores(p);
  const auto step = [&](std::size_t t) {
    double sum = 0;
    for (int i = 0; i < cuts; ++i)
      sum += stores.advance(rain_mm_per_day[t], melt_mm_per_day.empty() ? 0.0 : melt_mm_per_day[t],
                            evaporation_mm_per_day[t], days);
    return sum / cuts;
  };
  const auto spin_up =
      std::min(rain_mm_per_day.size(), static_cast<std::size_t>(std::ceil(kSpinUpDays / step_days)));
  for (std::size_t t = 0; t < spin_up; ++t) step(t);
  std::vector<double> recharge(rain_mm_per_day.size());
  for (std::size_t t = 0; t < recharge.size(); ++t) recharge[t] = step(t);
  return recharge;
}

}  // namespace phreatic::stats
