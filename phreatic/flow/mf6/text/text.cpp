// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/text/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace phreatic::flow::mf6 {
namespace {

bool is_separator(char c) { return c == ' ' || c == '\t' || c == ',' || c == '\r'; }

bool skipped(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r')) ++i;
  if (i == line.size()) return true;
  if (line[i] == '#' || line[i] == '!') return true;
  return line[i] == '/' && i + 1 < line.size() && line[i + 1] == '/';
}

char upper_char(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Fortran forms that from_chars does not know: a leading +, exponents with d.
NumberStatus parse_fortran(std::string_view word, double& value) {
  std::array<char, 64> buffer;
  if (word.size() > buffer.size()) return NumberStatus::not_a_number;
  std::size_t n = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (c == '+' && i == 0 && word.size() > 1 && word[1] != '-' && word[1] != '+') continue;
    buffer[n++] = (c == 'd' || c == 'D') ? 'e' : c;
  }
  const char* end = buffer.data() + n;
  const auto [stop, error] = std::from_chars(buffer.data(), end, value);
  if (stop != end || n == 0) return NumberStatus::not_a_number;
  if (error == std::errc::result_out_of_range) {  // too large, or too small and so zero
    const std::string copy(buffer.data(), n);
    value = std::strtod(copy.c_str(), nullptr);
  } else if (error != std::errc{}) {
    return NumberStatus::not_a_number;
  }
  return std::isfinite(value) ? NumberStatus::ok : NumberStatus::not_finite;
}

}  // namespace

bool LineReader::next() {
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    number_ = next_number_++;
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
    if (!skipped(line_)) return true;
  }
  line_ = {};
  return false;
}

void LineReader::skip_to(std::size_t position) {
  next_number_ += static_cast<std::size_t>(
      std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
  rest_.remove_prefix(position);
}

std::string_view Words::next() {
  std::size_t i = 0;
  while (i < rest_.size() && is_separator(rest_[i])) ++i;
  rest_.remove_prefix(i);
  if (rest_.empty() || rest_.front() == '#') {
    rest_ = {};
    return {};
  }
  if (rest_.front() == '\'' || rest_.front() == '"') {
    const std::size_t end = std::min(rest_.find(rest_.front(), 1), rest_.size());
    const std::string_view word = rest_.substr(1, end - 1);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return word;
  }
  i = 0;
  while (i < rest_.size() && !is_separator(rest_[i])) ++i;
  const std::string_view word = rest_.substr(0, i);
  rest_.remove_prefix(i);
  return word;
}

std::string Words::to_upper(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), upper_char);
  return out;
}

NumberStatus parse_double(std::string_view word, double& value) {
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (error == std::errc{} && stop == end && !word.empty()) {
    return std::isfinite(value) ? NumberStatus::ok : NumberStatus::not_finite;
  }
  return parse_fortran(word, value);
}

NumberStatus parse_int(std::string_view word, std::int32_t& value) {
  if (!word.empty() && word.front() == '+') word.remove_prefix(1);
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (stop != end || word.empty()) return NumberStatus::not_a_number;
  if (error == std::errc::result_out_of_range) return NumberStatus::not_finite;
  return error == std::errc{} ? NumberStatus::ok : NumberStatus::not_a_number;
}

bool first_word_is(std::string_view line, std::string_view upper_word) {
  std::size_t i = 0;
  while (i < line.size() && is_separator(line[i])) ++i;
  if (line.size() - i < upper_word.size()) return false;
  for (std::size_t k = 0; k < upper_word.size(); ++k) {
    if (upper_char(line[i + k]) != upper_word[k]) return false;
  }
  i += upper_word.size();
  return i == line.size() || is_separator(line[i]);
}

}  // namespace phreatic::flow::mf6
