# The target pg_query: PostgreSQL's own parser as a library.
#
# Version 18 comes as C sources inside the crate pg_query: cargo fetches it, and it is compiled once into
# the user's cache folder, where later builds find it. Where cargo is missing or fails, Debian's
# libpg-query-dev (15) stands in: it refuses what PostgreSQL 16 to 18 added to the language.

set(DBOPS_PG_QUERY_VERSION 18.1.0)

# Sets `result` to the folder of the crate's C sources, or to "" with a status line that says why.
function(dbops_fetch_pg_query work result)
  set(${result} "" PARENT_SCOPE)
  find_program(CARGO cargo HINTS $ENV{HOME}/.cargo/bin)
  if(NOT CARGO)
    message(STATUS "libpg_query: no cargo to fetch version ${DBOPS_PG_QUERY_VERSION} with")
    return()
  endif()
  file(WRITE ${work}/Cargo.toml "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n"
    "[dependencies]\npg_query = \"=${DBOPS_PG_QUERY_VERSION}\"\n")
  file(WRITE ${work}/src/lib.rs "")
  execute_process(
    COMMAND ${CARGO} metadata --format-version 1 --manifest-path ${work}/Cargo.toml
      --filter-platform ${CMAKE_HOST_SYSTEM_PROCESSOR}-unknown-linux-gnu
    OUTPUT_VARIABLE metadata ERROR_VARIABLE problem RESULT_VARIABLE failed TIMEOUT 300)
  if(failed)
    string(STRIP "${problem}" problem)
    message(STATUS "libpg_query: cargo could not fetch version ${DBOPS_PG_QUERY_VERSION}: ${problem}")
    return()
  endif()
  string(REGEX MATCH "\"manifest_path\":\"([^\"]*/pg_query-${DBOPS_PG_QUERY_VERSION})/Cargo.toml\"" found "${metadata}")
  if(found)
    set(${result} ${CMAKE_MATCH_1}/libpg_query PARENT_SCOPE)
  endif()
endfunction()

# Makes `home` with include/ and lib/, all at once: another configure may be doing the same.
function(dbops_build_pg_query home)
  string(RANDOM LENGTH 8 name)
  set(work ${home}.${name})
  dbops_fetch_pg_query(${work}/fetch sources)
  if(sources)
    message(STATUS "libpg_query: compiling version ${DBOPS_PG_QUERY_VERSION} into ${home} (once, about a minute)")
    execute_process(
      COMMAND ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR}/cmake/libpg_query -B ${work}/build -G Ninja
        -DSOURCES=${sources} -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX=${work}/made
      OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
    if(NOT failed)
      execute_process(COMMAND ${CMAKE_COMMAND} --build ${work}/build --target install
        OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
    endif()
    if(failed)
      message(STATUS "libpg_query: version ${DBOPS_PG_QUERY_VERSION} did not compile:\n${output}")
    elseif(NOT EXISTS ${home})
      file(RENAME ${work}/made ${home} RESULT lost)  # Lost only to another configure's.
    endif()
  endif()
  file(REMOVE_RECURSE ${work})
endfunction()

function(dbops_find_pg_query)
  set(cache $ENV{XDG_CACHE_HOME})
  if(NOT cache)
    set(cache $ENV{HOME}/.cache)
  endif()
  set(home ${cache}/dbops/libpg_query-${DBOPS_PG_QUERY_VERSION})
  if(NOT EXISTS ${home}/lib/libpg_query.a)
    dbops_build_pg_query(${home})
  endif()
  add_library(pg_query STATIC IMPORTED GLOBAL)
  if(EXISTS ${home}/lib/libpg_query.a)
    message(STATUS "libpg_query: ${home}")
    set_target_properties(pg_query PROPERTIES IMPORTED_LOCATION ${home}/lib/libpg_query.a
      INTERFACE_INCLUDE_DIRECTORIES ${home}/include INTERFACE_LINK_LIBRARIES Threads::Threads)
    return()
  endif()
  find_library(DBOPS_PG_QUERY_15 NAMES libpg_query.a)
  find_path(DBOPS_PG_QUERY_15_INCLUDE pg_query.h)
  if(NOT DBOPS_PG_QUERY_15 OR NOT DBOPS_PG_QUERY_15_INCLUDE)
    message(FATAL_ERROR "libpg_query is missing: install cargo (it fetches version "
      "${DBOPS_PG_QUERY_VERSION}), or libpg-query-dev for version 15")
  endif()
  message(STATUS "libpg_query: Debian's, of PostgreSQL 15: the language of 16 to 18 is refused in part")
  set_target_properties(pg_query PROPERTIES IMPORTED_LOCATION ${DBOPS_PG_QUERY_15}
    INTERFACE_INCLUDE_DIRECTORIES ${DBOPS_PG_QUERY_15_INCLUDE}
    INTERFACE_LINK_LIBRARIES "protobuf-c;xxhash;Threads::Threads")
endfunction()
dbops_find_pg_query()
