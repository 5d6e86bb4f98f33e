#!/usr/bin/env bash
# scripts/verify-gpu.sh with stand-ins for the programs of a machine with a GPU: what the report says and
# how the script ends where they are well, find no device, fail, crash, hang, are missing, write nonsense.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/assertions.sh"
. "$here/gpu_machines.sh"

# ---- programs that hang, in the background because it takes seconds; one ignores SIGTERM as well
programs hangs
stand_in "$work/hangs/gpu_math_parity" <<<'echo "deep in thought"; hang hangs'
(verify "" hangs --stages math,fit --seconds-limit 10; echo $status >"$work/hangs.status") &
programs stubborn
stand_in "$work/stubborn/gpu_math_parity" <<<'trap "" TERM; hang stubborn'
(verify python stubborn --stages math,fit --seconds-limit 10; echo $status >"$work/stubborn.status") &

# ---- all is well, with python3 and without
programs well
REPORT=$work/well.json verify "python cuda" well --seed 007 --arguments 1000
expect_equal "all is well: exit status" "$status" 0
expect_equal "all is well: results" "$(values well "$results" 'd["result"]' 'd["format"]')" "$all_ok ok 1"
expect_equal "stages are in order" "$(values well 'list(s)')" \
  "['device', 'math', 'tests', 'fit', 'sanitizer', 'bench']"
expect_equal "the device, and DIR/lib is where libraries are looked for" "$(values well 'd["device"]')" \
  "{'name': '\"H\" {}', 'path': '$work/well/lib'}"
expect_equal "what the report says of the run" \
  "$(values well 'd["seed"]' 'd["commit"]' 'd["versions"]' 'd["host"]')" \
  "7 0123abc {'nvcc': '13.0.88', 'driver': '580.159.04'} $(uname -srm)"
expect_contains "the command" "$(values well 'd["command"]')" "--prebuilt $work/well --report"
expect_equal "a program's output is embedded" "$(values well 's["math"]["output"]')" \
  "{'called': '--arguments 1000 --seed 7 --seconds 85 --json FILE', 'worst': 0.0005}"
expect_equal "calls of the others" \
  "$(values well 's["fit"]["output"]["called"]' 's["bench"]["output"]["called"]')" \
  "--seconds 60 --seed 7 --json FILE --benchmark_out=FILE --benchmark_out_format=json $(
    )--benchmark_min_time=0.2"
expect_equal "the tests' output and exit status" \
  "$(values well '[p["output"]["testsuites"][0]["name"] for p in s["tests"]["programs"].values()]' \
    's["tests"]["exit"]' 's["tests"]["seconds"] < 90')" "['Fit', 'Calls'] 0 True"
expect_equal "each tool of the sanitizer" \
  "$(values well '[(k, v["result"]) for k, v in s["sanitizer"]["tools"].items()]')" \
  "[('memcheck', 'ok'), ('racecheck', 'ok'), ('synccheck', 'ok')]"
mv "$work/well.json.seen" "$work/seen.json"
expect_equal "the report while the fits run" "$(values seen "$results" 'd["result"]')" \
  "['ok', 'ok', 'ok', 'not run', 'not run', 'not run'] unfinished"
expect_contains "the table" "$(tr -s ' ' <"$work/well.text")" $'stage result seconds\ndevice ok '
expect_equal "nothing lies beside report and logs" "$(cd "$work" && echo well.* well-logs/*)" \
  "well.json well.text well-logs/bench.log well-logs/device.log well-logs/fit.log well-logs/math.log$(
    ) well-logs/sanitizer.log well-logs/tests.log"

same='sorted((k, v) for k, v in d.items() if k not in ("date", "stages"))'
same_stages='[(k, {**v, "seconds": 0, "programs": list(v.get("programs", {})),
  "tools": list(v.get("tools", {}))}) for k, v in s.items()]'
with_python=$(values well "$same" "$same_stages")
REPORT=$work/well.json verify cuda well --seed 007 --arguments 1000
expect_equal "without python3: exit status" "$status" 0
expect_equal "without python3 the report is the same" "$(values well "$same" "$same_stages")" "$with_python"
mv "$work/well.json.seen" "$work/seen.json"
expect_equal "without python3, the report while the fits run" "$(values seen "$results" 'd["result"]')" \
  "['ok', 'ok', 'ok', 'not run', 'not run', 'not run'] unfinished"

