// SPDX-License-Identifier: BSD-3-Clause
// For unicode.cpp alone.
#pragma once

#include <span>

namespace phreatic::core {

struct Composition {
  char32_t letter;
  char32_t mark;
  char32_t whole;
};

// By letter, then mark.
std::span<const Composition> compositions();

}  // namespace phreatic::core
