// SPDX-License-Identifier: BSD-3-Clause
// What models learn from: the inputs as they were read, or as means of the products' footprints, and covariates as
// anomalies. Method: docs/methods/downscaling.md.
#pragma once

#include "phreatic/studies/downscaling/storage/storage.hpp"

namespace phreatic::studies::downscaling {

// A changing covariate less its mean over the months, of each cell: storage is an anomaly too, and the mean of a
// covariate says nothing of it. Sets `coarse` and `fine`; covariates that do not change stay.
void take_anomalies(Inputs& inputs);

struct Footprints {
  Inputs inputs;
  Storage storage;
};

// The study on coarse cells of `degrees` on a side: storage (groundwater, its error and what was filled) as means of the
// coarse cells in each, by area, covariates as means of the fine ones. A footprint's month is filled where one of its cells'
// is. Throws InputError where the footprints do not hold whole coarse cells, or the region no whole footprints.
Footprints at_footprint(const Inputs& inputs, const Storage& storage, double degrees);

}  // namespace phreatic::studies::downscaling
