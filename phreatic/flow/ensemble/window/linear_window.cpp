// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/window/linear_window.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/ensemble/record.hpp"
#include "phreatic/flow/packages/packages.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
namespace {

constexpr int kOuterMost = 60;
constexpr double kFillKept = 0.97;

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

}  // namespace

LinearWindow::LinearWindow(const Model& model, const Layout& whole)
    : model_(model),
      whole_(whole),
      layout_(whole),
      d_(whole.array<double>()),
      residual_(whole.array<double>()),
      head_(whole.array<double>()),
      values_(model.packages.size()) {
  a_.allocate(whole);
  solver_.allocate(whole);
}

void LinearWindow::begin_step(const FixedCoefficients& fixed) {
  a_.right = fixed.matrix().right;
  a_.front = fixed.matrix().front;
  a_.down = fixed.matrix().down;
}

// Differences and bounds of the lane, and nothing around its window.
void LinearWindow::place(WindowLane& lane, const StepFrame& frame) {
  layout_ = lane.window.layout;
  const double* from = start_.data();
  for_rows(layout_, [&](int, int, std::size_t begin, std::size_t end) {
    std::copy(from, from + (end - begin), d_.data() + begin);
    from += end - begin;
  });
  clear_rim();
  take_values(lane, frame, values_);
  fix_heads(lane, frame);
  added_ = 0;
  for (std::size_t b = 0; b < values_.back().size(); ++b) {
    const CellIndex n = values_.back().cell[b];
    if (n != kNoCell)
      added_ += std::abs(values_.back().value(0, b)) * frame.baseline.engine().aquifer.area(index(n));
  }
}

// Cells beside the window are read as neighbours.
void LinearWindow::clear_rim() {
  const auto zero = [&](std::size_t begin, std::size_t end) {
    std::fill(d_.data() + begin, d_.data() + end, 0.0);
    solver_.clear(begin, end);
  };
  const int rows = layout_.nrow;
  for (int k = 0; k < layout_.nlay; ++k) {
    for (int i = 0; i < rows; ++i) {
      const std::size_t row = layout_.row_index(k, i);
      int first = layout_.ncol, last = 0;  // of the columns that are read
      for (int r = std::max(0, i - 1); r <= std::min(rows - 1, i + 1); ++r) {
        const std::size_t near = layout_.row_index(k, r);
        if (layout_.begin[near] >= layout_.end[near]) continue;
        first = std::min(first, layout_.begin[near] - 1);
        last = std::max(last, layout_.end[near] + 1);
      }
      if (first >= last) continue;
      first = std::max(first, 0);
      last = std::min(last, layout_.ncol);
      const std::size_t start = layout_.row_start(k, i);
      const auto at = [&](int column) { return start + static_cast<std::size_t>(column); };
      if (layout_.begin[row] >= layout_.end[row]) {
        zero(at(first), at(last));
        continue;
      }
      zero(at(first), at(layout_.begin[row]));
      zero(at(layout_.end[row]), at(last));
    }
  }
}

void LinearWindow::fix_heads(const WindowLane& lane, const StepFrame& frame) {
  const FlowState& base = frame.baseline.engine().state;
  for (const std::size_t p : lane.changed) {
    if (model_.packages[p].kind != PackageKind::chd) continue;
    for (std::size_t b = 0; b < values_[p].size(); ++b) {
      const CellIndex n = values_[p].cell[b];
      if (n != kNoCell && base.ibound[index(n)] < 0)
        d_[index(n)] = values_[p].value(0, b) - base.head[index(n)];
    }
  }
}

// Flows of the lane's bounds into the residual, and their fall with the head into the matrix.
void LinearWindow::add_bounds(const WindowLane& lane, const StepFrame& frame) {
  const Engine& base = frame.baseline.engine();
  const BoundContext at{model_, base.aquifer, head_, base.state.ibound};
  for (std::size_t p = 0; p < values_.size(); ++p) {
    const Package& package = model_.packages[p];
    const bool added = p + 1 == values_.size();
    if (package.kind == PackageKind::chd) continue;
    const bool by_head = package_type(package.kind).depends_on_head;
    if (!added && !by_head && !lane.changes(p)) continue;
    for (const CellIndex n : values_[p].cell) {
      if (n != kNoCell) head_[index(n)] = base.state.head[index(n)] + d_[index(n)];
    }
    add_package(package, values_[p], nullptr, at, PackageTerms<float>{residual_.data(), a_.excess.data()});
    if (added || by_head) continue;
    // What the baseline's give does not depend on the head and is not among its flows by head.
    PackageValues same;
    gather(base.values[p], lane.bounds[p], same);
    const PackageFlows flows = flows_of_package(package, same, nullptr, base.bounds());
    for (std::size_t b = 0; b < flows.flow.size(); ++b) {
      if (flows.cell[b] != kNoCell) residual_[index(flows.cell[b])] -= flows.flow[b];
    }
  }
}

