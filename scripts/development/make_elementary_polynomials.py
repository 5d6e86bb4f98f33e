#!/usr/bin/env python3
"""Minimax polynomials of kernels/math/elementary_*.hpp, by Remez' exchange in 60 digits.

Prints each polynomial's coefficients, rounded to the type that uses them, lowest power first, and
the largest relative error of the rounded polynomial. Needs mpmath.

    python3 scripts/development/make_elementary_polynomials.py
"""

import struct

from mpmath import cos, expm1, log1p, lu_solve, matrix, mp, mpf, pi, sqrt

mp.dps = 60


def log_series(z):
    """R(z)/z of log((1+s)/(1-s)) = 2s + s*R(s^2): 2/3 + 2z/5 + 2z^2/7 + ..."""
    if z < mpf(10) ** -12:
        return mpf(2) / 3 + 2 * z / 5 + 2 * z * z / 7 + 2 * z**3 / 9
    s = sqrt(z)
    return ((log1p(s) - log1p(-s)) / s - 2) / z


def expm1_series(r):
    """(expm1(r) - r)/r^2 = 1/2 + r/6 + ..."""
    if abs(r) < mpf(10) ** -10:
        return mpf(1) / 2 + r / 6 + r * r / 24 + r**3 / 120
    return (expm1(r) - r) / (r * r)


def evaluate(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def relative_errors(function, coefficients, fixed, low, high, n):
    errors = []
    for i in range(n + 1):
        x = (low + high) / 2 - (high - low) / 2 * cos(pi * i / n)
        f = function(x)
        errors.append((x, (fixed + evaluate(coefficients, x) * (x if fixed else 1) - f) / f))
    return errors


def remez(function, low, high, degree, fixed):
    """Coefficients of the minimax polynomial in relative error; `fixed` is the constant, if it is given."""
    n = degree + (0 if fixed else 1)  # free coefficients
    nodes = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / n) for i in range(n + 1)]
    for _ in range(12):
        system = matrix(n + 1, n + 1)
        right = matrix(n + 1, 1)
        for i, x in enumerate(nodes):
            f = function(x)
            for j in range(n):
                system[i, j] = x ** (j + (1 if fixed else 0)) / f
            system[i, n] = (-1) ** i
            right[i] = (f - fixed) / f
        solution = lu_solve(system, right)
        coefficients = [solution[j] for j in range(n)]
        grid = relative_errors(function, coefficients, fixed, low, high, 400)
        extrema = []
        for x, error in grid:
            if extrema and (error > 0) == (extrema[-1][1] > 0):
                if abs(error) > abs(extrema[-1][1]):
                    extrema[-1] = (x, error)
            else:
                extrema.append((x, error))
        if len(extrema) < n + 1:
            break
        while len(extrema) > n + 1:
            extrema.pop(0 if abs(extrema[0][1]) < abs(extrema[-1][1]) else -1)
        nodes = [x for x, _ in extrema]
    return coefficients


def rounded(coefficients, kind):
    if kind == "double":
        return [mpf(float(c)) for c in coefficients]
    return [mpf(struct.unpack("f", struct.pack("f", float(c)))[0]) for c in coefficients]


def report(name, function, low, high, degree, fixed, kind):
    coefficients = rounded(remez(function, mpf(low), mpf(high), degree, mpf(fixed)), kind)
    worst = max(abs(e) for _, e in relative_errors(function, coefficients, mpf(fixed), mpf(low), mpf(high), 2000))
    print(f"{name} ({kind}), degree {degree} on [{low}, {high}], relative error {float(mp.log(worst, 2)):.1f} bits")
    if fixed:
        print(f"  {float(fixed)!r}")
    for c in coefficients:
        print(f"  {float(c).hex()}")


if __name__ == "__main__":
    # |s| = |f/(2+f)| <= (sqrt(2)-1)/(sqrt(2)+1), z = s^2; |r| <= log(2)/2 and a little more.
    report("log_series", log_series, "0", "0.029438", 6, 0, "double")
    report("expm1_series", expm1_series, "-0.34658", "0.34658", 10, 0.5, "double")
    report("log_series", log_series, "0", "0.029438", 3, 0, "float")
    report("expm1_series", expm1_series, "-0.3467", "0.3467", 6, 0.5, "float")
