# cmake -DPROGRAM=file -DARGUMENTS=list -DEXPECTED=file -P compare_output.cmake: fails unless the
# program succeeds and prints what the file holds.
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()
file(READ ${EXPECTED} expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "printed\n${printed}\nexpected, by ${EXPECTED},\n${expected}")
endif()
