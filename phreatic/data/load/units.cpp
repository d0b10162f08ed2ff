// SPDX-License-Identifier: BSD-3-Clause
// Units: from that of a file to that of the panel, and what files themselves say about them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "phreatic/core/units.hpp"
#include "phreatic/data/load/internal.hpp"

namespace phreatic::data::loading {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Water per step: what a sum over a step is called.
std::string amount_unit(const core::Step& step) {
  if (step.unit == core::StepUnit::month)
    return step.count == 1 ? "mm/month" : fmt::format("mm/{}-month", step.count);
  if (step.unit == core::StepUnit::hour)
    return step.count == 1 ? "mm/h" : fmt::format("mm/{}-hour", step.count);
  if (step.count == 1) return "mm/d";
  return step.count == 7 ? "mm/week" : fmt::format("mm/{}-day", step.count);
}

}  // namespace

std::optional<UnitRule> unit_rule(const std::string& unit, AggregateChoice choice,
                                  const std::string& dimension, Role role, const core::Step& step,
                                  const std::string& where, core::Problems& problems) {
  const std::optional<core::Unit> known = core::find_unit(unit);
  std::vector<std::string> allowed;
  for (const std::string& name : core::known_units()) {
    if (dimension.empty() || core::find_unit(name)->dimension == dimension) allowed.push_back(name);
  }
  if (!known || (!dimension.empty() && known->dimension != dimension)) {
    const std::string near = core::nearest(unit, allowed);
    problems.add({.where = where,
                  .what = fmt::format("unit '{}' {}{}", unit, known ? "does not fit here" : "is not known",
                                      near.empty() || known ? "" : "; did you mean '" + near + "'?"),
                  .allowed = joined(allowed)});
    return std::nullopt;
  }
  // A length is an amount of water where it is in mm or inch, or where the variable can be nothing else.
  const bool amount =
      known->name == "mm" || known->name == "inch" || known->name == "in" ||
      (known->dimension == "m" && (role == Role::precipitation || role == Role::evaporation_demand));
  const bool water = known->dimension == "mm/d" || (amount && dimension.empty());
  const bool sum = choice == AggregateChoice::sum || (choice == AggregateChoice::automatic && water);
  UnitRule rule;
  rule.aggregate.aggregate = sum ? Aggregate::sum : Aggregate::mean;
  rule.aggregate.factor = known->factor;
  rule.aggregate.offset = known->offset;
  rule.unit = known->dimension;
  if (!sum) return rule;
  if (known->dimension == "mm/d") {
    rule.aggregate.rate_per_day = true;
    rule.unit = amount_unit(step);
  } else if (known->dimension == "m") {
    rule.aggregate.factor *= 1000;
    rule.unit = amount_unit(step);
  } else if (known->dimension != "-") {
    problems.add({.where = where,
                  .what = fmt::format("a sum of values in {} has no meaning", unit),
                  .allowed = "aggregate: mean"});
    return std::nullopt;
  }
  return rule;
}

namespace {

// The longest beginning of a text, cut at blanks, that is a unit: "cm" of "cm t.o.v. NAP".
std::string unit_at_start(std::string text) {
  while (!text.empty()) {
    if (core::find_unit(text)) return text;
    const std::size_t cut = text.find_last_of(" -+,;:");  // "cm-NAP", "mm, sum"
    if (cut == std::string::npos) return "";
    text.resize(cut);
  }
  return "";
}

}  // namespace

std::string unit_in_name(const std::string& column) {
  for (const auto& [open, close] : {std::pair{'[', ']'}, {'(', ')'}}) {
    const std::size_t end = column.rfind(close);
    const std::size_t begin = end == std::string::npos ? end : column.rfind(open, end);
    if (begin == std::string::npos) continue;
    if (std::string unit = unit_at_start(column.substr(begin + 1, end - begin - 1)); !unit.empty())
      return unit;
  }
  return "";
}

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char ch) { return static_cast<char>(std::tolower(ch)); });
  return text;
}

// Words that are a unit and hardly anything else; rates and degrees as the table of units has them.
std::string unit_of_word(const std::string& word) {
  const std::string lower = lower_case(word);
  for (const auto& [name, unit] : {std::pair{"cm", "cm"},
                                   {"mm", "mm"},
                                   {"ft", "ft"},
                                   {"feet", "ft"},
                                   {"inch", "inch"},
                                   {"inches", "inch"},
                                   {"degf", "degF"},
                                   {"fahrenheit", "degF"},
                                   {"degc", "degC"},
                                   {"celsius", "degC"},
                                   {"kelvin", "K"},
                                   {"kpa", "kPa"},
                                   {"hpa", "hPa"},
                                   {"cfs", "cfs"}}) {
    if (lower == name) return unit;
  }
  const bool written_as_unit = word.find('/') != std::string::npos || word.starts_with("\u00b0");
  return written_as_unit && core::find_unit(word) ? word : "";
}

// Words that say above or below what a level is: a letter m before them is the metre.
bool is_datum(const std::string& word) {
  static constexpr std::array kWords = {"nap",    "nn",     "nhn", "bgs", "bgl", "bls",  "btoc",
                                        "asl",    "amsl",   "msl", "ahd", "aod", "maod", "mv",
                                        "navd88", "ngvd29", "tov", "gok", "rok", "pok",  "\u00fc"};
  const std::string lower = lower_case(word);
  return std::any_of(kWords.begin(), kWords.end(), [&](const char* one) { return lower == one; });
}

std::vector<std::string> words_of(const std::string& name, const char* marks) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find_first_of(marks, begin), name.size());
    if (end > begin) words.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// "Stand in cm \u00fc. NN", "niveau_en_m": the unit behind a preposition that is a word of its own.
