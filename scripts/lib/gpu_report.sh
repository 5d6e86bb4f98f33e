# The report of scripts/verify-gpu.sh: JSON with python3 where there is one, without it elsewhere.
# To be sourced after common.sh.
#
# A report is made of facts, each three fields that end in a zero byte: the path of a member (parents
# first, with / between), the kind of its value, the value. Kinds:
#   string   any text             json   JSON text             file   a file with one valid JSON object
# Facts that share a parent follow each other. Both writers read the same facts, so that a report has
# the same members whatever the machine has.

json_helpers=$repo_root/scripts/lib

# Asked once. A python3 that is there but does not run (a shim without a version) counts as none.
have_python=
find_python() {
  have_python=
  if python3 -c 'import json' >/dev/null 2>&1 </dev/null; then have_python=1; fi
}

fact() {
  printf '%s\0%s\0%s\0' "$1" "$2" "$3"
}

# is_json_object FILE
is_json_object() {
  [ -f "$1" ] && [ -s "$1" ] || return 1
  if [ -n "$have_python" ]; then
    python3 "$json_helpers/gpu_report.py" "$1" 2>/dev/null
  else
    [ -z "$(tr -dc '\000' <"$1" | tr '\000' 0)" ] &&
      LC_ALL=C awk -f "$json_helpers/json_object.awk" "$1" 2>/dev/null
  fi
}

# json_member FILE NAME: the value of a member of the object in FILE, as JSON. Fails where there is none.
json_member() {
  LC_ALL=C awk -v key="$2" -f "$json_helpers/json_object.awk" "$1" 2>/dev/null
}

# json_member_text FILE NAME: a member that is a string, as one line of plain text; nothing otherwise.
json_member_text() {
  local text
  text=$(json_member "$1" "$2") || return 0
  case $text in '"'*) ;; *) return 0 ;; esac
  text=${text#\"}
  text=${text%\"}
  text=${text//\\n/ }
  text=${text//\\\"/\"}
  say "${text//\\\\/\\}"
}

# json_string TEXT: the text as a JSON string. Bytes beyond ASCII become '?': they need not be UTF-8.
json_string() {
  local LC_ALL=C text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  text=${text//$'\r'/\\r}
  printf '"%s"' "${text//[^ -~]/?}"
}

# The facts on standard input as JSON, without python3.
render_facts() {
  local path kind value parts parents common separator='' open=()
  printf '{'
  while IFS= read -r -d '' path && IFS= read -r -d '' kind && IFS= read -r -d '' value; do
    IFS=/ read -ra parts <<<"$path"
    parents=$((${#parts[@]} - 1))
    common=0
    while [ "$common" -lt "$parents" ] && [ "$common" -lt ${#open[@]} ] &&
      [ "${parts[common]}" = "${open[common]}" ]; do
      common=$((common + 1))
    done
    while [ ${#open[@]} -gt "$common" ]; do
      unset 'open[-1]'
      printf '\n%*s}' $((2 * ${#open[@]} + 2)) ''
      separator=,
    done
    while [ ${#open[@]} -lt "$parents" ]; do
      printf '%s\n%*s"%s": {' "$separator" $((2 * ${#open[@]} + 2)) '' "${parts[${#open[@]}]}"
      separator=
      open+=("${parts[${#open[@]}]}")
    done
    printf '%s\n%*s"%s": ' "$separator" $((2 * ${#open[@]} + 2)) '' "${parts[parents]}"
    separator=,
    case $kind in
      string) json_string "$value" ;;
      json) printf '%s' "$value" ;;
      file) cat "$value" || return 1 ;;
      *) fail "a fact of kind '$kind', expected string, json or file" ;;
    esac
  done
  while [ ${#open[@]} -gt 0 ]; do
    unset 'open[-1]'
    printf '\n%*s}' $((2 * ${#open[@]} + 2)) ''
  done
  printf '\n}\n'
}

# partial_report FILE: beside it, so that it can be moved there in one step; of this run alone.
partial_report() {
  say "$1.partial-${work##*/}"
}

# write_facts FILE COMMAND...: puts the facts that the command prints into FILE as JSON. A reader, a run
# that is broken off, or another run with the same FILE, never sees half a report. Where FILE cannot be
# written it stays as it was, write_error says why, and the status is 1.
write_facts() {
  local file=$1 partial text
  partial=$(partial_report "$1")
  shift
  if [ -z "$have_python" ] || ! text=$("$@" | python3 "$json_helpers/gpu_report.py" 2>/dev/null); then
    text=$("$@" | render_facts) || { write_error='a part of it cannot be read'; return 1; }
  fi
  write_error=$({ printf '%s\n' "$text" >"$partial" && mv -fT "$partial" "$file"; } 2>&1) && return
  write_error=${write_error##*: }
  rm -f "$partial"
  return 1
}

# ---- what scripts/verify-gpu.sh knows, as facts

facts() {
  local stage
  fact format json 1
  fact date string "$date"
  fact host string "$(uname -srm)"
  fact_or_null commit "$commit"
  fact seed json "$seed"
  fact command string "$command_line"
  if [ -n "$device" ]; then fact device json "$device"; else fact device json null; fi
  # A parent without members is a value of its own.
  [ -n "$nvcc_version$driver" ] || fact versions json '{}'
  [ -z "$nvcc_version" ] || fact versions/nvcc string "$nvcc_version"
  [ -z "$driver" ] || fact versions/driver string "$driver"
  for stage in "${all_stages[@]}"; do
    stage_facts "$stage" "stages/$stage"
    if [ -n "${output[$stage]-}" ]; then
      fact "stages/$stage/output" file "${output[$stage]}"
    else
      fact "stages/$stage/output" json null
    fi
    case $stage in
      tests) parts_facts tests/programs "${test_programs[@]}" ;;
      sanitizer) parts_facts sanitizer/tools "${sanitizer_tools[@]}" ;;
    esac
  done
  fact result string "$overall"
}

# parts_facts PATH NAME...: of the parts that have run.
parts_facts() {
  local path=$1 part
  shift
  for part in "$@"; do
    [ -z "${result[$path/$part]-}" ] || part_facts "$path/$part"
  done
}

# part_facts NAME
part_facts() {
  stage_facts "$1" "stages/$1"
  if [ -n "${output[$1]-}" ]; then
    fact "stages/$1/output" file "${output[$1]}"
  else
    fact "stages/$1/output" json null
  fi
}

fact_or_null() {
  if [ -n "$2" ]; then fact "$1" string "$2"; else fact "$1" json null; fi
}

# stage_facts NAME PATH
stage_facts() {
  fact "$2/result" string "${result[$1]}"
  fact "$2/exit" json "${ended[$1]:-null}"
  fact "$2/seconds" json "$(seconds_text "${took[$1]:-0}")"
  [ -z "${reason[$1]-}" ] || fact "$2/reason" string "${reason[$1]}"
}
