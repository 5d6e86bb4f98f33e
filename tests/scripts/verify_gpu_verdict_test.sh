#!/usr/bin/env bash
# What scripts/verify-gpu.sh may call good, and what it must not: a run of nothing, evidence that
# contradicts itself, limits that overflow, a report that two runs write.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/assertions.sh"
. "$here/gpu_machines.sh"
programs well

# verdict DIR: exit status, result, result of each stage.
verdict() {
  echo "$status $(values "$1" 'd["result"]' "$results")"
}

# ---- stages: one name each, all of the list
refused() {
  local text status=0
  text=$(PATH=$work/bare "$root/scripts/verify-gpu.sh" --prebuilt "$work/well" \
    --report "$work/refused.json" "$@" 2>&1) || status=$?
  expect_equal "$*: exit status" "$status" 2
  expect_contains "$*" "$text" "$wanted"
}
wanted="unknown stage 'math tests', expected one of: device math tests fit sanitizer bench" \
  refused --stages "math tests"
wanted="unknown stage 'math" refused --stages $'math\nfit'
wanted="unknown stage ''" refused --stages math,,fit
wanted="unknown stage ''" refused --stages ,
expect_equal "a refused call leaves no report" "$(compgen -G "$work/refused*" || true)" ""

# ---- a report never replaces what is not a file, nor is it written into it
mkfifo "$work/pipe"
ln -s pipe "$work/link"
for place in pipe link; do
  wanted="--report is $work/pipe, which is no regular file" \
    refused --report "$work/$place" --stages math
done
expect_equal "the pipe is still one" "$([ -p "$work/pipe" ] && echo pipe)" pipe

# .ci/run names its stages in the same way.
status=0
text=$(bash "$root/.ci/run" "format shell" 2>&1) || status=$?
expect_equal ".ci/run with two stages in one word: exit status" "$status" 2
expect_contains ".ci/run with two stages in one word" "$text" "unknown stage 'format shell'"

# ---- a run that showed nothing is not good
verify "" well --stages sanitizer
expect_equal "a sanitizer that is not there, alone" "$(verdict well)" \
  "1 nothing run ['not picked', 'not picked', 'not picked', 'not picked', 'skipped', 'not picked']"
verify "" well --stages sanitizer,math
expect_equal "a sanitizer that is not there, beside a stage that is well" "$(verdict well)" \
  "0 ok ['not picked', 'ok', 'not picked', 'not picked', 'skipped', 'not picked']"

# ---- a device that some find and others do not
programs part
stand_in "$work/part/gpu_calls_tests" <<<"put '$skipped'"
verify "" part --stages tests
expect_equal "one program of the tests finds no device" "$(verdict part)" \
  "1 failed ['not picked', 'not picked', 'failed', 'not picked', 'not picked', 'not picked']"
expect_equal "one program of the tests finds no device: the reason" "$(values part 's["tests"]["reason"]')" \
  "gpu_calls_tests: no device, though others used one"
programs some
stand_in "$work/some/gpu_fit_parity" <<<'put "{\"reason\": \"lost it\"}"; exit 77'
verify "" some --stages device,math,fit
expect_equal "one stage finds no device" "$(verdict some)" \
  "1 failed ['ok', 'ok', 'not picked', 'no device', 'not picked', 'not picked']"
expect_contains "one stage finds no device: it is said" "$(cat "$work/some.text")" \
  "Result: failed (no device for: fit, though others used one)"

# ---- a good end without evidence
programs silent
for program in gpu_info gpu_math_parity gpu_fit_parity gpu_bench; do
  stand_in "$work/silent/$program" <<<'exit 0'
done
verify "" silent --stages device,math,fit,bench
expect_equal "exit status 0 and no JSON" "$(verdict silent)" \
  "1 failed ['failed', 'failed', 'not picked', 'failed', 'not picked', 'failed']"
expect_equal "exit status 0 and no JSON: reasons" \
  "$(values silent '{stage["reason"] for stage in s.values() if "reason" in stage}')" "{'it wrote no JSON'}"
for program in gpu_info gpu_math_parity gpu_fit_parity gpu_bench; do
  stand_in "$work/silent/$program" <<<'put "{\"worst\": "'
done
for machine in python ""; do
  verify "$machine" silent --stages device,math,fit,bench
  expect_equal "exit status 0 and broken JSON" "$(verdict silent)" \
    "1 failed ['failed', 'failed', 'not picked', 'failed', 'not picked', 'failed']"
  expect_equal "exit status 0 and broken JSON: reasons" \
    "$(values silent '{stage["reason"] for stage in s.values() if "reason" in stage}')" "{'its JSON is not valid'}"
done

# ---- bytes that are no text: the report stays JSON, with python3 and without
programs bytes
for bytes in '\xff\xfe' '\0' '\x80' '\xc0\xaf' '\xc3' '\xe0\x80\x80' '\xed\xa0\x80' '\xf4\x90\x80\x80' \
  '\xf0\x9f\xc3\xa9\x98\x80' '\x01' '\n'; do
  stand_in "$work/bytes/gpu_math_parity" <<<"printf '{\"name\": \"$bytes\"}' >\"\$file\""
  for machine in python ""; do
    verify "$machine" bytes --stages math,fit
    expect_equal "the bytes $bytes in JSON${machine:+, with }$machine" \
      "$(verdict bytes) $(values bytes 's["math"]["reason"]')" \
      "1 failed ['not picked', 'failed', 'not picked', 'ok', 'not picked', 'not picked'] its JSON is not valid"
  done
done
stand_in "$work/bytes/gpu_math_parity" <<<'put "{\"name\": \"\\u03c3 σ € 😀 ~\"}"'
for machine in python ""; do
  verify "$machine" bytes --stages math
  expect_equal "UTF-8 in JSON${machine:+, with }$machine" "$status $(values bytes 'ascii(s["math"]["output"]["name"])')" \
    "0 '\u03c3 \u03c3 \u20ac \U0001f600 ~'"
done

# ---- limits
wanted="--seconds-limit is 86401, expected at most 86400" refused --seconds-limit 86401
wanted="--seconds-limit is 999999999999999999, expected at most 86400" \
  refused --seconds-limit 999999999999999999
verify "" well --stages math --seconds-limit 86400
expect_equal "a day is a limit" "$status $(values well 's["math"]["output"]["called"]')" \
  "0 --arguments 100000000 --seed 1 --seconds 15625 --json FILE"

# ---- two runs at once with one report: each has an end of its own, and the report is whole
mkdir "$work/slow"
stand_in "$work/slow/mv" <<BASH
sleep 0.3
exec '$(command -v mv)' "\$@"
BASH
together() {
  status=0
  PATH=$work/slow:$work/bare "$root/scripts/verify-gpu.sh" --prebuilt "$work/well" --stages math \
    --report "$work/shared.json" >"$work/$1.text" 2>&1 || status=$?
  echo $status >"$work/$1.status"
}
together first &
together second &
wait
expect_equal "two runs with one report" "$(cat "$work/first.status" "$work/second.status" | tr '\n' ' ')$(
  )$(values shared 'd["result"]')" "0 0 ok"
expect_equal "nothing is left beside the report" "$(cd "$work" && echo shared*)" "shared-logs shared.json"

finish
