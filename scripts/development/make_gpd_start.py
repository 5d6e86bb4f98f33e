"""Fits the polynomials of kernels/fit/gpd_start.hpp to simulated samples and writes their coefficients.

    python3 scripts/development/make_gpd_start.py [SAMPLES [SEED]]        needs numpy; about a minute

For each sample the maximum of the likelihood is found by a scan of p'(u) and bisection (see
kernels/fit/gpd_profile.hpp for p and u); its u is regressed on cubic polynomials of log m1,
log m2 - 2 log m1, log k and -mean log y, with weights that make the fit one of absolute deviations.
The solver's result does not depend on these numbers, only how many passes it makes.
"""

import itertools
import sys

import numpy as np

DEGREE = 3
HEAVY_FROM = 3.0  # -mean log y, as start_heavy_from
OVERLAP = 0.3


def slope_and_profile(y, u):
    """p' and p at each u of an array; y holds the sample over its maximum."""
    e = np.exp(u)[:, None]
    t = (1.0 - y) + y * e
    xi = np.log(t).mean(axis=1)
    first = (y * e / t).mean(axis=1)
    h = -1.0 / np.expm1(-u)
    return first / xi - h + first, np.log(xi / np.expm1(u)) + xi, xi


def maximum(y):
    """u of the highest interior maximum with -1 < xi < 10, or None."""
    grid = np.linspace(-2.0 * np.log(len(y)) - 1.0, 10.0 - np.log(y).mean(), 81)
    grid = grid[np.abs(grid) > 1e-3]
    slope, profile, xi = slope_and_profile(y, grid)
    inside = (xi[:-1] > -1.0) & (xi[1:] < 10.0)
    rises = np.flatnonzero((slope[:-1] < 0.0) & (slope[1:] > 0.0) & inside)
    if len(rises) == 0:
        return None
    best = rises[np.argmin(profile[rises])]
    low, high = grid[best], grid[best + 1]
    for _ in range(30):
        middle = np.array([0.5 * (low + high) or 1e-6])
        if slope_and_profile(y, middle)[0][0] < 0.0:
            low = middle[0]
        else:
            high = middle[0]
    return 0.5 * (low + high)


def simulate(n_samples, seed):
    random = np.random.default_rng(seed)
    rows = []
    while len(rows) < n_samples:
        k = int(round(np.exp(np.log(2.0) + random.random() * np.log(2500.0))))
        shape = -0.95 + 2.2 * random.random() if random.random() < 0.6 else 13.0 * random.random()
        x = np.expm1(shape * random.exponential(size=k)) / shape
        y = x / x.max()
        if not np.all(y > 0.0):
            continue
        u = maximum(y)
        if u is not None:
            a = np.log(y.mean())
            rows.append((a, np.log((y * y).mean()) - 2.0 * a, np.log(k), -np.log(y).mean(), u))
    return np.array(rows)


def regress(rows):
    powers = [p for p in itertools.product(range(DEGREE + 1), repeat=4) if sum(p) <= DEGREE]
    terms = np.array([np.prod(rows[:, :4] ** np.array(p), axis=1) for p in powers]).T
    size = np.abs(terms).max(axis=0)
    terms = terms / size
    weight = np.ones(len(rows))
    for _ in range(30):
        solution = np.linalg.lstsq(terms * weight[:, None], rows[:, 4] * weight, rcond=None)[0]
        residual = rows[:, 4] - terms @ solution
        weight = 1.0 / np.sqrt(np.maximum(np.abs(residual), 0.03))
    return solution / size, np.abs(residual)


def main():
    n_samples = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rows = simulate(n_samples, seed)
    light = rows[:, 3] <= HEAVY_FROM + OVERLAP
    heavy = rows[:, 3] > HEAVY_FROM - OVERLAP
    for name, part in (("light", rows[light]), ("heavy", rows[heavy])):
        solution, error = regress(part)
        print(f"// {name}: {len(part)} samples, median error {np.median(error):.3f}, "
              f"90th percentile {np.quantile(error, 0.9):.3f}; seed {seed}")
        print(",\n".join(f"{float(f'{c:.6e}')!r}" for c in solution))


if __name__ == "__main__":
    main()
