#!/usr/bin/env bash
# Builds kernel_bits.cpp in every way that this machine can (compilers, optimisation levels,
# instruction sets, AArch64 under emulation) and compares what each prints with kernel_bits.txt and
# block_bits.txt: one result, whatever computed it. Ways that cannot be tried here are named.
#
#     bash tests/bits/equal_bits.sh [DIR]   programs and outputs go to DIR (default build/bits)
set -euo pipefail

cd "$(dirname "$0")/../.."
. scripts/lib/common.sh
here=tests/bits
work=${1:-build/bits}
mkdir -p "$work"
failed=0
skipped=0
passed=0

# Compiler, what runs the program ('-': the machine itself), then flags. Emulated ways, which take
# longest, come first. -O1 is left to the sanitizers' builds: the program is a test of theirs, with
# both compilers.
ways() {
  local compiler level
  for level in -O3 -O0; do
    echo "aarch64-linux-gnu-g++ qemu-aarch64-static $level -static"
  done
  for compiler in g++ clang++; do
    echo "$compiler - -O0 -march=x86-64"
    for level in -O2 -O3; do
      echo "$compiler - $level -march=x86-64"
      echo "$compiler - $level -march=x86-64-v3"
      echo "$compiler - $level -march=x86-64-v4"
    done
  done
}

# Why a way cannot be tried here; empty if it can.
obstacle() {
  local compiler=$1 runner=$2 flags=$3 word
  command -v "$compiler" >/dev/null || { echo "no $compiler"; return; }
  [ "$runner" = - ] || command -v "$runner" >/dev/null || { echo "no $runner"; return; }
  [ "$runner" = - ] || return 0
  [ "$(uname -m)" = x86_64 ] || { echo "$(uname -m) is not x86_64"; return; }
  case $flags in
    *x86-64-v3*) set -- avx2 fma bmi2 ;;
    *x86-64-v4*) set -- avx512f avx512bw avx512cd avx512dq avx512vl ;;
    *) set -- ;;
  esac
  for word in "$@"; do
    grep -qw "$word" /proc/cpuinfo || { echo "this processor has no $word"; return; }
  done
}

# try NAME COMPILER RUNNER FLAGS...: 0 if every bit is as expected.
try() {
  local name=$1 compiler=$2 runner=$3 lanes
  shift 3
  [ "$runner" != - ] || runner=
  "$compiler" -std=c++20 -ffp-contract=off -fno-fast-math -pthread -I. "$@" \
    $here/kernel_bits.cpp -o "$work/$name" || return 1
  $runner "$work/$name" >"$work/$name.txt" || return 1
  diff -u $here/kernel_bits.txt "$work/$name.txt" || return 1
  for lanes in 32 128; do
    $runner "$work/$name" --block $lanes >"$work/$name.$lanes.txt" || return 1
    diff -u $here/block_bits.txt "$work/$name.$lanes.txt" || return 1
  done
  $runner "$work/$name" --spoilt >"$work/$name.spoilt.txt" || return 1
  diff -u $here/block_bits.txt "$work/$name.spoilt.txt" || return 1
}

# Two ways at a time.
pending=()
finish_one() {
  local job=${pending[0]%% *} way=${pending[0]#* }
  pending=("${pending[@]:1}")
  if wait "$job"; then
    printf 'equal    %s\n' "$way"
    passed=$((passed + 1))
  else
    printf 'DIFFERS  %s\n' "$way"
    cat "$work/log.$job" 2>/dev/null || true
    failed=$((failed + 1))
  fi
}

number=0
while read -r compiler runner flags; do
  way="$compiler $flags"
  why=$(obstacle "$compiler" "$runner" "$flags")
  if [ -n "$why" ]; then
    printf 'skipped  %s: %s\n' "$way" "$why"
    skipped=$((skipped + 1))
    continue
  fi
  number=$((number + 1))
  # shellcheck disable=SC2086  # flags are words
  try "way$number" "$compiler" "$runner" $flags >"$work/way$number.log" 2>&1 &
  ln -sf "way$number.log" "$work/log.$!"
  pending+=("$! $way")
  [ ${#pending[@]} -lt 2 ] || finish_one
done < <(ways)
while [ ${#pending[@]} -gt 0 ]; do finish_one; done

printf '%d ways give the same bits, %d differ, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
