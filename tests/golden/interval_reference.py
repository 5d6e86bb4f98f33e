"""The interval likelihood of a generalized Pareto tail of rounded data, maximised slowly.

Excesses are cells [c, c+1] in units of the resolution, c = 0, 1, ...; a cell contributes
log[S(c) - S(c+1)]. The estimate follows the same rules as the exact likelihood's: the highest
interior local maximum of the profile over -1 < xi < 10; without one, xi = 10 if the profile still
rises there, otherwise xi = -1; a boundary above an interior maximum is flagged.

For fixed xi the log-likelihood has one maximum in log sigma. Local maxima of the profile are found
on a fine grid in doubles and solved for with 40 digits.
"""

import dataclasses

import mpmath as mp
import numpy as np

DIGITS = 40
SHAPE_CAP = 10
GRID = np.concatenate([np.linspace(-0.9999, 0.9995, 420), np.linspace(1.01, 9.999, 160)])


@dataclasses.dataclass
class Fit:
    shape: mp.mpf
    scale: mp.mpf  # in units of the resolution
    loglik: mp.mpf
    flags: tuple
    curvature: mp.mpf  # -d2(profile)/dxi2 per excess at an interior maximum, else 0
    n_maxima: int
    boundary_loglik: mp.mpf
    plateau: bool  # the highest likelihood is reached by a whole stretch of shapes from -1 on


def bracketed_root(f, low, high):
    """The root of a function that falls through 0 between low and high.

    False position after Anderson & Bjorck (1973), with a bisection every third time: near xi = -1
    the slopes have almost a step where the support's end meets a cell's.
    """
    f_low, f_high = f(low), f(high)
    if f_low == 0 or low == high:
        return low
    if f_low < 0 or f_high > 0:
        raise RuntimeError(f"no root is bracketed by {low} and {high}: {f_low}, {f_high}")
    small = mp.mpf(10) ** -DIGITS
    for step in range(1000):
        if high - low < small * (1 + abs(low)):
            return (low + high) / 2
        middle = (low * f_high - high * f_low) / (f_high - f_low)
        if step % 3 == 2 or not low < middle < high:
            middle = (low + high) / 2
        value = f(middle)
        if abs(value) < small:
            return middle
        if value > 0:
            shrink = 1 - value / f_low
            low, f_low = middle, value
            f_high *= shrink if shrink > 0 else mp.mpf("0.5")
        else:
            shrink = 1 - value / f_high
            high, f_high = middle, value
            f_low *= shrink if shrink > 0 else mp.mpf("0.5")
    raise RuntimeError(f"no convergence between {low} and {high}")


class Fast:
    """Doubles, for the search."""

    def __init__(self, cells, counts):
        self.start = np.asarray(cells, dtype=np.float64)
        self.counts = np.asarray(counts, dtype=np.float64)

    def loglik(self, xi, log_sigma):
        sigma = np.exp(log_sigma)
        if abs(xi) < 1e-9:
            a, width = self.start / sigma, 1.0 / sigma
        else:
            room = 1 + xi * self.start / sigma  # what is left of the support, as a share
            if np.any(room <= 0):
                return -np.inf
            a = np.log(room) / xi
            # A(end) - A(start) from the ratio of the two: their difference would be noise far out
            more = xi / (sigma * room)
            with np.errstate(divide="ignore", invalid="ignore"):
                width = np.where(more > -1, np.log1p(np.maximum(more, -1)) / xi, np.inf)
        return float(np.sum(self.counts * (-a + np.log(-np.expm1(-width)))))

    def best_log_sigma(self, xi, guess):
        """The maximum in log sigma, where the log-likelihood is concave."""
        least = np.log(-xi * self.start.max()) + 1e-12 if xi < 0 else -np.inf
        while True:
            low = max(guess - 3.0, least)
            high = max(guess, low) + 3.0
            best = self._golden_section(xi, low, high)
            if best - low > 0.01 and high - best > 0.01 or low == least and high - best > 0.01:
                return best
            guess = best

    def _golden_section(self, xi, low, high):
        ratio = (np.sqrt(5.0) - 1) / 2
        x1, x2 = high - ratio * (high - low), low + ratio * (high - low)
        f1, f2 = self.loglik(xi, x1), self.loglik(xi, x2)
        for _ in range(40):
            if f1 < f2:
                low, x1, f1 = x1, x2, f2
                x2 = low + ratio * (high - low)
                f2 = self.loglik(xi, x2)
            else:
                high, x2, f2 = x2, x1, f1
                x1 = high - ratio * (high - low)
                f1 = self.loglik(xi, x1)
        return (low + high) / 2


