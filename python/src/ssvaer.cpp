// SPDX-License-Identifier: BSD-3-Clause
// SSVAER on rows of arrays: covariates [row][covariate], target [row] with NaN where it is not known. No libtorch.
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/learn/architectures/ssvaer/network.hpp"

namespace phreatic::python {
namespace {

using Rows = Matrix<double>;

learn::SsvaerRows rows_of(const Rows& x, const Vector<double>& y, const Vector<std::int64_t>& next) {
  learn::SsvaerRows rows;
  rows.rows = x.shape(0);
  rows.covariates = x.shape(1);
  rows.x.assign(x.data(), x.data() + x.size());
  rows.y.assign(y.data(), y.data() + y.size());
  rows.next.assign(next.data(), next.data() + next.size());
  return rows;
}

// A trained model and what it is made again from.
class PySsvaer {
 public:
  PySsvaer(learn::SsvaerModel model, std::string text, bool ordered)
      : model_(std::move(model)), text_(std::move(text)), ordered_(ordered) {}
  const learn::SsvaerModel& model() const { return model_; }

  // (settings, ordered, mean, scale, y mean, y scale, weights and biases one after the other)
  nb::tuple state() const {
    learn::SsvaerNetwork network = *model_.network;
    std::vector<double> weights;
    for (learn::Perceptron* part : network.parts()) {
      for (const learn::Perceptron::Layer& layer : part->layers) {
        weights.insert(weights.end(), layer.w.data(), layer.w.data() + layer.w.size());
        weights.insert(weights.end(), layer.b.data(), layer.b.data() + layer.b.size());
      }
    }
    const std::size_t count = weights.size();
    return nb::make_tuple(text_, ordered_, model_.mean, model_.scale, model_.y_mean, model_.y_scale,
                          array(std::move(weights), {count}));
  }

 private:
  learn::SsvaerModel model_;
  std::string text_;
  bool ordered_;
};

std::unique_ptr<PySsvaer> restore(const std::string& text, bool ordered, std::vector<double> mean,
                                  std::vector<double> scale, double y_mean, double y_scale,
                                  const Vector<double>& weights) {
  const auto params = settings<learn::SsvaerParams>(text, "SSVAER");
  learn::SsvaerNetwork network(params, mean.size(), ordered);
  const double* from = weights.data();
  const double* end = from + weights.size();
  const auto take = [&](auto& matrix) {
    PHREATIC_ASSERT(end - from >= matrix.size());
    std::copy_n(from, matrix.size(), matrix.data());
    from += matrix.size();
  };
  for (learn::Perceptron* part : network.parts()) {
    for (learn::Perceptron::Layer& layer : part->layers) {
      take(layer.w);
      take(layer.b);
    }
  }
  PHREATIC_ASSERT(from == end);
  learn::SsvaerModel model;
  model.mean = std::move(mean);
  model.scale = std::move(scale);
  model.y_mean = y_mean;
  model.y_scale = y_scale;
  model.network = std::make_shared<const learn::SsvaerNetwork>(std::move(network));
  return std::make_unique<PySsvaer>(std::move(model), text, ordered);
}

std::unique_ptr<PySsvaer> fit(const Rows& x, const Vector<double>& y, const Vector<std::int64_t>& next,
                              const Rows& held_x, const Vector<double>& held_y, int fewest,
                              const std::string& text) {
  auto params = settings<learn::SsvaerParams>(text, "SSVAER");
  params.fewest = fewest;
  const learn::SsvaerRows training = rows_of(x, y, next);
  learn::SsvaerRows validation = rows_of(held_x, held_y, next);
  validation.next.clear();
  if (next.size() > 0) validation.next.assign(validation.rows, -1);
  const nb::gil_scoped_release released;
  core::Log log(true);
  core::Context context{log, false};
  return std::make_unique<PySsvaer>(learn::fit_ssvaer(training, validation, params, context), text,
                                    next.size() > 0);
}

// -> mean, standard deviation [row]
nb::tuple predict(const PySsvaer& model, const Rows& x) {
  learn::SsvaerPrediction p;
  {
    const nb::gil_scoped_release released;
    p = learn::predict(model.model(), std::vector<double>(x.data(), x.data() + x.size()));
  }
  const std::size_t rows = x.shape(0);
  return nb::make_tuple(array(std::move(p.value), {rows}), array(std::move(p.sd), {rows}));
}

}  // namespace

void bind_ssvaer(nb::module_& m) {
  nb::class_<PySsvaer>(m, "Ssvaer")
      .def_static("fit", &fit)
      .def_static("restore", &restore)
      .def("predict", &predict)
      .def("state", &PySsvaer::state)
      .def_prop_ro("loss", [](const PySsvaer& s) { return s.model().history.loss; })
      .def_prop_ro("validation", [](const PySsvaer& s) { return s.model().history.validation; })
      .def_prop_ro("best_epoch", [](const PySsvaer& s) { return s.model().history.best_epoch; });
}

}  // namespace phreatic::python
