// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/io/encoding.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>

#include "phreatic/core/unicode.hpp"
#include "phreatic/data/io/encoding_tables.hpp"

namespace phreatic::data::io {
namespace {

// What Windows-1252 has at 0x80 to 0x9F, where Latin-1 has control characters; 0 = nothing.
constexpr std::array<std::uint16_t, 32> kWindows = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

// The character of a byte from 0x80 on; 0 = none.
std::uint32_t character_of(unsigned char byte, Encoding encoding) {
  if (encoding == Encoding::mac_roman) return mac_roman_table()[byte - 0x80U];
  if (encoding == Encoding::ibm_850) return ibm_850_table()[byte - 0x80U];
  return byte < 0xA0 ? kWindows[byte - 0x80U] : byte;
}

bool from_one_byte(std::string& text, Encoding encoding) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char ch : text) {
    const auto byte = static_cast<unsigned char>(ch);
    const std::uint32_t code = byte < 0x80 ? byte : character_of(byte, encoding);
    if (code == 0 && byte >= 0x80) return false;
    core::append_utf8(out, code);
  }
  text = std::move(out);
  return true;
}

bool is_lower(std::uint32_t code) {
  return (code >= 0xDF && code <= 0xFF && code != 0xF7) || code == 0x153 || code == 0x161 || code == 0x17E ||
         code == 0x131;
}
bool is_upper(std::uint32_t code) {
  return (code >= 0xC0 && code <= 0xDE && code != 0xD7) || code == 0x152 || code == 0x160 || code == 0x178 ||
         code == 0x17D;
}

// How well a byte beyond ASCII fits between its neighbours: letters within words, capitals at their beginning, signs
// outside of them.
int fit(char before, std::uint32_t code, char behind) {
  const bool word_before = std::isalpha(static_cast<unsigned char>(before)) != 0;
  const bool word_behind = std::isalpha(static_cast<unsigned char>(behind)) != 0;
  if (code == 0 || (code >= 0x80 && code < 0xA0)) return -5;
  if (is_lower(code)) return word_before ? (code < 0x100 ? 3 : 2) : word_behind ? 1 : 0;
  if (is_upper(code)) {
    if (word_before && std::islower(static_cast<unsigned char>(before)) != 0) return -2;
    return word_before || word_behind ? 2 : 0;
  }
  if (word_before && word_behind) return -3;
  if (code == 0xB2 || code == 0xB3) return word_before ? 1 : 0;  // m2, m3
  return code == 0xB0 || (code == 0xB5 && word_behind) ? 1 : 0;
}

Encoding detect_one_byte(std::string_view text) {
  constexpr std::size_t kEnough = 20000;  // bytes beyond ASCII
  constexpr std::array<Encoding, 3> kAll = {Encoding::windows_1252, Encoding::mac_roman, Encoding::ibm_850};
  std::array<int, 3> score{};
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size() && seen < kEnough; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) continue;
    ++seen;
    for (std::size_t k = 0; k < kAll.size(); ++k)
      score[k] += fit(i > 0 ? text[i - 1] : ' ', character_of(byte, kAll[k]),
                      i + 1 < text.size() ? text[i + 1] : ' ');
  }
  return kAll[static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin())];
}

bool from_utf16(std::string& text, bool little) {
  std::string out;
  out.reserve(text.size());
  const auto unit = [&](std::size_t i) {
    const auto a = static_cast<unsigned char>(text[i]);
    const auto b = static_cast<unsigned char>(text[i + 1]);
    return static_cast<std::uint32_t>(little ? a | b << 8 : a << 8 | b);
  };
  std::size_t i = text.size() >= 2 && unit(0) == 0xFEFF ? 2 : 0;
  for (; i + 1 < text.size(); i += 2) {
    std::uint32_t code = unit(i);
    if (code >= 0xD800 && code < 0xE000) {
      if (code >= 0xDC00 || i + 3 >= text.size()) return false;
      const std::uint32_t low = unit(i + 2);
      if (low < 0xDC00 || low >= 0xE000) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      i += 2;
    }
    core::append_utf8(out, code);
  }
  text = std::move(out);
  return true;
}

