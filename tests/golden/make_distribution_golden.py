#!/usr/bin/env python3
"""Writes distribution_golden.csv: quantiles and expected shortfalls of spliced distributions.

    python3 make_distribution_golden.py     # writes distribution_golden.csv beside this script

Closed forms with 50 digits, checked against numerical quadrature on the way. A level p is a double,
and so is F where the distribution has a corner: "p is at the cumulative count m" means that p is
the double nearest to m/n. Q(p) = inf{x : F(x) >= p} then gives the left end of a flat stretch.
"""

import dataclasses
import math
import pathlib

import mpmath as mp
import numpy as np

SEED = 20240614
LEVELS = (0.0, 1e-6, 0.001, 0.01, 0.05, 0.3, 0.5, 0.7, 0.95, 0.99, 0.999999, 1.0)
OUTPUT = pathlib.Path(__file__).with_name("distribution_golden.csv")
NAN = float("nan")

DEGENERATE_BODY = 1 << 4


@dataclasses.dataclass
class Tail:
    threshold: float
    shape: float
    scale: float
    count: int

    def fitted(self):
        return not math.isnan(self.shape)

    def inverse_survival(self, s):
        """The excess with survival probability s."""
        if s == 0:
            return mp.inf if self.shape >= 0 else -mp.mpf(self.scale) / self.shape
        xi, sigma = mp.mpf(self.shape), mp.mpf(self.scale)
        return -sigma * mp.log(s) if xi == 0 else sigma * mp.expm1(-xi * mp.log(s)) / xi

    def integral(self, a, b):
        """int_a^b of inverse_survival."""
        xi, sigma = mp.mpf(self.shape), mp.mpf(self.scale)
        if a == 0 and xi >= 1:
            return mp.inf

        def antiderivative(s):
            if s == 0:
                return mp.mpf(0)
            if xi == 0:
                return s - s * mp.log(s)
            if xi == 1:
                return mp.log(s) - s
            return (s ** (1 - xi) / (1 - xi) - s) / xi

        return sigma * (antiderivative(b) - antiderivative(a))


