// SPDX-License-Identifier: BSD-3-Clause
// What the drivers (forest.cpp, treeshap.cpp) and the sources compiled for one instruction set each tell each
// other: plain data only. All kernels work on blocks of kBlock rows as bytes: the byte of a column and row is
// the number of the column's thresholds that are <= the row's value, so that "x < threshold j" is "byte <= j".
// One vector of bytes then decides a node for as many rows.
#pragma once

#include <cstddef>
#include <cstdint>

namespace phreatic::trees {

inline constexpr std::size_t kBlock = 256;        // rows of a block
inline constexpr std::size_t kThresholds = 256;   // of a column, at most 255 and padding by NaN
inline constexpr std::size_t kMostLeaves = 256;   // of a tree that is blended
inline constexpr std::size_t kWidestPattern = 8;  // bits of a pattern
inline constexpr std::size_t kConstants = kMostLeaves * kBlock;  // bytes of an arena before its slots

// One feature's thresholds. A missing value is 0 in the low column (goes left everywhere) and 255 in the
// high one (goes right everywhere).
struct BinColumn {
  float thresholds[kThresholds];
  std::uint32_t feature;
  std::int32_t low, high;  // columns, or -1: not wanted
};

struct BinJob {
  const BinColumn* columns;
  std::size_t count;
  const float* x;  // [rows][features]
  std::size_t rows, features;
  std::uint8_t* bytes;  // [columns][kBlock]; rows that are not there become 0
};

// out = byte(x) <= threshold ? left : right, per row; left, right and out are places in the arena.
struct BlendOp {
  std::uint32_t x, left, right, out;
  std::uint8_t threshold;
};
struct BlendTree {
  std::uint32_t first, count;  // its operations
  std::uint32_t pairs;         // the first of them, whose left and right are constants
  std::uint32_t root;          // place of the leaf numbers
  std::uint32_t leaves;        // place in the leaf values
  std::uint32_t bits;          // leaf values are 2^bits, at least 16
};
// margins [kBlock] += leaf values, tree after tree. The arena holds 256 blocks of constant bytes, then slots.
struct BlendJob {
  const BlendOp* ops;
  const BlendTree* trees;
  std::size_t count;
  const float* leaves;
  const std::uint8_t* bytes;
  std::uint8_t* arena;
  float* margins;
};

// pattern(out) from pattern(in) and one split: set = in | (holds ? bit : 0), else in & (holds ? all : ~bit);
// holds: byte(x) <= threshold, or not where `right`.
struct PatternOp {
  std::uint32_t x;
  std::uint16_t in, out;
  std::uint8_t threshold, bit;
  bool right, set;
};
// sums(slot) += table[pattern(level)]
struct PatternSum {
  std::uint32_t slot;
  std::uint32_t table;  // place in the tables
};
struct PatternGroup {
  std::uint32_t op_end;   // operations to be done before
  std::uint32_t sum_end;  // its sums
  std::uint16_t level;
  std::uint8_t bits;  // tables have 2^bits entries, at least 16
};
struct PatternJob {
  const PatternOp* ops;
  const PatternGroup* groups;  // the first to be done
  std::size_t group_count;
  std::size_t first_op, first_sum;  // of the first group
  const PatternSum* sums;
  const float* tables;
  const std::uint8_t* bytes;  // [columns][kBlock]
  std::uint8_t* patterns;     // [levels][kBlock], the first all 0
  std::int32_t* index;        // [kBlock], scratch
  float* out;                 // [slots][kBlock], added to
};

struct Kernel {
  const char* name;
  void (*bin)(const BinJob&);
  void (*blend)(const BlendJob&);
  void (*patterns)(const PatternJob&);
};

// The widest that this machine has, or the one that the environment variable PHREATIC_ISA names
// (portable, avx2, avx512). Throws core::InputError when it is not there.
const Kernel& kernel();
const Kernel* kernel_named(const char* name);  // null: not available

extern const Kernel kPortableKernel;
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512Kernel;

}  // namespace phreatic::trees
