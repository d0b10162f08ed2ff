// SPDX-License-Identifier: BSD-3-Clause
// The stages of the study one by one (stages.hpp puts them together).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/studies/recharge/results.hpp"
#include "phreatic/studies/recharge/settings.hpp"
#include "phreatic/studies/recharge/stages.hpp"

namespace phreatic::studies::recharge {

// The model with its baseline, and what follows from both without a choice of the user's.
struct Base {
  Ground ground;
  Baseline baseline;
  FirstAquifer aquifer;
  std::vector<double> leakage_m;
  SeasonalYield yield;
  FeatureParams features;
};

// What the stage baseline hands on.
const Base& base_of(const engine::StageContext& context);
// Of all numbers of the base that later stages read.
std::string hash_of(const Base& base);

// Maps of the surrogates' inputs for a site around every cell.
std::vector<FeatureMap> scanned_inputs(const Base& base, const AdjointMaps& adjoint, double sigma_m,
                                       const ScanParams& scan, const TargetParams& targets,
                                       std::vector<std::string>& notes);

engine::Stage baseline_stage(const std::shared_ptr<const Ground>& ground, const RechargeSettings& settings,
                             const std::string& study_file);
engine::Stage year_stage(const RechargeSettings& settings, const std::string& study_file);
engine::Stage adjoint_stage();
engine::Stage sites_stage(const RechargeSettings& settings, const std::string& study_file);
engine::Stage simulate_stage();
engine::Stage targets_stage();
engine::Stage train_stage(const std::string& study_file);
engine::Stage scan_stage();
engine::Stage plan_stage(const RechargeSettings& settings);
// Its work is that of another program where libtorch is missing, which hands the study over before any stage runs.
engine::Stage unet_stage(const UnetWork& work);

}  // namespace phreatic::studies::recharge
