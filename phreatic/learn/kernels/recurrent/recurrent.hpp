// SPDX-License-Identifier: BSD-3-Clause
// Fused recurrent layers on the CPU: LSTM and GRU, forward and backward through the whole sequence. No torch.
//
// LSTM [hochreiter1997], gate order i, f, g, o:
//   i, f, o = sigmoid(W x_t + b_ih + R h_(t-1) + b_hh),  g = tanh(...)
//   c_t = f c_(t-1) + i g,   h_t = o tanh(c_t)
// GRU [cho2014] in torch's form, gate order r, z, n:
//   r, z = sigmoid(W x_t + b_ih + R h_(t-1) + b_hh)
//   n = tanh(W_n x_t + b_in + r (R_n h_(t-1) + b_hn)),   h_t = (1 - z) n + z h_(t-1)
//
// All arrays are float, row-major. B batch rows, T steps, F inputs, H hidden units, G gates (LSTM 4, GRU 3).
// Results do not depend on the number of threads, bit for bit; they do depend on the instruction set (in the
// last digits). docs/methods/kernels.md says how it is done and what it reaches.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "phreatic/core/isa.hpp"

namespace phreatic::kernels {

enum class Cell { lstm, gru };

using core::Isa;
using core::isa_available;
using core::isa_name;
using core::resolve_isa;

struct Shape {
  Cell cell = Cell::lstm;
  std::size_t batch = 0;   // B >= 1
  std::size_t steps = 0;   // T >= 1
  std::size_t inputs = 0;  // F >= 1
  std::size_t hidden = 0;  // H >= 1

  std::size_t gates() const { return cell == Cell::lstm ? 4 : 3; }
  bool operator==(const Shape&) const = default;
};

// As torch.nn.LSTM and GRU keep them.
struct Weights {
  const float* weight_ih = nullptr;  // [G*H][F]
  const float* weight_hh = nullptr;  // [G*H][H]
  const float* bias_ih = nullptr;    // [G*H]; null = zeros
  const float* bias_hh = nullptr;    // [G*H]; null = zeros
};

// x[b][t][f] is at row(b) + t * step_stride + f, where row(b) is rows[b], or base + b * row_stride when
// `rows` is null. Rows may overlap: windows are taken in place from one long series [time][F] by rows or
// row_stride.
struct Input {
  const float* base = nullptr;
  const float* const* rows = nullptr;
  std::size_t row_stride = 0;   // 0 = T * F
  std::size_t step_stride = 0;  // 0 = F
};

// Initial state, [B][H]; null = zeros. c only for the LSTM.
struct State {
  const float* h = nullptr;
  const float* c = nullptr;
};

// Where forward() writes. Each pointer may be null.
struct Output {
  float* h = nullptr;          // [B][T - first_step][H]: h of the steps first_step .. T-1
  std::size_t first_step = 0;  // T - 1: the last step only
  std::size_t row_stride = 0;  // floats from one batch row to the next; 0 = (T - first_step) * H
  float* h_last = nullptr;     // [B][H]
  float* c_last = nullptr;     // [B][H], LSTM only
};

// The gradient of the loss that backward() starts from. Steps before first_step have none.
struct OutputGradient {
  const float* dh = nullptr;       // [B][T - first_step][H]; may be null when dh_last or dc_last is given
  std::size_t first_step = 0;      // T - 1: the last step only
  std::size_t row_stride = 0;      // 0 = (T - first_step) * H
  const float* dh_last = nullptr;  // [B][H], added to dh of the last step; null = zeros
  const float* dc_last = nullptr;  // [B][H], LSTM only; null = zeros
};

// What backward() is to write (never adds to it); null = not wanted. With no d*weight and d*bias wanted
// (explaining a model) the work on them is skipped. Both weight gradients are computed when one is wanted.
struct Gradients {
  float* dweight_ih = nullptr;    // [G*H][F]
  float* dweight_hh = nullptr;    // [G*H][H]
  float* dbias_ih = nullptr;      // [G*H]
  float* dbias_hh = nullptr;      // [G*H]
  float* dx = nullptr;            // [B][T][F]
  std::size_t dx_row_stride = 0;  // 0 = T * F
  float* dh0 = nullptr;           // [B][H]
  float* dc0 = nullptr;           // [B][H], LSTM only
};

// What forward() keeps for backward(): activated gates and the state of every step, 5 floats per batch row,
// step and (padded) hidden unit. Memory is kept from call to call and grows when it has to; on huge pages
// where the system allows. One workspace serves one forward/backward pair at a time.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  std::size_t bytes() const;  // held now
  struct Impl;
  Impl& impl() { return *impl_; }
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// Runs the layer over all steps. With a workspace, saves in it what backward() needs; without (null), nothing
// is saved. Runs on core::thread_count() threads.
void forward(const Shape& shape, const Weights& weights, const Input& x, const State& initial,
             const Output& output, Workspace* workspace, Isa isa = Isa::automatic);

// Gradients of the last forward() call with this workspace; shape, weights and x must be what that call got.
// What was saved stays: backward() may be called again with another gradient. Uses the instruction set of
// that forward() call.
void backward(const Shape& shape, const Weights& weights, const Input& x, const OutputGradient& gradient,
              Workspace& workspace, const Gradients& result);

}  // namespace phreatic::kernels
