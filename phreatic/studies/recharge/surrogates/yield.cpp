// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/yield.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "phreatic/basin/processes/soil.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/studies/recharge/scenarios/sites/mask.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr const char* kSetting = "features.specific_yield";

void check_values(const std::vector<double>& values, const std::string& file) {
  for (const double v : values) {
    if (std::isnan(v) || (v > 0 && v < 1)) continue;
    throw core::InputError({.file = file,
                            .where = kSetting,
                            .what = fmt::format("has the value {:g}", v),
                            .allowed = "specific yield between 0 and 1",
                            .mend = "Cells without a value need the file's value for missing"});
  }
}

struct Mean {
  std::vector<double> sum, count;

  explicit Mean(std::size_t places) : sum(places, 0.0), count(places, 0.0) {}
  void add(const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) continue;
      sum[i] += values[i];
      count[i] += 1;
    }
  }
  std::vector<double> take() {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] /= count[i];  // 0 / 0 is NaN
    return std::move(sum);
  }
};

SeasonalYield of_bands(const Ground& ground, const ModelParams& model, const std::string& path,
                       const std::string& study_file) {
  const data::GridFile file = open_on_grid(ground, path);
  const auto refuse = [&](const std::string& where, const std::string& what, const std::string& mend) {
    throw core::InputError({.file = where, .where = kSetting, .what = what, .mend = mend});
  };
  if (!model.first_day)
    refuse(study_file, "is one file with a band for each date, and the model's first day is not known",
           "Set model.first_day");
  Mean wet(ground.places());
  Mean dry(ground.places());
  int wet_bands = 0;
  int dry_bands = 0;
  std::vector<double> values;
  for (int band = 0; band < file.bands(); ++band) {
    const auto time = file.time(band);
    if (!time)
      refuse(path, fmt::format("band {} has no time", band + 1),
             "Give two files, while recharge flows and after it, or bands with times");
    const double day = static_cast<double>(*time - *model.first_day) / core::kSecondsPerDay;
    const bool in_wet = day >= ground.schedule.start_day() && day < ground.schedule.end_day();
    const bool in_dry =
        day >= ground.schedule.end_day() && day <= ground.schedule.steps[ground.schedule.last].end;
    if (!in_wet && !in_dry) continue;
    file.read(band, {0, 0, ground.geo.width, ground.geo.height}, values);
    check_values(values, path);
    (in_wet ? wet : dry).add(values);
    (in_wet ? wet_bands : dry_bands) += 1;
  }
  if (wet_bands == 0 || dry_bands == 0)
    refuse(path,
           fmt::format("has {} dates while recharge flows ({} to {}) and {} after it", wet_bands,
                       day_text(model, ground.schedule.start_day()),
                       day_text(model, ground.schedule.end_day()), dry_bands),
           "It needs some in both");
  return {wet.take(), dry.take()};
}

}  // namespace

SeasonalYield read_yield(const Ground& ground, const ModelParams& model,
                         const std::vector<std::string>& files, const std::string& study_file) {
  if (files.empty()) return {};
  if (files.size() == 1) return of_bands(ground, model, files.front(), study_file);
  if (files.size() > 2)
    throw core::InputError({.file = study_file,
                            .where = kSetting,
                            .what = fmt::format("{} files", files.size()),
                            .allowed = "two (while recharge flows, after it), or one with dates"});
  SeasonalYield out{read_mask(ground, files[0]), read_mask(ground, files[1])};
  check_values(out.wet, files[0]);
  check_values(out.dry, files[1]);
  return out;
}

SeasonalYield soil_yield(const Ground& ground, const Baseline& baseline, const FeatureParams& params) {
  basin::SoilParams soil;
  soil.air_entry_m = params.soil_air_entry_m;
  soil.pore_index = params.soil_pore_index;
  SeasonalYield out;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const flow::CellIndex top = ground.top_cell(place);
    const double own = top == flow::kNoCell || !ground.model.storage.present
                           ? std::numeric_limits<double>::quiet_NaN()
                           : ground.model.storage.sy[static_cast<std::size_t>(top)];
    out.wet.push_back(own * basin::drained_share(soil, baseline.wet_depth_m[place]));
    out.dry.push_back(own * basin::drained_share(soil, baseline.dry_depth_m[place]));
  }
  return out;
}

SeasonalYield seasonal_yield(const Ground& ground, const Baseline& baseline, const ModelParams& model,
                             const FeatureParams& params, const std::string& study_file) {
  if (params.specific_yield == std::vector<std::string>{kSoilYield})
    return soil_yield(ground, baseline, params);
  for (const std::string& file : params.specific_yield) {
    if (file == kSoilYield)
      throw core::InputError({.file = study_file,
                              .where = kSetting,
                              .what = "is [soil] with other files beside",
                              .allowed = "[soil] alone, or files"});
  }
  return read_yield(ground, model, params.specific_yield, study_file);
}

}  // namespace phreatic::studies::recharge
