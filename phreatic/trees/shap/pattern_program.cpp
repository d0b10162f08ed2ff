// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/shap/pattern_program.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/trees/shap/leaf_game.hpp"

namespace phreatic::trees {
namespace {

// Features of a path in the order in which they come first; bit i of a pattern is feature i.
struct Path {
  std::vector<std::int32_t> features;
  std::vector<double> passing;          // share of cover of its splits so far
  std::vector<unsigned char> patterns;  // of the background rows
};

class Builder {
 public:
  Builder(const Tree& tree, double weight, std::size_t features, const Bins& bins, const Table* background,
          bool pairs)
      : tree_(tree),
        weight_(weight),
        features_(features),
        bins_(bins),
        background_(background),
        pairs_(pairs) {}

  PatternProgram build() {
    Path path;
    if (background_ != nullptr) path.patterns.assign(background_->rows, 0);
    if (!tree_.nodes[0].leaf()) split(tree_.nodes[0], path, 0);
    return std::move(out_);
  }

 private:
  const Node& node(std::int32_t index) const { return tree_.nodes[static_cast<std::size_t>(index)]; }

  // The path one split further.
  Path extend(const Node& parent, const Path& path, bool left, std::size_t bit) const {
    Path out = path;
    if (bit == path.features.size()) {
      out.features.push_back(parent.feature);
      out.passing.push_back(1.0);
    }
    const Node& child = node(left ? parent.left : parent.right);
    out.passing[bit] *= static_cast<double>(child.cover) / static_cast<double>(parent.cover);
    const bool fresh = bit == path.features.size();
    for (std::size_t r = 0; r < out.patterns.size(); ++r) {
      const bool passes = goes_left(parent, background_->row(r)) == left;
      const auto mask = static_cast<unsigned char>(1U << bit);
      if (fresh && passes) out.patterns[r] = static_cast<unsigned char>(out.patterns[r] | mask);
      if (!fresh && !passes) out.patterns[r] = static_cast<unsigned char>(out.patterns[r] & ~mask);
    }
    return out;
  }

  void op(const Node& parent, std::size_t level, std::size_t bit, bool right, bool set) {
    const Bins::Split s = bins_.split(parent);
    out_.ops.push_back({s.x, static_cast<std::uint16_t>(level), static_cast<std::uint16_t>(level + 1),
                        s.threshold, static_cast<std::uint8_t>(1U << bit), right, set});
    out_.levels = std::max(out_.levels, level + 2);
  }

  void split(const Node& parent, const Path& path, std::size_t level) {
    const auto found = std::find(path.features.begin(), path.features.end(), parent.feature);
    const auto bit = static_cast<std::size_t>(found - path.features.begin());
    const bool fresh = found == path.features.end();
    const std::size_t d = path.features.size() + (fresh ? 1U : 0U);
    PHREATIC_ASSERT(d <= kWidestPattern);
    if (node(parent.left).leaf() && node(parent.right).leaf() && (fresh || d < kWidestPattern)) {
      two_leaves(parent, path, level, bit, fresh);
      return;
    }
    for (const bool left : {true, false}) {
      const Node& child = node(left ? parent.left : parent.right);
      op(parent, level, bit, !left, fresh);
      const Path further = extend(parent, path, left, bit);
      if (!child.leaf()) {
        split(child, further, level + 1);
        continue;
      }
      const std::vector<double> values = game(child, further);
      const std::size_t sets = std::size_t{1} << d;
      add(further, d, level + 1, [&](std::size_t k, std::size_t p) { return values[k * sets + p]; });
    }
  }

  // One group for both leaves under a split. The bit of its own tells the way: the feature's where it is new on
  // the path, else an additional one.
  void two_leaves(const Node& parent, const Path& path, std::size_t level, std::size_t bit, bool fresh) {
    const Path to_left = extend(parent, path, true, bit), to_right = extend(parent, path, false, bit);
    const std::vector<double> left = game(node(parent.left), to_left);
    const std::vector<double> right = game(node(parent.right), to_right);
    const std::size_t d = to_left.features.size();
    const std::size_t sets = std::size_t{1} << d, own = std::size_t{1} << bit;
    const std::size_t way_bit = fresh ? bit : d;
    const std::size_t way = std::size_t{1} << way_bit;
    op(parent, level, way_bit, false, true);
    add(to_left, fresh ? d : d + 1, level + 1, [&](std::size_t k, std::size_t p) {
      const bool goes = (p & way) != 0;
      const std::size_t before = p & (sets - 1);
      const bool passed = fresh || (before & own) != 0;  // the feature's earlier splits
      const std::size_t in = before | own, failed = before & ~own;
      return left[k * sets + (passed && goes ? in : failed)] +
             right[k * sets + (passed && !goes ? in : failed)];
    });
  }

