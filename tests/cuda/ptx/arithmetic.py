"""What Python's own operators do not say. Floating-point numbers are Python's floats, an fp32 one a float that is an
fp32 number; integers are not negative, below 2^width.

The NaN that arithmetic makes has odd bits, so that whoever stores it without making it canonical is seen.
"""

import array
import collections
import math
from fractions import Fraction

ONE_F32 = array.array("f", [0.0])
BITS_F32 = memoryview(ONE_F32).cast("B").cast("I")
ONE_F64 = array.array("d", [0.0])
BITS_F64 = memoryview(ONE_F64).cast("B").cast("Q")

# Conversions of numbers that the integer type does not hold: C++ leaves them open. (line, what) -> how often.
open_conversions = collections.Counter()


def f64_of(bits):
    BITS_F64[0] = bits
    return ONE_F64[0]


def f32_of(bits):
    BITS_F32[0] = bits
    return ONE_F32[0]


def bits_of_f64(x):
    ONE_F64[0] = x
    return BITS_F64[0]


def bits_of_f32(x):
    ONE_F32[0] = x
    return BITS_F32[0]


INF = math.inf
ODD64 = f64_of(0x7FFFFFFFFFFFFFFF)
ODD32 = f32_of(0x7FFFFFFF)


def to_f32(x):
    ONE_F32[0] = x
    return ONE_F32[0]


def divide_by_zero(a, b):
    if a == 0.0 or a != a:
        return math.nan
    return math.copysign(INF, a) * math.copysign(1.0, b)


def square_root(a):
    return math.nan if a < 0.0 else math.sqrt(a)


def least(a, b):
    if a != a:
        return b
    if a == b:
        return a if math.copysign(1.0, a) < 0 else b
    return b if b < a else a


def greatest(a, b):
    if a != a:
        return b
    if a == b:
        return b if math.copysign(1.0, a) < 0 else a
    return b if b > a else a


def _exact(fraction, bits, least_exponent, sign):
    """The fraction rounded once, to nearest even, to so many bits."""
    if fraction == 0:
        return math.copysign(0.0, sign)
    magnitude = abs(fraction)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if Fraction(2) ** exponent > magnitude:
        exponent -= 1
    step = max(exponent - bits + 1, least_exponent)
    scaled = round(magnitude / Fraction(2) ** step)
    limit = 1 << bits
    greatest_step = 971 if bits == 53 else 104
    if scaled >= limit and step >= greatest_step or step > greatest_step:
        return INF if fraction > 0 else -INF
    return math.ldexp(scaled if fraction > 0 else -scaled, step)


def fused(a, b, c, bits):
    """a*b + c, rounded once."""
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        if math.isfinite(a) and math.isfinite(b):
            return c
        return a * b + c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    return _exact(exact, bits, -1074 if bits == 53 else -149, a * b + c)


def f32_of_integer(value):
    return _exact(Fraction(value), 24, -149, 1.0)


def to_integer(x, how, low, high, line):
    """Saturating; NaN is 0. how: i (nearest even), z, m, p."""
    if x != x:
        open_conversions[line, "NaN"] += 1
        return 0
    if math.isinf(x):
        open_conversions[line, "an infinity"] += 1
        return low if x < 0 else high
    value = int(x) if how == "z" else math.floor(x) if how == "m" else math.ceil(x) if how == "p" else round(x)
    if value < low or value > high:
        open_conversions[line, "a number beyond the type"] += 1
        return low if value < low else high
    return value


def to_whole(x, how):
    """A float with no fraction: cvt.rmi.f64.f64 and its like."""
    if x != x or math.isinf(x):
        return x
    return math.copysign(float(to_integer(x, how, -(1 << 1100), 1 << 1100, 0)), x)


def permute_bytes(a, b, selector):
    source = a | b << 32
    result = 0
    for i in range(4):
        nibble = selector >> 4 * i & 15
        byte = source >> 8 * (nibble & 7) & 255
        if nibble & 8:
            byte = 255 if byte & 128 else 0
        result |= byte << 8 * i
    return result


def insert_bits(a, b, position, length, width):
    position, length = position & 255, length & 255
    mask = ((1 << length) - 1) << position & (1 << width) - 1
    return b & ~mask | a << position & mask


def extract_bits(a, position, length, width, signed):
    position, length = position & 255, length & 255
    field = a >> position & (1 << length) - 1
    if signed and length:
        top = a >> min(position + length - 1, width - 1) & 1
        if top:
            field |= -1 << min(length, width)
    return field & (1 << width) - 1


def three_inputs(a, b, c, table):
    result = 0
    for i in range(8):
        if table >> i & 1:
            result |= (a if i & 4 else ~a) & (b if i & 2 else ~b) & (c if i & 1 else ~c)
    return result & 0xFFFFFFFF


def divide_truncating(a, b, line):
    if b == 0:
        raise ZeroDivisionError(f"integer division by zero in line {line}")
    quotient = abs(a) // abs(b)
    return -quotient if (a < 0) != (b < 0) else quotient


def remainder_truncating(a, b, line):
    return a - b * divide_truncating(a, b, line)
