// SPDX-License-Identifier: BSD-3-Clause
// One tree as a program for the pattern kernel: how each leaf's pattern of passed features comes about, and
// for every pattern what it adds to each feature (or pair of features). Two leaves under one split share their
// tables.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/trees/bins.hpp"
#include "phreatic/trees/booster.hpp"
#include "phreatic/trees/table.hpp"

namespace phreatic::trees {

struct PatternProgram {
  std::vector<PatternOp> ops;
  std::vector<PatternGroup> groups;
  std::vector<PatternSum> sums;
  std::vector<float> tables;
  std::vector<std::size_t> slots;  // per slot of the sums: the feature, or the pair i * features + j, i < j
  std::size_t levels = 1;
};

// `background` null: path-dependent. The tree has at most kWidestPattern features on a path.
PatternProgram make_program(const Tree& tree, double weight, std::size_t features, const Bins& bins,
                            const Table* background, bool pairs);

// The most features on the path to a leaf, and about how many bytes the tables of its program take.
struct PathSize {
  std::size_t features = 0;
  std::size_t bytes = 0;
};
PathSize path_size(const Tree& tree, bool pairs);

// What the tree gives on average: over cover, or over the background.
double mean_value(const Tree& tree, const Table* background);

bool goes_left(const Node& node, const float* x);

}  // namespace phreatic::trees
