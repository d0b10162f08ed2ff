// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/report/bundle.hpp"

__asm__(
    ".section .rodata\n"
    "phreatic_report_script:\n"
    ".incbin \"" PHREATIC_WEB_OUT
    "/phreatic-report.js\"\n"
    "phreatic_report_script_end:\n"
    "phreatic_report_style:\n"
    ".incbin \"" PHREATIC_WEB_OUT
    "/phreatic-report.css\"\n"
    "phreatic_report_style_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char phreatic_report_script[];      // NOLINT(readability-identifier-naming)
extern const char phreatic_report_script_end[];  // NOLINT(readability-identifier-naming)
extern const char phreatic_report_style[];       // NOLINT(readability-identifier-naming)
extern const char phreatic_report_style_end[];   // NOLINT(readability-identifier-naming)
}

namespace phreatic::report {

std::string_view bundle_script() { return {phreatic_report_script, phreatic_report_script_end}; }
std::string_view bundle_style() { return {phreatic_report_style, phreatic_report_style_end}; }

}  // namespace phreatic::report
