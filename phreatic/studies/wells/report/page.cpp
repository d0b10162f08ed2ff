// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "phreatic/core/files/files.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/metrics_file.hpp"
#include "phreatic/studies/wells/report/data.hpp"
#include "phreatic/studies/wells/report/words.hpp"

namespace phreatic::studies::wells {
namespace {

// Entities at which another model has a higher NSE (by kHigherNse) in the test period.
std::size_t lost_to_simple(const stats::MetricTable& metrics, const std::string& model) {
  std::map<std::string, double> own;
  std::map<std::string, double> others;
  for (const stats::MetricRow& row : metrics) {
    if (row.period != "test" || row.metric != "NSE" || row.entity == "all" || std::isnan(row.value)) continue;
    if (row.model == model) {
      own[row.entity] = row.value;
    } else {
      double& best = others.try_emplace(row.entity, row.value).first->second;
      best = std::max(best, row.value);
    }
  }
  return static_cast<std::size_t>(std::count_if(own.begin(), own.end(), [&](const auto& one) {
    const auto other = others.find(one.first);
    return other != others.end() && other->second - one.second >= kHigherNse;
  }));
}

std::string finding_of(const stats::MetricTable& metrics, const std::string& noun) {
  const std::string model = metrics.front().model;
  std::vector<double> nse;
  double covered = 0;
  double scored = 0;
  std::string level;
  double n = 0;
  std::size_t lead = 0;  // the largest of a forecast
  for (const stats::MetricRow& row : metrics) {
    if (row.period == hydrographs::lead_period(lead + 1)) ++lead;
    if (row.model != model || row.period != "test" || row.entity == "all") continue;
    if (row.metric == "NSE") nse.push_back(row.value);
    if (row.metric == "n") n = row.value;
    if (row.metric.rfind("coverage_", 0) == 0 && !std::isnan(row.value)) {
      covered += row.value * n;
      scored += n;
      level = row.metric.substr(9);
    }
  }
  std::erase_if(nse, [](double v) { return std::isnan(v); });  // wells without an observation to score
  if (nse.empty() && noun != "wells") return "Nothing could be scored at " + noun + ".";
  if (nse.empty()) return "No well has an observation in the test period: nothing could be scored.";
  const auto good = std::count_if(nse.begin(), nse.end(), [](double v) { return v > 0.7; });
  std::string text =
      fmt::format("{} of {} {} reach NSE > 0.7 in the test period{}; median {:.2f}", good, nse.size(), noun,
                  lead > 0 ? fmt::format(" at a lead of {} steps", lead) : "", stats::median(nse));
  if (scored > 0)
    text += fmt::format("; the {} % band holds {:.0f} % of the observations", level, 100 * covered / scored);
  if (const std::size_t lost = lost_to_simple(metrics, model); lost > 0)
    text += fmt::format("; a simple model has the higher NSE at {} of {} {}", lost, nse.size(), noun);
  return text + ".";
}

// A sentence for each target, in their order.
std::string finding(const stats::MetricTable& metrics) {
  if (metrics.empty()) return "Nothing could be scored.";
  std::vector<std::string> targets;
  for (const stats::MetricRow& row : metrics) {
    if (std::find(targets.begin(), targets.end(), row.variable) == targets.end())
      targets.push_back(row.variable);
  }
  if (targets.size() == 1) return finding_of(metrics, "wells");
  std::string text;
  for (const std::string& target : targets) {
    stats::MetricTable own;
    std::copy_if(metrics.begin(), metrics.end(), std::back_inserter(own),
                 [&](const stats::MetricRow& row) { return row.variable == target; });
    text += (text.empty() ? "" : " ") + finding_of(own, "places with " + target);
  }
  return text;
}

std::string told(const hydrographs::TaskParams& task) {
  if (!task.observed_targets) return "";
  return " The network was told observations of what it is asked for ('observed_targets: true'): its skill "
         "is not that of "
         "a simulation.";
}

// The sections of a further target: what the first one's show, with ids and headings of their own.
void add_target(const ReportData& data, report::Report& page) {
  const std::string end = "-" + std::to_string(data.number + 1);
  std::vector<report::Section> sections = {trust_section(data)};
  sections.front().figures.push_back(target_table(data));
  if (auto forecast = forecast_section(data)) sections.push_back(std::move(*forecast));
  if (auto outlook = outlook_section(data)) sections.push_back(std::move(*outlook));
  if (auto rolling = rolling_section(data)) sections.push_back(std::move(*rolling));
  sections.push_back(cause_section(data));
  for (report::Section& section : sections) {
    section.id += end;
    section.heading = data.target + ": " + section.heading;
    std::erase_if(section.figures, [](const report::Figure& f) { return f.id == "learning-curves"; });
    for (report::Figure& figure : section.figures) figure.id += end;
    page.sections.push_back(std::move(section));
  }
  add_panels(data, page.panels);
}

std::string target_words(const ReportData& data) {
  std::string text = "One network learns several targets: ";
  const std::vector<std::string> names = data.settings.target_names();
  for (std::size_t k = 0; k < names.size(); ++k) {
    const hydrographs::TargetTask how = hydrographs::task_of(data.settings.task.targets, names[k]);
    text += fmt::format("{}{} (weight {:g}{})", k == 0 ? "" : ", ", names[k], how.weight,
                        how.interval > 1 ? fmt::format(", means of {} steps", how.interval) : "");
  }
  return text +
         ". Bands, simple models and scores are those of each target by itself; sections without a target's "
         "name are about " +
         names.front() + ".";
}

}  // namespace

report::Section method_section(const ReportData& data) {
  report::Section section{"method", "What was done", {}, {}};
  const learn::LearnParams& p = data.settings.task.learn;
  const std::string scope = data.settings.task.scope == hydrographs::Scope::single
                                ? "one model for each well"
                                : "one model for all wells";
  const std::string validation =
      data.settings.task.validation.scheme == hydrographs::ValidationScheme::blocks
          ? fmt::format("each of {} blocks of the calibration period was left out in turn",
                        data.settings.task.validation.blocks)
          : std::string("a validation period was left out");
  const std::string what =
      data.settings.forecasts()
          ? fmt::format(
                "forecast {} steps ahead{}; what is said of the test period without a lead is said of "
                "the last of these steps. They were made",
                p.window.horizon,
                data.settings.task.forecast.past_levels ? " with the levels known at the issue date" : "")
          : std::string("simulated from the drivers alone, without past levels,");
  section.paragraphs.push_back(fmt::format(
      "Levels at {} wells ({}, {}) were {} by {} networks with {} hidden units and a look-back of "
      "{} steps ({}). For early stopping and for the bands {}; the program used nothing of the test period "
      "for scaling, training, early stopping or the bands' calibration. The line is the median of all "
      "members.",
      data.series.entities.size(), core::format_step(data.series.axis.step()), data.record_span(), what,
      model_words(hydrographs::model_name(data.settings.task)), p.model.hidden_size, p.window.seq_length,
      scope, validation));
  if (data.targets > 1) section.paragraphs.push_back(target_words(data));
  std::string baselines;
  for (const std::string& name : data.settings.baselines)
    baselines += (baselines.empty() ? "" : ", ") + model_words(name);
  if (!baselines.empty())
    section.paragraphs.push_back("Simple models fitted to the same data for comparison: " + baselines + ".");
  if (data.settings.split_by_wells()) {
    section.paragraphs.push_back(
        "Every well was simulated by models that had not learnt from it; only its mean and standard "
        "deviation were used to put the result into metres.");
  }
  return section;
}

report::Provenance provenance_part(const ReportData& data) {
  report::Provenance out;
  const auto& p = data.provenance;
  const auto machine = p.is_null() ? nlohmann::json::object() : p.value("machine", nlohmann::json::object());
  for (const auto& [key, value] : machine.items())
    out.facts.push_back({key == "memory_gb" ? "memory, GB" : key,
                         value.is_string() ? value.get<std::string>() : value.dump()});
  if (!p.is_null()) {
    out.facts.push_back({"seed", p.value("seed", nlohmann::json()).dump()});
    out.facts.push_back({"libraries", p.value("instruction_set_and_libraries", "")});
    const auto times = p.value("seconds", nlohmann::json::object());
    for (const auto& [stage, seconds] : times.items()) {
      out.facts.push_back({"time of stage " + stage, fmt::format("{:.1f} s", seconds.get<double>())});
    }
    const auto files = p.value("files", nlohmann::json::array());
    out.facts.push_back({"input files", fmt::format("{} (hashes in provenance.json)", files.size())});
  }
  out.command = run_command(data.folder);
  out.study = core::read_file(data.folder / "study.yml");
  return out;
}

namespace {

// Wells whose contributions pile up in the oldest days of the window.
void add_window_warning(const ReportData& data, std::vector<std::string>& warnings) {
  const explain::LagProfile& profile = data.explanation->profile;
  std::size_t count = 0;
  std::size_t longest = 0;
  std::string names;
  for (std::size_t w = 0; w < profile.entities; ++w) {
    const explain::WindowFit fit = explain::window_fit(profile, w);
    if (!fit.too_short) continue;
    if (++count <= 8) names += (names.empty() ? "" : ", ") + data.series.entities[w];
    longest = std::max(longest, fit.proposed_steps);
  }
  if (count == 0) return;
  warnings.push_back(fmt::format(
      "At {} of {} wells contributions pile up in the oldest {} steps of the window ({}{}): the look-back of "
      "{} steps is too short for them, and their memory is only the window's length. Try "
      "window.seq_length: {}",
      count, profile.entities, explain::window_fit(profile, 0).oldest_steps, names, count > 8 ? " ..." : "",
      profile.lags, longest));
}

}  // namespace

namespace {

// Forecasts that are the damped anomaly, for validation gave the network a weight of 0 at every lead.
void add_weight_warning(const ReportData& data, std::vector<std::string>& warnings) {
  if (!data.forecasts || data.forecasts->network_weight.empty()) return;
  const hydrographs::LeadForecasts& f = *data.forecasts;
  std::size_t silent = 0;
  for (std::size_t e = 0; e < f.wells.size(); ++e) {
    const auto first = f.network_weight.begin() + static_cast<std::ptrdiff_t>(e * f.leads);
    if (std::all_of(first, first + static_cast<std::ptrdiff_t>(f.leads), [](double w) { return w == 0; }))
      ++silent;
  }
  if (silent == 0) return;
  const std::string where = silent == f.wells.size()
                                ? "Validation"
                                : fmt::format("At {} of {} wells validation", silent, f.wells.size());
  warnings.push_back(where +
                     " gave the network no say at any lead: the forecasts are the damped anomaly, and "
                     "scores and bands there are its own, not the network's");
}

// A simple model with the higher median NSE.
void add_median_warning(const ReportData& data, std::vector<std::string>& warnings) {
  const double own = stats::median(data.over_wells("NSE", data.model()));
  for (const std::string& baseline : data.settings.baselines) {
    const double simple = stats::median(data.over_wells("NSE", baseline));
    if (!(simple - own >= kHigherNse)) continue;
    warnings.push_back(
        fmt::format("The median NSE of {} is {:.2f}, higher than that of the networks ({:.2f}): here they do "
                    "not earn their place",
                    model_words(baseline), simple, own));
  }
}

// Networks that learnt nothing that validation confirms, and wells whose levels drift.
void add_training_warnings(const ReportData& data, std::vector<std::string>& warnings) {
  if (data.training.is_null()) return;
  std::size_t members = 0;
  std::size_t first = 0;
  std::string drifting;
  for (const auto& unit : data.training.value("units", nlohmann::json::array())) {
    for (const auto& member : unit.value("members", nlohmann::json::array())) {
      ++members;
      if (member.value("best_epoch", 0) == 1 && member["validation_loss"].size() > 1) ++first;
    }
    const std::string text = unit.value("drifting", "");
    if (drifting.find(text) == std::string::npos) drifting += (drifting.empty() ? "" : ", ") + text;
  }
  if (first > 0)
    warnings.push_back(
        fmt::format("The first epoch was the best of {} of {} networks: nothing that they learnt later held "
                    "in validation. "
                    "Look for wells whose level drifts, or lower training.learning_rate",
                    first, members));
  if (!drifting.empty())
    warnings.push_back("Wells whose level drifts, which may lose their say in training: " + drifting);
}

}  // namespace

std::vector<std::string> warnings_of(const ReportData& data) {
  std::vector<std::string> warnings;
  const auto left_out =
      data.split.is_null() ? nlohmann::json::array() : data.split.value("left_out", nlohmann::json::array());
  for (const auto& well : left_out)
    warnings.push_back(
        fmt::format("{} was left out: {}", well.value("entity", ""), well.value("reason", "")));
  if (!data.split.is_null()) {
    for (const auto& text : data.split.value("warnings", std::vector<std::string>{}))
      warnings.push_back(text);
  }
  std::string poor;
  std::size_t count = 0;
  const std::vector<double> nse = data.over_wells("NSE", data.model());
  for (std::size_t e = 0; e < nse.size(); ++e) {
    if (nse[e] >= 0 || std::isnan(nse[e])) continue;
    ++count;
    if (count <= 8) poor += (poor.empty() ? "" : ", ") + data.series.entities[e];
  }
  if (count > 0) {
    warnings.push_back(
        fmt::format("{} of {} wells are simulated worse than by their own mean (NSE < 0): {}{}", count,
                    nse.size(), poor, count > 8 ? " ..." : ""));
  }
  const std::vector<std::string> better = beaten_by(data);
  const auto beaten = std::count_if(better.begin(), better.end(), [](const auto& b) { return !b.empty(); });
  if (beaten > 0) {
    warnings.push_back(
        fmt::format("At {} of {} wells a simple model has the higher NSE in the test period: see "
                    "\"beaten by\" in the table of wells",
                    beaten, nse.size()));
  }
  add_weight_warning(data, warnings);
  add_median_warning(data, warnings);
  add_training_warnings(data, warnings);
  if (data.explanation) add_window_warning(data, warnings);
  const std::size_t explained = data.explain_facts.value("windows", std::size_t{0});
  const std::size_t converged = data.explain_facts.value("converged", std::size_t{0});
  if (converged < explained) {
    warnings.push_back(
        fmt::format("{} of {} explained dates did not reach the wanted standard error within the number of "
                    "draws that the study allows; their contributions are less certain",
                    explained - converged, explained));
  }
  return warnings;
}

Page page(const std::filesystem::path& folder) {
  const ReportData data = read_run(folder);
  Page out;
  out.figures = data.settings.figures;
  report::Report& page = out.report;
  page.title = data.settings.title;
  page.subtitle = fmt::format("{} wells, {}, {}", data.series.entities.size(),
                              core::format_step(data.series.axis.step()), data.record_span());
  page.finding = finding(data.metrics) + told(data.settings.task);
  page.warnings = warnings_of(data);
  page.sections = {method_section(data), trust_section(data)};
  if (auto section = forecast_section(data)) page.sections.push_back(std::move(*section));
  if (auto section = outlook_section(data)) page.sections.push_back(std::move(*section));
  if (auto section = rolling_section(data)) page.sections.push_back(std::move(*section));
  page.sections.push_back(cause_section(data));
  if (auto section = attention_section(data)) page.sections.push_back(std::move(*section));
  if (auto section = type_section(data)) page.sections.push_back(std::move(*section));
  if (auto section = truth_section(data)) page.sections.push_back(std::move(*section));
  page.panels = well_panels(data);
  for (std::size_t k = 1; k < data.targets; ++k) add_target(read_run(folder, k), page);
  page.provenance = provenance_part(data);
  return out;
}

std::string headline(const std::filesystem::path& folder) {
  const std::filesystem::path study = folder / "study.yml";
  return finding(read_metrics(folder / "metrics.csv")) +
         (std::filesystem::exists(study) ? told(read_settings(study.string(), {}).task) : "");
}

}  // namespace phreatic::studies::wells
