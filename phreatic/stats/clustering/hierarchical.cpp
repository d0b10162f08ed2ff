// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/hierarchical.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

template <class F>
std::vector<double> all_pairs(std::size_t n, F distance) {
  std::vector<double> matrix(n * n, 0);
  core::parallel_for(n, [&](std::size_t i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i != j) matrix[i * n + j] = distance(std::min(i, j), std::max(i, j));
    }
  });
  return matrix;
}

double updated(Linkage linkage, double d_il, double d_jl, double d_ij, double n_i, double n_j, double n_l) {
  switch (linkage) {
    case Linkage::average:
      return (n_i * d_il + n_j * d_jl) / (n_i + n_j);
    case Linkage::complete:
      return std::max(d_il, d_jl);
    case Linkage::ward:
      break;
  }
  const double squared =
      ((n_i + n_l) * d_il * d_il + (n_j + n_l) * d_jl * d_jl - n_l * d_ij * d_ij) / (n_i + n_j + n_l);
  return std::sqrt(std::max(squared, 0.0));
}

// Merges in the order in which the chain finds them; a cluster is named by its row, the second row's name
// lives on.
struct RawMerge {
  std::size_t i;
  std::size_t j;
  double height;
};

class Chain {
 public:
  Chain(std::vector<double> d, std::size_t n, Linkage linkage)
      : d_(std::move(d)), n_(n), linkage_(linkage), size_(n, 1) {}

  std::vector<RawMerge> run() {
    std::vector<RawMerge> merges;
    std::vector<std::size_t> chain;
    while (merges.size() + 1 < n_) {
      if (chain.empty()) chain.push_back(first_alive());
      const std::size_t end = chain.back();
      const std::size_t before = chain.size() > 1 ? chain[chain.size() - 2] : n_;
      const std::size_t next = nearest(end, before);
      if (next != before) {
        chain.push_back(next);
        continue;
      }
      chain.resize(chain.size() - 2);
      const std::size_t i = std::min(end, before);
      const std::size_t j = std::max(end, before);
      merges.push_back({i, j, d_[i * n_ + j]});
      merge(i, j);
    }
    return merges;
  }

 private:
  std::size_t first_alive() const {
    return static_cast<std::size_t>(
        std::find_if(size_.begin(), size_.end(), [](std::size_t s) { return s > 0; }) - size_.begin());
  }
  // The one before in the chain wins among equals, so that the chain ends.
  std::size_t nearest(std::size_t i, std::size_t before) const {
    std::size_t best = before;
    double distance = before < n_ ? d_[i * n_ + before] : std::numeric_limits<double>::infinity();
    for (std::size_t l = 0; l < n_; ++l) {
      if (l == i || size_[l] == 0) continue;
      if (d_[i * n_ + l] < distance || best == n_) {
        distance = d_[i * n_ + l];
        best = l;
      }
    }
    return best;
  }
  void merge(std::size_t i, std::size_t j) {
    const auto n_i = static_cast<double>(size_[i]);
    const auto n_j = static_cast<double>(size_[j]);
    for (std::size_t l = 0; l < n_; ++l) {
      if (size_[l] == 0 || l == i || l == j) continue;
      const double value = updated(linkage_, d_[i * n_ + l], d_[j * n_ + l], d_[i * n_ + j], n_i, n_j,
                                   static_cast<double>(size_[l]));
      d_[j * n_ + l] = d_[l * n_ + j] = value;
    }
    size_[j] += size_[i];
    size_[i] = 0;
  }

  std::vector<double> d_;
  std::size_t n_;
  Linkage linkage_;
  std::vector<std::size_t> size_;  // 0 = merged away
};

std::size_t root_of(std::vector<std::size_t>& parent, std::size_t i) {
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

}  // namespace

std::vector<double> euclidean_distances(const Points& points) {
  return all_pairs(points.count, [&](std::size_t i, std::size_t j) {
    return std::sqrt(squared_distance(points[i], points[j]));
  });
}

std::vector<double> correlation_distances(const Points& points) {
  return all_pairs(points.count, [&](std::size_t i, std::size_t j) {
    const double r = pearson(points[i], points[j]);
    return std::isnan(r) ? 1 : 1 - r;
  });
}

std::vector<Merge> agglomerate(const std::vector<double>& distances, std::size_t n, Linkage linkage) {
  PHREATIC_ASSERT(n >= 1 && distances.size() == n * n);
  std::vector<RawMerge> raw = Chain(distances, n, linkage).run();
  std::stable_sort(raw.begin(), raw.end(),
                   [](const RawMerge& a, const RawMerge& b) { return a.height < b.height; });
  // Rows to cluster numbers: any row of a cluster leads to its root, whose name is the cluster's.
  std::vector<std::size_t> parent(n);
  std::iota(parent.begin(), parent.end(), 0);
  std::vector<std::size_t> name = parent;
  std::vector<std::size_t> size(n, 1);
  std::vector<Merge> merges;
  merges.reserve(raw.size());
  for (const RawMerge& m : raw) {
    const std::size_t a = root_of(parent, m.i);
    const std::size_t b = root_of(parent, m.j);
    parent[a] = b;
    size[b] += size[a];
    merges.push_back({std::min(name[a], name[b]), std::max(name[a], name[b]), m.height, size[b]});
    name[b] = n + merges.size() - 1;
  }
  return merges;
}

std::vector<int> cut(const std::vector<Merge>& merges, std::size_t clusters) {
  const std::size_t n = merges.size() + 1;
  PHREATIC_ASSERT(clusters >= 1 && clusters <= n);
  std::vector<std::size_t> parent(2 * n - 1);
  std::iota(parent.begin(), parent.end(), 0);
  for (std::size_t i = 0; i < n - clusters; ++i) parent[merges[i].first] = parent[merges[i].second] = n + i;
  std::vector<std::size_t> roots;
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> group(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t root = root_of(parent, i);
    const auto found = std::find(roots.begin(), roots.end(), root);
    group[i] = static_cast<std::size_t>(found - roots.begin());
    if (found == roots.end()) {
      roots.push_back(root);
      sizes.push_back(0);
    }
    ++sizes[group[i]];
  }
  std::vector<std::size_t> order(roots.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  std::vector<int> number(roots.size());
  for (std::size_t c = 0; c < order.size(); ++c) number[order[c]] = static_cast<int>(c);
  std::vector<int> labels(n);
  for (std::size_t i = 0; i < n; ++i) labels[i] = number[group[i]];
  return labels;
}

}  // namespace phreatic::stats
