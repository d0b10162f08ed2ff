// SPDX-License-Identifier: BSD-3-Clause
// Arrays of a network by a peer: weights, inputs, outputs and gradients (tests/reference/learn/*_fixture.py).
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "phreatic/learn/architectures/parameters_torch.hpp"
#include "phreatic/learn/files/safetensors.hpp"

namespace phreatic::learn {

class Fixture {
 public:
  explicit Fixture(const std::string& name)
      : file_("tests/reference/learn/" + name + ".safetensors"), content_(read_safetensors(file_)) {}
  bool has(const std::string& name) const { return content_.find(name) != nullptr; }
  at::Tensor at(const std::string& name) const {
    const StoredTensor* stored = content_.find(name);
    EXPECT_NE(stored, nullptr) << name;
    std::vector<float> values = stored_floats(*stored, file_);
    return tensor_of(values, {stored->shape.begin(), stored->shape.end()}, at::Device(at::kCPU)).clone();
  }
  std::vector<float> flat(const ParameterLayout& layout) const {
    return unpack_parameters(layout, content_, "parameter.", file_);
  }
  std::size_t parameters() const {
    std::size_t count = 0;
    for (const StoredTensor& t : content_.tensors) count += t.name.starts_with("parameter.") ? 1 : 0;
    return count;
  }

 private:
  std::string file_;
  SafeTensors content_;
};

// Within `tolerance` of the largest.
inline void expect_close(const at::Tensor& got, const at::Tensor& want, double tolerance,
                         const std::string& what) {
  ASSERT_EQ(got.sizes(), want.sizes()) << what;
  const double largest = want.abs().max().item<double>();
  EXPECT_LE((got - want).abs().max().item<double>(), tolerance * std::max(largest, 1e-2)) << what;
}

}  // namespace phreatic::learn
