#!/usr/bin/env bash
# Everything that only a machine with a GPU can show, in one command of less than eight minutes: the
# device, the mathematics and whole fits against the CPU's, tests, sanitizers, speed. One JSON report
# keeps what came out, whatever else breaks.
set -euo pipefail

usage='Usage: scripts/verify-gpu.sh [OPTION...]
       scripts/verify-gpu.sh --make-prebuilt DIR [--architectures LIST]
Builds the programs for the GPU of this machine, runs them, writes a report.
  --prebuilt DIR       build nothing: run the programs of DIR, which --make-prebuilt made elsewhere
  --stages LIST        some only, e.g. math,fit (all: device,math,tests,fit,sanitizer,bench)
  --report FILE        the report (default: build/verify-gpu/report-DATE.json); logs go beside it
  --seed N             of the random arguments and series (default: 1)
  --arguments N        per function of the stage math (default: 100000000)
  --seconds-limit N    all stages together, without the build (default: 470); each has its share
  --make-prebuilt DIR  build here (nvcc, no GPU needed) and put into DIR what --prebuilt wants
  --architectures LIST   for these GPUs, e.g. 80,90 (default: 90)
  TAILFIT_JOBS=N       compile N files at once (default: one per core)
  CUDA_HOME=DIR        where CUDA is, if its programs are not on PATH (default: /usr/local/cuda)
Exit status: 0 all is well, 1 something failed or took too long, 2 bad call, 77 no CUDA device here.'

# Also where it is called by a symbolic link.
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$repo_root/scripts/lib/packages.sh"
. "$repo_root/scripts/lib/build.sh"
. "$repo_root/scripts/lib/gpu_programs.sh"
. "$repo_root/scripts/lib/gpu_report.sh"
. "$repo_root/scripts/lib/gpu_run.sh"

all_stages=(device math tests fit sanitizer bench)
sanitizer_tools=(memcheck racecheck synccheck)
test_programs=(gpu_tests gpu_calls_tests)
# Seconds of each stage where all have $whole_limit together.
declare -A share=([device]=20 [math]=100 [tests]=90 [fit]=90 [sanitizer]=90 [bench]=80)
whole_limit=470
# A day: milliseconds times shares stay far below 2^63.
greatest_limit=86400

# What is known of a stage, and of its parts under "sanitizer/tools/TOOL" and "tests/programs/PROGRAM".
declare -A result=() ended=() took=() reason=() output=()
overall=unfinished
# A log that could not take all that was to go there; why the report could not be written.
lost_log='' write_error=''
driver='' nvcc_version=''
# The process and the stage that run now, for whoever interrupts.
running='' current_stage=''

# ---- the command line

