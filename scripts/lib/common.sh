# Shared by the scripts: where the repository is, how they speak, how they give up.
# To be sourced by a script that has `set -euo pipefail`.

# A failure inside $(...) is a failure.
shopt -s inherit_errexit

# The root as the file system sees it, so that CMake's cache is not confused by a symbolic link.
repo_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() {
  printf '%s\n' "$*"
}

# fail MESSAGE...: one line per argument to stderr, then exit status 1.
fail() {
  printf '%s: ' "$(basename "$0")" >&2
  printf '%s\n' "$@" >&2
  exit 1
}

# bad_call MESSAGE...: the same for a wrong command line, exit status 2.
bad_call() {
  printf '%s: ' "$(basename "$0")" >&2
  printf '%s\n' "$@" >&2
  exit 2
}

# is_one_of WORD WORD...: whether the first is among the others, whole.
is_one_of() {
  local word=$1 other
  shift
  for other in "$@"; do [ "$word" != "$other" ] || return 0; done
  return 1
}

# logged LOG WHAT COMMAND...: runs the command with its output appended to LOG. Where it fails, shows
# the log's end, says what did not work, and exits.
logged() {
  local log=$1 what=$2
  shift 2
  printf '\n$ %s\n' "$*" >>"$log"
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    show_tail "$log" 40 >&2
    fail "$what failed; the whole log is $log"
  fi
}

# show_tail FILE LINES: the last lines, set off from what the script itself says.
show_tail() {
  printf -- '---- the end of %s\n' "$1"
  tail -n "$2" "$1"
  printf -- '----\n'
}

# How many compilers to run at once.
build_jobs() {
  printf '%s\n' "${TAILFIT_JOBS:-$(nproc)}"
}
