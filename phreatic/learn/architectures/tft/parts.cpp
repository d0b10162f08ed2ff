// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/addmv.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/glu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/triu.h>

#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/learn/architectures/tft/parts_torch.hpp"
#include "phreatic/learn/architectures/tft/variables_torch.hpp"
#include "phreatic/learn/kernels/dense/dense.hpp"

namespace phreatic::learn::tft {
namespace {

// M_v e_v for every variable as a map of its channels: M [V][O][H].
struct Folded {
  at::Tensor single;  // [F][O], a row per channel
  at::Tensor pairs;   // [P][2][O]
  at::Tensor bias;    // [V][O]
};

Folded fold(const Embedding& e, const at::Tensor& matrices) {
  const std::int64_t hidden = e.weight.size(1);
  Folded f;
  f.bias = at::bmm(matrices, e.bias.unsqueeze(2)).squeeze(2);
  if (e.single > 0)
    f.single =
        at::bmm(matrices.narrow(0, 0, e.single), e.weight.narrow(0, 0, e.single).unsqueeze(2)).squeeze(2);
  if (e.pairs() > 0) {
    const at::Tensor w = e.weight.narrow(0, e.single, 2 * e.pairs()).view({e.pairs(), 2, hidden});
    f.pairs = at::bmm(w, matrices.narrow(0, e.single, e.pairs()).transpose(1, 2));
  }
  return f;
}

// [C][O]
at::Tensor map_of_channels(const Embedding& e, const Folded& f) {
  std::vector<at::Tensor> maps;
  if (e.single > 0) maps.push_back(f.single);
  if (e.pairs() > 0) maps.push_back(f.pairs.reshape({2 * e.pairs(), f.pairs.size(2)}));
  return maps.size() == 1 ? maps.front() : at::cat(maps, 0);
}

// The channels of N rows, by variable.
struct Channels {
  at::Tensor rows;    // [N][C]
  at::Tensor single;  // [F][N][1]
  at::Tensor pairs;   // [P][N][2]
};

Channels split(const Embedding& e, const at::Tensor& x, bool rows_alone) {
  Channels c{x, {}, {}};
  if (rows_alone) return c;
  if (e.single > 0) c.single = x.narrow(1, 0, e.single).t().contiguous().unsqueeze(2);
  if (e.pairs() > 0)
    c.pairs = x.narrow(1, e.single, 2 * e.pairs()).reshape({-1, e.pairs(), 2}).transpose(0, 1).contiguous();
  return c;
}

// Each variable's map of its channels, [V][N][O]; `more` [V][O] is added.
at::Tensor each(const Embedding& e, const Folded& f, const Channels& x, const at::Tensor& more = {}) {
  const at::Tensor bias = (more.defined() ? f.bias + more : f.bias).unsqueeze(1);
  std::vector<at::Tensor> parts;
  if (e.single > 0)
    parts.push_back(at::addcmul(bias.narrow(0, 0, e.single), x.single, f.single.unsqueeze(1)));
  if (e.pairs() > 0) parts.push_back(at::baddbmm(bias.narrow(0, e.single, e.pairs()), x.pairs, f.pairs));
  return parts.size() == 1 ? parts.front() : at::cat(parts, 0);
}

// The maps of all variables summed up, [N][O]: W [O][V H] applied to the joined embeddings.
at::Tensor joined(const Embedding& e, const at::Tensor& weight, const at::Tensor& bias, const Channels& x) {
  const std::int64_t out = weight.size(0);
  const Folded f = fold(e, weight.view({out, e.variables(), e.weight.size(1)}).transpose(0, 1));
  return at::linear(x.rows, map_of_channels(e, f).t(), f.bias.sum(0) + bias);
}

// A linear map, or one of each variable.
struct Map {
  at::Tensor weight, bias;
};

// GLU(W3 eta + b3) of a gated residual network, eta in front of its second map. Where nothing is dropped between them,
// the second map and that of the gate are one.
at::Tensor gated(const Part& part, const at::Tensor& eta) {
  const at::Tensor gate = part.at(".gate.weight");
  const at::Tensor fc2 = part.at(".fc2.weight");
  if (part.drops())
    return at::glu(
        part.linear(part.dropped(part.linear(eta, fc2, part.at(".fc2.bias"))), gate, part.at(".gate.bias")),
        -1);
  return at::glu(
      part.linear(eta, at::mm(gate, fc2), at::addmv(part.at(".gate.bias"), gate, part.at(".fc2.bias"))), -1);
}

// The second map of the variables' networks folded into that of their gates: [V][2 H][H].
Map folded_gate(const Map& gate, const Map& fc2) {
  return {at::bmm(gate.weight, fc2.weight),
          at::baddbmm(gate.bias.unsqueeze(2), gate.weight, fc2.bias.unsqueeze(2)).squeeze(2)};
}

// A gated residual network for each variable, [V][N][H].
at::Tensor variable_networks(const Part& part, const Embedding& e, const Channels& x) {
  const Folded fc1 = fold(e, part.at(".fc1.weight"));
  const at::Tensor hidden = at::elu(each(e, fc1, x, part.at(".fc1.bias")));
  const auto map = [](const Map& m, const at::Tensor& a) {
    return at::baddbmm(m.bias.unsqueeze(1), a, m.weight.transpose(1, 2));
  };
  const Map gate{part.at(".gate.weight"), part.at(".gate.bias")};
  const Map fc2{part.at(".fc2.weight"), part.at(".fc2.bias")};
  const at::Tensor gated = part.drops() ? at::glu(map(gate, part.dropped(map(fc2, hidden))), 2)
                                        : at::glu(map(folded_gate(gate, fc2), hidden), 2);
  const Folded itself{e.weight.narrow(0, 0, e.single),
                      e.weight.narrow(0, e.single, 2 * e.pairs()).view({e.pairs(), 2, e.weight.size(1)}),
                      e.bias};
  const at::Tensor sum = each(e, itself, x) + gated;
  const at::Tensor normal = at::layer_norm(sum, {sum.size(2)});
  return at::addcmul(part.at(".norm.bias").unsqueeze(1), normal, part.at(".norm.weight").unsqueeze(1));
}

// The same weighted and summed up by the fused kernel, [N][H].
at::Tensor fused_variables(const Part& part, const Embedding& e, const Channels& x,
                           const at::Tensor& weights) {
  const Folded fc1 = fold(e, part.at(".fc1.weight"));
  const Map gate{part.at(".gate.weight"), part.at(".gate.bias")};
  const Map fc2{part.at(".fc2.weight"), part.at(".fc2.bias")};
  VariableTensors t;
  t.x = x.rows;
  t.weights = weights;
  t.first = map_of_channels(e, fc1);
  t.first_bias = fc1.bias + part.at(".fc1.bias");
  t.own = e.weight;
  t.own_bias = e.bias;
  const Map last = part.drops() ? gate : folded_gate(gate, fc2);
  if (part.drops()) {
    t.second = fc2.weight;
    t.second_bias = fc2.bias;
  }
  t.gate = last.weight;
  t.gate_bias = last.bias;
  t.scale = part.at(".norm.weight");
  t.shift = part.at(".norm.bias");
  return weighted_variables(t, e.single, part.drops() ? part.rate : 0.0,
                            part.drops() ? part.dropout->key() : 0);
}

at::Tensor normalised(const Part& part, const at::Tensor& x) {
  return at::layer_norm(x, {x.size(-1)}, part.at(".norm.weight"), part.at(".norm.bias"));
}

// [N][H] with a row of context [B][H] added to the rows of each of B blocks.
at::Tensor with_context(const at::Tensor& x, const at::Tensor& context) {
  return (x.view({context.size(0), -1, x.size(1)}) + context.unsqueeze(1)).view(x.sizes());
}

}  // namespace

at::Tensor Part::dropped(const at::Tensor& x) const {
  if (!drops()) return x;
  if (!fused) return x * dropout->mask(rate, x.sizes().vec(), x.device());
  const auto count = static_cast<std::size_t>(x.numel());
  at::Tensor mask = at::empty({static_cast<std::int64_t>(kernels::dense_padded(count))}, x.options());
  kernels::dropout_mask(kernels::dense_padded(count), rate, dropout->key(), mask.data_ptr<float>());
  return x * mask.narrow(0, 0, x.numel()).view(x.sizes());
}

at::Tensor Part::linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const {
  return fused ? rows_linear(x, weight, bias) : at::linear(x, weight, bias);
}

at::Tensor gated_skip(const Part& part, const at::Tensor& skip, const at::Tensor& x, bool dropout) {
  const at::Tensor gated =
      at::glu(part.linear(dropout ? part.dropped(x) : x, part.at(".gate.weight"), part.at(".gate.bias")), -1);
  return normalised(part, skip + gated);
}

at::Tensor residual(const Part& part, const at::Tensor& a, const at::Tensor& context) {
  at::Tensor hidden = part.linear(a, part.at(".fc1.weight"), part.at(".fc1.bias"));
  if (context.defined()) hidden = hidden + part.linear(context, part.at(".context.weight"));
  return normalised(part, a + gated(part, at::elu(hidden)));
}

Selection select_variables(const Part& part, const Embedding& e, const at::Tensor& x,
                           const at::Tensor& context) {
  const Channels channels = split(e, x, part.fused);
  const Part weights = part.part(".weights");
  at::Tensor hidden = joined(e, weights.at(".fc1.weight"), weights.at(".fc1.bias"), channels);
  if (context.defined()) hidden = with_context(hidden, part.linear(context, weights.at(".context.weight")));
  const at::Tensor skip = joined(e, weights.at(".skip.weight"), weights.at(".skip.bias"), channels);
  Selection s;
  s.weights = at::softmax(normalised(weights, skip + gated(weights, at::elu(hidden))), 1);
  const Part variable = part.part(".variable");
  s.combined = part.fused ? fused_variables(variable, e, channels, s.weights)
                          : (variable_networks(variable, e, channels) * s.weights.t().unsqueeze(2)).sum(0);
  return s;
}

Attended attend(const Part& part, const at::Tensor& x, std::int64_t queries, std::int64_t heads) {
  const std::int64_t batch = x.size(0);
  const std::int64_t steps = x.size(1);
  const std::int64_t width = x.size(2) / heads;
  const at::Tensor last = x.narrow(1, steps - queries, queries);
  const at::Tensor q =
      part.linear(last, part.at(".query.weight")).view({batch, queries, heads, width}).transpose(1, 2);
  const at::Tensor k =
      part.linear(x, part.at(".key.weight")).view({batch, steps, heads, width}).transpose(1, 2);
  const at::Tensor v = part.linear(x, part.at(".value.weight"));
  const at::Tensor later = at::full({queries, steps}, -std::numeric_limits<float>::infinity(), x.options())
                               .triu(steps - queries + 1);
  const at::Tensor scores =
      at::matmul(q, k.transpose(2, 3)) * (1.0 / std::sqrt(static_cast<double>(width))) + later;
  Attended a;
  a.weights = at::softmax(scores, 3).mean(1);
  a.values = part.linear(at::bmm(a.weights, v), part.at(".out.weight"));
  return a;
}

}  // namespace phreatic::learn::tft