@dataclasses.dataclass
class Spliced:
    name: str
    lower: Tail
    upper: Tail
    counts: list  # of `bins` integers, or of none: the kind "none"
    bins: int
    kind: str = "u32"
    laplace: float = 0.0
    status: int = 0

    def __post_init__(self):
        self.body = sum(self.counts)
        self.n = self.body + self.lower.count + self.upper.count
        self.edges = self._edges()

    def _edges(self):
        u_lower, u_upper = self.lower.threshold, self.upper.threshold
        step = (u_upper - u_lower) / self.bins
        edges = [u_lower + b * step for b in range(self.bins)] + [u_upper]
        if all(a < b for a, b in zip(edges, edges[1:])) and all(map(math.isfinite, edges)):
            return edges
        self.status |= DEGENERATE_BODY
        return [u_lower, u_upper]

    def masses(self):
        """Of each bin, in values; exact."""
        if len(self.edges) == 2:
            return [mp.mpf(self.body)]
        alpha = mp.mpf(self.laplace)
        return [
            self.body * (c + alpha) / (self.body + alpha * self.bins) if self.body else mp.mpf(0)
            for c in self.counts
        ]

    def level(self, values):
        """F where that many values lie below, as a double."""
        return float(mp.mpf(values) / self.n)

    def corners(self):
        """F at the edges as doubles."""
        sums = [mp.mpf(self.lower.count)]
        for mass in self.masses():
            sums.append(sums[-1] + mass)
        return [self.level(s) for s in sums]

    def quantile(self, p):
        if p < self.level(self.lower.count):
            if not self.lower.fitted():
                return NAN
            s = mp.mpf(p) * self.n / self.lower.count
            return self.lower.threshold - self.lower.inverse_survival(s)
        if p > self.level(self.n - self.upper.count):
            if not self.upper.fitted():
                return NAN
            s = min(mp.mpf(1), (1 - mp.mpf(p)) * self.n / self.upper.count)
            return self.upper.threshold + self.upper.inverse_survival(s)
        if p == self.level(self.lower.count) and p > 0 or len(set(self.edges)) == 1:
            return self.lower.threshold
        if self.kind == "none":
            return NAN
        return self._body_quantile(p)

    def _body_quantile(self, p):
        before = mp.mpf(self.lower.count)
        for b, mass in enumerate(self.masses()):
            reached = self.level(before + mass) >= p if p > 0 else mass > 0
            if reached:
                left, right = mp.mpf(self.edges[b]), mp.mpf(self.edges[b + 1])
                share = (mp.mpf(p) * self.n - before) / mass
                return left + max(mp.mpf(0), min(mp.mpf(1), share)) * (right - left)
            before += mass
        raise AssertionError(f"{self.name}: F does not reach {p}")

    def pieces(self):
        """(first level, last level, the integral of Q between two levels inside or None)."""
        n, at = self.n, mp.mpf(self.lower.count) / self.n
        lower, upper = self.lower, self.upper

        def in_lower(a, b):
            if not lower.fitted():
                return mp.nan
            size = mp.mpf(lower.count) / n
            return (b - a) * lower.threshold - size * lower.integral(a / size, b / size)

        def in_upper(a, b):
            if not upper.fitted():
                return mp.nan
            size = mp.mpf(upper.count) / n
            return (b - a) * upper.threshold + size * upper.integral(
                max(mp.mpf(0), (1 - b) / size), (1 - a) / size
            )

        yield mp.mpf(0), at, in_lower
        for b, mass in enumerate(self.masses()):
            left, right = mp.mpf(self.edges[b]), mp.mpf(self.edges[b + 1])

            def in_bin(a, z, left=left, right=right, start=at, mass=mass):
                if self.kind == "none" and left != right:
                    return mp.nan

                def q(v):
                    return left + (v - start) * n / mass * (right - left)

                return (z - a) * (q(a) + q(z)) / 2

            if mass > 0:
                yield at, at + mass / n, in_bin
                at += mass / n
        yield mp.mpf(n - upper.count) / n, mp.mpf(1), in_upper

    def integral(self, a, b):
        """int_a^b of Q; a piece that only rounding of p reaches into is not needed."""
        total = mp.mpf(0)
        for first, last, inside in self.pieces():
            begin, end = max(first, a), min(last, b)
            if float(end) > float(begin):
                total += inside(begin, end)
        return total

    def expected_shortfall(self, p):
        p = mp.mpf(p)
        return self.integral(0, p) / p if p < 0.5 else self.integral(p, mp.mpf(1)) / (1 - p)

    def levels(self):
        corners = self.corners()
        inner = corners if len(corners) < 30 else corners[:4] + corners[-4:]
        close = [math.nextafter(c, d) for c in inner for d in (0.0, 1.0)]
        return sorted({p for p in (*LEVELS, *inner, *close) if 0 <= p <= 1})


def tail(threshold, shape, scale, count):
    return Tail(float(threshold), float(shape), float(scale), int(count))


def off(threshold):
    return tail(threshold, NAN, NAN, 0)


SHAPES = (-1.0, -0.5, -1e-5, 0.0, 1e-9, 0.02, 0.3, 0.99, 1.0, 1.5, 3.0)


def regular(rng):
    for number, shape in enumerate(SHAPES):
        other = SHAPES[-1 - number]
        counts = rng.multinomial(900, np.ones(20) / 20).tolist()
        yield Spliced("shapes", tail(-1.6, shape, 0.7, 50), tail(2.4, other, 1.3, 50), counts, 20)
        yield Spliced(
            "narrow_tails",
            tail(-30.0, shape, 2.5, 3),
            tail(55.0, other, 4.0, 7),
            [0, 6, 40, 0, 0, 130, 60, 0],
            8,
        )
        yield Spliced(
            "wide_tails",
            tail(0.25, shape, 0.5, 700),
            tail(1.0, other, 0.125, 100),
            [100, 0, 60, 40],
            4,
        )
        yield Spliced(
            "wide_upper_tail",
            tail(0.25, other, 0.5, 100),
            tail(1.0, shape, 0.125, 700),
            [100, 0, 60, 40],
            4,
        )


