#!/usr/bin/env python3
"""Writes functions_golden.csv: every function of random spliced binned-Pareto distributions.

    python3 make_functions_golden.py     # writes functions_golden.csv beside this script

Closed forms with 60 digits (spliced_integrals.py). Those of every CHECKED_EVERY-th distribution
are checked against adaptive quadrature of the definitions on the way (spliced_check.py): both
tails' probabilities, mean, variance, entropy, mean excess, expected shortfall, CRPS and
threshold-weighted CRPS. The others are the definitions themselves.
"""

import math
import pathlib

import mpmath as mp
import numpy as np

import spliced_check
from spliced_integrals import Spliced
from spliced_tail import INF, Tail

SEED = 20261201
DISTRIBUTIONS = 1080
CHECKED_EVERY = 8
OUTPUT = pathlib.Path(__file__).with_name("functions_golden.csv")
NAN = float("nan")
DEGENERATE_BODY = 1 << 4

SPECIAL_SHAPES = (0.0, 1e-10, -1e-10, 1e-300, -1e-300, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0, 1e-3, -1e-4)
OUTSIDE_SHAPES = (-1.5, -3.0, 5.0)  # that no fit has
OF_VALUE = (
    "log_pdf",
    "pdf",
    "cdf",
    "sf",
    "log_sf",
    "log_cdf",
    "mid_pit",
    "mean_excess",
    "crps",
    "twcrps",
    "quantile_score",
    "anomaly_score",
)
OF_PROBABILITY = ("quantile", "isf", "expected_shortfall", "return_level")
OF_NOTHING = ("mean", "variance", "mode", "entropy")


def short(x, digits=4):
    return float(f"{float(x):.{digits}g}")


class Row:
    """One distribution as the library is given it, and as mpmath sees it."""

    def __init__(self, kind, weights_kind, tails, edges, weights, n=0, laplace=0.0, bins=None):
        self.kind, self.weights_kind, self.n, self.laplace = kind, weights_kind, n, laplace
        self.tails, self.edges, self.weights = tails, edges, weights
        self.bins = bins if bins is not None else len(weights)
        self.status = 0
        self.fit = self.spliced_of_fit() if kind == "fit" else self.spliced_of_row()

    def tail(self, i, total):
        mass, shape, scale = self.tails[i]
        shape = None if math.isnan(shape) else shape
        return Tail(self.edges[-i], mp.mpf(mass) / total, shape, scale, 2 * i - 1)

    def spliced_of_fit(self):
        first, last = self.edges
        step = (last - first) / self.bins
        edges = [first + b * step for b in range(self.bins)] + [last]
        body = self.n - self.tails[0][0] - self.tails[1][0]
        alpha = mp.mpf(self.laplace)
        if not all(a < b for a, b in zip(edges, edges[1:])):
            self.status = DEGENERATE_BODY
            edges, counts = [first, last], [mp.mpf(body)]
        else:
            counts = [mp.mpf(c) for c in self.weights]
            if alpha > 0 and self.bins > 1:
                counts = [body * (c + alpha) / (body + alpha * self.bins) for c in counts]
        shares = None if self.weights_kind == "none" else [c / self.n for c in counts]
        return Spliced(self.tail(0, self.n), self.tail(1, self.n), edges, shares)

    def spliced_of_row(self):
        lower, upper = self.tail(0, 1), self.tail(1, 1)
        weights = [mp.mpf(w) for w in self.weights]
        if self.weights_kind == "logits":
            weights = [mp.exp(w) for w in weights]
        body = 1 - lower.share - upper.share
        total = sum(weights)
        shares = [body * w / total if total > 0 else mp.mpf(0) for w in weights]
        return Spliced(lower, upper, self.edges, shares)


def draw_shape(rng, given):
    if rng.random() < 0.55:
        return float(rng.choice(SPECIAL_SHAPES))
    if given and rng.random() < 0.05:
        return float(rng.choice(OUTSIDE_SHAPES))
    return short(rng.uniform(-1, 3) if rng.random() < 0.5 else rng.uniform(-1, 0.9), 3)


