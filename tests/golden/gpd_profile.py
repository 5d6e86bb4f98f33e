"""The profile likelihood of a GPD sample in u = log(1 + theta*max), theta = xi/sigma.

With y = x/max x and t_i(u) = (1-y_i) + y_i*e^u,

    xi(u)  = mean log t_i,       sigma(u) = xi*max x/(e^u - 1),
    p(u)   = log(xi/(e^u-1)) + xi,      log-likelihood = -k*(p + log max x + 1).

Minima of p are maxima of the likelihood (Grimshaw 1993, without his double root at theta = 0). Two
evaluations: Profile, mpmath numbers of any precision, and FastProfile, doubles with an error far
below what its callers decide on.
"""

import mpmath as mp
import numpy as np

DIGITS = 50


class Profile:
    """Exact up to the working precision; every method may be called at any real u except 0."""

    def __init__(self, excesses):
        # The doubles are exact numbers; their quotients are formed at the highest precision used.
        with mp.workdps(4 * DIGITS):
            self.x = [mp.mpf(float(v)) for v in excesses]
            self.x_max = max(self.x)
            self.y = [v / self.x_max for v in self.x]
            self.rest = [(self.x_max - v) / self.x_max for v in self.x]
        self.k = len(self.x)

    def _digits(self, u):
        # p and its derivatives lose up to four orders of u near u = 0.
        lost = max(0, -4 * int(mp.floor(mp.log10(abs(u))))) if u != 0 else 0
        return DIGITS + 10 + min(lost, 3 * DIGITS)

    def shape(self, u):
        with mp.workdps(self._digits(u)):
            e = mp.exp(u)
            return mp.fsum(mp.log(r + y * e) for r, y in zip(self.rest, self.y)) / self.k

    def derivatives(self, u):
        """(p', p'', xi') at u."""
        with mp.workdps(self._digits(u)):
            e = mp.exp(u)
            w = [y * e / (r + y * e) for r, y in zip(self.rest, self.y)]
            first = mp.fsum(w) / self.k
            second = mp.fsum(v * (1 - v) for v in w) / self.k
            xi = self.shape(u)
            h = 1 / (1 - 1 / e)
            slope = first / xi - h + first
            curvature = second / xi - (first / xi) ** 2 + h * (h - 1) + second
            return slope, curvature, first

    def scale(self, u):
        with mp.workdps(self._digits(u)):
            return self.shape(u) * self.x_max / mp.expm1(u)

    def loglik(self, u):
        with mp.workdps(self._digits(u)):
            xi = self.shape(u)
            return -self.k * (mp.log(xi * self.x_max / mp.expm1(u)) + xi + 1)

    def where_shape_is(self, target, guess):
        """The u with xi(u) = target; `guess` is it to about ten digits."""
        with mp.workdps(DIGITS):
            u = mp.mpf(guess)
            for _ in range(5):  # Newton doubles the digits each time
                u -= (self.shape(u) - target) / self.derivatives(u)[2]
            return u

    def best_scale_at(self, xi, guess):
        """(sigma, log-likelihood, curvature) of the maximum over sigma at a fixed shape xi > 0.

        There mean(theta*x/(1+theta*x)) = xi/(1+xi), whose left side increases with theta; `guess`
        is near log(theta*max x). The curvature is that of the log-likelihood in
        log sigma, per excess, its sign changed.
        """
        with mp.workdps(DIGITS + 10):
            v = mp.mpf(guess)
            for _ in range(60):
                a = [mp.exp(v) * y for y in self.y]
                share = [q / (1 + q) for q in a]
                value = mp.fsum(share) / self.k - mp.mpf(xi) / (1 + xi)
                step = value * self.k / mp.fsum(s * (1 - s) for s in share)
                v -= max(-1, min(1, step))
                if abs(step) < mp.mpf(10) ** (5 - DIGITS):
                    break
            else:
                raise RuntimeError(f"no convergence at shape {xi} from {guess}")
            theta = mp.exp(v) / self.x_max
            total = mp.fsum(mp.log1p(theta * x) for x in self.x)
            sigma = xi / theta
            more = 1 + 1 / mp.mpf(xi)
            curvature = more * mp.fsum(s * (1 - s) for s in share) / self.k
            return sigma, -self.k * mp.log(sigma) - more * total, curvature


def bisect(below, low, high):
    """Where below(v) turns from true to false, as far as doubles tell."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(14)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


def h_of(u):
    """h = 1/(1 - e^(-u))."""
    return -1.0 / np.expm1(-u) if u > 0 else np.exp(u) / np.expm1(u)


def h_slope(u):
    """h' = -h(h-1), even in u."""
    size = np.exp(-abs(u))
    return -size / (1.0 - size) ** 2 if size < 0.5 else -0.25 / np.sinh(u / 2) ** 2


def _negative_h_plus_1_over_u(u):
    """L' and L'' of L(u) = log(u/(e^u - 1)), |u| <= 1."""
    if abs(u) > 0.2:
        return 1.0 / u - h_of(u), -1.0 / u**2 - h_slope(u)
    s = u * u
    first = -0.5 + u * (
        -1 / 12 + s * (1 / 720 + s * (-1 / 30240 + s * (1 / 1209600 + s * (-1 / 47900160))))
    )
    second = -1 / 12 + s * (1 / 240 + s * (-1 / 6048 + s * (1 / 172800 + s * (-1 / 5322240))))
    return first, second


class FastProfile:
    """Doubles; p' and p'' are right to about 1e-14 of their largest term."""

    def __init__(self, excesses):
        x = np.asarray(excesses, dtype=np.float64)
        x_max = x.max()
        with np.errstate(divide="ignore"):
            self._log_y = np.log(x / x_max)
            self._log_rest = np.log((x_max - x) / x_max)
        self.k = len(x)

    def _log_t(self, u):
        return np.logaddexp(self._log_rest, self._log_y + u)

    def where_shape_is(self, target):
        """xi lies between u/k and u, and increases."""
        low, high = sorted((float(target), float(target) * self.k))
        return bisect(lambda u: self._log_t(u).mean() < target, low, high)

    def log_theta_at(self, xi):
        """log(theta*max x) of the best scale at a fixed shape xi > 0."""

        def short(v):
            return (1.0 / (1.0 + np.exp(-(self._log_y + v)))).mean() < xi / (1.0 + xi)

        return bisect(short, -50.0, 700.0)

    def shape_and_slope(self, u):
        log_t = self._log_t(u)
        return log_t.mean(), np.exp(self._log_y + u - log_t).mean()

    def _moments(self, u):
        w = np.exp(self._log_y + u - self._log_t(u))
        v = w * (1.0 - w)
        return w.mean(), v.mean(), (v * (1.0 - 2.0 * w)).mean()

    def derivatives(self, u):
        """(p', p'') at any u: through g = xi/u = int_0^1 xi'(su) ds where u is small."""
        first, second, _ = self._moments(u)
        if abs(u) > 1.0:
            xi = self._log_t(u).mean()
            h = h_of(u)
            ratio = first / xi
            return ratio - h + first, second / xi - ratio**2 - h_slope(u) + second
        rows = np.array([self._moments(s * u) for s in _NODES])
        g0 = _WEIGHTS @ rows[:, 0]
        g1 = _WEIGHTS @ (_NODES * rows[:, 1])
        g2 = _WEIGHTS @ (_NODES**2 * rows[:, 2])
        l1, l2 = _negative_h_plus_1_over_u(u)
        return g1 / g0 + first + l1, g2 / g0 - (g1 / g0) ** 2 + second + l2
