// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/kernels/buffer.hpp"
#include "phreatic/learn/kernels/recurrent/driver.hpp"
#include "phreatic/learn/kernels/recurrent/packing.hpp"
#include "phreatic/learn/kernels/recurrent/plan.hpp"

namespace phreatic::kernels {

struct Workspace::Impl {
  Buffer saved;
  Buffer scratch;
  Shape shape;
  const Kernel* kernel = nullptr;  // that filled it; null = nothing saved
};

Workspace::Workspace() : impl_(std::make_unique<Impl>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
std::size_t Workspace::bytes() const { return impl_->saved.bytes() + impl_->scratch.bytes(); }

namespace {

constexpr std::size_t kLine = 16;                            // floats of a cache line
constexpr std::size_t kStreamFloats = std::size_t{1} << 21;  // saved data larger than this bypass the caches

std::size_t to_line(std::size_t count) { return (count + kLine - 1) / kLine * kLine; }
std::size_t or_default(std::size_t value, std::size_t otherwise) { return value == 0 ? otherwise : value; }

// Hands out parts of a buffer, each on a cache line. Counts first (base null), then hands out.
class Carver {
 public:
  explicit Carver(float* base) : base_(base) {}
  float* operator()(std::size_t count) {
    float* const part = base_ == nullptr ? nullptr : base_ + used_;
    used_ += to_line(count);
    return part;
  }
  std::size_t used() const { return used_; }

 private:
  float* base_;
  std::size_t used_ = 0;
};

struct Sizes {
  std::size_t width, units, padded;
  Sizes(const Shape& shape, const Kernel& kernel)
      : width(kernel.width), units((shape.hidden + width - 1) / width), padded(units * width) {}
  BlockSize block(const Shape& shape, std::size_t rows) const {
    return {rows, shape.steps, shape.inputs, shape.hidden, units};
  }
};

// What forward() leaves in a workspace.
struct Saved {
  float* gates;      // [block][T][U][R][4][W]
  float* states;     // [block][T + 1][U][R][W]
  float* h_initial;  // [B][Hp]
};

Saved carve_saved(Carver& carve, const Shape& shape, const Sizes& sizes) {
  const std::size_t plane = shape.batch * sizes.padded;
  Saved saved{};
  saved.gates = carve(shape.steps * plane * kSlots);
  saved.states = carve((shape.steps + 1) * plane);
  saved.h_initial = carve(plane);
  return saved;
}

std::vector<const float*> row_pointers(const Shape& shape, const Input& x) {
  std::vector<const float*> rows(shape.batch);
  const std::size_t stride = or_default(x.row_stride, shape.steps * shape.inputs);
  for (std::size_t b = 0; b < shape.batch; ++b) {
    rows[b] = x.rows != nullptr ? x.rows[b] : x.base + b * stride;
  }
  return rows;
}

template <class T>
T* at(T* pointer, std::size_t offset) {
  return pointer == nullptr ? nullptr : pointer + offset;
}

void check_shape(const Shape& shape, const Weights& weights, const Input& x) {
  PHREATIC_ASSERT(shape.batch > 0 && shape.steps > 0 && shape.inputs > 0 && shape.hidden > 0);
  PHREATIC_ASSERT(weights.weight_ih != nullptr && weights.weight_hh != nullptr);
  PHREATIC_ASSERT(x.base != nullptr || x.rows != nullptr);
}

// One forward or backward call's view of everything that its tasks need.
struct ForwardCall {
  const Shape& shape;
  const State& initial;
  const Output& output;
  Plan plan;
  Sizes sizes;
  std::vector<const float*> rows;
  std::size_t x_step;
  const float* weights;
  const float* bias;
  Saved saved;
  bool stream;
  bool stream_h;
  float* scratch;
  std::size_t scratch_stride;

  ForwardJob job(std::size_t task, std::size_t block) const {
    const auto [first, count] = plan.rows(shape, block);
    const std::size_t from = first * shape.hidden;
    const std::size_t plane = first * sizes.padded;
    const std::size_t h_stride =
        or_default(output.row_stride, (shape.steps - output.first_step) * shape.hidden);
    return {.size = sizes.block(shape, count),
            .x_rows = rows.data() + first,
            .x_step = x_step,
            .weights = weights,
            .bias = bias,
            .h0 = at(initial.h, from),
            .c0 = at(initial.c, from),
            .h = at(output.h, first * h_stride),
            .h_row_stride = h_stride,
            .h_first_step = output.first_step,
            .h_last = at(output.h_last, from),
            .c_last = at(output.c_last, from),
            .gates = at(saved.gates, shape.steps * plane * kSlots),
            .states = at(saved.states, (shape.steps + 1) * plane),
            .h_initial = at(saved.h_initial, plane),
            .stream = stream,
            .stream_h = stream_h,
            .scratch = scratch + task * scratch_stride};
  }
};

struct BackwardCall {
  const Shape& shape;
  const OutputGradient& gradient;
  const Gradients& result;
  Plan plan;
  Sizes sizes;
  std::vector<const float*> rows;
  std::size_t x_step;
  const float* weights_h;
  const float* weights_x;
  Saved saved;
  float* partials;  // null = no weights' gradients
  std::size_t partial_stride;
  float* scratch;
  std::size_t scratch_stride;

  BackwardJob job(std::size_t task, std::size_t block) const {
    const auto [first, count] = plan.rows(shape, block);
    const std::size_t from = first * shape.hidden;
    const std::size_t plane = first * sizes.padded;
    const std::size_t dh_stride =
        or_default(gradient.row_stride, (shape.steps - gradient.first_step) * shape.hidden);
    const std::size_t dx_stride = or_default(result.dx_row_stride, shape.steps * shape.inputs);
    float* const partial = at(partials, task * partial_stride);
    return {.size = sizes.block(shape, count),
            .x_rows = rows.data() + first,
            .x_step = x_step,
            .weights_h = weights_h,
            .weights_x = weights_x,
            .gates = saved.gates + shape.steps * plane * kSlots,
            .states = saved.states + (shape.steps + 1) * plane,
            .h_initial = saved.h_initial + plane,
            .dh = at(gradient.dh, first * dh_stride),
            .dh_row_stride = dh_stride,
            .dh_first_step = gradient.first_step,
            .dh_last = at(gradient.dh_last, from),
            .dc_last = at(gradient.dc_last, from),
            .dweights = partial,
            .dbias = at(partial, forward_weight_count(shape, sizes.width)),
            .dx = at(result.dx, first * dx_stride),
            .dx_row_stride = dx_stride,
            .dh0 = at(result.dh0, from),
            .dc0 = at(result.dc0, from),
            .depth = plan.depth,
            .scratch = scratch + task * scratch_stride};
  }
};

bool can_stream(const Shape& shape, const Sizes& sizes, const Output& output) {
  const std::size_t bytes = sizes.width * sizeof(float);
  const std::size_t steps = shape.steps - output.first_step;
  return shape.batch * steps * shape.hidden > kStreamFloats && shape.hidden == sizes.padded &&
         reinterpret_cast<std::uintptr_t>(output.h) % bytes == 0 && output.row_stride % sizes.width == 0;
}

bool wants_weights(const Gradients& result) {
  return result.dweight_ih != nullptr || result.dweight_hh != nullptr || result.dbias_ih != nullptr ||
         result.dbias_hh != nullptr;
}

}  // namespace

void forward(const Shape& shape, const Weights& weights, const Input& x, const State& initial,
             const Output& output, Workspace* workspace, Isa isa) {
  forward_on(kernel_of(resolve_isa(isa)), shape, weights, x, initial, output, workspace);
}

void forward_on(const Kernel& kernel, const Shape& shape, const Weights& weights, const Input& x,
                const State& initial, const Output& output, Workspace* workspace) {
  check_shape(shape, weights, x);
  PHREATIC_ASSERT(output.h == nullptr || output.first_step < shape.steps);
  const Sizes sizes(shape, kernel);
  const Plan plan = make_plan(shape);
  ForwardCall call{
      shape, initial, output, plan, sizes, row_pointers(shape, x), or_default(x.step_stride, shape.inputs)};

  Workspace local;
  Workspace::Impl& memory = workspace != nullptr ? workspace->impl() : local.impl();
  memory.kernel = nullptr;
  if (workspace != nullptr) {
    Carver count(nullptr);
    carve_saved(count, shape, sizes);
    Carver carve(memory.saved.take(count.used()));
    call.saved = carve_saved(carve, shape, sizes);
    call.stream = count.used() > kStreamFloats;
  }
  call.stream_h = can_stream(shape, sizes, output);
  const std::size_t weight_count = to_line(forward_weight_count(shape, sizes.width));
  const std::size_t bias = to_line(bias_count(shape, sizes.width));
  const BlockSize largest = sizes.block(shape, plan.largest_block(shape));
  call.scratch_stride = to_line(forward_scratch(largest, sizes.width));
  Carver carve(memory.scratch.take(weight_count + bias + plan.tasks * call.scratch_stride));
  float* const packed = carve(weight_count);
  float* const packed_bias = carve(bias);
  call.scratch = carve(plan.tasks * call.scratch_stride);
  pack_forward(shape, weights, sizes.width, packed, packed_bias);
  call.weights = packed;
  call.bias = packed_bias;

  const auto run = shape.cell == Cell::lstm ? kernel.forward_lstm : kernel.forward_gru;
  core::parallel_for(plan.tasks, [&](std::size_t task) {
    const auto [first, blocks] = plan.blocks_of(task);
    for (std::size_t block = first; block < first + blocks; ++block) run(call.job(task, block));
  });
  memory.shape = shape;
  if (workspace != nullptr) memory.kernel = &kernel;
}

void backward(const Shape& shape, const Weights& weights, const Input& x, const OutputGradient& gradient,
              Workspace& workspace, const Gradients& result) {
  check_shape(shape, weights, x);
  Workspace::Impl& memory = workspace.impl();
  PHREATIC_ASSERT(memory.kernel != nullptr && memory.shape == shape);
  PHREATIC_ASSERT(gradient.dh != nullptr || gradient.dh_last != nullptr || gradient.dc_last != nullptr);
  PHREATIC_ASSERT(gradient.dh == nullptr || gradient.first_step < shape.steps);
  const Kernel& kernel = *memory.kernel;
  const Sizes sizes(shape, kernel);
  const Plan plan = make_plan(shape);
  const bool weights_wanted = wants_weights(result);
  BackwardCall call{
      shape, gradient, result, plan, sizes, row_pointers(shape, x), or_default(x.step_stride, shape.inputs)};
  Carver saved(memory.saved.data());
  call.saved = carve_saved(saved, shape, sizes);

  const Slots& slots = slots_of(shape.cell);
  const BackwardColumns of_h{weights.weight_hh, shape.hidden, slots.h_first, slots.h_count,
                             kernel.column_tile};
  const BackwardColumns of_x{weights.weight_ih, shape.inputs, slots.x_first, slots.x_count,
                             kernel.column_tile};
  const std::size_t h_count = to_line(backward_weight_count(shape, of_h, sizes.width));
  const std::size_t x_count =
      result.dx != nullptr ? to_line(backward_weight_count(shape, of_x, sizes.width)) : 0;
  const std::size_t partial = forward_weight_count(shape, sizes.width) + bias_count(shape, sizes.width);
  const BlockSize largest = sizes.block(shape, plan.largest_block(shape));
  call.partial_stride = to_line(partial);
  call.scratch_stride = to_line(backward_scratch(largest, sizes.width, plan.depth));
  const std::size_t partials = weights_wanted ? plan.tasks * call.partial_stride : 0;
  Carver carve(memory.scratch.take(h_count + x_count + partials + plan.tasks * call.scratch_stride));
  float* const packed_h = carve(h_count);
  float* const packed_x = carve(x_count);
  float* const sums = carve(partials);
  call.partials = weights_wanted ? sums : nullptr;
  call.scratch = carve(plan.tasks * call.scratch_stride);
  pack_backward(shape, of_h, sizes.width, packed_h);
  if (result.dx != nullptr) pack_backward(shape, of_x, sizes.width, packed_x);
  call.weights_h = packed_h;
  call.weights_x = packed_x;

  const auto run = shape.cell == Cell::lstm ? kernel.backward_lstm : kernel.backward_gru;
  core::parallel_for(plan.tasks, [&](std::size_t task) {
    if (call.partials != nullptr) {
      std::fill_n(call.partials + task * call.partial_stride, call.partial_stride, 0.0F);
    }
    const auto [first, blocks] = plan.blocks_of(task);
    for (std::size_t block = first; block < first + blocks; ++block) run(call.job(task, block));
  });
  if (weights_wanted) unpack_gradients(shape, sizes.width, sums, plan.tasks, call.partial_stride, result);
}

}  // namespace phreatic::kernels
