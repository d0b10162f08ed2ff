// SPDX-License-Identifier: BSD-3-Clause
// What makes a study pointless before it has begun, and the provenance of what was loaded.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "phreatic/core/parallel.hpp"
#include "phreatic/data/load/internal.hpp"

namespace phreatic::data {
namespace loading {
namespace {

struct Span {
  std::size_t count = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  bool constant = true;
  double value = 0;
};

Span span_of(std::span<const double> series, const StepRange& range) {
  Span span;
  for (std::size_t t = range.begin; t < std::min(range.end, series.size()); ++t) {
    if (std::isnan(series[t])) continue;
    if (span.count == 0) {
      span.first = t;
      span.value = series[t];
    }
    span.constant = span.constant && series[t] == span.value;
    span.last = t;
    ++span.count;
  }
  return span;
}

// Gaps come after sums and means over steps: no gap policy mends a record whose steps are all incomplete.
constexpr const char* kMendIncomplete =
    "Mend the file, or set a smaller min_coverage for this source (sums are scaled up from the values that "
    "are "
    "there; of a file that holds only the days with water, min_coverage: 0 sums what is there and gaps: zero "
    "fills "
    "the rest), or take a data.step as long as the file's own; gaps alone fills steps only between complete "
    "ones";

}  // namespace

void check_targets(const LoadedData& data, const std::vector<SeriesSource>& sources,
                   std::vector<WellProblem>& problems) {
  const Panel& panel = data.panel;
  const StepRange whole{0, panel.time_count()};
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    const std::string& well = panel.entities[e];
    std::size_t observed = 0;
    std::size_t in_training = 0;
    bool failed = false;
    for (const std::size_t v : data.targets) {
      failed =
          failed || sources[e * (sources.size() / panel.entity_count()) + v].state == SourceState::failed;
      const Span all = span_of(panel.series(e, v), whole);
      observed += all.count;
      if (e < data.split.entities.size())
        in_training += span_of(panel.series(e, v), data.split.entities[e].train).count;
      if (all.count > 1 && all.constant) {
        problems.push_back(
            {well, core::Problem{.file = sources[e * (sources.size() / panel.entity_count()) + v].file,
                                 .where = fmt::format("well {}, target '{}'", well, panel.variables[v].name),
                                 .what = fmt::format("the series is constant: all {} values are {:g}",
                                                     all.count, all.value),
                                 .mend = "There is nothing to learn from it; exclude the well"}});
      }
    }
    core::Problem problem{.where = "well " + well};
    if (failed) continue;
    if (observed == 0) {
      problem.what = "no target is observed at any time";
      problem.mend = "Check its file, data.start and data.end, or exclude the well";
    } else if (in_training == 0 && e < data.split.entities.size() && !data.split.entities[e].held_out) {
      problem.what = "no target is observed in the training period";
      problem.mend = "Change the split for this well, hold it out, or exclude it";
    } else {
      continue;
    }
    problems.push_back({well, problem});
  }
}

std::string incomplete_text(const IncompleteSteps& steps) {
  if (steps.count == 0) return "";
  const bool days = steps.native % core::kSecondsPerDay == 0;
  const double native = static_cast<double>(steps.native) / (days ? core::kSecondsPerDay : 3600);
  return fmt::format(
      "{} of the {} steps that have values lack some: a step holds {:g} values of {:g} {} each, the fullest "
      "of "
      "those has {}, and min_coverage asks for {:g} of them",
      steps.count, steps.with_values, steps.expected, native, days ? "d" : "h", steps.most,
      steps.min_coverage);
}

void check_drivers(LoadedData& data, std::size_t drivers, bool partial,
                   const std::vector<SeriesSource>& sources, std::vector<WellProblem>& problems) {
  const Panel& panel = data.panel;
  const std::size_t targets = data.targets.size();
  std::vector<Span> spans(panel.entity_count() * drivers);
  core::parallel_for(panel.entity_count(), [&](std::size_t e) {
    for (std::size_t i = 0; i < drivers; ++i)
      spans[e * drivers + i] = span_of(panel.series(e, targets + i), {0, panel.time_count()});
  });
  std::map<std::string, std::size_t> early;
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    for (std::size_t v = targets; v < targets + drivers; ++v) {
      const std::string& name = panel.variables[v].name;
      const Span& all = spans[e * drivers + v - targets];
      const SeriesSource& source = sources[e * (targets + drivers) + v];
      const SourceState state = source.state;
      core::Problem problem{.file = source.file,
                            .where = fmt::format("well {}, driver '{}'", panel.entities[e], name)};
      if (state == SourceState::failed || (partial && state == SourceState::none)) continue;
      if (state == SourceState::none) {
        problem.what = fmt::format("no source gives '{}' for this well", name);
        problem.mend = "Add a source for it under drivers, or exclude the well";
      } else if (all.count == 0) {
        problem.what = "every value is missing on the axis";
        problem.mend = "Check the column, its missing codes, data.start and data.end";
        if (const std::string why = incomplete_text(source.incomplete); !why.empty()) {
          problem.what += ": " + why;
          problem.mend = kMendIncomplete;
        }
      } else if (e < data.split.entities.size() && all.last < data.split.entities[e].test.begin) {
        problem.what = fmt::format("it ends on {}, before the test period begins on {}",
                                   core::format_date(panel.axis.start(all.last)),
                                   core::format_date(panel.axis.start(data.split.entities[e].test.begin)));
        problem.mend =
            "Get later data for it (a value that holds on needs a row with the last day on which it does), "
            "or test "
            "earlier";
      } else {
        if (e < data.split.entities.size() && all.last + 1 < data.split.entities[e].test.end)
          ++early[fmt::format("driver '{}' ends on {}, before the end of the test period", name,
                              core::format_date(panel.axis.start(all.last)))];
        continue;
      }
      problems.push_back({panel.entities[e], problem});
    }
  }
  for (const auto& [text, wells] : early)
    data.warnings.push_back(fmt::format("{} ({} wells); later steps are not predicted", text, wells));
}

}  // namespace loading

