// SPDX-License-Identifier: BSD-3-Clause
// The extension phreatic._core: the library's functions on arrays of numpy. Names, checks of what users give and
// documentation for them are in python/phreatic; here are buffers and calls, with the interpreter's lock released.
#include "module.hpp"

#include "phreatic/core/parallel.hpp"

NB_MODULE(_core, m) {
  nanobind::set_leak_warnings(false);  // of objects that users' modules still hold when the interpreter ends
  m.attr("version") = PHREATIC_VERSION;
  phreatic::python::bind_errors(m);
  phreatic::python::bind_explain(m);
  phreatic::python::bind_files(m);
  phreatic::python::bind_flow(m);
  phreatic::python::bind_grids(m);
  phreatic::python::bind_regression(m);
  phreatic::python::bind_series(m);
  phreatic::python::bind_ssvaer(m);
  phreatic::python::bind_trees(m);
  m.def("set_threads", &phreatic::core::set_thread_count, nanobind::arg("threads"));
  m.def("threads", &phreatic::core::thread_count);
}
