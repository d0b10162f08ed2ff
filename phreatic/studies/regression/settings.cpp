// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/regression/settings.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "phreatic/core/units.hpp"
#include "phreatic/studies/regression/table.hpp"

namespace phreatic::studies::regression {

void describe(core::Describer& d, TableParams& p) {
  d.field("file", p.file, {.help = "CSV file with one row per place (and time)", .required = true});
  d.field("x", p.x, {.help = "Column of the longitude (degrees east) or easting (metres)"});
  d.field("y", p.y, {.help = "Column of the latitude (degrees north) or northing (metres)"});
  d.field("t", p.t, {.help = "Column of the time, a number such as the day; empty = without time"});
  d.field("target", p.target, {.help = "Column to be explained", .required = true});
  d.field("unit", p.unit, {.help = "Unit of the target"});
  d.field("covariates", p.covariates, {.help = "Columns that explain it", .required = true});
  d.choice("coordinates", p.coordinates,
           {{"degrees", learn::Coordinates::degrees}, {"metres", learn::Coordinates::metres}},
           {.help = "What x and y are"});
  d.field("missing_codes", p.missing_codes,
          {.help = "Numbers that mean a missing value; rows with one are left out and counted"});
}

void describe(core::Describer& d, TableSplitParams& p) {
  d.choice(
      "kind", p.kind,
      {{"random", SplitKind::random},
       {"blocks", SplitKind::blocks},
       {"periods", SplitKind::periods},
       {"file", SplitKind::file}},
      {.help = "random (leaks between neighbours, and is marked so), blocks in space (and time), periods "
               "by t, or parts named by a file"});
  d.field("test", p.test,
          {.help = "Share of rows (random) or blocks that are scored", .min = 0.01, .max = 0.9});
  d.field(
      "validation", p.validation,
      {.help = "Share of the other rows or blocks that say when training stops", .min = 0.01, .max = 0.9});
  d.field("block_size", p.block_size,
          {.help = "blocks: edge of a block in space", .unit = "of x and y", .min = 0});
  d.field("block_time", p.block_time,
          {.help = "blocks: length of a block in time; 0 = blocks hold all times", .unit = "of t", .min = 0});
  d.field("buffer", p.buffer,
          {.help = "blocks: training rows nearer than this in space (and within block_time) to a scored row "
                   "are left out",
           .unit = "of x and y",
           .min = 0});
  d.field("test_from", p.test_from, {.help = "periods: rows from this time on are scored", .unit = "of t"});
  d.field("validation_from", p.validation_from,
          {.help = "periods: rows from this time to test_from say when training stops", .unit = "of t"});
  d.field("file", p.file, {.help = "file: CSV with the row number, from 0, and its part"});
  d.field("row", p.row, {.help = "file: column of the row number"});
  d.field("part", p.part, {.help = "file: column of the part: train, valid or test"});
  d.field("seed", p.seed, {.help = "Of the draw of rows or blocks"});
}

void describe(core::Describer& d, RegressionModels& p) {
  d.field("models", p.models,
          {.help = "Models that are fitted and scored",
           .choices = {"ols", "gwr", "gtwr", "gnnwr", "gtnnwr", "gnnwr_gp", "gtnnwr_gp", "ssvaer"}});
  d.field("seeds", p.seeds,
          {.help = "Each network from so many seeds, one after the other, scored one by one",
           .min = 1,
           .max = 1000});
  d.field("bootstrap", p.bootstrap,
          {.help = "Refits on resampled training rows for standard errors of local coefficients; 0 = none",
           .min = 0,
           .max = 10000});
  d.section("network", p.network, "gnnwr and gtnnwr");
  d.section("gwr", p.gwr, "gwr and gtwr");
  d.section("ssvaer", p.ssvaer, "ssvaer: no coefficients; learns from the covariates of scored rows too");
}

void describe(core::Describer& d, PublishedScore& p) {
  d.field("label", p.label, {.help = "What it is and whose", .required = true});
  d.field("value", p.value, {.help = "NSE of the test rows", .required = true});
}

void describe(core::Describer& d, RegressionSettings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"regression"}});
  d.field("title", p.title, {.help = "Title of the report"});
  d.section("data", p.data, "The table");
  d.section("split", p.split, "Which rows are scored");
  describe(d, p.models);
  d.list("published", p.published, "Published numbers shown beside ours");
  d.section("figures", p.figures, "Static figures for papers");
}

