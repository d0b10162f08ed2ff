// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/layout.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kAlignment = 16;  // floats: one cache line, one AVX-512 register

}  // namespace

void ParameterLayout::add(const std::string& name, std::vector<std::size_t> shape, double bound,
                          double centre) {
  Parameter p{name, std::move(shape), size, 1, bound, centre};
  for (const std::size_t n : p.shape) p.count *= n;
  size += (p.count + kAlignment - 1) / kAlignment * kAlignment;
  parameters.push_back(std::move(p));
}

const Parameter& ParameterLayout::at(const std::string& name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == name; });
  PHREATIC_ASSERT(found != parameters.end());
  return *found;
}

double bound_of(std::size_t fan_in) { return 1.0 / std::sqrt(static_cast<double>(fan_in)); }

std::vector<float> uniform_start(const ParameterLayout& layout, std::uint64_t seed) {
  std::vector<float> flat(layout.size, 0.0F);
  for (std::size_t i = 0; i < layout.parameters.size(); ++i) {
    const Parameter& p = layout.parameters[i];
    core::RandomStream random(seed, "init", i);
    for (std::size_t k = 0; k < p.count; ++k)
      flat[p.offset + k] = static_cast<float>(p.centre + random.uniform(-p.bound, p.bound));
  }
  return flat;
}

void pack_parameters(const ParameterLayout& layout, const std::vector<float>& flat, const std::string& prefix,
                     std::vector<StoredTensor>& out) {
  PHREATIC_ASSERT(flat.size() == layout.size);
  for (const Parameter& p : layout.parameters)
    out.push_back(store_floats(prefix + p.name, p.shape, flat.data() + p.offset));
}

std::vector<float> unpack_parameters(const ParameterLayout& layout, const SafeTensors& content,
                                     const std::string& prefix, const std::string& file) {
  core::Problems problems;
  std::vector<float> flat(layout.size, 0.0F);
  for (const Parameter& p : layout.parameters) {
    const std::string name = prefix + p.name;
    const StoredTensor* stored = content.find(name);
    if (stored == nullptr || stored->shape != p.shape) {
      const std::string what =
          stored == nullptr ? "is missing" : "has another shape than the settings ask for";
      problems.add({.file = file, .where = "array '" + name + "'", .what = what});
      continue;
    }
    const std::vector<float> values = stored_floats(*stored, file);
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
      problems.add(
          {.file = file, .where = "array '" + name + "'", .what = "holds values that are not finite"});
    std::copy(values.begin(), values.end(), flat.begin() + static_cast<std::ptrdiff_t>(p.offset));
  }
  problems.throw_if_any();
  return flat;
}

}  // namespace phreatic::learn
