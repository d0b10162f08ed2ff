// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/explanation/attention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <span>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/hydrographs/explanation/explanation.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"
#include "phreatic/learn/looks.hpp"

namespace phreatic::hydrographs {
namespace {

using data::io::NcSchema;
using data::io::NcType;
using learn::WindowLooks;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargeFile = 2e9;  // bytes from which a file is announced

// The dates of a group of wells: a window for each, in the order of well and date.
struct GroupDates {
  learn::SeriesSet set;
  std::vector<learn::Window> windows;
  std::vector<std::size_t> wells;    // of the panel, by window
  std::vector<std::size_t> steps;    // of the axis: the date that the window is explained at
  std::vector<std::size_t> columns;  // of the variables among explained_drivers()
};

GroupDates plan_dates(const Prepared& prepared, const Models& models, const ExplainParams& params,
                      const UnitGroup& group) {
  const TaskParams& task = models.task;
  const UnitScaling scaling =
      scaling_on(read_unit_model(models.folder, group.units.front().name), prepared, group.simulates);
  GroupDates out;
  out.set = make_series(prepared, task, scaling, group.simulates, false);
  const std::size_t lags = explained_lags(task.learn.window);
  const std::size_t ahead = task.forecasts() ? static_cast<std::size_t>(task.learn.window.horizon) : 1;
  for (std::size_t i = 0; i < group.simulates.size(); ++i) {
    const std::size_t e = group.simulates[i];
    const ExplainedSteps dates =
        explained_steps(prepared, params, e, lags, complete_steps(out.set, i, prepared.number));
    for (const std::size_t t : dates.dates) {
      out.windows.push_back({i, t + 1 - lags, lags, lags - ahead});
      out.wells.push_back(e);
      out.steps.push_back(t);
    }
  }
  const std::vector<std::string> drivers = explained_drivers(prepared, task);
  for (const auto* names : {&out.set.features, &out.set.past_features}) {
    for (const std::string& name : *names)
      out.columns.push_back(
          static_cast<std::size_t>(std::find(drivers.begin(), drivers.end(), name) - drivers.begin()));
  }
  return out;
}

// Looks of some windows, pooled over the group's units.
WindowLooks pooled(const std::vector<std::unique_ptr<learn::Model>>& models, const learn::SeriesSet& set,
                   std::span<const learn::Window> windows) {
  WindowLooks sum;
  const float share = 1.0F / static_cast<float>(models.size());
  for (const auto& model : models) {
    WindowLooks one = learn::look(*model, set, windows);
    for (auto part :
         {&WindowLooks::statics, &WindowLooks::past, &WindowLooks::future, &WindowLooks::attention}) {
      std::vector<float>& to = sum.*part;
      std::vector<float> total = std::move(to);
      total.resize((one.*part).size(), 0.0F);
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += share * (one.*part)[i];
      one.*part = std::move(total);
    }
    sum = std::move(one);
  }
  return sum;
}

// [steps][used] spread over the study's variables; NaN where the networks do not use one.
std::vector<float> spread(std::span<const float> values, std::span<const std::size_t> columns,
                          std::size_t variables) {
  const std::size_t used = columns.size();
  std::vector<float> out(used == 0 ? 0 : values.size() / used * variables, std::nanf(""));
  for (std::size_t i = 0; i < values.size(); ++i) out[i / used * variables + columns[i % used]] = values[i];
  return out;
}

// Means over the steps of [steps][variables].
void add_means(std::span<const float> values, std::size_t variables, std::vector<double>& out) {
  for (std::size_t v = 0; v < variables; ++v) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = v; i < values.size(); i += variables, ++count) sum += static_cast<double>(values[i]);
    out.push_back(count == 0 ? kMissing : sum / static_cast<double>(count));
  }
}

