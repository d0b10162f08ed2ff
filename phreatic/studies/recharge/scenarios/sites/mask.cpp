// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"

#include "phreatic/data/grid/grid_file.hpp"

namespace phreatic::studies::recharge {

std::vector<double> read_mask(const Ground& ground, const std::string& path) {
  if (path.empty()) return {};
  data::GridSource source;
  source.crs = ground.geo.crs;  // of a file without one: taken for the model's
  const data::GridFile file(path, source);
  const data::GridDifference difference = data::compare(ground.geo, file.grid());
  if (difference.relation != data::GridRelation::same)
    throw core::InputError({.file = path,
                            .what = "its cells are not the model's: " + data::describe(file.grid()),
                            .allowed = data::describe(ground.geo),
                            .mend = "Bring it to the model's grid with `phreatic grid regrid`"});
  std::vector<double> values;
  file.read(0, {0, 0, ground.geo.width, ground.geo.height}, values);
  return values;
}

}  // namespace phreatic::studies::recharge
