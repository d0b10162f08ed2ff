# SPDX-License-Identifier: BSD-3-Clause
# How every target of the house is made: one folder = one library = one namespace.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(PHREATIC_CCACHE ccache)
if(PHREATIC_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PHREATIC_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${PHREATIC_CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(PkgConfig REQUIRED)

# Warnings are errors in our code; third-party headers are SYSTEM.
add_library(phreatic_options INTERFACE)
target_compile_options(phreatic_options INTERFACE -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # false alarm of g++ 12 in std::string operator+ (its bug 105651)
  $<$<CONFIG:Release>:-O3> -ffp-contract=off)
target_include_directories(phreatic_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(phreatic_options INTERFACE PHREATIC_VERSION="${PROJECT_VERSION}")
# Subscripts past the end of a vector but inside its allocation escape the address sanitizer.
if(PHREATIC_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(phreatic_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(PHREATIC_SANITIZE)
  # Checked code is so large that GCC's tracking of variables takes minutes a file; lines are enough in a report.
  target_compile_options(phreatic_options INTERFACE -fsanitize=${PHREATIC_SANITIZE} -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-fno-var-tracking>)
  target_link_options(phreatic_options INTERFACE -fsanitize=${PHREATIC_SANITIZE})
endif()
if(PHREATIC_FUZZ)
  target_compile_options(phreatic_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# phreatic_library(<name> SOURCES a.cpp ... [LINK phreatic::core ...] [PRIVATE_LINK ...])
function(phreatic_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(phreatic_${name} STATIC ${ARG_SOURCES})
  add_library(phreatic::${name} ALIAS phreatic_${name})
  target_link_libraries(phreatic_${name} PUBLIC ${ARG_LINK} PRIVATE $<BUILD_INTERFACE:phreatic_options> ${ARG_PRIVATE_LINK})
  target_include_directories(phreatic_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)
endfunction()

# phreatic_test(<name> SOURCES a.cpp ... LINK phreatic::core ... [LABELS slow ...])
# One executable per layer; each GoogleTest case becomes one ctest test. A case whose name starts with Slow is labelled slow.
function(phreatic_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${ARG_LINK} phreatic_options GTest::gtest GTest::gtest_main)
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  # Suites whose names begin with Slow run under ./check --full alone.
  gtest_discover_tests(test_${name} TEST_PREFIX "${name}." TEST_FILTER "-Slow*" PROPERTIES LABELS "${ARG_LABELS}" DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  gtest_discover_tests(test_${name} TEST_PREFIX "${name}." TEST_FILTER "Slow*" TEST_LIST slow_${name}
    PROPERTIES LABELS "slow;${ARG_LABELS}" DISCOVERY_TIMEOUT 60 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()
