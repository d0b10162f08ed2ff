// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "phreatic/core/random.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr std::size_t kUnlabelledRows = 4000;
constexpr double kSame = 1e-6;  // mm

void check(const Samples& s, const Inputs& in, std::vector<std::string>& warned) {
  if (s.at.size() < 10 * s.rows.names.size())
    throw core::InputError(
        {.where = "covariates",
         .what = fmt::format("{} coarse cell months have storage and every covariate, for {} covariates",
                             s.at.size(), s.rows.names.size()),
         .allowed = "ten times as many",
         .mend = "Look at the months and the area that each covariate covers"});
  const auto [low, high] = std::minmax_element(s.rows.y.begin(), s.rows.y.end());
  if (!(*high - *low > kSame))
    throw core::InputError(
        {.where = "products",
         .what = fmt::format("groundwater storage is the same in all months, within {:g} mm", kSame),
         .mend = "There is nothing to learn; look at products and storages"});
  std::size_t empty = 0;
  for (const auto& month : s.fine_at) empty += in.cells.fine.cells() - month.size();
  if (empty > 0)
    warned.push_back(fmt::format("{} of {} fine cell months lack a covariate and have no result", empty,
                                 in.cells.fine.cells() * in.months()));
}

// Anomalies of covariates say nothing of a cell's mean, which closure puts back.
void centre_targets(Samples& s, std::size_t cells) {
  std::vector<double> sum(cells), count(cells);
  for (std::size_t i = 0; i < s.at.size(); ++i) {
    sum[s.at[i].cell] += s.rows.y[i];
    ++count[s.at[i].cell];
  }
  for (std::size_t i = 0; i < s.at.size(); ++i) s.rows.y[i] -= sum[s.at[i].cell] / count[s.at[i].cell];
}

// Series of fine cells drawn at random, for models that learn from covariates alone too.
void add_unlabelled(Samples& s, const Inputs& in, const ModelParams& p) {
  if (std::find(p.methods.begin(), p.methods.end(), "ssvaer") == p.methods.end()) return;
  core::RandomStream random(p.seed, "unlabelled cells");
  std::vector<std::size_t> order = random.permutation(in.cells.fine.cells());
  order.resize(std::min(order.size(), kUnlabelledRows / in.months() + 1));
  const std::set<std::size_t> cells(order.begin(), order.end());
  std::vector<CellMonth> at;
  for (const auto& month : s.fine_at) {
    for (const CellMonth& a : month) {
      if (cells.contains(a.cell)) at.push_back(a);
    }
  }
  s.rows.unlabelled = std::make_shared<const Rows>(make_rows(in, at, Scale::fine, p.season));
}

}  // namespace

Samples make_samples(const Inputs& in, const Storage& storage, const ModelParams& p,
                     std::vector<std::string>& warned) {
  Samples s;
  s.at = learnable(in, storage);
  s.rows = make_rows(in, s.at, Scale::coarse, p.season);
  for (const CellMonth& a : s.at) s.rows.y.push_back(storage.groundwater[a.cell * in.months() + a.month]);
  if (p.anomalies) centre_targets(s, in.cells.coarse.cells());
  for (std::size_t t = 0; t < in.months(); ++t) s.fine_at.push_back(predictable(in, t));
  check(s, in, warned);
  add_unlabelled(s, in, p);
  return s;
}

Rows select(const Rows& rows, const std::vector<std::size_t>& which) {
  Rows out;
  out.count = which.size();
  out.names = rows.names;
  out.unlabelled = rows.unlabelled;
  for (const std::size_t i : which) {
    out.x.insert(out.x.end(), rows.row(i), rows.row(i) + rows.names.size());
    out.longitude.push_back(rows.longitude[i]);
    out.latitude.push_back(rows.latitude[i]);
    out.days.push_back(rows.days[i]);
    out.y.push_back(rows.y[i]);
  }
  return out;
}

}  // namespace phreatic::studies::downscaling
