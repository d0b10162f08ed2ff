// SPDX-License-Identifier: BSD-3-Clause
// What the bands of a model are made of: on every calibration step what was observed and what the members
// said that had not learnt from it. Kept in model/bands.nc, so that bands around any later simulation are
// those that the training run would have drawn, without the training data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/hydrographs/prediction/prediction.hpp"

namespace phreatic::hydrographs {

// Besides the simulation, what the width of a band may follow. [time]; empty where the scale asks for none.
struct BandInput {
  std::vector<double> observed;
  std::vector<int> days;        // of the year
  std::vector<double> balance;  // precipitation less evaporation demand of the year before
};
BandInput band_input(const Prepared& prepared, const UncertaintyParams& params, std::size_t entity);

// The band around a simulation, calibrated on its out-of-sample steps.
stats::Band reported_band(const BandInput& input, const UncertaintyParams& params,
                          const Simulation& simulation);

struct BandBook {
  UncertaintyParams params;
  core::TimeAxis axis;  // from the first to the last calibration step of any entity
  std::vector<std::string> entities;
  std::size_t leads = 1;  // 1: a simulation
  std::string unit;
  std::vector<std::vector<learn::StepRange>> unseen;     // [entity][fold] steps of `axis`
  std::vector<double> observed, balance;                 // [entity][time]; balance may be empty
  std::vector<double> out_of_sample, spread, low, high;  // [entity][lead][time]; low and high: quantiles
};

// An empty book for the entities of `prepared`.
BandBook make_band_book(const Prepared& prepared, const UncertaintyParams& params, std::size_t leads);
// Takes down what the band of a simulation, made in the run that trained, stands on. `lead` from 0.
void take_down(const Prepared& prepared, std::size_t entity, std::size_t lead, const Simulation& simulation,
               BandBook& book);
// Fills lower and upper of a simulation on any other panel; NaN for entities that the book does not know.
void add_band(const BandBook& book, const Prepared& prepared, std::size_t entity, std::size_t lead,
              Simulation& simulation);

void write_band_book(const BandBook& book, const std::filesystem::path& path);
// Throws InputError when the file is missing, damaged or newer.
BandBook read_band_book(const std::filesystem::path& path);

}  // namespace phreatic::hydrographs
