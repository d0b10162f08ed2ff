// SPDX-License-Identifier: BSD-3-Clause
// The settings of a wells study as the blocks that its stages declare.
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/engine/settings_blocks.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

struct BaselineBlock {
  std::vector<std::string> names;
};
void describe(core::Describer& d, BaselineBlock& p);

// What only the report shows.
struct PageBlock {
  std::string title;
  std::string level_datum;
  std::vector<PublishedMark> published;
  report::FigureParams figures;
  int report_panels = 500;
};
void describe(core::Describer& d, PageBlock& p);

// Blocks:
//   sources      SourceSettings (load.hpp): what the data are made of
//   basin        basin::BasinParams
//   task         hydrographs::TaskParams
//   split        data::SplitParams
//   baselines    BaselineBlock
//   uncertainty  hydrographs::UncertaintyParams
//   attribution  hydrographs::ExplainParams without what only types and truth look at
//   explain      hydrographs::ExplainParams
//   frost        explain::FrostParams
//   rolling      hydrographs::RollingParams
//   outlook      hydrographs::OutlookParams
//   page         PageBlock
engine::SettingsBlocks blocks_of(const WellsSettings& settings);

}  // namespace phreatic::studies::wells
