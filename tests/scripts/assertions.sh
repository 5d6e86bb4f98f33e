# For the tests of the scripts, to be sourced: what is expected, and what was found where it fails.

failures=0

# expect_contains WHAT TEXT WANTED
expect_contains() {
  if [[ $2 == *"$3"* ]]; then return; fi
  printf 'FAILED: %s\n  expected to find: %s\n  in: %s\n' "$1" "$3" "$2" >&2
  failures=$((failures + 1))
}

# expect_equal WHAT FOUND WANTED
expect_equal() {
  if [ "$2" = "$3" ]; then return; fi
  printf 'FAILED: %s\n  expected: %s\n  found:    %s\n' "$1" "$3" "$2" >&2
  failures=$((failures + 1))
}

# finish: the last line of a test.
finish() {
  [ "$failures" -eq 0 ] || { echo "$failures expectations failed" >&2; exit 1; }
  echo "passed"
}
