// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/lane_solver.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {

extern const LaneKernels kPortableLaneKernels;
#ifdef PHREATIC_FLOW_X86
extern const LaneKernels kAvx2LaneKernels;
const LaneKernels& lane_kernels() {
  static const bool fast = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return fast ? kAvx2LaneKernels : kPortableLaneKernels;
}
#else
const LaneKernels& lane_kernels() { return kPortableLaneKernels; }
#endif

namespace {
constexpr double kFillKept = 0.97;
}

SharedSystem::SharedSystem(const Layout& of) : layout(of) {
  layout.strips = 1;
  layout.strip_row = {0, layout.nrow};
  factor.allocate(layout);
  coarse.allocate(layout);
  one_.assign(coarse.blocks(), 0.0);
}

void SharedSystem::set(const LinkMatrix<float>& of, const Padded<std::int8_t>& ibound, bool new_coarse) {
  links = &of;
  factor.factor(layout, of, ibound, kFillKept);
  if (coarse.possible() && (new_coarse || !coarse.factored())) coarse.factor(layout, of, ibound);
}

double SharedSystem::solve_coarse(const double* sums, std::size_t lane, float* solution) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (std::size_t b = 0; b < one_.size(); ++b) one_[b] = sums[b * kLanes + lane];
  const double product = coarse.solve(one_);
  for (std::size_t b = 0; b < one_.size(); ++b)
    solution[b * kLanes + lane] = static_cast<float>(coarse.solution()[b]);
  return product;
}

LaneSolver::LaneSolver(const Layout& layout) : cells_(layout.cells), pad_(layout.pad) {
  for (Vector* v : {&excess_, &r_, &z_, &p_, &q_, &d_}) v->assign(cells_ + 2 * pad_, Eight{});
}

LaneSolver::Result LaneSolver::solve(SharedSystem& shared, const std::array<LaneGoal, kLanes>& goals,
                                     int most) {
  const FlushDenormals flush;
  const LaneKernels& kernels = lane_kernels();
  const std::size_t blocks = shared.coarse.factored() ? shared.coarse.blocks() : 0;
  const int width = blocks > 0 ? shared.coarse.width() : 0;
  const std::size_t across =
      width > 0 ? static_cast<std::size_t>((shared.layout.ncol + width - 1) / width) : std::size_t{0};
  const LaneRows rows{shared.layout, *shared.links, shared.factor.inverse().data(),
                      at(excess_),   at(r_),        at(z_),
                      at(p_),        at(q_),        at(d_),
                      width,         across};
  for (Vector* v : {&p_, &q_, &d_}) std::fill(v->begin(), v->end(), Eight{});
  std::vector<double> sums(blocks * kLanes);
  std::vector<float> solution(blocks * kLanes, 0.0F);
  std::array<float, kLanes> alpha{}, beta{};
  std::array<double, kLanes> product{}, last{}, curvature{}, goal{};
  std::array<bool, kLanes> running{};
  Result result;
  for (int iteration = 0; iteration <= most; ++iteration) {
    std::fill(sums.begin(), sums.end(), 0.0);
    kernels.forward(rows, alpha.data(), sums.data());
    kernels.backward(rows, product.data());
    bool any = false;
    for (std::size_t l = 0; l < kLanes; ++l) {
      if (iteration > 0 && !running[l]) continue;
      if (blocks > 0) product[l] += shared.solve_coarse(sums.data(), l, solution.data());
      const double norm = std::sqrt(std::max(product[l], 0.0));
      if (iteration == 0) {
        result.norm[l] = norm;
        const LaneGoal& wanted = goals[l];
        double reduction = wanted.reduction;
        if (wanted.change_per_norm > 0 && norm > 0)
          reduction =
              std::clamp(wanted.wanted_change / (wanted.change_per_norm * norm), wanted.reduction, 0.3);
        goal[l] = reduction * norm;
        running[l] = wanted.active && norm > 0 && std::isfinite(norm);
      } else {
        ++result.iterations[l];
        if (norm <= goal[l] || !std::isfinite(norm)) running[l] = false;
      }
      beta[l] = running[l] && iteration > 0 ? static_cast<float>(product[l] / last[l]) : 0.0F;
      last[l] = product[l];
      any = any || running[l];
    }
    if (!any || iteration == most) break;
    kernels.multiply(rows, beta.data(), solution.data(), curvature.data());
    for (std::size_t l = 0; l < kLanes; ++l) {
      if (running[l] && !(curvature[l] > 0)) running[l] = false;
      alpha[l] = running[l] ? static_cast<float>(last[l] / curvature[l]) : 0.0F;
    }
  }
  return result;
}

}  // namespace phreatic::flow