NcSchema schema_of(const AttentionSummary& s, std::size_t encoder) {
  const std::size_t decoder = s.steps.size() - encoder;
  NcSchema schema;
  schema.dimensions = {{"sample", 0},
                       {"station", s.wells.size()},
                       {"output", s.outputs},
                       {"step", s.steps.size()},
                       {"encoder_step", encoder},
                       {"decoder_step", decoder},
                       {"variable", s.past.variables.size()},
                       {"attribute", std::max<std::size_t>(1, s.statics.variables.size())}};
  schema.variables = {
      {"variable_name", NcType::text, {"variable"}, "", {{"long_name", "variable"}}},
      {"attribute_name", NcType::text, {"attribute"}, "", {{"long_name", "static attribute"}}},
      {"station_name", NcType::text, {"station"}, "", {{"long_name", "well"}}},
      {"step", NcType::int64, {"step"}, "1", {{"long_name", "steps from the issue date, or from the date"}}},
      {"station_index", NcType::int64, {"sample"}, "", {{"long_name", "index of the well, from 0"}}},
      {"time",
       NcType::int64,
       {"sample"},
       "seconds since 1970-01-01 00:00:00",
       {{"standard_name", "time"}, {"calendar", "proleptic_gregorian"}}}};
  const auto weights = [&](const char* name, std::vector<std::string> dimensions, const char* about) {
    schema.variables.push_back(
        {name, NcType::float32, std::move(dimensions), "1", {{"long_name", about}}, true});
  };
  weights("attention", {"sample", "output", "step"}, "weight of each step, mean over the heads; sum 1");
  weights("past_selection", {"sample", "encoder_step", "variable"}, "weight of each variable in the encoder");
  weights("future_selection", {"sample", "decoder_step", "variable"},
          "weight of each variable in the decoder");
  weights("static_selection", {"sample", "attribute"}, "weight of each static attribute");
  return schema;
}

// Takes batches of windows: records to the file, sums to the summary.
class Collector {
 public:
  Collector(const Prepared& prepared, AttentionSummary& summary, data::io::NcWriter& writer)
      : prepared_(prepared), summary_(summary), writer_(writer) {
    writer_.put("variable_name", summary.past.variables);
    writer_.put("attribute_name", summary.statics.variables.empty() ? std::vector<std::string>{"none"}
                                                                    : summary.statics.variables);
    writer_.put("station_name", summary.wells);
    const std::vector<std::int64_t> steps(summary.steps.begin(), summary.steps.end());
    writer_.put("step", steps);
    const std::size_t size = summary.wells.size() * row();
    sums_.assign(size, 0.0);
    squares_.assign(size, 0.0);
    counts_.assign(summary.wells.size(), 0);
    attended_.assign(summary.wells.size() * prepared.panel.time_count(), 0.0);
    seen_.assign(attended_.size(), 0);
  }

  void add(const GroupDates& dates, std::size_t first, const WindowLooks& looks) {
    const std::size_t variables = summary_.past.variables.size();
    for (std::size_t i = 0; i < looks.windows; ++i) {
      const auto part = [&](const std::vector<float>& all) {
        const std::size_t each = all.size() / looks.windows;
        return std::span<const float>(all).subspan(i * each, each);
      };
      const std::size_t well = dates.wells[first + i];
      const std::span<const std::size_t> columns = dates.columns;
      const std::vector<float> past = spread(part(looks.past), columns, variables);
      std::vector<float> future = spread(part(looks.future), columns.first(looks.features), variables);
      future.resize(looks.decoder * variables, std::nanf(""));
      std::vector<float> statics(part(looks.statics).begin(), part(looks.statics).end());
      statics.resize(std::max<std::size_t>(1, summary_.statics.variables.size()), std::nanf(""));
      const std::int64_t station[] = {static_cast<std::int64_t>(well)};
      const std::int64_t time[] = {prepared_.panel.axis.start(dates.steps[first + i])};
      writer_.append("station_index", station);
      writer_.append("time", time);
      writer_.append("attention", part(looks.attention));
      writer_.append("past_selection", past);
      writer_.append("future_selection", future);
      writer_.append("static_selection", statics);
      summary_.well_of_date.push_back(well);
      add_means(past, variables, summary_.past.weights);
      add_means(future, variables, summary_.future.weights);
      add_means(std::span<const float>(statics).first(summary_.statics.variables.size()),
                summary_.statics.variables.size(), summary_.statics.weights);
      add_attention(well, part(looks.attention));
      add_attended(well, dates.steps[first + i], part(looks.attention));
    }
  }

