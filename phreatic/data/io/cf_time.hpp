// SPDX-License-Identifier: BSD-3-Clause
// CF times: numbers counted in a unit since a date (CF-1.8, section 4.4; key cf18).
#pragma once

#include <string>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::data::io {

struct CfTime {
  core::Seconds length = 1;  // of the unit
  core::Seconds origin = 0;
  core::Seconds at(double value) const;
};

// "hours since 1900-01-01 00:00:0.0" (seconds, minutes, hours, days) in the standard or the proleptic Gregorian
// calendar (empty: standard), right for dates after 1582. Throws InputError that names `file` and `where`.
CfTime parse_cf_time(const std::string& units, const std::string& calendar, const std::string& file,
                     const std::string& where);

}  // namespace phreatic::data::io