// The balance of the difference in doubles, in residual_; returns the sum of its absolute values.
double LinearWindow::balance(const WindowLane& lane, const StepFrame& frame) {
  const LinkMatrix<float>& shared = frame.fixed->matrix();
  for_rows(layout_, [&](int, int, std::size_t begin, std::size_t end) {
    std::fill(residual_.data() + begin, residual_.data() + end, 0.0);
    std::copy(shared.excess.data() + begin, shared.excess.data() + end, a_.excess.data() + begin);
  });
  add_bounds(lane, frame);
  const RowKernels<float>& kernels = row_kernels<float>();
  const auto columns = static_cast<std::ptrdiff_t>(layout_.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout_.layer_cells);
  const double* old = lane.difference.data();
  double sum = 0;
  for_rows(layout_, [&](int k, int, std::size_t begin, std::size_t end) {
    const double* d = d_.data() + begin;
    const RowVectors<double> vectors{d, d + columns, d - columns, k == layout_.nlay - 1 ? d : d + below,
                                     k == 0 ? d : d - below};
    sum += kernels.difference_balance(end - begin, shared.row(layout_, k, begin), vectors, old,
                                      frame.fixed->bound_flow().data() + begin,
                                      frame.fixed->part().data() + begin, residual_.data() + begin);
    old += end - begin;
  });
  return sum;
}

// Adds the solver's correction; returns the largest change.
double LinearWindow::correct() {
  const double scale = solver_.scale();
  const float* x = solver_.correction().data();
  double largest = 0;
  for_rows(layout_, [&](int, int, std::size_t begin, std::size_t end) {
    largest =
        std::max(largest, row_kernels<float>().add_scaled(end - begin, scale, x + begin, d_.data() + begin));
  });
  return largest;
}

bool LinearWindow::grow(WindowLane& lane, const StepFrame& frame) {
  const double edge = window_edge(closure_of(lane, frame.closure));
  const RowSpans reached = spans_where(layout_, [&](std::size_t n) { return std::abs(d_[n]) > edge; });
  if (lane.window.spans.contain(reached.widened(1, layout_.ncol))) return false;
  double* to = start_.data();
  for_rows(layout_, [&](int, int, std::size_t begin, std::size_t end) {
    to = std::copy(d_.data() + begin, d_.data() + end, to);
  });
  widen(lane, whole_, reached, start_);
  place(lane, frame);
  return true;
}

void LinearWindow::take_factor(const StepFrame& frame) {
  if (!frame.parts.shared_factors) {
    if (own_factor_.inverse().empty()) own_factor_.allocate(whole_);
    own_factor_.factor(layout_, a_, frame.baseline.engine().state.ibound, kFillKept);
  }
  preconditioner_.use(frame.parts.shared_factors ? frame.factors.single : own_factor_, layout_);
}

bool LinearWindow::iterate(WindowLane& lane, const StepFrame& frame) {
  const StepTime& time = frame.baseline.last_step().time;
  const int most = std::clamp(model_.solver.outer_maximum, 1, kOuterMost);
  const int inner_most = 200 + 4 * (whole_.nlay + whole_.nrow + whole_.ncol);
  LaneClosure now(closure_of(lane, frame.closure), lane.first_change);
  for (;;) {
    const double residual = balance(lane, frame);
    if (now.done(residual, added_ + frame.fixed->flows_within(layout_))) return true;
    if (now.outer() >= most + now.growths() || !std::isfinite(residual))
      return lane.leaves(time, "no convergence in its lane");
    if (now.may_start()) take_factor(frame);
    const LinearResult solved =
        solver_.solve(layout_, a_, preconditioner_, residual_, now.reduction(), inner_most);
    const double change = correct();
    if (now.outer() == 0) lane.first_change = change;
    now.corrected(change);
    ++lane.result->outer_iterations;
    lane.result->inner_iterations += solved.iterations;
    if (grow(lane, frame)) now.window_grew();
  }
}

void LinearWindow::finish(WindowLane& lane, const StepFrame& frame) {
  const StepTime& time = frame.baseline.last_step().time;
  lane.earlier.swap(lane.difference);
  lane.dt = time.steady ? 0.0 : time.dt;
  double* to = lane.difference.data();
  for_rows(layout_, [&](int, int, std::size_t begin, std::size_t end) {
    to = std::copy(d_.data() + begin, d_.data() + end, to);
  });
  lane.largest = largest_of(lane.difference);
  record_rise(lane.window.layout, frame.fixed->water().data(), frame.fixed->table().data(), d_.data(),
              lane.nearest, *lane.result);
}

void LinearWindow::step(WindowLane& lane, const StepFrame& frame) {
  start_of(lane, frame, start_);
  place(lane, frame);
  if (iterate(lane, frame)) finish(lane, frame);
}

}  // namespace phreatic::flow
