// SPDX-License-Identifier: BSD-3-Clause
// Shared objects of the house that are opened at first use, so that the programs do not link what few runs need.
#pragma once

#include <string>

namespace phreatic::core {

// Opens `file` (RTLD_NOW | RTLD_LOCAL) as the environment's `variable` names it, beside the program or module that holds this
// code, in a folder lib there or beside that, or where it was installed. Throws RunError, which begins with `need` and names
// the target `target` to be built where the file is not there.
void* open_shared_object(const std::string& file, const char* variable, const std::string& need,
                         const std::string& target);

// Address of a function in an opened object. Throws RunError where it has none.
void* function_of(void* object, const std::string& file, const char* name);

template <class F>
void bind_function(void* object, const std::string& file, const char* name, F& function) {
  function = reinterpret_cast<F>(function_of(object, file, name));
}

}  // namespace phreatic::core
