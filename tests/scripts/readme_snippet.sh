#!/usr/bin/env bash
# readme_snippet.sh README EXAMPLE: the README's first C++ block is EXAMPLE, letter for letter, so what
# a reader copies has been compiled and run.
set -euo pipefail

readme=$1 example=$2
block=$(awk '/^```cpp$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$readme")
[ -n "$block" ] || { echo "$readme has no block that begins with \`\`\`cpp" >&2; exit 1; }
diff -u --label "$example" --label "$readme" "$example" <(printf '%s\n' "$block") || {
  echo "the C++ block of $readme differs from $example (above)" >&2
  exit 1
}
echo "the C++ block of the README is $(basename "$example")"
