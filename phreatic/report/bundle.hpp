// SPDX-License-Identifier: BSD-3-Clause
// The charts of web/, built into the library.
#pragma once

#include <string_view>

namespace phreatic::report {

std::string_view bundle_script();  // ES5: for the page and for Duktape alike
std::string_view bundle_style();

}  // namespace phreatic::report
