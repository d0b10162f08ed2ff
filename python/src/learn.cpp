// SPDX-License-Identifier: BSD-3-Clause
// The extension phreatic._learn: networks on arrays of numpy, trained and used in this process. It links the libtorch of
// the installed torch wheel. Scaling, checks and documentation are in python/phreatic/networks.py.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/trainer.hpp"
#include "phreatic/learn/training/status.hpp"

namespace phreatic::python {
namespace {

using FloatMatrix = Matrix<float>;
using FloatVector = Vector<float>;
using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

// Series of entities as the library takes them; `targets` may be empty.
learn::SeriesSet make_set(const std::vector<std::string>& names, const std::vector<std::string>& features,
                          const std::vector<std::string>& statics, const std::vector<std::string>& targets,
                          const std::vector<FloatMatrix>& inputs, const std::vector<FloatVector>& attributes,
                          const std::vector<FloatMatrix>& observed) {
  learn::SeriesSet set;
  set.features = features;
  set.statics = statics;
  for (const std::string& name : targets) {
    learn::Target target;
    target.name = name;
    set.targets.push_back(std::move(target));
  }
  for (std::size_t e = 0; e < names.size(); ++e) {
    learn::Series one;
    one.name = names[e];
    one.length = inputs[e].shape(0);
    one.inputs.assign(inputs[e].data(), inputs[e].data() + inputs[e].size());
    if (!attributes.empty())
      one.statics.assign(attributes[e].data(), attributes[e].data() + attributes[e].size());
    if (!observed.empty())
      one.targets.assign(observed[e].data(), observed[e].data() + observed[e].size());
    else
      one.targets.assign(one.length * targets.size(), std::numeric_limits<float>::quiet_NaN());
    set.entities.push_back(std::move(one));
  }
  learn::check(set);
  return set;
}

std::vector<core::StepRange> ranges_of(const Ranges& ranges) {
  std::vector<core::StepRange> out;
  for (const auto& [begin, end] : ranges) out.push_back({begin, end});
  return out;
}

// Calls the user's function after each epoch, one thread at a time. What it raises, and Ctrl-C, interrupt the training
// (its checkpoint stays) and are raised again after it.
class Asker {
 public:
  explicit Asker(nb::object function) : function_(std::move(function)) {}
  bool ask(std::size_t member, const learn::EpochRecord& r) {
    const nb::gil_scoped_acquire held;
    if (failed_) throw core::Interrupted();
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (function_.is_none()) return true;
      const nb::object answer =
          function_(member, r.epoch, r.training_loss, r.validation_loss, r.learning_rate);
      return answer.is_none() || nb::cast<bool>(nb::bool_(answer));
    } catch (...) {
      failed_ = std::current_exception();
      throw core::Interrupted();
    }
  }
  void throw_if_failed() const {
    if (failed_) std::rethrow_exception(failed_);
  }

