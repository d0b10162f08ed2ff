// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/tuning/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

namespace phreatic::studies::tuning {

void describe(core::Describer& d, SearchedSetting& p) {
  d.field("setting", p.setting,
          {.help = "Setting of the tuned study: training.learning_rate", .required = true});
  d.field("values", p.values, {.help = "Values to choose from; else a range is searched"});
  d.field("low", p.low, {.help = "Lowest number"});
  d.field("high", p.high, {.help = "Highest number"});
  d.choice("scale", p.scale, {{"linear", SearchScale::linear}, {"log", SearchScale::log}},
           {.help = "Search evenly in the number or in its logarithm"});
  d.field("step", p.step, {.help = "Numbers are low + k step; 0 = any", .min = 0});
  d.field("whole", p.whole, {.help = "Whole numbers only"});
}

void describe(core::Describer& d, SearchParams& p) {
  d.field(
      "trials", p.trials,
      {.help = "Trials in all; raised later, the search goes on where it ended", .min = 1, .max = 100000});
  d.field("prune", p.prune, {.help = "Give up trials whose score is worse than the median of the others'"});
  d.field("fixed", p.fixed,
          {.help = "Settings of every trial in place of the tuned study's own: [ensemble.members=1]"});
  d.list("search", p.search, "Settings that are searched");
  d.section("sampler", p.sampler, "Where to look next (tree-structured Parzen estimator)");
  d.section("pruning", p.pruning, "When a trial is given up (median rule)");
}

void describe(core::Describer& d, TuningSettings& p) {
  d.field("study", p.study, {.help = "Kind of study", .choices = {"tuning"}});
  d.field("title", p.title, {.help = "Title of the report"});
  d.field("tuned", p.tuned, {.help = "Study file whose settings are searched", .required = true});
  describe(d, p.search);
  d.section("figures", p.figures, "Static figures for papers");
}

namespace {

void check_range(const SearchedSetting& s, const std::string& file, core::Problems& problems) {
  const auto add = [&](const std::string& what, const std::string& mend) {
    problems.add({.file = file, .where = "search of " + s.setting, .what = what, .mend = mend});
  };
  if (!s.values.empty()) {
    if (s.low || s.high) add("has both values and a range", "Give one of them");
    if (s.values.size() == 1) add("has one value only", "Put it under fixed, or give more values");
    if (std::set<std::string>(s.values.begin(), s.values.end()).size() != s.values.size())
      add("has a value twice", "Leave one out");
    return;
  }
  if (!s.low || !s.high)
    return add("has neither values nor low and high", "Give {values: [16, 32]} or {low: 0, high: 0.5}");
  if (!(*s.low < *s.high)) add(fmt::format("goes from {} to {}", *s.low, *s.high), "low must be under high");
  if (s.scale == SearchScale::log && !(*s.low > 0))
    add("is searched in the logarithm from a low of 0 or less", "Raise low, or leave scale: log out");
  if (s.scale == SearchScale::log && s.step > 0) add("has a step and scale: log", "Leave one of them out");
  if (s.step > *s.high - *s.low) add("has a step wider than its range", "Lower step");
  const auto is_whole = [](double v) { return std::round(v) == v; };
  if (s.whole && !(is_whole(*s.low) && is_whole(*s.high) && is_whole(s.step)))
    add("is whole, but low, high or step is not", "Give whole numbers");
}

}  // namespace

TuningSettings read_settings(const StudyFile& study) {
  TuningSettings s;
  core::Problems problems;
  core::read_params(study.tree, s, problems);
  std::set<std::string> seen;
  for (const SearchedSetting& one : s.search.search) {
    check_range(one, study.path, problems);
    if (!seen.insert(one.setting).second)
      problems.add({.file = study.path,
                    .where = "search of " + one.setting,
                    .what = "is there twice",
                    .mend = "Leave one out"});
    for (const std::string& fixed : s.search.fixed) {
      if (fixed.substr(0, fixed.find('=')) == one.setting)
        problems.add({.file = study.path,
                      .where = "search of " + one.setting,
                      .what = "is fixed too",
                      .mend = "Leave it out of fixed"});
    }
  }
  if (s.search.search.empty())
    problems.add({.file = study.path,
                  .where = "search",
                  .what = "names no setting",
                  .mend = "Give at least one: search: [{setting: training.learning_rate, low: 0.0001, high: "
                          "0.01, scale: log}]"});
  problems.throw_if_any();
  return s;
}

StudyFile tuned_study(const TuningSettings& settings, const std::string& study_file,
                      const std::vector<std::string>& overrides) {
  const auto path = std::filesystem::path(study_file).parent_path() / settings.tuned;
  std::vector<std::string> all = settings.search.fixed;
  all.insert(all.end(), overrides.begin(), overrides.end());
  StudyFile tuned = read_study(path.string(), all);
  if (tuned.kind == "tuning")
    throw core::InputError({.file = study_file,
                            .where = "tuned",
                            .what = "names a search itself",
                            .mend = "Name the study whose settings are searched"});
  return tuned;
}

void check_names(const TuningSettings& settings, const std::string& study_file, const Kind& tuned) {
  if (!tuned.tunable)
    throw core::InputError(
        {.file = study_file,
         .where = "tuned",
         .what = "names a study of the kind '" + tuned.name + "', whose settings cannot be searched yet",
         .allowed = "studies of wells"});
  std::vector<std::string> names;
  for (const core::FieldRow& row : tuned.settings()) names.push_back(row.path);
  core::Problems problems;
  const auto look = [&](const std::string& setting, const std::string& where) {
    if (std::find(names.begin(), names.end(), setting) == names.end()) {
      const std::string near = core::nearest(setting, names);
      problems.add({.file = study_file,
                    .where = where,
                    .what = "studies of the kind '" + tuned.name + "' have no such setting" +
                            (near.empty() ? "" : "; did you mean '" + near + "'?"),
                    .mend = "'phreatic help " + tuned.name + "' lists them"});
    }
  };
  for (const SearchedSetting& one : settings.search.search) {
    look(one.setting, "search of " + one.setting);
    const auto begins = [&](const std::string& with) { return one.setting.starts_with(with); };
    const std::vector<std::string>& may = tuned.tunable->settings;
    const std::vector<std::string>& refused = tuned.tunable->refused;
    if (std::any_of(refused.begin(), refused.end(), begins) || std::none_of(may.begin(), may.end(), begins))
      problems.add(
          {.file = study_file,
           .where = "search of " + one.setting,
           .what = "has no part in the " + tuned.tunable->score + " of a trial, or decides what it is",
           .allowed = "settings that begin with " + fmt::format("{}", fmt::join(may, ", ")),
           .mend = "Compare studies that differ by it in their test periods: phreatic compare"});
  }
  for (const std::string& fixed : settings.search.fixed)
    look(fixed.substr(0, fixed.find('=')), "fixed: " + fixed);
  problems.throw_if_any();
}

std::vector<stats::SearchDimension> space_of(const SearchParams& params) {
  std::vector<stats::SearchDimension> space;
  for (const SearchedSetting& s : params.search) {
    stats::SearchDimension d;
    if (!s.values.empty()) {
      d.kind = stats::SearchDimension::Kind::choice;
      d.choices = s.values.size();
    } else {
      d.kind = s.whole ? stats::SearchDimension::Kind::whole : stats::SearchDimension::Kind::real;
      d.low = *s.low;
      d.high = s.step > 0 ? *s.low + s.step * std::floor((*s.high - *s.low) / s.step + 1e-9) : *s.high;
      d.step = s.step;
      d.logarithmic = s.scale == SearchScale::log;
    }
    space.push_back(d);
  }
  return space;
}

std::string text_of(const SearchedSetting& setting, double value) {
  if (!setting.values.empty()) return setting.values.at(static_cast<std::size_t>(value));
  if (setting.whole) return fmt::format("{:.0f}", value);
  return fmt::format("{:.6g}", value);
}

std::vector<std::string> overrides_of(const SearchParams& params, const std::vector<double>& values) {
  std::vector<std::string> out;
  for (std::size_t d = 0; d < params.search.size(); ++d)
    out.push_back(params.search[d].setting + "=" + text_of(params.search[d], values.at(d)));
  return out;
}

}  // namespace phreatic::studies::tuning
