// SPDX-License-Identifier: BSD-3-Clause
// A study of sensitivities as a page: what becomes of recharged water, and maps of the measures' derivatives.
#pragma once

#include <string>

#include "phreatic/flow/mf6/adjoint/adjoint_study.hpp"
#include "phreatic/report/report.hpp"

namespace phreatic::studies {

report::Report adjoint_page(const flow::mf6::AdjointRun& run, const std::string& command);

}  // namespace phreatic::studies
