// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "phreatic/learn/architectures/recurrent/layer_torch.hpp"
#include "phreatic/learn/architectures/row_chunks_torch.hpp"
#include "phreatic/learn/architectures/tft/parts_torch.hpp"
#include "phreatic/learn/architectures/tft/tft.hpp"

namespace phreatic::learn {
namespace {

using tft::Embedding;
using tft::Part;
using tft::Selection;

// Floats of a chunk of rows in its widest array, which a processor's cache should hold: one of all variables where
// libtorch computes their networks, one of a single width on the kernel.
constexpr std::size_t kChunkFloats = std::size_t{1} << 21;
constexpr std::size_t kFusedChunkFloats = std::size_t{1} << 19;

class Tft : public Architecture {
 public:
  explicit Tft(const TftShape& shape) : shape_(shape) {}

  ParameterLayout layout() const override { return tft_layout(shape_); }
  std::vector<float> initial(const ParameterLayout& layout, std::uint64_t seed) const override {
    return tft_start(shape_, layout, seed);
  }
  bool carries_state() const override { return false; }
  std::size_t floats_per_step() const override {
    return shape_.channels() + (4 * shape_.past_variables() + 16) * shape_.hidden();
  }
  at::Tensor forward(const Parameters& p, const ForwardCall& call) const override {
    const std::size_t width = fused(p) ? shape_.hidden() : shape_.past_variables() * shape_.hidden();
    const std::size_t row = static_cast<std::size_t>(call.x.size(1)) * width;
    const std::size_t most =
        std::clamp<std::size_t>((fused(p) ? kFusedChunkFloats : kChunkFloats) / row, 4, 64);
    const auto batch = static_cast<std::size_t>(call.x.size(0));
    const std::size_t chunks = std::max<std::size_t>((batch + most - 1) / most, batch < 8 ? 1 : 2);
    const auto rows = static_cast<std::int64_t>((batch + chunks - 1) / chunks);
    return in_row_chunks(p, call, rows,
                         [this](const Parameters& own, const ForwardCall& part) { return run(own, part); });
  }

 private:
  struct Contexts {
    at::Tensor selection, enrichment, state_h, state_c;  // [B][H]; undefined without statics
  };

  bool fused(const Parameters& p) const {
    return p.device().is_cpu() && shape_.model.backend == RecurrentBackend::fused;
  }
  Part part(const Parameters& p, const ForwardCall& call, const char* name) const {
    return {p, name, call.dropout, dropout_of(shape_.model), fused(p)};
  }
  Embedding embedding(const Parameters& p, std::size_t variables) const {
    const std::size_t pairs = variables - shape_.features;
    return {p.at("embed.weight").narrow(0, 0, static_cast<std::int64_t>(shape_.features + 2 * pairs)),
            p.at("embed.bias").narrow(0, 0, static_cast<std::int64_t>(variables)),
            static_cast<std::int64_t>(shape_.features)};
  }
  at::Tensor run(const Parameters& p, const ForwardCall& call) const;
  Contexts contexts(const Parameters& p, const ForwardCall& call) const;
  Selection past(const Parameters& p, const ForwardCall& call, const Contexts& c) const;
  Selection future(const Parameters& p, const ForwardCall& call, const Contexts& c) const;
  at::Tensor recur(const Parameters& p, const at::Tensor& past, const at::Tensor& future,
                   const Contexts& c) const;

  std::int64_t encoder_steps(const ForwardCall& call) const {
    return std::min<std::int64_t>(static_cast<std::int64_t>(shape_.encoder), call.x.size(1) - 1);
  }