class Exact:
    """mpmath numbers; xi is never 0 exactly where this is called."""

    def __init__(self, cells, counts):
        self.cells = [mp.mpf(int(c)) for c in cells]
        self.counts = [int(c) for c in counts]
        self.k = sum(self.counts)

    def _a(self, z, xi, sigma):
        """A = -log S with its derivatives in log sigma and xi, or None beyond the support."""
        t = 1 + xi * z / sigma
        if t <= 0:
            return None
        a = mp.log(t) / xi
        r = (z / sigma) / t
        return a, -r, (r - a) / xi

    def terms(self, xi, log_sigma):
        """(log-likelihood, d/d log sigma, d/d xi)."""
        sigma = mp.exp(log_sigma)
        total = [mp.mpf(0)] * 3
        for c, count in zip(self.cells, self.counts):
            start, end = self._a(c, xi, sigma), self._a(c + 1, xi, sigma)
            term = [-v for v in start]
            if end is not None:
                d = [e - s for e, s in zip(end, start)]
                odds = mp.expm1(d[0])
                term[0] += mp.log(-mp.expm1(-d[0]))
                term[1] += d[1] / odds
                term[2] += d[2] / odds
            total = [t + count * v for t, v in zip(total, term)]
        return total

    def best_at(self, xi, guess):
        """(log-likelihood, log sigma) for a fixed xi other than -1."""
        end = mp.log(-xi * max(self.cells)) if xi < 0 else mp.mpf("-inf")  # of the support

        def slope(log_sigma):
            return self.terms(xi, log_sigma)[1]

        low = high = mp.mpf(guess) if guess > end else end + mp.mpf("1e-12")
        step = mp.mpf("1e-6")
        while slope(high) > 0:
            high += step
            step *= 4
        step = mp.mpf("1e-6")
        while slope(low) < 0:
            low = low - step if low - step > end else (low + end) / 2
            step *= 4
        root = bracketed_root(slope, low, high)
        return self.terms(xi, root)[0], root

    def uniform(self):
        """(log-likelihood, sigma) at xi = -1, where S is 1 - y/sigma: solved by hand.

        With m the largest cell and c its count the derivative in sigma is c/(sigma-m) - k/sigma for
        sigma < m+1, and negative beyond.
        """
        largest = max(self.cells)
        c = self.counts[self.cells.index(largest)]
        sigma = largest + 1
        if c < self.k:
            sigma = min(sigma, largest * self.k / (self.k - c))
        return (self.k - c) * -mp.log(sigma) + c * mp.log(
            (min(sigma, largest + 1) - largest) / sigma
        ), sigma

    def maximum(self, low, high, log_sigma):
        """(xi, log sigma) of the profile's maximum in [low, high]."""

        def slope(xi):
            return self.terms(xi, self.best_at(xi, log_sigma)[1])[2]

        low, high = mp.mpf(low), mp.mpf(high)
        if high > mp.mpf("-0.9"):
            xi = bracketed_root(slope, low, high)
        else:
            # The best sigma may lie in a kink, where no slope in xi can be told: compare values.
            ratio = (mp.sqrt(5) - 1) / 2
            while high - low > mp.mpf(10) ** -12:
                a, b = high - ratio * (high - low), low + ratio * (high - low)
                if self.best_at(a, log_sigma)[0] < self.best_at(b, log_sigma)[0]:
                    low = a
                else:
                    high = b
            xi = (low + high) / 2
        return xi, self.best_at(xi, log_sigma)[1]

    def profile_curvature(self, xi, log_sigma):
        """-d2(profile)/dxi2 per excess, by differences."""
        h = mp.mpf(10) ** -10
        up, down = self.best_at(xi + h, log_sigma)[0], self.best_at(xi - h, log_sigma)[0]
        return -(up + down - 2 * self.terms(xi, log_sigma)[0]) / h**2 / self.k


def _profile(fast):
    guess = np.log(np.average(fast.start, weights=fast.counts) + 0.5)
    points = []
    for xi in GRID:
        log_sigma = fast.best_log_sigma(xi, guess)
        points.append((fast.loglik(xi, log_sigma), xi, log_sigma))
        guess = log_sigma
    return points


def fit(cells, counts):
    """The Fit of `counts` excesses in each of `cells`."""
    if max(cells) == 0:
        return Fit(
            mp.mpf(-1),
            mp.mpf(1),
            mp.mpf(0),
            ("no_interior_maximum", "irregular"),
            mp.mpf(0),
            0,
            mp.mpf(0),
            False,
        )
    fast, exact = Fast(cells, counts), Exact(cells, counts)
    with mp.workdps(DIGITS + 20):
        points = _profile(fast)
        maxima = []
        for before, at, after in zip(points, points[1:], points[2:]):
            if at[0] > before[0] + 1e-12 and at[0] >= after[0]:
                xi, log_sigma = exact.maximum(before[1], after[1], at[2])
                loglik = exact.terms(xi, log_sigma)[0]
                if loglik < at[0] - 1e-9 * exact.k:
                    raise RuntimeError(f"{loglik} at {xi} is below {at[0]} at {at[1]}")
                maxima.append((loglik, xi, log_sigma))
        maxima.sort(key=lambda m: m[0], reverse=True)
        cap_loglik, cap_log_sigma = exact.best_at(mp.mpf(SHAPE_CAP), points[-1][2])
        rising = exact.terms(mp.mpf(SHAPE_CAP), cap_log_sigma)[2] > 0
        uniform_loglik, uniform_sigma = exact.uniform()
        boundary = max(uniform_loglik, cap_loglik) if rising else uniform_loglik
        curvature, flags = mp.mpf(0), []
        if maxima:
            loglik, shape, log_sigma = maxima[0]
            scale = mp.exp(log_sigma)
            curvature = exact.profile_curvature(shape, log_sigma)
            flags = ["boundary_higher"] if boundary > loglik else []
        elif rising:
            loglik, shape, scale = cap_loglik, mp.mpf(SHAPE_CAP), mp.exp(cap_log_sigma)
            flags = ["shape_capped"]
        else:
            loglik, shape, scale = uniform_loglik, mp.mpf(-1), uniform_sigma
            flags = ["no_interior_maximum"]
        if shape <= mp.mpf("-0.5"):
            flags.append("irregular")
        # Two cells or so can be fitted without error by more than one shape.
        flat = 1e-12 * exact.k
        plateau = not maxima and all(abs(p[0] - uniform_loglik) < flat for p in points[:10])
        return Fit(shape, scale, loglik, tuple(flags), curvature, len(maxima), boundary, plateau)
