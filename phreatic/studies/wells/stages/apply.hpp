// SPDX-License-Identifier: BSD-3-Clause
// A trained model of a wells study used with other data (hydrographs/prediction/apply.hpp).
#pragma once

#include <string>
#include <vector>

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::wells {

// The data are those of a study file, of which nothing but the data (and of virtual wells the basin) is
// looked at; `study:` may be missing, and targets too, but for forecasts and for wells that the model does not
// know. Writes into request.out: predictions.nc and .csv, ranges.csv, study.yml, for models that forecast
// forecasts.nc; with request.compare also compare/ with the same files, differences.csv and report.html with its
// figures. Of further targets of the model the files have its name behind an underscore.
std::vector<std::string> apply(const ApplyRequest& request, core::Context& context);

}  // namespace phreatic::studies::wells
