// SPDX-License-Identifier: BSD-3-Clause
// Types of dynamics of a study's wells from their attributions (explain/types.hpp), and the table type x
// period.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "phreatic/studies/wells/explanation.hpp"

namespace phreatic::studies::wells {}  // namespace phreatic::studies::wells
