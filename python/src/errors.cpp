// SPDX-License-Identifier: BSD-3-Clause
// The three kinds of failure of the house as exceptions of Python (python/phreatic/_errors.py).
#include "phreatic/core/errors.hpp"

#include "module.hpp"

namespace phreatic::python {
namespace {

namespace nb = nanobind;

nb::list problems_of(const core::InputError& error) {
  nb::list list;
  for (const core::Problem& p : error.problems()) {
    nb::dict item;
    item["file"] = nb::str(p.file.c_str(), p.file.size());
    item["line"] = p.line;
    item["column"] = p.column;
    item["where"] = nb::str(p.where.c_str(), p.where.size());
    item["what"] = nb::str(p.what.c_str(), p.what.size());
    item["allowed"] = nb::str(p.allowed.c_str(), p.allowed.size());
    item["mend"] = nb::str(p.mend.c_str(), p.mend.size());
    list.append(item);
  }
  return list;
}

void raise(const char* maker, const nb::object& argument) {
  try {
    const nb::object error = nb::module_::import_("phreatic._errors").attr(maker)(argument);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  } catch (nb::python_error& failed) {
    failed.restore();
  }
}

}  // namespace

void bind_errors(nb::module_&) {
  nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const core::InputError& error) {
      raise("input_error", problems_of(error));
    } catch (const core::Interrupted& error) {
      raise("interrupted", nb::str(error.what()));
    } catch (const core::RunError& error) {
      raise("run_error", nb::str(error.what()));
    }
  });
}

}  // namespace phreatic::python
