#!/usr/bin/env python3
"""The same fits with NumPy/SciPy and with tailfit on one core, in turn, by length of the series.

    python3 bench/compare_lengths.py build/compare-scipy/tools/tailfit

For each length: a matrix of Student-t(4) values in fp32 (4 million of them, time by series), two tails of
5 % and 100 bins a series. SciPy does numpy.quantile, numpy.histogram and two genpareto.fit(floc=0) for a
few of the series, tailfit the program's fits of all (its own count of seconds, the file's reading aside).
Prints series per second of both, their ratio, and how far SciPy's log-likelihoods lie below tailfit's.
Needs numpy and scipy; scripts/compare-scipy builds the program and calls this.
"""
import csv
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

from compare_scipy import fit_with_scipy

LENGTHS = (128, 256, 1024, 4096, 16384)
VALUES = 1 << 22
SCIPY_SERIES = 30


def fit_with_tailfit(program, matrix, output):
    command = [program, "fit", matrix, "--threads", "1", "--min-exceedances", "5", "--verbose",
               "--output", output]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(re.search(r"([0-9.]+) fits/s", done.stderr).group(1))


def compare(program, length, folder):
    values = np.random.default_rng(1).standard_t(4, (length, VALUES // length)).astype(np.float32)
    matrix, output = os.path.join(folder, "x.npy"), os.path.join(folder, "fits.csv")
    np.save(matrix, values)
    ours = max(fit_with_tailfit(program, matrix, output) for _ in range(3))
    with open(output, newline="") as file:
        fits = list(csv.DictReader(file))
    start = time.perf_counter()
    theirs = [fit_with_scipy(values[:, s].astype(np.float64)) for s in range(SCIPY_SERIES)]
    scipy = SCIPY_SERIES / (time.perf_counter() - start)
    gaps = [float(fit[side]) - loglik for fit, pair in zip(fits, theirs)
            for side, loglik in zip(("lower_loglik", "upper_loglik"), pair)]
    return ours, scipy, np.median(gaps), max(gaps)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"{'length':>7} {'tailfit/s':>11} {'SciPy/s':>9} {'ratio':>7} {'SciPy below: median':>20} {'most':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for length in LENGTHS:
            ours, scipy, median, most = compare(sys.argv[1], length, folder)
            print(f"{length:7d} {ours:11.0f} {scipy:9.1f} {ours / scipy:7.0f} {median:20.1e} {most:9.1e}",
                  flush=True)


if __name__ == "__main__":
    main()
