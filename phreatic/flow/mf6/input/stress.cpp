// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/input/stress.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::flow::mf6 {
namespace {

// Index of the last entry whose period is not after `period`; -1 when there is none.
template <class Entries, class PeriodOf>
int active_entry(const Entries& entries, int period, PeriodOf period_of) {
  const auto next = std::upper_bound(entries.begin(), entries.end(), period,
                                     [&](int p, const auto& entry) { return p < period_of(entry); });
  return static_cast<int>(next - entries.begin()) - 1;
}

std::shared_ptr<const BoundList> load(const ListStress& stress, const ListPeriod& period) {
  if (period.list) return period.list;
  core::Problems problems;
  Context context("", problems);
  auto list = std::make_shared<BoundList>();
  ListSpec spec{stress.where, stress.names, stress.boundnames, &stress.dimensions, &stress.series, 0};
  if (period.binary) {
    read_list(context, {}, period.file, {period.file, 0}, spec, *list);
  } else if (const TextFilePtr file = context.open(period.file, {period.file, 0})) {
    const std::string_view text =
        std::string_view(file->bytes).substr(std::min(period.offset, file->bytes.size()), period.length);
    read_list(context, {file, text, period.first_line}, "", {period.file, 0}, spec, *list);
  }
  problems.throw_if_any();
  return list;
}

class ListProvider {
 public:
  explicit ListProvider(std::shared_ptr<const ListStress> stress) : stress_(std::move(stress)) {}

  Change operator()(const StepTime& time, PackageValues& out) {
    const int wanted =
        active_entry(stress_->periods, time.period, [](const ListPeriod& p) { return p.period; });
    const bool new_list = !started_ || wanted != current_;
    started_ = true;
    current_ = wanted;
    if (new_list) {
      list_ = wanted < 0 ? std::make_shared<BoundList>()
                         : load(*stress_, stress_->periods[static_cast<std::size_t>(wanted)]);
    }
    const bool new_series = find_series(time, new_list);
    if (!new_list && !new_series) return Change::none;
    fill(out, new_list);
    if (new_list && (list_->uses.empty() && !stress_->periods.empty())) drop_if_read_again();
    return new_list ? Change::cells : Change::values;
  }

 private:
  // Values of the series in use; true when one of them changed.
  bool find_series(const StepTime& time, bool all) {
    if (list_ == nullptr || (list_->uses.empty() && !all)) return false;
    if (all) {
      used_.assign(stress_->series.size(), false);
      for (const SeriesUse& use : list_->uses) used_[static_cast<std::size_t>(use.series)] = true;
      series_values_.assign(stress_->series.size(), 0.0);
    }
    bool changed = false;
    for (std::size_t s = 0; s < used_.size(); ++s) {
      if (!used_[s]) continue;
      const TimeSeries& series = stress_->series[static_cast<int>(s)];
      const auto value = step_value(series, time.start, time.end);
      if (!value) {
        throw core::InputError(
            {.file = series.place.file,
             .where = "time series " + series.name,
             .what = fmt::format("does not cover the step from {} to {}", time.start, time.end)});
      }
      changed = changed || series_values_[s] != *value;
      series_values_[s] = *value;
    }
    return changed;
  }

  void fill(PackageValues& out, bool new_list) {
    const StressColumns& columns = stress_->columns;
    const std::size_t n = list_->size();
    const auto values = static_cast<std::size_t>(columns.values);
    const auto extra = static_cast<std::size_t>(columns.out_values());
    if (new_list) {
      out.cell = list_->cell;
      out.boundnames = list_->boundnames;
      out.row.clear();
    }
    const auto split = list_->values.begin() + static_cast<std::ptrdiff_t>(values * n);
    out.values.assign(list_->values.begin(), split);
    out.values.resize(extra * n);
    out.aux.assign(split, list_->values.end());
    for (const SeriesUse& use : list_->uses) {
      const double value = series_values_[static_cast<std::size_t>(use.series)];
      if (use.column < values) {
        out.values[use.column * n + use.bound] = value;
      } else {
        out.aux[(use.column - values) * n + use.bound] = value;
      }
    }
    if (columns.multiplier >= 0) {
      for (std::size_t b = 0; b < n; ++b)
        out.values[static_cast<std::size_t>(columns.multiplied) * n + b] *=
            out.aux[static_cast<std::size_t>(columns.multiplier) * n + b];
    }
    if (columns.infiltration_aux >= 0) {
      for (std::size_t b = 0; b < n; ++b)
        out.values[values * n + b] = out.aux[static_cast<std::size_t>(columns.infiltration_aux) * n + b];
    }
  }

  void drop_if_read_again() {
    if (current_ >= 0 && !stress_->periods[static_cast<std::size_t>(current_)].list)
      list_ = std::make_shared<BoundList>();
  }

