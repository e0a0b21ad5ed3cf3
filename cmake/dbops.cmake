# What every target of the project shares: the language, the warnings, and the two helpers that make a library and a test.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  if(DBOPS_PRECOMPILE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  endif()
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(dbops_flags INTERFACE)
target_include_directories(dbops_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
# -Wrestrict: g++ 12 sees overlaps in std::string::replace() that can't be (GCC bug 105651).
target_compile_options(dbops_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Werror $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> -fstack-protector-strong)
target_compile_definitions(dbops_flags INTERFACE DBOPS_VERSION="${PROJECT_VERSION}" BOOST_JSON_NO_LIB)
target_link_libraries(dbops_flags INTERFACE Threads::Threads)

if(DBOPS_PRECOMPILE)
  include(precompile)
endif()

# What users run is optimized as one whole, which halves it and takes a minute. Tests link the same objects as they are.
if(DBOPS_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  set(DBOPS_LTO_COMPILE -flto -ffat-lto-objects)
  # mold takes such objects as they are. -Wstringop-overflow: g++ 12 sees copies of 2^63 bytes in std::string.
  set(DBOPS_LTO_LINK -flto -flto=auto -fuse-ld=bfd -Wno-stringop-overflow)
  add_link_options(-fno-lto)
endif()

# dbops_library(<name> SOURCES <files> [PUBLIC <libraries>] [PRIVATE <libraries>])
# A static library dbops_<name>; PUBLIC are the layers its headers include, PRIVATE what only its .cc files see.
function(dbops_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(dbops_${name} STATIC ${arg_SOURCES})
  target_compile_options(dbops_${name} PRIVATE $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2> ${DBOPS_LTO_COMPILE})
  target_link_libraries(dbops_${name} PUBLIC dbops_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  if(DBOPS_PRECOMPILE)
    target_precompile_headers(dbops_${name} REUSE_FROM common_headers)
  endif()
endfunction()

# dbops_test(<name> LABELS <labels> SOURCES <files> [LIBRARIES <libraries>])
# A GoogleTest program <name> in build/<preset>/tests, known to ctest under its labels (unit, postgres, sqlite, e2e ...); the
# target <label>_tests builds all of a label.
function(dbops_test name)
  if(NOT DBOPS_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_compile_options(${name} PRIVATE -O0)  # Compiling a test takes longer than running it.
  target_link_libraries(${name} PRIVATE dbops_flags ${arg_LIBRARIES} GTest::gmock GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  if(DBOPS_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM test_headers)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  foreach(label ${arg_LABELS})
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests ${name})
  endforeach()
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600)
endfunction()
enable_testing()
