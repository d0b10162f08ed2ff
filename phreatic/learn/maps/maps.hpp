// SPDX-License-Identifier: BSD-3-Clause
// Networks that make maps from maps (U-Net, architectures/unet): squares cut from the maps of a region, training on
// them, prediction of maps of any size by tiles without seams. Free of libtorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/learn/architectures/unet/unet.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::learn {

// What one sample adds to the maps of the region: its own input, and what came of it.
struct MapSample {
  std::string name;
  std::int64_t row = 0, column = 0;  // first cell of its square in the region; the square may reach outside
  std::vector<float> input;          // [side^2]
  std::vector<float> counts;         // [side^2] share of a cell that counts in loss and sums
  std::vector<float> target;         // [bands][side^2]; NaN in the first cell: the sample lacks the band
};

struct MapSet {
  std::size_t rows = 0, columns = 0;
  std::vector<std::string> inputs;         // names; the first one is the samples' own
  std::vector<std::vector<float>> shared;  // [inputs - 1][rows x columns]; 0 where there is nothing
  std::vector<std::string> bands;
  std::size_t series = 0;  // so many bands from the first on are dates of one series, whose ratios count too
  std::size_t side = 0;    // of the squares; a multiple of unet_multiple()
  std::vector<MapSample> samples;
};

// Beside the mean squared error of cells over the mean square of the band: that of asinh(sum over the square / its 10 %
// quantile), and of the logarithm of a later date's sum over the first one's.
struct MapWeights {
  double sum = 1;
  double ratio = 1;
};

struct MapParams {
  UnetParams net;
  MapWeights weights;
  bool augment =
      true;  // each epoch sees every sample in one of its eight turned and mirrored forms, on average
  TrainingParams training;
};

struct MapModel {
  UnetParams net;
  std::vector<std::string> inputs, bands;
  std::size_t side = 0;
  std::vector<float> scales;      // [bands] an output of 1 is so much
  std::vector<float> gains;       // [bands] of the sums, in scaled units
  std::vector<float> parameters;  // flat
};

struct MapTask {
  std::filesystem::path folder;  // gets checkpoints, the member's file and unet.json; made when missing
  ResumeMode resume = ResumeMode::fresh;
  std::function<bool(const EpochRecord&)> keep_going;  // asked after each epoch; false ends the training
};
struct MapFit {
  MapModel model;
  MemberResult result;
};
// Trains on the samples numbered `training`, stops and selects by `validation`. Throws as train_ensemble().
MapFit fit_maps(const MapSet& set, std::span<const std::size_t> training,
                std::span<const std::size_t> validation, const MapParams& params, const MapTask& task,
                core::Context& context);
// Throws InputError when a file is missing or corrupt.
MapModel read_maps_model(const std::filesystem::path& folder);

struct MapArea {
  std::size_t rows = 0, columns = 0;
  std::vector<std::vector<float>> inputs;  // [inputs][rows x columns]
};
// [bands][rows x columns] in the targets' unit. tile: side of the squares that are computed one by one, 0: all at once;
// each is computed with unet_reach() cells around it, so that the result does not depend on it but for rounding.
std::vector<std::vector<float>> predict_maps(const MapModel& model, const MapArea& area, std::size_t tile,
                                             DeviceKind device);

}  // namespace phreatic::learn
