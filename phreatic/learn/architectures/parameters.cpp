// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros_like.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/parameters_torch.hpp"

namespace phreatic::learn {
namespace {

std::vector<std::int64_t> sizes_of(const Parameter& p) { return {p.shape.begin(), p.shape.end()}; }

// Every update asks for the same large arrays again: let the heap keep their pages instead of handing them
// back to the system, which costs a tenth of an update in page faults.
void keep_heap_pages() {
#ifdef __GLIBC__
  static const bool once = [] {
    ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    return true;
  }();
  static_cast<void>(once);
#endif
}

constexpr std::size_t kDropoutChunk = std::size_t{1} << 16;

}  // namespace

void prepare_torch(DeviceKind device) {
  keep_heap_pages();
  at::set_num_threads(1);
  if (device == DeviceKind::cuda) {
    if (!at::globalContext().hasCUDA())
      throw core::InputError({.where = "training.device",
                              .what = "cuda is asked for, but libtorch finds no CUDA device",
                              .allowed = "cpu on this machine",
                              .mend = "install the CUDA build of torch 2.13.0, or choose cpu"});
    return;
  }
  at::globalContext().setDeterministicAlgorithms(true, false);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

at::Device torch_device(DeviceKind device) {
  return at::Device(device == DeviceKind::cuda ? at::DeviceType::CUDA : at::DeviceType::CPU);
}

at::Tensor tensor_of(std::vector<float>& values, const std::vector<std::int64_t>& shape,
                     const at::Device& device) {
  at::Tensor t = at::from_blob(values.data(), shape, at::TensorOptions().dtype(at::kFloat));
  return device.is_cpu() ? t : t.to(device);
}

Parameters::Parameters(const ParameterLayout& layout, const std::vector<float>& flat, DeviceKind device,
                       bool trainable) {
  PHREATIC_ASSERT(flat.size() == layout.size);
  std::vector<float> copy = flat;
  flat_ = tensor_of(copy, {static_cast<std::int64_t>(flat.size())}, at::Device(at::kCPU)).clone();
  flat_ = flat_.to(torch_device(device));
  layout_ = layout;
  make_views(trainable);
}

void Parameters::make_views(bool trainable) {
  if (trainable) gradient_ = at::zeros_like(flat_);
  for (const Parameter& p : layout_.parameters) {
    const auto from = static_cast<std::int64_t>(p.offset);
    const auto count = static_cast<std::int64_t>(p.count);
    at::Tensor view = flat_.narrow(0, from, count).view(sizes_of(p)).detach();
    if (trainable) {
      view.set_requires_grad(true);
      view.mutable_grad() = gradient_.narrow(0, from, count).view(sizes_of(p));
    }
    views_.emplace(p.name, std::move(view));
  }
}

std::unique_ptr<Parameters> Parameters::twin() const {
  std::unique_ptr<Parameters> other(new Parameters);
  other->layout_ = layout_;
  other->flat_ = flat_;
  other->make_views(gradient_.defined());
  return other;
}

std::vector<float> Parameters::values() const {
  const at::Tensor cpu = flat_.to(at::kCPU).contiguous();
  const auto* data = cpu.const_data_ptr<float>();
  return {data, data + cpu.numel()};
}

// 16 random bits a value.
at::Tensor Dropout::mask(double p, const std::vector<std::int64_t>& sizes, const at::Device& device) {
  if (p <= 0) return {};
  if (used_ == masks_.size()) masks_.emplace_back();
  std::vector<float>& mask = masks_[used_++];
  std::size_t count = 1;
  for (const std::int64_t n : sizes) count *= static_cast<std::size_t>(n);
  mask.resize(count);
  const auto threshold = static_cast<std::uint32_t>(std::lround(p * 65536.0));
  const auto kept = static_cast<float>(1.0 / (1.0 - threshold / 65536.0));
  const std::size_t chunks = (count + kDropoutChunk - 1) / kDropoutChunk;
  core::parallel_for(chunks, [&](std::size_t c) {
    core::RandomStream random(seed_, "dropout", update_, next_chunk_ + c);
    const std::size_t end = std::min(count, (c + 1) * kDropoutChunk);
    for (std::size_t i = c * kDropoutChunk; i < end; i += 2) {
      const std::uint32_t word = random();
      mask[i] = (word & 0xffffU) < threshold ? 0.0F : kept;
      if (i + 1 < end) mask[i + 1] = (word >> 16) < threshold ? 0.0F : kept;
    }
  });
  next_chunk_ += chunks;
  return tensor_of(mask, sizes, device);
}

std::uint64_t Dropout::key() {
  core::RandomStream random(seed_, "dropout", update_, next_chunk_++);
  const std::uint64_t high = random();
  return (high << 32) | random();
}

ForwardCall forward_call(Batch& batch, const at::Device& device, Dropout* dropout) {
  const auto rows = static_cast<std::int64_t>(batch.rows);
  ForwardCall call;
  call.x = tensor_of(
      batch.x, {rows, static_cast<std::int64_t>(batch.steps), static_cast<std::int64_t>(batch.channels)},
      device);
  if (!batch.statics.empty())
    call.statics =
        tensor_of(batch.statics, {rows, static_cast<std::int64_t>(batch.statics.size()) / rows}, device);
  call.outputs = static_cast<std::int64_t>(batch.outputs());
  call.dropout = dropout;
  return call;
}

}  // namespace phreatic::learn
