// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/unicode.hpp"

#include <algorithm>
#include <utility>

#include "phreatic/core/unicode_table.hpp"

namespace phreatic::core {
namespace {

// The character at i and its length; a byte that begins none stands for itself, negated.
std::pair<char32_t, std::size_t> character_at(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<char32_t>(static_cast<unsigned char>(text[k])); };
  const char32_t first = byte(i);
  const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 1) return {first, 1};
  if (length == 0 || first > 0xF4 || i + length > text.size()) return {0, 0};
  char32_t code = first & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0U) != 0x80) return {0, 0};
    code = code << 6U | (byte(i + k) & 0x3FU);
  }
  return {code, length};
}

// Hangul: leading consonant and vowel make a syllable, syllable and trailing consonant another.
char32_t hangul(char32_t a, char32_t b) {
  constexpr char32_t kSyllables = 0xAC00;
  if (a >= 0x1100 && a < 0x1113 && b >= 0x1161 && b < 0x1176)
    return kSyllables + ((a - 0x1100) * 21 + (b - 0x1161)) * 28;
  if (a >= kSyllables && a < 0xD7A4 && (a - kSyllables) % 28 == 0 && b > 0x11A7 && b < 0x11C3)
    return a + (b - 0x11A7);
  return 0;
}

// The one character that two make; 0 when they make none.
char32_t whole_of(char32_t letter, char32_t mark) {
  if (const char32_t syllable = hangul(letter, mark); syllable != 0) return syllable;
  const auto all = compositions();
  const auto found = std::lower_bound(all.begin(), all.end(), std::pair{letter, mark},
                                      [](const Composition& c, const auto& key) {
                                        return std::pair{c.letter, c.mark} < key;
                                      });
  return found != all.end() && found->letter == letter && found->mark == mark ? found->whole : 0;
}

// Bytes that begin a mark, in UTF-8: texts without any are most texts.
bool may_hold_marks(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char ch) {
    const auto byte = static_cast<unsigned char>(ch);
    return byte == 0xCC || byte == 0xCD || byte == 0xD9 || (byte >= 0xE0 && byte <= 0xE3) || byte >= 0xF0;
  });
}

}  // namespace

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

std::string composed(std::string_view text) {
  if (!may_hold_marks(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  char32_t last = 0;        // the character that the next may join
  std::size_t last_at = 0;  // where it begins in `out`
  for (std::size_t i = 0; i < text.size();) {
    const auto [code, length] = character_at(text, i);
    if (length == 0) {
      out += text[i++];
      last = 0;
      continue;
    }
    i += length;
    const char32_t whole = last == 0 || code < 0x80 ? 0 : whole_of(last, code);
    if (whole != 0) {
      out.resize(last_at);
    } else {
      last_at = out.size();
    }
    last = whole != 0 ? whole : code;
    append_utf8(out, last);
  }
  return out;
}

}  // namespace phreatic::core
