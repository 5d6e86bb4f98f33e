# Compile options of everything in the house.
#
# tailfit_strict(target)        all warnings, as errors unless TAILFIT_WARNINGS_AS_ERRORS is off
# tailfit_deterministic(target) the floating-point rules of the promise of equal bits: what the text
#                               says is what is computed, nothing is contracted or reassociated
# tailfit_sanitized_headers(target) under sanitizers: the standard library's headers are read once

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR "tailfit builds with g++ or clang++, found ${CMAKE_CXX_COMPILER_ID}")
endif()

if(TAILFIT_SANITIZE)
  add_compile_options(-fsanitize=${TAILFIT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TAILFIT_SANITIZE})
  # clang++ 14 does not say by a macro what g++ says by __SANITIZE_ADDRESS__.
  if(TAILFIT_SANITIZE MATCHES "address|thread")
    add_compile_definitions(TAILFIT_SANITIZED)
  endif()
  if(TAILFIT_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()

if(TAILFIT_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "TAILFIT_BUILD_FUZZERS needs clang++, found ${CMAKE_CXX_COMPILER_ID}")
  endif()
  # g++ compiles what is C, and knows no such option.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=fuzzer-no-link>)
endif()

function(tailfit_strict target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wconversion
                                           -Wshadow>)
  if(TAILFIT_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
endfunction()

function(tailfit_deterministic target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off
                                           -fno-fast-math -fno-math-errno>)
endfunction()

# A third of the time of compiling a file with little optimisation is the standard library's headers. Other
# builds do without, so that a file that forgets an include is found.
function(tailfit_sanitized_headers target)
  if(TAILFIT_SANITIZE)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <atomic> <charconv> <cmath> <cstdint> <cstdio> <cstring> <filesystem>
      <functional> <limits> <map> <memory> <memory_resource> <mutex> <optional> <span> <stdexcept>
      <string> <string_view> <thread> <utility> <vector>)
  endif()
endfunction()
