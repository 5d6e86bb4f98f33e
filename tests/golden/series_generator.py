"""Series that are defined by a few integers, the same bits in Python and in C++.

The twin of series_generator.hpp: a change here is a change there, and every golden file made from
it has to be made again. Only integer operations, reinterpretation of bits and the correctly rounded
+, -, *, / are used, so that no library function can make the two differ.

Value i of a series draws from the words word(seed, 16*i + j), j = 0, 1, ..., 15, of a splitmix64
stream (Steele, Lea & Flood 2014); word j >= 2^63 belongs to the series as a whole.
"""

import numpy as np

WORDS_PER_VALUE = 16
SERIES_WORDS = 1 << 63

KINDS = (
    "uniform",
    "bell",
    "ratio",
    "power",
    "lattice",
    "two_values",
    "constant",
    "spikes",
    "prices",
    "ascending",
    "descending",
    "trending",
    "alternating",
    "denormals",
    "huge",
    "signed_zeros",
    "with_nan",
    "with_inf",
    "consecutive",
    "bit_patterns",
    "edges",
    "missing",
    "wide_exponents",
    "offset",
)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_U = np.uint64


def mix(z):
    """The output function of splitmix64, on uint64 arrays."""
    with np.errstate(over="ignore"):
        z = (z ^ (z >> _U(30))) * _U(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> _U(27))) * _U(0x94D049BB133111EB)
        return z ^ (z >> _U(31))


def word(seed, index):
    with np.errstate(over="ignore"):
        return mix(_U(seed) + (np.asarray(index, dtype=np.uint64) + _U(1)) * _GOLDEN)


def series_word(seed, j):
    return word(seed, _U(SERIES_WORDS + j))


def unit(w):
    """A double in [0, 1): the upper 53 bits of a word, exactly."""
    return (w >> _U(11)).astype(np.float64) * 2.0**-53


def modulo(w, m):
    return (w % _U(m)).astype(np.int64)


class Stream:
    """The words of one series of n values."""

    def __init__(self, seed, n):
        self.seed = seed
        self.n = n
        with np.errstate(over="ignore"):
            self._base = np.arange(n, dtype=np.uint64) * _U(WORDS_PER_VALUE)

    def words(self, j):
        return word(self.seed, self._base + _U(j))

    def unit(self, j):
        return unit(self.words(j))

    def own(self, j):
        return series_word(self.seed, j)


def _bell(s):
    total = s.unit(0)
    for j in range(1, 12):
        total = total + s.unit(j)
    return total - 6.0


def _power(s):
    v = s.unit(0) + 2.0**-30
    v = v * v
    v = v * v
    return np.where(modulo(s.words(1), 2) == 1, 1.0 / v, -1.0 / v)


def _spikes(s):
    w = s.words(0)
    spike = modulo(s.words(1), 50).astype(np.float64) * 0.25 + 1.0
    return np.where(modulo(w, 100) < 70, 0.0, spike)


def _prices(s):
    steps = modulo(s.words(0), 41) - 20
    return (10000 + np.cumsum(steps)).astype(np.float64) / 100.0


def _zeros(s):
    pick = modulo(s.words(0), 4)
    small = s.unit(1) - 0.5
    return np.where(pick == 0, 0.0, np.where(pick == 1, -0.0, np.where(pick == 2, small, 0.0)))


def _with_inf(s):
    pick = modulo(s.words(12), 20)
    v = _bell(s)
    v = np.where(pick == 0, np.inf, v)
    v = np.where(pick == 1, -np.inf, v)
    return np.where(pick == 2, np.nan, v)


def nudge(values, direction):
    """The next double up (direction 1), down (-1) or the same (0); +-0 stays."""
    bits = values.view(np.uint64)
    away = np.where(values > 0.0, direction, -direction)
    moved = np.where(away > 0, bits + _U(1), np.where(away < 0, bits - _U(1), bits))
    return np.where(values == 0.0, bits, moved).view(np.float64)


