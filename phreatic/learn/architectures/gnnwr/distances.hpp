// SPDX-License-Identifier: BSD-3-Clause
// Reference points and the scaled distances to them.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"

namespace phreatic::learn {

// Fills the model's reference points and ranges of distances from the training rows.
void choose_references(const RowTable& training, GnnwrModel& model);

// Scaled distances of rows [first, first + count) to all reference points: space [count][stride], and time as
// well unless null. What lies between the references and stride is set to zero.
void scaled_distances(const GnnwrModel& model, const RowTable& table, std::size_t first, std::size_t count,
                      std::size_t stride, float* space, float* time);

}  // namespace phreatic::learn
