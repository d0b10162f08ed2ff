// SPDX-License-Identifier: BSD-3-Clause
// Models validated: each is fitted to all rows and to all but each part of every scheme; all are combined by what was held
// out. Method: docs/methods/downscaling.md.
#pragma once

#include <map>
#include <utility>

#include "phreatic/studies/downscaling/checks/detail.hpp"
#include "phreatic/studies/downscaling/downscale.hpp"
#include "phreatic/studies/downscaling/models/samples.hpp"
#include "phreatic/studies/downscaling/storage/schemes.hpp"

namespace phreatic::studies::downscaling {

class Validation {
 public:
  // `out` gets scores of coarse cells, weights and what is said.
  Validation(const Inputs& inputs, const Samples& samples, const ModelParams& params, core::Context& context,
             Downscaled& out);

  // Scores a model by every scheme; returns it fitted to all rows.
  Predictor validate(const Model& model);

  // All models together. Weights come from rows held out by blocks and by years; a part is scored with the weights of the
  // other parts. Empty with fewer than two models to combine.
  Predictor combine(const std::map<std::string, Predictor>& fitted);

  // The model that leaves least of the detail one scale up; without that, the best in the first validation.
  std::string best();

  const std::vector<Scheme>& schemes() const { return schemes_; }
  const Scheme& first() const { return schemes_.front(); }
  // One for each part of a scheme, empty where rows were too few; nullptr where the model was not held out by it.
  const std::vector<Predictor>* parts(const std::string& model, const Scheme& scheme) const;
  // nullptr where detail could not be held out.
  const DetailFit* detail(const std::string& model) const;
  double weight_of(const std::string& model) const;  // of the detail that is taken

 private:
  struct Held {  // what was held out of the models that are combined
    std::vector<std::string> names;
    std::vector<std::vector<double>> values;  // [model] by blocks, then by years
    std::vector<double> observed;
    std::vector<double> weights(const std::function<bool(std::size_t)>& use) const;
  };
  Held held_of(const std::map<std::string, Predictor>& fitted) const;
  void add_score(const std::string& model, const std::string& scheme, const std::vector<double>& value);
  void score_held(const std::string& model, const Scheme& scheme);
  void hold_out(const Model& model, const Scheme& scheme);
  void hold_out_combined(const Held& held, const Scheme& scheme);

  const Inputs& in_;
  const Samples& s_;
  const ModelParams& p_;
  core::Context& context_;
  Downscaled& out_;
  std::vector<Scheme> schemes_;
  std::map<std::pair<std::string, std::string>, std::vector<Predictor>> parts_;
  std::map<std::pair<std::string, std::string>, std::vector<double>> held_;  // [model, scheme] rows
  std::map<std::string, DetailFit> detail_;
};

}  // namespace phreatic::studies::downscaling
