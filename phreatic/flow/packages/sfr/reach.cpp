// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/packages/sfr/reach.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/packages/sfr/bracketed_root.hpp"
#include "phreatic/flow/packages/sfr/kinematic_wave.hpp"

namespace phreatic::flow {
namespace {

constexpr double kNothing = 1e-30;  // (L3/T) or (L)

class ReachBalance {
 public:
  explicit ReachBalance(const ReachInput& in) : in_(in), reach_(*in.reach) {
    out_.rainfall = in.rainfall * in.section.full_width() * reach_.length;
    low_head_ = std::max(in.head, reach_.top - reach_.thickness);
  }

  ReachResult solve() {
    if (in_.simple) {
      simple();
    } else if (in_.section.rectangular() || in_.evaporation == 0) {
      set_sources(in_.section.full_width());
      route();
    } else {
      // The water's surface, and so evaporation, depend on the depth.
      set_sources(0);
      out_.depth = depth_of(middle());
      for (int i = 0; i < 50; ++i) {
        const double before = out_.depth;
        set_sources(in_.section.wet_width(before));
        route();
        if (std::abs(out_.depth - before) <= 1e-12 * (1 + before)) break;
      }
    }
    if (in_.storage && !in_.simple) return out_;
    out_.leakage = std::min(out_.leakage, source_);
    out_.downstream = std::max(source_ - out_.leakage, 0.0);
    return out_;
  }

 private:
  // What comes in without the aquifer. More runoff taken out, or more evaporation, than there is water is cut.
  void set_sources(double width) {
    const double water = in_.upstream + in_.inflow + out_.rainfall;
    out_.runoff = in_.runoff;
    out_.evaporation = in_.evaporation * width * reach_.length;
    if (water + out_.runoff - out_.evaporation < 0) {
      if (water + out_.runoff < 0) {
        if (out_.runoff < 0) out_.runoff = -water;
        out_.evaporation = 0;
      } else if (out_.evaporation > 0) {
        out_.evaporation = water + out_.runoff;
      }
    }
    source_ = water + out_.runoff - out_.evaporation;
  }

  double middle() const {
    return in_.upstream + in_.inflow + 0.5 * (out_.rainfall - out_.evaporation + out_.runoff);
  }
  double flow_at(double depth) const {
    return in_.manning * in_.section.conveyance(depth) * shallow_factor(depth);
  }
  double depth_of(double flow) const { return flow > 0 ? in_.section.depth(flow / in_.manning) : 0.0; }

  double conductance(double depth) const {
    return shallow_factor(depth) * in_.bed_k * reach_.length * in_.section.wet_perimeter(depth) /
           reach_.thickness;
  }
  double leakage(double depth) const { return conductance(depth) * (reach_.top + depth - low_head_); }

  bool exchanges() const { return in_.connected && in_.bed_k > 0; }

  void simple() {
    out_.depth = std::max(0.0, in_.stage - reach_.top);
    set_sources(in_.section.wet_width(out_.depth));
    out_.leakage = exchanges() ? leakage(out_.depth) : 0.0;
    if (out_.leakage > source_) {
      out_.depth = 0;
      set_sources(in_.section.wet_width(0));
      out_.leakage = source_;
    } else if (exchanges() && in_.head > reach_.top - reach_.thickness) {
      out_.slope = -conductance(out_.depth);
    }
  }

  void route() { in_.storage ? wave() : manning(); }

  void wave() {
    const auto depth_of_flow = [this](double flow) { return depth_of(flow); };
    const auto area = [this](double depth) { return in_.section.wet_area(depth); };
    const auto leak = [this](double depth) { return exchanges() ? std::min(leakage(depth), source_) : 0.0; };
    const KinematicWave found = kinematic_wave({reach_.length, *in_.storage, in_.upstream + in_.inflow,
                                                source_, exchanges() && in_.head > reach_.top},
                                               {depth_of_flow, area, leak});
    out_.depth = found.depth;
    out_.downstream = found.outflow;
    out_.leakage = leak(found.depth);
    out_.storage = out_.downstream + out_.leakage - source_;
    const bool follows = exchanges() && in_.head > reach_.top - reach_.thickness && out_.leakage < source_;
    out_.slope = follows ? -conductance(found.depth) * found.by_head : 0.0;
  }

  void manning() {
    out_.slope = 0;
    out_.leakage = 0;
    out_.depth = depth_of(middle());
    if (!exchanges()) return;
    const bool gains = in_.head > reach_.top;
    if (out_.depth <= 0 && !gains) return;
    if (!gains && source_ < kNothing) {
      out_.leakage = leakage(out_.depth);
      if (out_.leakage > source_) {
        out_.depth = 0;
        out_.leakage = source_;
      }
      return;
    }
    out_.depth = solve_depth();
    out_.leakage = leakage(out_.depth);
    if (out_.leakage < source_) {
      out_.slope = slope();
      return;
    }
    // All water seeps away: the stage is the one that makes it so.
    out_.depth = bracketed_root([this](double depth) { return source_ - leakage(depth); }, 0, out_.depth);
    out_.leakage = source_;
  }

  double excess(double depth) const {
    return middle() - 0.5 * std::min(leakage(depth), source_) - flow_at(depth);
  }

  double solve_depth() const {
    const auto f = [this](double depth) { return excess(depth); };
    // A dry reach that gains has a second, dry, solution at depth 0.
    const double low = middle() > 0 ? 0.0 : 1e-12;
    if (!(f(low) > 0)) return 0;
    double high = std::max({out_.depth, in_.head - reach_.top, 1e-4});
    while (f(high) >= 0 && high < 1e12) high *= 2;
    return bracketed_root(f, low, high);
  }

  // The depth follows the head: dL/dh = L_h + L_d dd/dh with Q_d dd = -(L_d dd + L_h dh) / 2.
  double slope() const {
    if (in_.head <= reach_.top - reach_.thickness) return 0;
    const double d = out_.depth;
    const double step = 1e-6 * std::max(d, 1e-6);
    const double by_head = -conductance(d);
    const double by_depth = (leakage(d + step) - leakage(d)) / step;
    const double flow_by_depth = (flow_at(d + step) - flow_at(d)) / step;
    const double both = flow_by_depth + 0.5 * by_depth;
    if (!(both > 0)) return by_head;
    return std::clamp(by_head * flow_by_depth / both, by_head, 0.0);
  }

  const ReachInput& in_;
  const Reach& reach_;
  double low_head_ = 0;
  double source_ = 0;
  ReachResult out_;
};

}  // namespace

ReachResult solve_reach(const ReachInput& in) { return ReachBalance(in).solve(); }

}  // namespace phreatic::flow
