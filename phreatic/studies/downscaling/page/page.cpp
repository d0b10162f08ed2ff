// SPDX-License-Identifier: BSD-3-Clause
// The report, from the files of a run folder alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/studies/downscaling/page/page_files.hpp"
#include "phreatic/studies/downscaling/stages.hpp"

namespace phreatic::studies::downscaling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using report::Figure;

class PageMaker {
 public:
  explicit PageMaker(const fs::path& run)
      : files_(run), run_(run), settings_(files_.settings), summary_(files_.summary) {}

  Page make() {
    report::Report& r = page_.report;
    page_.figures = settings_.figures;
    r.title = settings_.title;
    r.subtitle = fmt::format("Downscaling of groundwater storage from {:g} to {:g} degrees",
                             settings_.region.coarse, settings_.region.fine);
    r.finding = finding();
    r.warnings = summary_.value("warned", std::vector<std::string>{});
    r.notes = summary_.value("said", std::vector<std::string>{});
    r.sections = {done(), trust_section(files_), storage(), trends(), hotspots(), drivers()};
    if (fs::exists(run_ / "wells.csv")) r.sections.push_back(wells());
    r.provenance.command = run_command(run_);
    r.provenance.study = core::read_file(run_ / "study.yml");
    return std::move(page_);
  }

 private:
  std::string best() const { return summary_["best"].get<std::string>(); }

  std::string finding() const {
    std::string text;
    const double gain = files_.metric("fine cells", best(), "years", "RMSE_gain_percent"),
                 low = files_.metric("fine cells", best(), "years", "RMSE_gain_percent_low_90"),
                 high = files_.metric("fine cells", best(), "years", "RMSE_gain_percent_high_90");
    if (!std::isnan(gain)) {
      text = low > 0 ? fmt::format(
                           "Against the withheld finer field, in years that it did not see, the model {} has "
                           "{:.0f} % less error than bilinear "
                           "interpolation (90 % interval {:.0f} to {:.0f} %). ",
                           best(), gain, low, high)
                     : fmt::format(
                           "The downscaled field has not been shown to be better than bilinear "
                           "interpolation: in years that the model {} did not see, "
                           "the gain in RMSE is {:.1f} %, with a 90 % interval of {:.1f} to {:.1f} %. ",
                           best(), gain, low, high);
      const double closed = files_.metric("fine cells", "bilinear, closed", "years", "RMSE_gain_percent");
      text += fmt::format(
          "Interpolation with closure, without any covariate, gains {:.1f} %, the model {:.1f} %. ", closed,
          gain);
    } else {
      text =
          "No finer field was given to score against, so nothing here shows that the fine pattern is right. ";
    }
    if (fs::exists(run_ / "wells.json")) {
      const json w = json::parse(core::read_file(run_ / "wells.json"));
      if (w["wells"] > 0)
        text += fmt::format(
            "At {} wells the median correlation changes by {:+.2f} ({:.2f} to {:.2f}) against the coarse "
            "cell's. ",
            w["wells"].get<int>(), w["gain_r"].get<double>(), w["gain_low"].get<double>(),
            w["gain_high"].get<double>());
    }
    return text + fmt::format("Means of the coarse cells are kept to {:.1g} mm.",
                              summary_["closure"]["largest_mm"].get<double>());
  }

  report::Section done() const {
    report::Section s{"done", "What was done?", {}, {}};
    std::string products, covariates;
    for (const auto& p : settings_.products) products += (products.empty() ? "" : ", ") + p.name;
    for (const auto& c : summary_["covariates"])
      covariates += (covariates.empty() ? "" : ", ") + c.get<std::string>();
    std::string storages;
    for (const auto& p : settings_.storages) storages += (storages.empty() ? "" : ", ") + p.name;
    s.paragraphs.push_back(fmt::format(
        "Storage of {}{} on cells of {:g} degrees, as anomalies against {} to {}, was learnt from {} and "
        "predicted on cells of {:g} degrees. "
        "Residuals were put back so that the means of the coarse cells are those of the products.",
        products, storages.empty() ? "" : " less " + storages, settings_.region.coarse,
        settings_.storage.baseline_first, settings_.storage.baseline_last, covariates,
        settings_.region.fine));
    s.paragraphs.push_back(
        fmt::format("Scores against the same coarse storage would be perfect after that correction; the "
                    "tables below score models before it, or "
                    "against what was withheld. The products resolve about {:g} degrees; conservation at "
                    "{:g} degrees is one of sampling.",
                    settings_.model.mascon_deg, settings_.region.coarse));
    return s;
  }

