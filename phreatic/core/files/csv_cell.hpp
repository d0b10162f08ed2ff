// SPDX-License-Identifier: BSD-3-Clause
// Texts of the user's (names of wells and drivers) as cells of the CSV files that we write.
#pragma once

#include <string>
#include <string_view>

namespace phreatic::core {

// Quoted by RFC 4180 where a comma, a quote or a line end needs it. A text that a spreadsheet would run
// (it begins with = + - @ or a tab) gets a ' in front, and so does one that begins with ' itself.
std::string csv_cell(std::string_view text);

// The text of a cell written so, its quotes already removed.
std::string text_of_csv_cell(std::string_view cell);

}  // namespace phreatic::core
