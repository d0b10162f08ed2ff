// SPDX-License-Identifier: BSD-3-Clause
// Memory for floats, aligned for vectors and, when large, on huge pages where the system allows.
#pragma once

#include <cstddef>

namespace phreatic::kernels {

class Buffer {
 public:
  Buffer() = default;
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  // At least `count` floats; what was in it is lost when it has to grow. Throws std::bad_alloc.
  float* take(std::size_t count);
  float* data() { return data_; }
  std::size_t bytes() const { return capacity_ * sizeof(float); }

 private:
  float* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace phreatic::kernels
