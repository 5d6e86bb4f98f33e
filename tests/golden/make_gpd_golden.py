#!/usr/bin/env python3
"""Writes gpd_golden.csv: samples of excesses and their maximum likelihood fits to 50 digits.

python3 make_gpd_golden.py              # writes gpd_golden.csv beside this script; about 3 minutes
"""

import pathlib
import struct

import mpmath as mp
import numpy as np

import gpd_reference

SEED = 20240612
SIZES = (1, 2, 3, 5, 7, 10, 20, 50, 100, 300, 1000)
SHAPES = (-0.9, -0.6, -0.4, -0.2, 0.0, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 12.0)
OUTPUT = pathlib.Path(__file__).with_name("gpd_golden.csv")


def pareto(rng, k, shape, scale=1.0):
    """k positive excesses of a generalized Pareto distribution."""
    e = rng.standard_exponential(k)
    x = scale * (e if shape == 0 else np.expm1(shape * e) / shape)
    return np.maximum(x, 1e-300)


def grid(rng):
    for k in SIZES:
        for shape in SHAPES:
            for _ in range(3 if 2 <= k <= 20 else 1):
                yield "grid", pareto(rng, k, shape, 10.0 ** rng.integers(-3, 4))


def ties(rng):
    for k in (5, 10, 50, 100):
        for shape in (-0.4, 0.0, 0.5):
            yield "ties", np.ceil(pareto(rng, k, shape, 3.0))
            yield "lattice", np.ceil(pareto(rng, k, shape, 40.0)) * 0.01


