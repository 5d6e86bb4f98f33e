#!/usr/bin/env bash
# headers.sh INCLUDE_DIR: every installed header compiles when it is the only one a file includes, with
# strict warnings; the C header also as strict C11.
set -euo pipefail

include=$1
cxx=${CXX:-g++}
cc=${CC:-cc}
shopt -s nullglob
headers=("$include"/tailfit/*.hpp "$include"/tailfit/*.h)
[ ${#headers[@]} -gt 0 ] || { echo "no header under $include/tailfit" >&2; exit 1; }

for header in "${headers[@]}"; do
  # Twice: a header must also survive a second inclusion.
  name=tailfit/$(basename "$header")
  printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
    $cxx -std=c++20 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror -fsyntax-only \
      -I "$include" -x c++ - || { echo "$name does not compile alone" >&2; exit 1; }
done
printf '#include <tailfit/tailfit.h>\n#include <tailfit/tailfit.h>\nint main(void) { return 0; }\n' |
  $cc -std=c11 -pedantic -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror -fsyntax-only \
    -I "$include" -x c - || { echo "tailfit/tailfit.h does not compile as C11" >&2; exit 1; }
echo "${#headers[@]} headers compile alone"
