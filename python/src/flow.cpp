// SPDX-License-Identifier: BSD-3-Clause
// A groundwater model advanced step by step, with its bounds open to change and its heads looked at in place.
#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <mutex>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::python {
namespace {

// Columns of a package that Python has set, in place of the model's from the next step on; one value: of every bound.
using Columns = std::map<std::size_t, std::vector<double>>;

// Whether `wanted` can stand in the column; else what is wrong.
std::string misfit(std::size_t column, const std::vector<double>& wanted, const flow::PackageValues& values) {
  if ((column + 1) * values.size() > values.values.size()) return fmt::format("has no column {}", column);
  if (wanted.size() != 1 && wanted.size() != values.size())
    return fmt::format("has {} bounds, and {} values were set", values.size(), wanted.size());
  return "";
}

// What cannot be put is forgotten when it is told, so that the simulation can go on.
void put(Columns& columns, const std::string& package, const flow::StepTime& time,
         flow::PackageValues& values) {
  for (const auto& [column, wanted] : columns) {
    const std::string wrong = misfit(column, wanted, values);
    if (!wrong.empty()) {
      columns.erase(column);
      throw core::InputError({.where = fmt::format("package {}, period {}", package, time.period + 1),
                              .what = wrong,
                              .mend =
                                  "Set one value for all bounds, or as many as there are; what was set is "
                                  "forgotten, and the step can be taken"});
    }
    for (std::size_t b = 0; b < values.size(); ++b)
      values.value(column, b) = wanted[wanted.size() == 1 ? 0 : b];
  }
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

class PySimulation {
 public:
  PySimulation(const std::string& folder, const std::string& name_file) {
    flow::mf6::ReadResult read = flow::mf6::read_simulation({.folder = folder, .name_file = name_file});
    notes_ = std::move(read.notes);
    set_.resize(read.model.packages.size());
    for (std::size_t p = 0; p < read.model.packages.size(); ++p) {
      flow::Package& package = read.model.packages[p];
      set_[p] = std::make_shared<Columns>();
      package.provider = [own = package.provider, set = set_[p], name = package.name](
                             const flow::StepTime& time, flow::PackageValues& values) {
        const flow::Change change = own(time, values);
        if (set->empty()) return change;
        put(*set, name, time, values);
        return std::max(change, flow::Change::values);
      };
    }
    simulation_ = std::make_unique<flow::Simulation>(std::move(read.model));
  }

  bool finished() const { return simulation_->finished(); }
  const flow::Model& model() const { return simulation_->model(); }
  const flow::Simulation& simulation() const { return *simulation_; }
  const std::vector<std::string>& notes() const { return notes_; }

  nb::dict step() {
    if (finished())
      throw core::InputError(core::Problem{.where = "Simulation.step", .what = "every step is done"});
    flow::StepReport report;
    {
      nb::gil_scoped_release released;
      const std::lock_guard lock(mutex_);
      report = simulation_->advance();
    }
    static const char* const kStatus[] = {"converged", "not_converged", "constant_head_dry",
                                          "no_active_cells", "unbalanced"};
    nb::dict out;
    out["period"] = report.time.period;
    out["step"] = report.time.step;
    out["index"] = report.time.index;
    out["dt"] = report.time.dt;
    out["time"] = report.time.end;
    out["steady"] = report.time.steady;
    out["status"] = kStatus[static_cast<std::size_t>(report.status)];
    out["outer_iterations"] = report.outer_iterations;
    out["inner_iterations"] = report.inner_iterations;
    out["inflow"] = report.inflow;
    out["outflow"] = report.outflow;
    out["balance_percent"] = report.balance_percent;
    out["message"] = nb::str(report.message.c_str());
    out["warning"] = nb::str(report.warning.c_str());
    return out;
  }

  std::size_t package(const std::string& name) const {
    std::vector<std::string> names;
    for (const flow::Package& p : model().packages) {
      if (upper(p.name) == upper(name)) return names.size();  // MODFLOW's names have no case
      names.push_back(p.name);
    }
    throw core::InputError({.where = "package '" + name + "'",
                            .what = "is not in the model",
                            .allowed = fmt::format("{}", fmt::join(names, ", "))});
  }

  void set(const std::string& name, std::size_t column, const Vector<double>& values) {
    const std::lock_guard lock(mutex_);
    (*set_[package(name)])[column] = std::vector<double>(values.data(), values.data() + values.size());
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> notes_;
  std::vector<std::shared_ptr<Columns>> set_;
  std::unique_ptr<flow::Simulation> simulation_;
};

// A look at the engine's heads, not a copy; lives as long as the simulation.
nb::object heads(const nb::handle& self) {
  const PySimulation& s = nb::cast<const PySimulation&>(self);
  const flow::Grid& g = s.model().grid;
  const std::size_t shape[3] = {static_cast<std::size_t>(g.nlay), static_cast<std::size_t>(g.nrow),
                                static_cast<std::size_t>(g.ncol)};
  return nb::cast(nb::ndarray<nb::numpy, const double>(s.simulation().heads().data(), 3, shape, self));
}

nb::object in_cells(const PySimulation& s, std::vector<double> values) {
  const flow::Grid& g = s.model().grid;
  return array(std::move(values), {static_cast<std::size_t>(g.nlay), static_cast<std::size_t>(g.nrow),
                                   static_cast<std::size_t>(g.ncol)});
}

nb::tuple values(const PySimulation& s, const std::string& name) {
  const flow::PackageValues& v = s.simulation().package_values(s.package(name));
  const std::size_t columns = v.size() == 0 ? 0 : v.values.size() / v.size();
  return nb::make_tuple(array(std::vector<std::int32_t>(v.cell), {v.size()}),
                        array(std::vector<double>(v.values), {columns, v.size()}));
}

nb::dict flows(const PySimulation& s) {
  nb::dict out;
  for (flow::PackageFlows& p : s.simulation().package_flows()) {
    nb::dict one;
    one["text"] = nb::str(p.text.c_str());
    one["inflow"] = p.inflow;
    one["outflow"] = p.outflow;
    const std::size_t n = p.cell.size();
    const std::size_t m = p.flow.size();
    one["cell"] = array(std::move(p.cell), {n});
    one["flow"] = array(std::move(p.flow), {m});
    out[nb::str(p.name.c_str())] = one;
  }
  return out;
}

nb::dict grid_of(const flow::Model& model) {
  const flow::Grid& g = model.grid;
  nb::dict out;
  out["shape"] = nb::make_tuple(g.nlay, g.nrow, g.ncol);
  out["delr"] = array(std::vector<double>(g.delr), {g.delr.size()});
  out["delc"] = array(std::vector<double>(g.delc), {g.delc.size()});
  out["top"] = array(std::vector<double>(g.top), {g.top.size()});
  out["botm"] = array(std::vector<double>(g.botm), {g.botm.size()});
  out["xorigin"] = g.xorigin;
  out["yorigin"] = g.yorigin;
  out["angrot"] = g.angrot;
  out["length_units"] = nb::str(g.length_units.c_str());
  out["time_units"] = nb::str(model.time_units.c_str());
  out["crs"] = nb::str(g.crs.c_str());
  out["name"] = nb::str(model.name.c_str());
  return out;
}

}  // namespace

void bind_flow(nb::module_& m) {
  nb::class_<PySimulation>(m, "Simulation")
      .def(nb::init<const std::string&, const std::string&>(), nb::arg("folder"), nb::arg("name_file"))
      .def("step", &PySimulation::step)
      .def_prop_ro("finished", &PySimulation::finished)
      .def_prop_ro("notes", [](const PySimulation& s) { return s.notes(); })
      .def_prop_ro("packages",
                   [](const PySimulation& s) {
                     std::vector<std::string> names;
                     for (const flow::Package& p : s.model().packages) names.push_back(p.name);
                     return names;
                   })
      .def_prop_ro("grid", [](const PySimulation& s) { return grid_of(s.model()); })
      .def("heads", [](nb::handle self) { return heads(self); })
      .def("saturation", [](const PySimulation& s) { return in_cells(s, s.simulation().saturation()); })
      .def("values", &values)
      .def("set", &PySimulation::set)
      .def("flows", &flows);
  m.def("grid_of_model", [](const std::string& folder, const std::string& name_file) {
    return grid_of(flow::mf6::read_simulation({.folder = folder, .name_file = name_file}).model);
  });
}

}  // namespace phreatic::python
