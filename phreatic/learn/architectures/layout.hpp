// SPDX-License-Identifier: BSD-3-Clause
// Where the parameters of a network lie in one flat array of floats, how they start, and how they are stored.
// Free of libtorch, so that explaining and storing need none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/learn/files/safetensors.hpp"

namespace phreatic::learn {

struct Parameter {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;  // floats from the start of the flat array; multiples of 16
  std::size_t count = 0;
  double bound = 0;  // starts uniform in [-bound, bound] around `centre`
  double centre = 0;
};

struct ParameterLayout {
  std::vector<Parameter> parameters;
  std::size_t size = 0;  // floats of the flat array; what lies between parameters stays 0
  // Adds a parameter behind the others.
  void add(const std::string& name, std::vector<std::size_t> shape, double bound, double centre = 0);
  const Parameter& at(const std::string& name) const;
};

// 1 / sqrt(fan-in): the usual bound of a linear map.
double bound_of(std::size_t fan_in);

// Starting values, uniform within the bounds, from the stream (seed, "init", parameter).
std::vector<float> uniform_start(const ParameterLayout& layout, std::uint64_t seed);

// Between the flat array and named arrays of a file. unpack throws InputError when a name is missing, a shape
// differs, or a value is not finite.
void pack_parameters(const ParameterLayout& layout, const std::vector<float>& flat, const std::string& prefix,
                     std::vector<StoredTensor>& out);
std::vector<float> unpack_parameters(const ParameterLayout& layout, const SafeTensors& content,
                                     const std::string& prefix, const std::string& file);

}  // namespace phreatic::learn
