# cmake "-DPTX=file;file" -P check_ptx.cmake: fails where the PTX multiplies and adds in one rounding
# (fma, or mad of floating-point numbers), where anything is approximate or flushes subnormal numbers,
# or where a sum or product has no rounding of its own, which lets ptxas and the driver contract it.
set(contracted "[ \t](fma\\.|mad\\.[a-z.]*f[0-9])")
set(approximate "\\.(approx|ftz|full)[.; \t]")
set(unrounded "[ \t](add|sub|mul)\\.(sat\\.)?b?f[0-9]")

set(n 0)
foreach(file IN LISTS PTX)
  file(STRINGS ${file} wrong REGEX "${contracted}|${approximate}|${unrounded}")
  if(wrong)
    list(LENGTH wrong n_wrong)
    list(SUBLIST wrong 0 10 wrong)
    list(JOIN wrong "\n" wrong)
    message(FATAL_ERROR "${file}: ${n_wrong} lines are not what the text says, such as:\n${wrong}")
  endif()
  # Binning by length has products and no division.
  file(STRINGS ${file} products REGEX "[ \t](mul|div)\\.rn\\.f64")
  if(NOT products)
    message(FATAL_ERROR "no fp64 product or division in ${file}: is this the kernels' PTX?")
  endif()
  file(STRINGS ${file} divisions REGEX "[ \t]div\\.rn\\.f64")
  list(LENGTH divisions n_divisions)
  math(EXPR n "${n} + ${n_divisions}")
endforeach()
if(n EQUAL 0)
  message(FATAL_ERROR "no PTX was given")
endif()
message(STATUS "${n} exactly rounded divisions; nothing contracted, approximate or unrounded")