def flat_stretches():
    # n = 64: every cumulative count is a level that a double holds exactly
    for counts in (
        [0, 0, 8, 0, 24, 0, 16, 0],
        [16, 0, 0, 0, 0, 0, 0, 32],
        [0, 48, 0, 0, 0, 0, 0, 0],
    ):
        yield Spliced("flat", tail(-4.0, 0.25, 1.5, 8), tail(4.0, -0.3, 2.0, 8), counts, 8)
        yield Spliced(
            "flat_u16", tail(-4.0, 0.25, 1.5, 8), tail(4.0, -0.3, 2.0, 8), counts, 8, "u16"
        )
        for alpha in (0.5, 1.0, 1000.0):
            yield Spliced(
                "smoothed",
                tail(-4.0, 0.25, 1.5, 8),
                tail(4.0, -0.3, 2.0, 8),
                counts,
                8,
                laplace=alpha,
            )
    # n = 100: it is not
    yield Spliced(
        "flat_decimal",
        tail(-4.0, 0.25, 1.5, 5),
        tail(4.0, -0.3, 2.0, 5),
        [0, 25, 0, 20, 20, 0, 25, 0],
        8,
    )


def bodies():
    yield Spliced("atom", tail(1.0, 0.2, 1.0, 30), tail(1.0, 0.4, 2.0, 20), [50] + [0] * 9, 10)
    yield Spliced("atom_at_zero", tail(0.0, 0.2, 1.0, 0), tail(0.0, 0.4, 2.0, 200), [56], 1)
    yield Spliced(
        "atom_without_mass", tail(3.0, -0.2, 1.0, 32), tail(3.0, 0.4, 2.0, 32), [0] * 4, 4
    )
    yield Spliced("one_bin", tail(-2.0, 0.1, 1.0, 10), tail(5.0, 0.1, 1.0, 20), [970], 1)
    few = float(np.nextafter(np.nextafter(1.0, 2.0), 2.0))
    yield Spliced(
        "narrower_than_its_bins",
        tail(1.0, 0.1, 1.0, 16),
        tail(few, 0.1, 1.0, 16),
        [32] + [0] * 99,
        100,
    )
    yield Spliced(
        "narrower_and_smoothed",
        tail(1.0, 0.1, 1.0, 16),
        tail(few, 0.1, 1.0, 16),
        [32] + [0] * 99,
        100,
        laplace=2.0,
    )
    yield Spliced("empty_body", tail(-1.0, 0.3, 1.0, 40), tail(2.0, -0.4, 1.0, 24), [0] * 5, 5)
    yield Spliced(
        "empty_body_smoothed",
        tail(-1.0, 0.3, 1.0, 40),
        tail(2.0, -0.4, 1.0, 24),
        [0] * 5,
        5,
        laplace=1.0,
    )
    yield Spliced(
        "huge", tail(-8e307, -0.1, 1e300, 16), tail(8e307, -0.1, 1e300, 16), [8, 0, 16, 8], 4
    )
    yield Spliced(
        "small", tail(-1e-300, 0.1, 1e-301, 16), tail(3e-300, 0.1, 1e-301, 16), [8, 0, 16, 8], 4
    )
    yield Spliced(
        "far_from_zero", tail(1e9, 0.1, 1e-3, 16), tail(1e9 + 1, 0.1, 1e-3, 16), [8, 0, 16, 8], 4
    )


