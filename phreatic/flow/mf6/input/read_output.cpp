// SPDX-License-Identifier: BSD-3-Clause
// OC (what is saved when) and OBS6 (observations of heads).
#include <fmt/format.h>

#include <limits>

#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/mf6/text/lists.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();

// ALL | FIRST | LAST | FREQUENCY n | STEPS n ...
void read_rule(Context& context, Words& words, const Place& place, SaveRule& rule) {
  const std::string word = words.upper();
  if (word == "ALL") {
    rule.all = true;
  } else if (word == "FIRST") {
    rule.first = true;
  } else if (word == "LAST") {
    rule.last = true;
  } else if (word == "FREQUENCY") {
    read_whole(context, words, place, "OC FREQUENCY", 1, kMany, rule.frequency);
  } else if (word == "STEPS") {
    for (std::string_view step = words.next(); !step.empty(); step = words.next()) {
      std::int32_t n = 0;
      if (parse_int(step, n) != NumberStatus::ok || n < 1) {
        context.problem(place, "OC STEPS", fmt::format("'{}' is no step number", step),
                        "whole numbers from 1");
        return;
      }
      rule.steps.push_back(n - 1);
    }
  } else {
    context.problem(place, "OC", fmt::format("'{}' says no steps", word),
                    "ALL, FIRST, LAST, FREQUENCY n, STEPS n ...");
  }
}

void read_period(Context& context, const Block& block, OutputControl& output) {
  OutputPeriod period;
  period.period = block.period - 1;
  Keywords keys(context, "OC");
  const auto handler = [&](SaveRule& head, SaveRule& budget, const char* what) {
    return [&context, &head, &budget, what](Words& w, const Place& p) {
      const std::string word = w.upper();
      if (word == "HEAD") {
        read_rule(context, w, p, head);
      } else if (word == "BUDGET") {
        read_rule(context, w, p, budget);
      } else {
        context.problem(p, fmt::format("OC {}", what), fmt::format("'{}' cannot be saved or printed", word),
                        "HEAD, BUDGET");
      }
    };
  };
  keys.on("SAVE", handler(period.save_head, period.save_budget, "SAVE"));
  keys.on("PRINT", handler(period.print_head, period.print_budget, "PRINT"));
  keys.read(block);
  output.periods.push_back(std::move(period));
}

bool saves(const SaveRule& rule) {
  return rule.all || rule.first || rule.last || rule.frequency > 0 || !rule.steps.empty();
}

}  // namespace

void read_oc(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks = read_blocks(context, file, {{"OPTIONS", false, true}, {"PERIOD", true, true}});
  OutputControl& output = state.model.output;
  Keywords options(context, "OC");
  options.on("HEAD", [&](Words& w, const Place& p) {
    if (first_word_is(w.rest(), "PRINT_FORMAT")) return;
    output.head_file = read_file_name(context, w, p, "OC HEAD", "FILEOUT");
  });
  options.on("BUDGET", [&](Words& w, const Place& p) {
    output.budget_file = read_file_name(context, w, p, "OC BUDGET", "FILEOUT");
  });
  options.on("BUDGETCSV", [&](Words& w, const Place& p) {
    output.budget_csv_file = read_file_name(context, w, p, "OC BUDGETCSV", "FILEOUT");
  });
  options.read(blocks, "OPTIONS");
  for (const Block& block : blocks) {
    if (block.name != "PERIOD") continue;
    read_period(context, block, output);
    const OutputPeriod& period = output.periods.back();
    if (saves(period.save_head) && output.head_file.empty())
      context.problem(block.place, "OC SAVE HEAD", "OPTIONS has no HEAD FILEOUT");
    if (saves(period.save_budget) && output.budget_file.empty())
      context.problem(block.place, "OC SAVE BUDGET", "OPTIONS has no BUDGET FILEOUT");
  }
}

void read_obs(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks = read_blocks(context, file, {{"OPTIONS", false, true}, {"CONTINUOUS", true, true}});
  Keywords(context, "OBS").ignore({"DIGITS", "PRINT_INPUT"}).read(blocks, "OPTIONS");
  if (!state.have_grid) return;
  for (const Block& block : blocks) {
    if (block.name != "CONTINUOUS") continue;
    std::string csv;
    bool binary = false;
    for (std::size_t i = 0; i < block.words.size(); ++i) {
      const std::string word = Words::to_upper(block.words[i]);
      if (word == "FILEOUT" && csv.empty() && i + 1 < block.words.size()) csv = block.words[++i];
      binary = binary || word == "BINARY";
    }
    if (csv.empty()) {
      context.problem(block.place, "block CONTINUOUS", "FILEOUT and a file name are missing");
      continue;
    }
    LineReader reader(block.body);
    while (reader.next()) {
      const Place place{reader.path(), reader.number()};
      Words words(reader.line());
      Observation observation;
      observation.name = Words::to_upper(words.next());
      observation.file = csv;
      observation.binary = binary;
      observation.type = words.upper();
      if (observation.type != "HEAD" && observation.type != "DRAWDOWN" &&
          observation.type != "FLOW-JA-FACE") {
        context.problem(place, "OBS", fmt::format("'{}' cannot be observed", observation.type),
                        "HEAD, DRAWDOWN, FLOW-JA-FACE");
        continue;
      }
      observation.cell = read_cell(context, words, place, "OBS", state.model.grid, false);
      if (observation.cell == kNoCell) continue;
      if (observation.type == "FLOW-JA-FACE") {
        observation.other = read_cell(context, words, place, "OBS", state.model.grid, false);
        if (observation.other == kNoCell) continue;
        if (!are_neighbours(state.model.grid, observation.cell, observation.other)) {
          context.problem(
              place, "OBS FLOW-JA-FACE",
              fmt::format("{} and {} are not connected",
                          cell_text(state.model.grid, static_cast<std::size_t>(observation.cell)),
                          cell_text(state.model.grid, static_cast<std::size_t>(observation.other))),
              "two active cells that share a face");
          continue;
        }
      }
      state.model.observations.push_back(std::move(observation));
    }
  }
}

}  // namespace phreatic::flow::mf6