std::string unit_behind_in(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  const std::string lower = lower_case(name);
  for (const char* word : {" in ", " en "}) {
    const std::size_t at = lower.find(word);
    if (at == std::string::npos) continue;
    std::string rest = name.substr(at + 4);
    while (rest.ends_with('.')) rest.pop_back();
    if (std::string unit = unit_at_start(rest); !unit.empty()) return unit;
  }
  return "";
}

std::string unit_at_end(const std::string& column) {
  const std::size_t cut = column.find_last_of(" _./-");
  if (cut == std::string::npos || cut == 0 || cut + 1 == column.size()) return "";
  const std::string last = lower_case(column.substr(cut + 1));
  if (last == "m") return "m";
  if (last == "k") return "K";
  if (last == "in") return "inch";
  return unit_of_word(last);
}

}  // namespace

NameHint unit_hinted_in_name(const std::string& column) {
  if (std::string unit = unit_behind_in(column); !unit.empty())
    return {unit, "says 'in' before", unit == "m"};
  const std::size_t close = column.rfind('}');
  const std::size_t open = close == std::string::npos ? close : column.rfind('{', close);
  if (open != std::string::npos) {
    if (std::string unit = unit_at_start(column.substr(open + 1, close - open - 1)); !unit.empty())
      return {unit, "has in braces", true};
  }
  if (std::string unit = unit_at_end(column); !unit.empty()) return {unit, "ends in", false};
  const std::vector<std::string> words = words_of(column, " _.-");
  for (std::size_t i = words.size(); i-- > 1;) {
    if (std::string unit = unit_of_word(words[i]); !unit.empty()) return {unit, "has the word", false};
    if (lower_case(words[i]) == "m" && i + 1 < words.size() && is_datum(words[i + 1]))
      return {"m", "has the word", false};
  }
  return {};
}

bool names_a_depth(const std::string& column) {
  std::string word;
  std::vector<std::string> words;
  for (const char ch : column + " ") {
    if (std::isalpha(static_cast<unsigned char>(ch)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  return std::any_of(words.begin(), words.end(), [](const std::string& one) {
    for (const char* known : {"depth", "dtw", "dtgw", "flurabstand", "abstich", "profondeur", "profundidad",
                              "diepte", "below", "bgs", "bgl", "mbgl", "btoc", "mbtoc", "gwfa"}) {
      if (one == known) return true;
    }
    return one.find("flurabstand") != std::string::npos;
  });
}

std::optional<IrregularRate> irregular_rate(const std::string& name, const std::string& unit,
                                            const std::vector<core::Seconds>& times, core::Seconds native,
                                            const StepGrid& grid) {
  if (times.size() < 3 || native <= core::kSecondsPerDay) return std::nullopt;
  std::size_t shorter = 0;
  core::Seconds least = native;
  core::Seconds most = native;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const core::Seconds gap = times[i] - times[i - 1];
    shorter += 2 * gap <= native ? 1U : 0U;
    least = std::min(least, gap);
    most = std::max(most, gap);
  }
  const std::int64_t first = grid.index(times.front());
  if (shorter == 0 || grid.start(first + 1) - grid.start(first) <= least) return std::nullopt;
  const auto days = [](core::Seconds s) {
    return static_cast<double>(s) / static_cast<double>(core::kSecondsPerDay);
  };
  const std::string what = fmt::format(
      "the values of '{}' stand {:g} to {:g} days apart ({:g} in the middle): how long a value in {} holds "
      "is not known, "
      "and it is summed over longer steps",
      name, days(least), days(most), days(native), unit);
  if (20 * shorter < times.size())
    return IrregularRate{what + fmt::format("; each is taken for {:g} days", days(native)), {}};
  return IrregularRate{
      "", {.what = what, .mend = "Where a value is the amount of its day, declare it as one: unit: mm"}};
}

bool units_contradict(const std::string& told, const std::string& declared, core::Seconds native) {
  const auto a = core::find_unit(told);
  const auto b = core::find_unit(declared);
  if (!a || !b || a->dimension == "-" || b->dimension == "-") return false;
  if (a->dimension == b->dimension) return a->factor != b->factor || a->offset != b->offset;
  // An amount of the file's own step against a rate: mm a day is mm/d.
  const bool amount_first = a->dimension == "m" && b->dimension == "mm/d";
  if (!amount_first && !(a->dimension == "mm/d" && b->dimension == "m")) return true;
  if (native <= 0) return true;
  const double days = static_cast<double>(native) / static_cast<double>(core::kSecondsPerDay);
  const double amount_mm_per_day = (amount_first ? a : b)->factor * 1000 / days;
  const double rate = (amount_first ? b : a)->factor;
  return std::abs(amount_mm_per_day - rate) > 1e-9 * rate;
}

void set_missing(const std::vector<std::string>& missing, io::CsvDialect& dialect) {
  for (const std::string& text : missing) {
    double value = 0;
    const char* first = text.data() + (text.size() > 1 && text[0] == '+' ? 1 : 0);
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) dialect.missing_codes.push_back(value);
    dialect.missing_texts.push_back(text);
  }
}

io::CsvDialect dialect_of(const FileParams& source) {
  io::CsvDialect dialect;
  dialect.separator = source.separator;
  dialect.decimal = source.decimal;
  dialect.date_order = source.date_order;
  dialect.encoding = source.encoding;
  dialect.thousands = source.thousands;
  dialect.qualifiers = source.qualifiers;
  dialect.time_zone = source.time_zone;
  dialect.first_two_digit_year = source.two_digit_years;
  dialect.header_line = source.header_line;
  dialect.skip_lines = source.skip_lines;
  set_missing(source.missing, dialect);
  return dialect;
}

}  // namespace phreatic::data::loading
