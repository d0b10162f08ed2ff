// SPDX-License-Identifier: BSD-3-Clause
// Lines, words and numbers of MODFLOW 6 text input (mf6io guide, "Block and keyword input").
//   - blank lines and lines that start with # ! or // are skipped
//   - words are separated by blanks, tabs or commas; 'single' or "double" quotes hold blanks
//   - numbers as Fortran writes them: 1, -1.5, 1.D-5, 2e+3; not nan or infinity
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace phreatic::flow::mf6 {

// A file held in memory. `path` is as messages show it.
struct TextFile {
  std::string path;
  std::string bytes;
};
using TextFilePtr = std::shared_ptr<const TextFile>;

// Consecutive lines of a file; `line` is the number of the first (1-based).
struct Lines {
  TextFilePtr file;
  std::string_view text;
  std::size_t line = 1;
};

// Goes through lines, skipping blank ones and comments.
class LineReader {
 public:
  explicit LineReader(const Lines& lines) : file_(lines.file), rest_(lines.text), next_number_(lines.line) {}
  bool next();                                     // false at the end
  std::string_view line() const { return line_; }  // without the line break
  std::size_t number() const { return number_; }   // of line()
  std::string_view rest() const { return rest_; }  // what follows line()
  std::size_t rest_number() const { return next_number_; }
  const std::string& path() const { return file_->path; }
  // Goes on at `position` of rest(), which must be the start of a line or the end of the text.
  void skip_to(std::size_t position);

 private:
  TextFilePtr file_;
  std::string_view rest_;
  std::string_view line_;
  std::size_t number_ = 0;
  std::size_t next_number_;
};

// Words of one line. A word that starts with # ends the line.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  std::string_view next();  // "" at the end
  std::string upper() { return to_upper(next()); }
  std::string_view rest() const { return rest_; }

  static std::string to_upper(std::string_view word);

 private:
  std::string_view rest_;
};

enum class NumberStatus { ok, not_a_number, not_finite };

// The whole word as a number. nan, inf and overflow give not_finite.
NumberStatus parse_double(std::string_view word, double& value);
// The whole word as a whole number that fits.
NumberStatus parse_int(std::string_view word, std::int32_t& value);

// True when line's first word is `upper_word`, whatever its case.
bool first_word_is(std::string_view line, std::string_view upper_word);

}  // namespace phreatic::flow::mf6
