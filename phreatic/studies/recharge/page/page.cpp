// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/page/page.hpp"

#include <fmt/format.h>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/page/page_data.hpp"

namespace phreatic::studies::recharge {

namespace {

// Cumulative precipitation surplus of the chosen year within the climatology's band.
report::Figure year_figure(const PageData& data) {
  report::Lines chart;
  chart.x = {"Day of the year", "d", 0};
  chart.y = {"Cumulative precipitation surplus", "mm", 0};
  std::vector<double> days;
  for (const std::string& id : data.years.ids) days.push_back(std::stod(id));
  const std::string first = data.year.value("first", "");
  chart.lines.push_back(
      {"year from " + first + " on", report::Role::model, days, data.years.numbers(first), {}, {}});
  chart.lines.push_back({"median of all years", report::Role::baseline, days, data.years.numbers("median_mm"),
                         data.years.numbers("low_mm"), data.years.numbers("high_mm")});
  return {"representative-year", "The year that stands for the climate",
          fmt::format(
              "Precipitation less evapotranspiration ({}), summed from the first of month {} on. Of {} years "
              "that of {} is within the band from the {:.0f} % to the {:.0f} % quantile on most of its "
              "days, {:.0f} %. Whether the model's own stresses are those of this year is yours to see to.",
              data.year.value("evapotranspiration", ""), data.settings.year.first_month,
              data.year.value("years", 0), first, 100 * data.settings.year.low, 100 * data.settings.year.high,
              100 * data.year.value("share_within", 0.0)),
          "", chart};
}

std::string finding(const PageData& data) {
  const std::string model = data.mapping_model(data.response_column());
  const std::string decay = data.mapping_model("k_per_day");
  if (data.steady_only())
    return fmt::format(
        "{} sites simulated; {}, which made the maps, reaches R2 {:.2f} for the steady response at random "
        "test sites, "
        "{:.2f} in left-out spatial blocks (rate and area alone: {:.2f}). The model has no transient "
        "periods: nothing "
        "is said of how long water stays.",
        data.targets.ids.size(), data.mapping_models(),
        data.metric("steady response", "random", "R2_smeared", model),
        data.metric("steady response", "blocks", "R2_smeared", model),
        data.metric("steady response", "random", "R2_smeared", "rate-area"));
  return fmt::format(
      "{} sites simulated; {}, which made the maps, reaches R2 {:.2f} for the response and {:.2f} for the "
      "decay at "
      "random test sites, "
      "{:.2f} and {:.2f} in left-out spatial blocks (rate and area alone: {:.2f} for the response).",
      data.targets.ids.size(), data.mapping_models(), data.metric("S0", "random", "R2_smeared", model),
      data.metric("k", "random", "R2", decay), data.metric("S0", "blocks", "R2_smeared", model),
      data.metric("k", "blocks", "R2", decay), data.metric("S0", "random", "R2_smeared", "rate-area"));
}

}  // namespace

report::Section method_section(const PageData& data) {
  report::Section section{"method", "What was done", {}, {}};
  const auto& d = data.design;
  section.paragraphs.push_back(
      fmt::format("{} sites were placed on {} x {} strata of the area (strength-2 orthogonal array; {} "
                  "redistributed where a stratum had no "
                  "room), with rates and areas by a Latin hypercube, and simulated in {} runs; sites of one "
                  "run are {:.0f} to {:.0f} m apart "
                  "({}). Each response is the difference to a run without added recharge, over the cells "
                  "nearest to the site.",
                  d.value("sites", 0), d.value("strata_rows", 0), d.value("strata_columns", 0),
                  d.value("redistributed", 0), d.value("runs", 0),
                  d["least_gap_m"].is_number() ? d["least_gap_m"].get<double>() : 0.0,
                  d["greatest_gap_m"].is_number() ? d["greatest_gap_m"].get<double>() : 0.0,
                  data.settings.scenarios.spacing_m > 0
                      ? "as asked for"
                      : fmt::format("{:g} leakage factors", data.settings.scenarios.spacing_factors)));
  if (data.steady_only())
    section.paragraphs.push_back(
        "All periods of the model are steady: recharge that never stops raises the water table for good, and "
        "the "
        "steady response is that rise times area. How long water stays after recharge ends needs a transient "
        "model.");
  section.paragraphs.push_back(
      "Added water enters the water table at once and at the whole rate: it bypasses the unsaturated zone. "
      "Delay and loss there, "
      "a limited capacity to infiltrate, clogging and a shallow water table that floods the site are not "
      "simulated.");
  if (!data.steady_only() && data.settings.targets.volume == Volume::aquifer)
    section.paragraphs.push_back(
        "Storage is volume of aquifer that became saturated: rise of the highest wet cell's head times area. "
        "It is larger than the "
        "water in it, by one over the specific yield. Water itself is the target 'water stored', from the "
        "model's storage terms.");
  if (!data.year.is_null()) section.figures.push_back(year_figure(data));
  return section;
}

Page page(const std::filesystem::path& run) {
  const PageData data = read_page_data(run);
  Page out;
  report::Report& report = out.report;
  report.title = data.settings.title;
  report.subtitle =
      fmt::format("{} x {} cells, {} layers; {}", data.baseline.value("rows", 0),
                  data.baseline.value("columns", 0), data.baseline.value("layers", 0),
                  data.steady_only() ? "steady recharge"
                                     : fmt::format("recharge {} to {}", data.baseline.value("start", ""),
                                                   data.baseline.value("end", "")));
  report.finding = finding(data);
  for (const auto* source : {&data.remarks, &data.training, &data.design, &data.unet}) {
    if (source->is_null()) continue;
    const char* key = source == &data.remarks ? "remarks" : "notes";
    for (const std::string& text : source->value(key, std::vector<std::string>{}))
      report.warnings.push_back(text);
  }
  report.sections = {map_section(data),    plan_section(data),   response_section(data),
                     models_section(data), causes_section(data), method_section(data)};
  if (!data.unet.is_null()) report.sections.insert(report.sections.begin() + 4, unet_section(data));
  report.panels = site_panels(data);
  report.provenance.command = run_command(run);
  report.provenance.study = core::read_file(run / "study.yml");
  out.figures = data.settings.figures;
  return out;
}

}  // namespace phreatic::studies::recharge
