// SPDX-License-Identifier: BSD-3-Clause
// A forward pass whose rows know nothing of each other, run on chunks of rows by our threads: each chunk has a
// graph and gradients of its own, summed in the order of the chunks. The cut depends on the sizes alone, so
// that results do not depend on the number of threads; chunks that fit into a cache are faster on one thread
// too. Private to learn.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "phreatic/learn/architectures/parameters_torch.hpp"

namespace phreatic::learn {

using RowForward = std::function<at::Tensor(const Parameters&, const ForwardCall&)>;

// As forward(parameters, call), in chunks of about `rows` rows; `forward` must outlive the graph. Parameters on
// another device than the CPU are run in one piece.
at::Tensor in_row_chunks(const Parameters& parameters, const ForwardCall& call, std::int64_t rows,
                         const RowForward& forward);

}  // namespace phreatic::learn
