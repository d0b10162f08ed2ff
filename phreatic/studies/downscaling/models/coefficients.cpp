// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/coefficients.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMonths = 12;

// Standard deviation of each column: the step of the differences, so that rounding does not matter.
std::vector<double> steps_of(const Rows& rows) {
  const std::size_t width = rows.names.size();
  std::vector<double> sum(width), squares(width);
  for (std::size_t i = 0; i < rows.count; ++i) {
    for (std::size_t k = 0; k < width; ++k) {
      sum[k] += rows.row(i)[k];
      squares[k] += rows.row(i)[k] * rows.row(i)[k];
    }
  }
  const auto n = static_cast<double>(rows.count);
  for (std::size_t k = 0; k < width; ++k) {
    const double variance = squares[k] / n - sum[k] / n * (sum[k] / n);
    sum[k] = variance > 0 ? std::sqrt(variance) : 1;
  }
  return sum;
}

// [covariate][fine cell], mean over the months.
std::vector<std::vector<double>> slopes(const Inputs& in, const Samples& s, bool season,
                                        const Predictor& model) {
  const std::size_t cells = in.cells.fine.cells(), width = s.rows.names.size();
  const std::vector<double> step = steps_of(s.rows);
  std::vector<std::vector<double>> sum(width, std::vector<double>(cells, 0.0));
  std::vector<double> count(cells);
  const std::size_t months = std::min(kMonths, in.months());
  for (std::size_t m = 0; m < months; ++m) {
    const auto& at = s.fine_at[(2 * m + 1) * in.months() / (2 * months)];
    if (at.empty()) continue;
    Rows rows = make_rows(in, at, Scale::fine, season);
    const std::vector<double> base = model(rows);
    for (const CellMonth& a : at) ++count[a.cell];
    for (std::size_t k = 0; k < width; ++k) {
      for (std::size_t i = 0; i < at.size(); ++i) rows.x[i * width + k] += step[k];
      const std::vector<double> moved = model(rows);
      for (std::size_t i = 0; i < at.size(); ++i) {
        rows.x[i * width + k] -= step[k];
        sum[k][at[i].cell] += (moved[i] - base[i]) / step[k];
      }
    }
  }
  for (auto& column : sum) {
    for (std::size_t i = 0; i < cells; ++i) column[i] = count[i] > 0 ? column[i] / count[i] : kMissing;
  }
  return sum;
}

}  // namespace

bool has_coefficients(const std::string& model) {
  return model == "ols" || model == "gwr" || model == "gtwr" || model == "gnnwr" || model == "gtnnwr";
}

LocalCoefficients local_coefficients(const Inputs& in, const Samples& s, bool season, const Predictor& model,
                                     const std::vector<Predictor>& parts) {
  LocalCoefficients out;
  out.names = s.rows.names;
  out.value = slopes(in, s, season, model);
  const std::size_t width = out.names.size(), cells = in.cells.fine.cells();
  std::vector<std::vector<double>> first(width, std::vector<double>(cells)), second = first;
  double k = 0;
  for (const Predictor& part : parts) {
    if (!part) continue;
    ++k;
    const auto own = slopes(in, s, season, part);
    for (std::size_t c = 0; c < width; ++c) {
      for (std::size_t i = 0; i < cells; ++i) {
        // From the model of all rows, which is near: sums of squares then lose no digits.
        const double d = own[c][i] - out.value[c][i];
        first[c][i] += d;
        second[c][i] += d * d;
      }
    }
  }
  out.standard_error.assign(width, std::vector<double>(cells, kMissing));
  for (std::size_t c = 0; k >= 2 && c < width; ++c) {
    for (std::size_t i = 0; i < cells; ++i)
      out.standard_error[c][i] =
          std::sqrt((k - 1) / k * std::max(0.0, second[c][i] - first[c][i] * first[c][i] / k));
  }
  return out;
}

}  // namespace phreatic::studies::downscaling
