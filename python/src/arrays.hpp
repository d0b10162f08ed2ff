// SPDX-License-Identifier: BSD-3-Clause
// Arrays of numpy in and out: no copy of what is contiguous, results own their memory.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/core/settings/tree.hpp"

namespace phreatic::python {

namespace nb = nanobind;

template <class T>
using Matrix = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T>
std::span<const T> row(const Matrix<T>& values, std::size_t i) {
  return {values.data() + i * values.shape(1), values.shape(1)};
}
template <class T>
std::span<const T> all(const Vector<T>& values) {
  return {values.data(), values.size()};
}

// A numpy array that takes the memory over.
template <class T>
nb::object array(std::vector<T> values, std::initializer_list<std::size_t> shape) {
  auto* held = new std::vector<T>(std::move(values));
  nb::capsule owner(held, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::cast(nb::ndarray<nb::numpy, T>(held->data(), shape.size(), shape.begin(), owner));
}

// A method's settings from JSON text, through the description that study files are read by. Throws InputError, without
// the file and line of a text that users never saw.
template <class P>
P settings(const std::string& text, const std::string& place, P params = {}) {
  const core::Tree tree = core::parse_yaml(text, place);
  core::Problems problems;
  core::TreeReader reader(tree, problems);
  describe(reader, params);
  reader.finish();
  core::Problems told;
  for (core::Problem problem : problems.items()) {
    problem.where = problem.where.empty() ? place : place + ", " + problem.where;
    problem.file.clear();
    problem.line = problem.column = 0;
    told.add(std::move(problem));
  }
  told.throw_if_any();
  return params;
}

}  // namespace phreatic::python