# whole_number OPTION VALUE: the value without leading zeros, which JSON does not allow.
whole_number() {
  case $2 in '' | *[!0-9]*) bad_call "$1 is '$2', expected a whole number" "$usage" ;; esac
  [ ${#2} -le 18 ] || bad_call "$1 is $2, expected at most 18 digits" "$usage"
  say $((10#$2))
}

positive_number() {
  local number
  number=$(whole_number "$@")
  [ "$number" -gt 0 ] || bad_call "$1 is 0, expected 1 or more" "$usage"
  say "$number"
}

# pick_stages LIST: what it leaves out is marked so.
pick_stages() {
  local names name stage
  # Not `read`, which ends at a line's end.
  mapfile -t -d, names < <(printf '%s' "$1")
  [ ${#names[@]} -gt 0 ] || bad_call "--stages expects a list, of: ${all_stages[*]}" "$usage"
  for name in "${names[@]}"; do
    is_one_of "$name" "${all_stages[@]}" ||
      bad_call "unknown stage '$name', expected one of: ${all_stages[*]}"
  done
  for stage in "${all_stages[@]}"; do
    result[$stage]='not picked'
    ! is_one_of "$stage" "${names[@]}" || result[$stage]='not run'
  done
}

# CMake puts the list into a shell command.
check_architectures() {
  local one='[1-9][0-9]{1,2}[af]?(-real|-virtual)?'
  [[ $architectures =~ ^$one(\;$one)*$ ]] ||
    bad_call "--architectures is '$architectures', expected e.g. 90 or 80,90a-real,120f-virtual" "$usage"
}

parse_command_line() {
  local to_verify='' to_pack=''
  command_line=$(printf '%q ' "$0" "$@")
  command_line=${command_line% }
  prebuilt='' report='' seed=1 seconds_limit=$whole_limit arguments=100000000 packed='' architectures=90
  pick_stages "$(IFS=,; say "${all_stages[*]}")"
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) say "$usage"; exit 0 ;;
      --prebuilt | --stages | --report | --seed | --seconds-limit | --arguments) to_verify=$1 ;;
      --make-prebuilt | --architectures) to_pack=$1 ;;
      *) bad_call "unknown argument '$1'" "$usage" ;;
    esac
    [ -n "${2-}" ] || bad_call "$1 expects a value" "$usage"
    case $1 in
      --prebuilt) prebuilt=$(realpath -m -- "$2") ;;
      --stages) pick_stages "$2" ;;
      --report) report=$(realpath -m -- "$2") ;;
      --seed) seed=$(whole_number "$1" "$2") ;;
      --seconds-limit)
        seconds_limit=$(positive_number "$1" "$2")
        [ "$seconds_limit" -le $greatest_limit ] ||
          bad_call "$1 is $seconds_limit, expected at most $greatest_limit" "$usage"
        ;;
      --arguments) arguments=$(positive_number "$1" "$2") ;;
      --make-prebuilt) packed=$(realpath -m -- "$2") ;;
      --architectures) architectures=${2//,/;} ;;
    esac
    shift 2
  done
  [ -z "$to_pack" ] || [ -n "$packed" ] || bad_call "--architectures goes with --make-prebuilt" "$usage"
  [ -z "$to_pack" ] || [ -z "$to_verify" ] || bad_call "$to_verify does not go with $to_pack" "$usage"
  check_architectures
  [ ! -d "$report" ] || bad_call "--report is $report, which is a folder"
  # Putting the report there would replace it: a device, a pipe.
  [ ! -e "$report" ] || [ -f "$report" ] || bad_call "--report is $report, which is no regular file"
  [ -z "$prebuilt" ] || [ -d "$prebuilt" ] || bad_call "--prebuilt is $prebuilt, which is no folder"
}

# ---- the stages; each sets result[STAGE] and what goes with it. $json is where its program shall write.

stage_device() {
  have_program device gpu_info || return 0
  run_bounded device "$log" "$programs/gpu_info" --json "$json"
  judge device "$json"
  [ "${result[device]}" = ok ] || return 0
  # The object under "device", or all of it where the program has no such member.
  device=$(json_member "$json" device) || device=$(cat "$json")
}

# It ends by itself, with what it has until then: one that is killed leaves no JSON.
stage_math() {
  have_program math gpu_math_parity || return 0
  local seconds=$((limit * 85 / 100000))
  [ "$seconds" -ge 1 ] || seconds=1
  run_bounded math "$log" "$programs/gpu_math_parity" --arguments "$arguments" --seed "$seed" \
    --seconds "$seconds" --json "$json"
  judge math "$json"
}

