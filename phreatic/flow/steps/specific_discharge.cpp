// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/steps/specific_discharge.hpp"

#include <cstddef>

namespace phreatic::flow {
namespace {

class FaceMeans {
 public:
  explicit FaceMeans(const Simulation& simulation)
      : model_(simulation.model()),
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
    for (std::size_t n = 0; n < g.cells(); ++n) {
      if (g.idomain[n] <= 0) continue;
      const CellIndex below = cell_below(g, static_cast<CellIndex>(n));
      if (below != kNoCell) add(n, static_cast<std::size_t>(below), faces_.down[n], g.area(n));
    }
    return take(-1);
  }

 private:
  bool both_active(std::size_t n, std::size_t m) const {
    return model_.grid.idomain[n] > 0 && model_.grid.idomain[m] > 0;
  }
  double wet(std::size_t n) const { return saturation_[n] * (model_.grid.cell_top(n) - model_.grid.botm[n]); }
  double thickness(std::size_t n, std::size_t m) const {
    if (model_.newton.enabled) return wet(heads_[n] > heads_[m] ? n : m);
    return saturation_[n] > 0 && saturation_[m] > 0 ? 0.5 * (wet(n) + wet(m)) : 0.0;
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
