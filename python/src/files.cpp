// SPDX-License-Identifier: BSD-3-Clause
// Study files as they are read by the library: every value a text, so that nothing is reinterpreted.
#include <nanobind/stl/string.h>

#include "module.hpp"
#include "phreatic/core/settings/tree.hpp"

namespace phreatic::python {
namespace {

namespace nb = nanobind;

nb::object object_of(const core::Node& node) {
  switch (node.kind) {
    case core::Node::Kind::null:
      return nb::none();
    case core::Node::Kind::scalar:
      return nb::str(node.scalar.c_str(), node.scalar.size());
    case core::Node::Kind::list: {
      nb::list out;
      for (const core::Node& item : node.items) out.append(object_of(item));
      return out;
    }
    case core::Node::Kind::map:
      break;
  }
  nb::dict out;
  for (const auto& [key, value] : node.entries) out[nb::str(key.c_str(), key.size())] = object_of(value);
  return out;
}

}  // namespace

void bind_files(nb::module_& m) {
  m.def("read_yaml", [](const std::string& path) { return object_of(core::read_yaml(path).root); });
}

}  // namespace phreatic::python