def draw_fit(rng):
    bins = int(rng.integers(1, 9))
    size = 10.0 ** float(rng.choice((0, 0, 0, 1, 2, -1, -2, 30, -30)))
    first = short(rng.uniform(-3, 3) * size, 3)
    last = short(first + rng.uniform(0.1, 6) * size)
    counts = (rng.multinomial(rng.integers(10, 300), rng.dirichlet(np.full(bins, 0.5)))).tolist()
    kind, laplace = str(rng.choice(("u16", "u32"))), float(rng.choice((0, 0, 0, 0.5, 1, 20)))
    masses = [int(rng.integers(1, 80)), int(rng.integers(1, 80))]
    tails = [[m, draw_shape(rng, False), short(rng.uniform(0.1, 3) * size, 3)] for m in masses]
    odd = rng.random()
    if odd < 0.08:  # switched off
        for i in {0: (0,), 1: (1,), 2: (0, 1)}[int(rng.integers(3))]:
            tails[i] = [0, NAN, NAN]
    elif odd < 0.16:
        tails[int(rng.integers(2))][1:] = [NAN, NAN]  # not fitted
    elif odd < 0.20:
        kind = "none"
    elif odd < 0.25:  # an atom
        last, counts = first, [sum(counts)] + [0] * (bins - 1)
    elif odd < 0.30:  # narrower than its bins
        bins = 4
        last = math.nextafter(math.nextafter(first, 1e300), 1e300)
        counts = [sum(counts), 0, 0, 0]
    elif odd < 0.33:
        counts = [0] * bins
    n = sum(counts) + tails[0][0] + tails[1][0]
    if kind == "none":
        counts = [sum(counts)] + [0] * (bins - 1)
    return Row("fit", kind, tails, [first, last], counts, n, laplace, bins)


def draw_row(rng):
    kind = str(rng.choice(("f32", "f64")))
    precise = (lambda x: float(np.float32(short(x)))) if kind == "f32" else short
    bins = int(rng.integers(1, 9))
    size = 10.0 ** float(rng.choice((0, 0, 0, 1, 3, -3, 12, -12)))
    steps = np.cumsum(10.0 ** rng.uniform(-2, 0.3, bins + 1))
    edges = [precise((s - rng_shift) * size) for rng_shift in [rng.uniform(0, 3)] for s in steps]
    if not all(a < b for a, b in zip(edges, edges[1:])):
        return draw_row(rng)
    weights_kind = str(rng.choice(("masses", "logits")))
    if weights_kind == "masses":
        weights = [precise(w) if rng.random() < 0.85 else 0.0 for w in rng.uniform(0.01, 5, bins)]
    else:
        weights = [precise(w) for w in rng.normal(0, 2, bins)]
    tails = []
    for _ in range(2):
        mass = precise(rng.choice((0.05, 0.1, 0.25, rng.uniform(0.001, 0.3))))
        tails.append([mass, precise(draw_shape(rng, True)), precise(rng.uniform(0.1, 3) * size)])
    odd = rng.random()
    if odd < 0.08:
        tails[int(rng.integers(2))][0] = 0.0
    elif odd < 0.12:
        tails[0][0] = tails[1][0] = 0.5  # no body
    if sum(weights) == 0 and weights_kind == "masses":
        weights[0] = 1.0
    return Row(kind, weights_kind, tails, edges, weights)


def draw_points(rng, row):
    """In the lower tail, in the body or at an edge of it, in the upper tail, and far away."""
    lower, upper = row.fit.lower, row.fit.upper
    points = []
    for tail in (lower, upper):
        step = tail.sigma if tail.fitted else 1
        end = min(tail.width(), 1e300) / step if tail.fitted else 10
        reach = rng.uniform(0, 1) * min(end, 3) if rng.random() < 0.7 else min(0.999 * end, 40)
        points.append(short(tail.threshold + tail.side * step * reach, 5))
    inner = [float(e) for e in row.fit.edges]
    a, b = inner[0], inner[-1]
    middle = float(rng.choice(inner)) if rng.random() < 0.3 else short(rng.uniform(a, b), 5)
    far = rng.random()
    side = int(rng.choice((-1, 1)))
    tail = upper if side > 0 else lower
    step = float(tail.sigma) if tail.fitted else 1.0
    if far < 0.15:
        last = side * math.inf
    elif far < 0.5:
        last = short(float(tail.threshold) + side * step * 10.0 ** rng.uniform(1, 12), 3)
    elif far < 0.6:
        last = side * short(step * 10.0 ** rng.uniform(12, 200), 3)
    elif tail.fitted and tail.width() < 1e6 * step:  # about the end of the support
        last = float(tail.threshold + side * tail.width())
        last = last if far < 0.7 else short(last + side * step * (0.01 if far < 0.8 else -0.01), 5)
    else:
        last = short(rng.uniform(a, b), 5)
    return [points[0], middle, points[1], last]


