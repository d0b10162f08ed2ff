// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/shap/deep_tree.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "phreatic/trees/shap/leaf_game.hpp"
#include "phreatic/trees/shap/pattern_program.hpp"

namespace phreatic::trees {
namespace {

// Which of a feature's values a reached leaf needs: any, the row's, or the background's.
enum class Need : unsigned char { any, row, background };

}  // namespace

DeepTree::DeepTree(const Tree& tree, double weight, std::size_t features, const Table* background)
    : tree_(tree), weight_(weight), features_(features), background_(background) {
  if (background_ != nullptr) return;
  std::vector<Step> steps;
  collect(0, steps);
  std::size_t most = 0;
  for (const Leaf& leaf : leaves_) most = std::max(most, leaf.rule);
  for (std::size_t n = 0; n <= most; ++n) {
    Rule rule;
    for (std::size_t i = 0; i < n; ++i) {  // roots of the Legendre polynomial by Newton's method
      const auto count = static_cast<double>(n);
      double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (count + 0.5)), slope = 1;
      for (int turn = 0; turn < 100; ++turn) {
        double before = 1, now = x;
        for (std::size_t k = 2; k <= n; ++k) {
          const auto order = static_cast<double>(k);
          const double next = ((2 * order - 1) * x * now - (order - 1) * before) / order;
          before = now;
          now = next;
        }
        slope = count * (x * now - before) / (x * x - 1);
        const double step = now / slope;
        x -= step;
        if (std::abs(step) < 1e-16) break;
      }
      rule.t.push_back(0.5 * (1 + x));
      rule.w.push_back(1 / ((1 - x * x) * slope * slope));
    }
    rules_.push_back(std::move(rule));
  }
}

void DeepTree::collect(std::size_t index, std::vector<Step>& steps) {
  const Node& node = tree_.nodes[index];
  if (node.leaf()) {
    leaves_.push_back({weight_ * static_cast<double>(node.value), steps, (steps.size() + 1) / 2});
    return;
  }
  for (const bool left : {true, false}) {
    const auto child = static_cast<std::size_t>(left ? node.left : node.right);
    std::vector<Step> further = steps;
    const auto feature = static_cast<std::size_t>(node.feature);
    auto found =
        std::find_if(further.begin(), further.end(), [&](const Step& s) { return s.feature == feature; });
    if (found == further.end()) found = further.insert(found, {feature, 1.0, {}});
    found->passing *= static_cast<double>(tree_.nodes[child].cover) / static_cast<double>(node.cover);
    found->conditions.push_back({index, left});
    collect(child, further);
  }
}

// emit(leaf, passed [d], factors [d][points], weighted products [points])
template <class Emit>
void DeepTree::leaf_by_leaf(const float* x, const Emit& emit) const {
  std::vector<char> left(tree_.nodes.size(), 0);
  for (std::size_t i = 0; i < left.size(); ++i)
    left[i] = !tree_.nodes[i].leaf() && goes_left(tree_.nodes[i], x) ? 1 : 0;
  std::vector<double> passed, factors, products;
  for (const Leaf& leaf : leaves_) {
    const Rule& rule = rules_[leaf.rule];
    const std::size_t points = rule.t.size(), d = leaf.steps.size();
    passed.assign(d, 1.0);
    factors.resize(d * points);
    products = rule.w;
    bool possible = d > 0;
    for (std::size_t i = 0; i < d; ++i) {
      const Step& step = leaf.steps[i];
      for (const Condition& c : step.conditions) {
        if ((left[c.node] != 0) != c.left) passed[i] = 0;
      }
      possible = possible && (passed[i] > 0 || step.passing > 0);
      for (std::size_t k = 0; k < points; ++k) {
        factors[i * points + k] = passed[i] * rule.t[k] + step.passing * (1 - rule.t[k]);
        products[k] *= factors[i * points + k];
      }
    }
    if (possible) emit(leaf, passed, factors, products);
  }
}

