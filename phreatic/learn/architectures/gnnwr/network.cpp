// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/network.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::learn {
namespace {

constexpr float kEpsilon = 1e-5F;  // of batch normalisation
constexpr float kMomentum = 0.1F;
constexpr std::uint64_t kLayersApart = 64;  // keys of dropout masks: update * kLayersApart + layer

void grow(std::vector<float>& v, std::size_t count) {
  if (v.size() < count) v.resize(count, 0.0F);
}

// out[n] = sum over rows of v[row][n]
void column_sums(const float* v, std::size_t rows, std::size_t columns, float* out) {
  std::fill_n(out, columns, 0.0F);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t n = 0; n < columns; ++n) out[n] += v[r * columns + n];
  }
}

}  // namespace

void SmallParameters::resize(std::size_t count) {
  for (auto* v : {&value, &gradient, &state1, &state2}) v->assign(kernels::dense_padded(count), 0.0F);
}

void SmallParameters::step(const kernels::DenseStep& step) {
  if (step.kind == kernels::DenseStepKind::store) return;
  kernels::dense_step(step, gradient.data(), value.size(), value.data(), state1.data(), state2.data());
}

std::vector<int> hidden_sizes(const GnnwrParams& params, std::size_t references, std::size_t terms) {
  if (!params.hidden.empty()) return params.hidden;
  std::vector<int> sizes;
  std::size_t size = 1;
  while (size * 2 <= references) size *= 2;
  for (; size > terms; size /= 2) sizes.push_back(static_cast<int>(size));
  return sizes;
}

void GnnwrNetwork::make_layers(std::size_t references, std::size_t terms, const std::vector<int>& hidden) {
  std::size_t inputs = references;
  std::size_t stride = kernels::dense_stride(references);
  for (std::size_t l = 0; l <= hidden.size(); ++l) {
    Layer layer;
    layer.last = l == hidden.size();
    layer.inputs = inputs;
    layer.outputs = layer.last ? terms : static_cast<std::size_t>(hidden[l]);
    layer.stride = kernels::dense_stride(layer.outputs);
    layer.x_stride = stride;
    for (auto* v : {&layer.w, &layer.state1, &layer.state2}) v->assign(layer.inputs * layer.stride, 0.0F);
    layer.small.resize((layer.last ? 1 : 3) * layer.stride);
    layer.mean.assign(layer.stride, 0.0F);
    layer.variance.assign(layer.stride, 1.0F);
    layer.inverse_deviation.assign(layer.stride, 0.0F);
    inputs = layer.outputs;
    stride = layer.stride;
    layers_.push_back(std::move(layer));
  }
  slope_.resize(1);
}

GnnwrNetwork::GnnwrNetwork(const GnnwrParams& params, std::size_t references, std::size_t terms,
                           std::uint64_t seed)
    : dropout_(params.dropout), seed_(seed) {
  make_layers(references, terms, hidden_sizes(params, references, terms));
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Layer& layer = layers_[l];
    core::RandomStream random(seed, "gnnwr weights", l);
    const double bound = std::sqrt(6.0 / static_cast<double>(layer.inputs));
    for (std::size_t k = 0; k < layer.inputs; ++k) {
      for (std::size_t n = 0; n < layer.outputs; ++n)
        layer.w[k * layer.stride + n] = static_cast<float>(random.uniform(-bound, bound));
    }
    if (!layer.last) std::fill_n(layer.scale(), layer.outputs, 1.0F);
  }
  slope_.value[0] = static_cast<float>(params.initial_slope);
  if (params.time) {
    proximity_ = std::make_unique<Proximity>(params.proximity, references, layers_.front().x_stride);
    proximity_->start(seed);
  }
}