verify "" well --stages fit,math --seconds-limit 200
expect_equal "some stages: exit status" "$status" 0
expect_equal "some stages, their share of the time, no tool that tells a version" \
  "$(values well "$results" 's["fit"]["output"]["called"]' 'd["device"]' 'd["versions"]' 's["bench"]')" \
  "['not picked', 'ok', 'not picked', 'ok', 'not picked', 'not picked'] --seconds 25 --seed 1 --json FILE$(
    ) None {} {'result': 'not picked', 'exit': None, 'seconds': 0.0, 'output': None}"

# ---- no device
programs none
for program in gpu_info gpu_math_parity gpu_fit_parity gpu_bench; do
  stand_in "$work/none/$program" <<'BASH'
put '{"device": null, "reason": "no \"GPU\" at all"}'
exit 77
BASH
done
stand_in "$work/none/gpu_tests" <<<"put '$skipped'"
stand_in "$work/none/gpu_calls_tests" <<<'echo "no device"; exit 77'
for machine in python ""; do
  verify "$machine" none
  expect_equal "no device: exit status" "$status" 77
  expect_equal "no device: results" "$(values none "$results" 'd["result"]' 'd["device"]')" \
    "['no device', 'no device', 'no device', 'no device', 'skipped', 'no device'] no device None"
  expect_equal "no device: reasons" "$(values none 's["math"]["reason"]' 's["tests"]["reason"]' \
    's["tests"]["programs"]["gpu_tests"]["reason"]')" \
    'no "GPU" at all gpu_tests: no device; gpu_calls_tests: no device every test was skipped'
  expect_equal "no device: the program's own words are kept" "$(values none 's["bench"]["output"]')" \
    "{'device': None, 'reason': 'no \"GPU\" at all'}"
  expect_contains "no compute-sanitizer is said" "$(values none 's["sanitizer"]["reason"]')" \
    "no compute-sanitizer on PATH nor in $work/nowhere/bin"
done
# A sanitizer may fail because the program never used CUDA.
RACE=1 verify "cuda" none --stages tests,sanitizer
expect_equal "no device below a sanitizer" "$status $(values none 's["sanitizer"]["result"]')" "77 no device"

# ---- several things go wrong, none loses the others
programs wrong
stand_in "$work/wrong/gpu_info" <<<"put '{\"device\": {\"name\": }'"
stand_in "$work/wrong/gpu_math_parity" <<<"put '{\"worst\": NaN}'; kill -SEGV \$\$"
stand_in "$work/wrong/gpu_fit_parity" <<<"put '{\"reason\": \"bits differ\"}'; echo 'series 4'; exit 3"
rm "$work/wrong/gpu_bench"
for machine in "python cuda" cuda; do
  NO_SYNCCHECK=1 RACE=1 verify "$machine" wrong
  expect_equal "wrong: exit status" "$status" 1
  expect_equal "wrong: results" "$(values wrong "$results" 'd["result"]' 'd["device"]')" \
    "['failed', 'failed', 'ok', 'failed', 'failed', 'missing'] failed None"
  expect_equal "exit 0 with broken JSON" "$(values wrong 's["device"]["reason"]' 's["device"]["output"]')" \
    "its JSON is not valid None"
  expect_contains "broken JSON is kept in the log" "$(cat "$work/wrong-logs/device.log")" \
    '{"device": {"name": }'
  expect_equal "a crash, and NaN is no JSON" \
    "$(values wrong 's["math"]["reason"]' 's["math"]["exit"]' 's["math"]["output"]')" \
    "ended by signal 11; its JSON is not valid 139 None"
  expect_equal "exit 3 after writing JSON" "$(values wrong 's["fit"]["reason"]' 's["fit"]["output"]')" \
    "exit status 3: bits differ {'reason': 'bits differ'}"
  expect_contains "the log of what failed is shown" "$(cat "$work/wrong.text")" "series 4"
  expect_equal "a missing program" "$(values wrong 's["bench"]["reason"]' 's["bench"]["exit"]')" \
    "$work/wrong/gpu_bench is not there, or not executable None"
  expect_equal "the sanitizer, tool by tool" \
    "$(values wrong '[(v["result"], v["exit"], v.get("reason")) for v in s["sanitizer"]["tools"].values()]' \
      's["sanitizer"]["reason"]')" \
    "[('ok', 0, None), ('failed', 9, 'racecheck found errors'), ('not supported', 1, 'Device not supported. $(
      )Please refer to the documentation')] racecheck: failed; synccheck: not supported"
