#!/usr/bin/env python3
"""Writes numpy_golden.csv: thresholds, exceedance counts and bin counts as NumPy computes them.

    python3 make_numpy_golden.py            # writes numpy_golden.csv beside this script

The series are not stored: a row names the kind, the seed and the length that series_generator
makes them of, and a checksum of their bits.
"""

import pathlib
import struct

import numpy as np

import series_generator as sg

SEED = 20240611
ROWS = 12_000
BINS = (1, 2, 7, 64, 100, 333, 1000)
TAUS = (0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0 / 3.0)
OUTPUT = pathlib.Path(__file__).with_name("numpy_golden.csv")


def fnv1a(counts):
    """64-bit FNV-1a over the counts as little-endian u32."""
    state = 0xCBF29CE484222325
    for byte in np.asarray(counts, dtype="<u4").tobytes():
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return state


def edges_of(u_lower, u_upper, bins):
    """numpy's edges, or None where they are not finite and strictly increasing."""
    with np.errstate(all="ignore"):
        edges = np.linspace(u_lower, u_upper, bins + 1)
        step = (u_upper - u_lower) / bins
        own = u_lower + np.arange(bins + 1, dtype=np.float64) * step
        own[-1] = u_upper
    if not np.all(np.isfinite(edges)) or not np.all(edges[1:] > edges[:-1]):
        return None
    if not np.array_equal(edges, own):
        raise AssertionError(f"linspace({u_lower!r}, {u_upper!r}, {bins + 1}) is not start+b*step")
    return edges


def fit(values, tau_lower, tau_upper, bins):
    """Thresholds, exceedances, the body's kind and the hash of its counts.

    Body: b = bins, d = degenerate, c = thresholds crossed, o = a threshold is not finite,
    e = empty, h = bins, but numpy.histogram itself puts values into other bins than those whose
    edges enclose them (its index is off by more than the one place it corrects); the hash is then
    that of the counts between the edges.
    """
    with np.errstate(invalid="ignore"):  # signalling NaN among the bit patterns
        x = values.astype(np.float64)
    x = x[np.isfinite(x)] + 0.0  # -0 becomes +0
    n = len(x)
    if n == 0:
        return n, np.nan, np.nan, 0, 0, "e", 0
    with np.errstate(all="ignore"):
        u_lower = np.quantile(x, tau_lower)
        u_upper = np.quantile(x, 1.0 - tau_upper)
    if not (np.isfinite(u_lower) and np.isfinite(u_upper)):
        return n, u_lower, u_upper, 0, 0, "o", 0
    k_lower = int(np.count_nonzero(x < u_lower))
    k_upper = int(np.count_nonzero(x > u_upper))
    if u_lower > u_upper:
        return n, u_lower, u_upper, k_lower, k_upper, "c", 0
    edges = edges_of(u_lower, u_upper, bins)
    if edges is None:
        return n, u_lower, u_upper, k_lower, k_upper, "d", 0
    body = np.sort(x[(x >= u_lower) & (x <= u_upper)])
    below = np.searchsorted(body, edges[:-1], side="left")
    enclosed = np.diff(np.append(below, len(body)))
    counts, _ = np.histogram(x, bins=bins, range=(u_lower, u_upper))
    kind = "b" if np.array_equal(counts, enclosed) else "h"
    return n, u_lower, u_upper, k_lower, k_upper, kind, fnv1a(enclosed)


class Draws:
    """What the rows are, drawn from the words of one seed."""

    def __init__(self, seed):
        self._seed = seed
        self._next = 0

    def below(self, m):
        self._next += 1
        return int(sg.word(self._seed, self._next) % np.uint64(m))

    def length(self):
        pick = self.below(1000)
        if pick < 3:
            return 100_000
        if pick < 12:
            return 5_000 + self.below(20_000)
        if pick < 250:
            return 100 + self.below(1_900)
        return 1 + self.below(2 << self.below(6))

    def tau(self):
        pick = self.below(len(TAUS) + 2)
        if pick < len(TAUS):
            return TAUS[pick]
        return self.below(400_000 if self.below(8) else 1_000_001) / 1e6

    def row(self, number):
        kind = sg.KINDS[number % len(sg.KINDS)]
        if kind == "missing" and self.below(10):
            kind = "edges"
        bins = BINS[self.below(len(BINS))]
        n = self.length()
        tau_lower, tau_upper = self.tau(), self.tau()
        if kind == "huge" and self.below(2):
            n = 2 + self.below(12)  # few values lie far apart: their differences overflow
        if kind == "edges":
            n = max(n, 300)
            tau_lower, tau_upper = (0.05, 0.1)[self.below(2)], (0.05, 0.1)[self.below(2)]
        return kind, self.below(2) == 1, n, self.below(1 << 30), tau_lower, tau_upper, bins


def bits_of(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0] if value == value else 0x7FF8 << 48


def main():
    draws = Draws(SEED)
    total = {}
    n_values = 0
    with OUTPUT.open("w", newline="\n") as out:
        out.write(f"# make_numpy_golden.py, seed {SEED}, numpy {np.__version__}\n")
        out.write(
            "# thresholds: bits of the double; body: b bins, h bins where numpy.histogram is "
            "off, d degenerate,\n# c crossed, o threshold overflows, e empty; counts_fnv1a: "
            "FNV-1a of the counts as u32, little-endian\n"
        )
        out.write(
            "kind,dtype,n,seed,tau_lower,tau_upper,bins,checksum,n_finite,lower_threshold,"
            "upper_threshold,lower_n,upper_n,body,counts_fnv1a\n"
        )
        for number in range(ROWS):
            kind, single, n, seed, tau_lower, tau_upper, bins = draws.row(number)
            values = sg.generate(kind, seed, n, bins, single)
            fitted = fit(values, tau_lower, tau_upper, bins)
            n_finite, u_lower, u_upper, k_lower, k_upper, body, counts = fitted
            out.write(
                f"{kind},{'f32' if single else 'f64'},{n},{seed},{tau_lower!r},{tau_upper!r},"
                f"{bins},{sg.checksum(values) & 0xFFFFFFFF:x},{n_finite},"
                f"{bits_of(u_lower):x},{bits_of(u_upper):x},{k_lower},{k_upper},{body},"
                f"{counts:x}\n"
            )
            total[body] = total.get(body, 0) + 1
            n_values += n
    print(f"{ROWS} rows, {n_values} values, bodies {total}, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
