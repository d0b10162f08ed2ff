// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/learn/architectures/unet/unet.hpp"

namespace phreatic::learn {
namespace {

struct Adder {
  ParameterLayout& layout;
  // ReLU follows: bound sqrt(6 / fan-in); else that of a linear map.
  void add(const std::string& name, std::size_t out, std::size_t in, std::size_t kernel, bool relu) {
    const std::size_t fan_in = in * kernel * kernel;
    layout.add(name + ".weight", {out, in, kernel, kernel},
               relu ? std::sqrt(6.0 / static_cast<double>(fan_in)) : bound_of(fan_in));
    layout.add(name + ".bias", {out}, 0);
  }
};

}  // namespace

void describe(core::Describer& d, UnetParams& p) {
  d.field("width", p.width,
          {.help = "Channels of the finest level; twice as many on each coarser one", .min = 2, .max = 256});
  d.field("levels", p.levels, {.help = "Resolutions, each half of the one before", .min = 2, .max = 6});
  d.field("attention", p.attention, {.help = "Attention gates between the levels' two halves"});
}

ParameterLayout unet_layout(const UnetShape& shape) {
  ParameterLayout layout;
  Adder adder{layout};
  const auto levels = static_cast<std::size_t>(shape.params.levels);
  const auto width = [&](std::size_t l) { return static_cast<std::size_t>(shape.params.width) << l; };
  for (std::size_t l = 0; l < levels; ++l) {
    adder.add(fmt::format("down.{}.0", l), width(l), l == 0 ? shape.channels : width(l - 1), 3, true);
    adder.add(fmt::format("down.{}.1", l), width(l), width(l), 3, true);
  }
  for (std::size_t l = levels - 1; l-- > 0;) {
    // [in][out][2][2], as libtorch has transposed convolutions.
    layout.add(fmt::format("up.{}.raise.weight", l), {width(l + 1), width(l), 2, 2}, bound_of(width(l + 1)));
    layout.add(fmt::format("up.{}.raise.bias", l), {width(l)}, 0);
    if (shape.params.attention) {
      const std::size_t inner = std::max<std::size_t>(1, width(l) / 2);
      adder.add(fmt::format("up.{}.gate.skip", l), inner, width(l), 1, true);
      adder.add(fmt::format("up.{}.gate.raised", l), inner, width(l), 1, true);
      adder.add(fmt::format("up.{}.gate.psi", l), 1, inner, 1, false);
    }
    adder.add(fmt::format("up.{}.0", l), width(l), 2 * width(l), 3, true);
    adder.add(fmt::format("up.{}.1", l), width(l), width(l), 3, true);
  }
  adder.add("head", shape.bands, width(0), 1, false);
  return layout;
}

std::size_t unet_multiple(const UnetParams& params) { return std::size_t{1} << (params.levels - 1); }

std::size_t unet_reach(const UnetParams& params) {
  // Margin of cells of a level around what is wanted: two convolutions on each level on the way up, halved to the next
  // coarser level; at the bottom two, and on the way down doubled and two more on each.
  std::size_t margin = 0;
  for (int l = 0; l + 1 < params.levels; ++l) margin = (margin + 2 + 1) / 2;
  margin += 2;
  for (int l = 0; l + 1 < params.levels; ++l) margin = 2 * margin + 2;
  return margin;
}

}  // namespace phreatic::learn