# Those of the device, then those of every call of the library, through contexts that take it.
stage_tests() {
  local program name programs_left=${#test_programs[@]}
  begin_parts
  for program in "${test_programs[@]}"; do
    name=tests/programs/$program
    next_part "$programs_left"
    programs_left=$((programs_left - 1))
    have_program "$name" "$program" || continue
    run_bounded "$name" "$log" "$programs/$program" "--gtest_output=json:$work/$program.json"
    judge_tests "$name" "$work/$program.json"
    show_failure "$name"
  done
  end_parts tests "${test_programs[@]/#/tests/programs/}"
}

# Two thirds of the time for fits; the rest is for the start and for the fit that is under way then.
stage_fit() {
  have_program fit gpu_fit_parity || return 0
  local seconds=$((limit * 2 / 3000))
  [ "$seconds" -ge 1 ] || seconds=1
  run_bounded fit "$log" "$programs/gpu_fit_parity" --seconds "$seconds" --seed "$seed" --json "$json"
  judge fit "$json"
}

stage_sanitizer() {
  local sanitizer tool tools_left=${#sanitizer_tools[@]}
  have_program sanitizer gpu_tests || return 0
  if ! sanitizer=$(cuda_program compute-sanitizer); then
    result[sanitizer]=skipped
    reason[sanitizer]="no compute-sanitizer on PATH nor in $cuda_bin"
    return
  fi
  begin_parts
  for tool in "${sanitizer_tools[@]}"; do
    next_part "$tools_left"
    tools_left=$((tools_left - 1))
    run_sanitizer "$sanitizer" "$tool"
  done
  end_parts sanitizer "${sanitizer_tools[@]/#/sanitizer/tools/}"
}

# run_sanitizer SANITIZER TOOL
run_sanitizer() {
  local name=sanitizer/tools/$2 tests=$work/$2.json text=$work/$2.log message
  run_bounded "$name" "$text" "$1" --tool "$2" --error-exitcode 9 \
    "$programs/gpu_tests" '--gtest_filter=*Sanitizer*' "--gtest_output=json:$tests"
  judge_tests "$name" "$tests"
  [ "${result[$name]}" != failed ] || [ "${ended[$name]}" -ne 9 ] || reason[$name]="$2 found errors"
  # Its own lines begin with =; "Program hit" is a call of ours that the device does not support.
  message=$(grep -i '^==.*not supported' "$text" | grep -v 'Program hit' | head -n 1 | tr -s '= ' ' ' || true)
  if [ -n "$message" ] && [ "${result[$name]}" != ok ]; then
    result[$name]='not supported'
    reason[$name]=${message# }
  fi
  to_log "$log" cat "$text"
  show_failure "$name"
}

stage_bench() {
  have_program bench gpu_bench || return 0
  run_bounded bench "$log" "$programs/gpu_bench" "--benchmark_out=$json" --benchmark_out_format=json \
    --benchmark_min_time=0.2
  judge bench "$json"
}

# ---- all of it

# nvidia_smi ARGUMENT...: which a broken driver can keep waiting.
nvidia_smi() {
  timeout -k 1 5 nvidia-smi "$@" 2>/dev/null </dev/null
}

read_versions() {
  local text
  text=$(nvidia_smi --query-gpu=driver_version --format=csv,noheader) &&
    driver=${text%%$'\n'*}
  text=$(cuda_program nvcc) && text=$("$text" --version 2>/dev/null) &&
    nvcc_version=$(sed -n 's/.*release [0-9.]*, V\([0-9.]*\).*/\1/p' <<<"$text")
  return 0
}

# overall_result: of the stages, all of which have ended. Where none was run, nothing was shown.
overall_result() {
  local stage words=
  for stage in "${all_stages[@]}"; do words+=",${result[$stage]},"; done
  if contradict "$words"; then words+=,failed,; fi
  case $words in
    *,failed,* | *,timeout,* | *,missing,*) say failed ;;
    *',no device,'*) say 'no device' ;;
    *,ok,*) say ok ;;
    *) say 'nothing run' ;;
  esac
}

# " (no device for: STAGE..., though others used one)" where that is so.
stages_without_device() {
  local stage words='' without=''
  for stage in "${all_stages[@]}"; do
    words+=",${result[$stage]},"
    [ "${result[$stage]}" != 'no device' ] || without+=" $stage"
  done
  ! contradict "$words" || printf ' (no device for:%s, though others used one)' "$without"
}

# " (without: STAGE...)" where stages were skipped: they say neither good nor bad.
skipped_stages() {
  local stage skipped=
  for stage in "${all_stages[@]}"; do [ "${result[$stage]}" != skipped ] || skipped+=" $stage"; done
  [ -z "$skipped" ] || printf ' (without:%s)' "$skipped"
}

run_stage() {
  local stage=$1 log=$logs/$1.log json=$work/$1.json limit
  { : >"$log"; } 2>/dev/null || { lost_log=$log; log=/dev/null; }
  current_stage=$stage
  stage_limit "$stage"
  told say "$stage (at most $(seconds_text "$limit") s)"
  # Without `set -e`: whatever fails in a stage, the next ones run.
  "stage_$stage" || true
  # Was there room for all that its programs printed?
  to_log "$log" say ''
  case $stage in tests | sanitizer) ;; *) show_failure "$stage" ;; esac
  current_stage=''
  # Where there is no room now, there may be later; the last one counts.
  write_facts "$report" facts || true
}

