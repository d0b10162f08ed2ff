// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/forest.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/trees/bins.hpp"
#include "phreatic/trees/kernels/lines.hpp"

namespace phreatic::trees {
namespace {

constexpr std::size_t kBlocksPerTask = 16;

// A tree with more leaves than a byte can number, walked row by row.
struct WalkTree {
  std::vector<Node> nodes;
  float weight = 1;

  float value(const float* x) const {
    std::size_t i = 0;
    while (!nodes[i].leaf()) {
      const Node& node = nodes[i];
      const float v = x[static_cast<std::size_t>(node.feature)];
      const bool left = std::isnan(v) ? node.default_left : v < node.threshold;
      i = static_cast<std::size_t>(left ? node.left : node.right);
    }
    return weight * nodes[i].value;
  }
};

// Trees in order: runs of blended ones, and single walked ones between them.
struct Run {
  std::size_t first = 0, count = 0;  // of `blended`, or the one of `walked`
  bool walked = false;
};

}  // namespace

struct Forest::Impl {
  explicit Impl(const Booster& booster)
      : features(booster.features),
        bins(booster),
        base(base_margin(booster)),
        link(link_of(booster.objective)) {
    for (std::size_t t = 0; t < booster.trees.size(); ++t) {
      const Tree& tree = booster.trees[t];
      const auto weight = static_cast<float>(booster.weight(t));
      const bool walk = leaf_count(tree) > kMostLeaves;
      if (runs.empty() || walk || runs.back().walked)
        runs.push_back({walk ? walked.size() : blended.size(), 0, walk});
      ++runs.back().count;
      if (walk)
        walked.push_back({tree.nodes, weight});
      else
        add(tree, weight);
    }
    aligned_leaves.clear(leaves.size());
    std::copy(leaves.begin(), leaves.end(), aligned_leaves.data());
  }

  // Operations of one tree. Nodes over two leaves come first, each with a slot of its own; every other node
  // takes over the slot of a child.
  struct Operations {
    std::vector<BlendOp> pairs, others;
  };

  // Leaves are numbered from left to right. Returns the place of the node's leaf numbers in the arena.
  std::uint32_t place(const Tree& tree, std::size_t index, float weight, std::size_t first_leaf,
                      Operations& out) {
    const Node& node = tree.nodes[index];
    if (node.leaf()) {
      leaves.push_back(weight * node.value);
      return static_cast<std::uint32_t>((leaves.size() - 1 - first_leaf) * kBlock);
    }
    const auto left = place(tree, static_cast<std::size_t>(node.left), weight, first_leaf, out);
    const auto right = place(tree, static_cast<std::size_t>(node.right), weight, first_leaf, out);
    const Bins::Split split = bins.split(node);
    if (left < kConstants && right < kConstants) {
      const auto mine = static_cast<std::uint32_t>(kConstants + out.pairs.size() * kBlock);
      out.pairs.push_back({split.x, left, right, mine, split.threshold});
      return mine;
    }
    const std::uint32_t mine = left >= kConstants ? left : right;
    out.others.push_back({split.x, left, right, mine, split.threshold});
    return mine;
  }

  void add(const Tree& tree, float weight) {
    BlendTree out{};
    Operations operations;
    out.first = static_cast<std::uint32_t>(ops.size());
    out.leaves = static_cast<std::uint32_t>(leaves.size());
    out.root = place(tree, 0, weight, leaves.size(), operations);
    out.pairs = static_cast<std::uint32_t>(operations.pairs.size());
    ops.insert(ops.end(), operations.pairs.begin(), operations.pairs.end());
    ops.insert(ops.end(), operations.others.begin(), operations.others.end());
    out.count = static_cast<std::uint32_t>(ops.size()) - out.first;
    slots = std::max(slots, operations.pairs.size());
    out.bits = 4;
    while ((std::size_t{1} << out.bits) < leaves.size() - out.leaves) ++out.bits;
    leaves.resize(out.leaves + (std::size_t{1} << out.bits), 0.0F);
    blended.push_back(out);
  }

  struct Scratch {
    Lines<std::uint8_t> bytes, arena;
    Lines<float> sums;
  };
  Scratch scratch() const {
    Scratch s{Lines<std::uint8_t>(bins.bytes()), Lines<std::uint8_t>(kConstants + slots * kBlock),
              Lines<float>(kBlock)};
    for (std::size_t i = 0; i < kMostLeaves; ++i)
      std::fill_n(s.arena.data() + i * kBlock, kBlock, static_cast<std::uint8_t>(i));
    return s;
  }

  void block(const Kernel& kernel, const float* x, std::size_t rows, Scratch& s, float* out) const {
    bins.fill(kernel, x, rows, s.bytes.data());
    float* const sums = s.sums.data();
    std::fill_n(sums, kBlock, base);
    for (const Run& run : runs) {
      if (!run.walked) {
        kernel.blend({ops.data(), blended.data() + run.first, run.count, aligned_leaves.data(),
                      s.bytes.data(), s.arena.data(), sums});
        continue;
      }
      for (std::size_t r = 0; r < rows; ++r) sums[r] += walked[run.first].value(x + r * features);
    }
    std::copy_n(sums, rows, out);
  }

  std::size_t features;
  Bins bins;
  float base;
  Link link;
  std::vector<BlendOp> ops;
  std::vector<BlendTree> blended;
  std::vector<float> leaves;  // while trees are added
  Lines<float> aligned_leaves;
  std::vector<WalkTree> walked;
  std::vector<Run> runs;
  std::size_t slots = 1;
};

Forest::Forest(const Booster& booster) : impl_(std::make_unique<Impl>(booster)) {}
Forest::~Forest() = default;

std::size_t Forest::features() const { return impl_->features; }

void Forest::margins(std::size_t rows, const float* x, float* out) const {
  const Kernel& k = kernel();
  const std::size_t chunk = kBlock * kBlocksPerTask;
  core::parallel_for((rows + chunk - 1) / chunk, [&](std::size_t task) {
    auto scratch = impl_->scratch();
    const std::size_t end = std::min(rows, (task + 1) * chunk);
    for (std::size_t r = task * chunk; r < end; r += kBlock)
      impl_->block(k, x + r * impl_->features, std::min(kBlock, end - r), scratch, out + r);
  });
}

void Forest::predict(std::size_t rows, const float* x, float* out) const {
  margins(rows, x, out);
  if (impl_->link == Link::identity) return;
  for (std::size_t r = 0; r < rows; ++r) out[r] = transform(impl_->link, out[r]);
}

std::vector<float> predict(const Booster& booster, const Table& table) {
  PHREATIC_ASSERT(table.features() == booster.features);
  std::vector<float> out(table.rows);
  Forest(booster).predict(table.rows, table.values.data(), out.data());
  return out;
}

}  // namespace phreatic::trees