def chosen():
    """(row, a point) of what random draws seldom meet."""
    bins = [3, 0, 7, 11]
    for none in ("none", "u32"):  # what needs no counts has an answer without
        tails = [[9, -0.2, 0.75], [10, 0.25, 1.5]]
        row = Row("fit", none, tails, [-1.0, 3.0], bins, 40, 0.0, 4)
        for x in (-1.0, 3.0, 4.5, 1.25, -2.0):
            yield row, x
    for size in (1e-300, 1e-200, 1e-31, 1e200, 1e300):
        # densities whose exponential alone is below the doubles, or whose scale is
        tails = [[47, 2.55, short(1.79 * size)], [42, 0.548, short(2.51 * size)]]
        row = Row("fit", "u32", tails, [short(2 * size), short(7 * size)], bins, 110, 0.0, 4)
        for power in (2, 113, 240, 300):
            x = size * 10.0**power
            if x < 1e308:
                yield row, short(x)
                yield row, -short(x)
    for shape in (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0):  # integrals to infinity
        tails = [[0.1, shape, 1.0], [0.2, 3.0 - shape, 2.0]]
        row = Row("f64", "masses", tails, [-1.0, -0.5, 2.0], [1.0, 3.0])
        for x in (-INF, INF, 1e300, -1e300):
            yield row, float(x)


def far_chosen():
    """(row, points) of tails where no double holds the quotient of an excess and the scale."""
    shapes = ((2.55, 0.548), (1.95, 1.05), (0.3, 1.7), (0.0, 1e-3), (1.0, 1.99), (-0.2, 5e-2))
    for lower, upper in shapes:
        for size in (1e-200, 1e-300):
            tails = [[47, lower, short(1.79 * size)], [42, upper, short(2.51 * size)]]
            row = Row("fit", "u32", tails, [short(2 * size), short(7 * size)], [3, 0, 7, 11], 110)
            for x in (1e120, 1e300, 1.7e308):
                yield row, [x, -x, 1e-20 * x, -1e-20 * x]
    for lower, upper in shapes:  # distances, too
        edges = [-1.5e308, -1e308, 1e308, 1.6e308]
        tails = [[0.1, lower, 1e307], [0.2, upper, 1.0]]
        row = Row("f64", "masses", tails, edges, [1.0, 3.0, 2.0])
        for points in ([-1.7e308, 1.7e308, 0.0, 1.61e308], [-1.51e308, 1e307, 1.79e308, -1.2e308]):
            yield row, points


def at_corner(row, p, from_above):
    """Whether F or 1 - F has a corner so close that rounding decides the side."""
    fit = row.fit
    corners, at = [], fit.upper.share if from_above else fit.lower.share
    corners.append(at)
    for share in reversed(fit.shares) if from_above else fit.shares:
        at += share
        corners.append(at)
    corners.append(1 - (fit.lower.share if from_above else fit.upper.share))
    return any(abs(p - c) < 1e-12 for c in corners if 0 < c < 1)


def draw_level(rng, row, name):
    while True:
        part = rng.random()
        if part < 0.3:
            p = short(rng.uniform(0, 1), 4)
        elif part < 0.5:
            p = short(float(row.fit.lower.share) * rng.uniform(0, 1), 4)
        elif part < 0.7:
            p = 1 - short(float(row.fit.upper.share) * rng.uniform(0, 1), 4)
        elif part < 0.9:
            p = short(10.0 ** -rng.uniform(1, 15), 3)
        else:
            p = float(rng.choice((0.0, 1.0, 1e-300, 1e-100, 1 - 2**-53)))
        if name in ("isf", "return_level") and rng.random() < 0.5:
            p = 1 - p
        if name == "return_level":
            p = short(1 / p, 5) if p > 0 else INF
            p = max(1.0, float(p))
            level = 1 / mp.mpf(p)
        else:
            level = mp.mpf(p)
        if not at_corner(row, level, name in ("isf", "return_level")) and not (
            name == "expected_shortfall" and at_corner(row, 1 - level, True)
        ):
            return p


