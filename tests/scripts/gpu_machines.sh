# For the tests of scripts/verify-gpu.sh, to be sourced after assertions.sh: machines with and without
# a GPU, made of stand-ins under $work, and what a report says.

root=$(cd "$here/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CXX CUDA_HOME LD_LIBRARY_PATH TAILFIT_JOBS
python=$(python3 -c 'import sys; print(sys.executable)')

# ---- machines: folders for PATH

mkdir "$work/bare" "$work/python" "$work/cuda"
for command in bash cat sed sort tr head tail basename dirname mktemp nproc env awk grep date uname \
  timeout sleep mv cp rm mkdir chmod realpath git du ldd strip id; do
  ln -s "$(command -v "$command")" "$work/bare/$command"
done

# stand_in FILE: a program whose text is standard input. There, $file is where it is told to write; put
# TEXT writes; put_call writes the arguments; hang NAME hangs, its process id in NAME.pid.
stand_in() {
  {
    cat <<BASH
#!/usr/bin/env bash
hang() { echo \$\$ >"$work/\$1.pid"; exec sleep 600; }
BASH
    cat <<'BASH'
put() { printf '%s\n' "$*" >"$file"; }
put_call() { put "{\"called\": \"${arguments/"$file"/FILE}\", \"worst\": 0.5e-3}"; }
arguments=$* file='' previous=''
for argument in "$@"; do
  case $argument in
    --gtest_output=json:*) file=${argument#*json:} ;;
    --benchmark_out=*) file=${argument#*=} ;;
    *) [ "$previous" != --json ] || file=$argument ;;
  esac
  previous=$argument
done
BASH
    cat
  } >"$1"
  chmod +x "$1"
}

stand_in "$work/python/python3" <<<"exec '$python' \"\$@\""
stand_in "$work/cuda/nvidia-smi" <<'BASH'
[ "$1" = -L ] || { echo 580.159.04; exit; }
[ -z "${GPU-}" ] || echo "GPU 0: $GPU (UUID: GPU-1234)"
BASH
stand_in "$work/cuda/nvcc" <<<'echo "Cuda compilation tools, release 13.0, V13.0.88"'
# Racecheck: errors where the tests are told so; synccheck: as on a machine that cannot run it.
stand_in "$work/cuda/compute-sanitizer" <<'BASH'
tool=$2
echo "========= COMPUTE-SANITIZER"
if [ "$tool" = synccheck ] && [ -n "${NO_SYNCCHECK-}" ]; then
  echo "========= Device not supported. Please refer to the documentation"
  exit 1
fi
if [ -n "${CALL_FAILS-}" ]; then
  echo "========= Program hit cudaErrorNotSupported (error 801) due to 'operation not supported'"
  exit 9
fi
[ "$1 $3 $4" = "--tool --error-exitcode 9" ] || exit 99
shift 4
"$@" || exit
[ "$tool" != racecheck ] || [ -z "${RACE-}" ] || exit 9
BASH

# ---- programs

tested='{"tests": 1, "testsuites": [{"name": "Fit", "testsuite": [{"name": "A", "result": "COMPLETED"}]}]}'
skipped='{"tests": 1, "testsuites": [{"name": "Fit", "testsuite": [{"name": "A", "result": "SKIPPED"}]}]}'

# programs NAME: a folder of them that are all well.
programs() {
  local dir=$work/$1
  mkdir -p "$dir/lib"
  echo 0123abc >"$dir/commit"
  stand_in "$dir/gpu_info" <<'BASH'
put '{"n": 1, "device": {"name": "\"H\" {}", "path": "'"$LD_LIBRARY_PATH"'"}}'
BASH
  stand_in "$dir/gpu_math_parity" <<<'put_call'
  stand_in "$dir/gpu_tests" <<<"put '$tested'"
  stand_in "$dir/gpu_calls_tests" <<<"put '${tested/Fit/Calls}'"
  # Also keeps what the report says while it runs.
  stand_in "$dir/gpu_fit_parity" <<<'[ -z "${REPORT-}" ] || cp "$REPORT" "$REPORT.seen"; put_call'
  stand_in "$dir/gpu_bench" <<<'put_call'
}

# verify MACHINE DIR ARGUMENT...: runs the script with PATH made of the folders in MACHINE and bare; what
# it prints goes to DIR.text, its exit status to `status`, the report to DIR.json.
verify() {
  local path='' folder dir=$2
  for folder in $1 bare; do path+=${path:+:}$work/$folder; done
  shift 2
  status=0
  PATH=$path CUDA_HOME=$work/nowhere "$root/scripts/verify-gpu.sh" --prebuilt "$work/$dir" \
    --report "$work/$dir.json" "$@" >"$work/$dir.text" 2>&1 || status=$?
}

# values REPORT EXPRESSION...: of the report d, with the stages s, joined by spaces.
values() {
  "$python" -m json.tool "$work/$1.json" >/dev/null || { echo "$1.json is not valid JSON"; return; }
  "$python" - "$work/$1.json" "${@:2}" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
s = d["stages"]
print(*(eval(expression) for expression in sys.argv[2:]))
PYTHON
}

# is_running NAME: whether the program that wrote its process id to NAME.pid is, two seconds after it
# was killed. One that only waits for init to take note of its end (Z) is not.
is_running() {
  local i status
  for ((i = 0; i < 20; i++)); do
    status=$(cat "/proc/$(cat "$work/$1.pid")/status" 2>/dev/null) || status=''
    case $status in *State:$'\t'[RSD]*) sleep 0.1 ;; *) echo no; return ;; esac
  done
  echo yes
}

results='[stage["result"] for stage in s.values()]'
all_ok="['ok', 'ok', 'ok', 'ok', 'ok', 'ok']"
