// SPDX-License-Identifier: BSD-3-Clause
// Vectors of 16 floats: AVX-512F. Only for sources compiled with these flags.
#pragma once

#ifndef PHREATIC_EMULATED_AVX512  // the tests run this source on SIMDe's emulation of the intrinsics
#include <immintrin.h>
#endif

namespace phreatic::kernels {
namespace {

struct Avx512Vector {
  using V = __m512;
  static constexpr int kWidth = 16;

  static V load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, V v) { _mm512_storeu_ps(p, v); }
  static void stream(float* p, V v) { _mm512_stream_ps(p, v); }
  static V set(float a) { return _mm512_set1_ps(a); }
  static V add(V a, V b) { return _mm512_add_ps(a, b); }
  static V sub(V a, V b) { return _mm512_sub_ps(a, b); }
  static V mul(V a, V b) { return _mm512_mul_ps(a, b); }
  static V div(V a, V b) { return _mm512_div_ps(a, b); }
  static V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }    // a b + c
  static V fms(V a, V b, V c) { return _mm512_fmsub_ps(a, b, c); }    // a b - c
  static V fnma(V a, V b, V c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a b
  static V clamp(V a, float low, float high) {
    return _mm512_max_ps(set(low), _mm512_min_ps(set(high), a));  // this order keeps NaN
  }
  // a 2^n where n stands in the low bits of t (math.hpp).
  static V scale(V a, V t) {
    const __m512i power = _mm512_slli_epi32(_mm512_castps_si512(t), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), power));
  }
  static void fence() { _mm_sfence(); }
};

}  // namespace
}  // namespace phreatic::kernels
