// SPDX-License-Identifier: BSD-3-Clause
// Expected gradients of a function of Python that gives values and gradients (phreatic.explain wraps torch modules).
#include <nanobind/stl/string.h>

#include <algorithm>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"

namespace phreatic::python {
namespace {

template <class T>
using Cube = nb::ndarray<const T, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

// call(inputs [batch][T][F], with gradients) -> (values [batch], gradients [batch][T][F] or None), all float32. Asked
// without the interpreter's lock, which it takes.
class Called : public model::Differentiable {
 public:
  Called(nb::object call, model::Shape shape) : call_(std::move(call)), shape_(shape) {}
  model::Shape shape() const override { return shape_; }
  model::Target target() const override { return {}; }
  void value(std::size_t batch, const float* inputs, const float* /*statics*/, float* values) override {
    ask(batch, inputs, values, nullptr);
  }
  void value_and_gradient(std::size_t batch, const float* inputs, const float* /*statics*/, float* values,
                          float* gradients) override {
    ask(batch, inputs, values, gradients);
  }

 private:
  void ask(std::size_t batch, const float* inputs, float* values, float* gradients) {
    const nb::gil_scoped_acquire held;
    const std::size_t size = batch * shape_.cells();
    const nb::object rows =
        array(std::vector<float>(inputs, inputs + size), {batch, shape_.steps, shape_.features});
    const auto answer = nb::cast<nb::tuple>(call_(rows, gradients != nullptr));
    const auto told = nb::cast<Vector<float>>(answer[0]);
    PHREATIC_ASSERT(told.size() == batch);
    std::copy_n(told.data(), batch, values);
    if (gradients == nullptr) return;
    const auto slopes = nb::cast<Cube<float>>(answer[1]);
    PHREATIC_ASSERT(slopes.size() == size);
    std::copy_n(slopes.data(), size, gradients);
  }

  nb::object call_;
  model::Shape shape_;
};

explain::DenseWindows windows_of(const Cube<float>& x) {
  return {x.shape(1), x.shape(2), std::vector<float>(x.data(), x.data() + x.size())};
}

// range: of the function over the references, to which the tolerance is relative -> a dict of arrays
nb::dict expected_gradients(const nb::object& call, const Cube<float>& x, const Cube<float>& background,
                            double range, const std::string& text) {
  const auto params = settings<explain::ExpectedGradientsParams>(text, "expected_gradients");
  const std::size_t n = x.shape(0);
  const std::size_t cells = x.shape(1) * x.shape(2);
  const std::size_t drivers = x.shape(2);
  std::vector<double> values(n * cells), errors(n * drivers), base(n), value(n), residual(n);
  std::vector<std::int64_t> draws(n);
  std::vector<std::uint8_t> converged(n);
  Called f(call, {.steps = x.shape(1), .features = x.shape(2), .statics = 0});
  {
    const nb::gil_scoped_release released;
    explain::References references{
        .choice = explain::ReferenceChoice::all_training, .groups = {{}}, .group_of = {}};
    for (std::size_t i = 0; i < background.shape(0); ++i)
      references.groups[0].push_back(static_cast<std::uint32_t>(i));
    references.group_of.assign(n, 0);
    const std::vector<explain::TargetScale> scales(n, {.scale = 1, .offset = 0, .range = range});
    core::Log log(true);
    core::Context context{log, false};
    const auto sink = [&](const explain::WindowAttribution& w) {
      std::copy(w.attributions.begin(), w.attributions.end(),
                values.begin() + static_cast<std::ptrdiff_t>(w.window * cells));
      std::copy(w.driver_errors.begin(), w.driver_errors.end(),
                errors.begin() + static_cast<std::ptrdiff_t>(w.window * drivers));
      base[w.window] = w.base;
      value[w.window] = w.value;
      residual[w.window] = w.residual;
      draws[w.window] = w.draws;
      converged[w.window] = w.converged ? 1 : 0;
    };
    explain::expected_gradients(f, windows_of(x), windows_of(background), references, scales, params, sink,
                                context);
  }
  nb::dict out;
  out["values"] = array(std::move(values), {n, x.shape(1), x.shape(2)});
  out["errors"] = array(std::move(errors), {n, drivers});
  out["base"] = array(std::move(base), {n});
  out["value"] = array(std::move(value), {n});
  out["residual"] = array(std::move(residual), {n});
  out["draws"] = array(std::move(draws), {n});
  out["converged"] = array(std::move(converged), {n});
  return out;
}

}  // namespace

void bind_explain(nb::module_& m) { m.def("expected_gradients", &expected_gradients); }

}  // namespace phreatic::python