 private:
  nb::object function_;
  std::exception_ptr failed_;
};

nb::dict told(const learn::MemberResult& member) {
  nb::dict out;
  std::vector<double> training, validation, rate;
  for (const learn::EpochRecord& r : member.curve) {
    training.push_back(r.training_loss);
    validation.push_back(r.validation_loss);
    rate.push_back(r.learning_rate);
  }
  out["seed"] = member.seed;
  out["status"] = learn::words(member.status);
  out["message"] = member.message;
  out["best_epoch"] = member.best_epoch;
  out["training_loss"] = training;
  out["validation_loss"] = validation;
  out["learning_rate"] = rate;
  return out;
}

// -> a dict for each member
nb::list train(const std::vector<std::string>& names, const std::vector<std::string>& features,
               const std::vector<std::string>& statics, const std::vector<std::string>& targets,
               const std::vector<FloatMatrix>& inputs, const std::vector<FloatVector>& attributes,
               const std::vector<FloatMatrix>& observed, const Ranges& training, const Ranges& validation,
               const std::string& text, const std::string& folder, const std::string& study, bool resume,
               nb::object on_epoch) {
  const auto params = settings<learn::LearnParams>(text, "settings");
  const learn::SeriesSet set = make_set(names, features, statics, targets, inputs, attributes, observed);
  Asker asker(std::move(on_epoch));
  learn::TrainResult result;
  {
    const nb::gil_scoped_release released;
    learn::check(params, set);
    learn::WindowSplit windows;
    windows.training = learn::make_windows(set, ranges_of(training), params.window, true).windows;
    learn::WindowParams once = params.window;  // as in studies: validation scores each step once
    if (once.mode == learn::WindowMode::simulation) once.stride.reset();
    windows.validation = learn::make_windows(set, ranges_of(validation), once, true).windows;
    if (windows.training.empty())
      throw core::InputError({.where = "inputs and targets",
                              .what = "no window of " + std::to_string(params.window.length()) +
                                      " steps without a gap in its inputs ends on observed steps",
                              .mend = "Shorten window.seq_length, or give longer series"});
    learn::TrainTask task;
    task.folder = folder;
    task.resume = resume ? learn::ResumeMode::exact : learn::ResumeMode::fresh;
    task.study_json = study;
    task.keep_going = [&](std::size_t member, const learn::EpochRecord& r) { return asker.ask(member, r); };
    core::Log log(true);
    core::Context context{log, false};
    try {
      result = learn::train_ensemble(set, windows, params, task, context);
    } catch (const core::Interrupted&) {  // by the function
      const nb::gil_scoped_acquire held;
      asker.throw_if_failed();
      throw;
    }
  }
  nb::list out;
  for (const learn::MemberResult& member : result.members) out.append(told(member));
  return out;
}

// A trained ensemble. Calls come one at a time.
class Network {
 public:
  explicit Network(const std::string& folder) : model_(learn::load_model(folder)) {}
  const learn::ModelDescription& about() const { return model_->description(); }

  // -> for each entity [member][step][output], NaN where no window ends
  nb::list predict(const std::vector<std::string>& names, const std::vector<FloatMatrix>& inputs,
                   const std::vector<FloatVector>& attributes) {
    std::vector<std::string> targets;
    for (const learn::Target& target : about().targets) targets.push_back(target.name);
    learn::SeriesSet set =
        make_set(names, about().features, about().statics, targets, inputs, attributes, {});
    std::vector<std::vector<float>> values;
    std::size_t heads = 0;
    {
      const nb::gil_scoped_release released;
      const std::scoped_lock one_call(mutex_);
      core::Log log(true);
      core::Context context{log, false};
      const learn::Predictions p = learn::predict(*model_, set, windows_of(set), context);
      heads = p.heads.back();
      for (const learn::Series& entity : set.entities)
        values.emplace_back(p.members * entity.length * heads, std::numeric_limits<float>::quiet_NaN());
      for (std::size_t w = 0; w < p.windows.size(); ++w) put(set, p, w, values);
    }
    nb::list out;
    for (std::size_t e = 0; e < values.size(); ++e)
      out.append(array(std::move(values[e]), {about().members, inputs[e].shape(0), heads}));
    return out;
  }

  // windows [batch][steps][feature] one after the other -> values [batch], gradients of the windows
  nb::tuple value_and_gradient(const FloatMatrix& windows, const FloatMatrix& attributes, std::size_t target,
                               std::size_t output, std::size_t steps) {
    std::vector<float> values(windows.shape(0));
    std::vector<float> gradients(windows.size());
    {
      const nb::gil_scoped_release released;
      const std::scoped_lock one_call(mutex_);
      const auto f = learn::make_differentiable(*model_, target, output, steps);
      PHREATIC_ASSERT(f->shape().cells() == windows.shape(1));
      f->value_and_gradient(values.size(), windows.data(),
                            f->shape().statics == 0 ? nullptr : attributes.data(), values.data(),
                            gradients.data());
    }
    const std::size_t batch = values.size();
    const std::size_t cells = windows.shape(1);
    return nb::make_tuple(array(std::move(values), {batch}), array(std::move(gradients), {batch, cells}));
  }

