// SPDX-License-Identifier: BSD-3-Clause
// Maps of the rise around every site, which map-to-map surrogates (unet) learn: kept by a run beside its storage
// series when they are asked for.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"

namespace phreatic::studies::recharge {

// Rise of the water table (m) in the rectangle that holds a site's response: the cells of its neighbourhood whose rise
// is in any band above a thousandth of the site's largest in that band; 0 in cells of other sites.
struct SiteRises {
  std::string site;
  std::size_t row = 0, column = 0;    // first cell
  std::size_t rows = 0, columns = 0;  // none where nothing rises
  std::vector<float> values;          // [bands][rows][columns]
  std::size_t bands() const { return rows * columns == 0 ? 0 : values.size() / (rows * columns); }
};

// Instants of the schedule with a band each: the end of recharge, the last one, and others evenly between, eight at most.
std::vector<std::size_t> rise_instants(const Schedule& schedule);

// maps [bands][places]; owner [places] as of neighbourhoods().
std::vector<SiteRises> cut_rises(const Ground& ground, const std::vector<Site>& sites,
                                 const std::vector<std::size_t>& owner,
                                 const std::vector<std::vector<double>>& maps);

std::filesystem::path rises_file(const std::filesystem::path& folder, int run);
// safetensors: an array [bands][rows][columns] for each site, its first cell in the metadata. Atomically.
void write_rises(const std::filesystem::path& file, const std::vector<SiteRises>& rises);
// Throws InputError for a file that is none.
std::vector<SiteRises> read_rises(const std::filesystem::path& file);

}  // namespace phreatic::studies::recharge
