// SPDX-License-Identifier: BSD-3-Clause
// What a forward pass works on: parameters as views into one flat tensor, inputs, dropout. Private to learn.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/layout.hpp"
#include "phreatic/learn/samples/samples.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

// Deterministic algorithms, one libtorch thread (ours are core::parallel_for). Once per thread that runs
// libtorch. Throws InputError when `device` is cuda and there is none.
void prepare_torch(DeviceKind device);
// Runs f(); what libtorch throws (out of memory ...) becomes a RunError without its backtrace.
template <class F>
auto with_torch(const F& f) {
  try {
    return f();
  } catch (const c10::Error& error) {
    throw core::RunError(std::string("libtorch: ") + error.what_without_backtrace());
  }
}
at::Device torch_device(DeviceKind device);
at::Tensor tensor_of(std::vector<float>& values, const std::vector<std::int64_t>& shape,
                     const at::Device& device);

class Parameters {
 public:
  // `trainable`: parameters ask for gradients.
  Parameters(const ParameterLayout& layout, const std::vector<float>& flat, DeviceKind device,
             bool trainable);
  const at::Tensor& at(const std::string& name) const { return views_.at(name); }
  at::Device device() const { return flat_.device(); }
  at::Tensor& flat() { return flat_; }          // all parameters
  at::Tensor& gradient() { return gradient_; }  // all gradients; backward() adds to it
  std::vector<float> values() const;            // flat, on the CPU
  // The same values (shared) with gradients of their own where these have some; on the CPU.
  std::unique_ptr<Parameters> twin() const;
  void add_gradient(const Parameters& twin) const {
    if (gradient_.defined()) gradient_.add_(twin.gradient_);
  }
  const at::Tensor& first() const { return views_.begin()->second; }  // any of them

 private:
  Parameters() = default;
  void make_views(bool trainable);

  ParameterLayout layout_;
  at::Tensor flat_;
  at::Tensor gradient_;
  std::unordered_map<std::string, at::Tensor> views_;
};

// Dropout masks of one weight update: each value is kept with probability 1 - p and then scaled by 1 / (1 -
// p). Chunks of values have streams of their own (seed, "dropout", update, chunk), so that the threads do not
// matter; masks of one update follow each other in the order in which they are asked for.
class Dropout {
 public:
  void start(std::uint64_t seed, std::uint64_t update) {
    seed_ = seed;
    update_ = update;
    next_chunk_ = first_chunk_;
    used_ = 0;
  }
  // Masks of one update for a part of the rows that is run by itself, from streams of their own.
  std::unique_ptr<Dropout> branch(std::size_t number) const {
    auto part = std::make_unique<Dropout>();
    part->first_chunk_ = (number + 1) << 32;
    part->start(seed_, update_);
    return part;
  }
  // Undefined for p = 0. The tensor lives until the next start().
  at::Tensor mask(double p, const std::vector<std::int64_t>& sizes, const at::Device& device);
  // For masks that a kernel makes itself: the next number of the same stream.
  std::uint64_t key();

 private:
  std::uint64_t seed_ = 0, update_ = 0, first_chunk_ = 0, next_chunk_ = 0;
  std::vector<std::vector<float>> masks_;  // memory kept from update to update
  std::size_t used_ = 0;
};

// The weights by which a network chose, of those that have such.
struct Looks {
  at::Tensor statics;    // [B][S]
  at::Tensor past;       // [B][encoder steps][variables]
  at::Tensor future;     // [B][decoder steps][features]
  at::Tensor attention;  // [B][outputs][T]
};

struct ForwardCall {
  at::Tensor x;                // [B][T][C]
  at::Tensor statics;          // [B][S]; undefined without statics
  std::int64_t outputs = 1;    // last steps that are put out
  Dropout* dropout = nullptr;  // null: off
  Looks* looks = nullptr;      // filled where it is given, with all rows in one piece
};

// The call for a batch; its tensors use the batch's memory.
ForwardCall forward_call(Batch& batch, const at::Device& device, Dropout* dropout);

}  // namespace phreatic::learn