GnnwrNetwork::GnnwrNetwork(const GnnwrParams& params, const GnnwrWeights& weights)
    : dropout_(params.dropout) {
  std::vector<int> hidden;
  for (const auto& layer : weights.layers) hidden.push_back(static_cast<int>(layer.outputs));
  const std::size_t terms = weights.layers.back().outputs;
  hidden.pop_back();
  const std::size_t references = weights.layers.front().inputs;
  make_layers(references, terms, hidden);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Layer& layer = layers_[l];
    const GnnwrWeights::Layer& from = weights.layers[l];
    for (std::size_t n = 0; n < layer.outputs; ++n) {
      for (std::size_t k = 0; k < layer.inputs; ++k)
        layer.w[k * layer.stride + n] = from.weight[n * layer.inputs + k];
    }
    std::copy(from.bias.begin(), from.bias.end(), layer.bias());
    if (layer.last) continue;
    std::copy(from.scale.begin(), from.scale.end(), layer.scale());
    std::copy(from.shift.begin(), from.shift.end(), layer.shift());
    std::copy(from.mean.begin(), from.mean.end(), layer.mean.begin());
    std::copy(from.variance.begin(), from.variance.end(), layer.variance.begin());
  }
  slope_.value[0] = weights.slope;
  if (params.time) {
    proximity_ = std::make_unique<Proximity>(params.proximity, references, layers_.front().x_stride);
    proximity_->load(weights);
  }
}

GnnwrWeights GnnwrNetwork::export_from(bool gradients) const {
  GnnwrWeights out;
  for (const Layer& layer : layers_) {
    GnnwrWeights::Layer to;
    to.inputs = layer.inputs;
    to.outputs = layer.outputs;
    to.weight.resize(layer.inputs * layer.outputs);
    const std::vector<float>& matrix = gradients ? layer.state1 : layer.w;
    for (std::size_t n = 0; n < layer.outputs; ++n) {
      for (std::size_t k = 0; k < layer.inputs; ++k)
        to.weight[n * layer.inputs + k] = matrix[k * layer.stride + n];
    }
    const float* const small = (gradients ? layer.small.gradient : layer.small.value).data();
    to.bias.assign(small, small + layer.outputs);
    if (!layer.last) {
      to.scale.assign(small + layer.stride, small + layer.stride + layer.outputs);
      to.shift.assign(small + 2 * layer.stride, small + 2 * layer.stride + layer.outputs);
      to.mean.assign(layer.mean.begin(), layer.mean.begin() + static_cast<std::ptrdiff_t>(layer.outputs));
      to.variance.assign(layer.variance.begin(),
                         layer.variance.begin() + static_cast<std::ptrdiff_t>(layer.outputs));
    }
    out.layers.push_back(std::move(to));
  }
  out.slope = (gradients ? slope_.gradient : slope_.value)[0];
  if (proximity_) proximity_->store(out, gradients);
  return out;
}

GnnwrWeights GnnwrNetwork::weights() const { return export_from(false); }
GnnwrWeights GnnwrNetwork::gradients() const { return export_from(true); }

void GnnwrNetwork::reserve(std::size_t rows) {
  for (Layer& layer : layers_) {
    for (auto* v : {&layer.z, &layer.mask, &layer.a}) grow(*v, rows * layer.stride);
    grow(layer.d, rows * layer.x_stride);
  }
}

const float* GnnwrNetwork::input_of(const GnnwrBatch& batch, bool training) {
  return proximity_ ? proximity_->forward(batch.rows, batch.space, batch.time, training) : batch.space;
}

kernels::NormLayer GnnwrNetwork::norm_of(Layer& layer, std::size_t rows) const {
  return {rows,
          layer.stride,
          layer.scale(),
          layer.shift(),
          slope_.value[0],
          kEpsilon,
          layer.inverse_deviation.data(),
          layer.z.data(),
          dropout_ > 0 ? layer.mask.data() : nullptr};
}

void GnnwrNetwork::forward_hidden(Layer& layer, const float* x, std::size_t rows, std::uint64_t update,
                                  std::size_t index) {
  kernels::dense_forward(layer.shape(rows), x, layer.w.data(), layer.bias(), layer.z.data());
  if (dropout_ > 0) {
    core::RandomStream random(seed_, "gnnwr dropout", update * kLayersApart + index);
    const std::uint64_t key = (static_cast<std::uint64_t>(random()) << 32) | random();
    kernels::dropout_mask(rows * layer.stride, dropout_, key, layer.mask.data());
  }
  kernels::norm_forward(norm_of(layer, rows), kMomentum, layer.mean.data(), layer.variance.data(),
                        layer.a.data());
}

