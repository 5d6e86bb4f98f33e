# Running a program of scripts/verify-gpu.sh within its time, and what its end means. To be sourced after
# gpu_report.sh. What becomes known of NAME goes to result[NAME], ended[NAME] (exit status), took[NAME]
# (milliseconds), reason[NAME] and output[NAME] (a file); $log is where people will look.

# told COMMAND...: what it prints is for people. That they stopped reading costs nothing else.
told() {
  "$@" 2>/dev/null || true
}

# relay: standard input, told line by line.
relay() {
  local line
  while IFS= read -r line; do told say "$line"; done
}

# to_log LOG COMMAND...: appends what it prints; keeps in lost_log where there is no room for it.
to_log() {
  local file=$1
  shift
  { "$@" >>"$file"; } 2>/dev/null || lost_log=$file
}

# What a program has after SIGTERM before it is killed.
grace=5

# Sets `now`, in milliseconds.
read_clock() {
  now=$((10#${EPOCHREALTIME//[!0-9]/} / 1000))
}

seconds_text() {
  printf '%d.%03d\n' $(($1 / 1000)) $(($1 % 1000))
}

# Sets `limit` to the milliseconds that the stage may take: its share, and no more than what is left to
# all. Programs that had to be killed took longer than their share. At least 100: `timeout 0` is no limit.
stage_limit() {
  limit=$((${share[$1]} * seconds_limit * 1000 / whole_limit))
  read_clock
  local left=$((clock_begun + seconds_limit * 1000 - now))
  [ "$limit" -le "$left" ] || limit=$left
  [ "$limit" -ge 100 ] || limit=100
}

# run_bounded NAME LOG COMMAND...: at most $limit milliseconds; sets ended[NAME] and took[NAME]. In the
# background, because a shell that waits for a foreground command does not hear Ctrl-C.
run_bounded() {
  local name=$1 log=$2 begun carried=()
  shift 2
  if [ -d "$programs/lib" ]; then
    carried=(env "LD_LIBRARY_PATH=$programs/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
  fi
  [ ! -d "$programs/golden" ] || carried=("${carried[@]:-env}" "TAILFIT_GOLDEN_DIR=$programs/golden")
  to_log "$log" printf '\n$ %s\n' "$*"
  read_clock
  begun=$now
  ended[$name]=0
  timeout -k "$grace" "$(seconds_text "$limit")" "${carried[@]}" "$@" >>"$log" 2>&1 </dev/null &
  running=$!
  # What the shell itself says of a crash belongs to the log.
  wait "$running" 2>>"$log" || ended[$name]=$?
  running=''
  read_clock
  took[$name]=$((now - begun))
}

# judge NAME JSON: what the run that has just ended means; sets result[NAME], reason[NAME], output[NAME].
judge() {
  local name=$1 json=$2 status=${ended[$1]} said=''
  if is_json_object "$json"; then
    output[$name]=$json
    said=$(json_member_text "$json" reason)
  fi
  reason[$name]=$said
  # A program may end with 124 by itself, and be killed by others (137): then there was time left.
  if [ $((took[$name] + 20)) -ge "$limit" ] && { [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; }; then
    result[$name]=timeout
    reason[$name]="still running after $(seconds_text "$limit") s"
    return
  fi
  case $status in
    0) result[$name]=ok ;;
    77)
      result[$name]='no device'
      reason[$name]=${said:-the program says so without a reason}
      ;;
    *)
      result[$name]=failed
      reason[$name]="exit status $status${said:+: $said}"
      [ "$status" -le 128 ] || reason[$name]="ended by signal $((status - 128))${said:+: $said}"
      ;;
  esac
  [ -z "${output[$name]-}" ] || return 0
  # What a program shows is in its JSON: a good end without it shows nothing.
  [ "${result[$name]}" != ok ] || result[$name]=failed
  # No part of what cannot be embedded is lost.
  reason[$name]+=${reason[$name]:+; }
  if [ -e "$json" ] && [ ! -f "$json" ]; then
    reason[$name]+='its JSON is no regular file'
  elif [ -s "$json" ]; then
    reason[$name]+='its JSON is not valid'
    to_log "$log" printf '\n---- not valid JSON:\n'
    to_log "$log" head -c 65536 "$json"
    to_log "$log" printf '\n----\n'
  else
    reason[$name]+='it wrote no JSON'
  fi
}

# judge_tests NAME JSON: the same for GoogleTest, whose exit status is 0 also where no test ran. That is no
# device where every test was skipped, whatever a sanitizer around it makes of a program without CUDA.
judge_tests() {
  judge "$@"
  if [ -z "${output[$1]-}" ]; then
    return 0
  elif grep -q '"result": *"COMPLETED"' "$2"; then
    return 0
  elif grep -q '"result": *"SKIPPED"' "$2"; then
    result[$1]='no device'
    reason[$1]='every test was skipped'
  elif [ "${result[$1]}" = ok ]; then
    result[$1]=failed
    reason[$1]='no test ran'
  fi
}

# contradict WORDS: whether some of the results, each between commas, say that there is no device and
# others that they used it. A device that comes and goes is a failure, not a machine without one.
contradict() {
  [[ $1 == *,'no device',* && $1 == *,ok,* ]]
}

# worst_of NAME...: sets `worst` to the worst of their results; what a machine cannot run says nothing
# about the code.
worst_of() {
  local name words=
  for name in "$@"; do words+=",${result[$name]},"; done
  if contradict "$words"; then words+=,failed,; fi
  for worst in missing failed timeout 'no device' ok 'not supported'; do
    case $words in *",$worst,"*) return ;; esac
  done
}

# begin_parts, next_part N: the stage's time for N programs in turn, each an equal part of what is left,
# so that a quick one leaves its time to the next.
begin_parts() {
  read_clock
  parts_begun=$now parts_limit=$limit
}
next_part() {
  read_clock
  limit=$(((parts_begun + parts_limit - now) / $1))
  [ "$limit" -ge 100 ] || limit=100
}

# end_parts STAGE PATH...: what the parts' results make of the stage's.
end_parts() {
  local stage=$1 part worst words=
  shift
  read_clock
  took[$stage]=$((now - parts_begun))
  ended[$stage]=0
  worst_of "$@"
  result[$stage]=${worst/not supported/skipped}
  for part in "$@"; do
    [ "${ended[$stage]}" -ne 0 ] || ended[$stage]=${ended[$part]:-0}
    [ "${result[$part]}" = ok ] || reason[$stage]+="${reason[$stage]:+; }${part##*/}: ${result[$part]}"
    words+=",${result[$part]},"
  done
  ! contradict "$words" || reason[$stage]+=', though others used one'
}

# show_failure NAME: the end of the log where it did not work.
show_failure() {
  case ${result[$1]} in failed | timeout) told show_tail "$log" 20 ;; esac
}

# have_program STAGE PROGRAM
have_program() {
  [ ! -x "$programs/$2" ] || return 0
  result[$1]=missing
  reason[$1]="$programs/$2 is not there, or not executable"
  return 1
}
