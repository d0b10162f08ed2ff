// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/lane_gradients.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {

void LaneGradients::allocate(const Layout& layout) {
  for (Padded<float>* array : {&r_, &z_, &p_, &q_, &d_})
    *array = Padded<float>(kCount * layout.cells, kCount * layout.pad);
  zeros_.assign(kCount * (static_cast<std::size_t>(layout.ncol) + 16), 0.0F);
  row_sums_.assign(static_cast<std::size_t>(layout.nlay) * static_cast<std::size_t>(layout.nrow), Sums{});
  coarse_sums_.resize(static_cast<std::size_t>(layout.strips));
}

LaneGradients::Sums LaneGradients::sum_rows() const {
  Sums sum{};
  for (const Sums& row : row_sums_) {
    for (std::size_t l = 0; l < kCount; ++l) sum[l] += row[l];
  }
  return sum;
}

void LaneGradients::start(const Layout& layout, const std::array<Lane, kCount>& lanes) {
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      Sums& largest = row_sums_[layout.row_index(k, i)];
      largest = {};
      for (std::size_t l = 0; l < kCount; ++l) {
        if (lanes[l].residual == nullptr) continue;
        const double* from = lanes[l].residual->data();
        for (std::size_t n = begin; n < end; ++n) largest[l] = std::max(largest[l], std::abs(from[n]));
      }
    });
  });
  scale_ = {};
  for (const Sums& row : row_sums_) {
    for (std::size_t l = 0; l < kCount; ++l) scale_[l] = std::max(scale_[l], row[l]);
  }
  for (double& scale : scale_) scale = scale > 0 ? scale : 1.0;
  std::fill(row_sums_.begin(), row_sums_.end(), Sums{});
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      std::fill(d_.data() + kCount * begin, d_.data() + kCount * end, 0.0F);
      std::fill(p_.data() + kCount * begin, p_.data() + kCount * end, 0.0F);
      for (std::size_t l = 0; l < kCount; ++l) {
        float* to = r_.data() + l;
        const double factor = 1 / scale_[l];
        const double* from = lanes[l].residual == nullptr ? nullptr : lanes[l].residual->data();
        for (std::size_t n = begin; n < end; ++n)
          to[kCount * n] = from == nullptr ? 0.0F : static_cast<float>(from[n] * factor);
      }
    });
  });
}

template <class Use>
void LaneGradients::for_blocks(const CoarseCorrection& coarse, std::size_t start, std::size_t first_block,
                               std::size_t begin, std::size_t end, Use&& use) {
  const auto width = static_cast<std::size_t>(coarse.width());
  for (std::size_t n = begin; n < end;) {
    const std::size_t block = (n - start) / width;
    const std::size_t stop = std::min(end, start + (block + 1) * width);
    use(n, stop - n, first_block + block * coarse.stride());
    n = stop;
  }
}

LaneGradients::Sums LaneGradients::precondition(const Layout& layout, const LinkMatrix<float>& a,
                                                SwitchedPreconditioner<float>& by, const Factors& alpha,
                                                bool update) {
  const RowKernels<float>& kernels = row_kernels<float>();
  const CoarseCorrection& coarse = by.second_level();
  const Padded<float>& inverse = by.incomplete().inverse();
  const auto columns = static_cast<std::ptrdiff_t>(kCount) * layout.ncol;
  const auto below = static_cast<std::ptrdiff_t>(kCount * layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    std::vector<Sums>& blocks = coarse_sums_[static_cast<std::size_t>(strip)];
    blocks.assign(coarse.factored() ? coarse.blocks() : 0, Sums{});
    for_rows_forward(layout, a, strip, [&](const SweepRow<float>& row) {
      const std::size_t at = kCount * row.begin;
      if (update)
        kernels.update_lanes(row.n, alpha.data(), p_.data() + at, q_.data() + at, d_.data() + at,
                             r_.data() + at);
      if (coarse.factored()) {
        for_blocks(coarse, layout.row_start(row.layer, row.row), coarse.first_block(row.layer, row.row),
                   row.begin, row.begin + row.n, [&](std::size_t n, std::size_t count, std::size_t block) {
                     kernels.masked_sum_lanes(count, inverse.data() + n, r_.data() + kCount * n,
                                              blocks[block].data());
                   });
      }
      float* here = z_.data() + at;
      kernels.forward_lanes(row.n, row.links, inverse.data() + row.begin, r_.data() + at,
                            row.outer_row ? zeros_.data() : here - columns,
                            row.outer_layer ? here : here - below, here);
    });
    for_rows_backward(layout, a, strip, [&](const SweepRow<float>& row) {
      const std::size_t at = kCount * row.begin;
      float* here = z_.data() + at;
      kernels.backward_lanes(row.n, row.links, inverse.data() + row.begin, r_.data() + at,
                             row.outer_row ? zeros_.data() : here + columns,
                             row.outer_layer ? here : here + below, here,
                             row_sums_[layout.row_index(row.layer, row.row)].data());
    });
  });
  Sums sums = sum_rows();
  if (!coarse.factored()) return sums;
  const Sums more = solve_coarse(by);
  for (std::size_t l = 0; l < kCount; ++l) sums[l] += more[l];
  return sums;
}

