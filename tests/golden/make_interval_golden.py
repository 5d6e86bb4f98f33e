#!/usr/bin/env python3
"""Writes interval_golden.csv: tails of rounded data and their maximum interval likelihood fits.

python3 make_interval_golden.py         # writes interval_golden.csv beside this script
"""

import collections
import math
import pathlib

import mpmath as mp
import numpy as np

import interval_reference

SEED = 20240613
OUTPUT = pathlib.Path(__file__).with_name("interval_golden.csv")
RESOLUTIONS = ("1", "0.1", "0.01", "5")
# Thresholds in units of the resolution: on a value, between a value and the cell boundary above it,
# between that boundary and the next value, and on a boundary.
THRESHOLDS = (7.0, 7.2, 6.8, 6.5)


def pareto(rng, k, shape, scale):
    e = rng.standard_exponential(k)
    return scale * (e if shape == 0 else np.expm1(shape * e) / shape)


def samples(rng):
    """(group, cell of each excess), cells counted from the moved threshold."""
    for k in (10, 20, 50, 100, 500):
        for shape, scale in (
            (-0.6, 30.0),
            (-0.3, 8.0),
            (-0.2, 2.0),
            (0.0, 0.7),
            (0.0, 12.0),
            (0.3, 3.0),
            (0.7, 20.0),
            (1.5, 5.0),
        ):
            yield "grid", np.floor(pareto(rng, k, shape, scale))
    for k in (10, 50, 500):
        yield "uniform", np.arange(k) % 10
        yield "uniform", np.floor(rng.uniform(0, 4, k))
        yield "first_cell", np.zeros(k)
        yield "two_cells", (np.arange(k) % 5 == 0).astype(float)
        yield "two_cells", (np.arange(k) % 5 != 0).astype(float)
    yield "far_cells", np.full(20, 6.0)
    yield "far_cells", np.repeat([5.0, 6.0], 10)
    yield "far_cells", np.append(np.full(30, 9.0), 2.0)
    for k in (10, 30):
        yield "capped", np.floor(np.exp(rng.uniform(0, 30, k)))
        yield "heavy", np.floor(pareto(rng, k, 4.0, 1.0) % 2.0**40)
    yield "capped", np.repeat([0.0, 1e6, 1e12], [12, 1, 1])
    for k in (3, 5, 5, 10, 10, 15, 15, 20):
        # near xi = -1 the best sigma often puts the support's end on a cell's: a kink
        yield "short_tail", np.floor(rng.uniform(0, rng.integers(3, 40), k))
        yield "short_tail", np.floor(rng.uniform(0, 12, k)) * 5
        yield "short_tail", np.floor(pareto(rng, k, -0.9, 20.0))


def moved(threshold):
    """The cell boundary j + 1/2 at or beyond the threshold."""
    return math.ceil(threshold - 0.5) + 0.5


def main():
    rng = np.random.default_rng(SEED)
    count = collections.Counter()
    with OUTPUT.open("w", newline="\n") as out:
        out.write(
            f"# make_interval_golden.py, seed {SEED}, numpy {np.__version__}, "
            f"mpmath {mp.__version__}\n"
        )
        out.write(
            "# given, moved: threshold in units of the resolution; cells: cell:count, cell c is "
            "the value moved+1/2+c;\n# scale in units of the resolution; curvature: of the "
            "profile in xi, per excess; plateau: a stretch of shapes from -1 on has the highest "
            "likelihood\n"
        )
        out.write(
            "group,resolution,given,moved,k,flags,n_maxima,shape,scale,loglik,curvature,"
            "boundary_loglik,plateau,cells\n"
        )
        for number, (group, values) in enumerate(samples(rng)):
            cells = collections.Counter(int(v) for v in values)
            keys = sorted(cells)
            fit = interval_reference.fit(keys, [cells[c] for c in keys])
            given = THRESHOLDS[number // len(RESOLUTIONS) % len(THRESHOLDS)]
            numbers = [mp.nstr(v, 20) for v in (fit.shape, fit.scale, fit.loglik)]
            out.write(
                ",".join(
                    [
                        group,
                        RESOLUTIONS[number % len(RESOLUTIONS)],
                        repr(given),
                        repr(moved(given)),
                        str(len(values)),
                        "|".join(fit.flags),
                        str(fit.n_maxima),
                        *numbers,
                        mp.nstr(fit.curvature, 6),
                        mp.nstr(fit.boundary_loglik, 20),
                        "1" if fit.plateau else "0",
                        " ".join(f"{c}:{cells[c]}" for c in keys),
                    ]
                )
                + "\n"
            )
            count.update((group, *fit.flags, f"{fit.n_maxima} maxima", f"plateau {fit.plateau}"))
    print(dict(count), OUTPUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
