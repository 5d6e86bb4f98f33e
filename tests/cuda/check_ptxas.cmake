# cmake -DREPORTS=file;file -P check_ptxas.cmake: reads what ptxas said of the kernels and fails where
# one takes more registers, stack or spills than its budget, or has none.
#
# A line for each: its name and template arguments, mangled, as a regular expression; the most
# registers, which is what its launch bounds and the launch policy count on; the most bytes of stack,
# which the driver reserves for every thread that the device can hold (docs/cuda.md); the most bytes
# that are spilt, stores and loads, by it and the functions that it calls. Stack and spills are those
# of sm_90 when this was written; other architectures are held to the registers and the greatest stack.
cmake_minimum_required(VERSION 3.25)
set(greatest_stack 2176)
set(budgets
  # host/device/launch_policy.hpp: extract_registers.
  # Up to six words are spilt: a register more would cost a fifth of the threads.
  "extract_by_lanesIfLi8E 96 8 24"
  "extract_by_lanesIfLi(16|32)E 96 0 0"
  "extract_by_lanesIdLi[0-9]+E 96 24 68"
  # A multiprocessor is full of so many threads (kernels/cuda/cuda_kernels.hpp, shared_block_threads).
  "extract_by_shared_blockIfE 80 24 54"
  "extract_by_shared_blockIdE 96 24 50"
  "extract_by_clusterI[fd]E 128 0 0"
  "extract_by_blockI[fd]E 128 0 0"
  # Twelve warps a multiprocessor, eight of intervals (host/device/launch_policy.hpp, solve_registers).
  # Spills outside of the loops: two registers more would cost a third of the threads.
  "solve_by_lanesILb0E 168 2176 68"
  "solve_by_warpsILb0E 168 2176 60"
  "solve_by_blocksILb0E 255 2176 0"
  "solve_by_lanesILb1E 255 2176 0"
  "solve_by_warpsILb1E 255 2176 0"
  "solve_by_blocksILb1E 255 2176 0"
  # Four blocks of 128 threads a multiprocessor (host/device/evaluate_policy.hpp). Spills are numbers of
  # a row that live across the calls of its functions. With 168 registers nothing is spilt, and a quarter
  # of the threads lost. How much is chance: a line more elsewhere has made it 236 bytes.
  "evaluate_rowsILb0E 128 816 0"
  "evaluate_rowsILb1E 128 904 32"
  "evaluate_fitsE 128 920 396"
  # As many as three blocks may have; the policy has one.
  "differentiate_rowsILb0E 168 416 0"
  "differentiate_rowsILb1E 168 608 0"
  "transpose_columnsI[fd]E 64 0 0"
  "sum_all_valuesE 64 0 0"
  "sum_lengthsE 64 0 0"
  "place_fitsE 64 0 0")

# The budget of a kernel in `registers_budget`, `stack_budget` and `spill_budget`, or an error.
function(find_budget kernel)
  set(registers_budget "" PARENT_SCOPE)
  foreach(budget IN LISTS budgets)
    string(REPLACE " " ";" budget "${budget}")
    list(GET budget 0 name)
    if(kernel MATCHES "[0-9]${name}")
      list(GET budget 1 registers)
      list(GET budget 2 stack)
      list(GET budget 3 spills)
      set(registers_budget ${registers} PARENT_SCOPE)
      set(stack_budget ${stack} PARENT_SCOPE)
      set(spill_budget ${spills} PARENT_SCOPE)
      set_property(GLOBAL APPEND PROPERTY budgets_found ${name})
      return()
    endif()
  endforeach()
endfunction()

function(check kernel architecture registers stack spilt)
  find_budget(${kernel})
  if(registers_budget STREQUAL "")
    message(SEND_ERROR "${kernel} has no budget in ${CMAKE_CURRENT_LIST_FILE}")
    return()
  endif()
  string(REGEX REPLACE ".*_cu_[0-9a-f]+[0-9]([a-z])" "\\1" name "${kernel}")
  string(REGEX REPLACE "NS[0-9]*_.*" "" name "${name}")
  message(STATUS "${architecture} ${name}: ${registers} registers of ${registers_budget}, stack ${stack} of ${stack_budget}, spilt ${spilt} of ${spill_budget}")
  if(NOT architecture STREQUAL sm_90)
    set(stack_budget ${greatest_stack})
    set(spill_budget ${spilt})
  endif()
  if(registers GREATER registers_budget)
    message(SEND_ERROR "${kernel} takes ${registers} registers, expected at most ${registers_budget}")
  endif()
  if(stack GREATER stack_budget)
    message(SEND_ERROR "${kernel} has a stack of ${stack} bytes, expected at most ${stack_budget}")
  endif()
  if(spilt GREATER spill_budget)
    message(SEND_ERROR "${kernel} spills ${spilt} bytes, expected at most ${spill_budget}")
  endif()
endfunction()

foreach(report IN LISTS REPORTS)
  file(STRINGS ${report} lines)
  set(kernel "")
  # The lines of a kernel, then those of the functions that it calls, up to the next kernel.
  foreach(line IN LISTS lines ITEMS "Compiling entry function '' for 'sm_'")
    if(line MATCHES "Compiling entry function '([^']*)' for '(sm_[0-9a-z]*)'")
      set(next_kernel "${CMAKE_MATCH_1}")
      set(next_architecture "${CMAKE_MATCH_2}")
      if(kernel)
        check(${kernel} ${architecture} ${registers} ${stack} ${spilt})
      endif()
      set(kernel "${next_kernel}")
      set(architecture "${next_architecture}")
      set(stack 0)
      set(spilt 0)
    elseif(line MATCHES "([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads")
      math(EXPR spilt "${spilt} + ${CMAKE_MATCH_1} + ${CMAKE_MATCH_2}")
    elseif(line MATCHES "Used ([0-9]+) registers")
      set(registers ${CMAKE_MATCH_1})
      if(line MATCHES "([0-9]+) bytes cumulative stack")
        set(stack ${CMAKE_MATCH_1})
      endif()
    endif()
  endforeach()
endforeach()
get_property(found GLOBAL PROPERTY budgets_found)
foreach(budget IN LISTS budgets)
  string(REGEX REPLACE " .*" "" name "${budget}")
  if(NOT name IN_LIST found)
    message(SEND_ERROR "no kernel ${name} in the reports, and a budget for it")
  endif()
endforeach()
