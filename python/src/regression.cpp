// SPDX-License-Identifier: BSD-3-Clause
// GNNWR and GTNNWR on rows of arrays: places [row][x, y(, t)], covariates [row][covariate]. No libtorch.
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"

namespace phreatic::python {
namespace {

learn::RowTable table_of(const Matrix<double>& places, const Matrix<double>& covariates,
                         const std::vector<std::string>& names, bool degrees) {
  learn::RowTable table;
  table.rows = places.shape(0);
  table.covariate_names = names;
  table.covariates.assign(covariates.data(), covariates.data() + covariates.size());
  table.coordinates = degrees ? learn::Coordinates::degrees : learn::Coordinates::metres;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const std::span<const double> place = row(places, i);
    table.x.push_back(place[0]);
    table.y.push_back(place[1]);
    if (place.size() > 2) table.t.push_back(place[2]);
  }
  return table;
}

std::vector<std::size_t> rows_of(const Vector<std::int64_t>& rows) {
  return {rows.data(), rows.data() + rows.size()};
}

class PyGnnwr {
 public:
  explicit PyGnnwr(learn::GnnwrFit fit) : fit_(std::move(fit)) {}
  explicit PyGnnwr(learn::GnnwrModel model) { fit_.model = std::move(model); }
  const learn::GnnwrFit& fit() const { return fit_; }

 private:
  learn::GnnwrFit fit_;
};

std::unique_ptr<PyGnnwr> fit(const Matrix<double>& places, const Matrix<double>& covariates,
                             const std::vector<std::string>& names, const Vector<double>& target,
                             const Vector<std::int64_t>& training, const Vector<std::int64_t>& validation,
                             bool degrees, const std::string& text) {
  auto params = settings<learn::GnnwrParams>(text, "GNNWR");
  params.time = places.shape(1) > 2;
  learn::RowTable table = table_of(places, covariates, names, degrees);
  table.target.assign(target.data(), target.data() + target.size());
  const learn::RowSplit split{.training = rows_of(training), .validation = rows_of(validation)};
  nb::gil_scoped_release released;
  core::Log log(true);
  core::Context context{log, false};
  return std::make_unique<PyGnnwr>(learn::fit_gnnwr(table, split, params, context));
}

// -> value, spread [row], coefficients [row][term]
nb::tuple predict(const PyGnnwr& model, const Matrix<double>& places, const Matrix<double>& covariates,
                  bool degrees) {
  const learn::GnnwrModel& m = model.fit().model;
  const std::size_t rows = places.shape(0);
  const learn::RowTable table = table_of(places, covariates, m.covariate_names, degrees);
  learn::GnnwrPrediction p;
  {
    nb::gil_scoped_release released;
    p = learn::predict(m, table);
  }
  return nb::make_tuple(array(std::move(p.value), {rows}), array(std::move(p.spread), {rows}),
                        array(std::move(p.coefficients), {rows, m.term_count()}));
}

nb::dict diagnostics(const PyGnnwr& model) {
  const learn::GnnwrDiagnostics& d = model.fit().diagnostics;
  nb::dict out;
  out["aic"] = d.aic;
  out["aicc"] = d.aicc;
  out["f1"] = d.f1;
  out["r2"] = d.r2;
  out["rmse"] = d.rmse;
  out["r2_validation"] = d.r2_validation;
  out["rmse_validation"] = d.rmse_validation;
  out["r2_ols"] = d.r2_ols;
  out["rmse_ols"] = d.rmse_ols;
  return out;
}

}  // namespace

void bind_regression(nb::module_& m) {
  nb::class_<PyGnnwr>(m, "Gnnwr")
      .def_static("fit", &fit)
      .def_static("load",
                  [](const std::string& path) { return std::make_unique<PyGnnwr>(learn::load_gnnwr(path)); })
      .def("save", [](const PyGnnwr& g, const std::string& path) { learn::save_model(g.fit().model, path); })
      .def("predict", &predict)
      .def_prop_ro("diagnostics", &diagnostics)
      .def_prop_ro("warnings", [](const PyGnnwr& g) { return g.fit().warnings; })
      .def_prop_ro("epochs", [](const PyGnnwr& g) {
        std::vector<int> epochs;
        for (const learn::GnnwrHistory& h : g.fit().history)
          epochs.push_back(static_cast<int>(h.loss.size()));
        return epochs;
      });
}

}  // namespace phreatic::python
