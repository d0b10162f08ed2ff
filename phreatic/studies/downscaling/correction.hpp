// SPDX-License-Identifier: BSD-3-Clause
// From coarse to fine: interpolation of coarse values, the residual correction of a model's fine prediction and its closure
// on the coarse cells. Method: docs/methods/downscaling.md.
#pragma once

#include <array>

#include "phreatic/studies/downscaling/storage/inputs.hpp"

namespace phreatic::studies::downscaling {

// Bilinear between coarse centres; beyond the outermost ones, and beside cells without value, weights are shared out among
// those that have one. The value of the own coarse cell where none of the four has one.
class Upsampler {
 public:
  explicit Upsampler(const Cells& cells);
  std::vector<double> bilinear(std::span<const double> coarse) const;
  std::vector<double> block(std::span<const double> coarse) const;

 private:
  const Cells* cells_;
  std::vector<std::array<std::size_t, 4>> at_;
  std::vector<std::array<double, 4>> weight_;
};

struct Closure {
  double largest = 0;  // |coarse - mean of fine|, mm, over cells with both
  double squares = 0;
  std::size_t cells = 0;
  void add(const Closure& other);
};

// fine + interpolated residuals, so that the means of the coarse cells are `coarse`: back-projection (li2026) until no
// residual is above `tolerance`, then an exact shift of each cell. Fine cells without value stay so; those of coarse cells
// without value become so. Returns what is left.
Closure close_on(const Cells& cells, const Upsampler& up, std::span<const double> coarse,
                 std::span<double> fine, double tolerance);

// Closure at blocks of `degrees` on a side.
Closure closure_at(const Cells& cells, std::span<const double> coarse, std::span<const double> fine,
                   double degrees);

}  // namespace phreatic::studies::downscaling
