// SPDX-License-Identifier: BSD-3-Clause
// The three kinds of failure of the house (docs/developer/architecture.md):
//   bad input            -> Problems are collected, then one InputError carries them all    (exit code 2)
//   expected numerical   -> a status in the result of the function, never an exception
//   a bug                -> PHREATIC_ASSERT
// RunError is for what the machine refuses us (disk full, unwritable folder)               (exit code 1)
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace phreatic::core {

// One thing wrong with what the user gave us. Fields that do not apply stay empty.
struct Problem {
  std::string file;        // path as the user wrote it
  std::size_t line = 0;    // 1-based; 0 = not known
  std::size_t column = 0;  // 1-based character column; 0 = not known
  std::string where;       // site, variable, key or cell: "well W03, column 'P'"
  std::string what;        // what is wrong, with the offending value
  std::string allowed;     // what is allowed
  std::string mend;        // how to mend it

  // "file:line:column: where: what (allowed: ...). mend"
  std::string text() const;
};

// Bad input. what() holds every problem, one a line.
class InputError : public std::runtime_error {
 public:
  explicit InputError(Problem problem);
  explicit InputError(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

// The machine refused: disk full, folder not writable, library missing.
class RunError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The user interrupted (Ctrl-C); what was finished is on disk and --resume goes on from there.
class Interrupted : public std::runtime_error {
 public:
  Interrupted()
      : std::runtime_error("interrupted; run again with --resume to go on from the last saved state") {}
};

// Collects problems so that the user sees all of them at once.
class Problems {
 public:
  void add(Problem problem) { items_.push_back(std::move(problem)); }
  void add_all(const std::vector<Problem>& more) { items_.insert(items_.end(), more.begin(), more.end()); }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  const std::vector<Problem>& items() const { return items_; }
  // Throws InputError when there is any problem.
  void throw_if_any() const;

 private:
  std::vector<Problem> items_;
};

// The nearest of `choices` to `word` by edit distance, or "" when none is near: for "did you mean".
std::string nearest(const std::string& word, const std::vector<std::string>& choices);

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace phreatic::core

// A condition that only a bug in Phreatic can break; kept in release builds.
#define PHREATIC_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::phreatic::core::assertion_failed(#condition, __FILE__, __LINE__))
