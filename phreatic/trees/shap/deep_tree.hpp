// SPDX-License-Identifier: BSD-3-Clause
// Shapley values of a tree with more features on a path than tables of patterns hold, row by row.
// Path-dependent, with o_i = 1 where the row passes the splits of feature i and z_i their share of cover:
//   phi_i = v (o_i - z_i) integral_0^1 prod_{j != i} (o_j t + z_j (1 - t)) dt
// The integrand is a polynomial of degree d - 1: Gauss-Legendre with ceil(d / 2) points is exact.
// Interventional: for every background row the leaves that a mixture of it and the row can reach.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/trees/booster.hpp"
#include "phreatic/trees/table.hpp"

namespace phreatic::trees {

class DeepTree {
 public:
  DeepTree(const Tree& tree, double weight, std::size_t features, const Table* background);
  // Adds to phi [features].
  void values(const float* x, double* phi) const;
  // Adds to phi [features][features], above and below the diagonal.
  void interactions(const float* x, double* phi) const;

 private:
  struct Condition {
    std::size_t node;
    bool left;
  };
  struct Step {  // one feature on the path to a leaf
    std::size_t feature;
    double passing;
    std::vector<Condition> conditions;
  };
  struct Leaf {
    double value;
    std::vector<Step> steps;
    std::size_t rule;  // of quadrature
  };
  struct Rule {
    std::vector<double> t, w;  // on 0..1
  };
  void collect(std::size_t node, std::vector<Step>& steps);
  template <class Emit>
  void leaf_by_leaf(const float* x, const Emit& emit) const;
  template <class Emit>
  void pair_by_pair(const float* x, const Emit& emit) const;

  Tree tree_;
  double weight_;
  std::size_t features_;
  const Table* background_;
  std::vector<Leaf> leaves_;
  std::vector<Rule> rules_;  // by number of points
};

}  // namespace phreatic::trees
