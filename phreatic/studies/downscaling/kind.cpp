// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/studies/downscaling/checks/wells.hpp"
#include "phreatic/studies/downscaling/models/models.hpp"
#include "phreatic/studies/downscaling/stages.hpp"
#include "phreatic/studies/downscaling/storage/storage.hpp"
#include "phreatic/studies/downscaling/storage/synthetic.hpp"

__asm__(
    ".section .rodata\n"
    ".global phreatic_downscaling_yml\nphreatic_downscaling_yml:\n.incbin \"" PHREATIC_EXAMPLES
    "/downscaling.yml\"\n.byte 0\n"
    ".previous\n");

extern "C" const char phreatic_downscaling_yml[];

namespace phreatic::studies::downscaling {
namespace {

// The study of the example with the region, period and models of the full size.
std::string full_study() {
  std::string text = phreatic_downscaling_yml;
  const auto replace = [&](const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    PHREATIC_ASSERT(at != std::string::npos);
    text.replace(at, from.size(), to);
  };
  replace("west: 74", "west: 75");
  replace("east: 80", "east: 90");
  replace("north: 40", "north: 48");
  replace("precipitation.nc, sums: [3, 12]", "precipitation.nc, sums: [3, 6, 12, 24, 36]");
  replace("evapotranspiration.nc, sums: [3, 12]", "evapotranspiration.nc, sums: [3, 6, 12, 24, 36]");
  // Storage is an anomaly: layers that never change cannot explain it.
  replace("  - {name: elevation, files: covariates/elevation.nc}\n",
          "  - {name: irrigation, files: covariates/irrigation.nc, sums: [3, 6, 12, 24, 36]}\n"
          "  - {name: river inflow, files: covariates/river_inflow.nc, sums: [3, 6, 12, 24, 36]}\n");
  replace("  - {name: soil, files: covariates/soil.nc, classes: true}\n", "");
  replace("truth/groundwater.nc}\n",
          "truth/groundwater.nc}\nareas:\n  - {name: pumped, files: truth/pumped.nc}\n"
          "causes: truth/shares.csv   # true shares of variance, to compare importance with\n");
  replace(
      "  block_deg: 3\n",
      "  scale: footprint         # the coarse cells of these products are copies of caps of mascon_deg\n"
      "  anomalies: true          # covariates less the mean of each cell, as storage is\n"
      "  season: false            # a sine of the month is no cause: the other covariates have the season "
      "themselves\n"
      "  block_deg: 3\n");
  return text;
}

std::vector<std::string> check(const StudyFile& study, core::Context& context) {
  const Settings settings = read_settings(study);
  require_tables(settings);
  const Inputs in = read_inputs(settings, context);
  const Storage storage = groundwater_storage(in, settings.storage, settings);
  std::vector<std::string> zones;
  if (!settings.zones.file.empty())
    data::zones_on_grid(settings.zones.file, {.layer = settings.zones.layer, .id = settings.zones.id},
                        in.cells.fine, zones);
  if (!settings.wells.levels.empty()) check_wells(settings.wells, in);
  std::vector<std::string> lines{fmt::format("coarse cells: {}", data::describe(in.cells.coarse)),
                                 fmt::format("fine cells:   {}", data::describe(in.cells.fine)),
                                 fmt::format("{} months, {} to {}; {} products, {} storages, {} covariates{}",
                                             in.months(), core::format_date(in.axis.start(0)).substr(0, 7),
                                             core::format_date(in.axis.start(in.months() - 1)).substr(0, 7),
                                             in.products.size(), in.storages.size(), in.covariates.size(),
                                             in.truth.empty() ? "" : ", a finer field to score against")};
  lines.insert(lines.end(), in.said.begin(), in.said.end());
  lines.insert(lines.end(), storage.said.begin(), storage.said.end());
  lines.insert(lines.end(), zones.begin(), zones.end());
  for (const auto* warned : {&in.warned, &storage.warned}) {
    for (const std::string& line : *warned) lines.push_back("warning: " + line);
  }
  return lines;
}

}  // namespace

Kind kind() {
  Kind kind;
  kind.name = "downscaling";
  kind.about =
      "Groundwater storage from gravity missions on finer cells, with trends, zones, drivers and wells";
  kind.entity = "zone";
  kind.settings = [] { return core::field_table(Settings{}); };
  kind.check = check;
  kind.stages = stages;
  kind.page = page;
  kind.page_version = 2;  // notes beside warnings, the command with its folder
  kind.templates = {
      {"downscaling", "a synthetic region whose groundwater is known",
       [](const std::filesystem::path& folder) {
         write_synthetic({}, folder);
         core::write_file_atomic(folder / "study.yml", phreatic_downscaling_yml);
       }},
      {"downscaling-full", "the same at the size of a basin: 720 coarse and 18,000 fine cells, 261 months",
       [](const std::filesystem::path& folder) {
         write_synthetic(full_region(), folder);
         core::write_file_atomic(folder / "study.yml", full_study());
       }}};
  kind.verbs = {{"downscale", "Fit, validate and apply the models of a downscaling study", "downscale"}};
  return kind;
}

}  // namespace phreatic::studies::downscaling
