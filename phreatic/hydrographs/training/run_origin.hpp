// SPDX-License-Identifier: BSD-3-Clause
// One origin of a rolling evaluation: networks trained and baselines fitted on what was observed before it, and
// their predictions of its test period, in a folder of its own:
//   predictions<suffix>.nc, .csv   observed, simulated, bands, baselines from the origin on, one pair per target
//   forecasts<suffix>.nc           of every lead, in forecast mode
//   bands<suffix>.nc               what bands were made of (band_book.hpp), in forecast mode
//   done.json                      written last: of which data and settings the others are
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "phreatic/hydrographs/evaluation/rolling.hpp"
#include "phreatic/hydrographs/evaluation/rolling_scores.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::hydrographs {

struct OriginTask {
  TaskParams task;
  data::SplitParams split;
  UncertaintyParams uncertainty;
  std::vector<std::string> baselines;
  std::string key;  // hash of the data at the origin and of all settings; kept in done.json
};

// Whether the folder holds the finished work of this key.
bool origin_is_done(const std::filesystem::path& folder, const std::string& key);

// Trains, predicts and writes; networks are removed when the predictions are written. `resume` is that of a
// training that was interrupted. `data`: at_origin(). Throws Interrupted; what was trained stays for a resume.
void run_origin(const Prepared& data, const Origin& origin, const OriginTask& task,
                const std::filesystem::path& folder, learn::ResumeMode resume, core::Context& context);

// Calls `work` with the data of each target and what was written of it.
using OriginWork = std::function<void(const Prepared& mine, const RunSeries& series,
                                      const std::optional<LeadForecasts>& leads)>;
void read_origin(const Prepared& data, bool forecasts, const std::filesystem::path& folder,
                 const OriginWork& work);

}  // namespace phreatic::hydrographs