def text_of(value, digits=18):
    """The shortest text with that many digits; what no double holds is infinite or zero."""
    if mp.isnan(value):
        return "nan"
    if abs(value) >= mp.mpf(2) ** 1024 * (1 - mp.mpf(2) ** -54):
        return "inf" if value > 0 else "-inf"
    if abs(value) <= mp.mpf(2) ** -1075:
        return "0"
    text = mp.nstr(value, digits)
    return text[:-2] if text.endswith(".0") else text.replace(".0e", "e")


def answer_text(point, answer):
    value, size = answer
    text = f"{point}:{text_of(value)}"
    if not mp.isinf(value) and size > 2 * abs(value) and text_of(size) != "0":
        text += f"~{text_of(size, 2)}"
    return text


def number(x, single=False):
    text = str(np.float32(x)) if single else repr(float(x))
    return text[:-2] if text.endswith(".0") else text


class Checks:
    """Counts what quadrature was asked."""

    def __init__(self):
        self.done = {}

    def ask(self, row, name, x, parameter, answer):
        with mp.workdps(30):
            if spliced_check.check(row.fit, name, x, parameter, answer):
                self.done[name] = self.done.get(name, 0) + 1


def answers_of(rng, row, points, start, level, checks):
    fit = row.fit
    cells = {}
    for name in OF_VALUE:
        i = int(rng.integers(4))
        x = mp.mpf(points[i])
        arguments = {"twcrps": (mp.mpf(start),), "quantile_score": (level,)}.get(name, ())
        answer = getattr(fit, name)(x, *arguments)
        cells[name] = answer_text("abcd"[i], answer)
        if checks:
            checks.ask(row, name, x, mp.mpf(start), answer)
    for name in OF_PROBABILITY:
        p = draw_level(rng, row, name)
        answer = getattr(fit, name)(p)
        cells[name] = answer_text(number(p), answer)
        if checks:
            checks.ask(row, name, mp.mpf(p), None, answer)
    for name in OF_NOTHING:
        answer = getattr(fit, name)()
        cells[name] = answer_text("", answer) if answer is not None else ""
        if checks and answer is not None:
            checks.ask(row, name, None, None, answer)
    return cells


def line_of(rng, row, points, checks):
    start = float(rng.choice(points))
    level = draw_level(rng, row, "quantile")
    cells = answers_of(rng, row, points, start, level, checks)
    single = row.kind == "f32"

    def numbers(values, separator):
        return separator.join(number(v, single) for v in values)

    columns = [
        row.kind,
        row.weights_kind,
        str(row.n),
        str(row.status),
        number(row.laplace),
        str(row.bins),
        *(numbers(tail, ":") for tail in row.tails),
        numbers(row.edges, " "),
        numbers(row.weights, " "),
        " ".join(map(number, points)),
        number(start),
        number(level),
        *cells.values(),
    ]
    return ",".join(columns) + "\n"


def main():
    rng = np.random.default_rng(SEED)
    checks = Checks()
    with OUTPUT.open("w", newline="\n") as out, mp.workdps(60):
        out.write(
            f"# make_functions_golden.py, seed {SEED}, numpy {np.__version__}, "
            f"mpmath {mp.__version__}\n"
            "# tails: mass:shape:scale; answers: point:value~size, where size is more than twice\n"
            "# |value|; a to d: the first to fourth of the points\n"
            "kind,weights_kind,n,status,laplace,bins,lower,upper,edges,weights,points,start,level,"
            + ",".join(OF_VALUE + OF_PROBABILITY + OF_NOTHING)
            + "\n"
        )
        for i in range(DISTRIBUTIONS):
            row = draw_fit(rng) if rng.random() < 0.45 else draw_row(rng)
            points = draw_points(rng, row)
            out.write(line_of(rng, row, points, checks if i % CHECKED_EVERY == 0 else None))
        for row, x in chosen():
            out.write(line_of(rng, row, [x] * 4, None))
        for row, points in far_chosen():
            out.write(line_of(rng, row, points, None))
    print(f"{DISTRIBUTIONS} distributions, {OUTPUT.stat().st_size} bytes")
    print(f"answers checked by quadrature: {checks.done}")


if __name__ == "__main__":
    main()
