// SPDX-License-Identifier: BSD-3-Clause
// The kind of study `comparison`: a wells study run with several models, one table (docs/guide/comparison.md).
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::comparison {

Kind kind(const Kinds& others);
// The stages, which run those of another kind.
std::function<engine::Graph(const StudyFile&)> stages(Kinds others);
Page page(const std::filesystem::path& run);

}  // namespace phreatic::studies::comparison
