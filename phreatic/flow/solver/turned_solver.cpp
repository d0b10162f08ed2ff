// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/turned_solver.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {
namespace {

constexpr double kFillKept = 0.97;
constexpr double kLoose = 1e-2;  // of a preconditioner's solve, where the matrix is not symmetric
constexpr double kTight = 2e-4;  // what single precision gives safely
constexpr double kStall = 0.7;   // an outer iteration that leaves more than this has stalled
constexpr int kMostStalls = 4;
constexpr int kMostOuter = 60;
constexpr int kMostRounds = 6;  // corrections of systems side by side, before each goes on by itself
constexpr int kMostUses = 8;    // steps, of one factorisation
constexpr int kMostGeneral = 1000;
constexpr int kMostRestarts = 8;

int inner_limit(const Layout& layout) { return 200 + 4 * (layout.nlay + layout.nrow + layout.ncol); }

double dot(const Layout& layout, const Padded<double>& x, const Padded<double>& y) {
  std::vector<double> parts(static_cast<std::size_t>(layout.strips), 0.0);
  for_each_strip(layout, [&](int strip) {
    double sum = 0;
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      double lanes[4] = {0, 0, 0, 0};
      std::size_t n = begin;
      for (; n + 4 <= end; n += 4) {
        for (std::size_t l = 0; l < 4; ++l) lanes[l] += x[n + l] * y[n + l];
      }
      for (; n < end; ++n) lanes[0] += x[n] * y[n];
      sum += (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    });
    parts[static_cast<std::size_t>(strip)] = sum;
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

// y += factor x
void add(const Layout& layout, double factor, const Padded<double>& x, Padded<double>& y) {
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) y[n] += factor * x[n];
    });
  });
}

}  // namespace

TurnedSolver::TurnedSolver(const Layout& layout) : layout_(layout), r_(layout.array<double>()) {
  links_.allocate(layout);
  cg_.allocate(layout);
}

std::size_t TurnedSolver::bytes() const {
  std::size_t total = links_.bytes() + cg_.bytes() + r_.bytes();
  for (const auto* arrays : {&z_, &w_}) {
    for (const Padded<double>& array : *arrays) total += array.bytes();
  }
  for (const Padded<double>& array : residuals_) total += array.bytes();
  total += lanes_.bytes();
  return total + (general_ready_ ? general_.bytes() : 0);
}

void TurnedSolver::start_step(const GeneralMatrix& a, const Padded<double>& holding,
                              const Padded<std::int8_t>& ibound, bool symmetric, double dt) {
  a_ = &a;
  ibound_ = &ibound;
  symmetric_ = symmetric;
  const bool same = dt == dt_;
  if (!same) cg_.preconditioner().refresh();
  dt_ = dt;
  general_factored_ = false;
  if (general_ready_) general_.start_step();
  for_each_strip(layout_, [&](int strip) {
    for_rows(layout_, strip, [&](int k, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) {
        links_.excess[n] = static_cast<float>(std::max(0.0, holding[n]));
        links_.right[n] = static_cast<float>(std::max(0.0, 0.5 * (a.right[n] + a.left[n])));
        links_.front[n] = static_cast<float>(std::max(0.0, 0.5 * (a.front[n] + a.back[n])));
        if (k + 1 < layout_.nlay)
          links_.down[n] = static_cast<float>(std::max(0.0, 0.5 * (a.down[n] + a.up[n])));
      }
    });
  });
  // Older pivots do as long as the step has the same length and cells: what they lose is little.
  if (!(same && uses_ < kMostUses && same_cells())) {
    cg_.factor(layout_, links_, ibound, kFillKept);
    factored_for_.assign(ibound.data(), ibound.data() + ibound.size());
    uses_ = 0;
  }
  ++uses_;
}

bool TurnedSolver::same_cells() const {
  return factored_for_.size() == ibound_->size() &&
         std::equal(factored_for_.begin(), factored_for_.end(), ibound_->data());
}

// r = b - A x in cells that take part; returns its norm.
double TurnedSolver::residual(const Padded<double>& b, const Padded<double>& x) {
  multiply(layout_, *a_, x, r_);
  for_each_strip(layout_, [&](int strip) {
    for_rows(layout_, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) r_[n] = (*ibound_)[n] > 0 ? b[n] - r_[n] : 0.0;
    });
  });
  return std::sqrt(dot(layout_, r_, r_));
}

// Norm of a right-hand side; x becomes 0 where cells take no part, and everywhere when the norm is 0.
double TurnedSolver::norm_of(const Padded<double>& b, Padded<double>& x) const {
  double norm_b = 0;
  for (std::size_t n = 0; n < layout_.cells; ++n) {
    if ((*ibound_)[n] <= 0) {
      x[n] = 0;
    } else {
      norm_b += b[n] * b[n];
    }
  }
  if (norm_b == 0) x.fill(0.0);
  return std::sqrt(norm_b);
}

