#!/usr/bin/env bash
# What scripts/lib/packages.sh says on machines that lack something. Nothing is installed: the PATH has
# stand-ins only.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/assertions.sh"
library=$here/../../scripts/lib
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CXX

# machine NAME COMMAND...: a folder for PATH with the ordinary commands and those stand-ins, which do
# nothing and succeed.
machine() {
  local path=$work/$1 command
  shift
  mkdir -p "$path"
  for command in bash cat sed sort tr head tail basename dirname mktemp nproc env; do
    ln -sf "$(command -v "$command")" "$path/$command"
  done
  for command in "$@"; do
    printf '#!/bin/sh\nexit 0\n' >"$path/$command"
    chmod +x "$path/$command"
  done
}

# stand_in MACHINE COMMAND TEXT: a stand-in that prints TEXT.
stand_in() {
  printf '#!/bin/sh\ncat >/dev/null\nprintf "%%s\\n" "%s"\n' "$3" >"$work/$1/$2"
  chmod +x "$work/$1/$2"
}

# ensure MACHINE GROUP...: what ensure_packages prints there, and how it ends.
ensure() {
  local path=$work/$1
  shift
  env -i PATH="$path" ${CXX+"CXX=$CXX"} bash -c '
    set -euo pipefail
    . "$0/common.sh"; . "$0/packages.sh"
    ensure_packages "$1" "${@:2}" && echo "all there"' "$library" "$work/log" "$@" 2>&1 </dev/null || true
}

machine complete ninja
stand_in complete cmake "cmake version 3.25.1"
stand_in complete g++ ""
stand_in complete id 1000
expect_equal "a machine that has everything needs neither apt-get nor root" \
  "$(ensure complete build tests bench)" "all there"

machine old ninja
stand_in old cmake "cmake version 3.22.1"
stand_in old g++ ""
expect_contains "a cmake that is too old is named with its version" \
  "$(ensure old build)" "cmake is 3.22.1, expected 3.25 or newer"

machine no_apt cmake ninja
stand_in no_apt g++ "missing zlib1g-dev"
text=$(ensure no_apt build)
expect_contains "without apt-get the packages are named" "$text" "bring: zlib1g-dev"
expect_contains "without apt-get it says so" "$text" "no apt-get here"

machine no_root ninja apt-get
stand_in no_root g++ "missing zlib1g-dev"
stand_in no_root id 1000
text=$(ensure no_root build)
expect_contains "without root and sudo it gives the command that root would run" "$text" \
  "apt-get install --no-install-recommends cmake zlib1g-dev"

machine no_compiler cmake ninja dpkg-query
expect_contains "without a compiler every library that dpkg does not know of is missing" \
  "$(ensure no_compiler build)" "g++ libcli11-dev libssl-dev libtbb-dev nlohmann-json3-dev zlib1g-dev"

expect_contains "a CXX that nobody packages is named" "$(CXX=icpx ensure no_compiler build)" \
  "CXX is 'icpx', which is not on this machine; expected g++ or clang++"

finish
