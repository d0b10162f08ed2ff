// SPDX-License-Identifier: BSD-3-Clause
// Vectors of `Parts` x 4 floats in plain C++ (the compilers' vector extension: SSE2, NEON, or scalar code).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace phreatic::kernels {
namespace {

using Float4 = float __attribute__((vector_size(16)));
using Int4 = std::int32_t __attribute__((vector_size(16)));

template <int Parts>
struct PortableVector {
  struct V {
    Float4 part[Parts] = {};
  };
  static constexpr int kWidth = 4 * Parts;

#define PHREATIC_EACH_PART for (int i = 0; i < Parts; ++i)
  static V load(const float* p) {
    V v;
    std::memcpy(v.part, p, sizeof v.part);
    return v;
  }
  static void store(float* p, V v) { std::memcpy(p, v.part, sizeof v.part); }
  static void stream(float* p, V v) { store(p, v); }
  static V set(float a) {
    V v;
    PHREATIC_EACH_PART v.part[i] = Float4{a, a, a, a};
    return v;
  }
  static V add(V a, V b) {
    PHREATIC_EACH_PART a.part[i] += b.part[i];
    return a;
  }
  static V sub(V a, V b) {
    PHREATIC_EACH_PART a.part[i] -= b.part[i];
    return a;
  }
  static V mul(V a, V b) {
    PHREATIC_EACH_PART a.part[i] *= b.part[i];
    return a;
  }
  static V div(V a, V b) {
    PHREATIC_EACH_PART a.part[i] /= b.part[i];
    return a;
  }
  static V fma(V a, V b, V c) { return add(mul(a, b), c); }   // a b + c
  static V fms(V a, V b, V c) { return sub(mul(a, b), c); }   // a b - c
  static V fnma(V a, V b, V c) { return sub(c, mul(a, b)); }  // c - a b
  static V clamp(V a, float low, float high) {
    PHREATIC_EACH_PART {
      for (int k = 0; k < 4; ++k) {
        const float x = a.part[i][k];
        a.part[i][k] = x < low ? low : (x > high ? high : x);
      }
    }
    return a;
  }
  // a 2^n where n stands in the low bits of t (math.hpp).
  static V scale(V a, V t) {
    PHREATIC_EACH_PART {
      Int4 bits;
      Int4 power;
      std::memcpy(&bits, &a.part[i], sizeof bits);
      std::memcpy(&power, &t.part[i], sizeof power);
      for (int k = 0; k < 4; ++k) {
        const auto shifted = static_cast<std::uint32_t>(power[k]) << 23;
        bits[k] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits[k]) + shifted);
      }
      std::memcpy(&a.part[i], &bits, sizeof bits);
    }
    return a;
  }
#undef PHREATIC_EACH_PART
  static void fence() {}
};

}  // namespace
}  // namespace phreatic::kernels
