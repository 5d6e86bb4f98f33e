#!/usr/bin/env python3
"""tailfit beside other programs that fit a GPD by maximum likelihood, on the same samples.

    python3 bench/peers/compare_peers.py BUILD [--per-cell N] [--seed S]

BUILD is a build directory with the targets `tailfit` and `exact_fits`. Needs numpy; SciPy, OpenTURNS, and
R with the packages evd and fExtremes (Debian: r-cran-evd, r-cran-fextremes) where they are installed, others
are named as absent. Every sample is fitted as drawn and multiplied by 1e-6 and 1e6. The log-likelihood of
each answer is computed here, in extended precision, from the parameters that the program gave; the maximum is
that of the certified search in tests/exact. Samples without an interior maximum are left out, and counted.
"""

import argparse
import os
import subprocess
import time
import warnings

import numpy as np

from peers import all_peers

SIZES = (20, 50, 100, 500)
SHAPES = (-0.4, -0.2, 0.0, 0.1, 0.3, 0.5, 1.0)
SCALES = (1e-6, 1.0, 1e6)
TOLERANCE = 1e-6  # of the log-likelihood
SHAPE_TOLERANCE = 1e-3  # how far a shape may move with the unit


def log_likelihood(sample, shape, scale):
    """Sum of log gpd(y; shape, scale); -inf where an excess lies beyond the support."""
    z = np.asarray(sample, dtype=np.longdouble) / np.longdouble(scale)
    xi = np.longdouble(shape)
    if xi == 0:
        return float(-len(z) * np.log(np.longdouble(scale)) - z.sum())
    t = xi * z
    if not np.all(t > -1):
        return -np.inf
    return float(-len(z) * np.log(np.longdouble(scale)) - (1 + 1 / xi) * np.log1p(t).sum())


def draw(seed, per_cell):
    samples = []
    for i, size in enumerate(SIZES):
        for j, shape in enumerate(SHAPES):
            random = np.random.Generator(np.random.Philox(key=[seed, 100 * i + j]))
            for _ in range(per_cell):
                exponential = random.exponential(size=size)
                samples.append(exponential if shape == 0 else np.expm1(shape * exponential) / shape)
    return [np.maximum(sample, 1e-12) for sample in samples]


def exact_maxima(program, samples):
    text = "".join(" ".join(repr(float(y)) for y in sample) + "\n" for sample in samples)
    run = subprocess.run([program], input=text, check=True, capture_output=True, text=True)
    rows = [line.split() for line in run.stdout.splitlines()]
    assert len(rows) == len(samples)
    return [(float(a), float(b), float(c)) if d == "1" else None for a, b, c, d in rows]


def classify(fits, samples, exact):
    """Counts of one program at one scale: failed, below, and the shortfalls of those below."""
    failed, shortfalls = 0, []
    for fit, sample, best in zip(fits, samples, exact):
        if fit is None:
            failed += 1
            continue
        value = log_likelihood(sample, *fit)
        if value == -np.inf or fit[0] < -1:  # there the likelihood has no bound and no meaning
            failed += 1
            continue
        shortfall = best[2] - value
        if shortfall > TOLERANCE:
            shortfalls.append(shortfall)
    return failed, shortfalls


def share(count, total):
    return f"{100 * count / total:.2f} %"


def table_rows(name, per_scale, total):
    rows = []
    for factor, (failed, shortfalls) in per_scale.items():
        median = f"{np.median(shortfalls):.2g}" if shortfalls else "–"
        largest = f"{max(shortfalls):.2g}" if shortfalls else "–"
        rows.append(f"| {name} | {factor:g} | {share(failed, total)} | {share(len(shortfalls), total)} "
                    f"| {median} | {largest} |")
    return rows


def moved_with_the_unit(fits_by_scale):
    moved = 0
    for fits in zip(*fits_by_scale.values()):
        shapes = [fit[0] for fit in fits if fit is not None]
        if len(shapes) < len(fits) or max(shapes) - min(shapes) > SHAPE_TOLERANCE:
            moved += 1
    return moved


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--per-cell", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    samples = draw(options.seed, options.per_cell)
    reference = os.path.join(options.build, "tests", "exact", "exact_fits")
    exact = {factor: exact_maxima(reference, [s * factor for s in samples]) for factor in SCALES}
    kept = [i for i in range(len(samples)) if all(exact[factor][i] is not None for factor in SCALES)]
    installed, absent = all_peers(os.path.join(options.build, "tools", "tailfit"))
    print(f"seed {options.seed}; {len(kept)} samples at each scale, {len(samples) - len(kept)} more without an interior "
          f"maximum left out; absent: {', '.join(absent) or 'none'}\n")
    print("| program | scale | no fit | below the maximum | by (median) | by (largest) |\n|---|---|---|---|---|---|")
    notes = []
    for name, call, fit in installed:
        begun, per_scale, fits_by_scale = time.perf_counter(), {}, {}
        for factor in SCALES:
            scaled = [samples[i] * factor for i in kept]
            fits_by_scale[factor] = fit(scaled)
            per_scale[factor] = classify(fits_by_scale[factor], scaled, [exact[factor][i] for i in kept])
        seconds = time.perf_counter() - begun
        print("\n".join(table_rows(name, per_scale, len(kept))), flush=True)
        notes.append(f"- {name}, `{call}`: the shape moves by more than {SHAPE_TOLERANCE:g} with the unit, or a fit is "
                     f"lost, for {share(moved_with_the_unit(fits_by_scale), len(kept))}; {seconds:.0f} s in all")
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
