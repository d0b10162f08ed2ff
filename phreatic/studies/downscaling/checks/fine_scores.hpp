// SPDX-License-Identifier: BSD-3-Clause
// Scores of fine fields against a withheld finer truth, beside bilinear interpolation.
#pragma once

#include "phreatic/studies/downscaling/downscale.hpp"

namespace phreatic::studies::downscaling {

class FineScorer {
 public:
  // The truth is taken as anomalies over the months of the storage that were not filled.
  FineScorer(const Inputs& inputs, const Storage& storage, const std::vector<double>& bilinear,
             const ModelParams& params);
  // field: [fine cell * months]; `scheme` names the blocks of the bootstrap: years, or blocks in space.
  // `area`: of the cells of one class alone; -1: of all.
  FineScore score(const std::string& model, const std::string& scheme, const std::vector<double>& field,
                  int area = -1) const;
  // Of all cells, then of each class.
  std::vector<FineScore> scores(const std::string& model, const std::string& scheme,
                                const std::vector<double>& field) const;
  // Of a value of the field ([fine cell * months]); NaN where there is no truth or the month was filled.
  double error(std::size_t i, double value) const;

 private:
  bool usable(std::size_t i, double value) const;
  const Inputs& in_;
  const Storage& storage_;
  const std::vector<double>& bilinear_;
  const ModelParams& p_;
  std::vector<double> truth_;
};

}  // namespace phreatic::studies::downscaling
