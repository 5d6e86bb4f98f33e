# cmake -DPTX=file -P check_ptx.cmake: fails where the PTX multiplies and adds in one rounding
# (fma, or mad of floating-point numbers), or
# where a division or square root is approximate.
file(STRINGS ${PTX} contracted REGEX "[ \t](fma\\.|mad\\.[a-z.]*f(32|64))")
file(STRINGS ${PTX} approximate REGEX "[ \t](div|rcp|sqrt)\\.(approx|full)")
file(STRINGS ${PTX} divisions REGEX "[ \t]div\\.rn\\.f64")
if(contracted OR approximate)
  message(FATAL_ERROR "not what the text says:\n${contracted}\n${approximate}")
endif()
if(NOT divisions)
  message(FATAL_ERROR "no fp64 division in ${PTX}: is this the kernels' PTX?")
endif()
list(LENGTH divisions n)
message(STATUS "${n} exactly rounded divisions, no contraction")
