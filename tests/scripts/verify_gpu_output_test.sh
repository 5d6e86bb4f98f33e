#!/usr/bin/env bash
# scripts/verify-gpu.sh where what it writes to gives way: a terminal that nobody reads, a disk that is
# full, a folder that goes, a program that leaves something else than a file. No stage is lost with it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/assertions.sh"
. "$here/gpu_machines.sh"
programs well

# call DIR ARGUMENT...: the script, printing as the caller says. Its exit status goes to DIR.status.
call() {
  local dir=$1 status=0
  shift
  PATH=$work/$machine:$work/bare CUDA_HOME=$work/nowhere "$root/scripts/verify-gpu.sh" \
    --prebuilt "$work/$dir" --report "$work/$dir.json" "$@" || status=$?
  echo $status >"$work/$dir.status"
}
all_stages_ok="['ok', 'ok', 'ok', 'ok', 'skipped', 'ok']"

# ---- a terminal that is closed, from the start or after a line; with a stage that has a log to show
programs closed
stand_in "$work/closed/gpu_math_parity" <<<'echo "a log"; put_call; exit 3'
for machine in python nowhere; do
  call closed 2>&1 | true
  expect_equal "a closed pipe" "$(cat "$work/closed.status") $(values closed "$results" 'd["result"]')" \
    "1 ${all_stages_ok/"'ok', 'ok'"/"'ok', 'failed'"} failed"
  call closed 2>&1 | head -n 1 >"$work/closed.text"
  expect_equal "a pipe that closes" "$(cat "$work/closed.status") $(values closed "$results" 'd["result"]')" \
    "1 ${all_stages_ok/"'ok', 'ok'"/"'ok', 'failed'"} failed"
  expect_contains "a pipe that closes: its line" "$(cat "$work/closed.text")" "device (at most 20.000 s)"
  call well >&- 2>&-
  expect_equal "no output at all" "$(cat "$work/well.status") $(values well "$results" 'd["result"]')" \
    "0 $all_stages_ok ok"
done

# ---- no file where the JSON should be
programs strange
stand_in "$work/strange/gpu_info" <<<'mkdir "$file"'
stand_in "$work/strange/gpu_math_parity" <<<'mkfifo "$file"'
stand_in "$work/strange/gpu_tests" <<<'mkdir "$file"'
stand_in "$work/strange/gpu_bench" <<<'mkdir "$file"; exit 77'
ln -sf "$(command -v mkdir)" "$(command -v mkfifo)" "$work/bare/"
for machine in python nowhere; do
  call strange >"$work/strange.text" 2>&1
  expect_equal "JSON that is no file" "$(cat "$work/strange.status") $(values strange "$results" 'd["result"]')" \
    "1 ['failed', 'failed', 'failed', 'ok', 'skipped', 'no device'] failed"
  expect_equal "JSON that is no file: reasons" "$(values strange 's["device"]["reason"]' 's["math"]["reason"]' \
    's["tests"]["programs"]["gpu_tests"]["reason"]')" \
    "its JSON is no regular file its JSON is no regular file its JSON is no regular file"
done

# ---- files that may not grow, as on a full disk: the report outgrows the limit, and a log
machine=python
programs full
for program in gpu_info gpu_math_parity gpu_fit_parity gpu_bench; do
  stand_in "$work/full/$program" <<<'put "{\"long\": \"$(printf %03000d 0)\"}"'
done
stand_in "$work/full/gpu_math_parity" <<<'for i in {1..20}; do printf "%01000d\n" 0; done 2>/dev/null
put "{\"long\": \"$(printf %03000d 0)\"}"'
for machine in python nowhere; do
  (trap '' XFSZ; ulimit -f 8; call full >"$work/full.text" 2>&1)
  text=$(tr -s ' ' <"$work/full.text")
  expect_equal "a full disk: exit status" "$(cat "$work/full.status")" 1
  expect_contains "a full disk: the stages run" "$text" $'\nbench ok'
  expect_contains "a full disk: the result is said" "$text" "Result: ok"
  expect_contains "a full disk: what could not be written" "$text" \
    "verify-gpu.sh: cannot write $work/full.json: File too large"
  expect_contains "a full disk: the log" "$text" "$work/full-logs/math.log is incomplete"
  expect_equal "a full disk: nothing else is said" "$(grep -c 'line [0-9]' "$work/full.text" || true)" 0
  expect_equal "a full disk: the last report that had room" "$(values full 's["device"]["result"]' 'd["result"]')" \
    "ok unfinished"
  expect_equal "a full disk: nothing is left" "$(cd "$work" && echo full.json*)" full.json
done

# ---- a folder that cannot be written to, from the start or later
touch "$work/file"
status=0
text=$(PATH=$work/bare "$root/scripts/verify-gpu.sh" --prebuilt "$work/well" --report "$work/file/x.json" 2>&1) ||
  status=$?
expect_contains "a folder that is a file" "$status $text" "1 verify-gpu.sh: cannot write to $work/file/x-logs"
programs gone
stand_in "$work/gone/gpu_info" <<<"rm -r '$work/place'; put '{}'"
for machine in python nowhere; do
  mkdir "$work/place"
  call gone --report "$work/place/report.json" >"$work/gone.text" 2>&1
  text=$(tr -s ' ' <"$work/gone.text")
  expect_equal "a folder that goes: exit status" "$(cat "$work/gone.status")" 1
  expect_contains "a folder that goes: the stages run" "$text" $'\nbench ok'
  expect_contains "a folder that goes: what could not be written" "$text" \
    "verify-gpu.sh: cannot write $work/place/report.json: No such file or directory"
done

finish
