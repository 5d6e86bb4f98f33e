# Finds nvcc, or does not: a machine without it is a normal machine.
# Sets TAILFIT_WITH_CUDA and TAILFIT_CUDA_WORD (for the summary).

set(TAILFIT_WITH_CUDA OFF)
if(TAILFIT_CUDA STREQUAL "OFF")
  set(TAILFIT_CUDA_WORD "off (TAILFIT_CUDA=OFF)")
else()
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    # Code for one architecture to run at once, PTX of the oldest for the driver to translate.
    set(CMAKE_CUDA_ARCHITECTURES 75-virtual 90-real)
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    # CMake 3.25 does not know how to ask nvcc 13 for C++20.
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
    endif()
    set(CMAKE_CUDA_STANDARD 20)
    set(CMAKE_CUDA_STANDARD_REQUIRED ON)
    find_package(CUDAToolkit REQUIRED)
    set(TAILFIT_WITH_CUDA ON)
    # A third of the size (docs/cuda.md). Every driver that runs nvcc 13's code can unpack it; nvcc 12
    # serves older ones, too.
    if(CMAKE_CUDA_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
      set(TAILFIT_CUDA_COMPRESSION --compress-mode=size)
    endif()
    set(TAILFIT_CUDA_WORD "${CMAKE_CUDA_COMPILER} ${CMAKE_CUDA_COMPILER_VERSION}")
  elseif(TAILFIT_CUDA STREQUAL "ON")
    message(FATAL_ERROR "TAILFIT_CUDA=ON, but no nvcc was found; put it on PATH or set CUDACXX")
  else()
    set(TAILFIT_CUDA_WORD "no nvcc found: CPU only")
  endif()
endif()

# tailfit_device_code(target): the floating-point rules of the promise of equal bits, for device code:
# nothing contracted, subnormals kept, divisions and square roots correctly rounded.
function(tailfit_device_code target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:-fmad=false -ftz=false -prec-div=true -prec-sqrt=true
                               ${TAILFIT_CUDA_COMPRESSION}
                               -Xcompiler=-ffp-contract=off,-fvisibility=hidden>)
endfunction()
