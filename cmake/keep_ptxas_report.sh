#!/bin/sh
# Runs a compiler and keeps what ptxas says of the kernels (with -Xptxas -v) beside the object, for
# the test of their budgets: keep_ptxas_report.sh nvcc ... -o OBJECT ...
object=
before=
for word in "$@"; do
  [ "$before" != -o ] || object=$word
  before=$word
done
if [ -z "$object" ]; then exec "$@"; fi
"$@" >"$object.ptxas.txt" 2>&1
status=$?
# What is no such line is the compiler's own word to whoever builds.
grep -v -e 'ptxas info' -e 'bytes stack frame' "$object.ptxas.txt" >&2
exit $status
