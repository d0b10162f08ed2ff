// SPDX-License-Identifier: BSD-3-Clause
// The kernels, written once on vectors of bytes as wide as the instruction set has them;
// look-ups in registers where there is AVX-512. Included by one source per instruction set; everything is in
// the unnamed namespace, so that each source keeps its own machine code.
#pragma once

#include <cmath>
#include <cstring>
#include <initializer_list>

#include "phreatic/trees/kernels/kernel.hpp"

#ifdef __AVX512VBMI__
#include <immintrin.h>
#define PHREATIC_TREES_AVX512
#elif defined(__AVX2__)
#include <immintrin.h>
#endif

namespace phreatic::trees {
namespace {

#if defined(PHREATIC_TREES_AVX512)
constexpr std::size_t kVector = 64;  // bytes of a vector; wider ones than the machine's are lowered badly
#elif defined(__AVX2__)
constexpr std::size_t kVector = 32;
#else
constexpr std::size_t kVector = 16;
#endif
using Bytes = std::uint8_t __attribute__((vector_size(kVector)));
using SignedBytes = std::int8_t __attribute__((vector_size(kVector)));

inline Bytes load(const std::uint8_t* p) {
  Bytes v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
inline void store(std::uint8_t* p, const Bytes& v) { std::memcpy(p, &v, sizeof(v)); }

// Number of thresholds <= x of `kBlock` values.
inline void count_thresholds(const float* t, const float* x, std::uint8_t* out) {
#ifdef PHREATIC_TREES_AVX512
  const __m512i pivot_places =
      _mm512_set_epi32(255, 239, 223, 207, 191, 175, 159, 143, 127, 111, 95, 79, 63, 47, 31, 15);
  const __m512 pivots = _mm512_i32gather_ps(pivot_places, t, 4);
  for (std::size_t r = 0; r < kBlock; r += 16) {
    const __m512 v = _mm512_loadu_ps(x + r);
    __m512i segment = _mm512_setzero_si512();
    for (int step = 8; step > 0; step /= 2) {
      const __m512i at = _mm512_add_epi32(segment, _mm512_set1_epi32(step - 1));
      const __mmask16 more = _mm512_cmp_ps_mask(_mm512_permutexvar_ps(at, pivots), v, _CMP_LE_OQ);
      segment = _mm512_mask_add_epi32(segment, more, segment, _mm512_set1_epi32(step));
    }
    __m512i n = _mm512_slli_epi32(segment, 4);
    for (int step = 8; step > 0; step /= 2) {
      const __m512 threshold = _mm512_i32gather_ps(n, t + step - 1, 4);
      const __mmask16 more = _mm512_cmp_ps_mask(threshold, v, _CMP_LE_OQ);
      n = _mm512_mask_add_epi32(n, more, n, _mm512_set1_epi32(step));
    }
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + r), _mm512_cvtepi32_epi8(n));
  }
#else
  for (std::size_t r = 0; r < kBlock; ++r) {
    unsigned n = 0;
    for (unsigned step = 128; step > 0; step /= 2) n += t[n + step - 1] <= x[r] ? step : 0U;
    out[r] = static_cast<std::uint8_t>(n);
  }
#endif
}

void bin(const BinJob& job) {
  alignas(64) float x[kBlock];
  alignas(64) std::uint8_t counts[kBlock];
  for (std::size_t c = 0; c < job.count; ++c) {
    const BinColumn& column = job.columns[c];
    bool missing = false;
    for (std::size_t r = 0; r < kBlock; ++r) {
      x[r] = r < job.rows ? job.x[r * job.features + column.feature] : 0.0F;
      missing = missing || x[r] != x[r];
    }
    count_thresholds(column.thresholds, x, counts);
    for (const std::int32_t target : {column.low, column.high}) {
      if (target < 0) continue;
      std::uint8_t* out = job.bytes + static_cast<std::size_t>(target) * kBlock;
      std::memcpy(out, counts, kBlock);
      if (!missing) continue;
      const std::uint8_t mark = target == column.low ? 0 : 255;
      for (std::size_t r = 0; r < kBlock; ++r) out[r] = x[r] != x[r] ? mark : out[r];
    }
  }
}

#ifdef PHREATIC_TREES_AVX512
// table[i] for 16 numbers i, of a table of 2^Bits floats held in registers.
template <int Bits>
struct Lookup {
  static constexpr int kVectors = Bits <= 4 ? 1 : 1 << (Bits - 4);
  __m512 t[kVectors];
  explicit Lookup(const float* table) {
    for (int i = 0; i < kVectors; ++i) t[i] = _mm512_loadu_ps(table + 16 * i);
  }
  __m512 operator()(__m512i i) const {
    if constexpr (Bits <= 4) {
      return _mm512_permutexvar_ps(i, t[0]);
    } else {
      return part<0, Bits>(i);
    }
  }
  template <int First, int Part>
  __m512 part(__m512i i) const {
    if constexpr (Part == 5) {
      return _mm512_permutex2var_ps(t[First], i, t[First + 1]);
    } else {
      const __mmask16 upper = _mm512_test_epi32_mask(i, _mm512_set1_epi32(1 << (Part - 1)));
      return _mm512_mask_blend_ps(upper, part<First, Part - 1>(i),
                                  part<First + (1 << (Part - 5)), Part - 1>(i));
    }
  }
};

template <int Bits>
void add_leaves_wide(const float* table, const std::uint8_t* leaf, float* out) {
  const Lookup<Bits> lookup(table);
  for (std::size_t r = 0; r < kBlock; r += 16) {
    const __m512i i = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(leaf + r)));
    _mm512_storeu_ps(out + r, _mm512_add_ps(_mm512_loadu_ps(out + r), lookup(i)));
  }
}

