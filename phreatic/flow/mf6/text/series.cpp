// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/text/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace phreatic::flow::mf6 {
namespace {

constexpr double kNoData = 3.0e30;
constexpr double kHuge = 1e300;

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-10 * std::max({1.0, std::abs(a), std::abs(b)});
}

std::optional<SeriesMethod> method_of(const std::string& word) {
  if (word == "STEPWISE") return SeriesMethod::stepwise;
  if (word == "LINEAR") return SeriesMethod::linear;
  if (word == "LINEAREND") return SeriesMethod::linearend;
  return std::nullopt;
}

// Weights of the value at time t.
std::vector<PointWeight> weights_at(const std::vector<double>& times, SeriesMethod method, double t) {
  std::size_t i = 0;
  while (i + 1 < times.size() && (times[i + 1] < t || close(times[i + 1], t))) ++i;
  if (times[i] > t && !close(times[i], t)) return {};
  if (method == SeriesMethod::stepwise || close(times[i], t)) return {{i, 1.0}};
  if (i + 1 == times.size()) return {};
  const double f = (t - times[i]) / (times[i + 1] - times[i]);
  return {{i, 1 - f}, {i + 1, f}};
}

std::vector<std::string> rest_upper(Words& words) {
  std::vector<std::string> out;
  for (std::string word = words.upper(); !word.empty(); word = words.upper()) out.push_back(std::move(word));
  return out;
}

void set_methods(Context& context, Words& words, const Place& place, bool one,
                 std::vector<TimeSeries>& series) {
  const std::vector<std::string> names = rest_upper(words);
  if (names.empty() || (!one && names.size() != series.size())) {
    context.problem(place, "time series METHODS",
                    fmt::format("{} methods for {} names", names.size(), series.size()),
                    "one for each name, after NAMES");
    return;
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::string& name = names[one ? 0 : i];
    if (const auto method = method_of(name)) {
      series[i].method = *method;
    } else {
      context.problem(place, "time series METHOD", fmt::format("'{}' is no method", name),
                      "STEPWISE, LINEAR, LINEAREND");
      return;
    }
  }
}

}  // namespace

std::vector<PointWeight> step_weights(const std::vector<double>& times, SeriesMethod method, double t0,
                                      double t1) {
  if (times.empty()) return {};
  if (method == SeriesMethod::linearend || t1 <= t0) return weights_at(times, method, t1);
  if (times.front() > t0 && !close(times.front(), t0)) return {};
  const bool stepwise = method == SeriesMethod::stepwise;
  if (!stepwise && times.back() < t1 && !close(times.back(), t1)) return {};
  std::vector<PointWeight> weights;
  const auto add = [&](std::size_t point, double weight) {
    if (weight == 0) return;
    if (!weights.empty() && weights.back().point == point) {
      weights.back().weight += weight;
    } else {
      weights.push_back({point, weight});
    }
  };
  std::size_t i = static_cast<std::size_t>(std::upper_bound(times.begin(), times.end(), t0) - times.begin());
  if (i > 0) --i;
  const double span = t1 - t0;
  for (; i < times.size() && times[i] < t1; ++i) {
    const bool last = i + 1 == times.size();
    const double a = std::max(times[i], t0);
    const double b = last ? t1 : std::min(times[i + 1], t1);
    if (b <= a && !last) continue;
    if (stepwise) {
      add(i, (b - a) / span);
    } else if (!last) {
      const double width = times[i + 1] - times[i];
      const double middle = (0.5 * (a + b) - times[i]) / width;
      add(i, (b - a) / span * (1 - middle));
      add(i + 1, (b - a) / span * middle);
    }
  }
  if (weights.size() == 1) weights[0].weight = 1;  // one point alone: its value, exactly
  return weights;
}

std::optional<double> step_value(const TimeSeries& series, double t0, double t1) {
  const std::vector<PointWeight> weights = step_weights(series.times, series.method, t0, t1);
  if (weights.empty()) return std::nullopt;
  double value = 0;
  for (const PointWeight& w : weights) value += w.weight * series.values[w.point];
  return value;
}

void SeriesSet::read_attributes(Context& context, const Block& block, std::vector<TimeSeries>& added,
                                std::vector<double>& factors) {
  bool method = false;
  const auto names = [&](Words& words, const Place& place) {
    for (const std::string& name : rest_upper(words)) added.push_back({.name = name, .place = place});
    factors.assign(added.size(), 1.0);
  };
  const auto scale = [&](Words& words, const Place& place, bool one) {
    double value = 1;
    for (std::size_t i = 0; i < added.size(); ++i) {
      if ((i == 0 || !one) &&
          !read_number(context, words, place, "time series SFAC", -kHuge, kHuge, "a number", value))
        return;
      factors[i] = value;
    }
  };
  Keywords keys(context, "time series");
  keys.on("NAME", names).on("NAMES", names);
  keys.on("METHOD", [&](Words& w, const Place& p) {
    method = true;
    set_methods(context, w, p, true, added);
  });
  keys.on("METHODS", [&](Words& w, const Place& p) {
    method = true;
    set_methods(context, w, p, false, added);
  });
  keys.on("SFAC", [&](Words& w, const Place& p) { scale(w, p, true); });
  keys.on("SFACS", [&](Words& w, const Place& p) { scale(w, p, false); });
  keys.read(block);
  if (added.empty()) context.problem(block.place, "block ATTRIBUTES", "no NAME of a time series");
  if (!added.empty() && !method)
    context.problem(block.place, "block ATTRIBUTES", "no METHOD", "STEPWISE, LINEAR, LINEAREND");
}

