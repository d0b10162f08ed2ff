// SPDX-License-Identifier: BSD-3-Clause
// Memory that begins at a cache line: a vector of 64 bytes across two lines costs twice.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

namespace phreatic::trees {

// `count` numbers, all 0 at first.
template <class T>
class Lines {
 public:
  explicit Lines(std::size_t count = 0) { clear(count); }
  void clear(std::size_t count) {
    count_ = count;
    lines_.assign((count * sizeof(T) + 63) / 64, Line{});
  }
  T* data() { return reinterpret_cast<T*>(lines_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(lines_.data()); }
  std::size_t size() const { return count_; }

 private:
  struct alignas(64) Line {
    unsigned char bytes[64];
  };
  std::vector<Line> lines_;
  std::size_t count_ = 0;
};

}  // namespace phreatic::trees
