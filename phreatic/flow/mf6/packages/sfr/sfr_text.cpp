// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "phreatic/flow/mf6/packages/sfr/sfr_text.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr double kLarge = 1e300;
constexpr int kMany = std::numeric_limits<int>::max();

// Smallest value and name of a column.
std::pair<double, std::string> column_rule(const SfrText& text, std::size_t column) {
  switch (column) {
    case kStreamBedK:
      return {0, "bed conductivity"};
    case kStreamRoughness:
      return {std::numeric_limits<double>::min(), "Manning's roughness"};
    case kStreamFraction:
      return {0, "upstream fraction"};
    case kStreamStage:
      return {-kLarge, "stage"};
    case kStreamInflow:
      return {-kLarge, "inflow"};
    case kStreamRainfall:
      return {-kLarge, "rainfall"};
    case kStreamEvaporation:
      return {-kLarge, "evaporation"};
    case kStreamRunoff:
      return {-kLarge, "runoff"};
    default:
      if (column >= text.stress->columns) return {-kLarge, text.aux_names[column - text.stress->columns]};
      return {0, fmt::format("diversion {}", column - kStreamDiversions + 1)};
  }
}

}  // namespace

bool read_reach_number(SfrText& text, Words& words, const Place& place, const std::string& where,
                       std::size_t& reach) {
  int number = 0;
  if (!read_whole(text.context, words, place, where, 1, text.count, number)) return false;
  reach = static_cast<std::size_t>(number - 1);
  return true;
}

bool read_stream_value(SfrText& text, Words& words, const Place& place, std::size_t column, std::size_t r,
                       SfrPeriod* period) {
  const std::string_view word = words.next();
  const auto [low, name] = column_rule(text, column);
  const std::string where = fmt::format("{} reach {} {}", text.where, r + 1, name);
  SfrSetting setting{column, r, 0, -1};
  const NumberStatus status = parse_double(word, setting.value);
  if (status == NumberStatus::not_a_number) setting.series = text.stress->series.find(word);
  if (setting.series < 0 && (status != NumberStatus::ok || setting.value < low)) {
    text.context.problem(place, where,
                         word.empty() ? "is missing"
                         : status == NumberStatus::not_a_number
                             ? fmt::format("'{}' is neither a number nor a time series of this package", word)
                             : fmt::format("'{}' is out of range", word),
                         low == 0  ? "a number from 0, or a time series"
                         : low > 0 ? "a number above 0, or a time series"
                                   : "a number or a time series");
    return false;
  }
  if (period != nullptr) {
    period->settings.push_back(setting);
  } else if (setting.series >= 0) {
    text.stress->series_at_start.push_back(setting);
  } else if (column < text.stress->columns) {
    text.stress->start.value(column, r) = setting.value;
  } else {
    text.stress->start.aux[(column - text.stress->columns) * text.stress->start.size() + r] = setting.value;
  }
  return true;
}

double read_cross_section(SfrText& text, Words& words, const Place& place) {
  const std::string where = text.where + " cross section";
  if (words.upper() != "TAB6") {
    text.context.problem(place, where, "TAB6 FILEIN and a file name are missing");
    return -1;
  }
  const std::string name = read_file_name(text.context, words, place, where, "FILEIN");
  if (name.empty()) return -1;
  const TextFilePtr file = text.context.open(name, place);
  if (!file) return -1;
  const auto blocks = read_blocks(
      text.context, file,
      {{"OPTIONS", false, false}, {"DIMENSIONS", false, false, true}, {"TABLE", false, true, true}});
  int rows = 0;
  int columns = 2;
  Keywords dimensions(text.context, where);
  dimensions.whole("NROW", rows, 2, kMany).whole("NCOL", columns, 2, 3);
  dimensions.read(blocks, "DIMENSIONS");
  const Block* table = find_block(blocks, "TABLE");
  if (table == nullptr) return -1;
  CrossSection section;
  LineReader reader(table->body);
  while (reader.next()) {
    Words row(reader.line());
    const Place at{reader.path(), reader.number()};
    for (std::vector<double>* target : {&section.x, &section.height, &section.roughness}) {
      if (target == &section.roughness && columns < 3) continue;
      double number = 0;
      if (!read_number(text.context, row, at, where, -kLarge, kLarge, "a number", number)) return -1;
      target->push_back(number);
    }
  }
  if (static_cast<int>(section.x.size()) != rows) {
    text.context.problem(table->place, where, fmt::format("{} rows, NROW says {}", section.x.size(), rows));
    return -1;
  }
  text.network->sections.push_back(std::move(section));
  return static_cast<double>(text.network->sections.size() - 1);
}

}  // namespace phreatic::flow::mf6
