// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/rises.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/files/safetensors.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kSmallestShare = 1e-3;
constexpr std::size_t kBands = 8;

// Rectangle of the site's cells that rise; empty (rows 0) where none does.
SiteRises extent_of_rise(const Ground& ground, std::size_t site, const std::vector<std::size_t>& owner,
                         const std::vector<std::vector<double>>& maps) {
  SiteRises out;
  std::size_t last_row = 0;
  std::size_t last_column = 0;
  for (const auto& map : maps) {
    double largest = 0;
    for (std::size_t place = 0; place < map.size(); ++place) {
      if (owner[place] == site) largest = std::max(largest, std::abs(map[place]));
    }
    for (std::size_t place = 0; place < map.size(); ++place) {
      if (owner[place] != site || !(std::abs(map[place]) > kSmallestShare * largest)) continue;
      const std::size_t r = place / ground.columns();
      const std::size_t c = place % ground.columns();
      if (out.rows == 0) {
        out.row = last_row = r;
        out.column = last_column = c;
        out.rows = 1;
      }
      out.row = std::min(out.row, r);
      out.column = std::min(out.column, c);
      last_row = std::max(last_row, r);
      last_column = std::max(last_column, c);
    }
  }
  if (out.rows == 0) return out;
  out.rows = last_row - out.row + 1;
  out.columns = last_column - out.column + 1;
  return out;
}

}  // namespace

std::vector<std::size_t> rise_instants(const Schedule& schedule) {
  const std::size_t last = schedule.instants() - 1;
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < kBands; ++b) {
    const std::size_t instant = (b * last + (kBands - 1) / 2) / (kBands - 1);
    if (out.empty() || instant > out.back()) out.push_back(instant);
  }
  return out;
}

std::vector<SiteRises> cut_rises(const Ground& ground, const std::vector<Site>& sites,
                                 const std::vector<std::size_t>& owner,
                                 const std::vector<std::vector<double>>& maps) {
  std::vector<SiteRises> out;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    SiteRises rises = extent_of_rise(ground, s, owner, maps);
    rises.site = sites[s].id;
    for (const auto& map : maps) {
      for (std::size_t i = 0; i < rises.rows * rises.columns; ++i) {
        const std::size_t place =
            (rises.row + i / rises.columns) * ground.columns() + rises.column + i % rises.columns;
        rises.values.push_back(owner[place] == s ? static_cast<float>(map[place]) : 0.0F);
      }
    }
    out.push_back(std::move(rises));
  }
  return out;
}

std::filesystem::path rises_file(const std::filesystem::path& folder, int run) {
  return folder / fmt::format("run_{:04}.rises.safetensors", run + 1);
}

void write_rises(const std::filesystem::path& file, const std::vector<SiteRises>& rises) {
  learn::SafeTensors content;
  for (const SiteRises& r : rises) {
    if (r.values.empty()) continue;
    content.metadata[r.site] = fmt::format("{} {}", r.row, r.column);
    content.tensors.push_back(learn::store_floats(r.site, {r.bands(), r.rows, r.columns}, r.values.data()));
  }
  learn::write_safetensors(file, content);
}

std::vector<SiteRises> read_rises(const std::filesystem::path& file) {
  const learn::SafeTensors content = learn::read_safetensors(file);
  std::vector<SiteRises> out;
  for (const learn::StoredTensor& tensor : content.tensors) {
    const auto place = content.metadata.find(tensor.name);
    SiteRises r;
    if (place == content.metadata.end() || tensor.shape.size() != 3 ||
        std::sscanf(place->second.c_str(), "%zu %zu", &r.row, &r.column) != 2)
      throw core::InputError({.file = file.string(),
                              .where = "array '" + tensor.name + "'",
                              .what = "is no map of rises of a site"});
    r.site = tensor.name;
    r.rows = tensor.shape[1];
    r.columns = tensor.shape[2];
    r.values = learn::stored_floats(tensor, file.string());
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace phreatic::studies::recharge