// The residual at the start, which is left in r_; a start that is worse than none is not used.
double TurnedSolver::start_residual(const Padded<double>& b, double norm_b, Padded<double>& x) {
  const double now = residual(b, x);
  if (now < 100 * norm_b) return now;
  x.fill(0.0);
  return residual(b, x);
}

// x += alpha z, r -= alpha A z with the alpha that leaves least; returns the norm of r.
double TurnedSolver::correct(Padded<double>& r, Padded<double>& z, Padded<double>& w, Padded<double>& x) {
  multiply(layout_, *a_, z, w);
  for_each_strip(layout_, [&](int strip) {
    for_rows(layout_, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) w[n] = (*ibound_)[n] > 0 ? w[n] : 0.0;
    });
  });
  const double ww = dot(layout_, w, w);
  if (!(ww > 0) || !std::isfinite(ww)) return std::sqrt(dot(layout_, r, r));
  const double alpha = dot(layout_, r, w) / ww;
  add(layout_, alpha, z, x);
  add(layout_, -alpha, w, r);
  return std::sqrt(dot(layout_, r, r));
}

// Levels of the preconditioner are judged by the slowest system of the step: what an easy one can do without, another needs.
void TurnedSolver::note(const LinearResult& solved, double reduction) {
  if (reduction > 0.011 || solved.iterations <= slowest_iterations_) return;
  slowest_iterations_ = solved.iterations;
  slowest_reduction_ = reduction;
}

void TurnedSolver::solve(std::vector<System>& systems, double tolerance) {
  constexpr std::size_t kFewest = 5;      // systems that are worth lanes
  constexpr std::size_t kCached = 20000;  // cells, whose lanes stay in the caches
  slowest_iterations_ = 0;
  cg_.judge_by_itself(false);
  std::size_t at = 0;
  const bool is_small = layout_.span_cells <= kCached && cg_.preconditioner().is_incomplete();
  while (is_small && systems.size() - at >= kFewest && stalled_ < kMostStalls) {
    const std::size_t count = std::min(systems.size() - at, LaneGradients::kCount);
    solve_side_by_side(&systems[at], count, tolerance);
    at += count;
  }
  for (; at < systems.size(); ++at) systems[at].result = solve(*systems[at].b, tolerance, *systems[at].x);
  cg_.judge_by_itself(true);
  if (slowest_iterations_ > 0) cg_.preconditioner().judge(slowest_iterations_, slowest_reduction_);
}

void TurnedSolver::solve_side_by_side(System* systems, std::size_t count, double tolerance) {
  if (!lanes_.allocated()) lanes_.allocate(layout_);
  while (residuals_.size() < count) residuals_.push_back(layout_.array<double>());
  if (z_.empty()) {
    z_.push_back(layout_.array<double>());
    w_.push_back(layout_.array<double>());
    ww_.push_back(0);
  }
  std::array<LaneGradients::Lane, LaneGradients::kCount> lanes;
  std::array<double, LaneGradients::kCount> norm{}, now{};
  for (std::size_t l = 0; l < count; ++l) {
    System& s = systems[l];
    s.result = {0, 0, true};
    norm[l] = norm_of(*s.b, *s.x);
    if (norm[l] == 0) continue;
    now[l] = start_residual(*s.b, norm[l], *s.x);
    std::swap(residuals_[l], r_);
  }
  for (int round = 0; round < kMostRounds; ++round) {
    bool any = false;
    for (std::size_t l = 0; l < count; ++l) {
      const bool runs = now[l] > tolerance * norm[l];
      lanes[l].residual = runs ? &residuals_[l] : nullptr;
      any = any || runs;
      if (!runs) continue;
      lanes[l].reduction = std::clamp(0.5 * tolerance * norm[l] / now[l], symmetric_ ? kTight : kLoose, 0.3);
    }
    if (!any) break;
    lanes_.solve(layout_, links_, cg_.preconditioner(), lanes, inner_limit(layout_));
    for (std::size_t l = 0; l < count; ++l) {
      if (lanes[l].residual == nullptr) continue;
      systems[l].result.iterations += lanes[l].result.iterations;
      note(lanes[l].result, lanes[l].reduction);
      lanes_.correction(layout_, l, z_[0]);
      now[l] = correct(residuals_[l], z_[0], w_[0], *systems[l].x);
    }
  }
  for (std::size_t l = 0; l < count; ++l) {
    System& s = systems[l];
    if (norm[l] == 0) continue;
    s.result.reduction = now[l] / norm[l];
    if (now[l] <= tolerance * norm[l] && 1e-13 * norm[l] < tolerance * norm[l]) continue;
    const int before = s.result.iterations;  // what is left goes on by itself
    s.result = solve(*s.b, tolerance, *s.x);
    s.result.iterations += before;
  }
}

