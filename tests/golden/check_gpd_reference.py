#!/usr/bin/env python3
"""Checks gpd_reference.py against fits made elsewhere, and its fast evaluation against its own.

python3 check_gpd_reference.py SHARED/reference
"""

import csv
import pathlib
import sys

import mpmath as mp
import numpy as np

import gpd_profile
import gpd_reference


def excesses_of(directory, row):
    lines = (directory / row["file"]).read_text().split("\n")[1:]
    x = np.array([float(line) for line in lines if line.strip()])
    x = -x if row["negated"] == "1" else x
    u = float(row["threshold"])
    return x[x > u] - u


def check_fast(excesses):
    exact, fast = gpd_profile.Profile(excesses), gpd_profile.FastProfile(excesses)
    worst = 0.0
    for u in (-9.3, -1.01, -0.99, -0.51, -0.1, -1e-6, 1e-7, 0.2, 0.49, 0.98, 1.02, 3.7, 14.0):
        slope, curvature, _ = exact.derivatives(mp.mpf(u))
        fast_slope, fast_curvature = fast.derivatives(u)
        worst = max(worst, abs(float(slope - fast_slope)), abs(float(curvature - fast_curvature)))
    return worst


def main():
    directory = pathlib.Path(sys.argv[1])
    worst_shape = worst_scale = worst_loglik = worst_fast = 0.0
    flattest = 1e9
    with (directory / "gpd_reference_fits.csv").open() as file:
        for row in csv.DictReader(file):
            excesses = excesses_of(directory, row)
            fit = gpd_reference.fit(excesses)
            assert len(excesses) == int(row["n_exceed"]), row
            assert ("no_interior_maximum" in fit.flags) == (row["flag"] == "boundary"), row
            assert not fit.ambiguous, row
            worst_shape = max(worst_shape, abs(float(fit.shape - mp.mpf(row["shape"]))))
            worst_scale = max(worst_scale, abs(float(fit.scale / mp.mpf(row["scale"]) - 1)))
            worst_loglik = max(worst_loglik, abs(float(fit.loglik / mp.mpf(row["loglik"]) - 1)))
            worst_fast = max(worst_fast, check_fast(excesses))
            if fit.n_maxima:
                flattest = min(flattest, float(fit.curvature))
    print(
        f"largest differences: shape {worst_shape:.2g}, scale {worst_scale:.2g} (relative), "
        f"loglik {worst_loglik:.2g} (relative); fast evaluation {worst_fast:.2g}; "
        f"smallest p'' {flattest:.2g}"
    )


if __name__ == "__main__":
    main()