  report::Section storage() const {
    report::Section s{"storage", "How does storage move?", {}, {}};
    report::Limits limits;
    s.figures.push_back(files_.cube("gwsa", "gwsa.nc", "gwsa", "Downscaled",
                                    "Month by month; the same colours in the three maps.", {}, &limits));
    s.figures.push_back(files_.cube("bilinear", "gwsa.nc", "gwsa_bilinear", "Bilinear interpolation",
                                    "What the coarse storage alone says.", limits, nullptr));
    s.figures.push_back(files_.cube("coarse", "coarse.nc", "gwsa", "Coarse storage",
                                    "The products less the storages.", limits, nullptr));
    const Csv region(run_ / "region.csv");
    report::Lines lines;
    lines.x = {"Year", "", 0};
    lines.y = {"Groundwater storage anomaly", "mm", 0};
    std::vector<double> x;
    for (const std::string& date : region.texts("month"))
      x.push_back(std::stod(date.substr(0, 4)) + (std::stod(date.substr(5, 2)) - 0.5) / 12);
    lines.lines = {{"region's mean", report::Role::model, x, region.numbers("gwsa_mm"), {}, {}},
                   {"trend", report::Role::other_model, x, region.numbers("trend"), {}, {}}};
    s.figures.push_back(
        {"region", "The region's mean",
         "Mean of all fine cells by area, filled months left out, and its trend component (STL).", "",
         lines});
    return s;
  }

  report::Section trends() const {
    report::Section s{"trends", "Where does it rise and fall?", {}, {}};
    s.figures.push_back(files_.raster("trend", "trend.tif", 0, {"Trend", "mm/a", 1}, true,
                                      "Trend of each cell",
                                      "Sen's slope of the series less its season; red falls, blue rises."));
    Figure significant =
        files_.raster("significance", "trend.tif", 4, {"q", "", 3}, false, "Significance",
                      fmt::format("Mann-Kendall p-values{}, adjusted so that of the cells below "
                                  "{:g} that share at most is false (Benjamini and Hochberg).",
                                  settings_.analysis.variance == stats::TrendVariance::hamed_rao
                                      ? " corrected for autocorrelation"
                                      : "",
                                  settings_.analysis.false_discovery_rate));
    std::get<report::FieldMap>(significant.content).limits = {0, 1};
    s.figures.push_back(significant);
    s.figures.push_back(files_.raster("amplitude", "season.tif", 0, {"Seasonal amplitude", "mm", 0}, false,
                                      "Season", "Half the range of the mean season (STL)."));
    s.figures.push_back(files_.raster("peak", "season.tif", 1, {"Month of the maximum", "", 0}, false,
                                      "Month of the seasonal maximum", "1 = January."));
    return s;
  }

  report::Section hotspots() const {
    report::Section s{"hotspots", "Which areas fall fastest?", {}, {}};
    const Csv zones(run_ / "zones.csv");
    if (zones.size() == 0) {
      s.paragraphs.push_back("The study names no polygons (block zones).");
      return s;
    }
    report::Bars bars;
    bars.quantity = {"Trend", "mm/a", 1};
    bars.categories = zones.texts("zone");
    bars.groups = {{"trend of the mean", zones.numbers("slope_mm_per_a")}};
    bars.low = {zones.numbers("slope_low")};
    bars.high = {zones.numbers("slope_high")};
    s.figures.push_back({"hotspots", "Ranking",
                         fmt::format("Sen's slope of each zone's mean series with its {:.0f} % interval.",
                                     100 * settings_.analysis.level),
                         "", bars});
    report::Table table;
    table.columns = {{"zone", "", 0, "", zones.texts("zone")}};
    const std::vector<std::tuple<const char*, const char*, int, const char*>> columns{
        {"cells", "", 1, "fine cells covered"},
        {"slope_mm_per_a", "mm/a", 2, "of the mean series"},
        {"mean_of_cells", "mm/a", 2, "mean of the cells' slopes"},
        {"q05_of_cells", "mm/a", 2, "5 % of cells lie below"},
        {"q95_of_cells", "mm/a", 2, "5 % of cells lie above"},
        {"min", "mm/a", 2, ""},
        {"max", "mm/a", 2, ""},
        {"standard_error", "mm/a", 2,
         "of the mean; errors of cells are as correlated as their series without season and trend"},
        {"share_significant", "", 2, "of the area"}};
    for (const auto& [name, unit, digits, help] : columns)
      table.columns.push_back({name, unit, digits, help, zones.numbers(name)});
    s.figures.push_back({"zone-table", "Zones",
                         "Cells' spread is one in space; the interval above is one of estimation.", "",
                         table});
    return s;
  }

