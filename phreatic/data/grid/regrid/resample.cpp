// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/regrid/resample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::data {

void describe(core::Describer& d, RegridParams& p) {
  d.choice("method", p.method,
           {{"conservative", ResampleMethod::conservative},
            {"bilinear", ResampleMethod::bilinear},
            {"nearest", ResampleMethod::nearest}},
           {.help = "How values come to the new cells"});
  d.field("min_coverage", p.min_coverage,
          {.help = "Share of a new cell that must have values, or it has none", .min = 0, .max = 1});
}

std::vector<Window> strips(const GeoGrid& grid, std::size_t cells) {
  const int rows = static_cast<int>(std::max<std::size_t>(1, cells / static_cast<std::size_t>(grid.width)));
  std::vector<Window> out;
  for (int row = 0; row < grid.height; row += rows)
    out.push_back({0, row, grid.width, std::min(rows, grid.height - row)});
  return out;
}

Window touched(const AxisOverlaps& x, const AxisOverlaps& y, const Window& strip) {
  int left = std::numeric_limits<int>::max();
  int right = 0;
  int top = left;
  int bottom = 0;
  for (const auto& column : x) {
    for (const Overlap& o : column) {
      left = std::min(left, o.first);
      right = std::max(right, o.end());
    }
  }
  for (int r = strip.row; r < strip.row + strip.rows; ++r) {
    for (const Overlap& o : y[static_cast<std::size_t>(r)]) {
      top = std::min(top, o.first);
      bottom = std::max(bottom, o.end());
    }
  }
  if (left >= right || top >= bottom) return {};
  return {left, top, right - left, bottom - top};
}

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Sums {
  double values = 0, weights = 0;
};

// Weighted sum of the values of one source row in [first, first + n) of a target column's overlaps.
Sums along(const std::vector<Overlap>& overlaps, const double* row, int first, int n) {
  Sums out;
  for (const Overlap& o : overlaps) {
    const int begin = std::max(o.first, first);
    const int end = std::min(o.end(), first + n);
    const double* v = row - first;
    const double* w = o.weights.data() - o.first;
    double s[4] = {};
    double t[4] = {};
    int k = begin;
    for (; k + 4 <= end; k += 4) {
      for (int u = 0; u < 4; ++u) {
        s[u] += w[k + u] * v[k + u];
        t[u] += w[k + u];
      }
    }
    for (; k < end; ++k) {
      s[0] += w[k] * v[k];
      t[0] += w[k];
    }
    const double sum = (s[0] + s[1]) + (s[2] + s[3]);
    if (!std::isnan(sum)) {
      out.values += sum;
      out.weights += (t[0] + t[1]) + (t[2] + t[3]);
      continue;
    }
    for (k = begin; k < end; ++k) {
      if (std::isnan(v[k])) continue;
      out.values += w[k] * v[k];
      out.weights += w[k];
    }
  }
  return out;
}

// One piece of the source added to a strip: first along the rows, then down the columns.
void add_piece(const AxisOverlaps& x, const AxisOverlaps& y, const Window& piece,
               const std::vector<double>& values, const Window& strip, std::vector<Sums>& sums) {
  const std::size_t width = x.size();
  const int group = static_cast<int>(std::max<std::size_t>(1, (kWindowCells / 4) / width));
  std::vector<Sums> rows;
  for (int begin = 0; begin < piece.rows; begin += group) {
    const int count = std::min(group, piece.rows - begin);
    rows.assign(static_cast<std::size_t>(count) * width, {});
    core::parallel_for(static_cast<std::size_t>(count), [&](std::size_t j) {
      const double* row =
          values.data() + (static_cast<std::size_t>(begin) + j) * static_cast<std::size_t>(piece.columns);
      for (std::size_t i = 0; i < width; ++i)
        rows[j * width + i] = along(x[i], row, piece.column, piece.columns);
    });
    const int top = piece.row + begin;
    core::parallel_for(static_cast<std::size_t>(strip.rows), [&](std::size_t r) {
      for (const Overlap& o : y[static_cast<std::size_t>(strip.row) + r]) {
        for (int k = std::max(o.first, top); k < std::min(o.end(), top + count); ++k) {
          const double w = o.weights[static_cast<std::size_t>(k - o.first)];
          const Sums* from = rows.data() + static_cast<std::size_t>(k - top) * width;
          Sums* to = sums.data() + r * width;
          for (std::size_t i = 0; i < width; ++i) {
            to[i].values += w * from[i].values;
            to[i].weights += w * from[i].weights;
          }
        }
      }
    });
  }
}

