// SPDX-License-Identifier: BSD-3-Clause
// Everything that a downscaling study reads, on its coarse and fine cells and one axis of months.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/data/grid/geogrid.hpp"
#include "phreatic/studies/downscaling/settings.hpp"

namespace phreatic::studies::downscaling {

// Coarse cells and the fine ones that they hold, ratio x ratio each.
struct Cells {
  data::GeoGrid coarse, fine;
  int ratio = 1;
  std::vector<std::size_t> parent;  // [fine] coarse cell
  std::vector<double> area;         // [fine], relative
};
Cells make_cells(const RegionParams& region);

// Longitude and latitude of a cell's centre.
std::pair<double, double> centre(const data::GeoGrid& grid, std::size_t cell);

// Mean of the fine cells of each coarse one, weighted by area, over those with values; NaN where less than
// min_coverage of the area has them.
std::vector<double> aggregate(const Cells& cells, std::span<const double> fine, double min_coverage);

struct Covariate {
  std::string name;
  std::string group;  // the input that it was made of: sums and classes of one input are explained together
  bool is_static = false;
  bool optional = false;      // models are validated without its group too
  std::vector<float> fine;    // [fine cell][month], or [fine cell]
  std::vector<float> coarse;  // the same of coarse cells: means over fine ones
};

// True shares of the variance of storage by one definition.
struct TrueCauses {
  std::string definition;
  std::vector<std::pair<std::string, double>> share;  // covariate, share
};

struct Inputs {
  Cells cells;
  core::TimeAxis axis;
  std::vector<std::string> product_names, storage_names;
  std::vector<std::vector<double>> products;  // [product][coarse cell * months], mm, NaN = missing
  std::vector<std::vector<double>> storages;
  std::vector<Covariate> covariates;
  std::vector<double> truth;        // [fine cell * months], mm; or empty
  std::vector<TrueCauses> causes;   // by definition, the one that counts first; or empty
  std::vector<int> areas;           // [fine cell] class, -1 = none; or empty
  std::vector<std::string> said;    // what was decided on the way
  std::vector<std::string> warned;  // what falls short
  std::string hash;
  std::size_t months() const { return axis.size(); }
};

// Throws InputError with everything that is wrong with the files.
Inputs read_inputs(const Settings& settings, core::Context& context);

}  // namespace phreatic::studies::downscaling
