// SPDX-License-Identifier: BSD-3-Clause
// Self-organising map (kohonen2001). Nodes j on a grid carry codebook vectors w_j; b(x) is the node nearest
// to sample x; r(.,.) is the distance on the grid.
//   batch    w_j = sum_i h_ij x_i / sum_i h_ij,  h_ij = exp(-r(b(x_i), j)^2 / (2 s^2))
//   online   w_j += rate h_ij (x_i - w_j), samples in a new random order each epoch
// s falls geometrically from radius_start to radius_end over the epochs, rate linearly to rate_end.
// Missing coordinates (NaN) are left out: distances are sums over the coordinates that are there, scaled to
// the full number; codebooks average what is there (vesanto2000).
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/core/isa.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/clustering/points.hpp"

namespace phreatic::stats {

enum class SomGrid { rectangular, hexagonal };
enum class SomTraining { batch, online };
enum class SomStart { principal_components, random };

struct SomParams {
  int rows = 0;  // both 0: about 5 sqrt(n) nodes, sides as the first two principal components' deviations
  int columns = 0;
  SomGrid grid = SomGrid::hexagonal;
  SomTraining training = SomTraining::batch;
  SomStart start = SomStart::principal_components;
  int epochs = 100;
  double radius_start = 0;  // in node distances; 0: half the longer side, at least 1
  double radius_end = 0.5;
  double rate_start = 0.5;  // online only
  double rate_end = 0.01;
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, SomParams& p);

struct Som {
  int rows = 0;
  int columns = 0;
  SomGrid grid = SomGrid::hexagonal;
  std::size_t dimension = 0;
  std::vector<double>
      codebook;  // [row][column][coordinate]; a component plane is one coordinate of all nodes

  std::size_t nodes() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
};

// Position of a node (row * columns + column) in the plane, neighbours at distance 1: odd rows of a hexagonal
// grid are shifted right by half a step, rows are sqrt(3)/2 apart.
struct NodePosition {
  double x = 0;
  double y = 0;
};
NodePosition node_position(const Som& som, std::size_t node);
// Hexagonal: the six neighbours; rectangular: the eight.
bool adjacent(const Som& som, std::size_t a, std::size_t b);

// At least one sample. Samples whose coordinates are all missing play no part; a coordinate missing in all
// samples stays NaN in the codebook and is left out.
// Computed with the instruction set `isa`; which one changes the last digits of sums only.
Som train_som(const Points& samples, const SomParams& params, core::Isa isa = core::Isa::automatic);

struct SomQuality {
  std::vector<int> nodes;         // best node of each sample; -1 where all is missing
  std::vector<std::size_t> hits;  // samples per node
  double quantisation_error = 0;  // mean distance of samples to their node
  double topographic_error = 0;   // share of samples whose two best nodes are not adjacent
  std::vector<double> distances;  // of samples to their node; NaN where all is missing
};
SomQuality assess(const Som& som, const Points& samples);

// Mean distance of each node's codebook to those of the adjacent nodes.
std::vector<double> u_matrix(const Som& som);

}  // namespace phreatic::stats