def missing_parts():
    kept, small = tail(4.0, 0.3, 1.0, 8), [8, 24, 0, 16]
    yield Spliced("lower_off", off(-2.0), kept, small, 4)
    yield Spliced("upper_off", tail(-2.0, 0.3, 1.0, 8), off(4.0), small, 4)
    yield Spliced("both_off", off(-2.0), off(4.0), [8, 24, 16, 16], 4)
    yield Spliced("nothing_below", off(-2.0), kept, [0, 0, 40, 16], 4)
    yield Spliced("nothing_above", tail(-2.0, 0.3, 1.0, 8), off(4.0), [16, 40, 0, 0], 4)
    yield Spliced("constant", off(2.5), off(2.5), [12] + [0] * 99, 100)
    yield Spliced("lower_not_fitted", tail(-2.0, NAN, NAN, 5), kept, small, 4)
    yield Spliced("upper_not_fitted", tail(-2.0, 0.3, 1.0, 8), tail(4.0, NAN, NAN, 5), small, 4)
    yield Spliced("neither_fitted", tail(-2.0, NAN, NAN, 700), tail(4.0, NAN, NAN, 5), small, 4)
    for k in (5, 8, 50, 700):
        yield Spliced(
            "no_counts",
            tail(-2.0, 0.3, 1.0, k),
            tail(4.0, -0.3, 2.0, k),
            [100 * k // 5 - 2 * k],
            1,
            "none",
        )
    yield Spliced(
        "no_counts_atom", tail(1.0, 0.2, 1.0, 30), tail(1.0, 0.4, 2.0, 20), [50], 1, "none"
    )


def number(value):
    """Shortest text of a double, or 25 digits of an mpmath number."""
    if isinstance(value, float):
        return repr(value)
    return mp.nstr(value, 25).replace("+inf", "inf")


def check_by_quadrature(fit):
    """The closed forms against a numerical integral of the quantile function."""
    with mp.workdps(20):
        for p in (0.02, 0.3, 0.5, 0.97):
            value = fit.expected_shortfall(p)
            if not mp.isfinite(value):
                continue
            ends = sorted({mp.mpf(0), mp.mpf(1), mp.mpf(p), *(mp.mpf(c) for c in fit.corners())})
            a, b = (mp.mpf(0), mp.mpf(p)) if p < 0.5 else (mp.mpf(p), mp.mpf(1))
            path = [c for c in ends if a <= c <= b]
            found = mp.quad(lambda v: mp.mpf(fit.quantile(v)), path) / (b - a)
            size = max(abs(fit.lower.threshold), abs(fit.upper.threshold), abs(value))
            # tanh-sinh loses digits at the pole of s^-xi for xi near 1
            assert abs(found - value) <= 1e-6 * size, (fit.name, p, found, value)


def line_of(fit):
    answers = []
    for p in fit.levels():
        shortfall = number(fit.expected_shortfall(p)) if 0 < p < 1 else "-"
        answers.append(f"{p!r}:{number(fit.quantile(p))}:{shortfall}")
    tails = [number(v) for t in (fit.lower, fit.upper) for v in (t.threshold, t.shape, t.scale)]
    return (
        ",".join(
            [
                fit.name,
                str(fit.n),
                str(fit.status),
                fit.kind,
                repr(fit.laplace),
                str(fit.bins),
                *tails[:3],
                str(fit.lower.count),
                *tails[3:],
                str(fit.upper.count),
                " ".join(map(str, fit.counts)),
                " ".join(answers),
            ]
        )
        + "\n"
    )


def main():
    rng = np.random.default_rng(SEED)
    fits = [*regular(rng), *flat_stretches(), *bodies(), *missing_parts()]
    with OUTPUT.open("w", newline="\n") as out, mp.workdps(60):
        out.write(
            f"# make_distribution_golden.py, seed {SEED}, numpy {np.__version__}, "
            f"mpmath {mp.__version__}\n# answers: level:quantile:expected shortfall\n"
        )
        out.write(
            "name,n,status,counts_kind,laplace,bins,lower_threshold,lower_shape,lower_scale,"
            "lower_n,upper_threshold,upper_shape,upper_scale,upper_n,counts,answers\n"
        )
        for fit in fits:
            if fit.lower.shape < 0.9 and fit.upper.shape < 0.9 and fit.name != "huge":
                check_by_quadrature(fit)
            out.write(line_of(fit))
    print(f"{len(fits)} fits, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
