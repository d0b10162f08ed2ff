// SPDX-License-Identifier: BSD-3-Clause
// Models fitted on coarse cells, validated, and applied to fine cells with closure. Method: docs/methods/downscaling.md.
#pragma once

#include <map>

#include "phreatic/studies/downscaling/correction.hpp"
#include "phreatic/studies/downscaling/models/coefficients.hpp"
#include "phreatic/studies/downscaling/models/importance.hpp"
#include "phreatic/studies/downscaling/models/models.hpp"
#include "phreatic/studies/downscaling/storage/storage.hpp"

namespace phreatic::studies::downscaling {

// Of coarse storage by the model alone, before any correction.
struct CoarseScore {
  std::string model;
  std::string scheme;  // "training", "blocks", "years", "random"
  double rmse = 0, r2 = 0;
  std::size_t rows = 0;
};

// Of the corrected fine field against the withheld truth, by models that did not see the scored part.
struct FineScore {
  std::string model;
  std::string scheme;                            // "blocks", "years"
  int area = -1;                                 // class of the scored cells; -1: all
  double rmse = 0, correlation = 0, detail = 0;  // detail: correlation of what each adds to bilinear
  double gain = 0, low = 0, high = 0;  // 1 - rmse / rmse of bilinear, percent, with 90 % interval by blocks
  std::size_t values = 0;
};

// Errors of a model with a covariate and without it.
struct CovariateValue {
  std::string covariate, model, scheme;
  std::string cells;             // "coarse", "fine", "fine, area 1"
  double with = 0, without = 0;  // RMSE, mm
};

struct Downscaled {
  std::string best;              // leaves least of the detail of coarse storage one scale up
  std::vector<double> field;     // [fine cell * months], mm
  std::vector<double> bilinear;  // of the coarse storage, not closed
  std::vector<double> sd;        // [fine cell] of an error, mm: products, model (jackknife), structure
  std::vector<double> sd_products, sd_model;
  double sd_structure = 0;        // of all cells; that of a fine cell is interpolated from its coarse cells
  std::vector<double> half_band;  // [fine cell] half width of the 90 % band, mm
  double band_factor = 1;         // half_band over 1.645 sd
  std::string band_source;        // what the factor comes from
  double covered = 0,
         covered_calibrated = 0;  // share of the truth, held out, inside +-1.645 sd and inside the band
                                  // of the other parts' factor; NaN without truth
  std::vector<Importance> importance;
  // Rank correlation of a model's importance with the true shares of variance by one definition.
  struct CauseRank {
    std::string model, definition;
    double correlation = 0;
  };
  std::vector<CauseRank> cause_ranks;
  std::vector<std::pair<std::string, double>> weights;  // of the models combined; empty with one
  LocalCoefficients coefficients;                       // of the result's model, where it has some
  std::vector<CovariateValue> values;                   // of optional covariates
  std::vector<CoarseScore> coarse;
  std::vector<FineScore> fine;
  std::map<int, double> covered_of_area;  // share of the truth inside the band, by class of fine cells
  Closure closure, closure_mascon;
  Closure closure_coarse;  // at the coarse cells, where models learn on footprints: not enforced there
  double continuity = 0;   // median correlation of fine series with their coarse cell's
  double lag1_fine = 0, lag1_coarse = 0;  // median lag-1 autocorrelation
  double detail_ratio = 0;        // variance that the field adds within coarse cells, over what bilinear does
  std::vector<std::string> said;  // what was decided on the way
  std::vector<std::string> warned;  // what falls short
};

Downscaled downscale(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                     core::Context& context);

}  // namespace phreatic::studies::downscaling