LinearResult TurnedSolver::solve(const Padded<double>& b, double tolerance, Padded<double>& x) {
  const double norm_b = norm_of(b, x);
  if (norm_b == 0) return {0, 0, true};
  double now = start_residual(b, norm_b, x);
  LinearResult result;
  if (stalled_ < kMostStalls) {
    const double rounding = 1e-13 * now;
    result = residuals(norm_b, tolerance, x, now);
    if (result.converged && rounding < tolerance * norm_b) return result;
    // What rounding has left is looked at.
    for (int again = 0; result.converged && again < 3; ++again) {
      now = residual(b, x);
      if (now <= 2 * tolerance * norm_b) return result;
      const LinearResult more = residuals(norm_b, tolerance, x, now);
      result.iterations += more.iterations;
      result.converged = more.converged;
    }
    if (result.converged) return result;
    ++stalled_;
  }
  LinearResult last = general(b, norm_b, tolerance, x);
  last.iterations += result.iterations;
  return last;
}

// Generalised conjugate residuals from the residual that r_ holds.
LinearResult TurnedSolver::residuals(double norm_b, double tolerance, Padded<double>& x, double now) {
  LinearResult result;
  int stalls = 0;
  std::size_t kept = 0;
  for (int outer = 0; outer < kMostOuter && now > tolerance * norm_b; ++outer) {
    const std::size_t slot = static_cast<std::size_t>(outer) % kKept;
    if (slot == z_.size()) {
      z_.push_back(layout_.array<double>());
      w_.push_back(layout_.array<double>());
      ww_.push_back(0);
    }
    Padded<double>& z = z_[slot];
    Padded<double>& w = w_[slot];
    const double wanted = 0.5 * tolerance * norm_b / now;
    const double reduction = std::clamp(wanted, symmetric_ ? kTight : kLoose, 0.3);
    const LinearResult inner = cg_.solve(layout_, links_, r_, reduction, inner_limit(layout_));
    result.iterations += inner.iterations;
    note(inner, reduction);
    const Padded<float>& d = cg_.correction();
    const double scale = cg_.scale();
    for_each_strip(layout_, [&](int strip) {
      for_rows(layout_, strip, [&](int, int, std::size_t begin, std::size_t end) {
        for (std::size_t n = begin; n < end; ++n) {
          z[n] = (*ibound_)[n] > 0 ? static_cast<double>(d[n]) * scale : 0.0;
        }
      });
    });
    multiply(layout_, *a_, z, w);
    for_each_strip(layout_, [&](int strip) {
      for_rows(layout_, strip, [&](int, int, std::size_t begin, std::size_t end) {
        for (std::size_t n = begin; n < end; ++n) w[n] = (*ibound_)[n] > 0 ? w[n] : 0.0;
      });
    });
    for (std::size_t s = 0; s < kept; ++s) {
      if (s == slot) continue;
      const double c = -dot(layout_, w, w_[s]) / ww_[s];
      add(layout_, c, w_[s], w);
      add(layout_, c, z_[s], z);
    }
    const double ww = dot(layout_, w, w);
    if (!(ww > 0) || !std::isfinite(ww)) break;
    ww_[slot] = ww;
    kept = std::max(kept, slot + 1);
    const double alpha = dot(layout_, r_, w) / ww;
    add(layout_, alpha, z, x);
    add(layout_, -alpha, w, r_);
    const double next = std::sqrt(dot(layout_, r_, r_));
    stalls = next > kStall * now ? stalls + 1 : 0;
    now = next;
    if (stalls >= 3 || !std::isfinite(now)) break;
  }
  result.reduction = now / norm_b;
  result.converged = now <= tolerance * norm_b;
  return result;
}

LinearResult TurnedSolver::general(const Padded<double>& b, double norm_b, double tolerance,
                                   Padded<double>& x) {
  if (!general_ready_) {
    general_.allocate(layout_);
    general_ready_ = true;
  }
  if (!general_factored_) {
    general_.start_step();
    general_.factor(layout_, *a_, *ibound_, kFillKept);
    general_factored_ = true;
  }
  LinearResult result;
  double now = residual(b, x);
  if (!std::isfinite(now)) {
    x.fill(0.0);
    now = residual(b, x);
  }
  for (int again = 0; again < kMostRestarts && now > tolerance * norm_b; ++again) {
    const double reduction = std::clamp(0.5 * tolerance * norm_b / now, 1e-10, 0.5);
    const LinearResult part = general_.solve(layout_, *a_, *ibound_, r_, reduction, kMostGeneral);
    result.iterations += part.iterations;
    add(layout_, 1.0, general_.correction(), x);
    const double next = residual(b, x);
    if (!std::isfinite(next) || next > 2 * now) {  // nothing gained: back
      add(layout_, -1.0, general_.correction(), x);
      now = residual(b, x);
      break;
    }
    const bool slow = next > 0.5 * now;
    now = next;
    if (slow) break;
  }
  result.reduction = now / norm_b;
  result.converged = now <= tolerance * norm_b;
  return result;
}

}  // namespace phreatic::flow
