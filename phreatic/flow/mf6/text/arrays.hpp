// SPDX-License-Identifier: BSD-3-Clause
// Arrays of MODFLOW 6 input: after NAME [LAYERED] one control line, or one per layer when LAYERED,
//   CONSTANT v | INTERNAL [FACTOR f] [IPRN i] + numbers | OPEN/CLOSE file [FACTOR f] [(BINARY)] [IPRN i]
// FACTOR multiplies, 0 counts as 1. Numbers fill rows from the north, columns fastest, over as many lines as
// it takes; n*v repeats v. LAYERED arrays and those of the surface are read row by row, as MODFLOW 6 does: every row
// starts on a line of its own, and what follows its last number on the line is dropped (and noted). A binary file has a header of 52 bytes (as a head file) and then float64, or int32
// for whole numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "phreatic/flow/mf6/text/blocks.hpp"

namespace phreatic::flow::mf6 {

struct ArrayShape {
  int nlay = 1;  // 1 for arrays of one layer
  int nrow = 1;
  int ncol = 1;
  int first_layer = 0;   // of messages, where only some layers are meant
  bool by_rows = false;  // every row starts on a line of its own

  static ArrayShape surface(int nrow, int ncol) { return {1, nrow, ncol, 0, true}; }

  std::size_t layer_size() const { return static_cast<std::size_t>(nrow) * static_cast<std::size_t>(ncol); }
  std::size_t size() const { return layer_size() * static_cast<std::size_t>(nlay); }
  // "layer 1, row 2, column 3" (counted from 1) of element n; layers and rows only where there are several.
  std::string describe(std::size_t n) const;
};

struct ArrayControl {
  enum class Kind { constant, internal, external };
  Kind kind = Kind::constant;
  double constant = 0;
  double factor = 1;
  std::string file;  // external
  bool binary = false;
  Place place;
};

// The next line of `reader` as a control line.
bool read_control(Context& context, LineReader& reader, const std::string& where, const Place& before,
                  ArrayControl& control);

// `count` values as `control` says into out[0 .. count). For an internal array they follow in `reader`, which
// then stands behind them. T is double or int32_t. `shape` names cells in messages; false after a problem.
template <class T>
bool read_values(Context& context, const ArrayControl& control, LineReader& reader, const std::string& where,
                 const ArrayShape& shape, std::size_t count, T* out);

template <class T>
struct ArrayData {
  std::vector<T> values;      // shape.size(), or one value that holds everywhere
  std::vector<Place> places;  // of the control lines: one, or one per layer
  bool read = false;          // without a problem

  bool given() const { return !places.empty(); }
  const T& at(std::size_t n) const { return values[values.size() == 1 ? 0 : n]; }
  const Place& place_of(std::size_t n, const ArrayShape& shape) const {
    return places[places.size() == 1 ? 0 : n / shape.layer_size()];
  }
};

// A whole array after its name; `name_words` is what follows the name ("LAYERED", or nothing).
template <class T>
ArrayData<T> read_array(Context& context, LineReader& reader, Words& name_words, const std::string& where,
                        const ArrayShape& shape);

// Numbers of free-format text into out[0 .. count). Returns the position behind the last line used.
template <class T>
struct NumbersResult {
  std::size_t found = 0;
  std::size_t position = 0;      // start of the line after the last one used, or of the line that stopped it
  std::string_view wrong_word;   // that is no number; "" when the text ended or all were found
  bool not_finite = false;       // wrong_word is nan, infinity or too large
  std::size_t wrong_offset = 0;  // of wrong_word
  std::string_view dropped;      // first text after the last number of a row
  std::size_t dropped_offset = 0;
};
// `row` > 0: every `row` numbers the next line begins.
template <class T>
NumbersResult<T> read_numbers(std::string_view text, std::size_t count, T* out, std::size_t row = 0);

}  // namespace phreatic::flow::mf6