  TftShape shape_;
  std::shared_ptr<WorkspacePool> encoder_pool_ = std::make_shared<WorkspacePool>();
  std::shared_ptr<WorkspacePool> decoder_pool_ = std::make_shared<WorkspacePool>();
};

Tft::Contexts Tft::contexts(const Parameters& p, const ForwardCall& call) const {
  if (shape_.statics == 0) return {};
  const Embedding embedding{p.at("static_embed.weight"), p.at("static_embed.bias"),
                            static_cast<std::int64_t>(shape_.statics)};
  const Selection s = select_variables(part(p, call, "static"), embedding, call.statics, {});
  if (call.looks != nullptr) call.looks->statics = s.weights;
  const auto encode = [&](const char* name) { return residual(part(p, call, name), s.combined); };
  return {encode("context.selection"), encode("context.enrichment"), encode("context.state_h"),
          encode("context.state_c")};
}

// Rows of the encoder, [B * E][H].
Selection Tft::past(const Parameters& p, const ForwardCall& call, const Contexts& c) const {
  const at::Tensor x = call.x.narrow(1, 0, encoder_steps(call)).reshape({-1, call.x.size(2)});
  return select_variables(part(p, call, "past"), embedding(p, shape_.past_variables()), x, c.selection);
}

// Rows of the decoder, [B * D][H]. Where nothing is known of the future they are zeros.
Selection Tft::future(const Parameters& p, const ForwardCall& call, const Contexts& c) const {
  const std::int64_t from = encoder_steps(call);
  const std::int64_t steps = call.x.size(1) - from;
  if (shape_.features == 0)
    return {at::zeros({call.x.size(0) * steps, static_cast<std::int64_t>(shape_.hidden())}, call.x.options()),
            {}};
  const auto features = static_cast<std::int64_t>(shape_.features);
  const at::Tensor x = call.x.narrow(1, from, steps).narrow(2, 0, features).reshape({-1, features});
  return select_variables(part(p, call, "future"), embedding(p, shape_.features), x, c.selection);
}

// Encoder over the past, decoder over the future from the state that it ends in: [B][T][H].
at::Tensor Tft::recur(const Parameters& p, const at::Tensor& past, const at::Tensor& future,
                      const Contexts& c) const {
  const auto layer = [&](const std::string& name, const at::Tensor& x, const at::Tensor& h0,
                         const at::Tensor& c0, const std::shared_ptr<WorkspacePool>& pool) {
    const LayerCall call{.cell = CellKind::lstm,
                         .x = x,
                         .weight_ih = p.at(name + ".weight_ih"),
                         .weight_hh = p.at(name + ".weight_hh"),
                         .bias_ih = p.at(name + ".bias_ih"),
                         .bias_hh = p.at(name + ".bias_hh"),
                         .h0 = h0,
                         .c0 = c0};
    return fused(p) ? fused_lstm(call, pool) : torch_lstm(call);
  };
  const LstmResult seen = layer("encoder", past, c.state_h, c.state_c, encoder_pool_);
  const LstmResult ahead = layer("decoder", future, seen.last_h, seen.last_c, decoder_pool_);
  return at::cat({seen.outputs, ahead.outputs}, 1);
}

at::Tensor Tft::run(const Parameters& p, const ForwardCall& call) const {
  const std::int64_t batch = call.x.size(0);
  const std::int64_t steps = call.x.size(1);
  const auto hidden = static_cast<std::int64_t>(shape_.hidden());
  const Contexts c = contexts(p, call);
  const Selection seen = past(p, call, c);
  const Selection ahead = future(p, call, c);
  const at::Tensor past_rows = seen.combined.view({batch, -1, hidden});
  const at::Tensor future_rows = ahead.combined.view({batch, -1, hidden});
  const at::Tensor local = gated_skip(part(p, call, "locality"), at::cat({past_rows, future_rows}, 1),
                                      recur(p, past_rows, future_rows, c));
  const at::Tensor enriched = residual(part(p, call, "enrichment"), local,
                                       c.enrichment.defined() ? c.enrichment.unsqueeze(1) : at::Tensor());
  // Only the steps that are put out look back.
  const auto last = [&](const at::Tensor& x) { return x.narrow(1, steps - call.outputs, call.outputs); };
  const tft::Attended seen_by = attend(part(p, call, "attention"), enriched, call.outputs,
                                       static_cast<std::int64_t>(shape_.attention_heads()));
  const at::Tensor attended = gated_skip(part(p, call, "attention"), last(enriched), seen_by.values);
  const at::Tensor placed = residual(part(p, call, "position"), attended);
  const at::Tensor last_rows = gated_skip(part(p, call, "final"), last(local), placed, false);
  if (call.looks != nullptr) {
    call.looks->past = seen.weights.view({batch, -1, seen.weights.size(1)});
    if (ahead.weights.defined()) call.looks->future = ahead.weights.view({batch, -1, ahead.weights.size(1)});
    call.looks->attention = seen_by.weights;
  }
  return at::linear(last_rows, p.at("head.weight"), p.at("head.bias"));
}

}  // namespace

std::unique_ptr<Architecture> make_tft(const ModelParams& params, const InputShape& inputs) {
  return std::make_unique<Tft>(tft_shape(params, inputs));
}

}  // namespace phreatic::learn