// From the gradient d of the layer's output, which is used up, to that of its linear part (in layer.z).
void GnnwrNetwork::backward_hidden(Layer& layer, float* d, std::size_t rows) {
  const std::size_t width = layer.stride;
  float* const gradient = layer.small.gradient.data();
  std::vector<float> d_slope(width);
  kernels::norm_backward(norm_of(layer, rows), d, gradient, gradient + width, gradient + 2 * width,
                         d_slope.data());
  for (const float sum : d_slope) slope_.gradient[0] += sum;
}

double GnnwrNetwork::train(const GnnwrBatch& batch, const kernels::DenseStep& step, std::uint64_t update) {
  PHREATIC_ASSERT(batch.rows >= 2);
  const std::size_t rows = batch.rows;
  reserve(rows);
  const float* const first = input_of(batch, true);
  const float* x = first;
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    forward_hidden(layers_[l], x, rows, update, l);
    x = layers_[l].a.data();
  }
  Layer& last = layers_.back();
  kernels::dense_forward(last.shape(rows), x, last.w.data(), last.bias(), last.z.data());
  double squares = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const float* const c = batch.terms + r * last.outputs;
    float* const w = last.z.data() + r * last.stride;
    float value = 0;
    for (std::size_t k = 0; k < last.outputs; ++k) value += w[k] * c[k];
    const float error = value - batch.target[r];
    squares += static_cast<double>(error) * error;
    const float factor = 2.0F / static_cast<float>(rows) * error;
    for (std::size_t k = 0; k < last.outputs; ++k) w[k] = factor * c[k];
    std::fill(w + last.outputs, w + last.stride, 0.0F);
  }
  column_sums(last.z.data(), rows, last.stride, last.small.gradient.data());
  slope_.gradient[0] = 0;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    Layer& layer = layers_[l];
    if (!layer.last) backward_hidden(layer, layers_[l + 1].d.data(), rows);
    const float* const in = l == 0 ? first : layers_[l - 1].a.data();
    const bool needed = l > 0 || proximity_ != nullptr;
    if (needed)
      kernels::dense_input_gradient(layer.shape(rows), layer.z.data(), layer.w.data(), layer.d.data());
    kernels::dense_update(layer.shape(rows), step, in, layer.z.data(), layer.w.data(), layer.state1.data(),
                          layer.state2.data());
    layer.small.step(step);
  }
  if (proximity_) {
    Proximity& p = *proximity_;
    p.backward(rows, batch.space, batch.time, layers_.front().d.data());
    if (step.kind != kernels::DenseStepKind::store)
      kernels::dense_step(step, p.gradient.data(), p.value.size(), p.value.data(), p.state1.data(),
                          p.state2.data());
  }
  slope_.step(step);
  return squares;
}

void GnnwrNetwork::evaluate_hidden(Layer& layer, const float* x, std::size_t rows) {
  const std::size_t width = layer.stride;
  kernels::dense_forward(layer.shape(rows), x, layer.w.data(), layer.bias(), layer.z.data());
  std::vector<float> factor(width);
  std::vector<float> constant(width);
  for (std::size_t k = 0; k < width; ++k) {
    factor[k] = layer.scale()[k] / std::sqrt(layer.variance[k] + kEpsilon);
    constant[k] = layer.shift()[k] - factor[k] * layer.mean[k];
  }
  kernels::norm_evaluate(rows, width, factor.data(), constant.data(), slope_.value[0], layer.z.data(),
                         layer.a.data());
}

void GnnwrNetwork::evaluate(const GnnwrBatch& batch, float* w) {
  const std::size_t rows = batch.rows;
  reserve(rows);
  const float* x = input_of(batch, false);
  if (proximity_) spread_ = proximity_->spread(rows);
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    evaluate_hidden(layers_[l], x, rows);
    x = layers_[l].a.data();
  }
  Layer& last = layers_.back();
  kernels::dense_forward(last.shape(rows), x, last.w.data(), last.bias(), last.z.data());
  for (std::size_t r = 0; r < rows; ++r)
    std::copy_n(last.z.data() + r * last.stride, last.outputs, w + r * last.outputs);
}

}  // namespace phreatic::learn