  std::vector<double> game(const Node& leaf, const Path& path) const {
    const std::size_t d = path.features.size();
    const std::vector<double> g =
        background_ != nullptr ? background_weights(path.patterns, d) : path_weights(path.passing);
    const double v = weight_ * static_cast<double>(leaf.value);
    return pairs_ ? leaf_interactions(v, g, d) : leaf_values(v, g, d);
  }

  // A group of `bits` with a table for every feature or pair of the path; value(k, pattern).
  template <class Value>
  void add(const Path& path, std::size_t bits, std::size_t level, const Value& value) {
    const std::size_t stored = std::max<std::size_t>(bits, 4);
    std::size_t k = 0;
    const auto table = [&](std::size_t slot) {
      out_.sums.push_back(
          {static_cast<std::uint32_t>(local(slot)), static_cast<std::uint32_t>(out_.tables.size())});
      for (std::size_t p = 0; p < std::size_t{1} << bits; ++p)
        out_.tables.push_back(static_cast<float>(value(k, p)));
      out_.tables.resize(out_.sums.back().table + (std::size_t{1} << stored), 0.0F);
      ++k;
    };
    for (std::size_t i = 0; i < path.features.size(); ++i) {
      const auto a = static_cast<std::size_t>(path.features[i]);
      if (!pairs_) table(a);
      for (std::size_t j = i + 1; pairs_ && j < path.features.size(); ++j) {
        const auto b = static_cast<std::size_t>(path.features[j]);
        table(std::min(a, b) * features_ + std::max(a, b));
      }
    }
    out_.groups.push_back({static_cast<std::uint32_t>(out_.ops.size()),
                           static_cast<std::uint32_t>(out_.sums.size()), static_cast<std::uint16_t>(level),
                           static_cast<std::uint8_t>(bits)});
  }

  std::size_t local(std::size_t slot) {
    const auto found = std::find(out_.slots.begin(), out_.slots.end(), slot);
    if (found == out_.slots.end()) {
      out_.slots.push_back(slot);
      return out_.slots.size() - 1;
    }
    return static_cast<std::size_t>(found - out_.slots.begin());
  }

  const Tree& tree_;
  double weight_;
  std::size_t features_;
  const Bins& bins_;
  const Table* background_;
  bool pairs_;
  PatternProgram out_;
};

void measure(const Tree& tree, const Node& node, std::vector<std::int32_t>& path, bool pairs, PathSize& out) {
  const std::size_t d = path.size();
  if (node.leaf()) {
    out.features = std::max(out.features, d);
    if (d <= kWidestPattern)
      out.bytes +=
          (std::size_t{1} << std::max<std::size_t>(d, 4)) * (pairs ? d * (d - 1) / 2 : d) * sizeof(float);
    return;
  }
  const bool fresh = std::find(path.begin(), path.end(), node.feature) == path.end();
  if (fresh) path.push_back(node.feature);
  measure(tree, tree.nodes[static_cast<std::size_t>(node.left)], path, pairs, out);
  measure(tree, tree.nodes[static_cast<std::size_t>(node.right)], path, pairs, out);
  if (fresh) path.pop_back();
}

}  // namespace

bool goes_left(const Node& node, const float* x) {
  const float v = x[static_cast<std::size_t>(node.feature)];
  return std::isnan(v) ? node.default_left : v < node.threshold;
}

PatternProgram make_program(const Tree& tree, double weight, std::size_t features, const Bins& bins,
                            const Table* background, bool pairs) {
  return Builder(tree, weight, features, bins, background, pairs).build();
}

PathSize path_size(const Tree& tree, bool pairs) {
  PathSize out;
  std::vector<std::int32_t> path;
  measure(tree, tree.nodes[0], path, pairs, out);
  return out;
}

double mean_value(const Tree& tree, const Table* background) {
  double sum = 0;
  if (background != nullptr) {
    for (std::size_t r = 0; r < background->rows; ++r) {
      std::size_t i = 0;
      while (!tree.nodes[i].leaf())
        i = static_cast<std::size_t>(goes_left(tree.nodes[i], background->row(r)) ? tree.nodes[i].left
                                                                                  : tree.nodes[i].right);
      sum += static_cast<double>(tree.nodes[i].value);
    }
    return sum / static_cast<double>(background->rows);
  }
  std::vector<std::pair<std::size_t, double>> open{{0, 1.0}};
  while (!open.empty()) {
    const auto [i, share] = open.back();
    open.pop_back();
    const Node& node = tree.nodes[i];
    if (node.leaf()) {
      sum += share * static_cast<double>(node.value);
      continue;
    }
    for (const std::int32_t child : {node.left, node.right}) {
      const auto c = static_cast<std::size_t>(child);
      open.emplace_back(c,
                        share * static_cast<double>(tree.nodes[c].cover) / static_cast<double>(node.cover));
    }
  }
  return sum;
}

}  // namespace phreatic::trees
