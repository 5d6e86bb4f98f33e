"""The closed forms of spliced_integrals.py against adaptive quadrature of the definitions.

Integrands are the density, the distribution function and the quantile function as they are defined;
a tail is integrated along its cumulative hazard h, dx = sigma*e^(xi*h) dh, where every integrand
decays like an exponential.
"""

import mpmath as mp

from spliced_tail import INF


def integral(f, path):
    """int f along the path; mpmath's error is absolute, so f is made of size 1."""
    finite = path[:-1] if mp.isinf(path[-1]) else path
    inner = [(a + 2 * b) / 3 for a, b in zip(finite, finite[1:])]
    size = max(abs(f(t)) * (finite[-1] - finite[0]) for t in inner)
    return size * mp.quad(lambda t: f(t) / size, path) if size > 0 else mp.quad(f, path)


def nodes(rate, begin, end):
    """Where to break an integral of terms between e^(-h) and e^(-rate*h), either slow or fast."""
    inner = sorted({begin + c / r for c in (2, 12, 70) for r in (1, rate)})
    return [begin, *(h for h in inner if h < end), end]


def tail_integral(tail, integrand, rate, begin=0, end=INF):
    """int integrand(x, h) dx/dh dh between two hazards, which decays with the rate."""
    xi, sigma = tail.xi, tail.sigma
    if begin == end or mp.isinf(begin):
        return mp.mpf(0)

    # 1 + xi*y/sigma = e^(xi*h) is formed of y near the support's end, to h = 70.
    digits = 45 + int(31 * max(0, -xi))

    def along(h):
        if end == INF and rate * (h - begin) > 70:  # nothing, beside the digits that are asked for
            return mp.mpf(0)
        with mp.workdps(digits):
            x = tail.threshold + tail.side * tail.excess(h)
            return integrand(x, h) * sigma * mp.exp(xi * h)

    return integral(along, nodes(rate, mp.mpf(begin), end))


def hazard_of(tail, y):
    """With digits for a y close to the end of the support."""
    with mp.workdps(60):
        return tail.hazard(y)


def decay(tail):
    """Of S along the hazard, where the integral ends if S does not decay."""
    return 1 - tail.xi if tail.xi < 1 else mp.mpf(1)


def tail_density(tail, x):
    y = abs(x - tail.threshold)
    if tail.xi == 0:
        return tail.share / tail.sigma * mp.exp(-y / tail.sigma)
    # (1 + xi*y/sigma)^(-1-1/xi); the logarithm because xi may be 1e-300
    return tail.share / tail.sigma * mp.exp(-(1 + 1 / tail.xi) * mp.log1p(tail.xi * y / tail.sigma))


def expectation(fit, of, power):
    """E[of(X, density)], of growing like X^power."""
    total = mp.mpf(0)
    for tail in fit.tails():
        rate = 1 - power * max(tail.xi, 0)

        def weighted(x, _, tail=tail):
            density = tail_density(tail, x)
            return of(x, density) * density if density > 0 else mp.mpf(0)

        total += tail_integral(tail, weighted, rate)
    if fit.atom:
        return total + (fit.body * of(fit.lower.threshold, INF) if fit.body > 0 else 0)
    for left, right, share in fit.bins():
        if share > 0:
            density = share / (right - left)
            total += density * integral(lambda x, d=density: of(x, d), [left, right])
    return total


def squares(fit, a, b, of_cdf):
    """int F^2 or (1-F)^2 over [a, b], F by its definition at every point."""

    def inside(x):
        return fit.probability(x, of_cdf)[0] ** 2

    total = mp.mpf(0)
    for tail in fit.tails():
        begin, end = (max(a, tail.threshold), b) if tail.side > 0 else (a, min(b, tail.threshold))
        if not begin < end:
            continue
        h1, h2 = sorted(hazard_of(tail, abs(x - tail.threshold)) for x in (begin, end))
        if (tail.side > 0) != of_cdf:
            rate = 2 - tail.xi if tail.xi < 2 else mp.mpf(1)
            total += tail_integral(tail, lambda x, _: inside(x), rate, h1, h2)
        else:  # what decays is the rest to 1
            total += (
                end - begin - tail_integral(tail, lambda x, _: 1 - inside(x), decay(tail), h1, h2)
            )
    for tail in (fit.lower, fit.upper):
        if tail.share == 0 and (tail.side > 0) == of_cdf:
            begin, end = (
                (max(a, tail.threshold), b) if tail.side > 0 else (a, min(b, tail.threshold))
            )
            total += max(mp.mpf(0), end - begin)
    edges = [e for e in fit.edges if a < e < b]
    ends = [max(a, fit.lower.threshold), *edges, min(b, fit.upper.threshold)]
    if ends[0] < ends[-1]:
        total += integral(inside, sorted(set(ends)))
    return total


