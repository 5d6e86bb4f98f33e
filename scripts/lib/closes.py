"""Writes daily closes of two indices, as they lie in a wheel of the Python package arch.

    closes.py WHEEL OUT

The wheel is only unpacked, never installed. OUT becomes a CSV with the columns date (ISO 8601),
SP500 and NASDAQ: adjusted closes, 1999 to 2018, as text that is unchanged from the source.
"""

import csv
import gzip
import hashlib
import io
import os
import sys
import zipfile

# Column name, file inside the wheel, SHA-256 of that file.
SOURCES = [
    (
        "SP500",
        "arch/data/sp500/sp500.csv.gz",
        "1e028cbb9c400cc018c816ccc439b33c919387e726c3ed5ca2c05c82746059de",
    ),
    (
        "NASDAQ",
        "arch/data/nasdaq/nasdaq.csv.gz",
        "b2009535343ebb14e0aa11ed086788d2997a416ffe4f9450eed9a561ae30ac59",
    ),
]


def fail(message):
    sys.exit(f"closes.py: {message}")


def iso_date(text):
    month, day, year = (int(part) for part in text.split("/"))
    return f"{year:04d}-{month:02d}-{day:02d}"


def read_closes(wheel, name, expected):
    try:
        packed = wheel.read(name)
    except KeyError:
        fail(f"{wheel.filename} has no file {name}")
    found = hashlib.sha256(packed).hexdigest()
    if found != expected:
        fail(f"{name} in {wheel.filename} has SHA-256 {found}, expected {expected}")
    text = io.StringIO(gzip.decompress(packed).decode("ascii"), newline="")
    return {iso_date(row["Date"]): row["Adj Close"] for row in csv.DictReader(text)}


def main(wheel_path, out_path):
    try:
        with zipfile.ZipFile(wheel_path) as wheel:
            closes = [read_closes(wheel, name, expected) for _, name, expected in SOURCES]
    except zipfile.BadZipFile:
        fail(f"{wheel_path} is not a zip file, expected a wheel")
    dates = sorted(set().union(*closes))
    partial = f"{out_path}.partial"
    with open(partial, "w", encoding="ascii", newline="") as out:
        out.write(",".join(["date"] + [column for column, _, _ in SOURCES]) + "\n")
        for date in dates:
            out.write(",".join([date] + [series.get(date, "") for series in closes]) + "\n")
    os.replace(partial, out_path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        fail("expected two arguments: WHEEL OUT")
    main(sys.argv[1], sys.argv[2])
