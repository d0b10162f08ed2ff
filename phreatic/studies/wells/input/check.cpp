// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/input/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/series/flags.hpp"
#include "phreatic/hydrographs/evaluation/rolling.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/hydrographs/targets/unit_windows.hpp"

namespace phreatic::studies::wells {

namespace {
// The role, or what to do about a name that tells none.
std::string role_text(const data::Variable& variable) {
  if (variable.role != data::Role::other) return data::to_text(variable.role);
  return variable.derived ? "derived" : "no role (its name tells none; give it one with 'role:')";
}
}  // namespace

std::vector<std::string> describe_data(const hydrographs::Prepared& prepared) {
  std::vector<std::string> lines;
  const data::Panel& panel = prepared.panel;
  const auto span = [&](const learn::StepRange& steps) {
    if (steps.end <= steps.begin) return std::string("none");
    return core::format_date(panel.axis.start(steps.begin)) + ".." +
           core::format_date(panel.axis.start(steps.end - 1));
  };
  lines.push_back(fmt::format("{} wells, {} steps ({}), {} to {}", panel.entity_count(), panel.time_count(),
                              core::format_step(panel.axis.step()), core::format_date(panel.axis.start(0)),
                              core::format_date(panel.axis.start(panel.time_count() - 1))));
  std::string drivers;
  for (const std::size_t v : prepared.drivers)
    drivers += fmt::format("{}{} [{}], {}", drivers.empty() ? "" : "; ", panel.variables[v].name,
                           panel.variables[v].unit, role_text(panel.variables[v]));
  lines.push_back("drivers: " + drivers);
  for (const std::size_t v : prepared.targets()) {
    if (prepared.others.empty()) break;
    std::size_t entities = 0;
    for (std::size_t e = 0; e < panel.entity_count(); ++e)
      entities += hydrographs::observes(prepared, e, v) ? 1 : 0;
    lines.push_back(fmt::format("target {} [{}], {}: at {} of {} places", panel.variables[v].name,
                                panel.variables[v].unit, data::to_text(panel.variables[v].role), entities,
                                panel.entity_count()));
  }
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    std::string seen;
    for (const std::size_t v : prepared.targets()) {
      const auto series = panel.series(e, v);
      const auto n = std::count_if(series.begin(), series.end(), [](double x) { return !std::isnan(x); });
      if (prepared.others.empty()) {
        seen = fmt::format("{} levels", n);
      } else if (n > 0) {
        seen += fmt::format("{}{} of {}", seen.empty() ? "" : ", ", n, panel.variables[v].name);
      }
    }
    const hydrographs::Observations count = hydrographs::count_observations(prepared, e);
    lines.push_back(fmt::format("{}: {}; train {} ({}), validation {} ({}), test {} ({})", panel.entities[e],
                                seen, span(prepared.training(e)), count.training,
                                span(prepared.validation(e)), count.validation, span(prepared.test(e)),
                                count.test));
  }
  for (const data::LeftOut& well : prepared.loaded.left_out)
    lines.push_back("left out: " + well.entity + ": " + well.reason);
  return lines;
}

namespace {

// "1.2 to 3.4, mean 2" of one unit.
std::string range_text(double least, double mean, double largest, const std::string& unit) {
  return fmt::format("{:.6g} to {:.6g}, mean {:.6g} {}", least, largest, mean, unit);
}

// Drivers of a grid have no record in a file: what the wells got.
data::SeriesSummary from_panel(const data::Panel& panel, std::size_t e, std::size_t v) {
  data::SeriesSummary s;
  s.entity = panel.entities[e];
  s.variable = panel.variables[v].name;
  s.study_unit = panel.variables[v].unit;
  double sum = 0;
  const auto series = panel.series(e, v);
  for (std::size_t t = 0; t < series.size(); ++t) {
    if (std::isnan(series[t])) continue;
    if (s.count++ == 0) {
      s.first = panel.axis.start(t);
      s.study_min = s.study_max = series[t];
    }
    s.last = panel.axis.start(t);
    s.study_min = std::min(s.study_min, series[t]);
    s.study_max = std::max(s.study_max, series[t]);
    sum += series[t];
  }
  s.study_mean = sum / static_cast<double>(std::max<std::size_t>(1, s.count));
  return s;
}

std::string summary_line(const data::SeriesSummary& s, std::size_t alike) {
  const std::string whose = alike > 1 ? fmt::format("{} and {} more wells", s.entity, alike - 1) : s.entity;
  std::string line = fmt::format("{}, {}: {} values, {} to {}", whose, s.variable, s.count,
                                 core::format_date(s.first), core::format_date(s.last));
  if (!s.file.empty()) line += "; in the file " + range_text(s.min, s.mean, s.max, "[" + s.unit + "]");
  return line + "; in the study " +
         range_text(s.study_min, s.study_mean, s.study_max, "[" + s.study_unit + "]");
}

}  // namespace

