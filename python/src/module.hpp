// SPDX-License-Identifier: BSD-3-Clause
// What the sources of phreatic._core share.
#pragma once

#include <nanobind/nanobind.h>

namespace phreatic::python {

void bind_errors(nanobind::module_& m);
void bind_explain(nanobind::module_& m);
void bind_files(nanobind::module_& m);
void bind_flow(nanobind::module_& m);
void bind_grids(nanobind::module_& m);
void bind_regression(nanobind::module_& m);
void bind_series(nanobind::module_& m);
void bind_ssvaer(nanobind::module_& m);
void bind_trees(nanobind::module_& m);

}  // namespace phreatic::python
