// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/tuning/trials_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::studies::tuning {

using nlohmann::json;
using stats::TrialState;

namespace {

constexpr int kFormat = 1;  // of trials.json; files without the number are of the first

json numbers(const std::vector<double>& values) {
  json out = json::array();
  for (const double v : values) out.push_back(std::isfinite(v) ? json(v) : json());
  return out;
}
double number(const json& value) { return value.is_null() ? std::nan("") : value.get<double>(); }

TrialState state_of(const std::string& name) {
  if (name == "pruned") return TrialState::pruned;
  if (name == "failed") return TrialState::failed;
  if (name == "complete") return TrialState::complete;
  throw json::other_error::create(501, "a trial's state is '" + name + "'", nullptr);
}

void refuse_newer(const json& text, const std::filesystem::path& file) {
  const int format = text.value("format", 1);
  if (format <= kFormat) return;
  throw core::InputError(
      {.file = file.string(),
       .what = fmt::format("was written by a newer version (format {}, this program reads up to {})", format,
                           kFormat),
       .mend = "Go on with that version, or give another folder"});
}

}  // namespace

std::string state_name(TrialState state) {
  if (state == TrialState::pruned) return "pruned";
  return state == TrialState::failed ? "failed" : "complete";
}

Trials read_trials(const std::filesystem::path& file) {
  Trials trials;
  if (!std::filesystem::exists(file)) return trials;
  json text;
  try {
    text = json::parse(core::read_file(file));
    refuse_newer(text, file);
    trials.key = text.at("key").get<std::string>();
    trials.score_name = text.at("score").get<std::string>();
    for (const json& one : text.at("trials")) {
      Trial trial;
      trial.state = state_of(one.at("state").get<std::string>());
      trial.values = one.at("values").get<std::vector<double>>();
      trial.score = number(one.at("score"));
      for (const json& step : one.at("steps")) trial.steps.push_back(number(step));
      trial.seconds = one.at("seconds").get<double>();
      trial.message = one.at("message").get<std::string>();
      trials.made.push_back(std::move(trial));
    }
  } catch (const json::exception& e) {
    throw core::InputError({.file = file.string(),
                            .what = fmt::format("is no list of trials: {}", e.what()),
                            .mend = "Remove it to begin the search anew"});
  }
  return trials;
}

void write_trials(const Trials& trials, const std::filesystem::path& file) {
  json out = {
      {"format", kFormat}, {"key", trials.key}, {"score", trials.score_name}, {"trials", json::array()}};
  for (const Trial& t : trials.made) {
    out["trials"].push_back({{"state", state_name(t.state)},
                             {"values", t.values},
                             {"score", std::isfinite(t.score) ? json(t.score) : json()},
                             {"steps", numbers(t.steps)},
                             {"seconds", t.seconds},
                             {"message", t.message}});
  }
  core::write_file_atomic(file, out.dump(1) + "\n");
}

void write_trials_csv(const Trials& trials, const SearchParams& params, const std::filesystem::path& file) {
  std::string text = "trial,state,score,epochs";
  for (const SearchedSetting& s : params.search) text += "," + core::csv_cell(s.setting);
  text += ",message\n";
  for (std::size_t i = 0; i < trials.made.size(); ++i) {
    const Trial& t = trials.made[i];
    text += fmt::format("{},{},{},{}", i + 1, state_name(t.state),
                        std::isfinite(t.score) ? fmt::format("{:.8g}", t.score) : "", t.steps.size());
    for (std::size_t d = 0; d < params.search.size(); ++d)
      text += "," + core::csv_cell(text_of(params.search[d], t.values.at(d)));
    text += "," + core::csv_cell(t.message) + "\n";
  }
  core::write_file_atomic(file, text);
}

}  // namespace phreatic::studies::tuning
