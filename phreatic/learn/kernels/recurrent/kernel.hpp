// SPDX-License-Identifier: BSD-3-Clause
// What the driver (recurrent.cpp) and the sources compiled for one instruction set each tell each other:
// plain data only, so that nothing compiled with wide-vector flags can be merged into ordinary code by the
// linker.
#pragma once

#include <cstddef>

namespace phreatic::kernels {

// A cell has four slots per hidden unit, each one vector of W units wide. LSTM: i, f, g, o. GRU: n, r, z, q,
// where q = R_n h + b_hn stays apart from n's input part. The input x feeds x_count slots from x_first on,
// the state h feeds h_count slots from h_first on.
inline constexpr std::size_t kSlots = 4;
struct Slots {
  std::size_t x_first, x_count, h_first, h_count;
  std::size_t torch_gate[kSlots];
};
inline constexpr Slots kLstmSlots{0, 4, 0, 4, {0, 1, 2, 3}};
inline constexpr Slots kGruSlots{0, 3, 1, 3, {2, 0, 1, 2}};

// A block of R batch rows, with U = ceil(H / W) vectors of hidden units; Hp = U W.
struct BlockSize {
  std::size_t rows, steps, inputs, hidden, units;
};

struct ForwardJob {
  BlockSize size;
  const float* const* x_rows;  // [R]
  std::size_t x_step;
  const float* weights;  // per u: [F][x_count][W], [H][h_count][W]
  const float* bias;     // [U][4][W]
  const float* h0;       // [R][H] or null
  const float* c0;
  float* h;  // [R][T - h_first_step][H] or null
  std::size_t h_row_stride, h_first_step;
  float* h_last;  // [R][H] or null
  float* c_last;
  float* gates;      // saved: [T][U][R][4][W]; null = save nothing
  float* states;     // saved: [T + 1][U][R][W]; c (LSTM) or h (GRU), first the initial one
  float* h_initial;  // saved: [R][Hp]
  bool stream;       // write gates and states past the caches
  bool stream_h;     // and h: only with H a multiple of W and every row of h aligned
  float* scratch;    // forward_scratch() floats
};

struct BackwardJob {
  BlockSize size;
  const float* const* x_rows;  // [R]
  std::size_t x_step;
  const float* weights_h;  // columns of H; per column tile: [U][h_count][W][tile]
  const float* weights_x;  // columns of F; per column tile: [U][x_count][W][tile]
  const float* gates;
  const float* states;
  const float* h_initial;
  const float* dh;  // [R][T - dh_first_step][H] or null
  std::size_t dh_row_stride, dh_first_step;
  const float* dh_last;  // [R][H] or null
  const float* dc_last;
  float* dweights;  // laid out as ForwardJob::weights, added to; null = not wanted
  float* dbias;     // [U][4][W], added to
  float* dx;        // rows [T][F], or null
  std::size_t dx_row_stride;
  float* dh0;  // [R][H] or null
  float* dc0;
  std::size_t depth;  // steps gathered before they are added to dweights
  float* scratch;     // backward_scratch() floats
};

enum class Activation { exponential, sigmoid, hyperbolic_tangent };

// One instruction set.
struct Kernel {
  std::size_t width;        // W, floats per vector
  std::size_t column_tile;  // columns of the packed backward weights that stand together, in vectors
  void (*forward_lstm)(const ForwardJob&);
  void (*forward_gru)(const ForwardJob&);
  void (*backward_lstm)(const BackwardJob&);
  void (*backward_gru)(const BackwardJob&);
  void (*activate)(Activation, const float* x, float* y, std::size_t count);  // for the tests; count % W == 0
  // For the benchmarks: `repeats` products of a tile_rows x 4 W register tile, a [tile_rows][depth],
  // b [depth][4 W], c [tile_rows][4 W].
  void (*register_tile)(const float* a, const float* b, float* c, std::size_t depth, std::size_t repeats);
  std::size_t tile_rows;
};

const Kernel& portable_kernel();
const Kernel& avx2_kernel();
const Kernel& avx512_kernel();

inline std::size_t forward_scratch(const BlockSize& s, std::size_t width) {
  return s.rows * (3 * s.units * width + kSlots * width + s.inputs) + 64;
}
inline std::size_t backward_scratch(const BlockSize& s, std::size_t width, std::size_t depth) {
  const std::size_t padded = s.units * width;
  return s.rows * ((depth + 1) * (kSlots * padded + padded + s.inputs) + 3 * padded) + 128;
}

}  // namespace phreatic::kernels
