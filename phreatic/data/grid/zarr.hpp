// SPDX-License-Identifier: BSD-3-Clause
// Cubes as Zarr stores of version 2 (key zarr2): a folder with an array for each variable, one uncompressed chunk a map,
// CF attributes, consolidated metadata. Written beside its place and renamed when it is whole.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "phreatic/data/grid/cube.hpp"

namespace phreatic::data {

class ZarrWriter {
 public:
  ZarrWriter(std::filesystem::path folder, const CubeSchema& schema)
      : folder_(std::move(folder)), schema_(schema) {}
  // As CubeWriter::put. A map is kept in memory until another one is begun.
  void put(std::size_t variable, std::size_t time, const Window& window, std::span<const double> values);
  void flush();

 private:
  std::filesystem::path chunk() const;

  std::filesystem::path folder_;
  const CubeSchema& schema_;
  std::optional<std::pair<std::size_t, std::size_t>> now_;  // variable and time of the map
  std::vector<float> map_;
};

// An old store at `path` is replaced; a folder that is none is refused (InputError). RunError (disk full).
void write_zarr(const std::filesystem::path& path, const CubeSchema& schema,
                const std::function<void(ZarrWriter&)>& fill);

}  // namespace phreatic::data
