// SPDX-License-Identifier: BSD-3-Clause
// Rows of cells as the storage kernels want them.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"
#include "phreatic/flow/steps/assembly.hpp"

namespace phreatic::flow {

// One per thread: values that are the same in every cell are spread over buffers of its own.
class StorageRows {
 public:
  StorageRows(const Model& model, const Aquifer& aquifer, const FlowState& state, double dt)
      : model_(model), aquifer_(aquifer), state_(state), per_dt_(1 / dt) {}

  // Holds until the next call.
  StorageRow row(std::size_t begin, std::size_t end) {
    const std::size_t layer = aquifer_.layer_area.size();
    const Grid& grid = model_.grid;
    return {state_.ibound.data() + begin,
            begin < layer ? grid.top.data() + begin : grid.botm.data() + begin - layer,
            grid.botm.data() + begin,
            aquifer_.layer_area.data() + begin % layer,
            along(model_.storage.ss, begin, end - begin, ss_),
            along(model_.storage.sy, begin, end - begin, sy_),
            state_.head.data() + begin,
            state_.old.data() + begin,
            per_dt_,
            model_.storage.storage_coefficient};
  }

 private:
  static const double* along(const CellArray<double>& array, std::size_t begin, std::size_t n,
                             std::vector<double>& buffer) {
    if (!array.uniform()) return array.values.data() + begin;
    buffer.assign(n, array.values.front());
    return buffer.data();
  }

  const Model& model_;
  const Aquifer& aquifer_;
  const FlowState& state_;
  double per_dt_;
  std::vector<double> ss_, sy_;
};

}  // namespace phreatic::flow