std::vector<double> cell_measures(const std::vector<double>& edges, bool sphere) {
  std::vector<double> out;
  const auto measure = [&](double v) {
    return sphere ? std::sin(std::clamp(v, -90.0, 90.0) * 3.14159265358979323846 / 180) : v;
  };
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    out.push_back(std::abs(measure(edges[i + 1]) - measure(edges[i])));
  return out;
}

}  // namespace

Regridder::Regridder(const GeoGrid& source, const GeoGrid& target, const RegridParams& params)
    : source_(source),
      target_(target),
      params_(params),
      placement_(source, target),
      row_areas_(row_areas(source)) {
  if (!placement_.aligned()) return;
  x_ = overlaps_x(target, source);
  y_ = overlaps_y(target, source);
  if (touched(x_, y_, {0, 0, target.width, target.height}).cells() == 0)
    throw core::InputError({.where = "grids",
                            .what = "the source (" + describe(source) + ") and the target (" +
                                    describe(target) + ") share no area",
                            .mend = "Check the target's bounds and the coordinate systems"});
}

void Regridder::band(const Bands& bands, int band, const StripSink& sink) const {
  if (params_.method != ResampleMethod::conservative) {
    by_points(bands, band, sink);
  } else if (placement_.aligned()) {
    by_axes(bands, band, sink);
  } else {
    by_outlines(bands, band, sink);
  }
}

void Regridder::by_axes(const Bands& bands, int band, const StripSink& sink) const {
  const bool sphere = source_.geographic && target_.geographic;
  const std::vector<double> widths = cell_measures(x_edges(target_), false);
  const std::vector<double> heights = cell_measures(y_edges(target_), sphere);
  const auto width = static_cast<std::size_t>(target_.width);
  std::vector<double> values;
  std::vector<double> out;
  for (const Window& strip : strips(target_, kWindowCells / 4)) {
    std::vector<Sums> sums(strip.cells());
    for (const Window& piece : pieces(bands, touched(x_, y_, strip))) {
      core::throw_if_interrupted();
      bands.read(band, piece, values);
      add_piece(x_, y_, piece, values, strip, sums);
    }
    out.assign(strip.cells(), kNaN);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double whole = widths[i % width] * heights[static_cast<std::size_t>(strip.row) + i / width];
      const bool enough = sums[i].weights > 0 && sums[i].weights >= (params_.min_coverage - 1e-9) * whole;
      if (enough) out[i] = sums[i].values / sums[i].weights;
    }
    sink(strip, out);
  }
}

void Regridder::by_outlines(const Bands& bands, int band, const StripSink& sink) const {
  std::vector<double> values;
  std::vector<double> out;
  for (const Window& strip : strips(target_, 4096)) {
    core::throw_if_interrupted();
    const std::vector<Polygon> outlines = placement_.outlines(strip);
    out.assign(strip.cells(), kNaN);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (outlines[i].rings.empty()) continue;
      std::vector<Polygon> cell = {outlines[i]};
      if (is_global(source_)) {
        for (const double turn : {-1.0, 1.0}) {
          cell.push_back(outlines[i]);
          for (Vertex& v : cell.back().rings[0]) v.x += turn * source_.width;
        }
      }
      Sums sums;
      double covered = 0;
      for (const Window& piece : pieces(bands, window_of(cell, source_))) {
        bands.read(band, piece, values);
        for (const CoveredRow& row : coverage(cell, piece)) {
          const double weight = row_areas_[static_cast<std::size_t>(row.row)];
          const double* v =
              values.data() +
              static_cast<std::size_t>(row.row - piece.row) * static_cast<std::size_t>(piece.columns) +
              (row.first - piece.column);
          for (std::size_t k = 0; k < row.shares.size(); ++k) {
            if (std::isnan(v[k]) || row.shares[k] == 0) continue;
            covered += row.shares[k];
            sums.values += weight * row.shares[k] * v[k];
            sums.weights += weight * row.shares[k];
          }
        }
      }
      const bool enough = covered >= (params_.min_coverage - 1e-9) * area(outlines[i]);
      if (enough && sums.weights > 0) out[i] = sums.values / sums.weights;
    }
    sink(strip, out);
  }
}

