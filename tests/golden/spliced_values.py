"""Functions of a value or a probability of a spliced binned-Pareto distribution, in mpmath.

Each returns (value, size); spliced_tail.py tells what a size is.
"""

import mpmath as mp

from spliced_tail import INF, NAN, exactly, nothing


class SplicedValues:
    """shares: of the bins between edges, or None where their counts were not kept."""

    def __init__(self, lower, upper, edges, shares):
        self.lower, self.upper = lower, upper
        self.edges = [mp.mpf(e) for e in edges]
        self.atom = lower.threshold == upper.threshold
        self.body = 1 - lower.share - upper.share
        self.has_bins = self.atom or shares is not None
        self.shares = shares if not self.atom and shares is not None else []

    def bins(self):
        return zip(self.edges, self.edges[1:], self.shares)

    def bin_of(self, x):
        inside = [b for b in range(len(self.shares)) if self.edges[b] <= x]
        return inside[-1]

    def part(self, x):
        """-1, 0, 1: lower tail, body, upper tail."""
        return -1 if x < self.lower.threshold else 1 if x > self.upper.threshold else 0

    def tail(self, part):
        return self.lower if part < 0 else self.upper

    # ---- of a value

    def body_probability(self, x, below):
        """F, or with below = False 1 - F, at a value of the body."""
        near = self.lower.share if below else self.upper.share
        far = self.upper.share if below else self.lower.share
        if self.atom:
            return 1 - far if below else near
        if not self.has_bins:
            if x == self.lower.threshold:
                return near if below else 1 - far
            if x == self.upper.threshold:
                return 1 - far if below else near
            return NAN
        total = near
        for left, right, share in self.bins():
            inside = (x - left) / (right - left) if below else (right - x) / (right - left)
            total += share * max(mp.mpf(0), min(mp.mpf(1), inside))
        return total

    def probability(self, x, below):
        part = self.part(x)
        if part == 0:
            value = self.body_probability(x, below)
            return value, abs(value)
        tail = self.tail(part)
        outwards = (part > 0) != below
        if tail.share == 0 or (not tail.fitted and mp.isinf(x)):
            return exactly(0 if outwards else 1)
        if not tail.fitted:
            return nothing()
        hazard = tail.hazard(abs(x - tail.threshold))
        if hazard == INF:
            return exactly(0 if outwards else 1)
        beyond = tail.share * mp.exp(-hazard)
        size = beyond * (1 + hazard)
        return (beyond, size) if outwards else (1 - beyond, 1 - beyond + size)

    def cdf(self, x):
        return self.probability(x, True)

    def sf(self, x):
        return self.probability(x, False)

    def log_probability(self, x, below):
        part = self.part(x)
        value, size = self.probability(x, below)
        if mp.isnan(value):
            return nothing()
        if (
            part != 0
            and (part > 0) != below
            and self.tail(part).share > 0
            and self.tail(part).fitted
        ):
            tail = self.tail(part)
            hazard = tail.hazard(abs(x - tail.threshold))
            return mp.log(tail.share) - hazard, abs(mp.log(tail.share)) + hazard + 1
        if value == 0:
            return -INF, mp.mpf(0)
        if value > 0.5:
            other, other_size = self.probability(x, not below)
            return mp.log1p(-other), (other + other_size) / value
        return mp.log(value), abs(mp.log(value)) + size / value

    def log_cdf(self, x):
        return self.log_probability(x, True)

    def log_sf(self, x):
        return self.log_probability(x, False)

    def mid_pit(self, x):
        if self.atom and x == self.lower.threshold:
            value = self.lower.share + self.body / 2
            return value, value
        return self.cdf(x)

    def anomaly_score(self, x):
        below, above = self.cdf(x), self.sf(x)
        if mp.isnan(below[0]) or mp.isnan(above[0]):
            return nothing()
        if self.part(x) == 0:
            sides = below[0], above[0]
            if self.atom:
                sides = self.lower.share + self.body / 2, self.upper.share + self.body / 2
            elif self.has_bins:
                # Beside a tail without mass half of the end's bin.
                ends = (self.lower, self.shares[0]), (self.upper, self.shares[-1])
                least = (share / 2 if tail.share == 0 else 0 for tail, share in ends)
                sides = tuple(map(max, sides, least))
            upper = sides[1] < sides[0]
            log = mp.log(min(sides)) if min(sides) > 0 else -INF
            size = mp.mpf(1) - log
        else:
            upper = above[0] < below[0]
            log, size = self.log_sf(x) if upper else self.log_cdf(x)
        if log == -INF:
            return (INF if upper else -INF), mp.mpf(0)
        score = min(mp.mpf(0), (log + mp.log(2)) / mp.log(10))
        return (-score if upper else score), (size + 1) / mp.log(10)

    def log_pdf(self, x):
        part = self.part(x)
        if part == 0:
            if self.atom:
                return exactly(INF if self.body > 0 else -INF)
            if not self.has_bins:
                return nothing()
            b = self.bin_of(x)
            if self.shares[b] == 0:
                return exactly(-INF)
            value = mp.log(self.shares[b] / (self.edges[b + 1] - self.edges[b]))
            return value, abs(value) + 1
        tail = self.tail(part)
        if tail.share == 0 or mp.isinf(x):
            return exactly(-INF)
        if not tail.fitted:
            return nothing()
        exponent = tail.exponent(abs(x - tail.threshold))
        if mp.isinf(exponent):
            return exactly(-exponent)
        logs = mp.log(tail.share), mp.log(tail.sigma)
        return logs[0] - logs[1] - exponent, 1 + abs(logs[0]) + abs(logs[1]) + abs(exponent)

    def pdf(self, x):
        log, size = self.log_pdf(x)
        value = mp.exp(log)
        if mp.isinf(log) or mp.isnan(log):
            return value, mp.mpf(0)
        if self.part(x) == 0:
            return value, value
        tail = self.tail(self.part(x))
        exponent = tail.exponent(abs(x - tail.threshold))
        # by the logarithm only where a factor is beyond the doubles
        return value, value * (1 + abs(exponent) if abs(log) < 600 else size)

    def log_score(self, x):
        value, size = self.log_pdf(x)
        return -value, size

    # ---- of a probability

    def masses_before(self, below):
        """(bin, mass outside of it on the side that levels come from, its mass), from the left."""
        before = self.lower.share if below else self.upper.share
        order = range(len(self.shares)) if below else reversed(range(len(self.shares)))
        found = []
        for b in order:
            found.append((b, before, self.shares[b]))
            before += self.shares[b]
        return found if below else found[::-1]

    def body_value(self, level, below):
        if self.atom:
            return exactly(self.lower.threshold)
        if not self.has_bins:
            return nothing()
        for b, outside, mass in self.masses_before(below):
            if mass == 0:
                continue
            reached = float(outside + mass) >= level if below else float(outside) <= level
            if reached:
                break
        left, right = self.edges[b], self.edges[b + 1]
        share = max(mp.mpf(0), min(mp.mpf(1), (level - outside) / mass))
        value = left + share * (right - left) if below else right - share * (right - left)
        return value, abs(value) + (right - left) * (share + (level + outside) / mass)

    def quantile(self, p):
        p = mp.mpf(p)
        if not 0 <= p <= 1:
            return nothing()
        if p < mp.mpf(float(self.lower.share)):
            return self.lower.value(p / self.lower.share)
        if p > mp.mpf(float(1 - self.upper.share)):
            return self.upper.value(min(mp.mpf(1), (1 - p) / self.upper.share))
        if p == mp.mpf(float(self.lower.share)) and p > 0:
            return exactly(self.lower.threshold)
        return self.body_value(p, True)

    def isf(self, q):
        q = mp.mpf(q)
        if not 0 <= q <= 1:
            return nothing()
        if q < mp.mpf(float(self.upper.share)):
            return self.upper.value(q / self.upper.share)
        body_begin = mp.mpf(float(1 - self.lower.share))
        if q > body_begin:
            return self.lower.value(min(mp.mpf(1), (1 - q) / self.lower.share))
        if q == body_begin and self.lower.share > 0:
            return exactly(self.lower.threshold)
        return self.body_value(q, False)

    def return_level(self, period):
        if not period >= 1:
            return nothing()
        q = 1 / mp.mpf(period)
        value, size = self.isf(q)
        if self.lower.fitted and 0 < 1 - q < self.lower.share:
            # An ulp of a period near 1 is more of 1 - q.
            slope = self.lower.sigma * ((1 - q) / self.lower.share) ** -self.lower.xi
            size += slope * q / (1 - q)
        return value, size