interrupted() {
  trap '' INT TERM HUP
  if [ -n "$running" ]; then
    kill "$running" 2>/dev/null || true
    wait "$running" || true
  fi
  if [ -n "$current_stage" ]; then
    result[$current_stage]=interrupted
    if ! write_facts "$report" facts; then told say "Cannot write $report: $write_error" >&2; fi
  fi
  told say "Interrupted. What is known so far: $report" >&2
  exit "$1"
}

# build_here BUILD: where that does not work, the report says so of every stage.
build_here() {
  local status=0 word=missing why="not built; the log is $1/build.log" stage
  # Not `if (...)`: there `set -e` would be off inside.
  set +e
  (set -e && build_gpu_programs "$1" native) | relay
  status=$?
  set -e
  [ "$status" -ne 0 ] || return 0
  # CMake's words where it is to build for the GPU of a machine that has none, or one that does not start.
  if grep -qs 'no GPU was detected' "$1/build.log"; then
    why='CMake detected no GPU'
    case $(nvidia_smi -L || true) in
      *'GPU 0'*) why+=', though nvidia-smi lists one' ;;
      *) word='no device' ;;
    esac
  fi
  for stage in "${all_stages[@]}"; do
    [ "${result[$stage]}" = 'not run' ] || continue
    result[$stage]=$word
    reason[$stage]=$why
  done
}

print_results() {
  local stage
  printf '\n%-10s %-10s %8s\n' stage result seconds
  for stage in "${all_stages[@]}"; do
    printf '%-10s %-10s %8s   %s\n' "$stage" "${result[$stage]}" "$(seconds_text "${took[$stage]:-0}")" \
      "${reason[$stage]-}"
  done
  printf '\nPrograms of commit %s\nResult: %s%s%s\n' "${commit:-unknown}" "$overall" \
    "$(stages_without_device)" "$(skipped_stages)"
  [ -z "$lost_log" ] || say "The log $lost_log is incomplete."
  [ -n "$write_error" ] || say "Report: $report"
}

verify() {
  local stage
  # Ignored, so that whoever prints gets an error instead: see `told`.
  trap '' PIPE
  # The number of a closed one would go to the next file that is opened.
  { : 3>&1; } 2>/dev/null || exec >/dev/null
  { : 3>&2; } 2>/dev/null || exec 2>/dev/null
  date=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  report=${report:-$repo_root/build/verify-gpu/report-${date//[-:]/}.json}
  if [ -n "$prebuilt" ]; then
    programs=$prebuilt
    commit=$(cat "$programs/commit" 2>/dev/null) || commit=''
  else
    commit=$(checkout_commit)
    build_here "$repo_root/build/verify-gpu"
    programs=$repo_root/build/verify-gpu/gpu
  fi
  device=''
  logs=${report%.json}-logs
  mkdir -p "$logs" 2>/dev/null || fail "cannot write to $logs"
  work=$(mktemp -d)
  trap 'rm -rf "$work" "$(partial_report "$report")"' EXIT
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  trap 'interrupted 129' HUP

  read_clock
  clock_begun=$now
  find_python
  read_versions
  write_facts "$report" facts || fail "cannot write $report: $write_error"
  for stage in "${all_stages[@]}"; do
    [ "${result[$stage]}" != 'not run' ] || run_stage "$stage"
  done
  overall=$(overall_result)
  if write_facts "$report" facts; then write_error=''; fi
  told print_results
  [ -z "$write_error" ] || fail "cannot write $report: $write_error"
  case $overall in ok) exit 0 ;; 'no device') exit 77 ;; *) exit 1 ;; esac
}

main() {
  parse_command_line "$@"
  cd "$repo_root"
  if [ -n "$packed" ]; then make_prebuilt "$packed" "$architectures"; else verify; fi
}

main "$@"