namespace {

// Columns of a source that goes round the Earth continue on its other side.
struct Sampler {
  const GeoGrid& grid;
  bool around;
  Window window;
  const std::vector<double>& values;

  double at(int column, int row) const {
    if (around) column = ((column % grid.width) + grid.width) % grid.width;
    const int c = column - window.column;
    const int r = row - window.row;
    if (c < 0 || c >= window.columns || r < 0 || r >= window.rows) return kNaN;
    return values[static_cast<std::size_t>(r) * static_cast<std::size_t>(window.columns) +
                  static_cast<std::size_t>(c)];
  }

  double nearest(const Vertex& p) const {
    return at(static_cast<int>(std::floor(p.x)), static_cast<int>(std::floor(p.y)));
  }

  double bilinear(const Vertex& p, double min_coverage) const {
    const double x = p.x - 0.5;
    const double y = p.y - 0.5;
    const int left = static_cast<int>(std::floor(x));
    const int top = static_cast<int>(std::floor(y));
    Sums sums;
    for (int dy = 0; dy < 2; ++dy) {
      for (int dx = 0; dx < 2; ++dx) {
        const double w = (dx == 0 ? 1 - (x - left) : x - left) * (dy == 0 ? 1 - (y - top) : y - top);
        // Beyond the outer centres the edge's value holds on.
        const int column = around ? left + dx : std::clamp(left + dx, 0, grid.width - 1);
        const double v = w > 0 ? at(column, std::clamp(top + dy, 0, grid.height - 1)) : kNaN;
        if (std::isnan(v)) continue;
        sums.values += w * v;
        sums.weights += w;
      }
    }
    return sums.weights > 0 && sums.weights >= min_coverage - 1e-9 ? sums.values / sums.weights : kNaN;
  }
};

}  // namespace

void Regridder::by_points(const Bands& bands, int band, const StripSink& sink) const {
  const bool around = is_global(source_);
  std::vector<double> values;
  std::vector<double> out;
  for (const Window& strip : strips(target_, kWindowCells / 64)) {
    core::throw_if_interrupted();
    const std::vector<Vertex> places = placement_.centres(strip);
    double left = source_.width, right = 0, top = source_.height, bottom = 0;
    const auto inside = [&](const Vertex& p) {
      return p.y >= 0 && p.y < source_.height && p.x >= 0 && p.x < source_.width;
    };
    for (const Vertex& p : places) {
      if (!inside(p)) continue;
      left = std::min(left, p.x - 1);
      right = std::max(right, p.x + 1);
      top = std::min(top, p.y - 1);
      bottom = std::max(bottom, p.y + 1);
    }
    out.assign(strip.cells(), kNaN);
    if (left <= right) {
      Window w{around ? 0 : std::max(0, static_cast<int>(std::floor(left))),
               std::max(0, static_cast<int>(std::floor(top))), 0, 0};
      w.columns =
          (around ? source_.width : std::min(source_.width, static_cast<int>(std::ceil(right)))) - w.column;
      w.rows = std::min(source_.height, static_cast<int>(std::ceil(bottom))) - w.row;
      if (w.cells() > 8 * kWindowCells && strip.rows > 0)
        throw core::InputError({.file = bands.file(),
                                .what = "a strip of the target needs " + std::to_string(w.cells()) +
                                        " cells of the source at once",
                                .mend = "Use the conservative method, which is right for coarser cells"});
      bands.read(band, w, values);
      const Sampler sampler{source_, around, w, values};
      core::parallel_for(static_cast<std::size_t>(strip.rows), [&](std::size_t r) {
        for (std::size_t i = r * static_cast<std::size_t>(strip.columns);
             i < (r + 1) * static_cast<std::size_t>(strip.columns); ++i) {
          if (!inside(places[i])) continue;
          out[i] = params_.method == ResampleMethod::nearest
                       ? sampler.nearest(places[i])
                       : sampler.bilinear(places[i], params_.min_coverage);
        }
      });
    }
    sink(strip, out);
  }
}

}  // namespace phreatic::data
