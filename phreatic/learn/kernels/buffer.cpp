// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/kernels/buffer.hpp"

#include <cstdlib>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace phreatic::kernels {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLine = 64;

}  // namespace

Buffer::~Buffer() { std::free(data_); }

float* Buffer::take(std::size_t count) {
  if (count <= capacity_) return data_;
  std::free(data_);
  data_ = nullptr;
  capacity_ = 0;
  const std::size_t wanted = count * sizeof(float);
  const std::size_t alignment = wanted >= kHugePage ? kHugePage : kLine;
  const std::size_t bytes = (wanted + alignment - 1) / alignment * alignment;
  data_ = static_cast<float*>(std::aligned_alloc(alignment, bytes));
  if (data_ == nullptr) throw std::bad_alloc();
#ifdef __linux__
  if (alignment == kHugePage) madvise(data_, bytes, MADV_HUGEPAGE);
#endif
  capacity_ = bytes / sizeof(float);
  return data_;
}

}  // namespace phreatic::kernels
