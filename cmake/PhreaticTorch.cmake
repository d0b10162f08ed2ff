# SPDX-License-Identifier: BSD-3-Clause
# libtorch from the torch wheel, as our own imported target: find_package(Torch) of a CUDA wheel demands a CUDA toolkit.
set(PHREATIC_TORCH_DIR "" CACHE PATH "Folder of the installed torch package (site-packages/torch)")
if(NOT PHREATIC_TORCH_DIR)
  file(GLOB _torch_candidates ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  list(LENGTH _torch_candidates _torch_count)
  if(_torch_count EQUAL 0)
    message(FATAL_ERROR "libtorch is not there: run ./quickstart (it makes .venv with torch==${PHREATIC_TORCH_VERSION}), "
      "name a folder with -DPHREATIC_TORCH_DIR=.../site-packages/torch, or build without learning: -DPHREATIC_LEARN=OFF")
  endif()
  list(GET _torch_candidates 0 _torch_dir)
else()
  set(_torch_dir ${PHREATIC_TORCH_DIR})
endif()
file(STRINGS ${_torch_dir}/version.py _torch_version_line REGEX "^__version__")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" _torch_version "${_torch_version_line}")
if(NOT _torch_version VERSION_EQUAL PHREATIC_TORCH_VERSION)
  message(FATAL_ERROR "torch ${_torch_version} found in ${_torch_dir}; Phreatic is tested with ${PHREATIC_TORCH_VERSION}: "
    "remove .venv and run ./quickstart")
endif()

add_library(phreatic_torch INTERFACE)
# Searched last: the wheel carries headers of other libraries (fmt 12), which must not hide the system's (fmt 9).
target_compile_options(phreatic_torch INTERFACE "SHELL:-idirafter ${_torch_dir}/include"
  "SHELL:-idirafter ${_torch_dir}/include/torch/csrc/api/include")
target_link_libraries(phreatic_torch INTERFACE ${_torch_dir}/lib/libtorch.so ${_torch_dir}/lib/libtorch_cpu.so ${_torch_dir}/lib/libc10.so)
if(EXISTS ${_torch_dir}/lib/libtorch_cuda.so)
  target_link_libraries(phreatic_torch INTERFACE -Wl,--no-as-needed ${_torch_dir}/lib/libtorch_cuda.so ${_torch_dir}/lib/libc10_cuda.so -Wl,--as-needed)
endif()
target_compile_definitions(phreatic_torch INTERFACE _GLIBCXX_USE_CXX11_ABI=1)
target_link_options(phreatic_torch INTERFACE -Wl,-rpath,${_torch_dir}/lib)
set(PHREATIC_TORCH_LIB ${_torch_dir}/lib)
message(STATUS "libtorch ${_torch_version} from ${_torch_dir}")
