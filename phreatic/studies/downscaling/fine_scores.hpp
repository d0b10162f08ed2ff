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
  FineScore score(const std::string& model, const std::string& scheme,
                  const std::vector<double>& field) const;
  // Share of the truth within 1.645 sd of the field.
  double covered(const std::vector<double>& field, const std::vector<double>& sd) const;

 private:
  bool usable(std::size_t i, double value) const;
  const Inputs& in_;
  const Storage& storage_;
  const std::vector<double>& bilinear_;
  const ModelParams& p_;
  std::vector<double> truth_;
};

}  // namespace phreatic::studies::downscaling