def shortfall(fit, p):
    low = p < 0.5
    if low:
        path, value = [mp.mpf(0), mp.mpf(p)], fit.quantile
        first = fit.lower.share
    else:
        path, value = [mp.mpf(0), 1 - mp.mpf(p)], fit.isf
        first = fit.upper.share
    levels, at = [first], first
    for share in fit.shares if low else fit.shares[::-1]:
        at += share
        levels.append(at)
    inner = [v for v in levels if path[0] < v < path[1]]
    near = fit.lower if low else fit.upper
    total = mp.mpf(0)
    # The near tail along its hazard: levels share*e^-h.
    end = min(path[1], first)
    if first > 0:
        begin = mp.log(first / end)
        total += tail_integral(
            near,
            lambda x, h: x * first * mp.exp(-h - near.xi * h) / near.sigma,
            1 - max(near.xi, 0),
            begin,
        )
    rest = [first, *[v for v in inner if v > first], path[1]]
    far = fit.upper if low else fit.lower
    if rest[-1] > first:
        stop = min(rest[-1], 1 - far.share)
        for a, b in zip(rest, rest[1:]):
            b = min(b, stop)
            if a < b:
                total += integral(lambda v: value(v)[0], [a, b])
        if rest[-1] > stop and far.share > 0:
            left_out = (1 - rest[-1]) / far.share
            total += tail_integral(
                far,
                lambda x, h: x * far.share * mp.exp(-h - far.xi * h) / far.sigma,
                1,
                0,
                -mp.log(left_out),
            )
    return total / path[1]


def mean_excess(fit, x):
    """int_x^inf (1-F) / (1-F(x))."""

    def survival(z):
        return fit.sf(z)[0]

    total = mp.mpf(0)
    upper, lower = fit.upper, fit.lower
    if upper.share > 0:
        begin = hazard_of(upper, max(mp.mpf(0), x - upper.threshold))
        total += tail_integral(upper, lambda z, _: survival(z), 1 - upper.xi, begin)
    edges = sorted({max(x, lower.threshold), *(e for e in fit.edges if e > x), fit.edges[-1]})
    if x < upper.threshold and not fit.atom:
        total += integral(survival, edges)
    if x < lower.threshold:
        if lower.share == 0:
            total += lower.threshold - x
        else:
            end = lower.threshold - x
            total += end - tail_integral(
                lower, lambda z, _: 1 - survival(z), decay(lower), 0, hazard_of(lower, end)
            )
    with mp.workdps(60):  # at a value close to the end of the support
        return total / survival(x)


def by_quadrature(fit, name, x, parameter):
    """The function as its definition says, or None where there is nothing to integrate."""
    if name == "mean":
        return expectation(fit, lambda z, _: z, 1)
    if name == "variance":
        mean = fit.mean()[0]
        return expectation(fit, lambda z, _: (z - mean) ** 2, 2)
    if name == "entropy":
        return expectation(fit, lambda _, density: -mp.log(density), mp.mpf("0.01"))
    if name in ("crps", "twcrps"):
        start = -INF if name == "crps" else parameter
        return squares(fit, start, x, True) + squares(fit, max(start, x), INF, False)
    if name == "expected_shortfall":
        return shortfall(fit, x)
    if name == "mean_excess":
        return mean_excess(fit, x)
    if name in ("cdf", "sf"):
        part = fit.part(x)
        if part == 0 or (part > 0) != (name == "sf") or fit.tail(part).share == 0:
            return None
        tail = fit.tail(part)
        hazard = hazard_of(tail, abs(x - tail.threshold))
        return tail_integral(tail, lambda z, _: tail_density(tail, z), 1, hazard)
    return None


def check(fit, name, x, parameter, answer):
    """Asserts that a finite answer is that of the definition; True where it was checked."""
    value, size = answer
    if mp.isinf(value) or mp.isnan(value) or 0 < abs(value) < mp.mpf("1e-400"):
        return False
    expected = by_quadrature(fit, name, x, parameter)
    if expected is None:
        return False
    error = abs(expected - value)
    assert error <= mp.mpf("1e-19") * max(size, abs(value)), (name, x, value, expected, vars(fit))
    return True
