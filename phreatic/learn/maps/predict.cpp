// SPDX-License-Identifier: BSD-3-Clause
// A map cut into tiles: each is computed with the cells around it that it depends on, at the same places of the coarser
// levels, so that it has the values that the whole map gives.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/architectures/unet/unet_torch.hpp"
#include "phreatic/learn/maps/maps.hpp"

namespace phreatic::learn {
namespace {

struct Rectangle {
  std::size_t row = 0, column = 0, rows = 0, columns = 0;
};

std::size_t rounded_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// The tile with its surroundings, at multiples of the coarsest cell; beyond the last row and column zeros fill up.
Rectangle surrounded(const Rectangle& tile, std::size_t reach, std::size_t multiple, std::size_t rows,
                     std::size_t columns) {
  const std::size_t margin = rounded_up(reach, multiple);
  Rectangle out;
  out.row = tile.row < margin ? 0 : tile.row - margin;
  out.column = tile.column < margin ? 0 : tile.column - margin;
  out.rows =
      std::min(rounded_up(rows, multiple), rounded_up(tile.row + tile.rows + margin, multiple)) - out.row;
  out.columns =
      std::min(rounded_up(columns, multiple), rounded_up(tile.column + tile.columns + margin, multiple)) -
      out.column;
  return out;
}

std::vector<float> cut(const MapArea& area, const Rectangle& r) {
  const std::size_t channels = area.inputs.size();
  std::vector<float> out(channels * r.rows * r.columns, 0.0F);
  for (std::size_t i = r.row; i < std::min(area.rows, r.row + r.rows); ++i) {
    for (std::size_t j = r.column; j < std::min(area.columns, r.column + r.columns); ++j) {
      float* cell = out.data() + ((i - r.row) * r.columns + (j - r.column)) * channels;
      for (std::size_t c = 0; c < channels; ++c) cell[c] = area.inputs[c][i * area.columns + j];
    }
  }
  return out;
}

std::vector<Rectangle> tiles_of(const MapArea& area, std::size_t tile) {
  std::vector<Rectangle> out;
  for (std::size_t r = 0; r < area.rows; r += tile) {
    for (std::size_t c = 0; c < area.columns; c += tile)
      out.push_back({r, c, std::min(tile, area.rows - r), std::min(tile, area.columns - c)});
  }
  return out;
}

}  // namespace

std::vector<std::vector<float>> predict_maps(const MapModel& model, const MapArea& area, std::size_t tile,
                                             DeviceKind device) {
  PHREATIC_ASSERT(area.inputs.size() == model.inputs.size());
  const std::size_t multiple = unet_multiple(model.net);
  const std::size_t side =
      tile == 0 ? std::max(area.rows, area.columns) : rounded_up(std::max(tile, multiple), multiple);
  std::vector<std::vector<float>> out(model.bands.size(), std::vector<float>(area.rows * area.columns));
  const ParameterLayout layout = unet_layout({model.net, model.inputs.size(), model.bands.size()});
  with_torch([&] {
    prepare_torch(device);
    const Parameters parameters(layout, model.parameters, device, false);
    const auto tiles = tiles_of(area, side);
    const auto one = [&](std::size_t t) {
      at::set_num_threads(1);
      const c10::NoGradGuard no_gradients;
      const Rectangle around = surrounded(tiles[t], unet_reach(model.net), multiple, area.rows, area.columns);
      std::vector<float> cells = cut(area, around);
      const at::Tensor x =
          tensor_of(cells,
                    {1, static_cast<std::int64_t>(around.rows), static_cast<std::int64_t>(around.columns),
                     static_cast<std::int64_t>(area.inputs.size())},
                    parameters.device())
              .permute({0, 3, 1, 2});
      const at::Tensor y = unet_forward(parameters, model.net, x).to(at::kCPU).contiguous();
      const float* values = y.const_data_ptr<float>();
      for (std::size_t b = 0; b < out.size(); ++b) {
        for (std::size_t i = 0; i < tiles[t].rows; ++i) {
          const float* from = values + (b * around.rows + tiles[t].row - around.row + i) * around.columns +
                              tiles[t].column - around.column;
          float* to = out[b].data() + (tiles[t].row + i) * area.columns + tiles[t].column;
          for (std::size_t j = 0; j < tiles[t].columns; ++j) to[j] = model.scales[b] * from[j];
        }
      }
    };
    if (device == DeviceKind::cuda) {
      for (std::size_t t = 0; t < tiles.size(); ++t) one(t);
    } else {
      core::parallel_for(tiles.size(), one);
    }
  });
  return out;
}

}  // namespace phreatic::learn
