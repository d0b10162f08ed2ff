// SPDX-License-Identifier: BSD-3-Clause
// The settings of the `data:` block.
#include "phreatic/data/sources.hpp"

namespace phreatic::data {

namespace {

const std::vector<std::pair<std::string, AggregateChoice>> kAggregates = {
    {"auto", AggregateChoice::automatic}, {"mean", AggregateChoice::mean}, {"sum", AggregateChoice::sum}};

void describe_dialect(core::Describer& d, std::string& separator, std::string& decimal) {
  d.field("separator", separator,
          {.help = "What stands between columns", .choices = {"auto", "comma", "semicolon", "tab", "pipe"}});
  d.field("decimal", decimal, {.help = "Decimal mark", .choices = {"auto", "point", "comma"}});
}

void describe_role(core::Describer& d, std::string& role) {
  std::vector<std::string> choices = {"auto"};
  for (const Role one : all_roles()) choices.push_back(to_text(one));
  d.field("role", role,
          {.help = "What the variable is, for all that depends on it (types of dynamics, simple models, "
                   "charts); auto: by its name",
           .choices = choices});
}

}  // namespace

void describe(core::Describer& d, ExcludeParams& p) {
  d.field("wells", p.wells,
          {.help = "Of these wells; empty: of all wells of the source", .aliases = {"well"}});
  d.field("first", p.first, {.help = "First day that is left out; empty: from the beginning"});
  d.field("last", p.last, {.help = "Last day that is left out; empty: to the end"});
}

void describe(core::Describer& d, FileParams& p) {
  d.field(
      "files", p.files,
      {.help =
           "Path of the file; {id} stands for the well's name, * for any text in the last part; a list, or "
           "all that match, are joined in time; .nc is read as NetCDF, all else as CSV",
       .aliases = {"file"},
       .required = true});
  d.field("wells", p.wells, {.help = "Only for these wells", .aliases = {"well"}});
  d.field(
      "time", p.time,
      {.help =
           "Time column or coordinate; several: date and clock, or year, month, day and so on; empty: found "
           "by its name, else the first column"});
  d.field("id_column", p.id_column, {.help = "Column that names the well, in a long table of all wells"});
  describe_dialect(d, p.separator, p.decimal);
  d.field("date_order", p.date_order,
          {.help = "Order of dates that do not start with the year",
           .choices = {"auto", "iso", "day_first", "month_first"}});
  d.field("time_zone", p.time_zone,
          {.help = "Offset from UTC, such as UTC or +01:00, that times which carry an offset are converted "
                   "to; empty: as "
                   "written"});
  d.field("two_digit_years", p.two_digit_years,
          {.help = "Years of two digits stand for this year and the 99 after it", .min = 1700, .max = 2100});
  d.field("thousands", p.thousands,
          {.help = "Mark between thousands", .choices = {"none", "point", "comma", "space", "apostrophe"}});
  d.field("encoding", p.encoding,
          {.help = "How letters are written; auto recognises UTF-8, UTF-16, Latin-1 (Windows-1252), Mac "
                   "Roman and code page 850",
           .choices = {"auto", "utf-8", "latin-1", "iso-8859-1", "windows-1252", "mac-roman", "cp850",
                       "utf-16"}});
  d.field("header_line", p.header_line,
          {.help = "Line of the column names; 0: searched in the first 100 lines", .min = 0, .max = 1000000});
  d.field("skip_lines", p.skip_lines,
          {.help = "Lines above the one with the column names", .min = 0, .max = 1000000});
  d.field("missing", p.missing, {.help = "Numbers and texts that mean missing, such as -9999 or Ice"});
  d.field("qualifiers", p.qualifiers,
          {.help = "Numbers with a mark such as <1.5, 1.5* or 1.5e: refuse them, keep the number, or take "
                   "them as missing",
           .choices = {"refuse", "keep", "missing"}});
  d.field("rows", p.rows,
          {.help = "Only rows that have one of these texts in these columns: {quality: [good, fair]}"});
  d.list("exclude", p.exclude, "Parts of records that are left out");
  d.choice(
      "duplicates", p.duplicates,
      {{"same", Duplicates::same},
       {"mean", Duplicates::mean},
       {"first", Duplicates::first},
       {"refuse", Duplicates::refuse}},
      {.help = "Rows of equal time: accept if values are the same, take the mean, the first, or refuse"});
}

void describe(core::Describer& d, TargetParams& p) {
  describe(d, p.source);
  d.field("name", p.name, {.help = "Name of the variable"});
  d.field("column", p.column, {.help = "Column of the values; empty: the only one"});
  d.choice("quantity", p.quantity,
           {{"level", Quantity::level}, {"depth", Quantity::depth}, {"other", Quantity::other}},
           {.help = "Level, depth to water (its sign is turned), or something else such as discharge"});
  d.field("unit", p.unit, {.help = "Unit in the file; a multiple may stand before it: 0.1 mm"});
  d.field("factor", p.factor, {.help = "Numbers of the file are multiplied by it"});
  d.field("reference_level", p.reference_level_m,
          {.help = "Level of the measuring point that depths are measured from", .unit = "m"});
  d.field("reference_column", p.reference_column,
          {.help = "The same from a column of the file, in its unit"});
  d.choice(
      "aggregate", p.aggregate, kAggregates,
      {.help =
           "Mean or sum of the observations of a step; auto: sum for precipitation-like units, else mean"});
  describe_role(d, p.role);
}

namespace {
// Name, unit, aggregation and gap policy of a driver, from whatever file.
void describe_values(core::Describer& d, DriverColumnParams& p) {
  d.field("name", p.name, {.help = "Name of the variable", .required = true});
  d.field("unit", p.unit,
          {.help = "Unit in the file; a multiple may stand before it: 0.1 mm", .required = true});
  d.field("factor", p.factor, {.help = "Numbers of the file are multiplied by it"});
  describe_role(d, p.role);
  d.choice(
      "aggregate", p.aggregate, kAggregates,
      {.help = "Mean or sum over a step; auto: sum for water per time (mm/d ...) and amounts in mm or inch"});
  d.choice(
      "gaps", p.gaps,
      {{"refuse", GapPolicy::refuse},
       {"linear", GapPolicy::linear},
       {"climatology", GapPolicy::climatology},
       {"flag", GapPolicy::flag},
       {"keep", GapPolicy::keep},
       {"zero", GapPolicy::zero},
       {"hold", GapPolicy::hold}},
      {.help = "Missing steps between first and last value: refuse, interpolate up to gap_steps, fill by the "
               "training period's mean for the season, the same with a flag channel, keep (windows with "
               "them are skipped), zero (a rain file of wet days), or hold the value before"});
  d.field("gap_steps", p.gap_steps, {.help = "Longest gap that linear fills", .unit = "steps", .min = 1});
}
}  // namespace

void describe(core::Describer& d, DriverColumnParams& p) {
  d.field("column", p.column,
          {.help = "Column of the values; of several the mean is taken",
           .aliases = {"columns"},
           .required = true});
  describe_values(d, p);
}

void describe(core::Describer& d, GridDriverParams& p) {
  d.field("files", p.files,
          {.help = "Path of a grid that GDAL reads, or of a stack of them with * in the last part",
           .aliases = {"file"},
           .required = true});
  describe(d, p.how);
  describe_values(d, p.values);
  d.field("min_coverage", p.min_coverage,
          {.help = "Share of the file's time steps that must be there for a step of the axis",
           .unit = "1",
           .min = 0,
           .max = 1});
}

void describe(core::Describer& d, DriverParams& p) {
  describe(d, p.source);
  d.list("columns", p.columns, "Variables that are taken from the file");
  d.field("min_coverage", p.min_coverage,
          {.help = "Share of the file's time steps that must be there for a step of the axis",
           .unit = "1",
           .min = 0,
           .max = 1});
}

void describe(core::Describer& d, DerivedParams& p) {
  d.choice("kind", p.kind,
           {{"lag", DerivedKind::lag},
            {"rolling_sum", DerivedKind::rolling_sum},
            {"rolling_mean", DerivedKind::rolling_mean},
            {"slow_mean", DerivedKind::slow_mean},
            {"calendar", DerivedKind::calendar},
            {"evaporation", DerivedKind::evaporation}},
           {.help = "Earlier value, sum or mean over the last steps, mean whose weights fade exponentially "
                    "(memory far "
                    "beyond the window, for slow wells), sine and cosine of the season, or reference "
                    "evapotranspiration from the weather"});
  d.field("from", p.from, {.help = "Variables that it is computed from"});
  d.field(
      "steps", p.steps,
      {.help = "Lags, lengths of the windows, or time constants of slow means", .unit = "steps", .min = 1});
  d.choice("method", p.method,
           {{"oudin", EvaporationMethod::oudin},
            {"hargreaves", EvaporationMethod::hargreaves},
            {"makkink", EvaporationMethod::makkink},
            {"penman", EvaporationMethod::penman}},
           {.help = "Of evaporation. oudin: temperature; hargreaves: 'from' the daily maximum and minimum; "
                    "makkink: temperature "
                    "and radiation; penman: 'from' maximum and minimum, with radiation, humidity and wind by "
                    "their roles"});
  d.field("name", p.name, {.help = "Of evaporation: name of the new variable"});
}

void describe(core::Describer& d, AttributeParams& p) {
  d.field("file", p.file, {.help = "CSV with one row per well", .required = true});
  d.field("id_column", p.id_column, {.help = "Column with the well's name; empty: the first"});
  d.field("columns", p.columns, {.help = "Columns to take; empty: all"});
  d.field("categories", p.categories, {.help = "Number columns that are codes of classes"});
  d.field("missing", p.missing, {.help = "Numbers and texts that mean missing, such as -9999"});
  describe_dialect(d, p.separator, p.decimal);
}

void describe(core::Describer& d, PlacesParams& p) {
  d.field("file", p.file, {.help = "CSV with one row per well; empty: places are not known"});
  d.field("id_column", p.id_column, {.help = "Column with the well's name; empty: the first"});
  d.field("longitude", p.longitude,
          {.help = "Column of the longitude, or easting; empty: longitude, lon, long, easting or x",
           .unit = "degrees, or as in crs"});
  d.field("latitude", p.latitude,
          {.help = "Column of the latitude, or northing; empty: latitude, lat, northing or y",
           .unit = "degrees, or as in crs"});
  d.field("crs", p.crs,
          {.help = "Coordinate system of the two columns, such as EPSG:28992; empty: degrees, WGS 84"});
  d.field("elevation", p.elevation,
          {.help = "Column of the elevation; empty: elevation, elev or z, if there"});
  d.field("elevation_unit", p.elevation_unit, {.help = "Unit of the elevation"});
  describe_dialect(d, p.separator, p.decimal);
}

void describe(core::Describer& d, RequireParams& p) {
  d.field("first_before", p.first_before, {.help = "First observation at or before this day"});
  d.field("last_after", p.last_after, {.help = "Last observation at or after this day"});
  d.field("complete_attributes", p.complete_attributes, {.help = "No attribute may be missing"});
  d.field("min_observations", p.min_observations, {.help = "Least number of observed steps", .min = 0});
}

void describe(core::Describer& d, DataParams& p) {
  d.field("step", p.step, {.help = "Step of the time axis: hourly, daily, 5-day, 10-day, weekly, monthly"});
  d.field("start", p.start, {.help = "First day of the axis; empty: that of the data"});
  d.field("end", p.end, {.help = "Last day of the axis; empty: that of the data"});
  d.field("wells", p.wells, {.help = "Wells to take; empty: all that the targets' files hold"});
  d.field("wells_file", p.wells_file,
          {.help = "Text file with one well per line", .aliases = {"train_basin_file", "basin_file"}});
  d.field("exclude", p.exclude, {.help = "Wells to leave out"});
  d.list("targets", p.targets, "What is predicted");
  d.list("drivers", p.drivers, "What drives it");
  d.list("grids", p.grids, "Drivers from gridded files (NetCDF, GRIB, GeoTIFF)");
  d.list("derived", p.derived, "Inputs computed from others");
  d.list("attributes", p.attributes, "Static attributes of wells");
  d.section("places", p.places, "Where wells are");
  d.section("require", p.require, "Wells that do not meet these are left out, with the reason");
  d.field("leave_out_bad_wells", p.leave_out_bad_wells,
          {.help = "Leave out wells whose files have problems instead of stopping"});
  d.section("split", p.split, "Training, validation and test");
}

}  // namespace phreatic::data
