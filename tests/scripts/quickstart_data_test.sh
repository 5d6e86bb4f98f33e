#!/usr/bin/env bash
# The two helpers of scripts/quickstart that touch data: closes.py on wheels that are not what they
# should be, and the table.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/assertions.sh"
library=$here/../../scripts/lib
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- the data
echo "not a wheel" >"$work/text.whl"
expect_contains "a file that is no wheel is refused" \
  "$(python3 "$library/closes.py" "$work/text.whl" "$work/closes.csv" 2>&1 || true)" \
  "text.whl is not a zip file, expected a wheel"

python3 - "$work" <<'PYTHON'
import gzip, sys, zipfile
with zipfile.ZipFile(f"{sys.argv[1]}/empty.whl", "w"):
    pass
with zipfile.ZipFile(f"{sys.argv[1]}/other.whl", "w") as wheel:
    wheel.writestr("arch/data/sp500/sp500.csv.gz", gzip.compress(b"Date,Adj Close\n1/4/1999,1\n"))
PYTHON
expect_contains "a wheel without the file is refused" \
  "$(python3 "$library/closes.py" "$work/empty.whl" "$work/closes.csv" 2>&1 || true)" \
  "empty.whl has no file arch/data/sp500/sp500.csv.gz"
expect_contains "a file with other content is refused, and both sums are named" \
  "$(python3 "$library/closes.py" "$work/other.whl" "$work/closes.csv" 2>&1 || true)" \
  "expected 1e028cbb9c400cc018c816ccc439b33c919387e726c3ed5ca2c05c82746059de"
expect_equal "nothing is left where the data were refused" "$(compgen -G "$work/closes*" || true)" ""

# ---- the table
{
  printf 'series,window_start,window_end,status,lower_shape,lower_scale,upper_shape,upper_scale,'
  printf 'q0.01,es0.01\n'
  for day in 01 02 03 04 05; do
    printf 'A,2000-01-%s,2001-01-%s,ok,0.25,1.5e-2,-0.125,0.02,-0.03,-0.045\n' $day $day
  done
  printf 'B,2000-01-01,2001-01-01,lower_too_few_exceedances,nan,nan,0.1,0.01,nan,nan\n'
} >"$work/fits.csv"
text=$(awk -v rows=3 -f "$library/rolling_table.awk" "$work/fits.csv")
expect_contains "a series is headed by its name and number of windows" "$text" "A, 5 windows"
expect_equal "rows are spread from the first window to the last" \
  "$(grep -o '2001-01-[0-9]*' <<<"$text" | tr '\n' ' ')" "2001-01-01 2001-01-03 2001-01-05 2001-01-01 "
expect_equal "numbers in units of the data are in percent" \
  "$(grep -m 1 '2001-01-01' <<<"$text" | tr -s ' ')" \
  " 2001-01-01 0.250 1.500 -0.125 2.000 -3.00 -4.50 ok"
expect_contains "a parameter that does not exist is shown as nan" \
  "$(grep too_few <<<"$text" | tr -s ' ')" " 2001-01-01 nan nan 0.100 1.000 nan nan lower_too_few"

echo "series,window_end" >"$work/short.csv"
expect_contains "a file without a needed column is refused" \
  "$(awk -v rows=3 -f "$library/rolling_table.awk" "$work/short.csv" 2>&1 || true)" \
  "short.csv has no column status"

finish