  report::Section drivers() const {
    report::Section s{"drivers", "What moves with it?", {}, {}};
    const Csv rows(run_ / "drivers.csv");
    if (rows.size() == 0) return s;
    report::Bars bars;
    bars.quantity = {"Correlation", "", 2};
    const auto names = rows.texts("driver"), parts = rows.texts("part");
    const auto r = rows.numbers("r"), low = rows.numbers("low"), high = rows.numbers("high");
    for (const std::string part : {"trend", "seasonal", "remainder"}) {
      report::NamedSeries group{part, {}};
      std::vector<double> l, h;
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (parts[i] != part) continue;
        if (part == "trend") bars.categories.push_back(names[i]);
        group.values.push_back(r[i]);
        l.push_back(low[i]);
        h.push_back(high[i]);
      }
      bars.groups.push_back(group);
      bars.low.push_back(l);
      bars.high.push_back(h);
    }
    s.figures.push_back({"drivers", "Drivers",
                         "Correlation of the parts of the region's mean storage with those of each "
                         "covariate's mean; intervals by block bootstrap. Moving together is no cause.",
                         "", bars});
    coefficients(s);
    return s;
  }

  // Maps of local coefficients, empty where they are within 1.96 standard errors of 0. Those of least squares are the same
  // everywhere.
  void coefficients(report::Section& s) const {
    const auto path = run_ / "coefficients.tif";
    if (best() == "ols" || !fs::exists(path)) return;
    const data::GridFile grid(path, {.no_fill_values = true});
    for (int band = 0; band + 1 < grid.bands(); band += 2) {
      const std::string name = grid.band_name(band);
      Figure figure = files_.raster(
          fmt::format("coefficient-{}", band / 2 + 1), "coefficients.tif", band,
          {"Coefficient", "mm per unit", 3}, true, "Local coefficient of " + name,
          "What storage gains with one unit more, mean over twelve months; empty where that is within 1.96 "
          "standard errors of 0 (jackknife over blocks).");
      auto& map = std::get<report::FieldMap>(figure.content);
      std::vector<double> error;
      grid.read(band + 1, {0, 0, grid.grid().width, grid.grid().height}, error);
      for (std::size_t i = 0; i < error.size(); ++i) {
        if (std::abs(map.values[i]) < 1.96 * error[i]) map.values[i] = report::kUnknown;
      }
      s.figures.push_back(figure);
    }
  }

  report::Section wells() const {
    report::Section s{"well-comparison", "What do wells say?", {}, {}};
    const Csv rows(run_ / "wells.csv");
    if (rows.size() == 0) {
      s.paragraphs.push_back("No well has enough months.");
      return s;
    }
    const json w = json::parse(core::read_file(run_ / "wells.json"));
    s.paragraphs.push_back(fmt::format(
        "{} wells; better than the coarse cell's storage in correlation: {:.0f} %, in RMSE: {:.0f} %. Well "
        "storage is the level's anomaly times specific yield.",
        rows.size(), 100 * w["improved_r"].get<double>(), 100 * w["improved_rmse"].get<double>()));
    report::Scatter scatter;
    scatter.x = {"r of the coarse cell", "", 2};
    scatter.y = {"r of the downscaled cell", "", 2};
    scatter.one_to_one = true;
    scatter.groups = {{"wells", rows.texts("well"), rows.numbers("r_coarse"), rows.numbers("r_field")}};
    s.figures.push_back({"well-scatter", "Correlation with each well",
                         "Above the line: the downscaled cell follows the well better than the coarse one.",
                         "", scatter});
    report::PointMap map;
    map.quantity = {"Gain in r", "", 2};
    map.diverging = true;
    map.limits = {-0.5, 0.5};
    map.reference_system = "WGS 84";
    const auto x = rows.numbers("longitude"), y = rows.numbers("latitude"), a = rows.numbers("r_coarse"),
               b = rows.numbers("r_field");
    for (std::size_t i = 0; i < rows.size(); ++i)
      map.points.push_back({rows.texts("well")[i], x[i], y[i], b[i] - a[i], -1});
    s.figures.push_back({"well-map", "Gain by place",
                         "Correlation of the downscaled cell less that of the coarse one.", "", map});
    return s;
  }

  RunFiles files_;
  fs::path run_;
  const Settings& settings_;
  const json& summary_;
  Page page_;
};

}  // namespace

Page page(const fs::path& run) { return PageMaker(run).make(); }

}  // namespace phreatic::studies::downscaling
