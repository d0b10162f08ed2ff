// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/row_chunks_torch.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>
#include <utility>
#include <vector>

#include "phreatic/core/parallel.hpp"

namespace phreatic::learn {
namespace {

struct Chunk {
  std::int64_t from = 0;
  std::int64_t count = 0;
  std::unique_ptr<Parameters> parameters;  // the same values, gradients of its own
  at::Tensor x, statics;                   // leaves of the chunk's graph
  std::unique_ptr<Dropout> dropout;
  at::Tensor out;
};

struct Chunks : torch::CustomClassHolder {
  std::vector<Chunk> list;
  const Parameters* whole = nullptr;
};

// body(i) for every chunk on our threads, libtorch on one thread in each.
template <class Body>
void each_chunk(std::size_t count, const Body& body) {
  const bool gradients = c10::GradMode::is_enabled();
  core::parallel_for(count, [&](std::size_t i) {
    at::set_num_threads(1);
    const c10::AutoGradMode mode(gradients);
    body(i);
  });
}

at::Tensor leaf(const at::Tensor& given, const Chunk& chunk, bool gradient) {
  if (!given.defined()) return {};
  at::Tensor rows = given.detach().narrow(0, chunk.from, chunk.count);
  if (gradient) rows.set_requires_grad(true);
  return rows;
}

ForwardCall call_of(const Chunk& chunk, const ForwardCall& whole) {
  ForwardCall call = whole;
  call.x = chunk.x;
  call.statics = chunk.statics;
  call.dropout = chunk.dropout.get();
  return call;
}

at::Tensor joined(const std::vector<Chunk>& chunks) {
  std::vector<at::Tensor> parts;
  for (const Chunk& c : chunks) parts.push_back(c.out.detach());
  return at::cat(parts, 0);
}

struct RowsNode : torch::autograd::Function<RowsNode> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                            const at::Tensor& /*any parameter: puts the node into the graph*/,
                            const c10::intrusive_ptr<Chunks>& chunks) {
    ctx->saved_data["chunks"] = c10::IValue::make_capsule(chunks);
    ctx->saved_data["x"] = x.requires_grad();
    return joined(chunks->list);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 const torch::autograd::variable_list& gradients) {
    const auto capsule = ctx->saved_data["chunks"].toCapsule();
    auto* chunks = static_cast<Chunks*>(capsule.get());
    const at::Tensor whole = gradients[0].contiguous();
    {
      const c10::AutoGradMode on(true);
      each_chunk(chunks->list.size(), [&](std::size_t i) {
        Chunk& c = chunks->list[i];
        c.out.backward(whole.narrow(0, c.from, c.count));
        c.out.reset();
      });
    }
    std::vector<at::Tensor> dx;
    for (Chunk& c : chunks->list) {
      chunks->whole->add_gradient(*c.parameters);
      if (ctx->saved_data["x"].toBool()) dx.push_back(c.x.grad());
    }
    return {dx.empty() ? at::Tensor() : at::cat(dx, 0), {}, {}};
  }
};

}  // namespace

at::Tensor in_row_chunks(const Parameters& parameters, const ForwardCall& call, std::int64_t rows,
                         const RowForward& forward) {
  if (!parameters.device().is_cpu() || call.looks != nullptr) return forward(parameters, call);
  const bool gradients = c10::GradMode::is_enabled();
  const auto chunks = c10::make_intrusive<Chunks>();
  chunks->whole = &parameters;
  for (std::int64_t from = 0; from < call.x.size(0); from += rows) {
    Chunk c;
    c.from = from;
    c.count = std::min(rows, call.x.size(0) - from);
    c.x = leaf(call.x, c, gradients && call.x.requires_grad());
    c.statics = leaf(call.statics, c, false);
    if (call.dropout != nullptr) c.dropout = call.dropout->branch(chunks->list.size());
    c.parameters = parameters.twin();
    chunks->list.push_back(std::move(c));
  }
  each_chunk(chunks->list.size(), [&](std::size_t i) {
    Chunk& c = chunks->list[i];
    c.out = forward(*c.parameters, call_of(c, call));
  });
  if (!gradients) return joined(chunks->list);
  return RowsNode::apply(call.x, parameters.first(), chunks);
}

}  // namespace phreatic::learn
