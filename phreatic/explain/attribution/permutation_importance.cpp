// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/permutation_importance.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::explain {

namespace {

constexpr std::size_t kRowsPerCall = 1024;
constexpr std::size_t kNothing = static_cast<std::size_t>(-1);

struct Scorer {
  model::Predictor& f;
  const WindowSource& windows;
  std::span<const double> observed;

  // RMSE over observed windows with driver `changed` (F dynamic, then S static) of window i taken from
  // window from[i]; kNothing = nothing changed.
  double rmse(std::size_t changed, const std::vector<std::size_t>& from) const;
};

double Scorer::rmse(std::size_t changed, const std::vector<std::size_t>& from) const {
  const std::size_t features = windows.features();
  const std::size_t cells = windows.steps() * features;
  const std::size_t statics = windows.statics();
  std::vector<float> inputs(kRowsPerCall * cells), other(cells), attributes(kRowsPerCall * statics),
      other_attributes(statics), values(kRowsPerCall);
  double sum = 0;
  std::size_t n = 0;
  for (std::size_t first = 0; first < windows.size(); first += kRowsPerCall) {
    core::throw_if_interrupted();
    const std::size_t count = std::min(kRowsPerCall, windows.size() - first);
    for (std::size_t r = 0; r < count; ++r) {
      const auto row = std::span(inputs).subspan(r * cells, cells);
      const auto own = std::span(attributes).subspan(r * statics, statics);
      windows.inputs(first + r, row);
      windows.static_inputs(first + r, own);
      if (changed == kNothing) continue;
      if (changed < features) {
        windows.inputs(from[first + r], other);
        for (std::size_t i = changed; i < cells; i += features) row[i] = other[i];
      } else {
        windows.static_inputs(from[first + r], other_attributes);
        own[changed - features] = other_attributes[changed - features];
      }
    }
    f.value(count, inputs.data(), attributes.data(), values.data());
    for (std::size_t r = 0; r < count; ++r) {
      const double error = values[r] - observed[first + r];
      if (std::isnan(error)) continue;
      sum += error * error;
      ++n;
    }
  }
  return n == 0 ? std::nan("") : std::sqrt(sum / static_cast<double>(n));
}

// For each window another of the same entity.
std::vector<std::size_t> within_entities(const std::map<std::size_t, std::vector<std::size_t>>& members,
                                         std::size_t count, core::RandomStream& random) {
  std::vector<std::size_t> from(count);
  for (const auto& [entity, rows] : members) {
    const auto order = random.permutation(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) from[rows[i]] = rows[order[i]];
  }
  return from;
}

// For each window one of the entity that its entity is exchanged with (statics are the same in all of them).
std::vector<std::size_t> between_entities(const std::map<std::size_t, std::vector<std::size_t>>& members,
                                          std::size_t count, core::RandomStream& random) {
  std::vector<std::size_t> firsts;
  for (const auto& [entity, rows] : members) firsts.push_back(rows.front());
  const auto order = random.permutation(firsts.size());
  std::vector<std::size_t> from(count);
  std::size_t i = 0;
  for (const auto& [entity, rows] : members) {
    for (const std::size_t row : rows) from[row] = firsts[order[i]];
    ++i;
  }
  return from;
}

}  // namespace

void describe(core::Describer& d, PermutationImportanceParams& p) {
  d.field("repeats", p.repeats, {.help = "Permutations per driver", .min = 2, .max = 10000});
  d.field("seed", p.seed, {.help = "Seed of the permutations"});
}

PermutationImportance permutation_importance(model::Predictor& f, const WindowSource& windows,
                                             std::span<const WindowId> ids, std::span<const double> observed,
                                             const PermutationImportanceParams& params) {
  PHREATIC_ASSERT(f.shape() == shape_of(windows));
  PHREATIC_ASSERT(ids.size() == windows.size() && observed.size() == windows.size());
  std::map<std::size_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < ids.size(); ++i) members[ids[i].entity].push_back(i);
  const Scorer scorer{f, windows, observed};
  PermutationImportance result;
  result.rmse = scorer.rmse(kNothing, {});
  const std::size_t drivers = windows.features() + windows.statics();
  for (std::size_t v = 0; v < drivers; ++v) {
    double sum = 0, squares = 0;
    for (int r = 0; r < params.repeats; ++r) {
      core::RandomStream random(params.seed, "permutation importance", v, static_cast<std::uint64_t>(r));
      const auto from = v < windows.features() ? within_entities(members, windows.size(), random)
                                               : between_entities(members, windows.size(), random);
      const double increase = scorer.rmse(v, from) - result.rmse;
      sum += increase;
      squares += increase * increase;
    }
    const double n = params.repeats;
    result.importance.push_back(sum / n);
    result.standard_errors.push_back(std::sqrt(std::max(0.0, squares - sum * sum / n) / (n - 1) / n));
  }
  return result;
}

}  // namespace phreatic::explain
