// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/series/monthly.hpp"
#include "phreatic/data/missing_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/load/internal.hpp"

namespace phreatic::data {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr core::Step kMonth{core::StepUnit::month, 1};

core::Seconds first_of_month(core::Seconds time) {
  core::CivilDate date = core::civil_from_days(core::day_of(time));
  date.day = 1;
  return core::days_from_civil(date) * core::kSecondsPerDay;
}

core::Seconds next_month(core::Seconds month) { return core::TimeAxis(month, kMonth, 1).end(); }

core::TimeAxis axis_over(const std::vector<core::Seconds>& months) {
  const core::TimeAxis start(months.front(), kMonth, 1);
  std::size_t size = 1;
  while (core::TimeAxis(months.front(), kMonth, size).end() <= months.back()) ++size;
  return {months.front(), kMonth, size};
}

std::string month_text(core::Seconds month) { return core::format_date(month).substr(0, 7); }

// The date at the end of a column's name: "TWS 2002-04-15".
std::optional<core::Seconds> date_at_end(const std::string& name) {
  if (name.size() < 10) return {};
  return core::parse_date(std::string_view(name).substr(name.size() - 10), core::DateOrder::iso);
}

struct Cells {
  const io::TextTable& table;
  core::Problems& problems;
  double number(std::size_t row, std::size_t column) const {
    double value = kMissing;
    if (column < table.rows[row].size() && !io::parse_cell(table.rows[row][column], table.decimal, value)) {
      problems.add({.file = table.file,
                    .line = table.lines[row],
                    .where = table.header[column],
                    .what = fmt::format("'{}' is not a number", table.rows[row][column])});
    }
    return value;
  }
};

// A row for each place.
void read_wide(const io::TextTable& table, const std::vector<std::size_t>& columns,
               const std::vector<core::Seconds>& months, const Cells& cells, MonthlyValues& out) {
  out.axis = axis_over(months);
  out.values.assign(table.rows.size() * out.axis.size(), kMissing);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    out.places.push_back(table.rows[r].empty() ? "" : table.rows[r][0]);
    for (std::size_t c = 0; c < columns.size(); ++c)
      out.values[r * out.axis.size() + *out.axis.index_of(months[c])] = cells.number(r, columns[c]);
  }
}

// A column for each place.
void read_long(const io::TextTable& table, const std::vector<core::Seconds>& months, const Cells& cells,
               MonthlyValues& out) {
  out.axis = axis_over(months);
  out.places.assign(table.header.begin() + 1, table.header.end());
  out.values.assign(out.places.size() * out.axis.size(), kMissing);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    for (std::size_t p = 0; p < out.places.size(); ++p)
      out.values[p * out.axis.size() + *out.axis.index_of(months[r])] = cells.number(r, p + 1);
  }
}

// Declared codes become NaN and are counted.
void take_missing(const std::vector<double>& codes, const std::string& file, MonthlyValues& out) {
  for (const double code : codes) {
    const auto count = std::count(out.values.begin(), out.values.end(), code);
    std::replace(out.values.begin(), out.values.end(), code, kMissing);
    out.said.push_back(
        fmt::format("{}: {:g} is taken as missing ({} value{})", file, code, count, count == 1 ? "" : "s"));
  }
}

