"""
The CRC-32 of a concatenation, from those of its parts.

A CRC is the remainder of a polynomial over GF(2).  To put n bytes behind a text is to
multiply its polynomial by x to the power of 8n; the CRC of the n bytes is then added (XOR).
zlib offers this in C since 1.2.12 and Python's does not pass it on.  As in zlib, bit 31 of
a number is the coefficient of 1, bit 0 that of x to the power of 31.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate, repeat

_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31
_X = 1 << 30


def crc32_combine(first: int, second: int, second_length: int) -> int:
    """Return ``zlib.crc32(a + b)`` from the CRC of a, the CRC of b and ``len(b)``."""
    return _product(_shift_by(second_length), first) ^ second


@lru_cache(maxsize=4096)
def _shift_by(length: int) -> int:
    """Return x to the power of 8 * *length*, modulo the polynomial."""
    power, bits, square = _ONE, length << 3, 0
    while bits:
        if bits & 1:
            # The polynomial is primitive: the squares of x come round again after 32.
            power = _product(_SQUARES[square & 31], power)
        bits >>= 1
        square += 1
    return power


def _product(a: int, b: int) -> int:
    """Return a * b modulo the polynomial."""
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = (a << 1) & 0xFFFFFFFF
        b = (b >> 1) ^ _POLYNOMIAL if b & 1 else b >> 1
    return product


_SQUARES = tuple(accumulate(repeat(_X, 32), lambda square, _: _product(square, square)))
"""x to the powers of 1, 2, 4, 8 and so on."""
