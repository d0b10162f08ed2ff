// SPDX-License-Identifier: BSD-3-Clause
// Numbers of arrays as text: plain ones, n*v, remarks, what follows the numbers of a row.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "phreatic/flow/mf6/text/arrays.hpp"

namespace phreatic::flow::mf6 {
namespace {

template <class T>
NumberStatus parse(std::string_view word, T& value) {
  if constexpr (std::is_same_v<T, double>) {
    return parse_double(word, value);
  } else {
    return parse_int(word, value);
  }
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '\n'; }

// A word that is not a plain number: n*v, or wrong.
template <class T>
NumberStatus parse_repeated(std::string_view word, std::size_t room, T& value, std::size_t& repeats) {
  repeats = 1;
  const NumberStatus plain = parse(word, value);
  const std::size_t star = word.find('*');
  if (plain == NumberStatus::ok || star == std::string_view::npos) return plain;
  std::int32_t n = 0;
  if (parse_int(word.substr(0, star), n) != NumberStatus::ok || n < 1) return NumberStatus::not_a_number;
  repeats = std::min(static_cast<std::size_t>(n), room);
  return parse(word.substr(star + 1), value);
}

// From behind the last number of a row to the next line; what is dropped is kept once.
template <class T>
const char* next_line(const char* p, const char* begin, const char* end, NumbersResult<T>& result) {
  while (p < end && is_blank(*p) && *p != '\n') ++p;
  const char* stop = std::find(p, end, '\n');
  if (p < stop && *p != '#' && *p != '!' && result.dropped.empty()) {
    result.dropped = std::string_view(p, static_cast<std::size_t>(stop - p));
    while (is_blank(result.dropped.back())) result.dropped.remove_suffix(1);
    result.dropped_offset = static_cast<std::size_t>(p - begin);
  }
  return stop;
}

}  // namespace

template <class T>
NumbersResult<T> read_numbers(std::string_view text, std::size_t count, T* out, std::size_t row) {
  NumbersResult<T> result;
  const auto row_ends = [&] { return row > 0 && result.found % row == 0; };
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* p = begin;
  const char* line = begin;
  while (result.found < count) {
    while (p < end && is_blank(*p)) {
      if (*p == '\n') line = p + 1;
      ++p;
    }
    if (p == end) break;
    if (*p == '#' || *p == '!') {
      while (p < end && *p != '\n') ++p;
      continue;
    }
    T value{};
    const auto [stop, error] = std::from_chars(p, end, value);
    bool plain = error == std::errc{} && (stop == end || is_blank(*stop));
    if constexpr (std::is_same_v<T, double>) plain = plain && std::isfinite(value);
    if (plain) {
      out[result.found++] = value;
      p = row_ends() ? next_line(stop, begin, end, result) : stop;
      continue;
    }
    const char* q = p;
    while (q < end && !is_blank(*q)) ++q;
    const std::string_view word(p, static_cast<std::size_t>(q - p));
    std::size_t repeats = 1;
    const std::size_t room = row > 0 ? row - result.found % row : count - result.found;
    const NumberStatus status = parse_repeated(word, room, value, repeats);
    if (status != NumberStatus::ok) {
      result.wrong_word = word;
      result.wrong_offset = static_cast<std::size_t>(p - begin);
      result.not_finite = status == NumberStatus::not_finite;
      result.position = static_cast<std::size_t>(line - begin);
      return result;
    }
    std::fill_n(out + result.found, repeats, value);
    result.found += repeats;
    p = row_ends() ? next_line(q, begin, end, result) : q;
  }
  while (p < end && *p != '\n') ++p;  // what is left of the last line does not count
  if (p < end) ++p;
  result.position = static_cast<std::size_t>(p - begin);
  return result;
}

template NumbersResult<double> read_numbers(std::string_view, std::size_t, double*, std::size_t);
template NumbersResult<std::int32_t> read_numbers(std::string_view, std::size_t, std::int32_t*, std::size_t);

}  // namespace phreatic::flow::mf6
