// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/outlook_stage.hpp"

#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"

namespace phreatic::studies::wells {

hydrographs::ForecastErrors errors_of(const hydrographs::BandBook& book) {
  using hydrographs::BandScale;
  return {book.axis,
          book.entities,
          book.leads,
          book.observed,
          book.out_of_sample,
          book.params.scale == BandScale::level || book.params.scale == BandScale::level_and_balance};
}

engine::Stage outlook_stage(const std::vector<std::string>& suffixes) {
  engine::Stage stage{"outlook", "say how likely levels below, near and above normal are"};
  stage.needs = {{"data", "series"}};
  stage.settings = {"outlook"};
  for (const std::string& suffix : suffixes) {
    stage.needs.push_back({"predict", "predictions" + suffix});
    stage.needs.push_back({"predict", "bands" + suffix});
    const std::string folder = "outlook" + suffix + "/";
    stage.outputs.push_back(
        {"outlook" + suffix, {folder + "outlook.csv", folder + "scores.csv", folder + "reliability.csv"}});
  }
  stage.work = [suffixes](engine::StageContext& context) {
    const auto& params = context.settings<hydrographs::OutlookParams>("outlook");
    hydrographs::for_each_target(
        context.value<hydrographs::Prepared>("data", "series"),
        [&](const hydrographs::Prepared& mine, const std::vector<std::size_t>&) {
          const std::string& suffix = suffixes.at(mine.number);
          const auto book = hydrographs::read_band_book(context.path("predict", "bands" + suffix));
          const auto forecasts =
              hydrographs::read_forecasts(context.path("predict", "predictions" + suffix, 2));
          const std::string output = "outlook" + suffix;
          core::make_folder(context.path(output).parent_path());
          write_outlook(make_outlook(mine, errors_of(book), forecasts, params), context.path(output, 0),
                        context.path(output, 1), context.path(output, 2));
        });
  };
  return stage;
}

}  // namespace phreatic::studies::wells