// Solves the second level lane by lane; returns residual sums times solution.
LaneGradients::Sums LaneGradients::solve_coarse(SwitchedPreconditioner<float>& by) {
  CoarseCorrection& coarse = by.second_level();
  Sums products{};
  coarse_.assign(coarse.blocks(), Sums{});
  std::vector<double> sums(coarse.blocks());
  for (std::size_t l = 0; l < kCount; ++l) {
    bool any = false;
    for (std::size_t b = 0; b < sums.size(); ++b) {
      sums[b] = 0;
      for (const std::vector<Sums>& strip : coarse_sums_) sums[b] += strip[b][l];
      any = any || sums[b] != 0;
    }
    if (!any) continue;
    products[l] = coarse.solve(sums);
    for (std::size_t b = 0; b < sums.size(); ++b) coarse_[b][l] = coarse.solution()[b];
  }
  return products;
}

// p = z + beta p, q = A p; returns p.q of every lane.
LaneGradients::Sums LaneGradients::multiply(const Layout& layout, const LinkMatrix<float>& a,
                                            SwitchedPreconditioner<float>& by, const Factors& beta) {
  const RowKernels<float>& kernels = row_kernels<float>();
  const CoarseCorrection& coarse = by.second_level();
  const Padded<float>& inverse = by.incomplete().inverse();
  const auto columns = static_cast<std::ptrdiff_t>(kCount) * layout.ncol;
  const auto below = static_cast<std::ptrdiff_t>(kCount * layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      const std::size_t at = kCount * begin;
      kernels.direction_lanes(end - begin, beta.data(), z_.data() + at, p_.data() + at);
      if (!coarse.factored()) return;
      for_blocks(coarse, layout.row_start(k, i), coarse.first_block(k, i), begin, end,
                 [&](std::size_t n, std::size_t count, std::size_t block) {
                   Factors value;
                   for (std::size_t l = 0; l < kCount; ++l) value[l] = static_cast<float>(coarse_[block][l]);
                   kernels.masked_add_lanes(count, inverse.data() + n, value.data(), p_.data() + kCount * n);
                 });
    });
  });
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      const float* p = p_.data() + kCount * begin;
      const RowVectors<float> vectors{p, p + columns, p - columns, k == layout.nlay - 1 ? p : p + below,
                                      k == 0 ? p : p - below};
      kernels.multiply_lanes(end - begin, a.row(layout, k, begin), vectors, q_.data() + kCount * begin,
                             row_sums_[layout.row_index(k, i)].data());
    });
  });
  return sum_rows();
}

void LaneGradients::solve(const Layout& layout, const LinkMatrix<float>& a, SwitchedPreconditioner<float>& by,
                          std::array<Lane, kCount>& lanes, int most_iterations) {
  start(layout, lanes);
  Sums rz = precondition(layout, a, by, {}, false);
  const Sums first = rz;
  Factors beta{};
  std::array<bool, kCount> running{};
  for (std::size_t l = 0; l < kCount; ++l) {
    lanes[l].result = {};
    running[l] = lanes[l].residual != nullptr && rz[l] > 0;
  }
  const auto any = [&] { return std::any_of(running.begin(), running.end(), [](bool b) { return b; }); };
  for (int turn = 0; turn < most_iterations && any(); ++turn) {
    const Sums pq = multiply(layout, a, by, beta);
    Factors alpha{};
    for (std::size_t l = 0; l < kCount; ++l) {
      running[l] = running[l] && pq[l] > 0;
      if (running[l]) alpha[l] = static_cast<float>(rz[l] / pq[l]);
    }
    const Sums next = precondition(layout, a, by, alpha, true);
    for (std::size_t l = 0; l < kCount; ++l) {
      beta[l] = 0;
      if (!running[l]) continue;
      ++lanes[l].result.iterations;
      beta[l] = static_cast<float>(next[l] / rz[l]);
      rz[l] = next[l];
      running[l] = rz[l] > lanes[l].reduction * lanes[l].reduction * first[l];
    }
  }
  for (std::size_t l = 0; l < kCount; ++l) {
    LinearResult& result = lanes[l].result;
    result.reduction = first[l] > 0 ? std::sqrt(std::max(0.0, rz[l]) / first[l]) : 0.0;
    result.converged = result.reduction <= lanes[l].reduction;
  }
}

void LaneGradients::correction(const Layout& layout, std::size_t l, Padded<double>& out) const {
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) out[n] = static_cast<double>(d_[kCount * n + l]) * scale_[l];
    });
  });
}

}  // namespace phreatic::flow
