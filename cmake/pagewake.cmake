# Shared build rules: flags, and the two helpers every folder uses.
option(PAGEWAKE_TESTS "build tests/" OFF)
option(PAGEWAKE_BENCH "build bench/" OFF)
option(PAGEWAKE_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms of GCC 12 at -O2 on std::string and std::optional (GCC bugs 105329,
  # 105651, 80635).
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized)
endif()
if(EMSCRIPTEN)
  # The page gets no exceptions, no RTTI and no printf family (decision 0002).
  add_compile_options(-Oz -flto -finline-functions -fno-exceptions -fno-rtti)
  add_link_options(-Oz -flto)
else()
  # The server never aborts on a debug check of ours in production, but tests
  # run with libstdc++'s own assertions.
  if(PAGEWAKE_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
  endif()
endif()

# pagewake_library(NAME SOURCES a.cc b.cc DEPS other_lib third::party)
# Includes are written from the folder roots: "wire/decode.h" inside wasm-sdk
# and "model/records.h" inside ingest.
function(pagewake_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/wasm-sdk)
  if(NOT EMSCRIPTEN)
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/ingest)
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# pagewake_test(NAME SOURCES a_test.cc DEPS lib): one GoogleTest program.
# Every TEST becomes one ctest case, so the count at the end is honest.
function(pagewake_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/wasm-sdk ${CMAKE_SOURCE_DIR}/ingest)
  # Relative, so that a clone elsewhere shares the compiler cache: tests run in the source folder.
  target_compile_definitions(${name} PRIVATE PAGEWAKE_SOURCE_DIR=".")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest_main GTest::gmock)
  gtest_discover_tests(${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
