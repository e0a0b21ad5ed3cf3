# What most files include and nobody here changes, compiled once: a quarter of what a build with clang takes. Only where it is asked for:
# elsewhere each file must include what it uses. g++ 12 breaks on some files with a precompiled header.
find_package(Boost 1.81 REQUIRED COMPONENTS container context json)
foreach(library container context json)  # A precompiled header takes the same definitions for all.
  target_compile_definitions(dbops_flags INTERFACE $<TARGET_PROPERTY:Boost::${library},INTERFACE_COMPILE_DEFINITIONS>)
endforeach()
target_compile_options(dbops_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")  # ccache wants it so.
set(common_headers <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <functional> <map> <memory> <mutex>
  <optional> <semaphore> <set> <span> <sstream> <stop_token> <string> <unordered_map> <variant> <vector> <tl/expected.hpp>
  <boost/json/array.hpp> <boost/json/object.hpp> <boost/json/value.hpp>)
file(WRITE ${PROJECT_BINARY_DIR}/empty.cc "")
add_library(common_headers OBJECT ${PROJECT_BINARY_DIR}/empty.cc)
target_link_libraries(common_headers PRIVATE dbops_flags)
target_precompile_headers(common_headers PRIVATE ${common_headers})
if(DBOPS_TESTS)
  add_library(test_headers OBJECT ${PROJECT_BINARY_DIR}/empty.cc)
  find_package(GTest REQUIRED)
  target_link_libraries(test_headers PRIVATE dbops_flags GTest::gmock GTest::gtest)
  target_compile_options(test_headers PRIVATE -O0 -fPIE)
  set_target_properties(test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_precompile_headers(test_headers PRIVATE ${common_headers} <gmock/gmock-more-matchers.h> <gtest/gtest.h>)
endif()
