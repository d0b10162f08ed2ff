// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/sensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kFewestMonths = 12;

core::TimeAxis whole_axis(const std::vector<WeightedSensor>& sensors) {
  core::Seconds first = sensors[0].values.axis.start(0), end = sensors[0].values.axis.end();
  for (const WeightedSensor& s : sensors) {
    first = std::min(first, s.values.axis.start(0));
    end = std::max(end, s.values.axis.end());
  }
  const core::Step month{core::StepUnit::month, 1};
  std::size_t size = 1;
  while (core::TimeAxis(first, month, size).end() < end) ++size;
  return {first, month, size};
}

// Mean difference to the first sensor, of each place; what there is too little of takes the mean of the others.
struct Bias {
  std::vector<double> of_place;
  double mean = 0;
  std::size_t borrowed = 0;
  bool known = false;
};

Bias bias_of(const std::vector<double>& first, const std::vector<double>& other, std::size_t months) {
  Bias out;
  double sum = 0, count = 0;
  for (std::size_t p = 0; p < first.size() / months; ++p) {
    double difference = 0, common = 0;
    for (std::size_t t = p * months; t < (p + 1) * months; ++t) {
      if (std::isnan(first[t]) || std::isnan(other[t])) continue;
      difference += other[t] - first[t];
      ++common;
    }
    const bool enough = common >= kFewestMonths;
    out.of_place.push_back(enough ? difference / common : kMissing);
    if (!enough) continue;
    sum += difference / common;
    ++count;
  }
  out.known = count > 0;
  out.mean = count > 0 ? sum / count : 0;
  for (double& b : out.of_place) {
    if (!std::isnan(b)) continue;
    b = out.mean;
    ++out.borrowed;
  }
  return out;
}

bool fits(const data::MonthlyValues& first, const data::MonthlyValues& other, std::size_t number,
          const std::string& name, const std::string& file, core::Problems& problems) {
  const auto refuse = [&](const std::string& what, const std::string& mend) {
    problems.add(
        {.file = file, .where = fmt::format("{}, sensor {}", name, number), .what = what, .mend = mend});
    return false;
  };
  if (first.is_static || other.is_static)
    return refuse("is a layer without time, which cannot be merged", "Give its bands dates, or leave it out");
  if (first.unit != other.unit)
    return refuse(fmt::format("is in '{}', the first sensor in '{}'", other.unit, first.unit),
                  "Bring both to one unit");
  return true;
}

}  // namespace

data::MonthlyValues merge_sensors(const std::vector<WeightedSensor>& sensors, const std::string& name,
                                  const std::string& file, core::Problems& problems) {
  for (std::size_t k = 1; k < sensors.size(); ++k) {
    if (!fits(sensors[0].values, sensors[k].values, k + 1, name, file, problems)) return {};
  }
  data::MonthlyValues out = sensors[0].values;
  out.axis = whole_axis(sensors);
  const std::size_t months = out.axis.size();
  const std::vector<double> first = data::on_axis(sensors[0].values, out.axis);
  std::vector<double> sum(first.size(), 0.0), weight(first.size(), 0.0);
  for (std::size_t k = 0; k < sensors.size(); ++k) {
    const std::vector<double> values = data::on_axis(sensors[k].values, out.axis);
    Bias bias{std::vector<double>(first.size() / months, 0.0)};
    if (k > 0) {
      bias = bias_of(first, values, months);
      if (!bias.known) {
        problems.add({.file = file,
                      .where = fmt::format("{}, sensor {}", name, k + 1),
                      .what = "has nowhere 12 months in common with the first sensor: its bias is not known",
                      .mend = "Put the sensor first that overlaps with the others, or leave it out"});
        return {};
      }
      out.said.push_back(fmt::format("sensor {}: its mean bias of {:.4g} {} against the first is taken off{}",
                                     k + 1, bias.mean, out.unit,
                                     bias.borrowed == 0
                                         ? ""
                                         : fmt::format("; {} of {} cells have fewer than 12 months in "
                                                       "common and take that of the others",
                                                       bias.borrowed, bias.of_place.size())));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) continue;
      sum[i] += sensors[k].weight * (values[i] - bias.of_place[i / months]);
      weight[i] += sensors[k].weight;
    }
  }
  out.values.resize(sum.size());
  for (std::size_t i = 0; i < sum.size(); ++i) out.values[i] = weight[i] > 0 ? sum[i] / weight[i] : kMissing;
  return out;
}

}  // namespace phreatic::studies::downscaling
