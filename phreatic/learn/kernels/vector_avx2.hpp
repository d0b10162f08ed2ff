// SPDX-License-Identifier: BSD-3-Clause
// Vectors of 8 floats: AVX2 with FMA. Only for sources compiled with these flags.
#pragma once

#include <immintrin.h>

namespace phreatic::kernels {
namespace {

struct Avx2Vector {
  using V = __m256;
  static constexpr int kWidth = 8;

  static V load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, V v) { _mm256_storeu_ps(p, v); }
  static void stream(float* p, V v) { _mm256_stream_ps(p, v); }
  static V set(float a) { return _mm256_set1_ps(a); }
  static V add(V a, V b) { return _mm256_add_ps(a, b); }
  static V sub(V a, V b) { return _mm256_sub_ps(a, b); }
  static V mul(V a, V b) { return _mm256_mul_ps(a, b); }
  static V div(V a, V b) { return _mm256_div_ps(a, b); }
  static V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }    // a b + c
  static V fms(V a, V b, V c) { return _mm256_fmsub_ps(a, b, c); }    // a b - c
  static V fnma(V a, V b, V c) { return _mm256_fnmadd_ps(a, b, c); }  // c - a b
  static V clamp(V a, float low, float high) {
    return _mm256_max_ps(set(low), _mm256_min_ps(set(high), a));  // this order keeps NaN
  }
  // a 2^n where n stands in the low bits of t (math.hpp).
  static V scale(V a, V t) {
    const __m256i power = _mm256_slli_epi32(_mm256_castps_si256(t), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), power));
  }
  static void fence() { _mm_sfence(); }
};

}  // namespace
}  // namespace phreatic::kernels