def _edges(s, bins):
    a = (unit(s.own(0)) - 0.5) * 1000.0
    b = a + (unit(s.own(1)) + 0.001) * 10.0
    step = (b - a) / float(bins)
    j = modulo(s.words(1), bins + 1)
    on_edge = np.where(j == bins, b, a + j.astype(np.float64) * step)
    on_edge = nudge(on_edge, modulo(s.words(2), 3) - 1)
    role = modulo(s.words(0), 100)
    beyond = s.unit(3) * 10.0
    v = np.where(role < 2, a - beyond, on_edge)
    v = np.where((role >= 2) & (role < 12), a, v)
    v = np.where((role >= 12) & (role < 22), b, v)
    return np.where((role >= 22) & (role < 24), b + beyond, v)


def _doubles(kind, seed, n, bins, single):
    """The kinds that are drawn as doubles; `single` only chooses scales that fit a float."""
    s = Stream(seed, n)
    if kind == "uniform":
        return s.unit(0)
    if kind == "bell":
        return _bell(s)
    if kind == "ratio":
        return (s.unit(0) - 0.5) / (s.unit(1) + 2.0**-20)
    if kind == "power":
        return _power(s)
    if kind == "lattice":
        return (modulo(s.words(0), 2 + int(s.own(0) % _U(20))) - 3).astype(np.float64)
    if kind == "two_values":
        return np.where(modulo(s.words(0), 10) == 0, -1.5, 2.25)
    if kind == "constant":
        return np.full(n, unit(s.own(0)) - 0.5)
    if kind == "spikes":
        return _spikes(s)
    if kind == "prices":
        return _prices(s)
    if kind == "ascending":
        return np.sort(s.unit(0))
    if kind == "descending":
        return np.sort(s.unit(0))[::-1].copy()
    if kind == "trending":
        return np.arange(n, dtype=np.float64) * 0.0078125 + s.unit(0)
    if kind == "alternating":
        size = 1.0 + s.unit(0)
        return np.where(np.arange(n) % 2 == 1, size, -size)
    if kind == "huge":
        even = int(s.own(0) % _U(2)) == 0
        scale = (1e30 if even else 3e38) if single else (1e300 if even else 1.7e308)
        return (s.unit(0) * 2.0 - 1.0) * scale
    if kind == "signed_zeros":
        return _zeros(s)
    if kind == "with_nan":
        return np.where(modulo(s.words(12), 10) == 0, np.nan, _bell(s))
    if kind == "with_inf":
        return _with_inf(s)
    if kind == "edges":
        return _edges(s, bins)
    if kind == "missing":
        return np.full(n, np.nan)
    if kind == "offset":
        return 1e9 + s.unit(0) * 1000.0
    raise ValueError(f"series kind is {kind!r}, expected one of {', '.join(KINDS)}")


def _bits(kind, seed, n, single):
    """The kinds that are drawn as bit patterns, uint64 (of a float: in the lower half)."""
    s = Stream(seed, n)
    w = s.words(0)
    if kind == "bit_patterns":
        return w >> _U(32) if single else w
    if kind == "denormals":
        width = 1 + int(s.own(0) % _U(22 if single else 51))
        sign = (s.words(1) & _U(1)) << _U(31 if single else 63)
        return (w >> _U(64 - width)) | sign
    if kind == "consecutive":
        spread = 2 + int(s.own(0) % _U(3000))
        base = 0x40000000 if single else 0x4000000000000000
        return _U(base - spread // 2) + w % _U(spread)
    if kind == "wide_exponents":
        if single:
            exponent = _U(127 - 60) + s.words(1) % _U(121)
            return ((s.words(2) & _U(1)) << _U(31)) | (exponent << _U(23)) | (w >> _U(41))
        exponent = _U(1023 - 500) + s.words(1) % _U(1001)
        return ((s.words(2) & _U(1)) << _U(63)) | (exponent << _U(52)) | (w >> _U(12))
    return None


def generate(kind, seed, n, bins, single):
    """The series as a float32 or float64 array."""
    bits = _bits(kind, seed, n, single)
    if bits is not None:
        return bits.astype(np.uint32).view(np.float32) if single else bits.view(np.float64)
    values = _doubles(kind, seed, n, bins, single)
    return values.astype(np.float32) if single else values


def checksum(values):
    """64 bits that depend on every bit of every value and on its place."""
    bits = values.view(np.uint32 if values.dtype == np.float32 else np.uint64).astype(np.uint64)
    with np.errstate(over="ignore"):
        place = mix(np.arange(len(values), dtype=np.uint64) + _U(1))
        return int(np.sum(mix(bits ^ place), dtype=np.uint64))