done
NO_SYNCCHECK=1 verify cuda well --stages sanitizer
expect_equal "a tool that this machine cannot run is no failure" \
  "$status $(values well 's["sanitizer"]["result"]')" "0 ok"
CALL_FAILS=1 verify cuda well --stages sanitizer
expect_equal "a call of ours that the device does not support is a failure" \
  "$status $(values well 's["sanitizer"]["reason"]')" \
  "1 memcheck: failed; racecheck: failed; synccheck: failed"
verify "" wrong --stages tests,bench
expect_equal "a missing program alone is a failure" "$status $(values wrong 'd["result"]')" "1 failed"

programs empty
stand_in "$work/empty/gpu_tests" <<<"put '{\"tests\": 0, \"testsuites\": []}'"
verify "" empty --stages tests
expect_equal "no test at all is a failure" "$status $(values empty 's["tests"]["reason"]' 's["tests"]["programs"]["gpu_tests"]["reason"]')" \
  "1 gpu_tests: failed no test ran"
stand_in "$work/empty/gpu_tests" <<<'exit 0'
verify "" empty --stages tests
expect_equal "tests without a word are a failure" \
  "$status $(values empty 's["tests"]["programs"]["gpu_tests"]["reason"]')" "1 it wrote no JSON"
rm "$work/empty/gpu_calls_tests"
programs well
cp "$work/well/gpu_tests" "$work/empty/gpu_tests"
verify "" empty --stages tests
expect_equal "a missing program of tests is a failure" "$status $(values empty 's["tests"]["reason"]')" \
  "1 gpu_calls_tests: missing"
mkdir "$work/empty/golden"
stand_in "$work/empty/gpu_calls_tests" <<<"put \"{\\\"result\\\": \\\"COMPLETED\\\", \\\"golden\\\": \\\"\$TAILFIT_GOLDEN_DIR\\\"}\""
verify "" empty --stages tests
expect_equal "golden files that came with the programs are used" \
  "$status $(values empty 's["tests"]["programs"]["gpu_calls_tests"]["output"]["golden"]')" \
  "0 $work/empty/golden"

# ---- interrupted
programs broken_off
stand_in "$work/broken_off/gpu_math_parity" <<<'hang broken_off'
PATH=$work/bare "$root/scripts/verify-gpu.sh" --prebuilt "$work/broken_off" --stages device,math \
  --report "$work/broken_off.json" >"$work/broken_off.text" 2>&1 &
for ((i = 0; i < 100; i++)); do [ ! -s "$work/broken_off.pid" ] || break; sleep 0.1; done
kill $!
status=0
wait $! || status=$?
expect_equal "interrupted: exit status, and what was known is kept" \
  "$status $(values broken_off "$results" 'd["result"]')" \
  "143 ['ok', 'interrupted', 'not picked', 'not picked', 'not picked', 'not picked'] unfinished"
expect_equal "the program is not left running" "$(is_running broken_off)" no