def odd_ones(rng):
    for k in (3, 7, 20, 50):
        for size in (1e3, 1e6, 1e12):
            x = pareto(rng, k, 0.1)
            x[k // 2] = x.max() * size
            yield "outlier", x
        for size in (1e-12, 1e-30):
            x = pareto(rng, k, 0.1)
            x[k // 2] = x.min() * size
            yield "tiny", x
    for k in (2, 5, 100):
        yield "identical", np.full(k, 0.1 * k)
    for k in (2, 10, 50):
        x = np.full(k, 2.0)
        x[-1] = np.nextafter(2.0, 3.0)
        yield "nearly_identical", x
    for k in (7, 20):
        yield "capped", np.exp(pareto(rng, k, 0.3, 25.0))
        yield "capped", np.exp(pareto(rng, k, -0.1, 60.0))


def searched(wanted, accept, draw):
    """Random samples until `wanted` of them have a fit that `accept`s."""
    found = 0
    while found < wanted:
        x = draw()
        if accept(gpd_reference.fit(x)):
            found += 1
            yield x


def rare(rng):
    def with_small_excess():
        x = pareto(rng, int(rng.integers(5, 9)), rng.uniform(0.0, 2.0))
        x[0] = x.min() * 10.0 ** rng.uniform(-5, -2)
        return x

    def short_tailed():
        return pareto(rng, int(rng.integers(7, 15)), rng.uniform(-0.7, 0.3))

    small = searched(20, lambda f: f.n_maxima > 1, with_small_excess)
    yield from (("several_maxima", x) for x in small)
    heavy = searched(5, lambda f: f.n_maxima > 1, lambda: pareto(rng, 7, rng.uniform(0.5, 4)))
    yield from (("several_maxima", x) for x in heavy)
    higher = searched(10, lambda f: "boundary_higher" in f.flags, short_tailed)
    yield from (("boundary_higher", x) for x in higher)
    none = searched(10, lambda f: f.n_maxima == 0, short_tailed)
    yield from (("none", x) for x in none)
    for k in (5, 7, 10):
        for size in (1e-9, 1e-15, 1e-24, 1e-60):
            x = pareto(rng, k, 0.2)
            x[0] = x.min() * size
            yield "tiny", x


def at_the_turn(make, holds, low, high):
    """make(v) on either side of the v in [low, high] where holds(fit) changes, ever closer."""
    first = holds(gpd_reference.fit(make(low)))
    if first == holds(gpd_reference.fit(make(high))):
        return
    for _ in range(45):
        middle = (low + high) / 2
        if holds(gpd_reference.fit(make(middle))) == first:
            low = middle
        else:
            high = middle
    turn = (low + high) / 2
    for distance in (1e-3, 1e-5, 1e-7, 1e-9):
        yield make(turn * (1 - distance))
        yield make(turn * (1 + distance))


def turns(rng):
    """Where maxima appear, where the cap is reached, and shapes very near 0."""
    for k in (5, 7, 10, 15, 30):

        def short(k=k):
            return np.sort(pareto(rng, k, -0.4 if k < 20 else -0.7))

        without = next(searched(1, lambda f: f.n_maxima == 0, short))
        with_one = next(searched(1, lambda f: f.n_maxima == 1, short))

        def between(v, a=without, b=with_one):
            return (1 - v) * a + v * b

        for y in at_the_turn(between, lambda f: f.n_maxima > 0, 0.0, 1.0):
            yield "fold", y

    for k in (5, 10, 20):
        heavy = np.exp(pareto(rng, k, 0.0, 3.0))

        def powered(v, x=heavy):
            return x**v

        for y in at_the_turn(powered, lambda f: "shape_capped" in f.flags, 0.5, 20.0):
            yield "cap", y
    for k in (5, 10, 100):
        x = np.sort(pareto(rng, k, 0.0))
        # shape 0 is estimated where mean x^2 = 2 (mean x)^2; solved for the largest value
        s1, s2 = x[:-1].sum(), (x[:-1] ** 2).sum()
        a, b, c = 1.0 - 2.0 / k, -4.0 * s1 / k, s2 - 2.0 * s1**2 / k
        root = (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)
        for distance in (0.0, 1e-12, -1e-9, 1e-6, -1e-3):
            yield "near_exponential", np.append(x[:-1], root * (1 + distance))


def flat_caps(rng):
    """xi/(1+xi)*k is a whole number at the cap: next to nothing determines the best sigma."""
    for size in (1e-10, 1e-20, 1e-30, 1e-40):

        def eleven(size=size):
            x = pareto(rng, 11, 0.3)
            x[0] = x.min() * size
            return x

        yield from (
            ("flat_cap", x) for x in searched(2, lambda f: "shape_capped" in f.flags, eleven)
        )


def hexadecimal(x):
    return " ".join(f"{struct.unpack('<Q', struct.pack('<d', v))[0]:x}" for v in x)


def line_of(group, x, fit):
    def text(value):
        return mp.nstr(value, 20, strip_zeros=True)

    cells = [
        group,
        str(len(x)),
        "|".join(fit.flags),
        fit.ambiguous,
        str(fit.n_maxima),
        text(fit.shape),
        text(fit.scale),
        text(fit.loglik),
        mp.nstr(fit.curvature, 6),
        text(fit.boundary_shape),
        text(fit.boundary_scale),
        text(fit.boundary_loglik),
        hexadecimal(x),
    ]
    return ",".join(cells) + "\n"


def main():
    rng = np.random.default_rng(SEED)
    count = {}
    with OUTPUT.open("w", newline="\n") as out:
        out.write(
            f"# make_gpd_golden.py, seed {SEED}, numpy {np.__version__}, "
            f"mpmath {mp.__version__}\n"
        )
        out.write(
            "# flags: without lower_ or upper_; ambiguous: why two answers are right; "
            "curvature: p'' at an\n"
            "# interior maximum, in log sigma at the cap; excesses: bits of the doubles\n"
        )
        out.write(
            "group,k,flags,ambiguous,n_maxima,shape,scale,loglik,curvature,boundary_shape,"
            "boundary_scale,boundary_loglik,excesses\n"
        )
        for make in (grid, ties, odd_ones, rare, turns, flat_caps):
            for group, x in make(rng):
                fit = gpd_reference.fit(x)
                out.write(line_of(group, x, fit))
                for word in (
                    group,
                    *fit.flags,
                    f"ambiguous {fit.ambiguous}",
                    f"{fit.n_maxima} maxima",
                ):
                    count[word] = count.get(word, 0) + 1
    print(count, OUTPUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
