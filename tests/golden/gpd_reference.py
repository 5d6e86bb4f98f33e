"""The maximum likelihood fit of the generalized Pareto distribution, slow and certain.

The estimate is the highest interior local maximum with -1 < xi < 10. All maxima are found,
and their absence is proved, by bisection in u (gpd_profile.py) with two certificates:

 1. xi(u) and xi'(u) increase, so that on [a, b] the score p' lies between
      xi'(a)(1+1/xi(b)) - h(a)  and  xi'(b)(1+1/xi(a)) - h(b)     for u > 0,
      xi'(b)(1+1/xi(b)) - h(a)  and  xi'(a)(1+1/xi(a)) - h(b)     for u < 0;
 2. |p'''| <= M on [a, b] (third_derivative_bound), so that with the middle c and half width r
    p' >= p'(c) - |p''(c)| r - M r^2/2 has no root there, or |p''| >= |p''(c)| - M r > 0 has p'
    monotone and the signs at the ends count its roots: 0 or 1.

An interval too small for both holds an extremum of p' with |p'| < 1e-12: the sample is `ambiguous`.
Certificates are evaluated in doubles with a margin of 1e-13 against rounding (a sign within
the margin is settled with 50 digits); roots, estimates and likelihoods have 50 digits.
"""

import dataclasses

import mpmath as mp
import numpy as np

import gpd_profile

MARGIN = 1e-13
NARROWEST = 1e-8
SHAPE_CAP = 10


@dataclasses.dataclass
class Fit:
    shape: mp.mpf
    scale: mp.mpf
    loglik: mp.mpf
    flags: tuple  # words, without lower_ or upper_
    curvature: mp.mpf  # p'' at an interior maximum; at the cap that in log sigma; else 0
    n_maxima: int  # interior local maxima
    ambiguous: str  # why either of two answers is right, or ""
    boundary_shape: mp.mpf  # the boundary point with the higher likelihood
    boundary_scale: mp.mpf
    boundary_loglik: mp.mpf


def _third_cumulant_bound():
    return 1.0 / (6.0 * np.sqrt(3.0))  # of any variable on [0, 1]: max |w(1-w)(1-2w)|


def third_derivative_bound(fast, a, b):
    """M >= |p'''| on [a, b].

    Every term of xi'', xi''' is at most the term w of xi' in size. Away from 0, with r >= |xi'/xi|:
    |p'''| <= |xi'''| + r + 3r^2 + 2r^3 + |(h(h-1))'|. Near 0, with p = log g + L + xi, g = xi/u,
    the derivatives of g are integrals of s^m xi^(m+1)(su), at most max xi'/(m+1) in size, and
    g >= min xi'; L is minus a cumulant generating function of the uniform distribution.
    """
    small = _third_cumulant_bound()
    if a >= 0.5 or b <= -0.5:
        near, far = (a, b) if a > 0 else (b, a)
        r = fast.shape_and_slope(b)[1] / abs(fast.shape_and_slope(near)[0])
        h_curvature = abs(gpd_profile.h_slope(near) * (2 * gpd_profile.h_of(near) - 1))
        return small + r + 3 * r**2 + 2 * r**3 + h_curvature
    hull_a, hull_b = min(a, 0.0), max(b, 0.0)
    ratio = fast.shape_and_slope(hull_b)[1] / fast.shape_and_slope(hull_a)[1]
    q1, q2, q3 = ratio / 2, ratio / 3, ratio / 4
    return q3 + 3 * q1 * q2 + 2 * q1**3 + 2 * small


def first_order_bounds(fast, a, b):
    """Certificate 1; only for intervals that do not touch 0."""
    xi_a, slope_a = fast.shape_and_slope(a)
    xi_b, slope_b = fast.shape_and_slope(b)
    h_a, h_b = gpd_profile.h_of(a), gpd_profile.h_of(b)
    if a > 0:
        return slope_a * (1 + 1 / xi_b) - h_a, slope_b * (1 + 1 / xi_a) - h_b
    low = slope_b * (1 + 1 / xi_b) - h_a
    high = slope_a * (1 + 1 / xi_a) - h_b
    return min(low, high), max(low, high)


