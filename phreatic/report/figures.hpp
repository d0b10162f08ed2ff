// SPDX-License-Identifier: BSD-3-Clause
// Figures as data: what a chart shows, never how it is drawn. The drawing is done by the TypeScript charts of
// web/, the same ones in the browser page and in the static files (docs/methods/report.md).
//
// Common to all: NaN = missing and is drawn as a gap; an empty vector = not given and not drawn; texts are
// plain UTF-8 (never markup); values are in the unit of their Quantity. Array sizes that do not fit together
// are a bug of the caller and end in PHREATIC_ASSERT when the report is written.
#pragma once

#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "phreatic/core/calendar.hpp"

namespace phreatic::report {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct Quantity {
  std::string name;  // "Groundwater level"
  std::string unit;  // "m"; "" = no unit
  int digits = 2;    // decimals shown; series are stored to two more than that
};

// Limits of an axis or colour bar; NaN = from the data. Give the same to figures that are compared.
struct Limits {
  double low = kUnknown;
  double high = kUnknown;
};

// A number marked by a labelled line: a published score, a threshold.
struct Mark {
  std::string label;  // "best of 14 teams (challenge 2022)"
  double value = kUnknown;
};

struct NamedSeries {
  std::string name;
  std::vector<double> values;
};

// What a curve or a bar group stands for; it decides colour and dash (observed near-black, model blue,
// baselines grey and dashed, other models in Okabe-Ito order).
enum class Role { model, other_model, baseline };

// --- Time series of a well -------------------------------------------------------------------------------

enum class PeriodKind { training, validation, test, freezing, thawing };
struct Period {
  PeriodKind kind = PeriodKind::training;
  core::Seconds start = 0;
  core::Seconds end = 0;  // exclusive
};

// Levels over time: observed dots, simulated line, band, baselines, precipitation hanging from the top,
// periods as background, residuals (simulated minus observed) below. All series are [axis.size()] or empty.
struct Hydrograph {
  std::string entity;  // well or gauge; opens that well when it stands outside the well panel
  std::string detail;  // title's second part where known: "screen 12-14 m, datum NAP"
  Quantity quantity = {"Groundwater level", "m", 2};
  bool downward = false;  // depth to water: the axis is inverted
  core::TimeAxis axis;
  std::vector<double> observed;
  std::vector<double> simulated;
  std::vector<double> lower;  // band
  std::vector<double> upper;
  double band_level = 0.9;             // 0.9 = 90 %
  std::vector<NamedSeries> baselines;  // hidden until the reader asks for them
  Quantity precipitation_quantity = {"Precipitation", "mm/d", 1};
  std::vector<double> precipitation;
  std::vector<Period> periods;
};

// --- Skill -----------------------------------------------------------------------------------------------

// One entity (well, gauge, site) on a map. x, y: longitude and latitude in degrees, or metres in a projected
// system; NaN = unknown.
struct MapPoint {
  std::string entity;
  double x = kUnknown;
  double y = kUnknown;
  double value = kUnknown;  // of the map's quantity
  int category = -1;        // index into PointMap::categories; -1 = none
};

struct Polyline {
  std::vector<double> x;
  std::vector<double> y;
  bool closed = false;  // polygon (lake, basin outline): drawn as an area
};

// Entities coloured by a quantity (skill: sequential colours) or by category (type of dynamics: colour and
// shape). Equal aspect, scale bar, north arrow, coordinates. When no place is known: a strip of dots, and a
// note says so; entities without a place are listed under the map.
struct PointMap {
  std::string noun = "well";  // what a point is, in the singular
  Quantity quantity = {"NSE", "", 2};
  Limits limits = {0, 1};               // values outside get their own symbol and legend entry
  std::vector<std::string> categories;  // not empty: coloured by category (at most six)
  bool diverging = false;               // signed quantity (trend): colours centred on zero
  bool projected = false;               // x, y in metres
  std::string reference_system;         // "WGS 84", "EPSG:28992"
  std::vector<MapPoint> points;
  std::vector<Polyline> rivers;  // lines and polygons in the same coordinates
};

// A quantity on a regular grid, at one or several times: heads, recharge response, storage, trends. Cells are
// drawn as they are, without smoothing; a cell without value is hatched. In the page: value under the pointer,
// zoom and pan, a slider over the times, a click that keeps a cell and its values over time.
//
// Values are rounded to a power of ten of about a 6,500th part of their range, or finer where the quantity's
// digits ask for it. When they would take more than kFieldBytes at two bytes a value, blocks of 2 x 2, 4 x 4 ... cells are averaged (over the cells that have a value, and
// at any time alike) until they fit, and a note under the map says so.
inline constexpr std::size_t kFieldBytes = 2'000'000;
struct FieldMap {
  Quantity quantity;
  Limits limits;                 // of the colours; values outside take the end colour, the bar gets arrows
  bool diverging = false;        // signed quantity: colours centred on zero
  bool log_scale = false;        // colours by logarithm; values of 0 and less have the lowest colour
  bool projected = false;        // coordinates in metres, else degrees
  std::string reference_system;  // "EPSG:28992"
  std::size_t columns = 0;
  std::size_t rows = 0;
  double left = 0;  // outer edges of the grid
  double top = 0;
  double cell_width = 1;                  // > 0
  double cell_height = 1;                 // > 0: rows run from the top downwards
  std::vector<std::string> times = {""};  // label of each field; one and empty: no slider
  std::vector<double> values;             // [time][row][column]; NaN = no value
  std::vector<bool> outside;    // [row][column] outside the training range: hatched over the colour; or empty
  std::vector<Polyline> lines;  // rivers, polygons, drawn over it
  std::vector<MapPoint> points;  // wells, sites; one that names an entity of the report opens it
  // Entity of the report that a cell opens: index into `entities`, -1 = none; [row][column] or empty.
  std::vector<int> cell_entity;
  std::vector<std::string> entities;
};

struct Distribution {
  std::string name;
  Role role = Role::model;
  std::vector<double> values;  // one per well; NaN is left out and counted in the caption's n
};

// Cumulative curves over entities: share of them with skill of at most x.
struct SkillDistribution {
  Quantity quantity = {"NSE", "", 2};
  Limits limits = {0, 1};  // of the axis; what lies outside still counts in the curves
  std::vector<Distribution> items;
  std::vector<Mark> marks;
  std::string noun = "well";  // what is counted, in the singular
};

struct LearningCurve {
  std::string name;  // "seed 0"
  std::vector<double> training;
  std::vector<double> validation;
  int best_epoch = -1;  // 0-based; -1 = none
};
struct LearningCurves {
  Quantity loss = {"Loss", "", 3};
  bool log_scale = false;
  std::vector<LearningCurve> curves;
};

// Are bands honest? Nominal against actual coverage, with the spread over wells.
struct Coverage {
  std::string variable;               // "Test period"
  std::vector<double> nominal;        // [levels], fractions 0..1
  std::vector<double> actual;         // [levels], over all wells
  double main_level = 0.9;            // the level of the wells' values below
  std::vector<std::string> entities;  // [wells]
  std::vector<double> entity_actual;  // [wells] at main_level
  std::vector<double> entity_width;   // [wells] mean band width, in width_quantity; may be empty
  Quantity width_quantity = {"Mean band width", "m", 2};
  std::string noun = "well";
};

// --- Explanation -----------------------------------------------------------------------------------------

// Do attributions add up? One point per explained sample or well: prediction minus base value against the sum
// of attributions.
struct Completeness {
  Quantity quantity = {"Attribution", "m", 3};
  std::vector<std::string> labels;      // [points] well, or well and date
  std::vector<double> difference;       // [points] f(x) - E f(x')
  std::vector<double> attribution_sum;  // [points]
  double tolerance = kUnknown;          // drawn as a band around 1:1 when given, same unit
};

// Lag x variable, for one date or averaged over a period, in the target's unit; diverging colours centred on
// zero.
struct AttributionHeatmap {
  std::string entity;  // "" = over all wells
  std::string detail;  // "mean over the test period", "2019-03-14"
  Quantity quantity = {"Attribution", "m", 3};
  std::vector<std::string> variables;
  std::vector<double> lags;  // ascending, in lag_unit; 0 = the explained step
  std::string lag_unit = "days";
  std::vector<double> values;  // [variable][lag]
  Limits limits;               // made symmetric
  bool magnitude = false;      // absolute values: colours run from zero upwards
  double half_within =
      kUnknown;  // look-back that holds half of the absolute values, in lag_unit, and nine tenths;
  double most_within = kUnknown;  // unknown: from the values here, to the lag before which they stand
  double base_value = kUnknown;   // E f(x')
  double prediction = kUnknown;   // f(x)
  double residual = kUnknown;     // f(x) - base - sum: the completeness residual, always shown
};

// Contribution of each driver per month or period, stacked around zero.
struct SeasonalAttribution {
  std::string entity;
  std::string detail;
  Quantity quantity = {"Attribution", "m", 2};
  std::vector<std::string> categories;  // "Jan".."Dec", "freezing", "thawing" ...
  std::vector<NamedSeries> drivers;     // [categories] each; at most six
  std::vector<double> observed;         // [categories] observed level anomaly or change; may be empty
  std::vector<double> simulated;        // [categories]
};

struct Cluster {
  std::string name;           // "precipitation infiltration-runoff"
  std::string evidence;       // the rule that gave the name, with its numbers
  int size = 0;               // wells
  std::vector<double> mean;   // [row][column]
  std::vector<double> share;  // [row] share of the row in percent, printed behind it; may be empty
};
// Types of dynamics: a heat map of the mean signature of each, with shared colours.
struct ClusterSignatures {
  Quantity quantity = {"Mean attribution", "m", 2};
  std::vector<std::string> rows;     // drivers
  std::vector<std::string> columns;  // months
  std::vector<Cluster> clusters;     // at most six
  std::string noun = "well";
};

// One prediction from its base value, driver by driver (force plot as a waterfall).
struct Waterfall {
  std::string entity;
  std::string detail;  // the date
  Quantity quantity = {"Groundwater level", "m", 2};
  double base_value = 0;
  std::vector<std::string> drivers;
  std::vector<double> values;
  double prediction = 0;
  double observed = kUnknown;
};

// Contributions of features to many predictions: a row of dots per feature, spread where they are dense, coloured
// by the feature's own value.
struct Beeswarm {
  std::string noun = "row";  // what a dot is, in the singular
  Quantity quantity = {"Contribution", "", 3};
  std::vector<std::string> features;  // from the top
  std::vector<std::string> labels;    // [points]; may be empty
  std::vector<double> values;         // [feature][point] contributions
  std::vector<double>
      levels;  // [feature][point] share of the points with a lower value of the feature, 0..1; NaN: missing
};

// --- General ---------------------------------------------------------------------------------------------

struct Bars {
  Quantity quantity;
  std::vector<std::string> categories;
  std::vector<NamedSeries> groups;        // [categories] each
  std::vector<std::vector<double>> low;   // [groups][categories] ends of the error bars, in the quantity's
  std::vector<std::vector<double>> high;  // unit (quantiles, interval); both may be empty
  bool stacked = false;
  bool horizontal = true;  // long category names stay readable
  std::vector<Mark> marks;
};

// Values of each category as a box with whiskers, groups beside each other: quartiles and median (between order
// statistics linearly), the mean as a diamond, whiskers to the farthest values within 1.5 lengths of the box from it (key
// tukey1977), values beyond as dots. Fewer than five values are dots alone: a box would say more than they do.
struct BoxGroup {
  std::string name;
  std::vector<std::vector<double>> values;       // [category][value]; NaN is left out
  std::vector<std::vector<std::string>> labels;  // [category][value] wells or gauges; may be empty
};
struct BoxPlot {
  Quantity quantity;
  std::string category_name;            // of the axis; may be empty
  std::vector<std::string> categories;  // groups of wells, models, lags
  std::vector<BoxGroup> groups;         // at most six
  Limits limits;  // of the axis; what lies outside counts in the boxes, and a note counts it
  std::vector<Mark> marks;
  std::string noun = "well";  // what a value is of, in the singular
};

struct ScatterGroup {
  std::string name;
  std::vector<std::string> labels;  // [points]; entities open their well; may be empty
  std::vector<double> x;
  std::vector<double> y;
};
struct Scatter {
  Quantity x;
  Quantity y;
  std::vector<ScatterGroup> groups;  // at most six
  std::vector<std::string>
      x_names;                // of the values 0, 1, ... of x, which are then places on an axis of names
  bool one_to_one = false;    // equal axes and the 1:1 line
  std::vector<double> fit_x;  // a fitted line with its confidence band; may be empty
  std::vector<double> fit_y;
  std::vector<double> fit_low;
  std::vector<double> fit_high;
  std::string note;  // "r = 0.52 (95 %: 0.20 to 0.74), n = 25"
};

struct Line {
  std::string name;
  Role role = Role::model;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> low;  // band; may be empty
  std::vector<double> high;
};
struct Lines {
  Quantity x;
  Quantity y;
  bool dates = false;  // x are dates, seconds since 1970-01-01
  bool log_x = false;
  bool log_y = false;
  bool points = false;  // also mark each point (few points: silhouette against k)
  std::vector<Line> lines;
  std::vector<Mark> x_marks;
  std::vector<Mark> y_marks;
};

// A matrix of one quantity: correlation of each driver with each level and lag, transition counts.
struct Heatmap {
  Quantity quantity;
  std::string row_name;
  std::string column_name;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<double> values;  // [row][column]
  bool diverging = false;      // centred on zero
  bool show_values = false;    // print the number in each cell
  bool hexagonal = false;  // cells are hexagons, those of odd rows (the second ...) half a cell to the right
  Limits limits;
};

// One column of a table: numbers or texts, one per row.
struct Column {
  std::string name;
  std::string unit;
  int digits = 2;
  std::string help;  // one sentence: what it is
  std::variant<std::vector<double>, std::vector<std::string>> cells;
  bool bar = false;  // numbers only: a bar behind each number, from zero to the column's largest (ranking)
};
// Sortable and filterable. A row whose cell in entity_column names a well of the report opens that well.
struct Table {
  std::vector<Column> columns;
  int entity_column = -1;
  int sort_column = -1;  // sorted by this at first; -1 = as given
  bool descending = false;
};

using FigureContent =
    std::variant<Hydrograph, PointMap, FieldMap, SkillDistribution, LearningCurves, Coverage, Completeness,
                 AttributionHeatmap, SeasonalAttribution, ClusterSignatures, Waterfall, Beeswarm, Bars,
                 BoxPlot, Scatter, Lines, Heatmap, Table>;

struct Figure {
  std::string id;       // unique in the report; [a-z0-9-]; also the name of its files
  std::string heading;  // short, above the chart in the page ("" = none); never inside static files
  std::string caption;  // one or two sentences: what to see in it
  std::string alt;      // text alternative; "" = made from the data
  FigureContent content;
};

}  // namespace phreatic::report
