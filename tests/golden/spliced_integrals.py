"""Integrals over a spliced binned-Pareto distribution by closed forms in mpmath.

Each returns (value, size); spliced_tail.py tells what a size is.
"""

import mpmath as mp

from spliced_tail import INF, as_double, exactly, nothing
from spliced_values import SplicedValues


class Spliced(SplicedValues):
    """With every function of tailfit_distribution.h, by its name."""

    def mean_excess(self, x):
        upper, part = self.upper, self.part(x)
        if mp.isinf(x) or upper.lacks_fit():
            return nothing()
        survival = self.sf(x)[0]
        if part > 0:
            if not survival > 0:
                return nothing()
            if upper.xi >= 1:
                return exactly(INF)
            value = (upper.sigma + upper.xi * (x - upper.threshold)) / (1 - upper.xi)
            return value, value
        if not self.has_bins and x != upper.threshold:
            return nothing()
        terms = []
        if upper.share > 0:
            terms.append(upper.share * upper.mean_excess())
            if terms[0] == INF:
                return exactly(INF)
        if x < upper.threshold:
            for left, right, _ in self.bins():
                if right > x:
                    left = max(left, x)
                    ends = self.body_probability(left, False) + self.body_probability(right, False)
                    terms.append((right - left) * ends / 2)
        if part < 0:
            terms.append(self.lower.threshold - x)
            if self.lower.lacks_fit():
                return nothing()
            if self.lower.share > 0:
                hazard = self.lower.hazard(self.lower.threshold - x)
                within, size = self.lower.power_integral(1, mp.mpf(0), hazard)
                terms.append(-self.lower.share * within)
                terms.append(self.lower.share * size)
                total = sum(terms[:-1])
                return total / survival, sum(abs(t) for t in terms) / survival
        if not survival > 0:
            return nothing()
        return sum(terms) / survival, sum(terms) / survival

    def expected_shortfall(self, p):
        p = mp.mpf(p)
        if not 0 < p < 1:
            return nothing()
        low = p < 0.5
        near, far = (self.lower, self.upper) if low else (self.upper, self.lower)
        level = p if low else 1 - p
        if level < near.share:
            if not near.fitted:
                return nothing()
            if near.xi >= 1:
                return exactly(near.side * INF)
            value, size = near.value(level / near.share)
            y = abs(value - near.threshold)
            beyond = near.mean_excess() + near.xi * y / (1 - near.xi)
            size = abs(near.threshold) + y + size / (1 - near.xi)
            return value + near.side * beyond, size + (near.sigma + abs(near.xi) * y) / (
                1 - near.xi
            )
        terms, size = [], mp.mpf(0)
        if near.share > 0:
            if not near.fitted:
                return nothing()
            if near.xi >= 1:
                return exactly(near.side * INF)
            terms.append(near.share * (near.threshold + near.side * near.mean_excess()))
            size += near.share * (abs(near.threshold) + near.mean_excess())
        body, past = self.body_shortfall(level - near.share, low)
        if mp.isnan(body):
            return nothing()
        terms.append(body)
        size += past
        left_out = 1 - level  # behind the level
        if far.share > 0 and left_out < far.share:
            if not far.fitted:
                return nothing()
            s = left_out / far.share
            within, within_size = far.within(s)
            terms.append((far.share - left_out) * far.threshold + far.share * far.side * within)
            size += far.share * (2 * abs(far.threshold) + within_size)
        return sum(terms) / level, size / level

    def body_shortfall(self, wanted, low):
        """(The integral of Q over the body's part of a level, its size.)"""
        wanted = max(mp.mpf(0), min(self.body, wanted))
        if self.atom:
            value = wanted * self.lower.threshold
            return value, abs(self.lower.threshold)
        if wanted == 0:
            return mp.mpf(0), mp.mpf(0)
        if not self.has_bins:
            return nothing()
        value, size = mp.mpf(0), mp.mpf(0)
        bins = list(self.bins())
        for left, right, mass in bins if low else bins[::-1]:
            if mass == 0 or wanted <= 0:
                continue
            taken = min(mass, wanted)
            near, far = (left, right) if low else (right, left)
            value += taken * (near + (far - near) * taken / mass / 2)
            # what is wanted is known to an ulp of the level, of which the last bin takes a part
            size += (taken + self.upper.share + self.lower.share) * max(abs(left), abs(right))
            wanted -= taken
        return value, size

    # ---- of nothing

    def complete(self):
        return self.has_bins and not self.lower.lacks_fit() and not self.upper.lacks_fit()

    def tails(self):
        return [t for t in (self.lower, self.upper) if t.share > 0]

    def body_points(self):
        """(middle, width, share) of the bins, or of the atom."""
        if self.atom:
            return [(self.lower.threshold, mp.mpf(0), self.body)]
        return [((a + b) / 2, b - a, share) for a, b, share in self.bins()]

    def mean(self):
        if not self.complete():
            return nothing()
        infinite = [t.side for t in self.tails() if t.xi >= 1]
        if infinite:
            return nothing() if len(infinite) == 2 else exactly(infinite[0] * INF)
        value = sum(t.share * (t.threshold + t.side * t.mean_excess()) for t in self.tails())
        size = sum(t.share * (abs(t.threshold) + t.mean_excess()) for t in self.tails())
        value += sum(share * x for x, _, share in self.body_points())
        return value, size + sum(share * abs(x) for x, _, share in self.body_points())

    def variance(self):
        if not self.complete():
            return nothing()
        if any(t.xi >= 0.5 for t in self.tails()):
            return exactly(INF)
        mean, mean_size = self.mean()
        value = size = mp.mpf(0)
        for t in self.tails():
            distance = t.threshold + t.side * t.mean_excess() - mean
            own = t.mean_excess() ** 2 / (1 - 2 * t.xi)
            value += t.share * (distance**2 + own)
            of_place = abs(t.threshold) + t.mean_excess() + mean_size
            size += t.share * (distance**2 + own + 2 * abs(distance) * of_place)
        for x, width, share in self.body_points():
            value += share * ((x - mean) ** 2 + width**2 / 12)
            size += share * (2 * abs(x - mean) * (abs(x) + mean_size) + width**2 / 12)
        return value, value + size

    def mode_candidates(self):
        """(density, where), from the left."""
        found = []
        for t in (self.lower, None, self.upper):
            if t is None:
                found += [(share / width, x) for x, width, share in self.body_points() if share > 0]
            elif t.share > 0 and t.xi < -1:
                found.append((INF, t.threshold + t.side * t.width()))
            elif t.share > 0:
                found.append((t.share / t.sigma, t.threshold))
        return found

    def mode(self):
        if not self.complete():
            return nothing()
        if self.atom and self.body > 0:
            return exactly(self.lower.threshold)
        found = self.mode_candidates()
        density, x = max(found, key=lambda candidate: candidate[0])
        rivals = [f for f in found if f[1] != x and abs(f[0] - density) < density * mp.mpf("1e-12")]
        if density < INF and rivals:
            return None  # rounding may decide
        size = max(abs(self.lower.threshold), abs(self.upper.threshold), abs(x))
        return x, size

    def entropy(self):
        if not self.complete():
            return nothing()
        if self.atom and self.body > 0:
            return exactly(-INF)
        value = size = mp.mpf(0)
        for t in self.tails():
            value += t.share * (mp.log(t.sigma) + 1 + t.xi - mp.log(t.share))
            size += t.share * (abs(mp.log(t.sigma)) + 1 + abs(t.xi) + abs(mp.log(t.share)))
        for _, width, share in self.body_points():
            if share > 0:
                log = mp.log(share / width)
                value -= share * log
                size += share * (1 + abs(log))
        return value, size

    # ---- scores

    def tail_squares(self, a, b, tail, of_cdf):
        """int F^2 (of_cdf) or (1-F)^2 over the part of [a, b] in a tail."""
        begin, end = (max(a, tail.threshold), b) if tail.side > 0 else (a, min(b, tail.threshold))
        if not begin < end:
            return exactly(0)
        outwards = (tail.side > 0) != of_cdf
        if tail.share == 0:
            return exactly(0 if outwards else end - begin)
        if not tail.fitted:
            return nothing()
        h1, h2 = sorted(tail.hazard(abs(x - tail.threshold)) for x in (begin, end))
        square, size = (tail.share**2 * v for v in tail.power_integral(2, h1, h2))
        if outwards:
            return square, size
        if mp.isinf(end - begin):
            return exactly(INF)
        single, single_size = (2 * tail.share * v for v in tail.power_integral(1, h1, h2))
        # a bounded integrand: each power's error is one of the length
        return end - begin - single + square, end - begin + single_size + size

    def squares(self, a, b, of_cdf):
        if not a < b:
            return exactly(0)
        parts = [self.tail_squares(a, b, tail, of_cdf) for tail in (self.lower, self.upper)]
        begin, end = max(a, self.lower.threshold), min(b, self.upper.threshold)
        if begin < end and not self.has_bins:
            return nothing()
        for left, right, _ in self.bins():
            left, right = max(left, begin), min(right, end)
            if left < right:
                one, two = (self.body_probability(x, of_cdf) for x in (left, right))
                area = (right - left) * (one * one + one * two + two * two) / 3
                parts.append((area, area))
        return sum(p[0] for p in parts), sum(p[1] for p in parts)

    def twcrps(self, x, start):
        parts = self.squares(start, x, True), self.squares(max(x, start), INF, False)
        return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]

    def crps(self, x):
        return self.twcrps(x, -INF)

    def quantile_score(self, x, p):
        quantile, size = self.quantile(p)
        if mp.isnan(quantile):
            return nothing()
        p = mp.mpf(p)
        quantile = as_double(quantile)
        weight = 2 * (1 - p) if x <= quantile else 2 * p
        if mp.isinf(quantile) or mp.isinf(x):
            return exactly(INF) if weight > 0 and x != quantile else nothing()
        return weight * abs(quantile - x), weight * (size + abs(quantile - x))