void SeriesSet::read(Context& context, const std::string& name, const Place& named_at) {
  const TextFilePtr file = context.open(name, named_at);
  if (!file) return;
  const std::vector<Block> blocks =
      read_blocks(context, file, {{"ATTRIBUTES", false, false, true}, {"TIMESERIES", false, true, true}});
  const Block* attributes = find_block(blocks, "ATTRIBUTES");
  const Block* data = find_block(blocks, "TIMESERIES");
  if (attributes == nullptr || data == nullptr) return;
  std::vector<TimeSeries> added;
  std::vector<double> factors;
  read_attributes(context, *attributes, added, factors);
  LineReader reader(data->body);
  double previous = -kHuge;
  while (reader.next()) {
    const Place place{reader.path(), reader.number()};
    Words words(reader.line());
    double time = 0;
    if (!read_number(context, words, place, "time series time", -kHuge, kHuge, "a number", time)) continue;
    if (time <= previous) {
      context.problem(place, "time series", fmt::format("time {} comes after {}", time, previous),
                      "increasing times");
      continue;
    }
    previous = time;
    for (std::size_t i = 0; i < added.size(); ++i) {
      double value = 0;
      if (!read_number(context, words, place, "time series " + added[i].name, -kHuge, kHuge, "a number",
                       value))
        break;
      if (value == kNoData) continue;
      added[i].times.push_back(time);
      added[i].values.push_back(value * factors[i]);
    }
  }
  for (TimeSeries& one : added) {
    if (find(one.name) >= 0)
      context.problem(one.place, "time series " + one.name, "stands twice for this package");
    if (one.times.empty()) context.problem(one.place, "time series " + one.name, "has no values");
    series_.push_back(std::move(one));
  }
}

int SeriesSet::find(std::string_view name) const {
  const std::string wanted = Words::to_upper(name);
  for (std::size_t i = 0; i < series_.size(); ++i) {
    if (series_[i].name == wanted) return static_cast<int>(i);
  }
  return -1;
}

TimeArraySeries read_time_arrays(Context& context, const std::string& name, const Place& named_at,
                                 const ArrayShape& shape) {
  TimeArraySeries out;
  out.place = named_at;
  const TextFilePtr file = context.open(name, named_at);
  if (!file) return out;
  const std::vector<Block> blocks =
      read_blocks(context, file, {{"ATTRIBUTES", false, false, true}, {"TIME", true, false, true}});
  bool method = false;
  Keywords keys(context, "time-array series");
  keys.on("NAME", [&](Words& w, const Place&) { out.name = w.upper(); });
  keys.on("METHOD", [&](Words& w, const Place& p) {
    method = true;
    const std::string word = w.upper();
    const auto read = method_of(word);
    if (read && *read != SeriesMethod::linearend) {
      out.method = *read;
    } else {
      context.problem(p, "time-array series METHOD", fmt::format("'{}' is no method", word),
                      "STEPWISE, LINEAR");
    }
  });
  keys.number("SFAC", out.factor, -kHuge, kHuge, "a number");
  keys.read(blocks, "ATTRIBUTES");
  if (out.name.empty()) context.problem({file->path, 0}, "time-array series", "NAME is missing");
  if (!method) context.problem({file->path, 0}, "time-array series", "METHOD is missing", "STEPWISE, LINEAR");
  for (const Block& block : blocks) {
    if (block.name != "TIME") continue;
    double time = 0;
    const std::string word = block.words.empty() ? "" : block.words[0];
    if (parse_double(word, time) != NumberStatus::ok || (!out.times.empty() && time <= out.times.back())) {
      context.problem(block.place, "block TIME", fmt::format("'{}' is no time after the one before", word),
                      "increasing numbers");
      continue;
    }
    LineReader reader(block.body);
    Words none("");
    ArrayData<double> data =
        read_array<double>(context, reader, none, "time-array series " + out.name, shape);
    if (!data.read) continue;
    for (double& value : data.values) value *= out.factor;
    out.times.push_back(time);
    out.arrays.push_back(std::move(data.values));
  }
  return out;
}

}  // namespace phreatic::flow::mf6
