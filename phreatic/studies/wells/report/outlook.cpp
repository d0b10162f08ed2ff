// SPDX-License-Identifier: BSD-3-Clause
// "Below, near or above normal?": the newest outlook as a map and a table, and whether such outlooks were right.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/studies/wells/report/data.hpp"
#include "phreatic/studies/wells/report/places.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;

// A table of ours, column by column.
class Columns {
 public:
  explicit Columns(const fs::path& path) {
    core::Problems problems;
    data::io::CsvDialect dialect;
    dialect.separator = "comma";
    dialect.decimal = "point";
    table_ = data::io::read_text_table(path, dialect, problems);
    problems.throw_if_any();
  }
  std::size_t rows() const { return table_.rows.size(); }
  const std::string& text(std::size_t row, const char* name) const {
    return table_.rows[row][table_.column(name)];
  }
  double number(std::size_t row, const char* name) const {
    double value = report::kUnknown;
    data::io::parse_cell(text(row, name), '.', value);
    return value;
  }

 private:
  data::io::TextTable table_;
};

// The class of the largest probability; -1 where nothing is said.
int likeliest(const Columns& newest, std::size_t row) {
  const double p[] = {newest.number(row, "below_normal"), newest.number(row, "near_normal"),
                      newest.number(row, "above_normal")};
  if (std::isnan(p[0])) return -1;
  return static_cast<int>(std::max_element(p, p + 3) - p);
}

report::Figure map_of(const ReportData& data, const Columns& newest, std::size_t lead) {
  report::PointMap map;
  map.reference_system = "WGS 84";
  map.categories = {"below normal", "near normal", "above normal"};
  std::map<std::string, int> classes;
  for (std::size_t i = 0; i < newest.rows(); ++i) {
    if (newest.number(i, "lead") == static_cast<double>(lead))
      classes[newest.text(i, "well")] = likeliest(newest, i);
  }
  for (std::size_t e = 0; e < data.series.entities.size(); ++e) {
    report::MapPoint point = point_of(data.series.entities, data.series.places, e);
    const auto found = classes.find(point.entity);
    if (found != classes.end()) point.category = found->second;
    map.points.push_back(point);
  }
  return {fmt::format("outlook-map-{}", lead), fmt::format("Likeliest class, {} steps ahead", lead),
          "From the newest issue date of each well; the table has the probabilities.", "", map};
}

report::Figure newest_table(const Columns& newest) {
  std::vector<std::string> wells, issued, dates;
  std::vector<double> numbers[4];
  for (std::size_t i = 0; i < newest.rows(); ++i) {
    wells.push_back(newest.text(i, "well"));
    issued.push_back(newest.text(i, "issued"));
    dates.push_back(newest.text(i, "date"));
    numbers[0].push_back(newest.number(i, "lead"));
    numbers[1].push_back(100 * newest.number(i, "below_normal"));
    numbers[2].push_back(100 * newest.number(i, "near_normal"));
    numbers[3].push_back(100 * newest.number(i, "above_normal"));
  }
  report::Table table;
  table.columns = {{"well", "", 0, "", wells},
                   {"lead", "steps", 0, "", numbers[0]},
                   {"issued", "", 0, "", issued},
                   {"for", "", 0, "", dates},
                   {"below normal", "%", 0, "Probability", numbers[1]},
                   {"near normal", "%", 0, "Probability", numbers[2]},
                   {"above normal", "%", 0, "Probability", numbers[3]}};
  table.entity_column = 0;
  return {"outlook-table", "The newest outlook", "", "", table};
}

report::Figure skill_figure(const Columns& scores) {
  report::Lines figure;
  figure.x = {"Lead", "steps", 0};
  figure.y = {"Ranked probability skill score", "", 2};
  report::Line climatology{"over climatology", report::Role::model, {}, {}, {}, {}};
  report::Line damped{"over the damped anomaly", report::Role::other_model, {}, {}, {}, {}};
  for (std::size_t i = 0; i < scores.rows(); ++i) {
    if (scores.text(i, "well") != "all") continue;
    for (auto* line : {&climatology, &damped}) line->x.push_back(scores.number(i, "lead"));
    climatology.y.push_back(scores.number(i, "RPSS_climatology"));
    damped.y.push_back(scores.number(i, "RPSS_damped_anomaly"));
  }
  figure.points = climatology.x.size() <= 30;
  figure.lines = {climatology, damped};
  return {"outlook-skill", "Are the classes forecast better than by simple means?",
          "Test period, all wells: 1 is perfect, 0 as good as the reference, less is worse.", "", figure};
}

report::Figure reliability_figure(const Columns& bins, std::size_t lead) {
  report::Scatter figure;
  figure.x = {"Forecast probability", "", 2};
  figure.y = {"Share that came so", "", 2};
  figure.one_to_one = true;
  for (const char* name : {"below", "near", "above"}) {
    report::ScatterGroup group{std::string(name) + " normal", {}, {}, {}};
    for (std::size_t i = 0; i < bins.rows(); ++i) {
      if (bins.text(i, "class") != name || bins.number(i, "lead") != static_cast<double>(lead) ||
          !(bins.number(i, "n") > 0))
        continue;
      group.labels.push_back(fmt::format("{:.0f} forecasts", bins.number(i, "n")));
      group.x.push_back(bins.number(i, "probability"));
      group.y.push_back(bins.number(i, "came"));
    }
    if (!group.x.empty()) figure.groups.push_back(std::move(group));
  }
  return {
      fmt::format("outlook-reliability-{}", lead),
      fmt::format("Do probabilities mean what they say? {} steps ahead", lead),
      "Forecasts of the test period by probability, tenth by tenth, against the share of them that came so.",
      "", figure};
}

}  // namespace

std::optional<report::Section> outlook_section(const ReportData& data) {
  const fs::path folder = data.folder / ("outlook" + hydrographs::target_suffix(data.target, data.number));
  if (!data.forecasts || !data.settings.gives_outlook() || !fs::exists(folder / "outlook.csv"))
    return std::nullopt;
  const Columns newest(folder / "outlook.csv");
  const Columns scores(folder / "scores.csv");
  const Columns bins(folder / "reliability.csv");
  const hydrographs::OutlookParams& params = data.settings.outlook;
  report::Section section{"outlook", "Below, near or above normal?", {}, {}};
  section.paragraphs = {fmt::format(
      "Normal is the well's own: levels between the {:.0f} and {:.0f} % quantile of the same month in its "
      "calibration period. Months with fewer than {} levels there have no outlook.",
      100 * params.low, 100 * params.high, params.fewest)};
  const std::size_t leads = data.forecasts->leads;
  section.figures = {map_of(data, newest, leads), newest_table(newest), skill_figure(scores)};
  section.figures.push_back(reliability_figure(bins, 1));
  if (leads > 1) section.figures.push_back(reliability_figure(bins, leads));
  return section;
}

}  // namespace phreatic::studies::wells