# ---- building, in a copy of the repository with a stand-in for cmake that leaves $work/compiled
repo=$work/repo
mkdir -p "$work/builder" "$work/libraries" "$repo"
mkdir -p "$repo/tests/golden"
cp -r "$root/scripts" "$repo"
cp "$root"/tests/golden/*.csv "$repo/tests/golden"
git_here() {
  GIT_CONFIG_GLOBAL=/dev/null git -C "$repo" -c user.name=A -c user.email=a@example.org "$@"
}
git_here init -q
printf '/build/\n/out/\n' >"$repo/.gitignore"
git_here add .
git_here commit -q -m All
commit=$(git_here rev-parse HEAD)
for command in g++ ninja; do stand_in "$work/builder/$command" <<<'[ -t 0 ] || cat >/dev/null'; done
stand_in "$work/builder/cmake" <<BASH
[ "\$1" != --version ] || { echo "cmake version 3.25.1"; exit; }
echo "cmake \$*" >>'$work/cmake.calls'
[ "\$1" != --build ] || { cp -r '$work/compiled' "\$2/gpu"; exit; }
[ -z "\${NO_CMAKE-}" ] || { echo "CMake Error: \$NO_CMAKE"; exit 1; }
while [ "\$1" != -B ]; do shift; done
echo "CMAKE_HOME_DIRECTORY:INTERNAL=\$PWD" >"\$2/CMakeCache.txt"
BASH

# in_copy MACHINE ARGUMENT...: the script of the copy; what it prints goes to copy.text.
in_copy() {
  local path='' folder
  for folder in $1 bare; do path+=${path:+:}$work/$folder; done
  shift
  status=0
  rm -f "$work/cmake.calls"
  PATH=$path CUDA_HOME=$work/nowhere "$repo/scripts/verify-gpu.sh" "$@" >"$work/copy.text" 2>&1 || status=$?
}

cp -r "$work/well" "$work/compiled"
in_copy "builder cuda python" --stages math
cp "$repo"/build/verify-gpu/report-*.json "$work/copy.json"
expect_equal "without --prebuilt it builds: exit status and results" \
  "$status $(values copy 's["math"]["result"]' 'd["commit"]')" "0 ok $commit"
expect_equal "without --prebuilt it builds: calls of cmake" "$(cat "$work/cmake.calls")" \
  "cmake --preset cuda --fresh -B $repo/build/verify-gpu -DTAILFIT_BUILD_TESTS=ON -DTAILFIT_BUILD_BENCH=ON $(
  )-DCMAKE_CUDA_ARCHITECTURES=native
cmake --build $repo/build/verify-gpu --target gpu_programs --parallel $(nproc)"
in_copy "builder cuda" --stages math --report "$work/copy.json"
expect_contains "a build directory of this checkout is used again" "$(cat "$work/cmake.calls")" \
  "--preset cuda -B"
rm "$work/copy.json"
PATH=$work/builder:$work/cuda:$work/bare "$repo/scripts/verify-gpu.sh" --stages math --report "$work/copy.json" 2>&1 | true
expect_equal "a build whose output nobody reads" "$(values copy 's["math"]["result"]' 'd["result"]')" "ok ok"
NO_CMAKE="no such preset" in_copy "builder cuda" --stages math --report "$work/copy.json"
expect_equal "a build that fails: exit status and report" \
  "$status $(values copy 'd["result"]' 's["math"]["result"]' 's["fit"]["result"]' 's["math"]["reason"]')" \
  "1 failed missing not picked not built; the log is $repo/build/verify-gpu/build.log"
expect_contains "a build that fails: the log's end" "$(cat "$work/copy.text")" "CMake Error: no such preset"
NO_CMAKE="set to native, but no GPU was detected" in_copy "builder cuda" --report "$work/copy.json"
expect_equal "a build without a GPU: exit status and report" \
  "$status $(values copy 'd["result"]' 's["fit"]["result"]' 's["fit"]["reason"]')" \
  "77 no device no device CMake detected no GPU"
GPU=H100 NO_CMAKE="set to native, but no GPU was detected" in_copy "builder cuda" --report "$work/copy.json"
expect_equal "a build beside a GPU that CUDA cannot use: exit status and report" \
  "$status $(values copy 'd["result"]' 's["fit"]["result"]' 's["fit"]["reason"]')" \
  "1 failed missing CMake detected no GPU, though nvidia-smi lists one"
in_copy "builder" --stages math
expect_contains "without nvcc" "$status $(cat "$work/copy.text")" "1 verify-gpu.sh: no nvcc on PATH nor in"

# ---- packing; what is compiled are true programs here, because they are stripped
for program in gpu_info gpu_math_parity gpu_tests gpu_calls_tests gpu_fit_parity gpu_bench; do
  cp "$(type -P true)" "$work/compiled/$program"
done
cp "$(type -P true)" "$work/libraries/libtbb.so.12"
stand_in "$work/builder/ldd" <<BASH
echo "\$1:"
echo "  libtbb.so.12 => $work/libraries/libtbb.so.12 (0x00007f2c)"
echo "  libm.so.6 => /lib/libm.so.6 (0x00007f2d)"
[ -z "\${NO_LIBRARY-}" ] || echo "  libgtest.so.1 => not found"
BASH
echo "# changed" >>"$repo/scripts/test"
rm -r "$repo/build"
in_copy "builder cuda" --make-prebuilt "$work/made" --architectures 80,90
expect_equal "packing: exit status" "$status" 0
expect_equal "packing: what is there" "$(cd "$work/made" && echo * lib/*)" \
  "commit golden gpu_bench gpu_calls_tests gpu_fit_parity gpu_info gpu_math_parity gpu_tests lib $(
  )lib/libtbb.so.12"
expect_equal "packing: the golden files" "$(ls "$work/made/golden")" "$(cd "$root/tests/golden" && ls *.csv)"
expect_equal "packing: the commit" "$(cat "$work/made/commit")" "$commit-dirty"
expect_contains "packing: architectures" "$(cat "$work/cmake.calls")" "-DCMAKE_CUDA_ARCHITECTURES=80;90"
expect_contains "packing: its size" "$(tail -n 1 "$work/copy.text")" \
  "$work/made: 6 programs, 1 shared libraries, of commit $commit-dirty; 2."
expect_equal "a packed program runs" "$("$work/made/gpu_info" && echo runs)" runs
touch "$work/file"
in_copy "builder cuda" --make-prebuilt "$work/file/made"
expect_contains "a folder that cannot be made" "$status $(cat "$work/copy.text")" \
  "1 verify-gpu.sh: cannot write to $work/file/made"
expect_equal "a folder that cannot be made: nothing is built" "$(compgen -G "$work/cmake.calls" || true)" ""
in_copy "builder cuda" --make-prebuilt "$work/made" --architectures "90a,100f-real;120-virtual"
expect_contains "packing: kinds of architectures" "$status $(cat "$work/cmake.calls")" \
  "-DCMAKE_CUDA_ARCHITECTURES=90a;100f-real;120-virtual"
rm -r "$repo/build"
NO_LIBRARY=1 in_copy "builder cuda" --make-prebuilt "$work/made"
expect_equal "a library that is missing: exit status" "$status" 1
expect_contains "a library that is missing is named" "$(cat "$work/copy.text")" "libgtest.so.1 => not found"
expect_equal "what was not packed has no commit" "$(compgen -G "$work/made/commit" || true)" ""

# ---- bad calls
bad() {
  local wanted=$1 text status=0
  shift
  text=$(PATH=$work/bare "$root/scripts/verify-gpu.sh" "$@" 2>&1) || status=$?
  expect_equal "$*: exit status" "$status" 2
  expect_contains "$*" "$text" "$wanted"
}
bad "unknown stage 'maths', expected one of: device math tests fit sanitizer bench" --stages fit,maths
bad "unknown argument '--fast'" --fast
bad "--seed expects a value" --seed
bad "--seed is '-1', expected a whole number" --seed -1
bad "--seed is 1234567890123456789, expected at most 18 digits" --seed 1234567890123456789
bad "--seconds-limit is 0, expected 1 or more" --seconds-limit 0
bad "--arguments is '1e8', expected a whole number" --arguments 1e8
bad "--prebuilt is $work/nowhere, which is no folder" --prebuilt "$work/nowhere"
bad "--report is $work, which is a folder" --report "$work"
bad "--architectures goes with --make-prebuilt" --architectures 90
for list in '90;rm' '90;' ',90' native '90 -arch=sm_80' 90b '90$(id)' 9 90-real-virtual $'90\nrm'; do
  bad "--architectures is '${list//,/;}', expected" --make-prebuilt "$work/made" --architectures "$list"
done
bad "--seed does not go with --make-prebuilt" --make-prebuilt "$work/made" --seed 1
bad "Usage: scripts/verify-gpu.sh" ""

# ---- called by a symbolic link
ln -s "$root/scripts/verify-gpu.sh" "$work/by-link"
expect_contains "by a symbolic link" "$(PATH=$work/bare "$work/by-link" --help 2>&1 || true)" "Usage: "

# ---- the hanging programs again
wait
for dir in hangs stubborn; do
  expect_equal "$dir: exit status" "$(cat "$work/$dir.status")" 1
  expect_equal "$dir: the next stage runs" "$(values $dir "$results" 'd["result"]')" \
    "['not picked', 'timeout', 'not picked', 'ok', 'not picked', 'not picked'] failed"
  expect_equal "$dir: its share of ten seconds" "$(values $dir 's["math"]["reason"]' \
    's["math"]["seconds"] < 9')" "still running after 2.127 s True"
done
expect_equal "how a hang ends" "$(values hangs 's["math"]["exit"]') $(values stubborn 's["math"]["exit"]')" \
  "124 137"
expect_contains "the end of a hanging program's log is shown" "$(cat "$work/hangs.text")" "deep in thought"
expect_equal "no hanging program is left" "$(is_running hangs) $(is_running stubborn)" "no no"

finish
