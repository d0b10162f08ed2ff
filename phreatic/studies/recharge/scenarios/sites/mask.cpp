// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"

namespace phreatic::studies::recharge {

data::GridFile open_on_grid(const Ground& ground, const std::string& path) {
  data::GridSource source;
  source.crs = ground.geo.crs;  // of a file without one: taken for the model's
  data::GridFile file(path, source);
  const data::GridDifference difference = data::compare(ground.geo, file.grid());
  if (difference.relation != data::GridRelation::same)
    throw core::InputError({.file = path,
                            .what = "its cells are not the model's: " + data::describe(file.grid()),
                            .allowed = data::describe(ground.geo),
                            .mend = "Bring it to the model's grid with `phreatic grid regrid`"});
  return file;
}

std::vector<double> read_mask(const Ground& ground, const std::string& path) {
  if (path.empty()) return {};
  const data::GridFile file = open_on_grid(ground, path);
  std::vector<double> values;
  file.read(0, {0, 0, ground.geo.width, ground.geo.height}, values);
  return values;
}

}  // namespace phreatic::studies::recharge
