#!/usr/bin/env python3
"""The same fits with NumPy/SciPy and with tailfit on one core, in turn, on the quick start's data.

    python3 bench/compare_scipy.py out/quickstart/closes.csv out/quickstart/build/tools/tailfit

The job of one fit: the 5 % and 95 % quantiles of a window of 1000 daily log-returns, a histogram of
100 bins between them, and a maximum-likelihood GPD for either tail. SciPy does it for a sample of
the windows. Prints fits per second of both, their ratio, and how far SciPy's log-likelihoods lie
below tailfit's. Needs numpy and scipy.
"""
import csv
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy import stats

WINDOW = 1000
SAMPLE = 20  # windows per round
ROUNDS = 3


def fit_with_scipy(x):
    lower, upper = np.quantile(x, [0.05, 0.95])
    np.histogram(x, bins=100, range=(lower, upper))
    logliks = []
    for excess in (lower - x[x < lower], x[x > upper] - upper):
        shape, _, scale = stats.genpareto.fit(excess, floc=0)
        logliks.append(stats.genpareto.logpdf(excess, shape, scale=scale).sum())
    return logliks


def fit_with_tailfit(program, closes, output):
    command = [program, "fit", closes, "--index", "date", "--transform", "log-return",
               "--window", str(WINDOW), "--threads", "1", "--verbose", "--output", output]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(re.search(r"([0-9.]+) fits/s", done.stderr).group(1))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    closes, program = sys.argv[1:]
    table = np.genfromtxt(closes, delimiter=",", skip_header=1, usecols=(1, 2))
    returns = np.diff(np.log(table), axis=0)
    windows = [(s, w) for s in range(2) for w in range(len(returns) - WINDOW + 1)]
    chosen = np.random.default_rng(1).choice(len(windows), SAMPLE * ROUNDS, replace=False)

    ratios, gaps = [], []
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "fits.csv")
        for round_number in range(ROUNDS):
            ours = fit_with_tailfit(program, closes, output)
            with open(output, newline="") as file:
                fits = list(csv.DictReader(file))
            sample = chosen[round_number * SAMPLE:(round_number + 1) * SAMPLE]
            start = time.perf_counter()
            theirs = []
            for number in sample:
                series, window = windows[number]
                theirs.append(fit_with_scipy(returns[window:window + WINDOW, series]))
            scipy_rate = SAMPLE / (time.perf_counter() - start)
            ratios.append(ours / scipy_rate)
            print(f"tailfit {ours:.0f} fits/s, SciPy {scipy_rate:.1f} fits/s: ratio {ratios[-1]:.0f}")
            for number, (lower, upper) in zip(sample, theirs):
                gaps.append(float(fits[number]["lower_loglik"]) - lower)
                gaps.append(float(fits[number]["upper_loglik"]) - upper)
    print(f"median ratio {np.median(ratios):.0f}, one core each, {len(fits)} windows against {SAMPLE}")
    print(f"SciPy's log-likelihood is below tailfit's by {np.median(gaps):.1e} in the median, "
          f"{max(gaps):.1e} at most, {min(gaps):.1e} at least, over {len(gaps)} tails")


if __name__ == "__main__":
    main()