template <int Bits>
void add_patterns_wide(const float* table, const std::int32_t* index, float* out) {
  const Lookup<Bits> lookup(table);
  for (std::size_t r = 0; r < kBlock; r += 16) {
    const __m512i i = _mm512_loadu_si512(index + r);
    _mm512_storeu_ps(out + r, _mm512_add_ps(_mm512_loadu_ps(out + r), lookup(i)));
  }
}
#endif

// out[r] += table[leaf[r]]
inline void add_leaves(unsigned bits, const float* table, const std::uint8_t* leaf, float* out) {
#ifdef PHREATIC_TREES_AVX512
  if (bits <= 4) return add_leaves_wide<4>(table, leaf, out);
  if (bits == 5) return add_leaves_wide<5>(table, leaf, out);
  if (bits == 6) return add_leaves_wide<6>(table, leaf, out);
  if (bits == 7) return add_leaves_wide<7>(table, leaf, out);
  return add_leaves_wide<8>(table, leaf, out);
#else
  (void)bits;
  for (std::size_t r = 0; r < kBlock; ++r) out[r] += table[leaf[r]];
#endif
}

inline void add_patterns(unsigned bits, const float* table, const std::int32_t* index, float* out) {
#ifdef PHREATIC_TREES_AVX512
  if (bits <= 4) return add_patterns_wide<4>(table, index, out);
  if (bits == 5) return add_patterns_wide<5>(table, index, out);
  if (bits == 6) return add_patterns_wide<6>(table, index, out);
  if (bits == 7) return add_patterns_wide<7>(table, index, out);
  return add_patterns_wide<8>(table, index, out);
#elif defined(__AVX2__)
  (void)bits;
  for (std::size_t r = 0; r < kBlock; r += 8) {
    const __m256i i = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index + r));
    _mm256_storeu_ps(out + r, _mm256_add_ps(_mm256_loadu_ps(out + r), _mm256_i32gather_ps(table, i, 4)));
  }
#else
  (void)bits;
  for (std::size_t r = 0; r < kBlock; ++r) out[r] += table[index[r]];
#endif
}

// A node over two leaves: their numbers are in registers.
inline void blend_leaves(const BlendJob& job, const BlendOp& op) {
  const std::uint8_t left = static_cast<std::uint8_t>(op.left / kBlock);
  const std::uint8_t right = static_cast<std::uint8_t>(op.right / kBlock);
  const Bytes threshold = Bytes{} + op.threshold, a = Bytes{} + left, b = Bytes{} + right;
  const std::uint8_t* x = job.bytes + op.x;
  std::uint8_t* out = job.arena + op.out;
  for (std::size_t r = 0; r < kBlock; r += kVector) store(out + r, load(x + r) <= threshold ? a : b);
}

inline void blend_node(const BlendJob& job, const BlendOp& op) {
  const Bytes threshold = Bytes{} + op.threshold;
  const std::uint8_t* x = job.bytes + op.x;
  const std::uint8_t* left = job.arena + op.left;
  const std::uint8_t* right = job.arena + op.right;
  std::uint8_t* out = job.arena + op.out;
  for (std::size_t r = 0; r < kBlock; r += kVector) {
    const Bytes a = load(left + r), b = load(right + r);
    store(out + r, load(x + r) <= threshold ? a : b);
  }
}

void blend(const BlendJob& job) {
  for (std::size_t n = 0; n < job.count; ++n) {
    const BlendTree& tree = job.trees[n];
    const BlendOp* op = job.ops + tree.first;
    const BlendOp *const pairs_end = op + tree.pairs, *const end = op + tree.count;
    for (; op != pairs_end; ++op) blend_leaves(job, *op);
    for (; op != end; ++op) blend_node(job, *op);
    add_leaves(tree.bits, job.leaves + tree.leaves, job.arena + tree.root, job.margins);
  }
}

inline void do_pattern(const PatternJob& job, const PatternOp& op) {
  const Bytes threshold = Bytes{} + op.threshold;
  const Bytes bit = Bytes{} + op.bit;
  const std::uint8_t all = op.right ? 0xff : 0;
  const Bytes flip = Bytes{} + all;
  const std::uint8_t* x = job.bytes + op.x;
  const std::uint8_t* in = job.patterns + op.in * kBlock;
  std::uint8_t* out = job.patterns + op.out * kBlock;
  for (std::size_t r = 0; r < kBlock; r += kVector) {
    const SignedBytes left = load(x + r) <= threshold;
    const Bytes holds = reinterpret_cast<const Bytes&>(left) ^ flip;
    const Bytes pattern = load(in + r);
    store(out + r, op.set ? pattern | (holds & bit) : pattern & (holds | ~bit));
  }
}

void patterns(const PatternJob& job) {
  std::size_t op = job.first_op, sum = job.first_sum;
  for (std::size_t g = 0; g < job.group_count; ++g) {
    const PatternGroup& group = job.groups[g];
    for (; op < group.op_end; ++op) do_pattern(job, job.ops[op]);
    const std::uint8_t* pattern = job.patterns + group.level * kBlock;
    for (std::size_t r = 0; r < kBlock; ++r) job.index[r] = pattern[r];
    for (; sum < group.sum_end; ++sum)
      add_patterns(group.bits, job.tables + job.sums[sum].table, job.index,
                   job.out + job.sums[sum].slot * kBlock);
  }
}

}  // namespace
}  // namespace phreatic::trees
