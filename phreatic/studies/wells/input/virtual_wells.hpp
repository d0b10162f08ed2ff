// SPDX-License-Identifier: BSD-3-Clause
// The virtual basin as the input of a wells study: its files are read like anyone's.
#pragma once

#include <string>

#include "phreatic/data/sources.hpp"

namespace phreatic::studies::wells {

// Fills what the study file does not say about the files that basin::write_basin() writes.
void use_virtual_files(data::DataParams& params);

// The driver, as named in those files' panel, that stands for a group of basin::standard_groups().
std::string driver_of_group(const std::string& group);

}  // namespace phreatic::studies::wells