std::string provenance_json(const LoadedData& data) {
  using nlohmann::json;
  json out;
  out["axis"] = {{"first", core::format_datetime(data.panel.time_count() > 0 ? data.panel.axis.start(0) : 0)},
                 {"step", core::format_step(data.panel.axis.step())},
                 {"steps", data.panel.time_count()}};
  out["wells"] = data.panel.entities;
  for (const Variable& v : data.panel.variables)
    out["variables"].push_back(
        {{"name", v.name}, {"unit", v.unit}, {"role", to_text(v.role)}, {"derived", v.derived}});
  out["files"] = json::array();
  for (const FileRecord& f : data.files)
    out["files"].push_back({{"path", f.path}, {"xxh3_128", f.hash}, {"bytes", f.bytes}, {"rows", f.rows}});
  out["detected"] = data.said;
  out["warnings"] = data.warnings;
  out["gaps"] = json::array();
  for (const GapRecord& g : data.gaps) {
    out["gaps"].push_back({{"well", g.entity},
                           {"driver", g.variable},
                           {"policy", g.policy},
                           {"missing_steps", g.steps},
                           {"filled_steps", g.filled},
                           {"longest_gap", g.longest},
                           {"first", core::format_date(g.first)}});
  }
  out["records"] = json::array();
  for (const TargetRecord& r : data.records) {
    json record = {{"well", r.entity},
                   {"target", r.variable},
                   {"given_as", r.quantity == Quantity::depth   ? "depth"
                                : r.quantity == Quantity::level ? "level"
                                                                : "other"},
                   {"unit_in_file", r.unit},
                   {"observations", r.observations},
                   {"steps", r.steps},
                   {"first", core::format_datetime(r.first)},
                   {"last", core::format_datetime(r.last)}};
    record["reference_level_m"] = r.reference_level_m ? json(*r.reference_level_m) : json();
    out["records"].push_back(std::move(record));
  }
  out["left_out"] = json::array();
  for (const LeftOut& one : data.left_out)
    out["left_out"].push_back({{"well", one.entity}, {"reason", one.reason}});
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace phreatic::data
