// SPDX-License-Identifier: BSD-3-Clause
// Forests of boosted trees: read, evaluated, explained. Rows in single precision, NaN = missing.
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <mutex>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/forest.hpp"
#include "phreatic/trees/treeshap.hpp"

namespace phreatic::python {
namespace {

class PyForest {
 public:
  explicit PyForest(trees::Booster booster) : booster_(std::move(booster)), forest_(booster_) {}
  const trees::Booster& booster() const { return booster_; }
  const trees::Forest& forest() const { return forest_; }
  // Made when it is first asked for. Called without the interpreter's lock.
  const trees::TreeExplainer& explainer() {
    const std::lock_guard lock(mutex_);
    if (!explainer_) explainer_ = std::make_unique<trees::TreeExplainer>(booster_);
    return *explainer_;
  }

 private:
  trees::Booster booster_;
  trees::Forest forest_;
  std::mutex mutex_;
  std::unique_ptr<trees::TreeExplainer> explainer_;
};

void check_width(const PyForest& forest, const Matrix<float>& x, const char* name) {
  if (x.shape(1) == forest.booster().features) return;
  throw core::InputError({.where = name,
                          .what = "has " + std::to_string(x.shape(1)) + " columns",
                          .allowed = std::to_string(forest.booster().features) + ", the model's features"});
}

std::unique_ptr<PyForest> load(const std::string& path) {
  nb::gil_scoped_release released;
  return std::make_unique<PyForest>(trees::read_model(path));
}

std::unique_ptr<PyForest> parse(const nb::bytes& bytes, const std::string& name) {
  return std::make_unique<PyForest>(trees::parse_model({bytes.c_str(), bytes.size()}, name));
}

nb::object predict(PyForest& forest, const Matrix<float>& x, bool margins) {
  check_width(forest, x, "X");
  const std::size_t rows = x.shape(0);
  std::vector<float> out(rows);
  {
    nb::gil_scoped_release released;
    if (margins) {
      forest.forest().margins(rows, x.data(), out.data());
    } else {
      forest.forest().predict(rows, x.data(), out.data());
    }
  }
  return array(std::move(out), {rows});
}

struct Explained {
  std::vector<double> values;
  double base = 0;
};

template <class Work>
Explained with_explainer(PyForest& forest, const Matrix<float>& background, std::size_t size,
                         const Work& work) {
  nb::gil_scoped_release released;
  Explained out;
  out.values.resize(size);
  if (background.shape(0) == 0) {
    work(forest.explainer(), out.values.data());
    out.base = forest.explainer().base();
    return out;
  }
  trees::Table table;
  table.rows = background.shape(0);
  table.values.assign(background.data(), background.data() + background.size());
  for (std::size_t f = 0; f < forest.booster().features; ++f)
    table.names.push_back(trees::feature_name(forest.booster(), f));
  const trees::TreeExplainer explainer(forest.booster(), table);
  work(explainer, out.values.data());
  out.base = explainer.base();
  return out;
}

// background without rows: path-dependent -> values [row][feature] (interactions: [row][feature][feature]), base
nb::tuple shap(PyForest& forest, const Matrix<float>& x, const Matrix<float>& background, bool interactions) {
  check_width(forest, x, "X");
  if (background.shape(0) > 0) check_width(forest, background, "background");
  const std::size_t rows = x.shape(0);
  const std::size_t features = x.shape(1);
  Explained done = with_explainer(forest, background, rows * features * (interactions ? features : 1),
                                  [&](const trees::TreeExplainer& explainer, double* out) {
                                    if (interactions) {
                                      explainer.interactions(rows, x.data(), out);
                                    } else {
                                      explainer.contributions(rows, x.data(), out);
                                    }
                                  });
  nb::object values = interactions ? array(std::move(done.values), {rows, features, features})
                                   : array(std::move(done.values), {rows, features});
  return nb::make_tuple(values, done.base);
}

std::vector<std::string> names(const PyForest& forest) {
  std::vector<std::string> out;
  for (std::size_t f = 0; f < forest.booster().features; ++f)
    out.push_back(trees::feature_name(forest.booster(), f));
  return out;
}

}  // namespace

void bind_trees(nb::module_& m) {
  nb::class_<PyForest>(m, "Forest")
      .def_static("load", &load, nb::arg("path"))
      .def_static("parse", &parse, nb::arg("data"), nb::arg("name"))
      .def("predict", &predict, nb::arg("x"), nb::arg("margins"))
      .def("shap", &shap, nb::arg("x"), nb::arg("background"), nb::arg("interactions"))
      .def("save", [](const PyForest& f, const std::string& path) { trees::write_model(f.booster(), path); })
      .def("to_bytes",
           [](const PyForest& f) {
             const std::string text = trees::to_ubjson_model(f.booster());
             return nb::bytes(text.data(), text.size());
           })
      .def_prop_ro("feature_names", &names)
      .def_prop_ro("has_names", [](const PyForest& f) { return !f.booster().feature_names.empty(); })
      .def_prop_ro("trees", [](const PyForest& f) { return f.booster().trees.size(); })
      .def_prop_ro("objective", [](const PyForest& f) { return f.booster().objective; });
}

}  // namespace phreatic::python
