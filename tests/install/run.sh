#!/usr/bin/env bash
# run.sh BUILD_DIR: installs what was built there into a temporary prefix and uses it as a user would:
# from CMake in C++ and in C, and from C by hand. Then the prefix moves, and all must still work.
set -euo pipefail

build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
unset DESTDIR

cached() {
  sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"
}

# The compiler that built the library, unless the caller wants another.
export CXX=${CXX:-$(cached CMAKE_CXX_COMPILER)}
export CC=${CC:-cc}

work=$(mktemp -d "${TMPDIR:-/tmp}/tailfit-install.XXXXXX")
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" >"$work/install.log" || {
  cat "$work/install.log" >&2
  exit 1
}

# build_and_run CONSUMER PREFIX: its project, configured against what is installed in PREFIX.
build_and_run() {
  local consumer=$1 prefix=$2 out=$work/$1-build
  rm -rf "$out"
  {
    cmake -S "$here/$consumer" -B "$out" -G "$(cached CMAKE_GENERATOR)" -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_PREFIX_PATH="$prefix" -DSTATIC_TAILFIT="$static" && cmake --build "$out"
  } >"$work/$consumer.log" 2>&1 || {
    cat "$work/$consumer.log" >&2
    echo "$consumer does not build against $prefix" >&2
    exit 1
  }
  # A tailfit that is installed on the machine must not stand in for the one under test.
  grep -q "^tailfit_DIR:PATH=$prefix/" "$out/CMakeCache.txt" || {
    echo "$consumer found $(grep '^tailfit_DIR' "$out/CMakeCache.txt"), expected it under $prefix" >&2
    exit 1
  }
  "$out/consumer"
}

# compile_by_hand PREFIX: as someone without CMake would.
compile_by_hand() {
  local prefix=$1 libraries=(-ltailfit)
  [ "$static" = OFF ] || libraries+=(-ltbb -lstdc++ -lm -lpthread)
  $CC -std=c11 "$here/consumer_c/main.c" -I "$prefix/include" -L "$prefix/$libdir" \
    "${libraries[@]}" -o "$work/by-hand"
  LD_LIBRARY_PATH=$prefix/$libdir "$work/by-hand"
}

# A program that was built before the prefix moved finds the library in its new place.
run_in_new_place() {
  LD_LIBRARY_PATH=$1/$libdir "$work/by-hand"
}

run_program() {
  [ ! -x "$1/bin/tailfit" ] || "$1/bin/tailfit" --version
}

use_everything() {
  build_and_run consumer_cpp "$1"
  build_and_run consumer_c "$1"
  run_program "$1"
}

libdir=$(cached CMAKE_INSTALL_LIBDIR)
libdir=${libdir:-lib}
static=OFF
[ -e "$work/first/$libdir/libtailfit.so" ] || static=ON

bash "$here/headers.sh" "$work/first/include"
[ "$static" = ON ] || bash "$here/exported_symbols.sh" "$work/first/$libdir/libtailfit.so"
use_everything "$work/first"
compile_by_hand "$work/first"

mkdir "$work/elsewhere"
mv "$work/first" "$work/elsewhere/second"
use_everything "$work/elsewhere/second"
run_in_new_place "$work/elsewhere/second"

if grep -rIl --include='*.cmake' -e "$work/first" -e "$build" "$work/elsewhere/second"; then
  echo "the files above name the place they were built in or first installed to" >&2
  exit 1
fi
echo "install test passed (static: $static)"
