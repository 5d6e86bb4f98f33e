"""One tail of a spliced binned-Pareto distribution by closed forms in mpmath.

Each function returns (value, size): the rounding errors of a careful evaluation in double are a few
units of 2^-53 times size, which is the sum of the absolute values of the terms that the answer is
the sum of, each times the amplification of the errors in its own arguments. The terms:

    hazard H = log1p(xi*y/sigma)/xi    relative error of some ulp (y is exact), so exp(-c*H) has c*H
    quantile of a tail, l = -log(s)    sigma*e^(xi*l) times the error of l, that is 3 + l
    value in bin                       width/mass times the error of the level
"""

import mpmath as mp

INF, NAN = mp.inf, mp.nan
# Below it xi is 0 in formulas that divide a difference by it: the change is of relative size xi.
TINY_SHAPE = mp.mpf("1e-25")


def nothing():
    return NAN, mp.mpf(0)


def exactly(value):
    return mp.mpf(value), mp.mpf(0)


def as_double(value):
    """Itself, or infinite where it is beyond the largest double."""
    return mp.sign(value) * INF if abs(value) >= mp.mpf(2) ** 1024 else value


class Tail:
    """threshold, share of all mass, xi, sigma; side: -1 (lower) or 1. xi is None: not fitted."""

    def __init__(self, threshold, share, xi, sigma, side):
        self.threshold, self.share, self.side = mp.mpf(threshold), mp.mpf(share), side
        self.fitted = xi is not None
        self.xi = mp.mpf(xi) if self.fitted else None
        self.sigma = mp.mpf(sigma) if self.fitted else None

    def __repr__(self):
        return f"Tail({self.threshold}, {self.share}, {self.xi}, {self.sigma}, {self.side})"

    def lacks_fit(self):
        return self.share > 0 and not self.fitted

    def width(self):
        return -self.sigma / self.xi if self.xi < 0 else INF

    def hazard(self, y):
        if y == INF:
            return INF
        t = self.xi * y / self.sigma
        if t <= -1:
            return INF
        return mp.log1p(t) / self.xi if self.xi != 0 else y / self.sigma

    def excess(self, hazard):
        """The inverse of hazard."""
        if hazard == INF:
            return self.width()
        return self.sigma * (mp.expm1(self.xi * hazard) / self.xi if self.xi != 0 else hazard)

    def exponent(self, y):
        """-log(sigma*density)."""
        hazard = self.hazard(y)
        if hazard < INF:
            return (1 + self.xi) * hazard
        if self.xi > -1 or 1 + self.xi * y / self.sigma < 0:
            return INF
        return mp.mpf(0) if self.xi == -1 else -INF

    def mean_excess(self):
        return self.sigma / (1 - self.xi) if self.xi < 1 else INF

    def value(self, s):
        """The value with survival probability s in the tail."""
        if not self.fitted:
            return nothing()
        if s == 0:
            end = self.threshold + self.side * self.width()
            return end, abs(self.threshold) + (self.width() if self.xi < 0 else 0)
        l = -mp.log(s)
        y = self.excess(l)
        value = self.threshold + self.side * y
        slope = self.sigma * mp.exp(self.xi * l)
        if self.xi * l < -0.5:  # subtracted from the support's end
            return value, abs(value) + slope * (3 + l) * (1 - 1 / self.xi)
        return value, abs(value) + y + slope * (3 + l)

    def power_integral(self, k, h1, h2):
        """int S^k dy between two hazards; and the size of its error."""
        rate = k - self.xi
        if h1 == h2:
            return exactly(0)
        if h2 == INF:
            if rate <= 0:
                return INF, mp.mpf(0)
            value = self.sigma * mp.exp(-rate * h1) / rate
            return value, value * (1 + abs(rate) * h1)
        length = h2 - h1
        factor = -mp.expm1(-rate * length) / rate if rate != 0 else length
        value = self.sigma * mp.exp(-rate * h1) * factor
        # d/dh of both ends, times the error of each hazard
        ends = self.sigma * (mp.exp(-rate * h1) * h1 + mp.exp(-rate * h2) * h2)
        return value, value * (1 + abs(rate) * h1) + ends

    def within(self, s):
        """E[y; y <= the y of s] and its size."""
        l, xi = -mp.log(s), self.xi
        if abs(xi) < TINY_SHAPE:
            value = 1 - s - l * s
        else:
            tilted = -mp.expm1(-(1 - xi) * l) / (1 - xi) if xi != 1 else l
            value = (tilted - (1 - s)) / xi
        size = value + l * s * (1 + mp.exp(xi * l))
        if max(1, l) * abs(xi) > 1e-3:  # a difference divided by xi, there
            size += (1 - s) / abs(xi)
        return self.sigma * value, self.sigma * size
