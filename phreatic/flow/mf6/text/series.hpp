// SPDX-License-Identifier: BSD-3-Clause
// Time series (TS6) and time-array series (TAS6) of MODFLOW 6, and what a time step sees of them:
//   stepwise   (1 / (t1 - t0)) * integral of the value that holds from each time to the next
//   linear     (1 / (t1 - t0)) * integral of the line through the points
//   linearend  the line through the points at t1
// A step of no length sees the value at t1. Beyond the last time a stepwise series keeps its last value; a
// linear one has none. A value of 3.0E30 means no value at that time. SFAC multiplies.
// Source: MODFLOW 6 input guide, "Time-Variable Input".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/text/arrays.hpp"
#include "phreatic/flow/mf6/text/blocks.hpp"

namespace phreatic::flow::mf6 {

enum class SeriesMethod { stepwise, linear, linearend };

struct TimeSeries {
  std::string name;  // upper case
  SeriesMethod method = SeriesMethod::stepwise;
  std::vector<double> times;  // increasing (T)
  std::vector<double> values;
  Place place;
};

// The weights of the points of a series that make the value of the step from t0 to t1: value = sum of
// weight * value of the point. Empty when the series does not cover the step.
struct PointWeight {
  std::size_t point;
  double weight;
};
std::vector<PointWeight> step_weights(const std::vector<double>& times, SeriesMethod method, double t0,
                                      double t1);

// Value of a series for the step from t0 to t1, nothing when it does not cover it.
std::optional<double> step_value(const TimeSeries& series, double t0, double t1);

// The series of one package.
class SeriesSet {
 public:
  void read(Context& context, const std::string& file, const Place& named_at);
  // Index of a series by name (any case), or -1.
  int find(std::string_view name) const;
  const TimeSeries& operator[](int index) const { return series_[static_cast<std::size_t>(index)]; }
  std::size_t size() const { return series_.size(); }

 private:
  void read_attributes(Context& context, const Block& block, std::vector<TimeSeries>& added,
                       std::vector<double>& factors);
  std::vector<TimeSeries> series_;
};

struct TimeArraySeries {
  std::string name;  // upper case
  SeriesMethod method = SeriesMethod::stepwise;
  double factor = 1;
  std::vector<double> times;
  std::vector<std::vector<double>> arrays;  // shape.size() each, or one value; factor is applied
  Place place;
};

// Reads a TAS6 file; every array is of one layer with `shape`.
TimeArraySeries read_time_arrays(Context& context, const std::string& file, const Place& named_at,
                                 const ArrayShape& shape);

}  // namespace phreatic::flow::mf6
