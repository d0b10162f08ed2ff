// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/specific_discharge.hpp"

#include <cmath>
#include <cstddef>

#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {
namespace {

class FaceMeans {
 public:
  explicit FaceMeans(const Simulation& simulation)
      : model_(simulation.model()),
        aquifer_(simulation.engine().aquifer),
        heads_(simulation.heads()),
        faces_(simulation.face_flows()),
        saturation_(simulation.saturation()),
        sum_(model_.grid.cells(), 0.0),
        count_(model_.grid.cells(), 0) {}

  std::vector<double> along_rows() {
    const Grid& g = model_.grid;
    const auto columns = static_cast<std::size_t>(g.ncol);
    for (std::size_t n = 0; n + 1 < g.cells(); ++n) {
      if (n % columns + 1 == columns || !both_active(n, n + 1)) continue;
      const double width = g.delc[n % g.layer_cells() / columns];
      add(n, n + 1, faces_.right[n], width * thickness(n, n + 1));
    }
    return take(1);
  }

  std::vector<double> along_columns() {
    const Grid& g = model_.grid;
    const auto columns = static_cast<std::size_t>(g.ncol);
    for (std::size_t n = 0; n < g.cells(); ++n) {
      if (n % g.layer_cells() + columns >= g.layer_cells() || !both_active(n, n + columns)) continue;
      add(n, n + columns, faces_.front[n], g.delr[n % columns] * thickness(n, n + columns));
    }
    return take(-1);
  }

  std::vector<double> upwards() {
    const Grid& g = model_.grid;
    std::vector<VerticalFace> above(g.cells());
    std::vector<double> out(g.cells(), 0.0);
    for (std::size_t n = 0; n < g.cells(); ++n) {
      if (g.idomain[n] <= 0) continue;
      VerticalFace under;
      const CellIndex lower = cell_below(g, static_cast<CellIndex>(n));
      if (lower != kNoCell) {
        const auto m = static_cast<std::size_t>(lower);
        const double apart = std::abs(centre(n) - centre(m)) / (full(n) + full(m));
        const double q = -faces_.down[n] / g.area(n);
        under = {true, q, apart * full(n)};
        above[m] = {true, q, apart * full(m)};
      }
      out[n] = mean(above[n], under);
    }
    return out;
  }

 private:
  bool both_active(std::size_t n, std::size_t m) const {
    return model_.grid.idomain[n] > 0 && model_.grid.idomain[m] > 0;
  }
  double full(std::size_t n) const { return model_.grid.cell_top(n) - model_.grid.botm[n]; }
  double wet(std::size_t n) const { return saturation_[n] * full(n); }
  double centre(std::size_t n) const { return model_.grid.botm[n] + 0.5 * full(n); }
  // Of the face between two cells. As in MODFLOW 6, cells whose thickness is fixed (by THICKSTRT, too) count in full.
  double thickness(std::size_t n, std::size_t m) const {
    const bool newton = model_.newton.enabled;
    if (!newton && !(saturation_[n] > 0 && saturation_[m] > 0)) return 0.0;  // one is dry
    if (!aquifer_.is_convertible(n) && !aquifer_.is_convertible(m)) return 0.5 * (full(n) + full(m));
    if (newton) return wet(heads_[n] > heads_[m] ? n : m);
    return 0.5 * (wet(n) + wet(m));
  }
  struct VerticalFace {
    bool there = false;
    double q = 0;
    double distance = 0;  // to the centre of the cell; across pass-through cells its part of the way
  };
  static double mean(const VerticalFace& above, const VerticalFace& under) {
    if (!above.there || !under.there) return above.q + under.q;
    return (above.q * under.distance + under.q * above.distance) / (above.distance + under.distance);
  }
  void add(std::size_t n, std::size_t m, double flow, double area) {
    for (const std::size_t cell : {n, m}) {
      sum_[cell] += area > 0 ? flow / area : 0.0;
      ++count_[cell];
    }
  }
  std::vector<double> take(double sign) {
    std::vector<double> out(sum_.size(), 0.0);
    for (std::size_t n = 0; n < out.size(); ++n) {
      if (count_[n] > 0) out[n] = sign * sum_[n] / count_[n];
    }
    sum_.assign(sum_.size(), 0.0);
    count_.assign(count_.size(), 0);
    return out;
  }

  const Model& model_;
  const Aquifer& aquifer_;
  const std::vector<double>& heads_;
  FaceFlows faces_;
  std::vector<double> saturation_;
  std::vector<double> sum_;
  std::vector<int> count_;
};

}  // namespace

SpecificDischarge specific_discharge(const Simulation& simulation) {
  FaceMeans means(simulation);
  SpecificDischarge out;
  out.x = means.along_rows();
  out.y = means.along_columns();
  out.z = means.upwards();
  return out;
}

}  // namespace phreatic::flow
