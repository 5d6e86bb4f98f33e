#!/usr/bin/env bash
# What scripts/lib/build.sh says of the time that files took, with a stand-in for cmake that leaves
# ninja's log as the test wants it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/assertions.sh"
. "$here/../../scripts/lib/common.sh"
. "$here/../../scripts/lib/build.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

next_log=
cmake() {
  if [ -n "$next_log" ]; then printf '%b' "$next_log" >"$work/.ninja_log"; fi
}

# build LOG: what a build says that leaves ninja's log so, but for its own time; nothing: no log.
build() {
  next_log=$1
  timed_build "$work" --target all >"$work/said"
  sed -E '1s/^built in [0-9]+ s$/built/' "$work/said"
}

expect_equal "without a log there is only the whole time" "$(build '')" "built"

old='# ninja log v5\n0\t9000\t1\told.cpp.o\ta1\n'
new='5\t1505\t2\tkernels/CMakeFiles/all.dir/cuda/a.cu.o\tb1\n5\t12505\t2\ttests/CMakeFiles/x.dir/__/b.cpp.o\tb2\n'
printf '%b' "$old" >"$work/.ninja_log"
expect_equal "earlier builds do not count" "$(build "$old$new")" \
  "$(printf 'built\n  12.5 s tests/b.cpp\n  1.5 s kernels/cuda/a.cu')"
expect_equal "a build of nothing names no file" "$(build "$old$new")" "built"

moved='# ninja log v5\n'$new'0\t9000\t1\told.cpp.o\ta1\n7\t2007\t3\tlib.so\tc1\n7\t2007\t3\tlib.so.1\tc1\n'
expect_equal "a log that ninja wrote anew is read, a command of two outputs once" "$(build "$moved")" \
  "$(printf 'built\n  2.0 s lib.so')"

many='# ninja log v5\n'
for i in 1 2 3 4 5 6 7; do many+="0\t${i}000\t9\tf$i.cpp.o\td$i\n"; done
build "$many" >"$work/many"
expect_equal "five files are named" "$(sed -n '$p' "$work/many"):$(wc -l <"$work/many")" "  3.0 s f3.cpp:6"
build_time=
rm "$work/.ninja_log"
build "$many" >/dev/null
expect_contains "one line has the longest" "$build_time" " s, the longest 7.0 s f7.cpp"

finish