// The least or the greatest value of a place that looks like a code for missing and lies farther from all others than these
// from each other; a code above zero must stand twice.
void refuse_codes(const std::string& file, const MonthlyValues& all, core::Problems& problems) {
  const std::size_t months = all.axis.size();
  for (std::size_t p = 0; p < all.places.size(); ++p) {
    const std::span values = std::span(all.values).subspan(p * months, months);
    double ends[] = {INFINITY, -INFINITY};
    for (const double v : values) {
      if (v < ends[0]) ends[0] = v;
      if (v > ends[1]) ends[1] = v;
    }
    for (const double code : ends) {
      if (!std::isfinite(code) || !looks_like_code(code)) continue;
      double low = INFINITY, high = -INFINITY;
      std::size_t count = 0, others = 0;
      for (const double v : values) {
        if (v == code) ++count;
        if (std::isnan(v) || v == code) continue;
        // A second code at the other end says nothing about the range of the values.
        if (looks_like_code(v) && (v == ends[0] || v == ends[1])) continue;
        ++others;
        low = std::min(low, v);
        high = std::max(high, v);
      }
      if (others < 3 || count < (code < 0 ? 1U : 2U) || !(high > low)) continue;
      if (!((code < low ? low - code : code - high) > high - low)) continue;
      problems.add(
          {.file = file,
           .where = "place " + all.places[p],
           .what = fmt::format("{:g} stands in {} month{}, all other values lie from {:g} to {:g}: it "
                               "looks like a code for missing",
                               code, count, count == 1 ? "" : "s", low, high),
           .mend =
               fmt::format("Declare it: --missing {:g}; a true value must be changed in the file", code)});
    }
  }
}

}  // namespace

std::vector<core::Seconds> months_of(const std::vector<core::Seconds>& stamps, MonthStamp stamp,
                                     const std::string& file, std::vector<std::string>& said,
                                     core::Problems& problems) {
  std::vector<core::Seconds> months;
  const auto month_at = [&](std::size_t i) {
    return first_of_month(stamp == MonthStamp::end ? stamps[i] - 1 : stamps[i]);
  };
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    core::Seconds month = month_at(i);
    if (!months.empty() && month <= months.back()) {
      const core::Seconds moved = next_month(months.back());
      const bool second = month == months.back() && stamps[i] > stamps[i - 1];
      if (!second || (i + 1 < stamps.size() && month_at(i + 1) == moved)) {
        problems.add({.file = file,
                      .where = core::format_date(stamps[i]),
                      .what = fmt::format("{} is there already, and the next month too", month_text(month)),
                      .allowed = "one value a month, in order of time",
                      .mend = "Leave one of them out; values that are not monthly are averaged first"});
        month = moved;
      } else {
        said.push_back(fmt::format("{}: two values in {}; the later, of {}, is taken for {}", file,
                                   month_text(month), core::format_date(stamps[i]), month_text(moved)));
        month = moved;
      }
    }
    months.push_back(month);
  }
  return months;
}

MonthlyValues read_monthly_table(const std::filesystem::path& path, const std::vector<double>& missing) {
  core::Problems problems;
  const io::TextTable table = io::read_text_table(path, {}, problems);
  problems.throw_if_any();
  if (table.rows.empty()) throw core::InputError({.file = path.string(), .what = "holds no rows"});
  MonthlyValues out;
  std::vector<std::size_t> columns;
  std::vector<core::Seconds> stamps;
  for (std::size_t c = 1; c < table.header.size(); ++c) {
    if (const auto date = date_at_end(table.header[c])) {
      columns.push_back(c);
      stamps.push_back(*date);
    }
  }
  const Cells cells{table, problems};
  const bool wide = !columns.empty();
  if (!wide) {
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const std::string& text = table.rows[r].empty() ? std::string() : table.rows[r][0];
      auto date = core::parse_date(text, core::DateOrder::iso);
      if (!date && text.size() == 7) date = core::parse_date(text + "-01", core::DateOrder::iso);
      if (!date) {
        problems.add(
            {.file = path.string(),
             .line = table.lines[r],
             .what = fmt::format("'{}' is not a date", text),
             .allowed = "columns whose names end in a date, or a first column of dates (2002-04-15)"});
        problems.throw_if_any();
      }
      stamps.push_back(*date);
    }
  } else if (columns.size() + 1 < table.header.size()) {
    out.said.push_back(fmt::format("{}: {} columns whose names end in no date are left out", path.string(),
                                   table.header.size() - 1 - columns.size()));
  }
  const auto months = months_of(stamps, MonthStamp::inside, path.string(), out.said, problems);
  problems.throw_if_any();
  if (wide)
    read_wide(table, columns, months, cells, out);
  else
    read_long(table, months, cells, out);
  problems.throw_if_any();
  take_missing(missing, path.string(), out);
  refuse_codes(path.string(), out, problems);
  problems.throw_if_any();
  return out;
}

