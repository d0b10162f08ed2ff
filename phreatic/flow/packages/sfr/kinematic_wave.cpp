// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/packages/sfr/kinematic_wave.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/packages/sfr/bracketed_root.hpp"

namespace phreatic::flow {
namespace {

constexpr double kFilm = 1e-5;      // (L), depth from which a bed counts as wet
constexpr double kFlowStep = 1e-5;  // (L3/T), for dQ/dA

class Box {
 public:
  Box(const WaveReach& reach, const WaveRelations& relations) : reach_(reach), of_(relations) {
    per_ = reach.length / reach.before.dt;
    up_depth_ = of_.depth_of_flow(reach.inflow);
    up_gain_ = of_.area_of_depth(up_depth_) - area(reach.before.inflow);
    down_before_ = area(reach.before.outflow);
  }

  KinematicWave solve() {
    steep_ = courant(reach_.sources - leak(reach_.before.outflow)) > 1;
    KinematicWave found = with_form();
    const bool steep = courant(reach_.sources - of_.leakage_of_depth(found.depth)) > 1;
    if (steep != steep_) {
      steep_ = steep;
      found = with_form();
    }
    return found;
  }

 private:
  double area(double flow) const { return of_.area_of_depth(of_.depth_of_flow(flow)); }
  double depth(double outflow) const { return 0.5 * (up_depth_ + of_.depth_of_flow(outflow)); }
  double leak(double outflow) const { return of_.leakage_of_depth(depth(outflow)); }

  double courant(double flow) const {
    if (!(of_.depth_of_flow(flow) > 0)) return 0;
    const double step = std::max(kFlowStep, 1e-6 * flow);
    return step / (area(flow + step) - area(flow)) / per_;
  }

  // What leaves the box, or stays in it, beyond what comes in, at an outflow; grows with it.
  double without_leakage(double outflow) const {
    const double lateral = reach_.sources - reach_.inflow;
    if (steep_) return outflow - reach_.inflow + per_ * up_gain_ - lateral;
    const double w = reach_.before.weight;
    return w * (outflow - reach_.inflow) + (1 - w) * (reach_.before.outflow - reach_.before.inflow) +
           0.5 * per_ * (area(outflow) - down_before_ + up_gain_) - lateral;
  }
  double missing(double outflow) const { return -without_leakage(outflow) - leak(outflow); }

  KinematicWave with_form() const {
    KinematicWave found;
    found.outflow = outflow();
    found.depth = depth(found.outflow);
    if (found.outflow <= 0) return found;
    const double step = 1e-6 * found.outflow;
    const double rest = without_leakage(found.outflow + step) - without_leakage(found.outflow);
    const double leakage = leak(found.outflow + step) - leak(found.outflow);
    if (rest + leakage > 0) found.by_head = std::clamp(rest / (rest + leakage), 0.0, 1.0);
    return found;
  }

  double outflow() const {
    double low = 0;
    if (!(missing(0) > 0)) {
      // A dry reach that gains has a second, wet, solution.
      low = reach_.gains && up_depth_ < kFilm ? flow_of_film() : 0.0;
      if (!(low > 0) || !(missing(low) > 0)) return 0;
    }
    double high = std::max({2 * reach_.sources, reach_.before.outflow, 1e-3, 2 * low});
    while (missing(high) >= 0 && high < 1e30) high *= 2;
    return bracketed_root([this](double q) { return missing(q); }, low, high);
  }

  // The outflow at which the bed counts as wet.
  double flow_of_film() const {
    double high = 1e-12;
    while (of_.depth_of_flow(high) < 2 * kFilm && high < 1e30) high *= 2;
    return high;
  }

  const WaveReach& reach_;
  const WaveRelations& of_;
  double per_ = 0;          // length over dt
  double up_depth_ = 0;     // at c
  double up_gain_ = 0;      // Ac - Aa
  double down_before_ = 0;  // Ab
  bool steep_ = false;      // the form of Courant numbers above 1
};

}  // namespace

KinematicWave kinematic_wave(const WaveReach& reach, const WaveRelations& relations) {
  return Box(reach, relations).solve();
}

}  // namespace phreatic::flow
