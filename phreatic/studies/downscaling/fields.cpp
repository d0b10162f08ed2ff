// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/fields.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/context.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Fields::Fields(const Inputs& inputs, const Storage& storage, const Samples& samples,
               const ModelParams& params)
    : in_(inputs), storage_(storage), s_(samples), p_(params), up_(inputs.cells) {}

std::vector<double> Fields::coarse_month(std::size_t t) const {
  std::vector<double> out(in_.cells.coarse.cells());
  for (std::size_t c = 0; c < out.size(); ++c) out[c] = storage_.groundwater[c * in_.months() + t];
  return out;
}

Field Fields::empty() const { return Field(in_.cells.fine.cells() * in_.months(), kMissing); }

void Fields::put(Field& field, std::size_t t, const std::vector<double>& fine) const {
  for (std::size_t i = 0; i < fine.size(); ++i) field[i * in_.months() + t] = fine[i];
}

std::vector<double> Fields::month(const Predictor& model, double weight, std::size_t t, Closure* left) const {
  std::vector<double> fine(in_.cells.fine.cells(), kMissing);
  if (!s_.fine_at[t].empty()) {
    const auto values = model(make_rows(in_, s_.fine_at[t], Scale::fine, p_.season));
    for (std::size_t i = 0; i < values.size(); ++i) fine[s_.fine_at[t][i].cell] = weight * values[i];
  }
  const Closure closure = close_on(in_.cells, up_, coarse_month(t), fine, p_.tolerance_mm);
  if (left != nullptr) left->add(closure);
  return fine;
}

Field Fields::predict(const Predictor& model, double weight, Closure& closure, Closure& at_mascons) const {
  Field field = empty();
  for (std::size_t t = 0; t < in_.months(); ++t) {
    core::throw_if_interrupted();
    const auto fine = month(model, weight, t, &closure);
    at_mascons.add(closure_at(in_.cells, coarse_month(t), fine, p_.mascon_deg));
    put(field, t, fine);
  }
  return field;
}

Field Fields::bilinear(bool closed) const {
  Field field = empty();
  for (std::size_t t = 0; t < in_.months(); ++t) {
    const auto coarse = coarse_month(t);
    const auto values = up_.bilinear(coarse);
    std::vector<double> fine(values.size(), kMissing);
    for (const CellMonth& a : s_.fine_at[t]) fine[a.cell] = values[a.cell];
    if (closed) close_on(in_.cells, up_, coarse, fine, p_.tolerance_mm);
    put(field, t, fine);
  }
  return field;
}

Field Fields::block() const {
  Field field = empty();
  for (std::size_t t = 0; t < in_.months(); ++t) {
    const auto values = up_.block(coarse_month(t));
    for (const CellMonth& a : s_.fine_at[t]) field[a.cell * in_.months() + t] = values[a.cell];
  }
  return field;
}

Field Fields::held_out(const std::vector<Predictor>& parts, const Scheme& scheme, double weight) const {
  Field field = empty();
  for (std::size_t k = 0; k < parts.size(); ++k) {
    if (!parts[k]) continue;
    for (std::size_t t = 0; t < in_.months(); ++t) {
      if (scheme.name == "years" && scheme.part({0, t}) != k) continue;
      const auto fine = month(parts[k], weight, t);
      for (std::size_t i = 0; i < fine.size(); ++i) {
        if (scheme.part({in_.cells.parent[i], t}) == k) field[i * in_.months() + t] = fine[i];
      }
    }
  }
  return field;
}

std::vector<double> Fields::jackknife(const std::vector<Predictor>& parts, double weight) const {
  std::vector<double> sum(in_.cells.fine.cells()), months(sum.size());
  const auto k =
      static_cast<double>(std::count_if(parts.begin(), parts.end(), [](const auto& p) { return bool(p); }));
  if (k < 2) return sum;
  for (std::size_t t = 0; t < in_.months(); ++t) {
    std::vector<double> first(sum.size()), second(sum.size());
    for (const Predictor& part : parts) {
      if (!part) continue;
      const auto fine = month(part, weight, t);
      for (std::size_t i = 0; i < fine.size(); ++i) {
        first[i] += fine[i];
        second[i] += fine[i] * fine[i];
      }
    }
    for (std::size_t i = 0; i < sum.size(); ++i) {
      if (std::isnan(first[i])) continue;
      sum[i] += (k - 1) / k * std::max(0.0, second[i] - first[i] * first[i] / k);
      ++months[i];
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] = months[i] > 0 ? std::sqrt(sum[i] / months[i]) : kMissing;
  return sum;
}

}  // namespace phreatic::studies::downscaling