class Search:
    """Finds every interval of [a, b] on which p' rises through 0."""

    def __init__(self, exact, fast):
        self.exact = exact
        self.fast = fast
        self.rises = []
        self.ambiguous = False
        self.intervals = 0
        self._signs = {}

    def sign(self, u):
        if u not in self._signs:
            value = self.fast.derivatives(u)[0]
            if abs(value) < 1e-11:
                value = self.exact.derivatives(mp.mpf(u if u != 0 else 1e-40))[0]
            self._signs[u] = 1 if value > 0 else -1
        return self._signs[u]

    def set_sign(self, u, sign):
        self._signs[u] = sign

    def run(self, a, b):
        stack = [(a, b)]
        while stack:
            a, b = stack.pop()
            self.intervals += 1
            if self.intervals > 200_000:
                raise RuntimeError("the search for roots of p' does not come to an end")
            if self._settled(a, b):
                continue
            if b - a < NARROWEST:
                self.ambiguous = True
                continue
            middle = (
                a + (b - a) * 0.4921875
            )  # not a half: keeps 0 and symmetric points off the ends
            stack += [(middle, b), (a, middle)]

    def _settled(self, a, b):
        if (a > 0 or b < 0) and b - a < 4:
            low, high = first_order_bounds(self.fast, a, b)
            if low > MARGIN or high < -MARGIN:
                return True
        c, r = (a + b) / 2, (b - a) / 2
        slope, curvature = self.fast.derivatives(c)
        bound = third_derivative_bound(self.fast, a, b)
        if abs(slope) - abs(curvature) * r - bound * r * r / 2 > MARGIN:
            return True
        if abs(curvature) - bound * r <= MARGIN:
            return False
        if curvature > 0 and self.sign(a) < 0 < self.sign(b):
            self.rises.append((a, b))
        return True


def _root(exact, fast, a, b):
    """The root of p' in [a, b], on which p' increases."""
    low, high = a, b
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if fast.derivatives(middle)[0] < 0 else (low, middle)
    u = mp.mpf((low + high) / 2)
    with mp.workdps(gpd_profile.DIGITS):
        for _ in range(12):
            slope, curvature, _ = exact.derivatives(u)
            step = slope / curvature
            u = min(max(u - step, mp.mpf(a)), mp.mpf(b))
            if abs(step) < mp.mpf(10) ** (5 - gpd_profile.DIGITS):
                return u
    raise RuntimeError(f"no convergence in [{a}, {b}] near {u}")


def _interior_maxima(exact, fast):
    """([(loglik, u)], rising at the cap, why ambiguous)."""
    u_low = exact.where_shape_is(-1, fast.where_shape_is(-1))
    u_high = exact.where_shape_is(SHAPE_CAP, fast.where_shape_is(SHAPE_CAP))
    search = Search(exact, fast)
    a, b = float(u_low), float(u_high)
    search.set_sign(a, 1)  # at xi = -1: p' = -h > 0, though it may underflow
    slope_at_cap = exact.derivatives(u_high)[0]
    search.set_sign(b, 1 if slope_at_cap > 0 else -1)
    search.run(a, b)
    why = "fold" if search.ambiguous else ""
    if abs(slope_at_cap) < mp.mpf("1e-12"):
        why = "cap"
    maxima = []
    for left, right in search.rises:
        u = _root(exact, fast, left, right)
        shape = exact.shape(u)
        if min(abs(shape + 1), abs(shape - SHAPE_CAP)) < mp.mpf("1e-9"):
            why = "end"
        maxima.append((exact.loglik(u), u))
    maxima.sort(key=lambda m: m[0], reverse=True)
    return maxima, slope_at_cap < 0, why


def _boundary(exact, fast, rising):
    """(loglik, shape, scale) of the better boundary point: xi = -1, or xi = 10 if rising there."""
    points = [(-exact.k * mp.log(exact.x_max), mp.mpf(-1), exact.x_max)]
    if rising:
        scale, loglik, _ = exact.best_scale_at(SHAPE_CAP, fast.log_theta_at(SHAPE_CAP))
        points.append((loglik, mp.mpf(SHAPE_CAP), scale))
    return max(points, key=lambda p: p[0])


def fit(excesses):
    """The maximum likelihood Fit of positive doubles."""
    with mp.workdps(gpd_profile.DIGITS):
        exact = gpd_profile.Profile(excesses)
        fast = gpd_profile.FastProfile(excesses)
        maxima, rising, why = _interior_maxima(exact, fast)
        higher, b_shape, b_scale = _boundary(exact, fast, rising)
        close = mp.mpf("1e-9") * exact.k
        if maxima:
            loglik, u = maxima[0]
            shape, scale = exact.shape(u), exact.scale(u)
            curvature = exact.derivatives(u)[1]
            flags = ["boundary_higher"] if higher > loglik else []
            if abs(higher - loglik) < close:
                why = why or "boundary as high"
            if len(maxima) > 1 and maxima[0][0] - maxima[1][0] < close:
                why = why or "two maxima as high"
        elif rising:
            scale, loglik, curvature = exact.best_scale_at(SHAPE_CAP, fast.log_theta_at(SHAPE_CAP))
            shape, flags = mp.mpf(SHAPE_CAP), ["shape_capped"]
        else:
            shape, scale, curvature = mp.mpf(-1), exact.x_max, mp.mpf(0)
            loglik, flags = -exact.k * mp.log(exact.x_max), ["no_interior_maximum"]
        if shape <= mp.mpf("-0.5"):
            flags.append("irregular")
        return Fit(
            shape,
            scale,
            loglik,
            tuple(flags),
            curvature,
            len(maxima),
            why,
            b_shape,
            b_scale,
            higher,
        )