// For every background row and every leaf that a mixture reaches: emit(value, needs, rows', backgrounds').
template <class Emit>
void DeepTree::pair_by_pair(const float* x, const Emit& emit) const {
  struct State {
    std::size_t node;
    std::vector<std::pair<std::size_t, Need>> needs;
    std::size_t of_row, of_background;
  };
  const double share = 1.0 / static_cast<double>(background_->rows);
  std::vector<State> open;
  for (std::size_t r = 0; r < background_->rows; ++r) {
    open.push_back({0, {}, 0, 0});
    while (!open.empty()) {
      State s = std::move(open.back());
      open.pop_back();
      const Node& node = tree_.nodes[s.node];
      if (node.leaf()) {
        if (!s.needs.empty())
          emit(share * weight_ * static_cast<double>(node.value), s.needs, s.of_row, s.of_background);
        continue;
      }
      const bool ours = goes_left(node, x), theirs = goes_left(node, background_->row(r));
      const auto child = [&](bool left) { return static_cast<std::size_t>(left ? node.left : node.right); };
      const auto feature = static_cast<std::size_t>(node.feature);
      const auto known =
          std::find_if(s.needs.begin(), s.needs.end(), [&](const auto& n) { return n.first == feature; });
      if (known != s.needs.end() || ours == theirs) {
        s.node = child(known != s.needs.end() && known->second == Need::background ? theirs : ours);
        open.push_back(std::move(s));
        continue;
      }
      State other = s;
      s.node = child(ours);
      s.needs.emplace_back(feature, Need::row);
      ++s.of_row;
      other.node = child(theirs);
      other.needs.emplace_back(feature, Need::background);
      ++other.of_background;
      open.push_back(std::move(s));
      open.push_back(std::move(other));
    }
  }
}

void DeepTree::values(const float* x, double* phi) const {
  if (background_ != nullptr) {
    pair_by_pair(x, [&](double v, const auto& needs, std::size_t a, std::size_t b) {
      const double gain = a > 0 ? v * shapley_weight(a - 1, a + b) : 0,
                   loss = b > 0 ? v * shapley_weight(a, a + b) : 0;
      for (const auto& [feature, need] : needs) phi[feature] += need == Need::row ? gain : -loss;
    });
    return;
  }
  leaf_by_leaf(x, [&](const Leaf& leaf, const auto& passed, const auto& factors, const auto& products) {
    const std::size_t points = products.size();
    for (std::size_t i = 0; i < passed.size(); ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < points; ++k) sum += products[k] / factors[i * points + k];
      phi[leaf.steps[i].feature] += leaf.value * (passed[i] - leaf.steps[i].passing) * sum;
    }
  });
}

void DeepTree::interactions(const float* x, double* phi) const {
  const auto add = [&](std::size_t i, std::size_t j, double v) {
    phi[i * features_ + j] += v;
    phi[j * features_ + i] += v;
  };
  if (background_ != nullptr) {
    pair_by_pair(x, [&](double v, const auto& needs, std::size_t a, std::size_t b) {
      for (std::size_t i = 0; i < needs.size(); ++i) {
        for (std::size_t j = i + 1; j < needs.size(); ++j) {
          const bool first = needs[i].second == Need::row, second = needs[j].second == Need::row;
          const double sign = first == second ? 1 : -1;
          const std::size_t before = a - (first ? 1U : 0U) - (second ? 1U : 0U);
          add(needs[i].first, needs[j].first, sign * v * interaction_weight(before, a + b));
        }
      }
    });
    return;
  }
  leaf_by_leaf(x, [&](const Leaf& leaf, const auto& passed, const auto& factors, const auto& products) {
    const std::size_t points = products.size();
    for (std::size_t i = 0; i < passed.size(); ++i) {
      for (std::size_t j = i + 1; j < passed.size(); ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < points; ++k)
          sum += products[k] / factors[i * points + k] / factors[j * points + k];
        add(leaf.steps[i].feature, leaf.steps[j].feature,
            0.5 * leaf.value * (passed[i] - leaf.steps[i].passing) * (passed[j] - leaf.steps[j].passing) *
                sum);
      }
    }
  });
}

}  // namespace phreatic::trees
