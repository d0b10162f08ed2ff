// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/checks/detail.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kPriorMonths = 24;  // of the mean over cells, in what is left of a cell's detail

// NaN with fewer than two neighbours.
double detail_of(const Inputs& in, const std::vector<double>& field, CellMonth a) {
  const int width = in.cells.coarse.width, height = in.cells.coarse.height;
  const int x = static_cast<int>(a.cell) % width, y = static_cast<int>(a.cell) / width;
  const auto at = [&](int cx, int cy) {
    const bool inside = cx >= 0 && cx < width && cy >= 0 && cy < height;
    return inside ? field[static_cast<std::size_t>(cy * width + cx) * in.months() + a.month] : kMissing;
  };
  double sum = 0, n = 0;
  for (const double v : {at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)}) {
    if (std::isnan(v)) continue;
    sum += v;
    ++n;
  }
  return n < 2 ? kMissing : at(x, y) - sum / n;
}

std::vector<double> as_field(const Inputs& in, const std::vector<CellMonth>& rows,
                             const std::vector<double>& values) {
  std::vector<double> out(in.cells.coarse.cells() * in.months(), kMissing);
  for (std::size_t i = 0; i < rows.size(); ++i) out[rows[i].cell * in.months() + rows[i].month] = values[i];
  return out;
}

}  // namespace

DetailFit fit_detail(const Inputs& in, const std::vector<CellMonth>& rows,
                     const std::vector<double>& observed, const std::vector<double>& predicted) {
  struct Pair {
    std::size_t cell;
    double truth, is;
  };
  const auto storage = as_field(in, rows, observed), model = as_field(in, rows, predicted);
  std::vector<Pair> pairs;
  double products = 0, squares = 0;
  for (const CellMonth& a : rows) {
    const double truth = detail_of(in, storage, a), is = detail_of(in, model, a);
    if (std::isnan(truth) || std::isnan(is)) continue;
    pairs.push_back({a.cell, truth, is});
    products += truth * is;
    squares += is * is;
  }
  DetailFit out;
  out.weight = squares > 0 ? std::clamp(products / squares, 0.0, 1.0) : 1;
  out.left = kMissing;
  out.of_cell.assign(in.cells.coarse.cells(), kMissing);
  if (pairs.empty()) return out;
  std::vector<double> sum(out.of_cell.size()), count(sum.size());
  double all = 0;
  for (const Pair& p : pairs) {
    const double e = p.truth - out.weight * p.is;
    all += e * e;
    sum[p.cell] += e * e;
    ++count[p.cell];
  }
  all /= static_cast<double>(pairs.size());
  out.left = std::sqrt(all);
  for (std::size_t c = 0; c < sum.size(); ++c)
    out.of_cell[c] = std::sqrt((sum[c] + kPriorMonths * all) / (count[c] + kPriorMonths));
  std::vector<double> ratios;
  for (const Pair& p : pairs) ratios.push_back(std::abs(p.truth - out.weight * p.is) / out.of_cell[p.cell]);
  const auto at = ratios.begin() + static_cast<std::ptrdiff_t>(0.9 * static_cast<double>(ratios.size() - 1));
  std::nth_element(ratios.begin(), at, ratios.end());
  out.factor = *at > 0 ? *at / 1.645 : 1;
  return out;
}

}  // namespace phreatic::studies::downscaling