MonthlyValues read_monthly_grids(const std::vector<std::filesystem::path>& files, const GridSource& source,
                                 MonthStamp stamp, const GeoGrid* target, const RegridParams& params) {
  const GridStack stack(files, source);
  const std::string name = files.front().string() + (files.size() > 1 ? " ..." : "");
  MonthlyValues out;
  out.said = stack.said();
  out.unit = stack.unit();
  out.grid = target != nullptr ? *target : stack.grid();
  out.is_static = stack.times().empty();
  core::Problems problems;
  std::vector<core::Seconds> months{0};
  if (out.is_static && stack.size() > 1)
    problems.add({.file = name,
                  .what = fmt::format("holds {} bands without a time", stack.size()),
                  .mend = "Give the bands times, or one band for a layer that does not change"});
  if (!out.is_static) months = months_of(stack.times(), stamp, name, out.said, problems);
  problems.throw_if_any();
  out.axis = axis_over(months);
  const std::size_t steps = out.axis.size();
  out.values.assign(out.grid->cells() * steps, kMissing);
  const bool same = target == nullptr || (compare(stack.grid(), *target).relation == GridRelation::same);
  std::optional<Regridder> regridder;
  if (!same) {
    regridder.emplace(stack.grid(), *target, params);
    out.said.insert(out.said.end(), regridder->said().begin(), regridder->said().end());
  }
  const auto width = static_cast<std::size_t>(out.grid->width);
  for (std::size_t b = 0; b < stack.size(); ++b) {
    const std::size_t t = *out.axis.index_of(months[b]);
    const auto put = [&](const Window& w, std::span<const double> values) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t row = static_cast<std::size_t>(w.row) + i / static_cast<std::size_t>(w.columns);
        const std::size_t column =
            static_cast<std::size_t>(w.column) + i % static_cast<std::size_t>(w.columns);
        out.values[(row * width + column) * steps + t] = values[i];
      }
    };
    if (regridder) {
      regridder->band(stack.open(b), stack.band(b), put);
    } else {
      std::vector<double> values;
      const Window all{0, 0, out.grid->width, out.grid->height};
      stack.open(b).read(stack.band(b), all, values);
      put(all, values);
    }
  }
  stack.finish();
  return out;
}

void fill_months(MonthlyValues& v, MonthFill fill, core::Seconds end) {
  const std::size_t places = v.place_count(), own = v.axis.size();
  const core::Step month{core::StepUnit::month, 1};
  std::size_t steps = own;
  while (fill == MonthFill::hold && core::TimeAxis(v.axis.start(0), month, steps).end() < end) ++steps;
  const core::TimeAxis axis(v.axis.start(0), month, steps);
  std::vector<double> out = on_axis(v, axis);
  for (std::size_t p = 0; p < places; ++p) {
    double* const y = out.data() + p * steps;
    std::size_t last = steps;
    for (std::size_t t = 0; t < steps; ++t) {
      if (std::isnan(y[t])) {
        if (fill == MonthFill::hold && last < steps) y[t] = y[last];
        continue;
      }
      for (std::size_t k = last + 1; fill == MonthFill::interpolate && last < steps && k < t; ++k)
        y[k] = y[last] + (y[t] - y[last]) * static_cast<double>(k - last) / static_cast<double>(t - last);
      last = t;
    }
  }
  v.axis = axis;
  v.values = std::move(out);
}

std::vector<double> on_axis(const MonthlyValues& values, const core::TimeAxis& axis) {
  const std::size_t places = values.place_count();
  const std::size_t steps = axis.size();
  const std::size_t own = values.axis.size();
  std::vector<double> out(places * steps, kMissing);
  for (std::size_t t = 0; t < steps; ++t) {
    const auto at = values.is_static ? std::optional<std::size_t>(0) : values.axis.index_of(axis.start(t));
    if (!at) continue;
    for (std::size_t p = 0; p < places; ++p) out[p * steps + t] = values.values[p * own + *at];
  }
  return out;
}

}  // namespace phreatic::data