namespace {

// The unit is a label of the report, but a mistyped one misleads: each factor must be a unit or a prefixed one.
bool known_factor(std::string text) {
  while (!text.empty() && (std::isdigit(static_cast<unsigned char>(text.back())) != 0 || text.back() == '-' ||
                           text.back() == '^'))
    text.pop_back();
  if (text.empty()) return true;
  static const std::vector<std::string> plain{
      "g",  "t",   "l",   "L",    "mol", "s",  "min", "h",  "d",  "day",  "a",
      "yr", "Pa",  "bar", "W",    "J",   "K",  "S",   "eq", "ha", "m",    "percent",
      "1",  "ppm", "ppb", "degC", "NTU", "Bq", "V",   "Hz", "N",  "week", "month"};
  static const std::string prefixes = "kMGhdcmunp";
  const auto is_plain = [](const std::string& t) {
    return std::find(plain.begin(), plain.end(), t) != plain.end();
  };
  return is_plain(text) || core::find_unit(text).has_value() ||
         (text.size() > 1 && prefixes.find(text[0]) != std::string::npos && is_plain(text.substr(1)));
}

bool known_unit(const std::string& unit) {
  if (core::find_unit(unit)) return true;
  std::string factor;
  for (const char c : unit + "/") {
    if (c != '/' && c != '*' && c != ' ' && c != '.') {
      factor += c;
      continue;
    }
    if (!known_factor(factor)) return false;
    factor.clear();
  }
  return true;
}

}  // namespace

RegressionSettings read_settings(const StudyFile& study) {
  RegressionSettings s;
  core::Problems problems;
  core::read_params(study.tree, s, problems);
  const auto add = [&](const std::string& where, const std::string& what, const std::string& mend) {
    problems.add({.file = study.path, .where = where, .what = what, .mend = mend});
  };
  const auto has = [&](const std::string& name) {
    return std::find(s.models.models.begin(), s.models.models.end(), name) != s.models.models.end();
  };
  if ((has("gtnnwr") || has("gtnnwr_gp") || has("gtwr")) && s.data.t.empty())
    add("data.t", "is empty, but gtnnwr, gtnnwr_gp and gtwr need a time",
        "Name the time column, or leave these models out");
  std::vector<std::string> seen;
  for (const std::string& name : s.data.covariates) {
    if (name == s.data.target)
      add("data.covariates", "hold the target '" + name + "', which would explain itself",
          "Leave it out of the covariates");
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      add("data.covariates", "name '" + name + "' twice", "Name each covariate once");
    seen.push_back(name);
  }
  if (!s.data.unit.empty() && !known_unit(s.data.unit))
    add("data.unit", "'" + s.data.unit + "' is no unit that is known",
        "Write one such as m, mm, m3/s, ug/m3, mg/L, or several with / and *; - for none");
  if (s.split.kind == SplitKind::blocks && !(s.split.block_size > 0))
    add("split.block_size", "is not given", "Blocks should be wider than the target's correlation in space");
  if (s.split.kind == SplitKind::periods && s.data.t.empty())
    add("data.t", "is empty, but split.kind is periods", "Name the time column");
  if (s.split.kind == SplitKind::periods && !(s.split.validation_from < s.split.test_from))
    add("split.validation_from", "is not before split.test_from",
        "Validation rows lie before the scored ones");
  if (s.split.kind == SplitKind::file && s.split.file.empty())
    add("split.file", "is empty, but split.kind is file", "Name the table of parts");
  problems.throw_if_any();
  for (std::string* file : {&s.data.file, &s.split.file})
    if (!file->empty())
      *file = std::filesystem::absolute(path_of(*file, study.path)).lexically_normal().string();
  return s;
}

}  // namespace phreatic::studies::regression