  std::shared_ptr<const ListStress> stress_;
  std::shared_ptr<const BoundList> list_;
  std::vector<bool> used_;
  std::vector<double> series_values_;
  int current_ = -1;
  bool started_ = false;
};

class ArrayProvider {
 public:
  explicit ArrayProvider(std::shared_ptr<const ArrayStress> stress)
      : stress_(std::move(stress)),
        current_(stress_->arrays.size(), -2),
        shape_(ArrayShape::surface(stress_->grid.nrow, stress_->grid.ncol)) {}

  Change operator()(const StepTime& time, PackageValues& out) {
    const std::size_t n = stress_->grid.layer_cells();
    const StressColumns& columns = stress_->columns;
    Change change = Change::none;
    if (const int layers = active_entry(stress_->layers, time.period, [](const auto& p) { return p.first; });
        !started_ || layers != layers_) {
      layers_ = layers;
      set_cells(out, n);
      change = Change::cells;
    }
    if (!started_) {
      out.values.assign(static_cast<std::size_t>(columns.out_values()) * n, 0.0);
      out.aux.assign(static_cast<std::size_t>(columns.aux) * n, 0.0);
      if (columns.multiplier >= 0) base_.assign(n, 0.0);
    }
    started_ = true;
    bool rescale = false;
    for (std::size_t c = 0; c < stress_->arrays.size(); ++c) {
      if (!update(c, time, target(out, c, n))) continue;
      if (change == Change::none) change = Change::values;
      rescale = true;
    }
    if (rescale && columns.multiplier >= 0) {
      double* values = out.values.data() + static_cast<std::size_t>(columns.multiplied) * n;
      const double* factor = out.aux.data() + static_cast<std::size_t>(columns.multiplier) * n;
      for (std::size_t i = 0; i < n; ++i) values[i] = base_[i] * factor[i];
    }
    return change;
  }

 private:
  double* target(PackageValues& out, std::size_t c, std::size_t n) {
    const StressColumns& columns = stress_->columns;
    const auto values = static_cast<std::size_t>(columns.values);
    if (c >= values) return out.aux.data() + (c - values) * n;
    if (columns.multiplier >= 0 && c == static_cast<std::size_t>(columns.multiplied)) return base_.data();
    return out.values.data() + c * n;
  }

  void set_cells(PackageValues& out, std::size_t n) const {
    const Grid& grid = stress_->grid;
    out.cell.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t layer = 0;
      if (layers_ >= 0) {
        const auto& given = stress_->layers[static_cast<std::size_t>(layers_)].second;
        layer = static_cast<std::size_t>(given[given.size() == 1 ? 0 : i] - 1);
      }
      const std::size_t cell = layer * n + i;
      out.cell[i] = grid.idomain[cell] > 0 ? static_cast<CellIndex>(cell) : kNoCell;
    }
  }

  // Puts the values of column c for the step into out; false when they are as before.
  bool update(std::size_t c, const StepTime& time, double* out) {
    const auto& periods = stress_->arrays[c];
    const int wanted = active_entry(periods, time.period, [](const ArrayPeriod& p) { return p.period; });
    const bool fresh = wanted != current_[c];
    current_[c] = wanted;
    const std::size_t n = stress_->grid.layer_cells();
    if (wanted < 0) {
      if (fresh) std::fill_n(out, n, 0.0);
      return fresh;
    }
    const ArrayPeriod& period = periods[static_cast<std::size_t>(wanted)];
    if (period.series >= 0)
      return from_series(stress_->series[static_cast<std::size_t>(period.series)], time, out, n);
    if (!fresh) return false;
    if (period.values) {
      if (period.values->size() == 1) {
        std::fill_n(out, n, period.values->front());
      } else {
        std::copy(period.values->begin(), period.values->end(), out);
      }
      return true;
    }
    core::Problems problems;
    Context context(stress_->folder, problems);
    LineReader none({});
    read_values(context, period.control, none, stress_->where + " " + stress_->array_names[c], shape_, n,
                out);
    problems.throw_if_any();
    return true;
  }

  bool from_series(const TimeArraySeries& series, const StepTime& time, double* out, std::size_t n) const {
    const std::vector<PointWeight> weights = step_weights(series.times, series.method, time.start, time.end);
    if (weights.empty()) {
      throw core::InputError(
          {.file = series.place.file,
           .where = "time-array series " + series.name,
           .what = fmt::format("does not cover the step from {} to {}", time.start, time.end)});
    }
    std::fill_n(out, n, 0.0);
    for (const PointWeight& w : weights) {
      const std::vector<double>& array = series.arrays[w.point];
      for (std::size_t i = 0; i < n; ++i) out[i] += w.weight * array[array.size() == 1 ? 0 : i];
    }
    return true;
  }

  std::shared_ptr<const ArrayStress> stress_;
  std::vector<int> current_;
  ArrayShape shape_;
  std::vector<double> base_;  // of the multiplied column, before the multiplier
  int layers_ = -1;
  bool started_ = false;
};

}  // namespace

StressProvider make_provider(std::shared_ptr<const ListStress> stress) {
  return ListProvider(std::move(stress));
}
StressProvider make_provider(std::shared_ptr<const ArrayStress> stress) {
  return ArrayProvider(std::move(stress));
}

}  // namespace phreatic::flow::mf6