std::vector<std::string> describe_records(const hydrographs::Prepared& prepared) {
  std::vector<std::string> lines;
  std::vector<data::SeriesSummary> all;
  for (const data::SeriesSummary& s : prepared.loaded.summaries) {
    const bool here = prepared.panel.find_entity(s.entity).has_value();  // not of a well that was left out
    if (here && !s.file.empty()) all.push_back(s);
  }
  for (const std::size_t v : prepared.drivers) {
    if (prepared.panel.variables[v].derived) continue;
    for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const data::SeriesSummary& s) {
        return s.entity == prepared.panel.entities[e] && s.variable == prepared.panel.variables[v].name;
      });
      if (known) continue;
      const data::SeriesSummary s = from_panel(prepared.panel, e, v);
      if (s.count > 0) all.push_back(s);
    }
  }
  // A file shared by wells is told once.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const data::SeriesSummary& s = all[i];
    const auto same = [&](const data::SeriesSummary& o) {
      return !s.file.empty() && o.file == s.file && o.variable == s.variable && o.count == s.count &&
             o.first == s.first && o.last == s.last && o.min == s.min && o.max == s.max && o.mean == s.mean;
    };
    const auto here = all.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::any_of(all.begin(), here, same)) continue;
    lines.push_back(
        summary_line(s, static_cast<std::size_t>(s.file.empty() ? 1 : std::count_if(here, all.end(), same))));
  }
  return lines;
}

std::vector<std::string> describe_detected(const hydrographs::Prepared& prepared) {
  // "path: what was detected": the same of several files is told once.
  std::vector<std::pair<std::string, std::vector<std::string>>> found;  // text, files
  for (const std::string& line : prepared.loaded.said) {
    const std::size_t colon = line.find(": ");
    const bool of_file = colon != std::string::npos && line.compare(0, 6, "driver") != 0;
    const std::string text = of_file ? line.substr(colon + 2) : line;
    const auto known =
        std::find_if(found.begin(), found.end(), [&](const auto& f) { return f.first == text; });
    auto& files =
        known == found.end() ? found.emplace_back(text, std::vector<std::string>{}).second : known->second;
    if (of_file) files.push_back(line.substr(0, colon));
  }
  std::vector<std::string> lines;
  for (const auto& [text, files] : found) {
    std::string line = files.empty() ? text : files.front();
    if (files.size() > 1) line += fmt::format(" and {} more", files.size() - 1);
    lines.push_back(files.empty() ? line : line + ": " + text);
  }
  return lines;
}

std::vector<std::string> check_windows(const hydrographs::Prepared& prepared, const WellsSettings& settings,
                                       const std::string& study_file, core::Problems& problems) {
  core::Problems found;
  std::vector<std::string> lines;
  std::vector<std::string> drifting;
  for (const hydrographs::UnitCount& count :
       hydrographs::check_training(prepared, settings.data.split, settings.task, found)) {
    lines.push_back(fmt::format("model {}: {} training windows, {} validation windows", count.unit,
                                count.training, count.validation));
    if (!count.drifting.empty())
      drifting.push_back(
          fmt::format("look at: model {}: wells whose level drifts, which may lose their say in training: {}",
                      count.unit, count.drifting));
  }
  lines.insert(lines.end(), drifting.begin(), drifting.end());
  core::Problems planned;  // told by check_preconditions()
  const auto origins =
      hydrographs::plan_origins(prepared, settings.rolling, settings.task, study_file, planned);
  for (std::string& line :
       hydrographs::describe_origins(prepared, origins, settings.data.split, settings.task, found))
    lines.push_back(std::move(line));
  for (core::Problem problem : found.items()) {
    if (problem.file.empty()) problem.file = study_file;
    problems.add(std::move(problem));
  }
  return lines;
}

std::vector<std::string> warn_of_empty_periods(const hydrographs::Prepared& prepared) {
  std::vector<std::string> lines;
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    const hydrographs::Observations count = hydrographs::count_observations(prepared, e);
    constexpr std::size_t kFew = 5;
    const std::string& well = prepared.panel.entities[e];
    if (count.test < kFew)
      lines.push_back(fmt::format("well {}: {} observation{} in the test period; {}", well, count.test,
                                  count.test == 1 ? "" : "s",
                                  count.test < 2 ? "it gets no score" : "its score means little"));
    if (count.training < kFew && !prepared.split.entities[e].held_out)
      lines.push_back(fmt::format(
          "well {}: {} observation{} in the training period; a model learns next to nothing from it", well,
          count.training, count.training == 1 ? "" : "s"));
  }
  return lines;
}

std::vector<std::string> describe_flags(const hydrographs::Prepared& prepared) {
  std::vector<std::string> lines;
  const std::vector<data::Flag> flags = data::flag_panel(prepared.panel, prepared.flagged_targets(), {});
  for (auto first = flags.begin(); first != flags.end();) {
    const auto end =
        std::find_if(first, flags.end(), [&](const data::Flag& f) { return f.entity != first->entity; });
    std::map<std::string, std::size_t> kinds;
    for (auto flag = first; flag != end; ++flag) ++kinds[data::flag_name(flag->kind)];
    std::string counted;
    for (const auto& [kind, count] : kinds)
      counted += fmt::format("{}{} {}{}", counted.empty() ? "" : ", ", count, kind,
                             count == 1 ? "" : (kind == "flat stretch" ? "es" : "s"));
    lines.push_back(fmt::format("look at: {}; {} in all ({}), the report lists them",
                                data::flag_text(*first, prepared.panel), end - first, counted));
    first = end;
  }
  return lines;
}

}  // namespace phreatic::studies::wells
