# cmake -DSCRATCH=folder -P check_ptx_test.cmake: what check_ptx.cmake refuses and what it lets pass,
# as instructions among others in a file of their own.
set(good
  "mul.rn.f64 %fd3, %fd1, %fd2" "add.rn.f32 %f3, %f1, %f2" "sub.rz.f64 %fd3, %fd1, %fd2"
  "mad.lo.s32 %r1, %r2, %r3, %r4" "mul.wide.u32 %rd1, %r1, 8" "add.s64 %rd3, %rd1, %rd2"
  "sqrt.rn.f64 %fd2, %fd1" "rcp.rn.f64 %fd2, %fd1")
set(bad
  "fma.rn.f64 %fd4, %fd1, %fd2, %fd3" "fma.rn.ftz.f32 %f4, %f1, %f2, %f3" "mad.rn.f32 %f4, %f1, %f2, %f3"
  "div.approx.f32 %f3, %f1, %f2" "div.full.f32 %f3, %f1, %f2" "sqrt.approx.ftz.f32 %f2, %f1"
  "rcp.approx.ftz.f64 %fd2, %fd1" "rsqrt.approx.f64 %fd2, %fd1" "ex2.approx.ftz.f32 %f2, %f1"
  "lg2.approx.f32 %f2, %f1" "tanh.approx.f32 %f2, %f1" "add.rn.ftz.f32 %f3, %f1, %f2"
  "setp.lt.ftz.f32 %p1, %f1, %f2" "cvt.ftz.f64.f32 %fd1, %f1" "add.f64 %fd3, %fd1, %fd2"
  "sub.f32 %f3, %f1, %f2" "mul.f64 %fd3, %fd1, %fd2" "mul.sat.f32 %f3, %f1, %f2"
  "mul.ftz.f32 %f3, %f1, %f2" "add.f32x2 %rd3, %rd1, %rd2" "add.f16 %h3, %h1, %h2"
  "add.bf16 %h3, %h1, %h2")

# Leaves the exit status in `status`.
function(check instruction)
  file(WRITE ${SCRATCH}/instruction.ptx
       "\tdiv.rn.f64 \t%fd3, %fd1, %fd2;\n\t@%p1 ${instruction};\n\tret;\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DPTX=${SCRATCH}/instruction.ptx -P
                          ${CMAKE_CURRENT_LIST_DIR}/check_ptx.cmake
                  RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  set(status ${status} PARENT_SCOPE)
endfunction()

foreach(instruction IN LISTS good)
  check("${instruction}")
  if(NOT status EQUAL 0)
    message(SEND_ERROR "refused, though it does what the text says: ${instruction}")
  endif()
endforeach()
foreach(instruction IN LISTS bad)
  check("${instruction}")
  if(status EQUAL 0)
    message(SEND_ERROR "let pass: ${instruction}")
  endif()
endforeach()
