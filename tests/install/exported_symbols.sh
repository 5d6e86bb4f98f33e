#!/usr/bin/env bash
# exported_symbols.sh LIBRARY: fails where a shared library exports a symbol that is not of the C
# interface (tailfit_...), or exports none at all.
set -euo pipefail

library=$1
symbols=$(nm --dynamic --defined-only --format=posix "$library" | cut -d ' ' -f 1)
foreign=$(grep -v '^tailfit_' <<<"$symbols" || true)
if [ -n "$foreign" ]; then
  echo "$library exports symbols that do not begin with tailfit_:" >&2
  c++filt <<<"$foreign" | head -n 40 >&2
  exit 1
fi
count=$(grep -c '^tailfit_' <<<"$symbols" || true)
[ "$count" -gt 0 ] || { echo "$library exports no symbol tailfit_..." >&2; exit 1; }
echo "$library exports $count symbols, all tailfit_..."
