// SPDX-License-Identifier: BSD-3-Clause
// What the numbers of a record look like beside what nature allows: codes for "missing" that nobody declared,
// Kelvin for degrees Celsius, metres for millimetres, depths that are all negative. Nothing is mended; all is
// told. Ranges: docs/methods/data.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "phreatic/data/load/internal.hpp"
#include "phreatic/data/missing_codes.hpp"

namespace phreatic::data::loading {
namespace {

constexpr double kDaysPerYear = 365.25;

// A value at the edge of a record, and the record without it.
struct Edge {
  double value = 0;
  std::size_t count = 0;
  std::size_t others = 0;
  double least = std::numeric_limits<double>::infinity();     // of the others
  double largest = -std::numeric_limits<double>::infinity();  // of the others
  double mean = 0;                                            // of the others
  core::Seconds first = 0;

  double distance() const { return value < least ? least - value : value - largest; }
};

Edge edge_of(const RecordView& r, double value) {
  Edge edge;
  edge.value = value;
  for (std::size_t i = 0; i < r.values.size(); ++i) {
    const double v = r.values[i];
    if (std::isnan(v)) continue;
    if (v == value) {
      if (edge.count++ == 0) edge.first = r.times[i];
      continue;
    }
    ++edge.others;
    edge.least = std::min(edge.least, v);
    edge.largest = std::max(edge.largest, v);
    edge.mean += v;
  }
  if (edge.others > 0) edge.mean /= static_cast<double>(edge.others);
  return edge;
}

// Whether a further value stands nearer to this end of the record than half its range: then the end is no outlier, and
// no more of the record has to be looked at. Nearly always one of the first values says so.
bool has_company(const RecordView& r, const SeriesSummary& s, double value) {
  const double half = 0.49 * (s.max - s.min);
  return std::any_of(r.values.begin(), r.values.end(),
                     [&](double v) { return v != value && std::abs(v - value) <= half; });
}

bool look_for_code(const RecordView& r, const SeriesSummary& s, JobResult& result) {
  bool found = false;
  for (const double value : {s.min, s.max}) {
    if (has_company(r, s, value)) continue;
    const bool code = looks_like_code(value);
    if (!code && (r.use.role == Role::pumping || r.use.role == Role::other || r.use.role == Role::snow ||
                  r.use.role == Role::discharge))
      continue;
    const Edge edge = edge_of(r, value);
    if (edge.others < 3 || edge.count == 0) continue;
    const double range = edge.largest - edge.least;
    const std::size_t enough = code ? (value < 0 ? 1U : 2U) : 4U;
    const bool once = code && edge.count < enough;  // one 9999 may be a slip of the hand: told, not refused
    if ((edge.count < enough && !once) || edge.distance() <= (code ? 1 : 5) * std::max(range, 1e-9)) continue;
    if (!code && edge.others < 20) continue;
    if (range <= 0 && (!code || value > 0)) continue;  // 0 and one number: a pump that is on or off
    const std::string what =
        fmt::format("'{}' is {:g} {} at {} time{}, the first on {}, far from all other values ({:g} to {:g})",
                    r.use.name, value, r.use.unit, edge.count, edge.count == 1 ? "" : "s",
                    core::format_date(edge.first), edge.least, edge.largest);
    const std::string mend = fmt::format("missing: [{}]", fmt::format("{}", value));
    if (!code || once) {
      result.doubts.push_back(
          {r.well, fmt::format("{}; if that means 'missing', declare {} for this source", what, mend)});
      continue;
    }
    found = true;
    result.problems.push_back({r.well, core::Problem{.file = r.file,
                                                     .where = r.well.empty() ? "" : "well " + r.well,
                                                     .what = what + "; such numbers stand for 'missing'",
                                                     .mend = "Declare it for this source: " + mend}});
  }
  return found;
}

// Values in the base unit of the house: mm/d, degC, %, W/m2, m/s, m.
struct BaseView {
  double min = 0;
  double max = 0;
  double mean = 0;
  std::string unit;
};

BaseView base_of(const RecordView& r, const SeriesSummary& s) {
  double factor = r.use.rule.factor;
  const bool amount = r.use.rule.aggregate == Aggregate::sum && !r.use.rule.rate_per_day;
  if (amount && r.native > 0)
    factor *= static_cast<double>(core::kSecondsPerDay) / static_cast<double>(r.native);
  BaseView base;
  base.min = s.min * factor + r.use.rule.offset;
  base.max = s.max * factor + r.use.rule.offset;
  base.mean = s.mean * factor + r.use.rule.offset;
  if (base.min > base.max) std::swap(base.min, base.max);
  return base;
}

struct Limits {
  Role role;
  double least;
  double largest;
  const char* unit;
};
// Beyond what was ever measured, or by definition.
constexpr std::array<Limits, 9> kLimits = {{{Role::precipitation, 0, 1900, "mm/d"},
                                            {Role::temperature, -90, 60, "degC"},
                                            {Role::evaporation_demand, -5, 40, "mm/d"},
                                            {Role::humidity, 0, 110, "%"},
                                            {Role::radiation, -50, 1500, "W/m2"},
                                            {Role::wind, 0, 110, "m/s"},
                                            {Role::snow, 0, 30000, ""},
                                            {Role::stage, -500, 9000, "m"},
                                            {Role::level, -12000, 9000, "m"}}};

std::string hint_of(const RecordView& r, const BaseView& base) {
  if (r.use.role == Role::temperature) {
    if (base.mean > 200 && base.max < 340) return "; these look like Kelvin: unit: K";
    if (base.mean > 60 || base.max > 130) return "; these look like tenths of a degree: unit: 0.1 degC";
    if (base.max > 60 && base.max < 130) return "; these look like degrees Fahrenheit: unit: degF";
  }
  if (r.use.role == Role::level && std::abs(base.mean) > 9000) return "; check the unit (cm, mm)";
  return "";
}

void look_at_limits(const RecordView& r, const SeriesSummary& s, const BaseView& base, JobResult& result) {
  for (const Limits& limits : kLimits) {
    if (limits.role != r.use.role) continue;
    // Short steps: a cloudburst's rate is far above any daily sum.
    const double largest =
        r.use.role == Role::precipitation && r.native > 0 && r.native < core::kSecondsPerDay
            ? limits.largest * 24
            : limits.largest;
    if (base.min >= limits.least - 1e-9 && base.max <= largest) continue;
    std::size_t below = 0;
    for (const double v : r.values)
      below += v * r.use.rule.factor + r.use.rule.offset < limits.least ? 1U : 0U;
    std::string what = fmt::format("'{}' goes from {:g} to {:g} {}", r.use.name, s.min, s.max, r.use.unit);
    if (base.min < limits.least && below > 0)
      what += fmt::format(" ({} value{} below {:g})", below, below == 1 ? "" : "s", limits.least);
    what += fmt::format("; {} lies between {:g} and {:g} {}", to_text(r.use.role), limits.least, largest,
                        limits.unit);
    result.doubts.push_back({r.well, what + hint_of(r, base)});
  }
}

// Sums of a year that no climate has.
void look_at_years(const RecordView& r, const BaseView& base, JobResult& result) {
  const bool rain = r.use.role == Role::precipitation;
  if ((!rain && r.use.role != Role::evaporation_demand) || r.times.size() < 2) return;
  if (r.use.rule.aggregate != Aggregate::sum) return;
  const double days =
      static_cast<double>(r.times.back() - r.times.front()) / static_cast<double>(core::kSecondsPerDay);
  if (days < 180) return;
  // A file of wet days alone has fewer rows than days.
  const double present = std::min(1.0, static_cast<double>(r.values.size()) * static_cast<double>(r.native) /
                                           (days * static_cast<double>(core::kSecondsPerDay)));
  const double year = base.mean * kDaysPerYear * present;
  const double least = rain ? 5 : 50;
  const double largest = rain ? 15000 : 6000;
  if (year >= least && year <= largest) return;
  const double thousand = year * 1000;
  const bool metres = thousand >= least && thousand <= largest;
  result.doubts.push_back(
      {r.well, fmt::format("'{}' amounts to {:.3g} mm a year{}", r.use.name, year,
                           metres ? "; these look like metres: unit: m/d (or m)"
                           : year / 10 <= largest && year > largest
                               ? "; these may be tenths of a millimetre: unit: 0.1 mm/d (or 0.1 mm)"
                               : "; check its unit")});
}

void look_at_depths(const RecordView& r, JobResult& result) {
  std::size_t values = 0;
  std::size_t negative = 0;
  for (const double v : r.values) {
    values += std::isnan(v) ? 0U : 1U;
    negative += v < 0 ? 1U : 0U;
  }
  if (values < 2 || negative * 20 < values * 19) return;
  result.doubts.push_back(
      {r.well,
       fmt::format(
           "{} depths of '{}' are negative ({} of {}): taken as depths they stand above the measuring "
           "point, and the hydrograph is upside down if they count downwards; then quantity: level is right",
           negative == values ? "all" : "nearly all", r.use.name, negative, values)});
}

}  // namespace

SeriesSummary summary_of(const RecordView& record) {
  const std::vector<double>& values = record.values;
  SeriesSummary s;
  s.entity = record.well;
  s.variable = record.use.name;
  s.file = record.file;
  s.unit = record.use.unit;
  const Numbers numbers = numbers_of(values);
  s.count = numbers.count;
  s.min = numbers.min;
  s.max = numbers.max;
  if (s.count == 0) {
    s.min = s.max = s.mean = std::numeric_limits<double>::quiet_NaN();
    return s;
  }
  s.mean = numbers.mean;
  const auto there = [](double v) { return !std::isnan(v); };
  const auto first = std::find_if(values.begin(), values.end(), there);
  const auto last = std::find_if(values.rbegin(), values.rend(), there);
  s.first = record.times[static_cast<std::size_t>(first - values.begin())];
  s.last = record.times[static_cast<std::size_t>(values.rend() - last) - 1];
  return s;
}

void look_at(const RecordView& record, const SeriesSummary& s, JobResult& result) {
  if (s.count == 0) return;
  if (look_for_code(record, s, result)) return;  // ranges with such a number mean nothing
  const BaseView base = base_of(record, s);
  look_at_limits(record, s, base, result);
  look_at_years(record, base, result);
  if (record.use.role == Role::humidity && base.max <= 1.1 && base.max > 0 && s.count > 10)
    result.doubts.push_back(
        {record.well, fmt::format("'{}' goes from {:g} to {:g}; these look like fractions: factor: 100",
                                  record.use.name, s.min, s.max)});
  if (record.use.target != nullptr && record.use.target->quantity == Quantity::depth)
    look_at_depths(record, result);
}

}  // namespace phreatic::data::loading