  void finish() {
    summary_.mean.assign(sums_.size(), kMissing);
    summary_.deviation.assign(sums_.size(), kMissing);
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const auto n = static_cast<double>(counts_[i / row()]);
      if (n == 0) continue;
      summary_.mean[i] = sums_[i] / n;
      summary_.deviation[i] = std::sqrt(std::max(0.0, squares_[i] / n - summary_.mean[i] * summary_.mean[i]));
    }
    for (std::size_t i = 0; i < attended_.size(); ++i)
      attended_[i] = seen_[i] == 0 ? kMissing : attended_[i] / static_cast<double>(seen_[i]);
    summary_.drivers = attention_against_drivers(prepared_, attended_);
    summary_.over_time = attention_over_time(prepared_, attended_);
  }

 private:
  std::size_t row() const { return summary_.outputs * summary_.steps.size(); }
  void add_attention(std::size_t well, std::span<const float> weights) {
    ++counts_[well];
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const auto w = static_cast<double>(weights[k]);
      sums_[well * row() + k] += w;
      squares_[well * row() + k] += w * w;
    }
  }

  // Attention to the steps themselves, 1 where all that an output sees have the same; `date`: last step of the window.
  void add_attended(std::size_t well, std::size_t date, std::span<const float> weights) {
    const std::size_t steps = summary_.steps.size();
    const std::size_t at = well * prepared_.panel.time_count() + date + 1 - steps;
    for (std::size_t o = 0; o < summary_.outputs; ++o) {
      const std::size_t visible = steps - summary_.outputs + o + 1;
      for (std::size_t k = 0; k < visible; ++k) {
        attended_[at + k] += static_cast<double>(weights[o * steps + k]) * static_cast<double>(visible);
        ++seen_[at + k];
      }
    }
  }

  const Prepared& prepared_;
  AttentionSummary& summary_;
  data::io::NcWriter& writer_;
  std::vector<double> sums_, squares_, attended_;
  std::vector<std::uint32_t> seen_;
  std::vector<std::size_t> counts_;
};

AttentionSummary empty_summary(const Prepared& prepared, const TaskParams& task,
                               const std::vector<std::string>& statics) {
  AttentionSummary s;
  s.wells = prepared.panel.entities;
  s.past.variables = s.future.variables = explained_drivers(prepared, task);
  s.statics.variables = statics;
  s.outputs = task.forecasts() ? static_cast<std::size_t>(task.learn.window.horizon) : 1;
  const auto lags = static_cast<int>(explained_lags(task.learn.window));
  const int ahead = task.forecasts() ? static_cast<int>(s.outputs) : 0;
  for (int k = 0; k < lags; ++k) s.steps.push_back(k - (lags - 1) + ahead);
  return s;
}

void announce(const AttentionSummary& s, std::size_t dates, core::Context& context) {
  const double floats =
      static_cast<double>(s.steps.size()) * static_cast<double>(s.outputs + s.past.variables.size());
  const double bytes = 4 * floats * static_cast<double>(dates);
  if (bytes > kLargeFile)
    context.log.info(
        fmt::format("attention.nc holds {} dates and takes up to {:.1f} GB; a larger explain.stride "
                    "takes fewer",
                    dates, bytes / 1e9));
}

}  // namespace

AttentionSummary export_attention(const Prepared& prepared, const Models& models, const ExplainParams& params,
                                  const std::filesystem::path& file, core::Context& context) {
  std::vector<UnitGroup> groups = group_units(models.units);
  std::vector<GroupDates> dates;
  std::vector<std::string> statics;
  std::size_t all = 0;
  for (const UnitGroup& group : groups) {
    dates.push_back(plan_dates(prepared, models, params, group));
    all += dates.back().windows.size();
    if (statics.empty() && models.task.learn.model.static_attributes != learn::StaticUse::none)
      statics = dates.back().set.statics;
  }
  AttentionSummary summary = empty_summary(prepared, models.task, statics);
  announce(summary, all, context);
  const learn::WindowParams& window = models.task.learn.window;
  data::io::write_netcdf(
      file, schema_of(summary, window.length() - window.scored()), [&](data::io::NcWriter& writer) {
        Collector collector(prepared, summary, writer);
        for (std::size_t g = 0; g < groups.size(); ++g) {
          std::vector<std::unique_ptr<learn::Model>> networks;
          for (const Unit& unit : groups[g].units)
            networks.push_back(
                learn::load_model(models.folder / unit.name, models.task.learn.training.device));
          const std::span<const learn::Window> windows = dates[g].windows;
          const std::size_t most = learn::look_windows(*networks.front(), summary.steps.size());
          for (std::size_t first = 0; first < windows.size(); first += most) {
            core::throw_if_interrupted();
            const auto some = windows.subspan(first, std::min(most, windows.size() - first));
            collector.add(dates[g], first, pooled(networks, dates[g].set, some));
          }
        }
        collector.finish();
      });
  return summary;
}

}  // namespace phreatic::hydrographs
