// SPDX-License-Identifier: BSD-3-Clause
// Storage of a cell, implicit in time (langevin2017, chapter 5), flow out of storage into the cell (L3/T):
//   confined        SC/dt (h_old - h)                         SC = Ss b A, or S A with STORAGECOEFFICIENT
//   convertible     SC/dt [S_old (h_old - z_old) - S (h - z)],   z = bot + S b / 2: centre of the wet part
//   SS_CONFINED_ONLY: only the part of the head above the top counts
//   specific yield  Sy A b / dt (S_old - S), or, with a yield that falls towards the top,
//                   Sy A / dt (D(b (1 - S)) - D(b (1 - S_old))),   D(d) = e d + (1 - e)(sqrt(d^2 + l^2) - l)
#pragma once

#include <cmath>

#include "phreatic/flow/grid/saturation.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

struct StorageCell {
  double top = 0;
  double bottom = 0;
  double area = 0;
  double ss = 0;  // SC / dt (L2/T)
  double sy = 0;  // Sy A / dt (L2/T)
  double shallow_share = 1;
  double shallow_length = 0;
  bool convertible = false;
  bool confined_only = false;
  bool newton = false;
};

struct StorageTerm {
  double ss_flow = 0;
  double sy_flow = 0;
  double slope = 0;  // d flow / d head put into the matrix (L2/T); <= 0
};

// Water missing between a table at depth d under the top and the top, per unit of specific yield (L).
inline double missing_water(double share, double length, double depth) {
  return share * depth + (1 - share) * (std::sqrt(depth * depth + length * length) - length);
}
// Its derivative: the share of the specific yield at depth d.
inline double yield_share(double share, double length, double depth) {
  const double r = std::sqrt(depth * depth + length * length);
  return share + (1 - share) * (r > 0 ? depth / r : 1.0);
}

inline StorageCell storage_cell(const Model& model, std::size_t n, double area, double dt) {
  const Storage& storage = model.storage;
  StorageCell cell;
  cell.top = model.grid.cell_top(n);
  cell.bottom = model.grid.botm[n];
  cell.area = area;
  cell.ss = storage.ss[n] * cell.area / dt;
  if (!storage.storage_coefficient) cell.ss *= cell.top - cell.bottom;
  cell.sy = storage.sy[n] * cell.area / dt;
  cell.shallow_share = storage.shallow_share;
  cell.shallow_length = storage.shallow_length;
  cell.convertible = storage.iconvert[n] != 0;
  cell.confined_only = storage.ss_confined_only;
  cell.newton = model.newton.enabled;
  return cell;
}

inline StorageTerm convertible_storage(const StorageCell& c, double head, double old) {
  StorageTerm term;
  const double b = c.top - c.bottom;
  const auto fraction = [&](double h) {
    return c.newton ? smooth_fraction(c.top, c.bottom, h) : cut_fraction(c.top, c.bottom, h);
  };
  const double s_old = fraction(old);
  const double s = fraction(head);
  const double slope = c.newton ? smooth_fraction_slope(c.top, c.bottom, head) : 0.0;
  if (c.confined_only) {
    if (s_old == 1) term.ss_flow += c.ss * (old - c.top);
    if (s == 1) {
      term.ss_flow -= c.ss * (head - c.top);
      term.slope -= c.ss;
    }
  } else {
    const double z_old = c.bottom + 0.5 * b * s_old;
    const double z = c.bottom + 0.5 * b * s;
    term.ss_flow = c.ss * (s_old * (old - z_old) - s * (head - z));
    term.slope = -c.ss * s - c.ss * slope * (head - c.bottom - b * s);
  }
  double yield = c.sy;
  if (c.shallow_share < 1 && c.shallow_length > 0) {
    const double depth = b * (1 - s);
    term.sy_flow = c.sy * (missing_water(c.shallow_share, c.shallow_length, depth) -
                           missing_water(c.shallow_share, c.shallow_length, b * (1 - s_old)));
    yield *= yield_share(c.shallow_share, c.shallow_length, depth);
  } else {
    term.sy_flow = c.sy * b * (s_old - s);
  }
  if (c.newton) {
    term.slope -= s < 1 && s > 0 ? yield * b * slope : 0.0;
  } else if (s < 1 && s > 0) {
    term.slope -= yield;
  }
  return term;
}

inline StorageTerm storage_term(const StorageCell& cell, double head, double old) {
  if (cell.convertible) return convertible_storage(cell, head, old);
  return {cell.ss * (old - head), 0, -cell.ss};
}

}  // namespace phreatic::flow
