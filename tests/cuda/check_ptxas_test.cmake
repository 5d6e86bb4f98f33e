# cmake -DSCRATCH=folder -DREPORTS=file;file -P check_ptxas_test.cmake: what check_ptxas.cmake refuses,
# each as a report beside those of the library's kernels, and what it lets pass.

# Leaves the exit status in `status`. A report of one kernel that calls one function.
function(check kernel architecture registers stack spilt spilt_by_function)
  set(report ${SCRATCH}/one.ptxas.txt)
  file(WRITE ${report}
       "ptxas info    : Compiling entry function '_ZN7tailfit7kernels3_cu_01234567${kernel}' for '${architecture}'\n"
       "    ${stack} bytes stack frame, ${spilt} bytes spill stores, 0 bytes spill loads\n"
       "ptxas info    : Used ${registers} registers, used 0 barriers, ${stack} bytes cumulative stack size\n"
       "ptxas info    : Function properties for function\n"
       "    0 bytes stack frame, 0 bytes spill stores, ${spilt_by_function} bytes spill loads\n")
  execute_process(COMMAND ${CMAKE_COMMAND} "-DREPORTS=${REPORTS};${report}" -P
                          ${CMAKE_CURRENT_LIST_DIR}/check_ptxas.cmake
                  RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  set(status ${status} PARENT_SCOPE)
endfunction()

set(good "10place_fitsENS0_ sm_90 64 0 0 0" "12sum_lengthsENS0_ sm_75 64 2176 8 8"
         "13evaluate_rowsILb1EEEvNS0_ sm_90 128 904 8 24")
set(bad "10place_fitsENS0_ sm_90 65 0 0 0" "10place_fitsENS0_ sm_90 64 8 0 0" "10place_fitsENS0_ sm_90 64 0 4 0"
        "10place_fitsENS0_ sm_90 64 0 0 4" "12sum_lengthsENS0_ sm_75 64 2177 0 0"
        "12sum_lengthsENS0_ sm_75 65 0 0 0" "11sum_weightsENS0_ sm_90 8 0 0 0" "12place_fitsIfEEvNS0_ sm_90 8 0 0 0"
        "13evaluate_rowsILi8EEEvNS0_ sm_90 8 0 0 0")
foreach(one IN LISTS good)
  string(REPLACE " " ";" words "${one}")
  check(${words})
  if(NOT status EQUAL 0)
    message(SEND_ERROR "refused, though within its budget: ${one}")
  endif()
endforeach()
foreach(one IN LISTS bad)
  string(REPLACE " " ";" words "${one}")
  check(${words})
  if(status EQUAL 0)
    message(SEND_ERROR "let pass: ${one}")
  endif()
endforeach()

# A budget without a kernel: one report alone has none of the others.
list(GET REPORTS 0 first)
execute_process(COMMAND ${CMAKE_COMMAND} -DREPORTS=${first} -P ${CMAKE_CURRENT_LIST_DIR}/check_ptxas.cmake
                RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
if(status EQUAL 0)
  message(SEND_ERROR "let pass: budgets of kernels that are not in the library")
endif()
