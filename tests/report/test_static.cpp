// SPDX-License-Identifier: BSD-3-Clause
// The charts in Duktape: that they draw, what they must not contain, and that series decoded by the page's
// code are those that were packed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>

#include "demo_data.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/report/chart_engine.hpp"
#include "phreatic/report/model.hpp"

namespace phreatic::report {
namespace {

class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / ("phreatic-report-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

ChartEngine& engine() {
  static ChartEngine one;
  return one;
}

void expect_clean(const std::string& svg, const std::string& what) {
  EXPECT_EQ(0U, svg.find("<svg width=\"")) << what;
  EXPECT_NE(std::string::npos, svg.rfind("</svg>")) << what;
  for (const char* word : {"NaN", "undefined", "Infinity", "class=", "ecmeta", "http://localhost"}) {
    EXPECT_EQ(std::string::npos, svg.find(word)) << what << ": " << word;
  }
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  std::stringstream stream(line);
  while (std::getline(stream, cell, ',')) cells.push_back(cell);
  if (!line.empty() && line.back() == ',') cells.emplace_back();
  return cells;
}

TEST(Static, EveryKindOfChartDrawsInBothWidths) {
  const Report r = demo::report(10, 6);
  std::vector<Figure> figures = r.panels.panels[5].figures;
  figures.push_back({"levels", "", "", "", *r.panels.panels[5].hydrograph});
  for (const auto& section : r.sections)
    figures.insert(figures.end(), section.figures.begin(), section.figures.end());
  for (const auto& figure : figures) {
    if (std::holds_alternative<Table>(figure.content)) continue;  // a CSV file, no chart
    const Json content = figure_json(figure)["content"];
    for (const int width : {85, 180}) {
      const std::string svg = engine().svg(content, width, "b");
      expect_clean(svg, figure.id);
      EXPECT_EQ(0U, svg.find("<svg width=\"" + std::to_string(width) + ".00mm\"")) << figure.id;
      EXPECT_NE(std::string::npos, svg.find("10.666")) << figure.id;  // 8 pt in px
      EXPECT_NE(std::string::npos, svg.find(">(b)<")) << figure.id;
    }
  }
}

TEST(Static, TicksOfTinyNumbersAreToldApart) {
  Completeness c;
  c.labels = {"W1", "W2"};
  c.difference = {0.25, 0.5};
  c.attribution_sum = {0.25 + 3e-13, 0.5 - 4e-13};
  const std::string svg = engine().svg(figure_json({"completeness", "", "", "", c})["content"], 180, "");
  expect_clean(svg, "completeness");
  EXPECT_EQ(std::string::npos, svg.find("0.000000000"));
  EXPECT_NE(std::string::npos, svg.find("e\xE2\x88\x92"
                                        "13"));  // 2e-13 with a minus sign
}

// Nothing known, nothing given: a chart may be empty but must not fail.
TEST(Static, EmptyAndMissingDataDraw) {
  const double no = kUnknown;
  Hydrograph h;
  h.axis = demo::axis(1);
  Hydrograph missing = h;
  missing.observed = missing.simulated = missing.lower = missing.upper = missing.precipitation =
      std::vector<double>(h.axis.size(), no);
  PointMap nowhere;
  nowhere.points = {{"W1", no, no, 0.4, -1}, {"W2", no, no, no, -1}};
  PointMap single;
  single.points = {{"W1", 7.1, 51.2, 0.4, -1}};
  SkillDistribution d;
  d.items = {{"model", Role::model, {no}}};
  LearningCurves one;
  one.curves = {{"seed", {0.5}, {0.6}, 0}};
  AttributionHeatmap zero;
  zero.variables = {"P"};
  zero.lags = {0};
  zero.values = {0};
  SeasonalAttribution season;
  season.categories = {"Jan"};
  season.drivers = {{"P", {no}}};
  Completeness exact;
  exact.labels = {"W1"};
  exact.difference = exact.attribution_sum = {0.0};
  Bars bars;
  bars.categories = {"a"};
  bars.groups = {{"g", {no}}};
  BoxPlot boxes;
  boxes.categories = {"a", "b"};
  boxes.groups = {{"g", {{no, no}, {}}, {}}};
  Lines line;
  line.lines = {{"", Role::model, {1}, {2}, {}, {}}};
  Heatmap heat;
  heat.rows = heat.columns = {"a"};
  heat.values = {no};
  const std::vector<FigureContent> contents = {h,
                                               missing,
                                               Hydrograph{},
                                               nowhere,
                                               single,
                                               PointMap{},
                                               d,
                                               SkillDistribution{},
                                               one,
                                               LearningCurves{},
                                               Coverage{},
                                               exact,
                                               Completeness{},
                                               zero,
                                               AttributionHeatmap{},
                                               season,
                                               SeasonalAttribution{},
                                               ClusterSignatures{},
                                               Waterfall{},
                                               bars,
                                               Bars{},
                                               boxes,
                                               BoxPlot{},
                                               Scatter{},
                                               line,
                                               Lines{},
                                               heat,
                                               Heatmap{}};
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const Json content = figure_json({"x", "", "", "", contents[i]})["content"];
    const std::string what = content["type"].get<std::string>() + " at " + std::to_string(i);
    try {
      expect_clean(engine().svg(content, 85, ""), what);
    } catch (const core::RunError& e) {
      ADD_FAILURE() << what << ": " << e.what();
    }
  }
}

// Height of every box of a drawing (rectangles with a translucent fill), in px.
std::vector<double> box_heights_of(const std::string& svg) {
  std::vector<double> out;
  const std::regex box("<path d=\"M([0-9.]+) ([0-9.]+)l([0-9.]+) 0l0 ([0-9.]+)[^>]*fill-opacity=\"0.28\"");
  for (std::sregex_iterator at(svg.begin(), svg.end(), box), end; at != end; ++at)
    out.push_back(std::stod((*at)[4]));
  return out;
}

// numpy.quantile of 1 ... 9 and 100: 3.25, 5.5, 7.75; whiskers end at 1 and 9, for 100 is more than 1.5 boxes above. Of
// twice the values everything is twice as large.
TEST(Static, BoxesEndAtTheQuartilesAndFewValuesAreDots) {
  BoxPlot plot;
  plot.quantity = {"Level", "m", 2};
  plot.categories = {"all", "few"};
  std::vector<double> values = {100, 9, 8, 7, 6, 5, 4, 3, 2, 1}, twice;
  for (const double v : values) twice.push_back(2 * v);
  plot.groups = {{"once", {values, {1, 2, 3, 4}}, {}}, {"twice", {twice, {}}, {}}};
  const Json content = figure_json({"x", "", "", "", plot})["content"];
  const std::string svg = engine().svg(content, 180, "");
  expect_clean(svg, "boxes");
  const std::vector<double> heights = box_heights_of(svg);
  ASSERT_EQ(2U, heights.size()) << svg;  // four values have no box
  EXPECT_NEAR(2, heights[1] / heights[0], 0.02);
  // The axis runs from 0 to 200 over the plot: 320 px high, or 0.6 of its width.
  EXPECT_NEAR(4.5 / 200 * 320, heights[0], 0.6);
}

TEST(Static, BoxesSayWhatLiesOutsideTheAxis) {
  BoxPlot plot;
  plot.quantity = {"NSE", "", 2};
  plot.categories = {"all"};
  plot.noun = "well";
  plot.limits = {-1, 1};
  plot.groups = {{"", {{-7, 0.5, 0.6, 0.7, 0.8, 0.9}}, {{"A", "B", "C", "D", "E", "F"}}}};
  const Json content = figure_json({"x", "", "", "", plot})["content"];
  expect_clean(engine().svg(content, 85, ""), "boxes with a value outside");
  const std::string csv = engine().csv(content);
  EXPECT_NE(std::string::npos, csv.find("all,,A,-7")) << csv;
}

// Corners of every polygon of a drawing that has six.
std::vector<std::vector<std::pair<double, double>>> hexagons_of(const std::string& svg) {
  std::vector<std::vector<std::pair<double, double>>> out;
  const std::string before = "<polygon points=\"";
  for (std::size_t at = svg.find(before); at != std::string::npos; at = svg.find(before, at + 1)) {
    std::string points =
        svg.substr(at + before.size(), svg.find('"', at + before.size()) - at - before.size());
    std::replace(points.begin(), points.end(), ',', ' ');
    std::stringstream numbers(points);
    std::vector<std::pair<double, double>> corners;
    double x = 0, y = 0;
    while (numbers >> x >> y) corners.emplace_back(x, y);
    if (corners.size() == 7 && corners.front() == corners.back()) corners.pop_back();
    if (corners.size() == 6) out.push_back(std::move(corners));
  }
  return out;
}

// On a hexagonal grid a cell's middle is equally far from all six neighbours'.
TEST(Static, AHexagonalMapHasRegularHexagonsThatTouch) {
  Heatmap map;
  map.quantity = {"Wells", "", 0};
  map.row_name = "row";
  map.column_name = "column";
  map.rows = {"1", "2", "3"};
  map.columns = {"1", "2", "3", "4"};
  map.values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  map.hexagonal = true;
  const auto cells = hexagons_of(engine().svg(figure_json({"x", "", "", "", map})["content"], 85, ""));
  ASSERT_EQ(12U, cells.size());
  std::vector<std::pair<double, double>> middles;
  for (const auto& corners : cells) {
    double x = 0, y = 0;
    for (const auto& [cx, cy] : corners) {
      x += cx / 6;
      y += cy / 6;
    }
    middles.emplace_back(x, y);
    for (const auto& [cx, cy] : corners)
      EXPECT_NEAR(std::hypot(cx - x, cy - y), std::hypot(corners[0].first - x, corners[0].second - y), 0.2);
  }
  const double beside = middles[1].first - middles[0].first;
  const auto far = [&](std::size_t a, std::size_t b) {
    return std::hypot(middles[a].first - middles[b].first, middles[a].second - middles[b].second);
  };
  // The second cell of the second row touches the second and third of the first row.
  EXPECT_NEAR(far(5, 1), beside, 0.2);
  EXPECT_NEAR(far(5, 2), beside, 0.2);
  EXPECT_NEAR(far(5, 9), beside, 0.2);
  EXPECT_NEAR(far(5, 10), beside, 0.2);
}

TEST(Static, DatesAndNamesStandOnAxesAsSuch) {
  Lines lines;
  lines.x = {"Origin", "", 0};
  lines.dates = true;
  lines.lines = {{"", Role::model, {1451606400, 1483228800, 1514764800}, {1, 2, 3}, {}, {}}};
  const Json content = figure_json({"x", "", "", "", lines})["content"];
  const std::string svg = engine().svg(content, 85, "");
  EXPECT_NE(svg.find(">2017<"), std::string::npos);
  EXPECT_NE(engine().csv(content).find("2016-01-01"), std::string::npos);
  Scatter scatter;
  scatter.x_names = {"nse", "mse"};
  scatter.groups = {{"complete", {}, {0, 1, 1}, {1, 2, 3}}};
  const std::string names = engine().svg(figure_json({"x", "", "", "", scatter})["content"], 85, "");
  EXPECT_NE(names.find(">nse<"), std::string::npos);
  EXPECT_NE(names.find(">mse<"), std::string::npos);
  LearningCurves few;
  few.curves = {{"seed", {0.5, 0.4, 0.3}, {0.6, 0.5, 0.4}, 2}};
  const std::string epochs = engine().svg(figure_json({"x", "", "", "", few})["content"], 180, "");
  const std::size_t first = epochs.find(">2<");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(epochs.find(">2<", first + 1), std::string::npos) << "an epoch stands once on the axis";
}

TEST(Static, NotesAreNoWarnings) {
  Report r = demo::report(1, 2);
  r.warnings = {};
  r.notes = {"The result is of the second model."};
  const Json model = model_json(r);
  EXPECT_EQ(model["notes"].size(), 1U);
  EXPECT_TRUE(model["warnings"].empty());
  EXPECT_NE(html(r).find("Note: The result is of the second model."), std::string::npos);
}

TEST(Static, SameChartSameBytesInAnotherEngine) {
  const Json content =
      figure_json({"levels", "", "", "", *demo::report(1, 6).panels.panels[0].hydrograph})["content"];
  ChartEngine other;
  other.svg(content, 180, "");
  EXPECT_TRUE(engine().svg(content, 85, "") == other.svg(content, 85, ""));
}

// The CSV comes from the series as the page's code decodes them.
TEST(Static, ThePageDecodesWhatWasPacked) {
  const auto wells = demo::wells(4, 6);
  const Report r = demo::report(4, 6);
  const auto axis = demo::axis(6);
  std::stringstream csv(
      engine().csv(figure_json({"l", "", "", "", *r.panels.panels[3].hydrograph})["content"]));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ("date,observed_m,simulated_m,lower_m,upper_m,Seasonal climatology_m,Precipitation mm/d", line);
  std::size_t present = 0;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    ASSERT_TRUE(std::getline(csv, line));
    const auto cells = split(line);
    ASSERT_EQ(7U, cells.size()) << line;
    EXPECT_EQ(core::format_date(axis.start(i)), cells[0]);
    EXPECT_NEAR(wells[3].simulated[i], std::stod(cells[2]), 0.51e-4);
    EXPECT_NEAR(wells[3].precipitation[i], std::stod(cells[6]), 0.51e-2);
    EXPECT_EQ(std::isnan(wells[3].observed[i]), cells[1].empty());
    if (cells[1].empty()) continue;
    ++present;
    EXPECT_NEAR(wells[3].observed[i], std::stod(cells[1]), 0.51e-4);
  }
  EXPECT_EQ(313U, present);  // one value a week of 2191 days
}

TEST(Static, MonthsAndHoursHaveTheirDates) {
  Hydrograph h;
  h.axis = core::TimeAxis(core::days_from_civil({2019, 11, 1}) * core::kSecondsPerDay,
                          {core::StepUnit::month, 1}, 4);
  h.observed = {1, 2, 3, 4};
  const auto dates = [&](const Hydrograph& one) {
    return engine().csv(figure_json({"l", "", "", "", one})["content"]);
  };
  EXPECT_EQ("date,observed_m\n2019-11-01,1\n2019-12-01,2\n2020-01-01,3\n2020-02-01,4\n", dates(h));
  h.axis = core::TimeAxis(core::days_from_civil({2019, 12, 31}) * core::kSecondsPerDay + 23 * 3600,
                          {core::StepUnit::hour, 1}, 2);
  h.observed = {1, kUnknown};
  EXPECT_EQ("date,observed_m\n2019-12-31T23:00,1\n2020-01-01T00:00,\n", dates(h));
}

TEST(Static, TablesAreCsvWithQuotes) {
  Table t;
  t.columns = {{"Well", "", 0, "", std::vector<std::string>{"a,b", "say \"x\""}},
               {"Depth", "m", 2, "", std::vector<double>{1.5, kUnknown}}};
  EXPECT_EQ("Well,Depth (m)\n\"a,b\",1.5\n\"say \"\"x\"\"\",\n",
            engine().csv(figure_json({"t", "", "", "", t})["content"]));
}

TEST(Static, FilesOfAReport) {
  const Folder folder;
  Report r = demo::report(3, 6);
  r.sections.resize(2);
  r.sections[1].figures.resize(2);
  FigureParams params;
  params.panel_letters = true;
  params.widths_mm = {85};
  const auto warnings = write_figures(r, folder.path() / "new", params);
  EXPECT_TRUE(warnings.empty()) << warnings.front();
  for (const char* name :
       {"skill-map_85mm.svg", "skill-map_85mm.pdf", "skill-distribution_85mm.png", "wells-table.csv"}) {
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "new" / name)) << name;
  }
  const std::string png = core::read_file(folder.path() / "new" / "skill-map_85mm.png");
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(png[i])); };
  const unsigned width = (byte(16) << 24) | (byte(17) << 16) | (byte(18) << 8) | byte(19);
  EXPECT_NEAR(85 / 25.4 * 300, width, 1.0);  // 85 mm at 300 dpi
  EXPECT_EQ("%PDF", core::read_file(folder.path() / "new" / "skill-map_85mm.pdf").substr(0, 4));
  EXPECT_NE(std::string::npos,
            core::read_file(folder.path() / "new" / "skill-distribution_85mm.svg").find(">(b)<"));
}

TEST(Static, WithoutTheConverterThereIsAWarningAndStillSvg) {
  const Folder folder;
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", folder.path().c_str(), 1);
  Report r = demo::report(2, 6);
  r.sections.resize(2);
  r.sections[1].figures.resize(1);
  const auto warnings = write_figures(r, folder.path() / "out");
  ::setenv("PATH", before.c_str(), 1);
  ASSERT_EQ(1U, warnings.size());
  EXPECT_NE(std::string::npos, warnings[0].find("librsvg2-bin"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "out" / "skill-map_85mm.svg"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out" / "skill-map_85mm.png"));
}

}  // namespace
}  // namespace phreatic::report