 private:
  // One window over each part without gaps where the network carries its state, else those of training.
  std::vector<learn::Window> windows_of(const learn::SeriesSet& set) const {
    std::vector<learn::Window> windows;
    if (about().carries_state) {
      for (std::size_t e = 0; e < set.entities.size(); ++e) {
        for (const core::StepRange& part : parts_without_gaps(set.entities[e], set.features.size()))
          windows.push_back({e, part.begin, part.end - part.begin, 0});
      }
      return windows;
    }
    std::vector<core::StepRange> whole;
    for (const learn::Series& entity : set.entities) whole.push_back({0, entity.length});
    return learn::make_windows(set, whole, about().params.window, false).windows;
  }

  static std::vector<core::StepRange> parts_without_gaps(const learn::Series& entity, std::size_t features) {
    std::vector<core::StepRange> parts;
    bool open = false;
    for (std::size_t t = 0; t < entity.length; ++t) {
      const float* row = entity.inputs.data() + t * features;
      const bool there = std::none_of(row, row + features, [](float v) { return std::isnan(v); });
      if (there && !open) parts.push_back({t, t});
      if (there) parts.back().end = t + 1;
      open = there;
    }
    return parts;
  }

  static void put(const learn::SeriesSet& set, const learn::Predictions& p, std::size_t w,
                  std::vector<std::vector<float>>& values) {
    const learn::Window& window = p.windows[w];
    const std::size_t heads = p.heads.back();
    const std::size_t length = set.entities[window.entity].length;
    for (std::size_t m = 0; m < p.members; ++m) {
      for (std::size_t row = p.offsets[w]; row < p.offsets[w + 1]; ++row) {
        const std::size_t step = window.first + window.warmup + row - p.offsets[w];
        for (std::size_t h = 0; h < heads; ++h)
          values[window.entity][(m * length + step) * heads + h] = p.values[(m * p.rows() + row) * heads + h];
      }
    }
  }

  std::unique_ptr<learn::Model> model_;
  std::mutex mutex_;
};

nb::dict described(const Network& network) {
  const learn::ModelDescription& about = network.about();
  nb::dict out;
  std::vector<std::string> targets;
  std::vector<std::size_t> outputs;
  for (std::size_t k = 0; k < about.targets.size(); ++k) {
    targets.push_back(about.targets[k].name);
    outputs.push_back(about.outputs(k));
  }
  out["features"] = about.features;
  out["past_features"] = about.past_features;
  out["statics"] = about.statics;
  out["targets"] = targets;
  out["outputs"] = outputs;
  out["members"] = about.members;
  out["steps"] = about.params.window.length();
  out["architecture"] = about.params.model.architecture;
  out["study"] = about.study_json;
  return out;
}

}  // namespace
}  // namespace phreatic::python

NB_MODULE(_learn, m) {
  namespace nb = nanobind;
  using phreatic::python::Network;
  nb::set_leak_warnings(false);  // of objects that users' modules still hold when the interpreter ends
  m.attr("version") = PHREATIC_VERSION;
  m.attr("torch_version") = PHREATIC_TORCH_VERSION;
  phreatic::python::bind_errors(m);
  m.def("set_threads", &phreatic::core::set_thread_count, nb::arg("threads"));
  m.def("train", &phreatic::python::train, nb::arg("names"), nb::arg("features"), nb::arg("statics"),
        nb::arg("targets"), nb::arg("inputs"), nb::arg("attributes"), nb::arg("observed"),
        nb::arg("training"), nb::arg("validation"), nb::arg("settings"), nb::arg("folder"), nb::arg("study"),
        nb::arg("resume"), nb::arg("on_epoch").none());
  nb::class_<Network>(m, "Network")
      .def(nb::init<const std::string&>())
      .def("predict", &Network::predict)
      .def("value_and_gradient", &Network::value_and_gradient)
      .def_prop_ro("about", &phreatic::python::described);
}
