# SPDX-License-Identifier: BSD-3-Clause
# cmake --install: programs, the fenced GDAL object, static libraries with the public headers (cmake/public_headers.txt), a
# CMake package and a pkg-config file. Learning installs its program only: its library needs the torch wheel.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_libraries core data stats flow flow_mf6 flow_ensemble learn_settings model trees explain basin report)
set(_targets)
foreach(_name ${_libraries})
  if(TARGET phreatic_${_name})
    list(APPEND _targets phreatic_${_name})
    set_target_properties(phreatic_${_name} PROPERTIES EXPORT_NAME ${_name})
  endif()
endforeach()
install(TARGETS ${_targets} EXPORT phreaticTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT phreaticTargets NAMESPACE phreatic:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/phreatic)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
execute_process(COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/public_headers
  OUTPUT_VARIABLE _headers OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" _headers "${_headers}")
foreach(_header ${_headers})
  get_filename_component(_folder ${_header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/${_header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${_folder})
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/phreaticConfig.cmake.in ${CMAKE_BINARY_DIR}/phreaticConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/phreatic)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/phreaticConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/phreaticConfig.cmake ${CMAKE_BINARY_DIR}/phreaticConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/phreatic)

# Static libraries in the order that a linker wants: users before what they use.
set(PHREATIC_PC_LIBS)
foreach(_name report basin explain trees model learn_settings flow_ensemble flow_mf6 flow stats data core)
  if(TARGET phreatic_${_name})
    string(APPEND PHREATIC_PC_LIBS " -lphreatic_${_name}")
  endif()
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/cmake/phreatic.pc.in ${CMAKE_BINARY_DIR}/phreatic.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/phreatic.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS phreatic RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS phreatic_gdal LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET phreatic_mpi)
  install(TARGETS phreatic_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
if(PHREATIC_LEARN)
  # Finds torch where it was when it was built, or in lib/phreatic-torch beside it (copied with -DPHREATIC_INSTALL_TORCH=ON).
  option(PHREATIC_INSTALL_TORCH "Copy the libraries of the torch wheel into the installation (several hundred MB)" OFF)
  set_target_properties(phreatic-learn PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}/phreatic-torch;${PHREATIC_TORCH_LIB}")
  install(TARGETS phreatic-learn RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  if(PHREATIC_INSTALL_TORCH)
    install(DIRECTORY ${PHREATIC_TORCH_LIB}/ DESTINATION ${CMAKE_INSTALL_LIBDIR}/phreatic-torch
      FILES_MATCHING PATTERN "*.so" PATTERN "*.so.*" PATTERN "libtorch_python*" EXCLUDE)
  endif()
endif()