// Bytes of the character that begins here; 0 when it is not UTF-8 (RFC 3629: no overlong forms, no halves).
std::size_t length_of_character(std::string_view text, std::size_t i) {
  const auto at = [&](std::size_t k) {
    return k < text.size() ? static_cast<unsigned char>(text[k]) : static_cast<unsigned char>(0);
  };
  const auto more = [&](std::size_t k) { return (at(k) & 0xC0) == 0x80; };
  const unsigned first = at(i);
  if (first >= 0xC2 && first <= 0xDF) return more(i + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned second = at(i + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    return more(i + 1) && more(i + 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned second = at(i + 1);
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return more(i + 1) && more(i + 2) && more(i + 3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<Encoding> parse_encoding(std::string_view name) {
  if (name == "utf-8") return Encoding::utf8;
  if (name == "latin-1" || name == "iso-8859-1" || name == "windows-1252") return Encoding::windows_1252;
  if (name == "mac-roman" || name == "macroman" || name == "macintosh") return Encoding::mac_roman;
  if (name == "cp850" || name == "ibm850") return Encoding::ibm_850;
  if (name == "utf-16") return Encoding::utf16_little;
  return std::nullopt;
}

std::string to_text(Encoding encoding) {
  if (encoding == Encoding::utf8) return "UTF-8";
  if (encoding == Encoding::mac_roman) return "Mac Roman";
  if (encoding == Encoding::ibm_850) return "code page 850 (DOS)";
  return encoding == Encoding::windows_1252 ? "Latin-1 (Windows-1252)" : "UTF-16";
}

// Nearly all text is plain: looked at in blocks that the compiler takes in a few instructions.
constexpr std::size_t kAsciiBlock = 64;
bool is_ascii_block(std::string_view text, std::size_t at) {
  if (at + kAsciiBlock > text.size()) return false;
  std::array<std::uint64_t, kAsciiBlock / 8> words;
  std::memcpy(words.data(), text.data() + at, kAsciiBlock);
  std::uint64_t all = 0;
  for (const std::uint64_t word : words) all |= word;
  return (all & 0x8080808080808080ULL) == 0;
}

std::size_t first_not_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (is_ascii_block(text, i)) {
      i += kAsciiBlock;
      continue;
    }
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = length_of_character(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

Encoding detect_encoding(std::string_view text) {
  if (text.substr(0, 2) == "\xff\xfe") return Encoding::utf16_little;
  if (text.substr(0, 2) == "\xfe\xff") return Encoding::utf16_big;
  const std::string_view start = text.substr(0, 400);
  std::size_t zeros_even = 0;
  std::size_t zeros_odd = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (start[i] == '\0') ++(i % 2 == 0 ? zeros_even : zeros_odd);
  }
  // Western text in UTF-16 has a zero in nearly every pair, always at the same place.
  if (start.size() >= 8 && zeros_even == 0 && zeros_odd * 5 > start.size() * 2) return Encoding::utf16_little;
  if (start.size() >= 8 && zeros_odd == 0 && zeros_even * 5 > start.size() * 2) return Encoding::utf16_big;
  return first_not_utf8(text) == std::string_view::npos ? Encoding::utf8 : detect_one_byte(text);
}

std::string example_word(std::string_view text) {
  const auto in_word = [&](std::size_t i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    return byte >= 0x80 || std::isalnum(byte) != 0;
  };
  std::size_t at = 0;
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  if (at == text.size()) return "";
  std::size_t begin = at;
  while (begin > 0 && in_word(begin - 1)) --begin;
  while (at < text.size() && in_word(at) && at < begin + 60) ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) ++at;
  return std::string(text.substr(begin, at - begin));
}

bool make_utf8(std::string& text, Encoding encoding) {
  switch (encoding) {
    case Encoding::windows_1252:
    case Encoding::mac_roman:
    case Encoding::ibm_850:
      return from_one_byte(text, encoding);
    case Encoding::utf16_little:
    case Encoding::utf16_big:
      return from_utf16(text, encoding == Encoding::utf16_little && text.substr(0, 2) != "\xfe\xff");
    case Encoding::utf8:
      break;
  }
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.erase(0, 3);
  return first_not_utf8(text) == std::string::npos;
}

}  // namespace phreatic::data::io
