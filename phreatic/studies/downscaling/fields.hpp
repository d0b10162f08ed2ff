// SPDX-License-Identifier: BSD-3-Clause
// Fine fields that models and interpolations make of the coarse storage.
#pragma once

#include "phreatic/studies/downscaling/correction.hpp"
#include "phreatic/studies/downscaling/models/samples.hpp"
#include "phreatic/studies/downscaling/storage/schemes.hpp"

namespace phreatic::studies::downscaling {

using Field = std::vector<double>;  // [fine cell * months], mm; NaN where there is no value

class Fields {
 public:
  Fields(const Inputs& inputs, const Storage& storage, const Samples& samples, const ModelParams& params);

  // A model's fine month, `weight` of its detail taken, closed on the coarse one.
  std::vector<double> month(const Predictor& model, double weight, std::size_t t,
                            Closure* left = nullptr) const;
  // `closure`, `at_mascons`: what is left at the coarse cells and at squares of mascon_deg.
  Field predict(const Predictor& model, double weight, Closure& closure, Closure& at_mascons) const;
  // Each part of the field by the model that did not learn from it.
  Field held_out(const std::vector<Predictor>& parts, const Scheme& scheme, double weight) const;
  // Where models have a value; `closed`: with the residuals of the coarse means put back.
  Field bilinear(bool closed) const;
  Field block() const;

  // [fine cell] of a value of each coarse cell.
  std::vector<double> between(std::span<const double> coarse) const { return up_.bilinear(coarse); }
  // Standard deviation of each fine cell, delete-a-group jackknife: (K - 1) / K sum (field_k - mean)^2, mean over months.
  // 0 with fewer than two parts.
  std::vector<double> jackknife(const std::vector<Predictor>& parts, double weight) const;

 private:
  std::vector<double> coarse_month(std::size_t t) const;
  Field empty() const;
  void put(Field& field, std::size_t t, const std::vector<double>& fine) const;

  const Inputs& in_;
  const Storage& storage_;
  const Samples& s_;
  const ModelParams& p_;
  Upsampler up_;
};

}  // namespace phreatic::studies::downscaling
